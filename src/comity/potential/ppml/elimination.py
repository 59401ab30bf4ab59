"""Three effects with the pairs and the exporter-years eliminated, importer-years by gradients.

One directed pair belongs to one exporter, so at given importer effects the pair effects and the
exporter-year effects of an exporter have an exact answer: within-pair means leave a system of
as many equations as there are years, one such system an exporter. What is left is a system in
the importer-years alone. It is well conditioned even where flows are rare, so conjugate gradients
need about ten passes where alternating projections need thirty, or hundreds.

Shapes: P pairs in exporter order, W years padded to whole lanes, n exporters, m importers,
C columns (the covariates, then the gaps of the totals). `start` [n + 1] delimits an exporter's
pairs; `mean` [P, W] is the fitted mean; its total over a pair is the observed one, `by_pair`.
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
)

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
    sums = np.zeros(b.shape)
    gather = np.zeros(W)
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
def weigh(
    first: int, last: int, mean: np.ndarray, start: np.ndarray, importer: np.ndarray,
    row: np.ndarray, by_pair: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray,
    covariates: np.ndarray, years: int, by_exporter: np.ndarray, by_importer: np.ndarray,
    x_by_exporter: np.ndarray, x_by_importer: np.ndarray, blocks: np.ndarray,
    onto: np.ndarray, moments: np.ndarray,
) -> None:  # fmt: skip
    """Turn the tilted tensor into the fitted mean, with the pairs' totals met exactly.

    For the exporters first to last. All sums are added to: the margins of the mean and of
    mean * (x_k - its weighted pair mean), [C, n, W] and [C, m, W]; sum of mean * x_k, `onto` [K];
    that of mean * (x_k - pair mean) * (x_l - pair mean), `moments` [K, K], diagonal and below.
    `blocks` [n, W, W] receives the inverse of each exporter's system.
    """
    K, W = covariates.shape[0], mean.shape[1]
    rows = covariates.shape[1]
    apart = np.zeros((K, W))
    products = np.zeros((K * (K + 1) // 2, WIDTH))
    n, m = by_exporter.shape[0], by_importer.shape[0]
    for i in range(first, last):
        if start[i] == start[i + 1]:
            continue
        blocks[i] = 0.0
        for p in range(start[i], start[i + 1]):
            here = p * W
            there = importer[p] * W
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
            share = 1.0 / by_pair[p]
            for k in range(K):
                at = (k * rows + row[p]) * W
                s = fill(0.0)
                for q in range(0, W, WIDTH):
                    s = multiply_add(load(mean, here + q), load(covariates, at + q), s)
                weighted = total(s)
                onto[k] += weighted
                middle = fill(weighted * share)
                at_i = (k * n + i) * W
                at_j = k * m * W + there
                for q in range(0, W, WIDTH):
                    d = subtract(load(covariates, at + q), middle)
                    store(apart, k * W + q, d)
                    v = multiply(load(mean, here + q), d)
                    store(x_by_exporter, at_i + q, add(load(x_by_exporter, at_i + q), v))
                    store(x_by_importer, at_j + q, add(load(x_by_importer, at_j + q), v))
                    for l in range(k + 1):
                        slot = (k * (k + 1) // 2 + l) * WIDTH
                        s = multiply_add(v, load(apart, l * W + q), load(products, slot))
                        store(products, slot, s)
            for t in range(years):
                factor = fill(-share * mean[p, t])
                at = (i * W + t) * W
                for q in range(t // WIDTH * WIDTH, W, WIDTH):
                    v = multiply_add(factor, load(mean, here + q), load(blocks, at + q))
                    store(blocks, at + q, v)
        _invert(blocks[i], by_exporter[i], years)
    for k in range(K):
        for l in range(k + 1):
            moments[k, l] += products[k * (k + 1) // 2 + l].sum()


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _invert(block: np.ndarray, weight: np.ndarray, size: int) -> None:
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
    for t in range(size):
        pivot = 0.0
        for s in range(t + 1, size):
            pivot -= block[t, s]
        if not pivot > _WEAK * weight[t]:
            left_out[t] = True
            continue
        inverse = fill(1.0 / pivot)
        block[t, t] = 1.0
        for q in range(0, W, WIDTH):
            store(block, t * W + q, multiply(load(block, t * W + q), inverse))
        for r in range(size):
            if r == t:
                continue
            factor = fill(-block[r, t])
            block[r, t] = 0.0
            for q in range(0, W, WIDTH):
                v = multiply_add(factor, load(block, t * W + q), load(block, r * W + q))
                store(block, r * W + q, v)
    for t in range(size):
        if left_out[t]:
            block[t] = 0.0
            block[:, t] = 0.0


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def couple(
    active: np.ndarray, values: np.ndarray, right: np.ndarray, mean: np.ndarray,
    start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray, blocks: np.ndarray, years: int,
    exporters: np.ndarray, image: np.ndarray,
) -> None:  # fmt: skip
    """Answer importer-years `values` [C, m, W] by exporter-years and pairs, and map them.

    `exporters` [C, n, W] receives, for each active column, the exporter-years that solve their
    own equations with right-hand sides `right` [C, n, W] (no columns: zero); `image` [C, m, W] the
    left-hand side of the importers' equations with both.
    """
    C, m, W = values.shape
    n = blocks.shape[0]
    gather = np.empty(W)
    most = 0
    for i in range(n):
        most = max(most, start[i + 1] - start[i])
    near = np.empty(most)
    for k in range(C):
        if active[k]:
            image[k] = 0.0
    for i in range(n):
        low, high = start[i], start[i + 1]
        if low == high:
            continue
        for k in range(C):
            if not active[k]:
                continue
            side = k * m * W
            own = (k * n + i) * W
            gather[:] = 0.0
            for p in range(low, high):
                here = p * W
                there = side + importer[p] * W
                s = fill(0.0)
                for q in range(0, W, WIDTH):
                    s = multiply_add(load(mean, here + q), load(values, there + q), s)
                weighted = total(s)
                near[p - low] = weighted
                middle = fill(weighted / by_pair[p])
                for q in range(0, W, WIDTH):
                    d = subtract(middle, load(values, there + q))
                    store(gather, q, multiply_add(load(mean, here + q), d, load(gather, q)))
            if right.shape[0]:
                for q in range(0, W, WIDTH):
                    store(gather, q, add(load(gather, q), load(right, own + q)))
            for q in range(0, W, WIDTH):
                s = fill(0.0)
                for t in range(years):
                    s = multiply_add(fill(gather[t]), load(blocks, (i * W + t) * W + q), s)
                store(exporters, own + q, s)
            for p in range(low, high):
                here = p * W
                there = side + importer[p] * W
                s = fill(0.0)
                for q in range(0, W, WIDTH):
                    s = multiply_add(load(mean, here + q), load(exporters, own + q), s)
                middle = fill((near[p - low] + total(s)) / by_pair[p])
                for q in range(0, W, WIDTH):
                    d = add(load(values, there + q), load(exporters, own + q))
                    d = subtract(d, middle)
                    v = multiply_add(load(mean, here + q), d, load(image, there + q))
                    store(image, there + q, v)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def regress(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    blocks: np.ndarray, years: int, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, A: np.ndarray, B: np.ndarray, tolerance: np.ndarray, most: int,
    change: np.ndarray,
) -> int:  # fmt: skip
    """Solve the normal equations of C columns on the three effects, weighted by the mean.

    Conjugate gradients on the importer-years, preconditioned by their totals. `A` [C, n, W] and
    `B` [C, m, W] are the start and the result; the pair effects are weighted pair means and need
    no place. `tolerance` and `change` [C]: root-mean-square change of a fitted column in the last
    step, weighted by the mean. Returns the passes over the tensor.
    """
    C, m, W = B.shape
    none = np.zeros((0, A.shape[1], W))
    step_a = np.zeros(A.shape)
    image = np.zeros(B.shape)
    rest = np.zeros((C, m * W))
    way = np.zeros(B.shape)
    length = np.zeros(C)
    inverse = np.zeros(m * W)
    weight = by_importer.reshape(m * W)
    everything = 0.0
    for q in range(m * W):
        everything += weight[q]
        inverse[q] = 1.0 / weight[q] if weight[q] > 0.0 else 0.0
    active = tolerance < np.inf
    couple(
        active, B, right_exporter, mean, start, importer, by_pair, blocks, years, A, image
    )  # fmt: skip
    passes = 1
    for k in range(C):
        if not active[k]:
            continue
        here = image[k].reshape(m * W)
        right = right_importer[k].reshape(m * W)
        along = way[k].reshape(m * W)
        s = 0.0
        for q in range(m * W):
            rest[k, q] = right[q] - here[q]
            along[q] = rest[k, q] * inverse[q]
            s += rest[k, q] * along[q]
        length[k] = s
        change[k] = np.sqrt(s / everything)
        active[k] = change[k] > 0.1 * tolerance[k]
    while active.any() and passes < most:
        passes += 1
        couple(
            active, way, none, mean, start, importer, by_pair, blocks, years, step_a, image
        )  # fmt: skip
        for k in range(C):
            if not active[k]:
                continue
            here = image[k].reshape(m * W)
            along = way[k].reshape(m * W)
            curve = 0.0
            for q in range(m * W):
                curve += along[q] * here[q]
            if not curve > 0.0:
                active[k] = False
                continue
            step = length[k] / curve
            change[k] = np.sqrt(step * length[k] / everything)
            solution = B[k].reshape(m * W)
            s = 0.0
            for q in range(m * W):
                solution[q] += step * along[q]
                rest[k, q] -= step * here[q]
                s += rest[k, q] * rest[k, q] * inverse[q]
            other = A[k].reshape(-1)
            move = step_a[k].reshape(-1)
            for q in range(other.size):
                other[q] += step * move[q]
            if change[k] < tolerance[k]:
                active[k] = False
                continue
            turn = s / length[k]
            length[k] = s
            for q in range(m * W):
                along[q] = rest[k, q] * inverse[q] + turn * along[q]
    return passes


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def cluster_scores(
    flow: np.ndarray, mean: np.ndarray, covariates: np.ndarray, start: np.ndarray,
    importer: np.ndarray, row: np.ndarray, by_pair: np.ndarray, A: np.ndarray, B: np.ndarray,
    codes: np.ndarray, by_cell: bool, sums: np.ndarray, meat: np.ndarray,
) -> None:  # fmt: skip
    """Add up the scores x~ (y - mean) by cluster, or their squares cell by cell.

    `codes` [rows, W] where `by_cell`, else [rows, 1], else [0, 0] for one cluster a cell;
    `sums` [clusters, K] is added to, or `meat` [K, K] in the last case.
    """
    K, n, W = A.shape
    m = B.shape[1]
    rows = flow.shape[0]
    score = np.zeros((K, W))
    alone = codes.shape[0] == 0
    for i in range(n):
        for p in range(start[i], start[i + 1]):
            here = p * W
            r = row[p]
            for k in range(K):
                at = (k * rows + r) * W
                own = (k * n + i) * W
                there = (k * m + importer[p]) * W
                s = fill(0.0)
                for q in range(0, W, WIDTH):
                    d = subtract(load(covariates, at + q), load(A, own + q))
                    d = subtract(d, load(B, there + q))
                    store(score, k * W + q, d)
                    s = multiply_add(load(mean, here + q), d, s)
                middle = fill(total(s) / by_pair[p])
                s = fill(0.0)
                for q in range(0, W, WIDTH):
                    gap = subtract(load(flow, r * W + q), load(mean, here + q))
                    v = multiply(subtract(load(score, k * W + q), middle), gap)
                    store(score, k * W + q, v)
                    s = add(s, v)
                if not alone and not by_cell:
                    sums[codes[r, 0], k] += total(s)
            if by_cell:
                for t in range(W):
                    if mean[p, t] > 0.0:
                        for k in range(K):
                            sums[codes[r, t], k] += score[k, t]
            if alone:
                for k in range(K):
                    for l in range(K):
                        s = fill(0.0)
                        for q in range(0, W, WIDTH):
                            s = multiply_add(load(score, k * W + q), load(score, l * W + q), s)
                        meat[k, l] += total(s)
