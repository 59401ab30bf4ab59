"""Three effects with the pairs and the exporter-years eliminated, importer-years by gradients.

One directed pair belongs to one exporter, so at given importer effects the pair effects and the
exporter-year effects of an exporter have an exact answer: within-pair means leave a system of
as many equations as there are years, one such system an exporter. What is left is a system in
the importer-years alone. It is well conditioned even where flows are rare, so conjugate gradients
need about ten passes where alternating projections need thirty, or hundreds.

Shapes: P pairs in exporter order, W years padded to whole lanes, n exporters, m importers,
C columns (the covariates, then the gaps of the totals). `start` [n + 1] delimits an exporter's
pairs; `mean` [P, W] is the fitted mean; its total over a pair is the observed one, `by_pair`.
In `couple` columns come in bundles of G (see `bundles`): a country's row of one is [W * G].
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.bundles import apply_years, onto, repeat
from comity.potential.ppml.columns import column_row
from comity.potential.ppml.lanes import (
    ONE,
    Lanes,
    add,
    dot,
    empty,
    exponential,
    fill,
    load,
    multiply,
    multiply_add,
    nothing,
    peek,
    space,
    store,
    subtract,
    total,
    zeros,
)

# A log effect that is to move further than this moves by the logarithm of the rest.
_FAR = 3.0


class System(NamedTuple):
    """The equations, in doubles or in singles.

    Attributes
    ----------
    mean : ndarray, shape (P, W)
        Weights of the cells.
    share : ndarray, shape (P,)
        One over each pair's total.
    blocks : ndarray, shape (n, W, W)
        Inverses of the exporters' systems.
    weight, inverse : ndarray, shape (m * W,)
        Totals of the importer-years, and one over them (zero where there is none).
    start, importer : ndarray of int
        First pair of each exporter, (n + 1,); importer of each pair, (P,).
    """

    mean: Any
    share: Any
    blocks: Any
    weight: Any
    inverse: Any
    start: Any
    importer: Any


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def couple(
    from_zero: bool, values: np.ndarray, right: np.ndarray, system: System, exporters: np.ndarray,
    image: np.ndarray, near: np.ndarray, lanes: Lanes, bundle: Lanes,
) -> None:  # fmt: skip
    """Answer importer-years `values` [m, W * G] by exporter-years and pairs, and map them.

    `exporters` [n, W * G] receives the exporter-years that solve their own equations with
    right-hand sides `right` [n, W * G] (no rows: zero); `image` [m, W * G] the left-hand side of
    the importers' equations with both: values weighted by their totals, plus what exporters and
    pairs make of them. `near` is room for one register a pair of an exporter; `from_zero` says
    that all values are zero.
    """
    mean, share, blocks, weight, _, start, importer = system
    W, S = mean.shape[1], values.shape[1]
    L = 64 // values.itemsize
    Y = L // len(bundle)
    gather = space(S, values)
    for q in range(0, values.size, L):
        w = repeat(weight, q // len(bundle), ONE, bundle)
        store(image, q, multiply(w, load(values, q, ONE)))
    for i in range(start.size - 1):
        low, high = start[i], start[i + 1]
        if low == high:
            continue
        added = load(right, i * S, lanes) if right.shape[0] else nothing(values, lanes)
        if from_zero:
            near[: (high - low) * L] = 0.0
        else:
            for p in range(low, high):
                w = repeat(mean, p * W, lanes, bundle)
                v = load(values, peek(importer, p) * S, lanes)
                middle = multiply(onto(w, v, bundle), peek(share, p))
                store(near, (p - low) * L, middle)
                added = multiply_add(w, subtract(middle, v), added)
        store(gather, 0, added)
        answer = nothing(values, lanes)
        for r in range(len(lanes)):
            year = load(gather, r * L, ONE)
            answer = apply_years(blocks, (i * W + r * Y) * W, W, year, answer, bundle)
        store(exporters, i * S, answer)
        for p in range(low, high):
            w = repeat(mean, p * W, lanes, bundle)
            there = peek(importer, p) * S
            middle = multiply(onto(w, answer, bundle), peek(share, p))
            middle = add(middle, load(near, (p - low) * L, ONE))
            v = multiply_add(w, subtract(answer, middle), load(image, there, lanes))
            store(image, there, v)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def close(
    A: np.ndarray, B: np.ndarray, right_exporter: np.ndarray, right_importer: np.ndarray,
    rest: np.ndarray, score: np.ndarray, hessian: np.ndarray,
) -> None:  # fmt: skip
    """Take the effects' part out of score [K] and Hessian [K, K], given below its diagonal.

    x~ = x - A - B - C is orthogonal to the effects as far as `rest` has vanished; score and
    Hessian count that in and are off by its square only. The column after the covariates holds
    the gaps of the totals. Arrays as in `gradients.regress`, the last two dimensions in one.
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
