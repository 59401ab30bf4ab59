"""The exporters' systems: years by years, built from an exporter's pairs and inverted.

Shapes as in `elimination`.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.lanes import (
    ONE,
    WIDTH,
    add,
    dot,
    load,
    multiply,
    multiply_add,
    peek,
    store,
    subtract,
    zeros,
)

# A pivot below this share of the flows behind it is none: the years of that exporter are connected
# to each other only up to a constant, which the pair effects hold.
_WEAK = 1e-14


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def invert(
    one: np.ndarray, two: np.ndarray, weight_one: np.ndarray, weight_two: np.ndarray, size: int,
    others: np.ndarray, later: np.ndarray, lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Invert two exporters' systems in place, given their upper halves; weak pivots go to zero.

    Each pivot waits for the one before, so two systems go side by side. Rows are eliminated
    downwards, what that does to the unit matrix in place of the zeros that arise, and put together
    upwards. A pivot left out leaves a generalised inverse. The system is a Laplacian: its rows add
    up to zero, also while they are eliminated. A pivot is therefore the sum of what lies beside it,
    all of one sign, and no digits are lost where years hang together by a thread (Grassmann, Taksar
    & Heyman 1985).

    `others`, `later` [W, W]: from `masks`.
    """
    W = one.shape[1]
    for t in range(size):
        # A number written into a row that is read as lanes at once stalls the processor: ones
        # and zeros in column t come from rows of masks.
        keep, ahead = load(others, t * W, lanes), load(later, t * W, lanes)
        own = subtract(1.0, keep)
        first, second = load(one, t * W, lanes), load(two, t * W, lanes)
        by_first = _one_over(-dot(first, ahead), weight_one[t])
        by_second = _one_over(-dot(second, ahead), weight_two[t])
        first, second = add(multiply(first, keep), own), add(multiply(second, keep), own)
        # Symmetric: the row says, too, how much of it the rows below are to get.
        store(one, t * W, multiply(first, -by_first))
        store(two, t * W, multiply(second, -by_second))
        for r in range(t + 1, size):
            v = multiply(load(one, r * W, lanes), keep)
            store(one, r * W, multiply_add(first, peek(one, t * W + r), v))
            v = multiply(load(two, r * W, lanes), keep)
            store(two, r * W, multiply_add(second, peek(two, t * W + r), v))
    for t in range(size - 1, -1, -1):
        behind = subtract(load(later, t * W, lanes), 1.0)
        first = multiply(load(one, t * W, lanes), behind)
        second = multiply(load(two, t * W, lanes), behind)
        for r in range(size - 1, t, -1):
            first = multiply_add(load(one, r * W, lanes), peek(one, t * W + r), first)
            second = multiply_add(load(two, r * W, lanes), peek(two, t * W + r), second)
        store(one, t * W, first)
        store(two, t * W, second)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _one_over(pivot: float, weight: float) -> float:
    """Return one over a pivot, zero where it is none: its row and column then become zero."""
    return 1.0 / pivot if pivot > _WEAK * weight else 0.0


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def invert_with(
    waiting: int, i: int, blocks: np.ndarray, weight: np.ndarray, size: int, others: np.ndarray,
    later: np.ndarray, lanes: tuple[int, ...],
) -> int:  # fmt: skip
    """Invert the system of exporter i and the one that waits, if any; return who waits now."""
    if waiting < 0:
        return i
    invert(
        blocks[waiting], blocks[i], weight[waiting], weight[i], size, others, later, lanes
    )  # fmt: skip
    return -1


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def invert_last(
    waiting: int, blocks: np.ndarray, weight: np.ndarray, size: int, others: np.ndarray,
    later: np.ndarray, lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Invert the system that waits, if any, beside one of zeros."""
    if waiting >= 0:
        W = blocks.shape[1]
        nobody = zeros(W * W).reshape(W, W)
        own = weight[waiting]
        invert(blocks[waiting], nobody, own, own, size, others, later, lanes)


@nb.njit(cache=True, nogil=True)
def masks(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ones off the diagonal, and ones above it, both [size, size]."""
    others = zeros(size * size).reshape(size, size)
    later = zeros(size * size).reshape(size, size)
    for t in range(size):
        for s in range(size):
            others[t, s] = 1.0 if s != t else 0.0
            later[t, s] = 1.0 if s > t else 0.0
    return others, later


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def build(
    i: int, mean: np.ndarray, low: int, high: int, share: np.ndarray, years: int,
    blocks: np.ndarray,
) -> None:  # fmt: skip
    """Write what an exporter's years have to do with each other through its pairs, upper half.

    Minus the sum over pairs of mean_t * mean_s / total, four pairs at a time; `share` [P] is one
    over the totals.
    """
    block = blocks[i]
    W = block.shape[1]
    block[:] = 0.0
    for p in range(low, high, 4):
        last = high - 1
        p1, p2, p3 = min(p + 1, last), min(p + 2, last), min(p + 3, last)
        f0 = -peek(share, p)
        f1 = -peek(share, p1) if p + 1 < high else 0.0
        f2 = -peek(share, p2) if p + 2 < high else 0.0
        f3 = -peek(share, p3) if p + 3 < high else 0.0
        for q in range(0, W, WIDTH):
            v0 = multiply(load(mean, p * W + q, ONE), f0)
            v1 = multiply(load(mean, p1 * W + q, ONE), f1)
            v2 = multiply(load(mean, p2 * W + q, ONE), f2)
            v3 = multiply(load(mean, p3 * W + q, ONE), f3)
            for t in range(min(years, q + WIDTH)):
                v = load(block, t * W + q, ONE)
                v = multiply_add(peek(mean, p * W + t), v0, v)
                v = multiply_add(peek(mean, p1 * W + t), v1, v)
                v = multiply_add(peek(mean, p2 * W + t), v2, v)
                v = multiply_add(peek(mean, p3 * W + t), v3, v)
                store(block, t * W + q, v)
