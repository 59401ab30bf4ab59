"""Regress columns on the three effects: conjugate gradients on the importer-years.

Pairs and exporter-years are eliminated exactly, see `elimination`. Shapes as there, but columns
come in bundles of G (see `bundles`): a country's row of one is [W * G].
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.bundles import apply_years, fold, onto, pack, repeat, unpack
from comity.potential.ppml.lanes import (
    WIDTH,
    Lanes,
    add,
    empty,
    fill,
    load,
    multiply,
    multiply_add,
    peek,
    store,
    subtract,
    zeros,
)

_ONE = (WIDTH,)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def couple(
    blank: bool, values: np.ndarray, right: np.ndarray, mean: np.ndarray, start: np.ndarray,
    importer: np.ndarray, share: np.ndarray, by_importer: np.ndarray, blocks: np.ndarray,
    exporters: np.ndarray, image: np.ndarray, near: np.ndarray, lanes: Lanes, bundle: Lanes,
) -> None:  # fmt: skip
    """Answer importer-years `values` [m, W * G] by exporter-years and pairs, and map them.

    `exporters` [n, W * G] receives the exporter-years that solve their own equations with
    right-hand sides `right` [n, W * G] (no rows: zero); `image` [m, W * G] the left-hand side of
    the importers' equations with both: values weighted by `by_importer` [m, W], plus what
    exporters and pairs make of them. `share` [P] is one over the total of each pair, `near` room
    for one lane a pair of an exporter; `blank` says that all values are zero.
    """
    W = mean.shape[1]
    S = values.shape[1]
    Y = WIDTH // len(bundle)
    gather = zeros(S)
    for q in range(0, values.size, WIDTH):
        weight = repeat(by_importer, q // len(bundle), _ONE, bundle)
        store(image, q, multiply(weight, load(values, q, _ONE)))
    for i in range(start.size - 1):
        low, high = start[i], start[i + 1]
        if low == high:
            continue
        added = load(right, i * S, lanes) if right.shape[0] else fill(0.0, lanes)
        if blank:
            near[: (high - low) * WIDTH] = 0.0
        else:
            for p in range(low, high):
                w = repeat(mean, p * W, lanes, bundle)
                v = load(values, peek(importer, p) * S, lanes)
                middle = multiply(onto(w, v, bundle), peek(share, p))
                store(near, (p - low) * WIDTH, middle)
                added = multiply_add(w, subtract(middle, v), added)
        store(gather, 0, added)
        answer = fill(0.0, lanes)
        for r in range(len(lanes)):
            year = load(gather, r * WIDTH, _ONE)
            answer = apply_years(blocks, (i * W + r * Y) * W, W, year, answer, bundle)
        store(exporters, i * S, answer)
        for p in range(low, high):
            w = repeat(mean, p * W, lanes, bundle)
            there = peek(importer, p) * S
            middle = multiply(onto(w, answer, bundle), peek(share, p))
            middle = add(middle, load(near, (p - low) * WIDTH, _ONE))
            v = multiply_add(w, subtract(answer, middle), load(image, there, lanes))
            store(image, there, v)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _sums(x: np.ndarray, y: np.ndarray, bundle: Lanes) -> np.ndarray:
    """Return the sum of x * y of each column [G]."""
    added = fill(0.0, _ONE)
    for q in range(0, x.size, WIDTH):
        added = multiply_add(load(x, q, _ONE), load(y, q, _ONE), added)
    return _spell(added, bundle)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _weighted_squares(x: np.ndarray, weight: np.ndarray, bundle: Lanes) -> np.ndarray:
    """Return the sum of weight * x**2 of each column [G]; `weight` one a year."""
    added = fill(0.0, _ONE)
    for q in range(0, x.size, WIDTH):
        v = load(x, q, _ONE)
        w = repeat(weight, q // len(bundle), _ONE, bundle)
        added = multiply_add(multiply(v, w), v, added)
    return _spell(added, bundle)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _spell(lane: object, bundle: Lanes) -> np.ndarray:
    """Return what the lanes of each column add up to [G]."""
    out = zeros(WIDTH)
    store(out, 0, fold(lane, bundle))
    return out[:: WIDTH // len(bundle)]


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _step(x: np.ndarray, factor: np.ndarray, y: np.ndarray, bundle: Lanes) -> None:
    """Add factor * x to y, with a factor [G] for each column."""
    by = repeat_each(factor, bundle)
    for q in range(0, x.size, WIDTH):
        store(y, q, multiply_add(load(x, q, _ONE), by, load(y, q, _ONE)))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _turn(
    off: np.ndarray, inverse: np.ndarray, factor: np.ndarray, along: np.ndarray, bundle: Lanes
) -> None:
    """Write off * inverse + factor * along into `along`."""
    by = repeat_each(factor, bundle)
    for q in range(0, off.size, WIDTH):
        w = repeat(inverse, q // len(bundle), _ONE, bundle)
        v = multiply(load(along, q, _ONE), by)
        store(along, q, multiply_add(load(off, q, _ONE), w, v))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def repeat_each(factor: np.ndarray, bundle: Lanes) -> object:
    """Return a register with the factor of each column in its lanes."""
    Y = WIDTH // len(bundle)
    wide = zeros(WIDTH)
    for q in range(WIDTH):
        wide[q] = factor[q // Y]
    return load(wide, 0, _ONE)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def regress(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, A: np.ndarray, B: np.ndarray, tolerance: np.ndarray,
    most: int, left: np.ndarray, rest: np.ndarray, lanes: Lanes, bundle: Lanes,
) -> int:  # fmt: skip
    """Solve the normal equations of a bundle of columns on the three effects, weighted by the mean.

    Conjugate gradients on the importer-years, preconditioned by their totals. `A` [G, n, W]
    and `B` [G, m, W] are the start and the result; the pair effects are weighted pair means
    and need no place. `rest` [G, m, W] receives what the importers' equations are still off by.
    `tolerance` and `left` [G]: root-mean-square error of a fitted column, weighted by the mean,
    estimated as the last change times how much the residual fell; a tolerance of infinity
    leaves a column alone. Returns the passes over the tensor.
    """
    G, m, W = B.shape
    n, S = A.shape[1], W * G
    wanted = tolerance < np.inf
    if not wanted.any():
        return 0
    right = empty(n * S).reshape(n, S)
    pack(right_exporter, right, bundle)
    solution, off = empty(m * S).reshape(m, S), empty(m * S).reshape(m, S)
    pack(B, solution, bundle)
    pack(right_importer, off, bundle)
    answer, move = zeros(n * S).reshape(n, S), zeros(n * S).reshape(n, S)
    image, along = empty(m * S).reshape(m, S), zeros(m * S).reshape(m, S)
    near = empty(np.diff(start).max() * WIDTH)
    share = 1.0 / by_pair
    inverse = zeros(m * W)
    weight = by_importer.reshape(m * W)
    everything = 0.0
    for q in range(m * W):
        everything += weight[q]
        inverse[q] = 1.0 / weight[q] if weight[q] > 0.0 else 0.0
    couple(
        not solution.any(), solution, right, mean, start, importer, share, by_importer, blocks,
        answer, image, near, lanes, bundle,
    )  # fmt: skip
    passes = 1
    ones = np.ones(G)
    _step(image, -ones, off, bundle)
    _turn(off, inverse, 0.0 * ones, along, bundle)
    length = _weighted_squares(off, inverse, bundle)
    going = False
    for k in range(G):
        if wanted[k]:
            left[k] = np.sqrt(length[k] / everything)
            going |= left[k] > 0.1 * tolerance[k]
    step, turn = np.zeros(G), np.zeros(G)
    while going and passes < most:
        passes += 1
        couple(
            False, along, right[:0], mean, start, importer, share, by_importer, blocks, move,
            image, near, lanes, bundle,
        )  # fmt: skip
        curve = _sums(along, image, bundle)
        for k in range(G):
            step[k] = length[k] / curve[k] if curve[k] > 0.0 else 0.0
        _step(along, step, solution, bundle)
        _step(move, step, answer, bundle)
        _step(image, -step, off, bundle)
        fresh = _weighted_squares(off, inverse, bundle)
        going = False
        for k in range(G):
            turn[k] = fresh[k] / length[k] if step[k] > 0.0 else 0.0
            if wanted[k] and step[k] > 0.0:
                change = np.sqrt(step[k] * length[k] / everything)
                left[k] = change * min(np.sqrt(turn[k]), 1.0)
                going |= not left[k] < tolerance[k]
            length[k] = fresh[k]
        _turn(off, inverse, turn, along, bundle)
    unpack(answer, wanted, A, bundle)
    unpack(solution, wanted, B, bundle)
    unpack(off, wanted, rest, bundle)
    return passes
