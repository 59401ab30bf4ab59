"""Panels whose rows come pair by pair, each with all its years: nothing needs looking up.

Most tables of thousands of products are like that, and a search for each row's place would
cost as much as half the fit. What comes out is the same as for rows in any order.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from comity.potential.ppml.layout import SEPARATED

Floats = NDArray[np.float64]


@nb.njit(cache=True, nogil=True)
def is_complete(i: np.ndarray, j: np.ndarray, t: np.ndarray, fate: np.ndarray, years: int) -> bool:
    """Tell whether rows are all in use, by exporter, importer and year, with no year missing."""
    if years == 0 or i.size % years:
        return False
    for r in range(0, i.size, years):
        if r > 0:
            a, b = i[r - 1], j[r - 1]
            if not (i[r] > a or (i[r] == a and j[r] > b)):
                return False
        wrong = 0
        for s in range(years):
            wrong += i[r + s] != i[r]
            wrong += j[r + s] != j[r]
            wrong += t[r + s] != s
            wrong += fate[r + s]
        if wrong:
            return False
    return True


@nb.njit(fastmath={"reassoc", "nsz"}, cache=True, nogil=True)
def judge(
    flow: np.ndarray, exporter: np.ndarray, importer: np.ndarray, fate: np.ndarray,
    by_exporter: np.ndarray, by_importer: np.ndarray, by_pair: np.ndarray, tally: np.ndarray,
) -> bool:  # fmt: skip
    """Judge the rows of a complete panel as `layout.judge_rows` does; False where one is single.

    `flow`, `fate` [P, T]; `by_exporter` [n, T], `by_importer` [m, T], `by_pair` [P] are added to.
    """
    P, T = flow.shape
    n, m = by_exporter.shape[0], by_importer.shape[0]
    pairs_i = np.zeros(n, dtype=np.int64)
    pairs_j = np.zeros(m, dtype=np.int64)
    for p in range(P):
        i, j = exporter[p], importer[p]
        pairs_i[i] += 1
        pairs_j[j] += 1
        s = 0.0
        for t in range(T):
            y = flow[p, t]
            s += y
            by_exporter[i, t] += y
            by_importer[j, t] += y
        by_pair[p] = s
    if T == 1 or (pairs_i == 1).any() or (pairs_j == 1).any():
        return False
    left_i = np.zeros((n, T), dtype=np.uint8)
    left_j = np.zeros((m, T), dtype=np.uint8)
    for p in range(P):
        i, j = exporter[p], importer[p]
        dead_g = by_pair[p] == 0.0
        used = 0
        for t in range(T):
            dead_i = by_exporter[i, t] == 0.0
            dead_j = by_importer[j, t] == 0.0
            if dead_i or dead_j or dead_g:
                fate[p, t] = SEPARATED
                tally[2] += dead_i
                tally[3] += dead_j
                tally[4] += dead_g
                continue
            used += 1
            left_i[i, t] = 1
            left_j[j, t] = 1
        tally[0] += used
        tally[7] += used > 0
    tally[5] = left_i.sum()
    tally[6] = left_j.sum()
    return True


@nb.njit(cache=True, nogil=True)
def widen(values: np.ndarray, years: int, out: np.ndarray) -> None:
    """Copy rows of `years` numbers into rows [P, W] that are padded with zeros."""
    P, W = out.shape
    for p in range(P):
        for t in range(years):
            out[p, t] = values[p * years + t]
        for t in range(years, W):
            out[p, t] = 0.0


@nb.njit(cache=True, nogil=True)
def number(years: int, width: int, cell: np.ndarray, pair: np.ndarray) -> None:
    """Write each row's cell in padded rows, and its pair."""
    for r in range(0, cell.size, years):
        p = r // years
        for t in range(years):
            cell[r + t] = p * width + t
            pair[r + t] = p
