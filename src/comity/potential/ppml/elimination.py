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
from comity.potential.ppml.columns import column_row
from comity.potential.ppml.lanes import (
    dot,
    empty,
    exponential,
    fill,
    load,
    multiply,
    multiply_add,
    peek,
    store,
    subtract,
    total,
    zeros,
)

# A log effect that is to move further than this moves by the logarithm of the rest.
_FAR = 3.0


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def couple(
    active: np.ndarray, blank: np.ndarray, values: np.ndarray, right: np.ndarray,
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, share: np.ndarray,
    by_importer: np.ndarray, blocks: np.ndarray, years: int, exporters: np.ndarray,
    image: np.ndarray, near: np.ndarray, lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Answer importer-years `values` [C, m, W] by exporter-years and pairs, and map them.

    `exporters` [C, n, W] receives, for each active column, the exporter-years that solve their
    own equations with right-hand sides `right` [C, n, W] (no columns: zero); `image` [C, m, W]
    the left-hand side of the importers' equations with both: values weighted by `by_importer`
    [m, W], plus what exporters and pairs make of them. `share` [P] is one over the total of each
    pair, `near` [P] room; `blank` [C] names columns whose values are all zero.
    """
    C, m, W = values.shape
    n = blocks.shape[0]
    gather = zeros(W)
    for k in range(C):
        if active[k]:
            for q in range(0, m * W, W):
                v = multiply(load(by_importer, q, lanes), load(values, k * m * W + q, lanes))
                store(image, k * m * W + q, v)
    for i in range(n):
        low, high = start[i], start[i + 1]
        if low == high:
            continue
        for k in range(C):
            if not active[k]:
                continue
            side = k * m * W
            own = (k * n + i) * W
            added = load(right, own, lanes) if right.shape[0] else fill(0.0, lanes)
            if blank[k]:
                near[low:high] = 0.0
            else:
                for p in range(low, high):
                    w = load(mean, p * W, lanes)
                    v = load(values, side + peek(importer, p) * W, lanes)
                    onto = dot(w, v)
                    near[p] = onto
                    added = multiply_add(w, subtract(onto * peek(share, p), v), added)
            store(gather, 0, added)
            answer = fill(0.0, lanes)
            for t in range(years):
                answer = multiply_add(gather[t], load(blocks, (i * W + t) * W, lanes), answer)
            store(exporters, own, answer)
            for p in range(low, high):
                w = load(mean, p * W, lanes)
                there = side + peek(importer, p) * W
                middle = (peek(near, p) + dot(w, answer)) * peek(share, p)
                v = multiply_add(w, subtract(answer, middle), load(image, there, lanes))
                store(image, there, v)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def regress(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    blocks: np.ndarray, years: int, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, A: np.ndarray, B: np.ndarray, tolerance: np.ndarray,
    most: int, left: np.ndarray, rest: np.ndarray, lanes: tuple[int, ...],
) -> int:  # fmt: skip
    """Solve the normal equations of C columns on the three effects, weighted by the mean.

    Conjugate gradients on the importer-years, preconditioned by their totals. `A` [C, n, W]
    and `B` [C, m, W] are the start and the result; the pair effects are weighted pair means
    and need no place. `rest` [C, m, W] receives what the importers' equations are still off by.
    `tolerance` and `left` [C]: root-mean-square error of a fitted column, weighted by the mean,
    estimated as the last change times how much the residual fell; a tolerance of infinity
    leaves a column alone. Returns the passes over the tensor.
    """
    C, m, W = B.shape
    none = np.zeros((0, A.shape[1], W))
    step_a = zeros(A.size).reshape(A.shape)
    image = zeros(B.size).reshape(B.shape)
    way = zeros(B.size).reshape(B.shape)
    near = empty(mean.shape[0])
    share = 1.0 / by_pair
    length = np.zeros(C)
    inverse = zeros(m * W)
    weight = by_importer.reshape(m * W)
    everything = 0.0
    for q in range(m * W):
        everything += weight[q]
        inverse[q] = 1.0 / weight[q] if weight[q] > 0.0 else 0.0
    active = tolerance < np.inf
    blank = np.zeros(C, dtype=np.bool_)
    for k in range(C):
        blank[k] = not B[k].any()
    couple(
        active, blank, B, right_exporter, mean, start, importer, share, by_importer, blocks,
        years, A, image, near, lanes,
    )  # fmt: skip
    passes = 1
    blank[:] = False
    for k in range(C):
        if not active[k]:
            continue
        here = image[k].reshape(m * W)
        right = right_importer[k].reshape(m * W)
        along = way[k].reshape(m * W)
        off = rest[k].reshape(m * W)
        s = 0.0
        for q in range(m * W):
            off[q] = right[q] - here[q]
            along[q] = off[q] * inverse[q]
            s += off[q] * along[q]
        length[k] = s
        left[k] = np.sqrt(s / everything)
        active[k] = left[k] > 0.1 * tolerance[k]
    while active.any() and passes < most:
        passes += 1
        couple(
            active, blank, way, none, mean, start, importer, share, by_importer, blocks, years,
            step_a, image, near, lanes,
        )  # fmt: skip
        for k in range(C):
            if not active[k]:
                continue
            here = image[k].reshape(m * W)
            along = way[k].reshape(m * W)
            off = rest[k].reshape(m * W)
            curve = 0.0
            for q in range(m * W):
                curve += along[q] * here[q]
            if not curve > 0.0:
                active[k] = False
                continue
            step = length[k] / curve
            change = np.sqrt(step * length[k] / everything)
            solution = B[k].reshape(m * W)
            s = 0.0
            for q in range(m * W):
                solution[q] += step * along[q]
                off[q] -= step * here[q]
                s += off[q] * off[q] * inverse[q]
            other = A[k].reshape(-1)
            move = step_a[k].reshape(-1)
            for q in range(other.size):
                other[q] += step * move[q]
            turn = s / length[k]
            left[k] = change * min(np.sqrt(turn), 1.0)
            if left[k] < tolerance[k]:
                active[k] = False
                continue
            length[k] = s
            for q in range(m * W):
                along[q] = off[q] * inverse[q] + turn * along[q]
    return passes


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def close(
    A: np.ndarray, B: np.ndarray, right_exporter: np.ndarray, right_importer: np.ndarray,
    rest: np.ndarray, score: np.ndarray, hessian: np.ndarray,
) -> None:  # fmt: skip
    """Take the effects' part out of score [K] and Hessian [K, K], given below its diagonal.

    x~ = x - A - B - C is orthogonal to the effects as far as `rest` has vanished; score and
    Hessian count that in and are off by its square only. The last column holds the gaps of the
    totals. Arrays as in `regress`, the last two dimensions in one.
    """
    K = score.size
    for k in range(K):
        s = 0.0
        for q in range(A.shape[1]):
            s += A[k, q] * right_exporter[K, q]
        for q in range(B.shape[1]):
            s += B[k, q] * right_importer[K, q] + rest[k, q] * B[K, q]
        score[k] -= s
        for l in range(k + 1):
            s = 0.0
            for q in range(A.shape[1]):
                s += A[k, q] * right_exporter[l, q]
            for q in range(B.shape[1]):
                s += B[k, q] * (right_importer[l, q] + rest[l, q])
            hessian[k, l] -= s
            hessian[l, k] = hessian[k, l]


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def shift(
    scales: np.ndarray, along: np.ndarray, columns: np.ndarray, weight: np.ndarray,
    lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Multiply `scales` [n, W] by e to the sum of along_k * columns_k [C, n, W].

    What all years of a country share is left out, as the pair effects make up for it. A total that
    is still far away makes Newton's step overshoot: beyond three, only its logarithm counts.
    """
    n, W = scales.shape
    moves = empty(W)
    for i in range(n):
        own = i * W
        w = load(weight, own, lanes)
        everything = total(w)
        if everything <= 0.0:
            continue
        move = fill(0.0, lanes)
        for k in range(along.size):
            move = multiply_add(load(columns, k * n * W + own, lanes), along[k], move)
        store(moves, 0, subtract(move, dot(w, move) / everything))
        furthest = 0.0
        for t in range(W):
            furthest = max(furthest, abs(moves[t]))
        if furthest > _FAR:
            for t in range(W):
                v = moves[t]
                if abs(v) > _FAR:
                    moves[t] = np.copysign(_FAR + np.log(abs(v) / _FAR), v)
        factor = exponential(load(moves, 0, lanes))
        store(scales, own, multiply(load(scales, own, lanes), factor))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def cluster_scores(
    flow: np.ndarray, mean: np.ndarray, numbers: np.ndarray, bits: np.ndarray,
    places: np.ndarray, start: np.ndarray, importer: np.ndarray, row: np.ndarray,
    by_pair: np.ndarray, A: np.ndarray, B: np.ndarray,
    codes: np.ndarray, by_cell: bool, sums: np.ndarray, meat: np.ndarray,
    lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Add up the scores x~ (y - mean) by cluster, or their squares cell by cell.

    `codes` [rows, W] where `by_cell`, else [rows, 1], else [0, 0] for one cluster a cell;
    `sums` [clusters, K] is added to, or `meat` [K, K] in the last case.
    """
    K, n, W = A.shape
    m = B.shape[1]
    score = zeros(K * W).reshape(K, W)
    alone = codes.shape[0] == 0
    for i in range(n):
        for p in range(start[i], start[i + 1]):
            r = row[p]
            w = load(mean, p * W, lanes)
            gap = subtract(load(flow, r * W, lanes), w)
            for k in range(K):
                x = column_row(numbers, bits, places[k], r, lanes)
                x = subtract(x, load(A, (k * n + i) * W, lanes))
                x = subtract(x, load(B, (k * m + importer[p]) * W, lanes))
                x = multiply(subtract(x, dot(w, x) / by_pair[p]), gap)
                store(score, k * W, x)
                if not alone and not by_cell:
                    sums[codes[r, 0], k] += total(x)
            if by_cell:
                for t in range(W):
                    if mean[p, t] > 0.0:
                        for k in range(K):
                            sums[codes[r, t], k] += score[k, t]
            if alone:
                for k in range(K):
                    x = load(score, k * W, lanes)
                    for l in range(K):
                        meat[k, l] += dot(x, load(score, l * W, lanes))
