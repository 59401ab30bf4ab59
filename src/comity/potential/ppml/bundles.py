"""Several columns in one register, for sums over years that never cross a register.

A sum over the lanes of a register takes six operations, and where the lanes are years each pair
and column needs two of them, half of all that conjugate gradients do. Here G columns, a bundle, lie
side by side: lane c * Y + y of register r holds year r * Y + y of column c, with Y = 8 / G for
doubles and 16 / G for singles. A sum over years then adds up registers; what is left are Y lanes a
column, folded for all columns at once. The weights that all columns share are read Y at a time and
repeated G times, which costs nothing: the processor does so while it loads.

How many columns a bundle has is part of its type, as with `lanes`: kernels take a tuple with one
entry a column, `bundle` (only its length counts).
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.errors import TypingError

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.lanes import (
    ONE,
    WIDTH,
    Lanes,
    Row,
    declare,
    fused,
    join,
    load,
    multiply,
    multiply_add,
    nothing,
    operation,
    point,
    row_of,
    shuffle,
    space,
    store,
    zeros,
)

_PAIR = (WIDTH, WIDTH)
# A bundle for one thread, and one for each of two.
WHOLE, HALF = (0, 0, 0, 0), (0, 0)
# Columns are kept in multiples of so many.
COLUMNS = len(WHOLE)
# Sums that go side by side, as one alone would wait for itself at each step.
_SIDE = 2


def lanes_for(years: int, bundle: Lanes, single: bool) -> Lanes:
    """Return a tuple with one entry for each register of a bundle's row.

    Years rounded up to fours at the least, so that not every panel compiles its own kernels.
    """
    most = max(4, (2 * WIDTH if single else WIDTH) // len(bundle))
    size = 64 // (4 if single else 8)
    return (WIDTH,) * (-(-years // most) * most * len(bundle) // size)


def _repeat(context: Any, builder: Any, kind: Any, array: Any, offset: Any, columns: int) -> Any:  # noqa: ANN401
    """Read the Y numbers from `offset` on, once for each column."""
    vector = row_of(kind, 1).vector
    Y = vector.count // columns
    narrow = ir.VectorType(vector.element, Y)
    spot = builder.bitcast(point(context, builder, kind, array, offset, 0), narrow.as_pointer())
    few = builder.load(spot, align=4)
    return shuffle(builder, few, few, list(range(Y)) * columns)


@operation
def repeat(typing: Any, array: Any, offset: Any, lanes: Any, bundle: Any) -> Any:  # noqa: ANN401, ARG001
    """Read a row of years from element `offset` on, for all columns of a bundle."""
    out = row_of(array, lanes.count)
    Y = out.vector.count // bundle.count

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        parts = []
        for r in range(lanes.count):
            ahead = builder.add(args[1], ir.Constant(args[1].type, r * Y))
            parts.append(_repeat(context, builder, signature.args[0], args[0], ahead, bundle.count))
        return join(builder, parts)

    return out(array, types.intp, lanes, bundle), build


@operation
def onto(typing: Any, x: Any, y: Any, bundle: Any) -> Any:  # noqa: ANN401, ARG001
    """Return the sums of x * y over the years: a register with a column's in all its lanes."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        parts = [[builder.extract_value(v, q) for v in args[:2]] for q in range(x.count)]
        sums = [builder.fmul(*pair) for pair in parts[:_SIDE]]
        for q, (a, b) in enumerate(parts[_SIDE:]):
            sums[q % _SIDE] = fused(builder, a, b, sums[q % _SIDE])
        added = sums[0]
        for other in sums[1:]:
            added = builder.fadd(added, _fence(builder, other))
        return join(builder, [_fold(builder, added, bundle.count)])

    return Row(1, x.single)(x, y, bundle), build


def _fence(builder: Any, lane: Any) -> Any:  # noqa: ANN401
    """Keep the compiler from joining again what goes side by side."""
    name = f"llvm.arithmetic.fence.v{lane.type.count}f{512 // lane.type.count}"
    return builder.call(declare(builder, name, lane.type, lane.type), [lane])


def _fold(builder: Any, lane: Any, columns: int) -> Any:  # noqa: ANN401
    count = lane.type.count
    across = count // columns // 2
    while across:
        other = shuffle(builder, lane, lane, [q ^ across for q in range(count)])
        lane = builder.fadd(lane, other)
        across //= 2
    return lane


@operation
def apply_years(
    typing: Any,  # noqa: ANN401, ARG001
    matrix: Any,  # noqa: ANN401
    offset: Any,  # noqa: ANN401, ARG001
    width: Any,  # noqa: ANN401, ARG001
    x: Any,  # noqa: ANN401
    out: Any,  # noqa: ANN401
    bundle: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Add to `out` what the years in one register `x` give: rows of a matrix times them.

    The first of those rows, with `width` elements each, starts at `offset`.
    """
    count = x.vector.count
    Y = count // bundle.count

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        table, first, wide, row, into = args[:5]
        lane = builder.extract_value(row, 0)
        sums = [builder.extract_value(into, q) for q in range(out.count)]
        for y in range(Y):
            year = shuffle(builder, lane, lane, [q // Y * Y + y for q in range(count)])
            here = builder.add(first, builder.mul(wide, ir.Constant(wide.type, y)))
            for q in range(out.count):
                ahead = builder.add(here, ir.Constant(here.type, q * Y))
                weight = _repeat(
                    context, builder, signature.args[0], table, ahead, bundle.count
                )  # fmt: skip
                sums[q] = fused(builder, weight, year, sums[q])
        return join(builder, sums)

    return out(matrix, types.intp, types.intp, x, out, bundle), build


@operation
def exchange(typing: Any, rows: Any) -> Any:  # noqa: ANN401, ARG001
    """Turn G registers of one column each into G of all columns, and the other way round.

    Register h of what is returned holds part h of each of those given, Y lanes a part.
    """
    G = rows.count
    count = rows.vector.count
    Y = count // G

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        given = [builder.extract_value(args[0], q) for q in range(G)]
        out = []
        for h in range(G):
            lane = given[0]
            for c in range(G):
                part = [count + h * Y + q % Y if q // Y == c else q for q in range(count)]
                lane = shuffle(builder, lane, given[c], part)
            out.append(lane)
        return join(builder, out)

    return rows(rows), build


@operation
def narrow(typing: Any, rows: Any, bundle: Any) -> Any:  # noqa: ANN401, ARG001
    """Turn two registers of doubles into one of singles, with the years of both; see `widen`."""
    if rows.single or rows.count != 2:
        raise TypingError("Two registers of doubles make one of singles.")
    Y = WIDTH // bundle.count

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        pair = [builder.extract_value(args[0], q) for q in range(2)]
        order = [
            y // Y * WIDTH + c * Y + y % Y for c in range(bundle.count) for y in range(2 * Y)
        ]  # fmt: skip
        both = shuffle(builder, pair[0], pair[1], order)
        return join(builder, [builder.fptrunc(both, Row(1, True).vector)])

    return Row(1, True)(rows, bundle), build


@operation
def widen(typing: Any, row: Any, bundle: Any) -> Any:  # noqa: ANN401, ARG001
    """Turn one register of singles into two of doubles."""
    if not row.single or row.count != 1:
        raise TypingError("One register of singles makes two of doubles.")
    Y = WIDTH // bundle.count

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        lane = builder.extract_value(args[0], 0)
        out = []
        for half in range(2):
            part = [
                c * 2 * Y + half * Y + y for c in range(bundle.count) for y in range(Y)
            ]  # fmt: skip
            few = shuffle(builder, lane, lane, part)
            out.append(builder.fpext(few, Row(1).vector))
        return join(builder, out)

    return Row(2)(row, bundle), build


@nb.njit(cache=True, nogil=True)
def pack(columns: np.ndarray, out: np.ndarray, bundle: Lanes) -> None:
    """Write columns [G, rows, W] into bundles [rows, W * G]."""
    G = len(bundle)
    size = columns.size // G
    few = zeros(WIDTH * G)
    for q in range(0, size, WIDTH):
        for c in range(G):
            store(few, c * WIDTH, load(columns, c * size + q, ONE))
        store(out, q * G, exchange(load(few, 0, bundle)))


@nb.njit(cache=True, nogil=True)
def unpack(bundles: np.ndarray, tolerance: np.ndarray, columns: np.ndarray, bundle: Lanes) -> None:
    """Write bundles [rows, W * G] into columns [G, rows, W], where a tolerance [G] is finite."""
    G = len(bundle)
    size = columns.size // G
    few = zeros(WIDTH * G)
    for q in range(0, size, WIDTH):
        store(few, 0, exchange(load(bundles, q * G, bundle)))
        for c in range(G):
            if tolerance[c] < np.inf:
                store(columns, c * size + q, load(few, c * WIDTH, ONE))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def pack_narrow(columns: np.ndarray, factor: float, out: np.ndarray, bundle: Lanes) -> None:
    """Write columns [G, rows, W] times a factor into bundles of singles [rows, W * G]."""
    G = len(bundle)
    size = columns.size // G
    few = zeros(WIDTH * G)
    for q in range(0, size, WIDTH):
        for c in range(G):
            store(few, c * WIDTH, multiply(load(columns, c * size + q, ONE), factor))
        store(few, 0, exchange(load(few, 0, bundle)))
        for h in range(0, WIDTH * G, 2 * WIDTH):
            store(out, q * G + h, narrow(load(few, h, _PAIR), bundle))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def unpack_wide(
    bundles: np.ndarray, factor: float, tolerance: np.ndarray, columns: np.ndarray, bundle: Lanes
) -> None:
    """Write bundles of singles times a factor into columns, as `unpack` does."""
    G = len(bundle)
    size = columns.size // G
    few = zeros(WIDTH * G)
    for q in range(0, size, WIDTH):
        for h in range(0, WIDTH * G, 2 * WIDTH):
            store(few, h, multiply(widen(load(bundles, q * G + h, ONE), bundle), factor))
        store(few, 0, exchange(load(few, 0, bundle)))
        for c in range(G):
            if tolerance[c] < np.inf:
                store(columns, c * size + q, load(few, c * WIDTH, ONE))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def products(x: np.ndarray, y: np.ndarray, bundle: Lanes) -> np.ndarray:
    """Return the sum of x * y of each column [G]."""
    L = 64 // x.itemsize
    added = nothing(x, ONE)
    for q in range(0, x.size, L):
        added = multiply_add(load(x, q, ONE), load(y, q, ONE), added)
    return _spell(added, x, bundle)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def squares(x: np.ndarray, weight: np.ndarray, bundle: Lanes) -> np.ndarray:
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
def add_scaled(x: np.ndarray, factor: np.ndarray, y: np.ndarray, bundle: Lanes) -> None:
    """Add factor * x to y, with a factor [G] for each column."""
    by = _each(factor, x, bundle)
    for q in range(0, x.size, 64 // x.itemsize):
        store(y, q, multiply_add(load(x, q, ONE), by, load(y, q, ONE)))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def turn_to(
    off: np.ndarray, inverse: np.ndarray, factor: np.ndarray, along: np.ndarray, bundle: Lanes
) -> None:
    """Write off * inverse + factor * along into `along`."""
    by = _each(factor, off, bundle)
    for q in range(0, off.size, 64 // off.itemsize):
        w = repeat(inverse, q // len(bundle), ONE, bundle)
        v = multiply(load(along, q, ONE), by)
        store(along, q, multiply_add(load(off, q, ONE), w, v))
