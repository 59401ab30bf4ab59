"""Passes over the two-way stack beside the fit itself: totals, moments, predictions, scores.

Shapes as in `twoway`.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.lanes import (
    ONE,
    WIDTH,
    empty,
    fill,
    load,
    multiply,
    multiply_add,
    store,
    subtract,
    total,
)
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
    values: np.ndarray, exposure: np.ndarray, flow: np.ndarray
) -> tuple[float, float, bool, float]:
    """Return what there is to know of a covariate's cells beforehand.

    Mean and deviation over the cells with exposure; "holds only 0 and 1" over all, as `tilt` meets
    all cells; sum of the product with the flows.
    """
    cells = values.size
    middle = cells // 2
    while middle < cells - 1 and exposure[middle] <= 0.0:
        middle += 1
    # Deviations from a first guess, so that one pass suffices without losing digits.
    guess = values[middle]
    count, added, square, strange, product = 0.0, 0.0, 0.0, 0.0, 0.0
    for c in range(cells):
        x = values[c]
        seen = 1.0 if exposure[c] > 0.0 else 0.0
        d = seen * (x - guess)
        count += seen
        added += d
        square += d * d
        strange += 0.0 if x * (x - 1.0) == 0.0 else 1.0
        product += flow[c] * x
    count = max(count, 1.0)
    mean = added / count
    spread = np.sqrt(max(square / count - mean * mean, 0.0))
    return guess + mean, spread, strange == 0.0, product


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
    first: int, last: int, flow: np.ndarray, mean: np.ndarray, covariates: np.ndarray,
    centre: np.ndarray, A: np.ndarray, B: np.ndarray, codes: np.ndarray, by_cell: bool,
    sums: np.ndarray, meat: np.ndarray,
) -> None:  # fmt: skip
    """Add up the scores x~ (y - mean) of some years by cluster, or their squares cell by cell.

    `codes` [T, n, m] where `by_cell`, else [1, n, m], else [0, 0, 0] for one cluster a cell;
    `sums` [clusters, K] is added to, or `meat` [K, K] in the last case.
    """
    K = A.shape[0]
    T, n, m = flow.shape
    gaps = empty(m)
    score = empty(K * m)
    alone = codes.shape[0] == 0
    for t in range(first, last):
        for i in range(n):
            row = (t * n + i) * m
            for q in range(0, m, WIDTH):
                store(gaps, q, subtract(load(flow, row + q, ONE), load(mean, row + q, ONE)))
            for k in range(K):
                shift = centre[k] + A[k, t, i]
                at, by = ((k * T + t) * n + i) * m, (k * T + t) * m
                for q in range(0, m, WIDTH):
                    v = subtract(load(covariates, at + q, ONE), load(B, by + q, ONE))
                    v = multiply(subtract(v, shift), load(gaps, q, ONE))
                    store(score, k * m + q, v)
            if alone:
                add_products(score, K, m, meat)
            else:
                # Where nothing is observed the score is zero, whatever cluster that counts for.
                for j in range(m):
                    g = np.uint64(codes[t if by_cell else 0, i, j])
                    for k in range(K):
                        sums[g, np.uint64(k)] += score[k * m + j]
    if alone:
        for k in range(K):
            for l in range(k):
                meat[l, k] = meat[k, l]


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def add_products(score: np.ndarray, K: int, m: int, meat: np.ndarray) -> None:
    """Add the products of each two of K rows of m scores to `meat`, on and below the diagonal."""
    for k in range(K):
        for l in range(k + 1):
            product = fill(0.0, ONE)
            for q in range(0, m, WIDTH):
                v = load(score, l * m + q, ONE)
                product = multiply_add(load(score, k * m + q, ONE), v, product)
            meat[k, l] += total(product)
