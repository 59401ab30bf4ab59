"""What is usual by the size of two economies, rather than by what each trades in all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comity.errors import EstimationError, NotConvergedError

Floats = NDArray[np.float64]

_STEPS = 60
_TOLERANCE = 1e-8


def expect_by_size(flow: Floats, size: Floats, covariates: Floats, i: int, j: int) -> float:
    """Return the expected flow of a cell by size and nearness, from all the other cells.

    The gravity equation of the textbook, by Poisson PML and without effects::

        E[y_ij] = exp(c + g ln size_i + h ln size_j + x_ij b)

    It answers another question than the one with effects: a country that is cut off from
    others has small totals, and here they do not count.

    Parameters
    ----------
    flow : ndarray, shape (n, n)
        Flows; NaN where not known.
    size : ndarray, shape (n,)
        GDP in any unit; NaN where not known: such countries are left out.
    covariates : ndarray, shape (K, n, n)
    i, j : int
        The cell; it is not part of the fit.

    Returns
    -------
    float
        In the unit of the flows.

    Raises
    ------
    EstimationError
        The size of one of the two, or the covariates of the pair, are not known.
    NotConvergedError
        Newton's method did not settle.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(size)
    known = np.isfinite(logs)
    seen = ~np.isnan(flow) & ~np.isnan(covariates).any(axis=0) & known[:, None] & known[None, :]
    here = np.concatenate([[1.0, logs[i], logs[j]], covariates[:, i, j]])
    if not np.isfinite(here).all():
        raise EstimationError("The size of one of the two economies is not known.")
    seen[i, j] = False
    rows, columns = np.nonzero(seen)
    y = flow[seen]
    scale = y.mean()
    if not scale > 0:
        raise EstimationError("There is no positive flow among the observed cells.")
    y = y / scale
    x = np.stack([np.ones(y.size), logs[rows], logs[columns], *covariates[:, rows, columns]])
    even = _cross(x, np.ones_like(y))
    beta = np.linalg.lstsq(even, (x * np.log(y + 0.1)).sum(axis=1), rcond=None)[0]
    for _ in range(_STEPS):
        mean = np.exp(np.clip(beta @ x, -50, 50))
        step = np.linalg.lstsq(_cross(x, mean), (x * (y - mean)).sum(axis=1), rcond=None)[0]
        reach = float(np.abs(step @ x).max())
        beta = beta + step / max(reach, 1.0)
        if reach < _TOLERANCE:
            return float(np.exp(beta @ here) * scale)
    raise NotConvergedError("The gravity equation by size did not converge.")


def _cross(x: Floats, weight: Floats) -> Floats:
    """Return x diag(weight) x', shape (K, K)."""
    size = x.shape[0]
    out = np.empty((size, size))
    for k in range(size):
        weighted = x[k] * weight
        for m in range(k + 1):
            out[k, m] = out[m, k] = (weighted * x[m]).sum()
    return out
