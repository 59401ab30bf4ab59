"""Regress columns on the three effects: conjugate gradients on the importer-years.

Pairs and exporter-years are eliminated exactly, see `elimination`. Shapes as there, but columns
come in bundles of G (see `bundles`): a country's row of one is [W * G].

The equations that are left are well conditioned, so corrections to a solution are found in singles:
half the bytes, twice the lanes. What is to be corrected is computed in doubles once a fit is near,
and so is what the corrections leave, where that matters. Single precision bounds no result, only
what one round gains.
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
    pack_narrow,
    products,
    squares,
    turn_to,
    unpack,
    unpack_wide,
    widen,
)
from comity.potential.ppml.elimination import System, couple
from comity.potential.ppml.equations import everything_in, lighten, system_of
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


@nb.njit(cache=True, nogil=True)
def _most_pairs(start: np.ndarray) -> int:
    """Return how many pairs the exporter with the most has."""
    most = 0
    for i in range(start.size - 1):
        most = max(most, start[i + 1] - start[i])
    return most


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def correct(
    system: System, off: np.ndarray, change: np.ndarray, answer: np.ndarray, reach: float,
    tolerance: np.ndarray, left: np.ndarray, most: int, lanes: Lanes, bundle: Lanes,
) -> tuple[int, bool]:  # fmt: skip
    """Solve for the change of the importer-years that makes up for what they are `off` by.

    Conjugate gradients, preconditioned by the totals; all columns of a bundle go on until the last
    is done, as they come along for nothing. `off` [m, W * G] is the residual to begin with, then
    what is left of it; the change is added to `change` [m, W * G], that of the exporter-years to
    `answer` [n, W * G]. All are as precise as the system. Ends where `left` [G], see `regress`, is
    below the tolerance, or the residual below `reach` times its start. Returns the passes over the
    tensor, and whether it got there.
    """
    G = len(bundle)
    everything = everything_in(system)
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
    light: System, factor: float, off: np.ndarray, solution: np.ndarray, answer: np.ndarray,
    tolerance: np.ndarray, left: np.ndarray, most: int, lanes: Lanes, bundle: Lanes,
) -> tuple[int, bool]:  # fmt: skip
    """Do what `correct` does in singles; add the changes to `solution` and `answer`.

    `light` and `factor` are from `lighten`.
    """
    small = blank(off, light.mean)
    for q in range(0, off.size, 2 * WIDTH):
        store(small, q, narrow(multiply(load(off, q, _PAIR), factor), bundle))
    change, reply = blank(off, light.mean), blank(answer, light.mean)
    passes, there = correct(
        light, small, change, reply, _REACH, tolerance, left, min(most, _ROUND), lanes, bundle
    )
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
    for q in range(0, off.size, 64 // off.itemsize):
        x = subtract(load(aim, q, ONE), load(image, q, ONE))
        store(image, q, subtract(x, load(off, q, ONE)))
        store(off, q, x)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _not_there(left: np.ndarray, tolerance: np.ndarray, share: float) -> bool:
    """Tell whether a column that is wanted is not yet as near as that share of its tolerance."""
    going = False
    for k in range(left.size):
        going |= tolerance[k] < np.inf and not left[k] < share * tolerance[k]
    return going


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _put_in(
    system: System, solution: np.ndarray, right: np.ndarray, aim: np.ndarray, left: np.ndarray,
    lanes: Lanes, bundle: Lanes,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Put the start into the equations, whose right-hand sides are `right` and `aim`.

    Returns the exporters' answer to it, what it is off by, and room for an image and near pairs;
    writes the size of the error.
    """
    answer, image, off = blank(right, right), blank(aim, aim), blank(aim, aim)
    near = space(_most_pairs(system.start) * (64 // aim.itemsize), aim)
    size = products(solution, solution, bundle)
    there = False
    for k in range(left.size):
        there |= size[k] > 0.0
    couple(not there, solution, right, system, answer, image, near, lanes, bundle)
    _compare(aim, image, off)
    _measure(off, system, bundle, left)
    return answer, off, image, near


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _begin(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, share: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, B: np.ndarray, left: np.ndarray, fine: Lanes, bundle: Lanes,
) -> tuple[
    System, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray
]:  # fmt: skip
    """Put the start into the equations in doubles.

    Returns them, their right-hand sides for exporters and importers, the start, and what
    `_put_in` does.
    """
    system = system_of(mean, start, importer, share, blocks, by_importer)
    wide = (by_importer.shape[0], by_importer.shape[1] * len(bundle))
    solution, aim = space(B.size, mean).reshape(wide), space(B.size, mean).reshape(wide)
    right = space(right_exporter.size, mean).reshape(blocks.shape[0], wide[1])
    pack(B, solution, bundle)
    pack(right_importer, aim, bundle)
    pack(right_exporter, right, bundle)
    answer, off, image, near = _put_in(system, solution, right, aim, left, fine, bundle)
    return system, right, aim, solution, answer, off, image, near


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _measure(off: np.ndarray, system: System, bundle: Lanes, size: np.ndarray) -> None:
    """Write the root-mean-square size of what the equations are off by [G]."""
    everything = everything_in(system)
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
def _regress_loosely(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, share: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, A: np.ndarray, B: np.ndarray, tolerance: np.ndarray,
    most: int, left: np.ndarray, rest: np.ndarray, lanes: Lanes, bundle: Lanes,
) -> tuple[int, bool]:  # fmt: skip
    """Do what `regress` does in singles throughout; False where they lead nowhere."""
    light, factor = lighten(system_of(mean, start, importer, share, blocks, by_importer))
    wide = (by_importer.shape[0], by_importer.shape[1] * len(bundle))
    solution = space(B.size, light.mean).reshape(wide)
    aim = space(B.size, light.mean).reshape(wide)
    right = space(right_exporter.size, light.mean).reshape(blocks.shape[0], wide[1])
    pack_narrow(B, 1.0, solution, bundle)
    pack_narrow(right_importer, factor, aim, bundle)
    pack_narrow(right_exporter, factor, right, bundle)
    answer, off, _, _ = _put_in(light, solution, right, aim, left, lanes, bundle)
    passes = 1
    if _not_there(left, tolerance, 0.1):
        more, _ = correct(
            light, off, solution, answer, _REACH, tolerance, left, min(most - 1, _ROUND), lanes,
            bundle,
        )  # fmt: skip
        passes += more
        if _not_there(left, tolerance, 1.0):
            return passes, False
    unpack_wide(answer, 1.0, tolerance, A, bundle)
    unpack_wide(solution, 1.0, tolerance, B, bundle)
    unpack_wide(off, 1.0 / factor, tolerance, rest, bundle)
    return passes, True


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _regress_in_singles(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, share: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, A: np.ndarray, B: np.ndarray, tolerance: np.ndarray,
    certain: bool, most: int, left: np.ndarray, rest: np.ndarray, lanes: Lanes, fine: Lanes,
    bundle: Lanes,
) -> tuple[int, bool]:  # fmt: skip
    """Do what `regress` does, with corrections in singles; False where they lead nowhere."""
    system, right, aim, solution, answer, off, image, near = _begin(
        mean, start, importer, share, blocks, by_importer, right_exporter, right_importer, B,
        left, fine, bundle,
    )  # fmt: skip
    light, factor = lighten(system)
    passes = 1
    astray, size = np.zeros(left.size), left.copy()
    going = _not_there(left, tolerance, 0.1)
    while going and passes < most:
        more, there = _correct_in_singles(
            light, factor, off, solution, answer, tolerance, left, most - passes, lanes, bundle
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
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, share: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray, right_exporter: np.ndarray,
    right_importer: np.ndarray, A: np.ndarray, B: np.ndarray, tolerance: np.ndarray,
    most: int, left: np.ndarray, rest: np.ndarray, fine: Lanes, bundle: Lanes,
) -> int:  # fmt: skip
    """Do what `regress` does in doubles throughout."""
    system, _, _, solution, answer, off, _, _ = _begin(
        mean, start, importer, share, blocks, by_importer, right_exporter, right_importer, B,
        left, fine, bundle,
    )  # fmt: skip
    change, reply = blank(off, off), blank(answer, off)
    passes, _ = correct(system, off, change, reply, 0.0, tolerance, left, most - 1, fine, bundle)
    ones = np.ones(left.size)
    add_scaled(change, ones, solution, bundle)
    add_scaled(reply, ones, answer, bundle)
    _end(answer, solution, off, tolerance, A, B, rest, bundle)
    return passes + 1


def regress(
    equations: tuple[Any, ...], A: Floats, B: Floats, tolerance: Floats, most: int, left: Floats,
    rest: Floats, years: int, bundle: Lanes, *, certain: bool, rough: bool = False,
) -> int:  # fmt: skip
    """Solve the normal equations of a bundle of columns on the three effects, weighted by the mean.

    Parameters
    ----------
    equations : tuple
        mean [P, W], start [n + 1], importer [P], one over the totals by pair [P], inverses of the
        exporters' systems [n, W, W], totals by importer [m, W], right-hand sides of the exporters
        [G, n, W] and of the importers [G, m, W].
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
    rough : bool
        Whether singles suffice throughout: what they round away does not matter yet.

    Returns
    -------
    int
        Passes over the tensor.
    """
    if not (tolerance < np.inf).any():
        return 0
    lanes, fine = (lanes_for(years, bundle, single=single) for single in (True, False))
    if rough:
        passes, there = kernel(_regress_loosely)(
            *equations, A, B, tolerance, most, left, rest, lanes, bundle
        )
    else:
        passes, there = kernel(_regress_in_singles)(
            *equations, A, B, tolerance, certain, most, left, rest, lanes, fine, bundle
        )
    if not there:
        # Compiled only where it is needed: years of a country that hang together by a thread.
        passes += kernel(_regress_in_doubles)(
            *equations, A, B, tolerance, most, left, rest, fine, bundle
        )
    return int(passes)
