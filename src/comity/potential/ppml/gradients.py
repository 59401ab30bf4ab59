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
from comity.potential.ppml.bundles import (
    add_scaled,
    lanes_for,
    narrow,
    pack,
    products,
    squares,
    turn_to,
    unpack,
    widen,
)
from comity.potential.ppml.elimination import System, couple
from comity.potential.ppml.lanes import (
    ONE,
    WIDTH,
    Lanes,
    add,
    blank,
    load,
    multiply,
    space,
    store,
    subtract,
)
from comity.potential.ppml.newton import Floats
from comity.potential.ppml.tensor import kernel

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
    """Return a row of values * factor in single precision."""
    out = space(values.size, np.zeros(0, np.float32))
    for q in range(values.size):
        v = values[q] * factor
        out[q] = v if abs(v) > _TINY else 0.0
    return out


@nb.njit(cache=True, nogil=True)
def _most_pairs(start: np.ndarray) -> int:
    """Return how many pairs the exporter with the most has."""
    most = 0
    for i in range(start.size - 1):
        most = max(most, start[i + 1] - start[i])
    return most


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
    near = space(_most_pairs(system.start) * (64 // off.itemsize), off)
    step, turn = np.zeros(G), np.zeros(G)
    turn_to(off, system.inverse, turn, along, bundle)
    length = squares(off, system.inverse, bundle)
    first = length.copy()
    passes = 0
    going = True
    while going and passes < most:
        passes += 1
        couple(False, along, along[:0], system, move, image, near, lanes, bundle)
        curve = products(along, image, bundle)
        for k in range(G):
            step[k] = length[k] / curve[k] if curve[k] > 0.0 else 0.0
        add_scaled(along, step, change, bundle)
        add_scaled(move, step, answer, bundle)
        add_scaled(image, -step, off, bundle)
        fresh = squares(off, system.inverse, bundle)
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
        turn_to(off, system.inverse, turn, along, bundle)
    return passes, not going


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _correct_in_singles(
    system: System, off: np.ndarray, solution: np.ndarray, answer: np.ndarray,
    tolerance: np.ndarray, left: np.ndarray, most: int, lanes: Lanes, bundle: Lanes,
) -> tuple[int, bool]:  # fmt: skip
    """Do what `correct` does in singles; add the changes to `solution` and `answer`."""
    everything = _everything(system)
    # Weights near one: flows in other units may leave the range of singles.
    factor = system.weight.size / everything
    mean, blocks = system.mean, system.blocks
    light = System(
        _in_singles(mean.reshape(-1), factor).reshape(mean.shape),
        _in_singles(system.share, 1.0 / factor),
        _in_singles(blocks.reshape(-1), 1.0 / factor).reshape(blocks.shape),
        _in_singles(system.weight, factor), _in_singles(system.inverse, 1.0 / factor),
        system.start, system.importer,
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
    inverse, share = space(weight.size, mean), space(by_pair.size, mean)
    for q in range(weight.size):
        inverse[q] = 1.0 / weight[q] if weight[q] > 0.0 else 0.0
    for p in range(by_pair.size):
        share[p] = 1.0 / by_pair[p]
    return System(mean, share, blocks, weight, inverse, start, importer)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _everything(system: System) -> float:
    """Return the sum of all weights."""
    added = 0.0
    for q in range(system.weight.size):
        added += system.weight[q]
    return added


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _not_there(left: np.ndarray, tolerance: np.ndarray, share: float) -> bool:
    """Tell whether a column that is wanted is not yet as near as that share of its tolerance."""
    going = False
    for k in range(left.size):
        going |= tolerance[k] < np.inf and not left[k] < share * tolerance[k]
    return going


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _begin(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, B: np.ndarray, left: np.ndarray, fine: Lanes, bundle: Lanes,
) -> tuple[
    System, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray
]:  # fmt: skip
    """Put the start into the equations.

    Returns them, what they aim at for exporters and importers, the start, the exporters' answer to
    it, what it is off by, and room for an image and near pairs; writes the size of the error.
    """
    wide = (by_importer.shape[0], by_importer.shape[1] * len(bundle))
    solution, aim = space(B.size, mean).reshape(wide), space(B.size, mean).reshape(wide)
    right = space(right_exporter.size, mean).reshape(blocks.shape[0], wide[1])
    pack(B, solution, bundle)
    pack(right_importer, aim, bundle)
    pack(right_exporter, right, bundle)
    answer, image, off = blank(right, mean), blank(aim, mean), blank(aim, mean)
    system = _system_of(mean, start, importer, by_pair, blocks, by_importer)
    near = space(_most_pairs(start) * WIDTH, mean)
    size = products(solution, solution, bundle)
    there = False
    for k in range(left.size):
        there |= size[k] > 0.0
    couple(not there, solution, right, system, answer, image, near, fine, bundle)
    _compare(aim, image, off)
    _measure(off, system, bundle, left)
    return system, right, aim, solution, answer, off, image, near


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _measure(off: np.ndarray, system: System, bundle: Lanes, size: np.ndarray) -> None:
    """Write the root-mean-square size of what the equations are off by [G]."""
    everything = _everything(system)
    found = squares(off, system.inverse, bundle)
    for k in range(size.size):
        size[k] = np.sqrt(found[k] / everything)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _end(
    answer: np.ndarray, solution: np.ndarray, off: np.ndarray, tolerance: np.ndarray,
    A: np.ndarray, B: np.ndarray, rest: np.ndarray, bundle: Lanes,
) -> None:  # fmt: skip
    """Write out the columns that are wanted."""
    unpack(answer, tolerance, A, bundle)
    unpack(solution, tolerance, B, bundle)
    unpack(off, tolerance, rest, bundle)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _regress_in_singles(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, A: np.ndarray, B: np.ndarray, tolerance: np.ndarray,
    certain: bool, most: int, left: np.ndarray, rest: np.ndarray, lanes: Lanes, fine: Lanes,
    bundle: Lanes,
) -> tuple[int, bool]:  # fmt: skip
    """Do what `regress` does, with corrections in singles; False where they lead nowhere."""
    system, right, aim, solution, answer, off, image, near = _begin(
        mean, start, importer, by_pair, blocks, by_importer, right_exporter, right_importer, B,
        left, fine, bundle,
    )  # fmt: skip
    passes = 1
    astray, size = np.zeros(left.size), left.copy()
    going = _not_there(left, tolerance, 0.1)
    while going and passes < most:
        more, there = _correct_in_singles(
            system, off, solution, answer, tolerance, left, most - passes, lanes, bundle
        )
        passes += more
        if not there:
            return passes, False
        if not certain and not _not_there(left, tolerance, 1.0):
            break
        # Not a literal: kernels would be compiled for it once more.
        couple(passes == 0, solution, right, system, answer, image, near, fine, bundle)
        passes += 1
        _compare(aim, image, off)
        _measure(image, system, bundle, astray)
        for k in range(left.size):
            left[k] += astray[k]
            if astray[k] > _ASTRAY * size[k]:
                return passes, False
        _measure(off, system, bundle, size)
        going = _not_there(left, tolerance, 1.0)
    _end(answer, solution, off, tolerance, A, B, rest, bundle)
    return passes, True


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _regress_in_doubles(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, A: np.ndarray, B: np.ndarray, tolerance: np.ndarray,
    most: int, left: np.ndarray, rest: np.ndarray, fine: Lanes, bundle: Lanes,
) -> int:  # fmt: skip
    """Do what `regress` does in doubles throughout."""
    system, _, _, solution, answer, off, _, _ = _begin(
        mean, start, importer, by_pair, blocks, by_importer, right_exporter, right_importer, B,
        left, fine, bundle,
    )  # fmt: skip
    change, reply = blank(off, off), blank(answer, off)
    everything = _everything(system)
    passes, _ = correct(
        system, off, change, reply, everything, 0.0, tolerance, left, most - 1, fine, bundle
    )
    ones = np.ones(left.size)
    add_scaled(change, ones, solution, bundle)
    add_scaled(reply, ones, answer, bundle)
    _end(answer, solution, off, tolerance, A, B, rest, bundle)
    return passes + 1


def regress(
    equations: tuple[Any, ...], A: Floats, B: Floats, tolerance: Floats, most: int, left: Floats,
    rest: Floats, years: int, bundle: Lanes, *, certain: bool,
) -> int:  # fmt: skip
    """Solve the normal equations of a bundle of columns on the three effects, weighted by the mean.

    Parameters
    ----------
    equations : tuple
        mean [P, W], start [n + 1], importer [P], totals by pair [P], inverses of the exporters'
        systems [n, W, W], totals by importer [m, W], right-hand sides of the exporters [G, n, W]
        and of the importers [G, m, W].
    A, B : ndarray, shape (G, n, W), (G, m, W)
        Start (only B counts) and result; the pair effects are weighted pair means and need no
        place.
    tolerance, left : ndarray, shape (G,)
        Root-mean-square error of a fitted column, weighted by the mean: what it may be and what it
        is, estimated as the last change times how much the residual fell. A tolerance of infinity
        leaves a column alone.
    most : int
        Passes over the tensor at most.
    rest : ndarray, shape (G, m, W)
        Receives what the importers' equations are still off by.
    certain : bool
        Whether what singles found is put into the equations in doubles once more; how far they were
        astray then counts as an error.

    Returns
    -------
    int
        Passes over the tensor.
    """
    if not (tolerance < np.inf).any():
        return 0
    lanes, fine = (lanes_for(years, bundle, single=single) for single in (True, False))
    passes, there = kernel(_regress_in_singles)(
        *equations, A, B, tolerance, certain, most, left, rest, lanes, fine, bundle
    )
    if not there:
        # Compiled only where it is needed: years of a country that hang together by a thread.
        passes += kernel(_regress_in_doubles)(
            *equations, A, B, tolerance, most, left, rest, fine, bundle
        )
    return int(passes)
