"""The weighted tensor: scaled to its totals, summed, and each exporter's system inverted.

For directed pairs; shapes as in `elimination`.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.lanes import (
    WIDTH,
    add,
    fill,
    load,
    multiply,
    multiply_add,
    store,
    subtract,
    total,
    zeros,
)
from comity.potential.ppml.threeway import tilt

# A pivot below this share of the flows behind it is none: the years of that exporter are connected
# to each other only up to a constant, which the pair effects hold.
_WEAK = 1e-14


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def scale_once(
    tilted: np.ndarray, start: np.ndarray, importer: np.ndarray, by_exporter: np.ndarray,
    by_importer: np.ndarray, by_pair: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray,
) -> float:  # fmt: skip
    """Scale the tensor once to its totals by exporter-year, then pair, then importer-year.

    One sweep of iterative proportional fitting of a_it * tilted_ijt * b_jt * c_ij; `a`, `b`
    [n, W], [m, W] and `c` [P] are the start and the result. Returns the gaps of the
    exporter-years before the sweep, summed, as a share of all flows.
    """
    n, W = a.shape
    sums = zeros(b.size).reshape(b.shape)
    gather = zeros(W)
    error = 0.0
    everything = 0.0
    for i in range(n):
        if start[i] == start[i + 1]:
            continue
        gather[:] = 0.0
        for p in range(start[i], start[i + 1]):
            there = importer[p] * W
            level = fill(c[p])
            for q in range(0, W, WIDTH):
                v = multiply(load(tilted, p * W + q), load(b, there + q))
                store(gather, q, multiply_add(v, level, load(gather, q)))
        for t in range(W):
            observed = by_exporter[i, t]
            error += abs(a[i, t] * gather[t] - observed)
            everything += observed
            a[i, t] = observed / gather[t] if gather[t] > 0.0 else 0.0
        for p in range(start[i], start[i + 1]):
            there = importer[p] * W
            s = fill(0.0)
            for q in range(0, W, WIDTH):
                v = multiply(load(tilted, p * W + q), load(a, i * W + q))
                s = multiply_add(v, load(b, there + q), s)
            fitted = total(s)
            c[p] = by_pair[p] / fitted if fitted > 0.0 else 0.0
            level = fill(c[p])
            for q in range(0, W, WIDTH):
                v = multiply(load(tilted, p * W + q), load(a, i * W + q))
                store(sums, there + q, multiply_add(v, level, load(sums, there + q)))
    for j in range(b.shape[0]):
        for t in range(W):
            b[j, t] = by_importer[j, t] / sums[j, t] if sums[j, t] > 0.0 else 0.0
    return error / everything


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def reweigh(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    a: np.ndarray, b: np.ndarray, c: np.ndarray, by_exporter: np.ndarray,
    by_importer: np.ndarray,
) -> None:  # fmt: skip
    """Multiply the mean by `a` [n, W] and `b` [m, W], meet the pairs' totals, write the margins.

    `c` [P] is multiplied by what the pairs needed.
    """
    n, W = a.shape
    by_exporter[:] = 0.0
    by_importer[:] = 0.0
    for i in range(n):
        for p in range(start[i], start[i + 1]):
            here, there = p * W, importer[p] * W
            s = fill(0.0)
            for q in range(0, W, WIDTH):
                v = multiply(load(mean, here + q), load(a, i * W + q))
                v = multiply(v, load(b, there + q))
                store(mean, here + q, v)
                s = add(s, v)
            factor = by_pair[p] / total(s)
            c[p] *= factor
            level = fill(factor)
            for q in range(0, W, WIDTH):
                v = multiply(load(mean, here + q), level)
                store(mean, here + q, v)
                store(by_exporter, i * W + q, add(load(by_exporter, i * W + q), v))
                store(by_importer, there + q, add(load(by_importer, there + q), v))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def find_gaps(observed: np.ndarray, fitted: np.ndarray, gaps: np.ndarray) -> tuple[float, float]:
    """Write observed less fitted totals; return their absolute sum and the worst relative one."""
    here, there, into = observed.reshape(-1), fitted.reshape(-1), gaps.reshape(-1)
    added = 0.0
    worst = 0.0
    for q in range(here.size):
        into[q] = here[q] - there[q]
        gap = abs(into[q])
        added += gap
        worst = max(worst, gap / here[q] if here[q] > 0.0 else 0.0)
    return added, worst


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def invert(block: np.ndarray, weight: np.ndarray, size: int) -> None:
    """Invert an exporter's system in place, given its upper half; weak pivots go to zero.

    Gauss and Jordan's sweeps: what was swept holds the inverse of its own part, so a pivot left
    out leaves a generalised inverse. The system is a Laplacian: its rows add up to zero, also
    while it is swept. A pivot is therefore the sum of what lies beside it, all of one sign, and
    no digits are lost where years hang together by a thread (Grassmann, Taksar & Heyman 1985).
    """
    W = block.shape[1]
    for t in range(size):
        for s in range(t):
            block[t, s] = block[s, t]
    left_out = np.zeros(size, dtype=np.bool_)
    others = zeros(W)
    others[:] = 1.0
    for t in range(size):
        pivot = 0.0
        for s in range(t + 1, size):
            pivot -= block[t, s]
        if not pivot > _WEAK * weight[t]:
            left_out[t] = True
            continue
        inverse = fill(1.0 / pivot)
        block[t, t] = 1.0
        # A number written into a row that is read as lanes at once stalls the processor: the
        # zeros in column t come from a row of ones with a zero at t.
        others[t] = 0.0
        for q in range(0, W, WIDTH):
            store(block, t * W + q, multiply(load(block, t * W + q), inverse))
        for r in range(size):
            if r == t:
                continue
            factor = fill(-block[r, t])
            for q in range(0, W, WIDTH):
                v = multiply(load(block, r * W + q), load(others, q))
                store(block, r * W + q, multiply_add(factor, load(block, t * W + q), v))
        others[t] = 1.0
    for t in range(size):
        if left_out[t]:
            block[t] = 0.0
            block[:, t] = 0.0


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def build(
    i: int, mean: np.ndarray, low: int, high: int, by_pair: np.ndarray, years: int,
    blocks: np.ndarray,
) -> None:  # fmt: skip
    """Write what an exporter's years have to do with each other through its pairs, upper half.

    Minus the sum over pairs of mean_t * mean_s / total, four pairs at a time.
    """
    block = blocks[i]
    W = block.shape[1]
    block[:] = 0.0
    for p in range(low, high, 4):
        last = high - 1
        p1, p2, p3 = min(p + 1, last), min(p + 2, last), min(p + 3, last)
        f0 = fill(-1.0 / by_pair[p])
        f1 = fill(-1.0 / by_pair[p1] if p + 1 < high else 0.0)
        f2 = fill(-1.0 / by_pair[p2] if p + 2 < high else 0.0)
        f3 = fill(-1.0 / by_pair[p3] if p + 3 < high else 0.0)
        for q in range(0, W, WIDTH):
            v0 = multiply(load(mean, p * W + q), f0)
            v1 = multiply(load(mean, p1 * W + q), f1)
            v2 = multiply(load(mean, p2 * W + q), f2)
            v3 = multiply(load(mean, p3 * W + q), f3)
            for t in range(min(years, q + WIDTH)):
                v = load(block, t * W + q)
                v = multiply_add(fill(mean[p, t]), v0, v)
                v = multiply_add(fill(mean[p1, t]), v1, v)
                v = multiply_add(fill(mean[p2, t]), v2, v)
                v = multiply_add(fill(mean[p3, t]), v3, v)
                store(block, t * W + q, v)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def sum_pair(
    i: int, p: int, mean: np.ndarray, importer: np.ndarray, row: np.ndarray,
    by_pair: np.ndarray, covariates: np.ndarray, x_by_exporter: np.ndarray,
    x_by_importer: np.ndarray, onto: np.ndarray, moments: np.ndarray, apart: np.ndarray,
) -> None:  # fmt: skip
    """Add one pair's covariates, less their weighted mean, to the sums of `weigh`."""
    _, K, W = apart.shape
    rows = covariates.shape[1]
    n, m = x_by_exporter.shape[1], x_by_importer.shape[1]
    for k in range(K):
        at = (k * rows + row[p]) * W
        s = fill(0.0)
        for q in range(0, W, WIDTH):
            s = multiply_add(load(mean, p * W + q), load(covariates, at + q), s)
        weighted = total(s)
        onto[k] += weighted
        middle = fill(weighted / by_pair[p])
        own, other = (k * n + i) * W, (k * m + importer[p]) * W
        for q in range(0, W, WIDTH):
            d = subtract(load(covariates, at + q), middle)
            v = multiply(load(mean, p * W + q), d)
            store(apart, k * W + q, d)
            store(apart, (K + k) * W + q, v)
            store(x_by_exporter, own + q, add(load(x_by_exporter, own + q), v))
            store(x_by_importer, other + q, add(load(x_by_importer, other + q), v))
        for l in range(k + 1):
            s = fill(0.0)
            for q in range(0, W, WIDTH):
                s = multiply_add(load(apart, (K + k) * W + q), load(apart, l * W + q), s)
            moments[k, l] += total(s)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def weigh(
    first: int, last: int, tilted: bool, mean: np.ndarray, start: np.ndarray,
    importer: np.ndarray, row: np.ndarray, by_pair: np.ndarray, a: np.ndarray, b: np.ndarray,
    c: np.ndarray, exposure: np.ndarray, covariates: np.ndarray, centre: np.ndarray,
    is_dummy: np.ndarray, beta: np.ndarray, years: int,
    by_exporter: np.ndarray, by_importer: np.ndarray, x_by_exporter: np.ndarray,
    x_by_importer: np.ndarray, blocks: np.ndarray, onto: np.ndarray, moments: np.ndarray,
) -> None:  # fmt: skip
    """Write the fitted mean, with the pairs' totals met exactly, and what is summed from it.

    For the exporters first to last; `tilted` says that `mean` holds the tilted tensor already.
    All sums are added to: the margins of the mean and of mean * (x_k - its weighted pair mean),
    [C, n, W] and [C, m, W]; sum of mean * x_k, `onto` [K]; that of mean * (x_k - pair mean) *
    (x_l - pair mean), `moments` [K, K], diagonal and below. `blocks` [n, W, W] receives the
    inverse of each exporter's system.
    """
    K, W = beta.size, mean.shape[1]
    apart = zeros(2 * K * W).reshape(2, K, W)
    for i in range(first, last):
        low, high = start[i], start[i + 1]
        if low == high:
            continue
        if not tilted:
            tilt(low, high, exposure, covariates, row, centre, is_dummy, beta, mean)
        for p in range(low, high):
            here, there = p * W, importer[p] * W
            s = fill(0.0)
            for q in range(0, W, WIDTH):
                v = multiply(load(mean, here + q), load(a, i * W + q))
                v = multiply(v, load(b, there + q))
                store(mean, here + q, v)
                s = add(s, v)
            fitted = total(s)
            c[p] = by_pair[p] / fitted if fitted > 0.0 else 0.0
            level = fill(c[p])
            for q in range(0, W, WIDTH):
                w = multiply(load(mean, here + q), level)
                store(mean, here + q, w)
                store(by_exporter, i * W + q, add(load(by_exporter, i * W + q), w))
                store(by_importer, there + q, add(load(by_importer, there + q), w))
            sum_pair(
                i, p, mean, importer, row, by_pair, covariates, x_by_exporter, x_by_importer,
                onto, moments, apart,
            )  # fmt: skip
        build(i, mean, low, high, by_pair, years, blocks)
        invert(blocks[i], by_exporter[i], years)
