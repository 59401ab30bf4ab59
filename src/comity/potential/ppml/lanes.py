"""Rows of doubles in registers, for kernels whose innermost loop is as short as a panel has years.

Left to itself the compiler vectorises loops over years badly: twenty numbers hardly fill its
unrolled body, it cannot know that the arrays do not overlap, and a row that a loop adds to makes
its way through memory each time. Here a row of a tensor, padded to whole lanes of eight doubles,
is one value that stays in registers. What lies in the padding must carry weight zero. On
processors with shorter registers LLVM splits a lane by itself.

How many lanes a row has is part of its type: kernels take a tuple with one entry a lane, `lanes`
(only its length counts), and are compiled for each length once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models
from numba.core.errors import TypingError
from numba.extending import intrinsic, register_model

WIDTH = 8
Lanes = tuple[int, ...]
# A row of one lane.
ONE: Lanes = (WIDTH,)

_DOUBLE = ir.DoubleType()
_VECTOR = ir.VectorType(_DOUBLE, WIDTH)
_BITS = ir.VectorType(ir.IntType(64), WIDTH)

_LOG2_E = 1.4426950408889634
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds a double to an integer
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10


def padded(length: int) -> int:
    """Return the length rounded up to whole lanes."""
    return -(-length // WIDTH) * WIDTH


def lanes_of(length: int) -> Lanes:
    """Return a tuple with one entry for each lane of a padded row."""
    return (WIDTH,) * (length // WIDTH)


@nb.njit(cache=True, nogil=True)
def empty(size: int) -> np.ndarray:
    """Return room for `size` doubles that starts at a cache line, as whole lanes should."""
    room = np.empty(size + WIDTH)
    first = (-room.ctypes.data % 64) // 8
    return room[first : first + size]


@nb.njit(cache=True, nogil=True)
def zeros(size: int) -> np.ndarray:
    """Return `size` zeros that start at a cache line."""
    room = empty(size)
    room[:] = 0.0
    return room


@nb.njit(cache=True, nogil=True)
def space(size: int, like: np.ndarray) -> np.ndarray:
    """Return room for so many numbers that starts at a cache line, as precise as `like`."""
    each = 64 // like.itemsize
    whole = np.empty(size + each, like.dtype)
    first = (-whole.ctypes.data % 64) // like.itemsize
    return whole[first : first + size]


@nb.njit(cache=True, nogil=True)
def blank(shaped: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Return zeros in the shape of one array and as precise as another."""
    out = space(shaped.size, like)
    out[:] = 0.0
    return out.reshape(shaped.shape)


class Row(types.Type):
    """A row of so many lanes: of eight doubles each, or of sixteen singles."""

    single = False  # what kernels compiled before there were singles take for granted

    def __init__(self, count: int, single: bool = False) -> None:
        self.count = count
        self.single = single
        super().__init__(name=f"Row({count}, single)" if single else f"Row({count})")

    @property
    def vector(self) -> Any:  # noqa: ANN401
        """What LLVM calls a lane."""
        return ir.VectorType(ir.FloatType(), 2 * WIDTH) if self.single else _VECTOR


def row_of(array: Any, count: int) -> Row:  # noqa: ANN401
    """Return the kind of row that is read from an array."""
    if not isinstance(array, types.Array) or array.layout != "C":
        raise TypingError("Lanes are read from contiguous arrays.")
    if array.dtype not in (types.float64, types.float32):
        raise TypingError("Lanes are read from arrays of doubles or singles.")
    return Row(count, array.dtype == types.float32)


@register_model(Row)
class _RowModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:  # noqa: ANN401 - numba's own objects
        super().__init__(manager, kind, ir.ArrayType(kind.vector, kind.count))  # type: ignore[no-untyped-call]


def operation(define: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that compiled code may call; its own types end here."""
    return cast(Callable[..., Any], intrinsic(define))


def point(context: Any, builder: Any, kind: Any, array: Any, offset: Any, lane: int) -> Any:  # noqa: ANN401
    """Point at a lane of the row that starts at `offset`; a lane of bits is one byte."""
    data = context.make_array(kind)(context, builder, value=array).data
    vector = None if kind.dtype == types.uint8 else row_of(kind, 1).vector
    ahead = ir.Constant(offset.type, lane * vector.count if vector else lane)
    first = builder.gep(data, [builder.add(offset, ahead)])
    return builder.bitcast(first, vector.as_pointer()) if vector else first


def declare(builder: Any, name: str, result: Any, *arguments: Any) -> Any:  # noqa: ANN401
    """Name a function of LLVM in the module that is built."""
    known = builder.module.globals.get(name)
    kind = ir.FunctionType(result, arguments)
    return ir.Function(builder.module, kind, name) if known is None else known


def shuffle(builder: Any, x: Any, y: Any, order: list[int]) -> Any:  # noqa: ANN401
    """Pick lanes from two registers, those of the second counted after those of the first."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(order)), order)
    return builder.shuffle_vector(x, y, mask)


def _repeat(builder: Any, value: Any, vector: Any) -> Any:  # noqa: ANN401
    zero = ir.Constant(ir.IntType(32), 0)
    alone = builder.insert_element(ir.Constant(vector, ir.Undefined), value, zero)
    return shuffle(builder, alone, alone, [0] * vector.count)


def _split(builder: Any, kinds: Any, values: Any, count: int) -> list[list[Any]]:  # noqa: ANN401
    """Return, for each lane, the operands: a row gives its lane, others the same throughout."""
    columns = []
    vector = next(kind.vector for kind in kinds if isinstance(kind, Row))
    for kind, value in zip(kinds, values, strict=True):
        if isinstance(kind, Row):
            lanes = [builder.extract_value(value, q) for q in range(kind.count)]
            columns.append(lanes if kind.count == count else lanes * count)
        else:
            columns.append([_repeat(builder, value, vector)] * count)
    return [list(lane) for lane in zip(*columns, strict=True)]


def join(builder: Any, lanes: list[Any]) -> Any:  # noqa: ANN401
    """Make a row of its lanes."""
    row = ir.Constant(ir.ArrayType(lanes[0].type, len(lanes)), ir.Undefined)
    for q, lane in enumerate(lanes):
        row = builder.insert_value(row, lane, q)
    return row


def fused(builder: Any, x: Any, y: Any, z: Any) -> Any:  # noqa: ANN401
    """Return x * y + z of one lane."""
    name = f"llvm.fmuladd.v{x.type.count}f{512 // x.type.count}"
    return builder.call(declare(builder, name, *[x.type] * 4), [x, y, z])


def _sum(builder: Any, lane: Any) -> Any:  # noqa: ANN401
    reduce = declare(builder, f"llvm.vector.reduce.fadd.v{WIDTH}f64", _DOUBLE, _DOUBLE, _VECTOR)
    return builder.call(reduce, [ir.Constant(_DOUBLE, 0.0), lane], fastmath=("reassoc",))


def _elementwise(kinds: tuple[Any, ...], combine: Callable[..., Any]) -> Any:  # noqa: ANN401
    """Type and build an operation that works lane by lane.

    Doubles, and rows of one lane, count as rows of themselves.
    """
    rows = [kind for kind in kinds if isinstance(kind, Row)]
    count = max(row.count for row in rows)
    if {row.count for row in rows} - {1, count} or len({row.single for row in rows}) > 1:
        raise TypingError("Rows of different lengths or precision.")

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        parts = _split(builder, signature.args, args, count)
        return join(builder, [combine(builder, *lane) for lane in parts])

    number = types.float32 if rows[0].single else types.float64
    operands = [kind if isinstance(kind, Row) else number for kind in kinds]
    return Row(count, rows[0].single)(*operands), build


@operation
def load(typing: Any, array: Any, offset: Any, lanes: Any) -> Any:  # noqa: ANN401, ARG001
    """Read the row that starts at element `offset`, counted through the whole array."""
    kind = row_of(array, lanes.count)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        spots = [
            point(context, builder, signature.args[0], args[0], args[1], q)
            for q in range(lanes.count)
        ]
        return join(builder, [builder.load(spot, align=4) for spot in spots])

    return kind(array, types.intp, lanes), build


@operation
def store(typing: Any, array: Any, offset: Any, row: Any) -> Any:  # noqa: ANN401, ARG001
    """Write a row from element `offset` on."""
    if row_of(array, row.count) != row:
        raise TypingError("Rows are written into arrays of their own precision.")

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        for q in range(row.count):
            spot = point(context, builder, signature.args[0], args[0], args[1], q)
            builder.store(builder.extract_value(args[2], q), spot, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, row), build


@operation
def peek(typing: Any, array: Any, offset: Any) -> Any:  # noqa: ANN401, ARG001
    """Read one element; unlike an index, without making sure that it does not count from behind."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        data = context.make_array(signature.args[0])(context, builder, value=args[0]).data
        return builder.load(builder.gep(data, [args[1]]))

    return array.dtype(array, types.intp), build


@operation
def fill(typing: Any, value: Any, lanes: Any) -> Any:  # noqa: ANN401, ARG001
    """Return a row that holds one double throughout."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        return join(builder, [_repeat(builder, args[0], _VECTOR)] * lanes.count)

    return Row(lanes.count)(types.float64, lanes), build


@operation
def nothing(typing: Any, array: Any, lanes: Any) -> Any:  # noqa: ANN401, ARG001
    """Return a row of zeros as an array holds them."""
    kind = row_of(array, lanes.count)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        return join(builder, [ir.Constant(kind.vector, [0.0] * kind.vector.count)] * lanes.count)

    return kind(array, lanes), build


@operation
def add(typing: Any, x: Any, y: Any) -> Any:  # noqa: ANN401, ARG001
    """Return x + y; a double stands for a row of itself, here and below."""
    return _elementwise((x, y), lambda builder, a, b: builder.fadd(a, b))


@operation
def subtract(typing: Any, x: Any, y: Any) -> Any:  # noqa: ANN401, ARG001
    """Return x - y."""
    return _elementwise((x, y), lambda builder, a, b: builder.fsub(a, b))


@operation
def multiply(typing: Any, x: Any, y: Any) -> Any:  # noqa: ANN401, ARG001
    """Return x * y."""
    return _elementwise((x, y), lambda builder, a, b: builder.fmul(a, b))


@operation
def multiply_add(typing: Any, x: Any, y: Any, z: Any) -> Any:  # noqa: ANN401, ARG001
    """Return x * y + z."""
    return _elementwise((x, y, z), fused)


@operation
def smaller(typing: Any, x: Any, y: Any) -> Any:  # noqa: ANN401, ARG001
    """Return the smaller of x and y; x where y is no number."""

    def pick(builder: Any, a: Any, b: Any) -> Any:  # noqa: ANN401
        return builder.select(builder.fcmp_ordered("<", b, a), b, a)

    return _elementwise((x, y), pick)


@operation
def dot(typing: Any, x: Any, y: Any) -> Any:  # noqa: ANN401, ARG001
    """Return the sum of x * y."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        return _sum(builder, _products(builder, signature.args, args, x.count))

    return types.float64(x, y), build


def _products(builder: Any, kinds: Any, values: Any, count: int) -> Any:  # noqa: ANN401
    parts = _split(builder, kinds, values, count)
    added = builder.fmul(*parts[0])
    for x, y in parts[1:]:
        added = fused(builder, x, y, added)
    return added


@operation
def total(typing: Any, x: Any) -> Any:  # noqa: ANN401, ARG001
    """Add up a row."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        added = builder.extract_value(args[0], 0)
        for q in range(1, x.count):
            added = builder.fadd(added, builder.extract_value(args[0], q))
        return _sum(builder, added)

    return types.float64(x), build


@operation
def clip(typing: Any, x: Any, limit: Any) -> Any:  # noqa: ANN401, ARG001
    """Return x, kept between -limit and limit."""

    def cut(builder: Any, a: Any, most: Any) -> Any:  # noqa: ANN401
        least = builder.fsub(ir.Constant(_VECTOR, [0.0] * WIDTH), most)
        a = builder.select(builder.fcmp_ordered(">", a, most), most, a)
        return builder.select(builder.fcmp_ordered("<", a, least), least, a)

    return _elementwise((x, limit), cut)


@operation
def _scale_by_power(typing: Any, x: Any, rounded: Any) -> Any:  # noqa: ANN401, ARG001
    """Return x * 2**k where `rounded` is k + 1.5 * 2**52: k goes into the exponent's bits."""

    def shift(builder: Any, a: Any, k: Any) -> Any:  # noqa: ANN401
        bits = builder.add(builder.bitcast(k, _BITS), ir.Constant(_BITS, [1023] * WIDTH))
        bits = builder.shl(bits, ir.Constant(_BITS, [52] * WIDTH))
        return builder.fmul(a, builder.bitcast(bits, _VECTOR))

    return _elementwise((x, rounded), shift)


@nb.njit(cache=True, nogil=True)
def exponential(x: Any) -> Any:  # noqa: ANN401 - rows exist in compiled code only
    """Return e**x of a row to about one unit in the last place, as `arithmetic.exponential`."""
    x = clip(x, 700.0)
    rounded = multiply_add(x, _LOG2_E, _ROUND)
    k = subtract(rounded, _ROUND)
    r = multiply_add(k, -_LN2_LOW, multiply_add(k, -_LN2_HIGH, x))
    p = multiply_add(r, 1.6059043836821613e-10, 2.08767569878681e-09)
    p = multiply_add(p, r, 2.505210838544172e-08)
    p = multiply_add(p, r, 2.755731922398589e-07)
    p = multiply_add(p, r, 2.7557319223985893e-06)
    p = multiply_add(p, r, 2.48015873015873e-05)
    p = multiply_add(p, r, 0.0001984126984126984)
    p = multiply_add(p, r, 0.001388888888888889)
    p = multiply_add(p, r, 0.008333333333333333)
    p = multiply_add(p, r, 0.041666666666666664)
    p = multiply_add(p, r, 0.16666666666666666)
    p = multiply_add(p, r, 0.5)
    p = multiply_add(p, r, 1.0)
    p = multiply_add(p, r, 1.0)
    return _scale_by_power(p, rounded)
