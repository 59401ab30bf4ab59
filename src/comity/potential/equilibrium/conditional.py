"""Conditional general equilibrium: trade costs change, outputs and expenditures do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from comity.errors import ArrayError, NotConvergedError
from comity.potential.arrays import Floats
from comity.potential.equilibrium.one_sector import _read_sigma, _read_world


@dataclass(frozen=True, slots=True)
class Conditional:
    """Trade and multilateral resistances after a change of costs alone.

    Attributes
    ----------
    trade : ndarray, (N, N)
        Flows after; rows still sum to output and columns to expenditure.
    inward, outward : ndarray, (N,)
        Hats of the multilateral resistances, with the reference importer's inward at 1.
    residual : float
        Largest relative error of a row or column sum.
    """

    trade: Floats
    inward: Floats
    outward: Floats
    residual: float


def solve_conditional(
    trade: ArrayLike,
    cost_effect: ArrayLike,
    *,
    sigma: float,
    reference: int = 0,
    tolerance: float = 1e-12,
    limit: int = 20_000,
) -> Conditional:
    """Return trade after a change of costs at unchanged output and expenditure.

    ``X'_ij = a_i X_ij T_ij b_j`` with the row and column sums of X, so that
    ``a_i = outward_i ** (s-1)`` and ``b_j = inward_j ** (s-1)``.

    Parameters
    ----------
    trade, cost_effect, sigma
        As in `solve_one_sector`.
    reference : int
        Country whose inward resistance is the unit.

    Raises
    ------
    NotConvergedError
        If the sums are not met within `limit` rounds; some embargoes make that impossible.
    ElasticityError, DegenerateFlowsError, ArrayError

    References
    ----------
    Anderson & van Wincoop (2003), American Economic Review 93; Yotov et al. (2016), chapter 2.
    """
    X, T = _read_world(trade, cost_effect)
    s = _read_sigma(sigma)
    if not 0 <= reference < len(X):
        raise ArrayError(f"The reference is country {reference}; there are {len(X)}.")
    A = X * T
    Y, E = X.sum(axis=1), X.sum(axis=0)
    b = np.ones(len(X))
    residual = np.inf
    for _ in range(limit):
        a = Y / (A @ b)
        sold = a @ A
        residual = float(np.abs(b * sold / E - 1).max())
        if not residual > tolerance:
            break
        b = E / sold
    if not residual <= tolerance:
        raise NotConvergedError(
            f"Output and expenditure are missed by {residual:.1e} after {limit} rounds.",
            "An embargo may leave no trade that adds up to them.",
        )
    inward = b ** (1 / (s - 1))
    return Conditional(
        trade=a[:, None] * A * b,
        inward=inward / inward[reference],
        outward=a ** (1 / (s - 1)) * inward[reference],
        residual=residual,
    )
