"""Regress columns on the three effects: conjugate gradients on the importer-years.

Pairs and exporter-years are eliminated exactly, see `elimination`. Shapes as there, but columns
come in bundles of G (see `bundles`): a country's row of one is [W * G].

The equations that are left are well conditioned, so corrections to a solution are found in singles:
half the bytes, twice the lanes. What is to be corrected is computed in doubles, and so is what the
corrections leave, where that matters. Single precision bounds no result, only what one round gains.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.bundles import ONE, narrow, pack, repeat, unpack, widen
from comity.potential.ppml.elimination import System, couple
from comity.potential.ppml.lanes import (
    WIDTH,
    Lanes,
    add,
    blank,
    load,
    multiply,
    multiply_add,
    nothing,
    space,
    store,
    subtract,
)

_PAIR = (WIDTH, WIDTH)
# How much a round in singles may be asked to reduce what is left: their own errors are below.
_REACH = 1e-5
# Passes that suffice for that. Where they do not, singles cannot tell some years apart.
_ROUND = 24
# A round whose end is off by more than this share of its start needs doubles.
_ASTRAY = 1e-3
# Numbers below would be denormal as singles, which processors are slow with.
_TINY = 1e-37


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _in_singles(values: np.ndarray, factor: float) -> np.ndarray:
    """Return values * factor in single precision."""
    flat = values.reshape(-1)
    out = space(flat.size, np.zeros(0, np.float32))
    for q in range(flat.size):
        v = flat[q] * factor
        out[q] = v if abs(v) > _TINY else 0.0
    return out.reshape(values.shape)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _products(x: np.ndarray, y: np.ndarray, bundle: Lanes) -> np.ndarray:
    """Return the sum of x * y of each column [G]."""
    L = 64 // x.itemsize
    added = nothing(x, ONE)
    for q in range(0, x.size, L):
        added = multiply_add(load(x, q, ONE), load(y, q, ONE), added)
    return _spell(added, x, bundle)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _squares(x: np.ndarray, weight: np.ndarray, bundle: Lanes) -> np.ndarray:
    """Return the sum of weight * x**2 of each column [G]; `weight` one a year."""
    L = 64 // x.itemsize
    added = nothing(x, ONE)
    for q in range(0, x.size, L):
        v = load(x, q, ONE)
        w = repeat(weight, q // len(bundle), ONE, bundle)
        added = multiply_add(multiply(v, w), v, added)
    return _spell(added, x, bundle)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _spell(row: Any, like: np.ndarray, bundle: Lanes) -> np.ndarray:  # noqa: ANN401
    """Return what the lanes of each column in a register add up to [G]."""
    L = 64 // like.itemsize
    few = space(L, like)
    store(few, 0, row)
    out = np.zeros(len(bundle))
    for q in range(L):
        out[q // (L // len(bundle))] += few[q]
    return out


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _each(factor: np.ndarray, like: np.ndarray, bundle: Lanes) -> Any:  # noqa: ANN401
    """Return a register with the factor of each column in its lanes."""
    L = 64 // like.itemsize
    wide = space(L, like)
    for q in range(L):
        wide[q] = factor[q // (L // len(bundle))]
    return load(wide, 0, ONE)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _step(x: np.ndarray, factor: np.ndarray, y: np.ndarray, bundle: Lanes) -> None:
    """Add factor * x to y, with a factor [G] for each column."""
    by = _each(factor, x, bundle)
    for q in range(0, x.size, 64 // x.itemsize):
        store(y, q, multiply_add(load(x, q, ONE), by, load(y, q, ONE)))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _turn(
    off: np.ndarray, inverse: np.ndarray, factor: np.ndarray, along: np.ndarray, bundle: Lanes
) -> None:
    """Write off * inverse + factor * along into `along`."""
    by = _each(factor, off, bundle)
    for q in range(0, off.size, 64 // off.itemsize):
        w = repeat(inverse, q // len(bundle), ONE, bundle)
        v = multiply(load(along, q, ONE), by)
        store(along, q, multiply_add(load(off, q, ONE), w, v))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def correct(
    system: System, off: np.ndarray, change: np.ndarray, answer: np.ndarray, everything: float,
    reach: float, tolerance: np.ndarray, left: np.ndarray, most: int, lanes: Lanes, bundle: Lanes,
) -> tuple[int, bool]:  # fmt: skip
    """Solve for the change of the importer-years that makes up for what they are `off` by.

    Conjugate gradients, preconditioned by the totals; all columns of a bundle go on until the last
    is done, as they come along for nothing. `off` [m, W * G] is the residual to begin with, then
    what is left of it; `change` [m, W * G] and `answer` [n, W * G], that of the exporter-years,
    start at zero. All are as precise as the system. Ends where `left` [G], see `regress`, is below
    the tolerance, or the residual below `reach` times its start. Returns the passes over the
    tensor, and whether it got there.
    """
    G = len(bundle)
    image, along, move = blank(off, off), blank(off, off), blank(answer, off)
    near = space(np.diff(system.start).max() * (64 // off.itemsize), off)
    step, turn = np.zeros(G), np.zeros(G)
    _turn(off, system.inverse, turn, along, bundle)
    length = _squares(off, system.inverse, bundle)
    first = length.copy()
    passes = 0
    going = True
    while going and passes < most:
        passes += 1
        couple(False, along, along[:0], system, move, image, near, lanes, bundle)
        curve = _products(along, image, bundle)
        for k in range(G):
            step[k] = length[k] / curve[k] if curve[k] > 0.0 else 0.0
        _step(along, step, change, bundle)
        _step(move, step, answer, bundle)
        _step(image, -step, off, bundle)
        fresh = _squares(off, system.inverse, bundle)
        going = False
        for k in range(G):
            if not fresh[k] < np.inf:
                return passes, False
            turn[k] = fresh[k] / length[k] if step[k] > 0.0 else 0.0
            if step[k] > 0.0:
                by = np.sqrt(step[k] * length[k] / everything)
                left[k] = by * min(np.sqrt(turn[k]), 1.0)
                going |= left[k] >= tolerance[k] and fresh[k] > reach * reach * first[k]
            length[k] = fresh[k]
        _turn(off, system.inverse, turn, along, bundle)
    return passes, not going


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _correct_in_singles(
    system: System, off: np.ndarray, solution: np.ndarray, answer: np.ndarray, everything: float,
    tolerance: np.ndarray, left: np.ndarray, most: int, lanes: Lanes, bundle: Lanes,
) -> tuple[int, bool]:  # fmt: skip
    """Do what `correct` does in singles; add the changes to `solution` and `answer`."""
    # Weights near one: flows in other units may leave the range of singles.
    factor = system.weight.size / everything
    light = System(
        _in_singles(system.mean, factor), _in_singles(system.share, 1.0 / factor),
        _in_singles(system.blocks, 1.0 / factor), _in_singles(system.weight, factor),
        _in_singles(system.inverse, 1.0 / factor), system.start, system.importer,
    )  # fmt: skip
    small = blank(off, light.mean)
    for q in range(0, off.size, 2 * WIDTH):
        store(small, q, narrow(multiply(load(off, q, _PAIR), factor), bundle))
    change, reply = blank(off, light.mean), blank(answer, light.mean)
    passes, there = correct(
        light, small, change, reply, everything * factor, _REACH, tolerance, left,
        min(most, _ROUND), lanes, bundle,
    )  # fmt: skip
    if there:
        for into, by in ((solution, change), (answer, reply)):
            for q in range(0, into.size, 2 * WIDTH):
                store(into, q, add(load(into, q, _PAIR), widen(load(by, q, ONE), bundle)))
        for q in range(0, off.size, 2 * WIDTH):
            store(off, q, multiply(widen(load(small, q, ONE), bundle), 1.0 / factor))
    return passes, there


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _correct_in_doubles(
    system: System, off: np.ndarray, solution: np.ndarray, answer: np.ndarray, everything: float,
    tolerance: np.ndarray, left: np.ndarray, most: int, lanes: Lanes, bundle: Lanes,
) -> int:  # fmt: skip
    """Correct `solution` and `answer`; return the passes over the tensor."""
    change, reply = blank(off, off), blank(answer, off)
    passes, _ = correct(
        system, off, change, reply, everything, 0.0, tolerance, left, most, lanes, bundle
    )
    ones = np.ones(len(bundle))
    _step(change, ones, solution, bundle)
    _step(reply, ones, answer, bundle)
    return passes


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _compare(aim: np.ndarray, image: np.ndarray, off: np.ndarray) -> None:
    """Write aim - image into `off`, and into `image` how far that is from what `off` was."""
    for q in range(0, off.size, WIDTH):
        x = subtract(load(aim, q, ONE), load(image, q, ONE))
        store(image, q, subtract(x, load(off, q, ONE)))
        store(off, q, x)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _system_of(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray,
) -> System:  # fmt: skip
    weight = by_importer.reshape(-1)
    inverse = np.zeros(weight.size)
    for q in range(weight.size):
        inverse[q] = 1.0 / weight[q] if weight[q] > 0.0 else 0.0
    return System(mean, 1.0 / by_pair, blocks, weight, inverse, start, importer)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _not_there(left: np.ndarray, tolerance: np.ndarray) -> bool:
    """Tell whether a column that is wanted is not yet as near as it shall be."""
    going = False
    for k in range(left.size):
        going |= tolerance[k] < np.inf and not left[k] < tolerance[k]
    return going


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def regress(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, A: np.ndarray, B: np.ndarray, tolerance: np.ndarray,
    certain: bool, most: int, left: np.ndarray, rest: np.ndarray, lanes: Lanes, fine: Lanes,
    bundle: Lanes,
) -> int:  # fmt: skip
    """Solve the normal equations of a bundle of columns on the three effects, weighted by the mean.

    `A` [G, n, W] and `B` [G, m, W] are the start and the result; the pair effects are weighted pair
    means and need no place. `rest` [G, m, W] receives what the importers' equations are still off
    by. `tolerance` and `left` [G]: root-mean-square error of a fitted column, weighted by the mean,
    estimated as the last change times how much the residual fell; a tolerance of infinity
    leaves a column alone. Where the answer has to be `certain`, what singles found is put into the
    equations in doubles once more, and how far they were astray counts as an error. `lanes` are
    those of singles, `fine` of doubles. Returns the passes over the tensor.
    """
    wanted = tolerance < np.inf
    if not wanted.any():
        return 0
    wide = (B.shape[1], B.shape[2] * len(bundle)), (A.shape[1], A.shape[2] * len(bundle))
    solution, aim = space(B.size, mean).reshape(wide[0]), space(B.size, mean).reshape(wide[0])
    right = space(A.size, mean).reshape(wide[1])
    for columns, into in ((right_exporter, right), (right_importer, aim), (B, solution)):
        pack(columns, into, bundle)
    answer, image, off = blank(right, mean), blank(aim, mean), blank(aim, mean)
    system = _system_of(mean, start, importer, by_pair, blocks, by_importer)
    everything = system.weight.sum()
    near = space(np.diff(start).max() * WIDTH, mean)
    from_zero = not (_products(solution, solution, bundle) > 0.0).any()
    couple(from_zero, solution, right, system, answer, image, near, fine, bundle)
    passes = 1
    _compare(aim, image, off)
    length = _squares(off, system.inverse, bundle)
    estimate = np.sqrt(length / everything)
    left[wanted] = estimate[wanted]
    single = True
    going = _not_there(left, 0.1 * tolerance)
    while going and passes < most:
        if not single:
            passes += _correct_in_doubles(
                system, off, solution, answer, everything, tolerance, estimate, most - passes,
                fine, bundle,
            )  # fmt: skip
            left[wanted] = estimate[wanted]
            break
        more, there = _correct_in_singles(
            system, off, solution, answer, everything, tolerance, estimate, most - passes,
            lanes, bundle,
        )  # fmt: skip
        passes += more
        if not there:
            single = False
            continue
        left[wanted] = estimate[wanted]
        if not certain and not _not_there(left, tolerance):
            break
        passes += 1
        couple(False, solution, right, system, answer, image, near, fine, bundle)
        _compare(aim, image, off)
        astray = _squares(image, system.inverse, bundle)
        single = bool((astray <= _ASTRAY**2 * length).all())
        left[wanted] += np.sqrt(astray / everything)[wanted]
        length = _squares(off, system.inverse, bundle)
        going = _not_there(left, tolerance)
    unpack(answer, wanted, A, bundle)
    unpack(solution, wanted, B, bundle)
    unpack(off, wanted, rest, bundle)
    return passes
