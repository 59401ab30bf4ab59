"""The equations that regressions on the three effects solve, in doubles and in singles.

Shapes as in `elimination`.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.elimination import System
from comity.potential.ppml.lanes import space

# Numbers below would be denormal as singles, which processors are slow with.
_TINY = 1e-37


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def system_of(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, share: np.ndarray,
    blocks: np.ndarray, by_importer: np.ndarray,
) -> System:  # fmt: skip
    """Return the equations in doubles, given `share` [P], one over the totals of the pairs."""
    weight = by_importer.reshape(-1)
    inverse = space(weight.size, mean)
    for q in range(weight.size):
        inverse[q] = 1.0 / weight[q] if weight[q] > 0.0 else 0.0
    return System(mean, share, blocks, weight, inverse, start, importer)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def lighten(system: System) -> tuple[System, float]:
    """Return the equations in singles, and what their weights were multiplied by.

    Weights near one: flows in other units may leave the range of singles.
    """
    factor = system.weight.size / everything_in(system)
    mean, blocks = system.mean, system.blocks
    light = System(
        _in_singles(mean.reshape(-1), factor).reshape(mean.shape),
        _in_singles(system.share, 1.0 / factor),
        _in_singles(blocks.reshape(-1), 1.0 / factor).reshape(blocks.shape),
        _in_singles(system.weight, factor), _in_singles(system.inverse, 1.0 / factor),
        system.start, system.importer,
    )  # fmt: skip
    return light, factor


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def _in_singles(values: np.ndarray, factor: float) -> np.ndarray:
    """Return a row of values * factor in single precision."""
    out = space(values.size, np.zeros(0, np.float32))
    for q in range(values.size):
        v = values[q] * factor
        out[q] = v if abs(v) > _TINY else 0.0
    return out


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def everything_in(system: System) -> float:
    """Return the sum of all weights."""
    added = 0.0
    for q in range(system.weight.size):
        added += system.weight[q]
    return added
