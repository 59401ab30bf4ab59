"""Small numbers that stand for texts, millions at once; numpy would first make them wider."""

from __future__ import annotations

import numba as nb
import numpy as np


@nb.njit(cache=True, nogil=True)
def mark(there: np.ndarray, codes: np.ndarray) -> None:
    """Set true at the place of every code."""
    for row in range(codes.size):
        there[codes[row]] = True


@nb.njit(cache=True, nogil=True)
def gather(values: np.ndarray, codes: np.ndarray, out: np.ndarray) -> None:
    """Put into `out` the value at each code's place."""
    for row in range(codes.size):
        out[row] = values[codes[row]]
