"""Sums over the product space without its matrix."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
from numba import njit
from numpy.typing import NDArray

from comity.potential.arrays import Floats

Positions = NDArray[np.intp]
THREADS = cpu_count() or 1


class ProductSpace:
    """The proximity ``phi`` of P products in N countries, as an operator.

    ``phi_kl = (M'M)_kl / max(u_k, u_l)``: for a product of ubiquity u, all others of that ubiquity
    or less weigh ``1/u``, all above weigh by their own. So two N-by-n matrices, ``M A`` summed up
    to a level and ``M A / u`` summed beyond it, hold all that ``phi @ A`` needs, and are updated
    level by level: some ``3 n sum(u)`` additions instead of the ``P P (N + n)`` of the matrix.

    Parameters
    ----------
    M : ndarray of bool, (N, P)
        Presence. Products present nowhere have no proximity: they are left out of every sum.
    """

    def __init__(self, M: NDArray[np.bool_]) -> None:
        self.countries = len(M)
        by_product = np.ascontiguousarray(M.T)
        self.level = by_product.sum(axis=1)
        self.order = np.argsort(self.level, kind="stable")[int((self.level == 0).sum()) :]
        self.ends = np.cumsum(self.level)
        self.exporters = np.flatnonzero(by_product) % max(self.countries, 1)

    def apply(self, A: Floats) -> tuple[Floats, Floats]:
        """Return ``phi @ A``, (P, n), and ``M U^-1 A``, (N, n); A is (P, n)."""
        n = A.shape[1]
        out, together = np.zeros(A.shape), np.zeros((self.countries, n))
        parts = max(1, min(THREADS, n // 32))

        def work(part: int) -> None:
            sweep(
                A,
                self.level,
                self.order,
                self.ends,
                self.exporters,
                (n * part // parts, n * (part + 1) // parts),
                out,
                together,
            )

        with ThreadPoolExecutor(parts) as pool:
            list(pool.map(work, range(parts)))
        return out, together


@njit(nogil=True, cache=True)
def add_rows(total: Floats, source: Floats, rows: Positions) -> None:
    """Add rows of a matrix to a total: four at a time, to touch the total less often."""
    n = len(total)
    fours = len(rows) // 4 * 4
    for place in range(0, fours, 4):
        a = source[rows[place]]
        b = source[rows[place + 1]]
        c = source[rows[place + 2]]
        d = source[rows[place + 3]]
        for i in range(n):
            total[i] += (a[i] + b[i]) + (c[i] + d[i])
    for place in range(fours, len(rows)):
        a = source[rows[place]]
        for i in range(n):
            total[i] += a[i]


@njit(nogil=True, cache=True)
def sweep(
    A: Floats,
    level: Positions,
    order: Positions,
    ends: Positions,
    exporters: Positions,
    columns: tuple[int, int],
    out: Floats,
    together: Floats,
) -> None:
    """Write ``phi @ A`` to `out` and ``M U^-1 A`` to `together`, for a range of columns of A.

    Exporters of product k are ``exporters[ends[k] - level[k] : ends[k]]``; see `ProductSpace`.
    """
    low, high = columns
    N, n = len(together), high - low
    below, above = np.zeros((N, n)), np.zeros((N, n))
    share, mixed = np.empty((N, n)), np.empty((N, n))
    for k in order:
        inverse = 1.0 / level[k]
        row = A[k, low:high]
        for c in exporters[ends[k] - level[k] : ends[k]]:
            for i in range(n):
                above[c, i] += row[i] * inverse
    together[:, low:high] = above

    first = 0
    while first < len(order):
        here = level[order[first]]
        inverse = 1.0 / here
        share[:] = 0.0
        last = first
        while last < len(order) and level[order[last]] == here:
            k = order[last]
            row = A[k, low:high]
            for c in exporters[ends[k] - here : ends[k]]:
                for i in range(n):
                    share[c, i] += row[i]
            last += 1
        for c in range(N):
            for i in range(n):
                below[c, i] += share[c, i]
                above[c, i] -= share[c, i] * inverse
                mixed[c, i] = below[c, i] * inverse + above[c, i]
        for k in order[first:last]:
            add_rows(out[k, low:high], mixed, exporters[ends[k] - here : ends[k]])
        first = last
