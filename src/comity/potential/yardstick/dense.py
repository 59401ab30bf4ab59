"""Dense algebra for matrices of two hundred countries, compiled.

A library's own routines start a thread a core for each call. At this size, and on cores that others
use as well, waiting for one another costs them twenty times the work.
"""

from __future__ import annotations

import numba as nb
import numpy as np

FAST = {"reassoc", "contract", "nsz", "arcp"}


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def multiply(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return left [n, k] times right [k, m]."""
    n, size = left.shape
    m = right.shape[1]
    out = np.zeros((n, m))
    for i in range(n):
        for k in range(size):
            factor = left[i, k]
            if factor != 0.0:
                for j in range(m):
                    out[i, j] += factor * right[k, j]
    return out


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def invert(matrix: np.ndarray) -> np.ndarray:
    """Return the inverse of a symmetric positive definite matrix, by Gauss and Jordan.

    Such a matrix needs no search for pivots.
    """
    a = matrix.copy()
    n = a.shape[0]
    for p in range(n):
        pivot = 1.0 / a[p, p]
        a[p, p] = 1.0
        for j in range(n):
            a[p, j] *= pivot
        for i in range(n):
            if i != p:
                factor = a[i, p]
                a[i, p] = 0.0
                for j in range(n):
                    a[i, j] -= factor * a[p, j]
    return a
