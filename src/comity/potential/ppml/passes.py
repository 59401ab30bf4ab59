"""Passes over the two-way stack beside the fit itself: totals, moments, predictions, scores.

Shapes as in `twoway`.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.twoway import tilt


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def add_margins(flow: np.ndarray, by_exporter: np.ndarray, by_importer: np.ndarray) -> None:
    """Write the totals of flows [T, n, m] by exporter [T, n] and by importer [T, m]."""
    T, n, m = flow.shape
    by_importer[:] = 0.0
    for t in range(T):
        for i in range(n):
            s = 0.0
            for j in range(m):
                s += flow[t, i, j]
                by_importer[t, j] += flow[t, i, j]
            by_exporter[t, i] = s


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def describe(
    covariates: np.ndarray, exposure: np.ndarray, flow: np.ndarray, centre: np.ndarray,
    spread: np.ndarray, is_dummy: np.ndarray, onto: np.ndarray,
) -> None:  # fmt: skip
    """Write what there is to know of covariates [K, cells] beforehand.

    Mean and deviation over the cells with exposure; "holds only 0 and 1" over all, as `tilt` meets
    all cells; sum of the product with the flows.
    """
    K, cells = covariates.shape
    middle = cells // 2
    while middle < cells - 1 and exposure[middle] <= 0.0:
        middle += 1
    for k in range(K):
        # Deviations from a first guess, so that one pass suffices without losing digits.
        guess = covariates[k, middle]
        count, added, square, strange, product = 0.0, 0.0, 0.0, 0.0, 0.0
        for c in range(cells):
            x = covariates[k, c]
            seen = 1.0 if exposure[c] > 0.0 else 0.0
            d = seen * (x - guess)
            count += seen
            added += d
            square += d * d
            strange += 0.0 if x * (x - 1.0) == 0.0 else 1.0
            product += flow[c] * x
        mean = added / max(count, 1.0)
        centre[k] = guess + mean if count > 0.0 else 0.0
        spread[k] = np.sqrt(max(square / max(count, 1.0) - mean * mean, 0.0))
        is_dummy[k] = strange == 0.0
        onto[k] = product


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def predict(
    t: int, exposure: np.ndarray, covariates: np.ndarray, centre: np.ndarray, is_dummy: np.ndarray,
    beta: np.ndarray, a: np.ndarray, b: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write a_i exposure_ij exp(x'beta) b_j of year t for every cell, observed or not."""
    _, n, m = exposure.shape
    tilt(t, exposure, covariates, centre, is_dummy, beta, out)
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
