"""Covariates by pair and year: numbers in doubles, 0/1 columns in one bit a cell.

Most covariates of a gravity model are agreements, borders, languages: 0 or 1. As doubles, two of
them are half of what a pass over the tensor reads; as bits they are next to nothing, and a
register of lanes is made from a byte in two instructions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.errors import TypingError
from numpy.typing import NDArray

from comity.potential.ppml.lanes import WIDTH, Row, operation, point
from comity.potential.ppml.newton import Floats

# What a covariate is within a pair: 0 in all years, not the same in all, 1 in all.
NEVER, CHANGES, ALWAYS = 0, 1, 2

_BYTE = ir.IntType(8)
_MASK = ir.VectorType(ir.IntType(1), 8)


class Columns(NamedTuple):
    """K covariates of `rows` pairs with W years.

    Attributes
    ----------
    numbers : ndarray, shape (N, rows, W)
    bits : ndarray of uint8, shape (M, rows, W / 8)
        Year t is bit t % 8 of byte t // 8.
    place : ndarray of int, shape (K,)
        Where each covariate is: s >= 0 in `numbers`, -1 - s in `bits`.
    """

    numbers: Floats
    bits: NDArray[np.uint8]
    place: NDArray[np.int64]


def columns_of(covariates: Floats) -> Columns:
    """Return covariates [K, rows, W] as columns of numbers."""
    K, rows, W = covariates.shape
    return Columns(covariates, np.zeros((0, rows, W // 8), dtype=np.uint8), np.arange(K))


def spread_columns(columns: Columns) -> Floats:
    """Return all covariates as numbers, shape (K, rows, W); those that are, as they are."""
    numbers, bits, places = columns
    if np.array_equal(places, np.arange(numbers.shape[0])):
        return numbers
    out = np.empty((places.size, *numbers.shape[1:]))
    for k, s in enumerate(places):
        if s >= 0:
            out[k] = numbers[s]
        else:
            out[k] = np.unpackbits(bits[-1 - s], axis=1, bitorder="little")
    return out


def find_changes(columns: Columns, years: int) -> NDArray[np.uint8]:
    """Tell of each covariate and pair whether it changes, shape (K, rows); numbers are said to."""
    _, bits, places = columns
    changes = np.full((places.size, bits.shape[1]), CHANGES, dtype=np.uint8)
    for into, place in zip(changes, places, strict=True):
        if place < 0:
            _compare_years(bits[-1 - place], years, into)
    return changes


@nb.njit(cache=True, nogil=True)
def _compare_years(bits: np.ndarray, years: int, changes: np.ndarray) -> None:
    L = bits.shape[1]
    # Bits behind the last year are zero.
    behind = 256 - (1 << (years - (L - 1) * WIDTH))
    for r in range(changes.size):
        some, every = 0, int(bits[r, L - 1]) | behind
        for q in range(L):
            some |= bits[r, q]
        for q in range(L - 1):
            every &= bits[r, q]
        changes[r] = CHANGES if some and every != 255 else ALWAYS if some else NEVER


def _require_plain(array: Any) -> None:  # noqa: ANN401 - numba's own objects
    if not isinstance(array, types.Array) or array.layout != "C" or array.dtype != types.float64:
        raise TypingError("Numbers are read from contiguous arrays of doubles.")


def _require_bytes(array: Any) -> None:  # noqa: ANN401 - numba's own objects
    if not isinstance(array, types.Array) or array.layout != "C" or array.dtype != types.uint8:
        raise TypingError("Bits are kept in contiguous arrays of bytes.")


@operation
def column_row(
    typing: Any,  # noqa: ANN401, ARG001
    numbers: Any,  # noqa: ANN401
    bits: Any,  # noqa: ANN401
    place: Any,  # noqa: ANN401, ARG001
    r: Any,  # noqa: ANN401, ARG001
    lanes: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Return the row of pair r of a covariate; the first three as in `Columns`.

    One operation with its own branch: around a branch of compiled Python, references to arrays are
    counted row by row.
    """
    _require_plain(numbers)
    _require_bytes(bits)
    kind = Row(lanes.count)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        table, small, where, row = args[:4]
        zero = ir.Constant(where.type, 0)
        with builder.if_else(builder.icmp_signed(">=", where, zero)) as (then, otherwise):
            with then:
                first = _first(context, builder, signature.args[0], table, where, row)
                spots = [
                    point(context, builder, signature.args[0], table, first, q)
                    for q in range(lanes.count)
                ]
                wide = [builder.load(spot, align=8) for spot in spots]
                from_numbers = builder.block
            with otherwise:
                slot = builder.not_(where)
                first = _first(context, builder, signature.args[1], small, slot, row)
                vector = wide[0].type
                ones, none = (ir.Constant(vector, [x] * WIDTH) for x in (1.0, 0.0))
                narrow = []
                for q in range(lanes.count):
                    spot = point(context, builder, signature.args[1], small, first, q)
                    mask = builder.bitcast(builder.load(spot), _MASK)
                    narrow.append(builder.select(mask, ones, none))
                from_bits = builder.block
        joined = [builder.phi(vector) for _ in range(lanes.count)]
        out = ir.Constant(context.get_value_type(kind), ir.Undefined)
        for q, lane in enumerate(joined):
            lane.add_incoming(wide[q], from_numbers)
            lane.add_incoming(narrow[q], from_bits)
            out = builder.insert_value(out, lane, q)
        return out

    return kind(numbers, bits, types.intp, types.intp, lanes), build


def _first(context: Any, builder: Any, kind: Any, array: Any, slot: Any, row: Any) -> Any:  # noqa: ANN401
    """Count the elements before row `row` of matrix `slot`."""
    shape = context.make_array(kind)(context, builder, value=array).shape
    rows, width = (builder.extract_value(shape, d) for d in (1, 2))
    return builder.mul(builder.add(builder.mul(slot, rows), row), width)


@operation
def write_bits(typing: Any, array: Any, offset: Any, row: Any) -> Any:  # noqa: ANN401, ARG001
    """Write which numbers of a row are positive as bits, from byte `offset` on."""
    _require_bytes(array)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        for q in range(row.count):
            lane = builder.extract_value(args[2], q)
            positive = builder.fcmp_ordered(">", lane, ir.Constant(lane.type, [0.0] * 8))
            spot = point(context, builder, signature.args[0], args[0], args[1], q)
            builder.store(builder.bitcast(positive, _BYTE), spot)
        return context.get_dummy_value()

    return types.void(array, types.intp, row), build
