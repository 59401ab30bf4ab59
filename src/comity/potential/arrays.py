"""What a kernel checks on its way in: shapes, missing values, signs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from comity.errors import ArrayError

Floats = NDArray[np.float64]


def read_array(
    value: ArrayLike,
    name: str,
    shape: tuple[int | None, ...],
    *,
    missing: bool = False,
    negative: bool = False,
) -> Floats:
    """Return `value` as float64 of the wanted shape, or say what is wrong with it.

    Parameters
    ----------
    value : array_like
        What the caller handed over. It is never changed.
    name : str
        What the caller calls it; opens every message.
    shape : tuple of int or None
        Wanted shape; None stands for any length.
    missing, negative : bool
        Whether NaN, and numbers below zero, may occur. Infinity never may.

    Raises
    ------
    ArrayError
        On anything else; names the first cell at fault.
    """
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArrayError(f"{name} holds something that is not a number.", str(error)) from None
    if array.ndim != len(shape) or any(
        want is not None and have != want for have, want in zip(array.shape, shape, strict=False)
    ):
        wanted = " x ".join("any" if want is None else str(want) for want in shape) or "one number"
        found = " x ".join(map(str, array.shape)) or "one number"
        raise ArrayError(f"{name} should be {wanted}, and is {found}.")
    if np.isinf(array).any():
        raise ArrayError(f"{name} is infinite {_where(np.isinf(array))}.")
    if not missing and np.isnan(array).any():
        raise ArrayError(
            f"{name} is missing {_where(np.isnan(array))}.",
            "Decide what a missing value stands for before it reaches a model.",
        )
    if not negative and (array < 0).any():
        raise ArrayError(f"{name} is negative {_where(array < 0)}.")
    return array


def _where(bad: NDArray[Any]) -> str:
    """Say where the first cell at fault is, counting from zero."""
    places = np.argwhere(bad)
    if places.shape[1] == 0:
        return "where one number was expected"
    first = ", ".join(str(int(index)) for index in places[0])
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return f"at [{first}]{more}"


def read_trade(exports: ArrayLike, imports: ArrayLike) -> tuple[Floats, Floats]:
    """Return exports and imports, (N, P), as `read_array` does."""
    x = read_array(exports, "exports", (None, None))
    return x, read_array(imports, "imports", x.shape)
