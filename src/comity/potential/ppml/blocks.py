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
    block: np.ndarray, weight: np.ndarray, size: int, others: np.ndarray, later: np.ndarray,
    lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Invert an exporter's system in place, given its upper half; weak pivots go to zero.

    Gauss and Jordan's sweeps: what was swept holds the inverse of its own part, so a pivot left
    out leaves a generalised inverse. The system is a Laplacian: its rows add up to zero, also
    while it is swept. A pivot is therefore the sum of what lies beside it, all of one sign, and
    no digits are lost where years hang together by a thread (Grassmann, Taksar & Heyman 1985).

    `others`, `later` [W, W]: from `masks`.
    """
    W = block.shape[1]
    for t in range(size):
        for s in range(t):
            block[t, s] = block[s, t]
    left_out = np.zeros(size, dtype=np.bool_)
    for t in range(size):
        row = load(block, t * W, lanes)
        pivot = -dot(row, load(later, t * W, lanes))
        if not pivot > _WEAK * weight[t]:
            left_out[t] = True
            continue
        # A number written into a row that is read as lanes at once stalls the processor: ones
        # and zeros in column t come from rows of masks.
        keep = load(others, t * W, lanes)
        row = multiply(add(multiply(row, keep), subtract(1.0, keep)), 1.0 / pivot)
        for r in range(size):
            if r != t:
                v = multiply(load(block, r * W, lanes), keep)
                store(block, r * W, multiply_add(row, -peek(block, r * W + t), v))
        store(block, t * W, row)
    for t in range(size):
        if left_out[t]:
            block[t] = 0.0
            block[:, t] = 0.0


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
