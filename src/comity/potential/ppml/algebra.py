"""Algebra on a handful of coefficients, compiled: NumPy takes longer to be called than to count.

A fit of forty thousand cells takes two thousandths of a second; a dozen calls at each step for
matrices of three by three would be a sixth of it.
"""

from __future__ import annotations

import numba as nb
import numpy as np

# A pivot below this share of its diagonal is left to a solver that pivots.
_WEAK = 1e-10


@nb.njit(cache=True, nogil=True)
def solve(hessian: np.ndarray, score: np.ndarray, step: np.ndarray) -> bool:
    """Write H^-1 S into `step` [K] by Cholesky, in scaled units; False where a pivot is weak.

    The Hessian may be as uneven as the covariates' units, so its diagonal is scaled to one.
    """
    K = score.size
    low = np.empty((K, K))
    size = np.sqrt(np.diag(hessian))
    for k in range(K):
        if not size[k] > 0.0:
            return False
        for l in range(k + 1):
            s = hessian[k, l] / (size[k] * size[l])
            for c in range(l):
                s -= low[k, c] * low[l, c]
            if l < k:
                low[k, l] = s / low[l, l]
            elif s > _WEAK:
                low[k, k] = np.sqrt(s)
            else:
                return False
    for k in range(K):
        s = score[k] / size[k]
        for c in range(k):
            s -= low[k, c] * step[c]
        step[k] = s / low[k, k]
    for k in range(K - 1, -1, -1):
        s = step[k]
        for c in range(k + 1, K):
            s -= low[c, k] * step[c]
        step[k] = s / low[k, k]
    for k in range(K):
        step[k] /= size[k]
    return True


@nb.njit(cache=True, nogil=True)
def is_finite(score: np.ndarray, hessian: np.ndarray) -> bool:
    """Tell whether a score and a Hessian hold finite numbers only."""
    K = score.size
    for k in range(K):
        if not np.isfinite(score[k]):
            return False
        for l in range(K):
            if not np.isfinite(hessian[k, l]):
                return False
    return True


@nb.njit(cache=True, nogil=True)
def measure(
    move: np.ndarray, hessian: np.ndarray, total: float, spread: np.ndarray
) -> tuple[float, float]:
    """Return the largest change of the linear predictor that one coefficient's move makes.

    Root mean square over the fitted flows, covariates projected; and by their spread. Infinite
    where a move is no number.
    """
    step = 0.0
    drift = 0.0
    for k in range(move.size):
        own = abs(move[k]) * np.sqrt(hessian[k, k] / total)
        if not np.isfinite(own):
            return np.inf, np.inf
        step = max(step, own)
        drift = max(drift, abs(move[k]) * spread[k])
    return step, drift


@nb.njit(cache=True, nogil=True)
def pivot(
    hessian: np.ndarray, total: float, spread: np.ndarray, least: float, keep: np.ndarray
) -> float:
    """Mark in `keep` [K] the covariates whose pivot is above a share `least` of their variance.

    Cholesky in the order of the covariates, without those that are not kept. Returns the smallest
    share met.
    """
    K = spread.size
    low = np.zeros((K, K))
    smallest = np.inf
    for k in range(K):
        for l in range(k):
            if keep[l]:
                s = hessian[k, l]
                for c in range(l):
                    s -= low[k, c] * low[l, c]
                low[k, l] = s / low[l, l]
        rest = hessian[k, k]
        for c in range(k):
            rest -= low[k, c] * low[k, c]
        own = max(spread[k] ** 2 * total, hessian[k, k])
        # A covariate of no variance at all has no share of it.
        share = rest / own if own > 0.0 else 0.0
        smallest = min(smallest, share)
        keep[k] = share > least
        if keep[k]:
            low[k, k] = np.sqrt(rest)
        else:
            low[k, :] = 0.0
    return smallest
