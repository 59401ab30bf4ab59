"""Room for large arrays: it starts at a cache line, and its pages are large where they can be.

NumPy asks the system for large pages from four megabytes on. A panel of 800,000 rows takes fifty,
which in small pages are ten thousand, and to be given them takes as long as to fill them.
"""

from __future__ import annotations

import math

import numpy as np

from comity.potential.ppml.lanes import WIDTH, padded
from comity.potential.ppml.newton import Floats

_LINE = 64


def room(*shape: int) -> Floats:
    """Return an array whose numbers are still to be written."""
    size = math.prod(shape)
    return _begin(np.empty(size + WIDTH), size).reshape(shape)


def cleared(*shape: int) -> Floats:
    """Return an array of zeros."""
    size = math.prod(shape)
    return _begin(np.zeros(size + WIDTH), size).reshape(shape)


def aligned(values: Floats) -> Floats:
    """Copy an array so that it starts at a cache line."""
    out = room(*values.shape)
    out[...] = values
    return out


def widen(values: Floats) -> Floats:
    """Copy matrices, shape (..., m), into rows of whole lanes, zeros behind them."""
    m = values.shape[-1]
    out = cleared(*values.shape[:-1], padded(m))
    out[..., :m] = values
    return out


def _begin(values: Floats, size: int) -> Floats:
    """Return `size` numbers from the first cache line on."""
    first = -values.ctypes.data % _LINE // values.itemsize
    return values[first : first + size]
