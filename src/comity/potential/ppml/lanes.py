"""Eight doubles at a time, for kernels whose innermost loop is as short as a panel has years.

Left to itself the compiler vectorises loops over years badly: twenty numbers hardly fill its
unrolled body, and it cannot know that the arrays do not overlap. These few operations say
"eight doubles" outright. Rows are padded to whole lanes; what lies in the padding must carry
weight zero. On processors with shorter registers LLVM splits a lane by itself.
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

_DOUBLE = ir.DoubleType()
_VECTOR = ir.VectorType(_DOUBLE, WIDTH)


def padded(length: int) -> int:
    """Return the length rounded up to whole lanes."""
    return -(-length // WIDTH) * WIDTH


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


class _Lanes(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Lanes")


_LANES = _Lanes()


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:  # noqa: ANN401 - numba's own objects
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call]


def operation(define: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that compiled code may call; its own types end here."""
    return cast(Callable[..., Any], intrinsic(define))


def _address(context: Any, builder: Any, kind: Any, array: Any, offset: Any) -> Any:  # noqa: ANN401
    data = context.make_array(kind)(context, builder, value=array).data
    return builder.bitcast(builder.gep(data, [offset]), _VECTOR.as_pointer())


def _declare(builder: Any, name: str, kind: ir.FunctionType) -> Any:  # noqa: ANN401
    known = builder.module.globals.get(name)
    return ir.Function(builder.module, kind, name) if known is None else known


def _require_plain(array: Any) -> None:  # noqa: ANN401
    if not isinstance(array, types.Array) or array.layout != "C" or array.dtype != types.float64:
        raise TypingError("Lanes are read from contiguous arrays of doubles.")


@operation
def load(typing: Any, array: Any, offset: Any) -> Any:  # noqa: ANN401, ARG001
    """Read the eight doubles from element `offset` on, counted through the whole array."""
    _require_plain(array)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        address = _address(context, builder, signature.args[0], args[0], args[1])
        return builder.load(address, align=8)

    return _LANES(array, types.intp), build


@operation
def store(typing: Any, array: Any, offset: Any, lanes: Any) -> Any:  # noqa: ANN401, ARG001
    """Write eight doubles from element `offset` on."""
    _require_plain(array)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        address = _address(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], address, align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, _LANES), build


@operation
def fill(typing: Any, value: Any) -> Any:  # noqa: ANN401, ARG001
    """Repeat one double in every lane."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        zero = ir.Constant(ir.IntType(32), 0)
        alone = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), args[0], zero)
        mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        return builder.shuffle_vector(alone, alone, mask)

    return _LANES(types.float64), build


@operation
def add(typing: Any, x: Any, y: Any) -> Any:  # noqa: ANN401, ARG001
    """Return x + y, lane by lane."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        return builder.fadd(args[0], args[1])

    return _LANES(_LANES, _LANES), build


@operation
def subtract(typing: Any, x: Any, y: Any) -> Any:  # noqa: ANN401, ARG001
    """Return x - y, lane by lane."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        return builder.fsub(args[0], args[1])

    return _LANES(_LANES, _LANES), build


@operation
def multiply(typing: Any, x: Any, y: Any) -> Any:  # noqa: ANN401, ARG001
    """Return x * y, lane by lane."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        return builder.fmul(args[0], args[1])

    return _LANES(_LANES, _LANES), build


@operation
def multiply_add(typing: Any, x: Any, y: Any, z: Any) -> Any:  # noqa: ANN401, ARG001
    """Return x * y + z, lane by lane."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        fused = _declare(builder, f"llvm.fmuladd.v{WIDTH}f64", kind)
        return builder.call(fused, args)

    return _LANES(_LANES, _LANES, _LANES), build


@operation
def total(typing: Any, x: Any) -> Any:  # noqa: ANN401, ARG001
    """Add up the eight lanes."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        kind = ir.FunctionType(_DOUBLE, [_DOUBLE, _VECTOR])
        reduce = _declare(builder, f"llvm.vector.reduce.fadd.v{WIDTH}f64", kind)
        return builder.call(reduce, [ir.Constant(_DOUBLE, 0.0), args[0]], fastmath=("reassoc",))

    return types.float64(_LANES), build
