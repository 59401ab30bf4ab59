"""Several columns in one register, for sums over years that never cross a register.

A sum over the lanes of a register takes seven operations, and where the lanes are years each
pair and column needs two of them, half of all that conjugate gradients do. Here G columns, a
bundle, lie side by side: lane c * Y + y of register r holds year r * Y + y of column c, Y = 8 / G.
A sum over years then adds up registers; what is left are Y lanes a column, folded for all
columns at once. The weights that all columns share are read Y at a time and repeated G times,
which costs nothing: it is done where they are loaded.

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

from comity.potential.ppml.lanes import (
    VECTOR,

    WIDTH,
    Lanes,
    Row,
    declare,
    fused,
    join,
    load,
    operation,
    point,
    require_plain,
    store,
    zeros,
)

# A bundle for one thread, and one for each of two.
WHOLE, HALF = (0, 0, 0, 0), (0, 0)
# Columns are kept in multiples of so many.
COLUMNS = len(WHOLE)
_ONE = (WIDTH,)
import os
_SIDE = int(os.environ.get("SIDE", "2"))


def lanes_for(years: int, bundle: Lanes) -> Lanes:
    """Return a tuple with one entry for each register of a bundle's row.

    Years rounded up to fours, so that not every panel compiles its own kernels.
    """
    return (WIDTH,) * (-(-years // 4) * 4 * len(bundle) // WIDTH)


def _shuffle(builder: Any, x: Any, y: Any, order: list[int]) -> Any:  # noqa: ANN401
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(order)), order)
    return builder.shuffle_vector(x, y, mask)


def _repeat(context: Any, builder: Any, kind: Any, array: Any, offset: Any, columns: int) -> Any:  # noqa: ANN401
    """Read the Y doubles from `offset` on, once for each column."""
    Y = WIDTH // columns
    narrow = ir.VectorType(ir.DoubleType(), Y)
    spot = builder.bitcast(point(context, builder, kind, array, offset, 0), narrow.as_pointer())
    few = builder.load(spot, align=8)
    return _shuffle(builder, few, few, list(range(Y)) * columns)


@operation
def repeat(typing: Any, array: Any, offset: Any, lanes: Any, bundle: Any) -> Any:  # noqa: ANN401, ARG001
    """Read a row of years from element `offset` on, for all columns of a bundle."""
    require_plain(array)
    G = bundle.count

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        parts = []
        for r in range(lanes.count):
            ahead = builder.add(args[1], ir.Constant(args[1].type, r * WIDTH // G))
            parts.append(_repeat(context, builder, signature.args[0], args[0], ahead, G))
        return join(builder, parts)

    return Row(lanes.count)(array, types.intp, lanes, bundle), build


@operation
def fold(typing: Any, x: Any, bundle: Any) -> Any:  # noqa: ANN401, ARG001
    """Add up a row's years, column by column; a register with each sum in all its lanes."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        added = builder.extract_value(args[0], 0)
        for q in range(1, x.count):
            added = builder.fadd(added, builder.extract_value(args[0], q))
        return join(builder, [_fold(builder, added, bundle.count)])

    return Row(1)(x, bundle), build


def _fold(builder: Any, lane: Any, columns: int) -> Any:  # noqa: ANN401
    across = WIDTH // columns // 2
    while across:
        lane = builder.fadd(lane, _shuffle(builder, lane, lane, [q ^ across for q in range(WIDTH)]))
        across //= 2
    return lane


def _fence(builder: Any, lane: Any) -> Any:  # noqa: ANN401
    """Keep the compiler from joining sums again that were kept apart."""
    name = f"llvm.arithmetic.fence.v{WIDTH}f64"
    return builder.call(declare(builder, name, VECTOR, VECTOR), [lane])


@operation
def onto(typing: Any, x: Any, y: Any, bundle: Any) -> Any:  # noqa: ANN401, ARG001
    """Return the sums of x * y over the years, as `fold` does."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        parts = [[builder.extract_value(v, q) for v in args[:2]] for q in range(x.count)]
        # Sums side by side: one alone would wait for itself at each step.
        sums = [builder.fmul(*pair) for pair in parts[:_SIDE]]
        for q, (a, b) in enumerate(parts[_SIDE:]):
            sums[q % _SIDE] = fused(builder, a, b, sums[q % _SIDE])
        added = sums[0]
        for other in sums[1:]:
            added = builder.fadd(added, _fence(builder, other))
        return join(builder, [_fold(builder, added, bundle.count)])

    return Row(1)(x, y, bundle), build


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
    require_plain(matrix)
    G = bundle.count
    Y = WIDTH // G

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        table, first, wide, row, into = args[:5]
        lane = builder.extract_value(row, 0)
        sums = [builder.extract_value(into, q) for q in range(out.count)]
        for y in range(Y):
            year = _shuffle(builder, lane, lane, [q // Y * Y + y for q in range(WIDTH)])
            here = builder.add(first, builder.mul(wide, ir.Constant(wide.type, y)))
            for q in range(out.count):
                ahead = builder.add(here, ir.Constant(here.type, q * Y))
                weight = _repeat(context, builder, signature.args[0], table, ahead, G)
                sums[q] = fused(builder, weight, year, sums[q])
        return join(builder, sums)

    return out(matrix, types.intp, types.intp, x, out, bundle), build


@operation
def exchange(typing: Any, rows: Any, bundle: Any) -> Any:  # noqa: ANN401, ARG001
    """Turn G registers of one column each into G of all columns, and the other way round.

    Register h of what is returned holds part h of each of those given, Y lanes a part.
    """
    G = bundle.count
    if rows.count != G:
        raise TypingError("As many registers as columns.")
    Y = WIDTH // G

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        given = [builder.extract_value(args[0], q) for q in range(G)]
        out = []
        for h in range(G):
            lane = given[0]
            for c in range(G):
                own = [
                    WIDTH + h * Y + q % Y if q // Y == c else q for q in range(WIDTH)
                ]  # fmt: skip
                lane = _shuffle(builder, lane, given[c], own)
            out.append(lane)
        return join(builder, out)

    return rows(rows, bundle), build


@nb.njit(cache=True, nogil=True)
def pack(columns: np.ndarray, out: np.ndarray, bundle: Lanes) -> None:
    """Write columns [G, rows, W] into bundles [rows, W * G]."""
    G = len(bundle)
    size = columns.size // G
    few = zeros(WIDTH * G)
    for q in range(0, size, WIDTH):
        for c in range(G):
            store(few, c * WIDTH, load(columns, c * size + q, _ONE))
        store(out, q * G, exchange(load(few, 0, bundle), bundle))


@nb.njit(cache=True, nogil=True)
def unpack(bundles: np.ndarray, which: np.ndarray, columns: np.ndarray, bundle: Lanes) -> None:
    """Write bundles [rows, W * G] into columns [G, rows, W], those that `which` [G] names."""
    G = len(bundle)
    size = columns.size // G
    few = zeros(WIDTH * G)
    for q in range(0, size, WIDTH):
        store(few, 0, exchange(load(bundles, q * G, bundle), bundle))
        for c in range(G):
            if which[c]:
                store(columns, c * size + q, load(few, c * WIDTH, _ONE))
