"""Sums of logarithms by registers: the effects' part of a likelihood, once a Newton step.

ln x = k ln 2 + 2 artanh z with x = m * 2**k, m between the roots of one half and of two, and
z = (m - 1) / (m + 1); z**2 is at most 0.0295, so that ten terms of the series suffice.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from llvmlite import ir

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.lanes import (
    ONE,
    WIDTH,
    Row,
    fill,
    join,
    load,
    multiply,
    multiply_add,
    operation,
    total,
)

_BITS = ir.VectorType(ir.IntType(64), WIDTH)
# The root of one half as bits.
_LOWEST = int(np.sqrt(0.5).view(np.int64))
_LN2 = 0.6931471805599453


def _split(builder: Any, row: Any) -> tuple[Any, Any]:  # noqa: ANN401 - LLVM's own objects
    """Return m and k of a register, k in bits; one and zero where x is not positive."""
    lane = builder.extract_value(row, 0)
    none, one = (ir.Constant(lane.type, [x] * WIDTH) for x in (0.0, 1.0))
    lane = builder.select(builder.fcmp_ordered(">", lane, none), lane, one)
    lowest, behind = (ir.Constant(_BITS, [x] * WIDTH) for x in (_LOWEST, 52))
    bits = builder.bitcast(lane, _BITS)
    power = builder.ashr(builder.sub(bits, lowest), behind)
    return builder.bitcast(builder.sub(bits, builder.shl(power, behind)), lane.type), power


@operation
def exponent(typing: Any, x: Any) -> Any:  # noqa: ANN401, ARG001
    """Return k of one register."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        return join(builder, [builder.sitofp(_split(builder, args[0])[1], x.vector)])

    return Row(1)(x), build


@operation
def ratio(typing: Any, x: Any) -> Any:  # noqa: ANN401, ARG001
    """Return z of one register."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        m = _split(builder, args[0])[0]
        one = ir.Constant(m.type, [1.0] * WIDTH)
        return join(builder, [builder.fdiv(builder.fsub(m, one), builder.fadd(m, one))])

    return Row(1)(x), build


@nb.njit(cache=True, nogil=True)
def logarithm(x: Any) -> Any:  # noqa: ANN401 - rows exist in compiled code only
    """Return ln x of one register, zero where x is not positive."""
    z = ratio(x)
    s = multiply(z, z)
    p = multiply_add(s, 2.0 / 19.0, 2.0 / 17.0)
    p = multiply_add(p, s, 2.0 / 15.0)
    p = multiply_add(p, s, 2.0 / 13.0)
    p = multiply_add(p, s, 2.0 / 11.0)
    p = multiply_add(p, s, 2.0 / 9.0)
    p = multiply_add(p, s, 2.0 / 7.0)
    p = multiply_add(p, s, 2.0 / 5.0)
    p = multiply_add(p, s, 2.0 / 3.0)
    p = multiply_add(p, s, 2.0)
    return multiply_add(p, z, multiply(exponent(x), _LN2))


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def add_logs(weight: np.ndarray, effects: np.ndarray) -> float:
    """Return the sum of weight * ln effect over the effects that are positive, both (N,)."""
    added = fill(0.0, ONE)
    whole = effects.size // WIDTH * WIDTH
    for q in range(0, whole, WIDTH):
        added = multiply_add(logarithm(load(effects, q, ONE)), load(weight, q, ONE), added)
    rest = 0.0
    for q in range(whole, effects.size):
        rest += weight[q] * np.log(effects[q]) if effects[q] > 0.0 else 0.0
    return float(rest + total(added))
