"""Passes over the two-way stack beside the fit itself: moments, predictions, scores.

Shapes as in `twoway`.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.twoway import tilt


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def describe(
    covariates: np.ndarray,
    exposure: np.ndarray,
    centre: np.ndarray,
    spread: np.ndarray,
    is_dummy: np.ndarray,
    everywhere: bool,
) -> None:
    """Write mean, deviation and "holds only 0 and 1" of covariates [K, cells].

    Over the cells with exposure, or over all; 0/1 must hold everywhere, as `tilt` meets all cells.
    """
    K, cells = covariates.shape
    for k in range(K):
        count = 0.0
        total = 0.0
        strange = 0
        for c in range(cells):
            x = covariates[k, c]
            seen = 1.0 if everywhere or exposure[c] > 0.0 else 0.0
            count += seen
            total += seen * x
            strange += 0 if x * (x - 1.0) == 0.0 else 1
        mean = total / count if count > 0.0 else 0.0
        square = 0.0
        for c in range(cells):
            seen = 1.0 if everywhere or exposure[c] > 0.0 else 0.0
            d = covariates[k, c] - mean
            square += seen * d * d
        centre[k] = mean
        spread[k] = np.sqrt(square / count) if count > 0.0 else 0.0
        is_dummy[k] = strange == 0


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def correlate(covariates: np.ndarray, flow: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return sum over cells of flow * (x_k - centre_k), shape (K,)."""
    K, cells = covariates.shape
    out = np.zeros(K)
    for k in range(K):
        s = 0.0
        for c in range(cells):
            s += flow[c] * (covariates[k, c] - centre[k])
        out[k] = s
    return out


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def predict(
    t: int, exposure: np.ndarray, covariates: np.ndarray, centre: np.ndarray, is_dummy: np.ndarray,
    beta: np.ndarray, a: np.ndarray, b: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write a_i exposure_ij exp(x'beta) b_j of year t for every cell, observed or not."""
    _, n, m = exposure.shape
    tilt(t, exposure, covariates, centre, is_dummy, beta, np.empty(m), out)
    for i in range(n):
        for j in range(m):
            out[i, j] *= a[i] * b[j]


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def cluster_scores(
    flow: np.ndarray, mean: np.ndarray, covariates: np.ndarray, centre: np.ndarray,
    A: np.ndarray, B: np.ndarray, codes: np.ndarray, by_cell: bool,
    sums: np.ndarray, meat: np.ndarray,
) -> None:  # fmt: skip
    """Add up the scores x~ (y - mean) by cluster, or their squares cell by cell.

    `codes` [T, n, m] where `by_cell`, else [1, n, m], else [0, 0, 0] for one cluster a cell;
    `sums` [clusters, K] is added to, or `meat` [K, K] in the last case.
    """
    K = A.shape[0]
    T, n, m = flow.shape
    score = np.empty((K, m))
    alone = codes.shape[0] == 0
    for t in range(T):
        for i in range(n):
            if A.shape[2] and mean[t, i].sum() == 0.0:
                continue
            for k in range(K):
                shift = centre[k] + A[k, t, i]
                for j in range(m):
                    v = covariates[k, t, i, j] - shift - B[k, t, j]
                    score[k, j] = v * (flow[t, i, j] - mean[t, i, j])
            if alone:
                for k in range(K):
                    for l in range(K):
                        s = 0.0
                        for j in range(m):
                            s += score[k, j] * score[l, j]
                        meat[k, l] += s
            else:
                for j in range(m):
                    if mean[t, i, j] > 0.0:
                        g = codes[t if by_cell else 0, i, j]
                        for k in range(K):
                            sums[g, k] += score[k, j]
