"""Sums over the product space without its matrix."""

from __future__ import annotations

from collections.abc import Callable
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
        self.by_product = np.ascontiguousarray(M.T)
        self.level = self.by_product.sum(axis=1)
        self.order = np.argsort(self.level, kind="stable")[int((self.level == 0).sum()) :]
        self.ends = np.cumsum(self.level)
        self.exporters = np.flatnonzero(self.by_product) % max(self.countries, 1)

    def meet(self, A: Floats) -> Floats:
        """Return ``M U^-1 A``, (N, n); A is (P, n)."""
        together = np.zeros((self.countries, A.shape[1]))
        self._share_out(meet, A, together)
        return together

    def apply(self, A: Floats) -> tuple[Floats, Floats]:
        """Return ``phi @ A``, (P, n), and ``M U^-1 A``, (N, n); A is (P, n)."""
        together, out = self.meet(A), np.zeros(A.shape)
        self._share_out(sweep, A, together, out)
        return out, together

    def _share_out(self, task: Callable[..., None], A: Floats, *results: Floats) -> None:
        """Run a task on ranges of columns, one a thread."""
        n = A.shape[1]
        parts = max(1, min(THREADS, n // 32))
        lists = (self.level, self.order, self.ends, self.exporters)

        def work(part: int) -> None:
            task(A, *lists, n * part // parts, n * (part + 1) // parts, *results)

        with ThreadPoolExecutor(parts) as pool:
            list(pool.map(work, range(parts)))


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
def meet(
    A: Floats,
    level: Positions,
    order: Positions,
    ends: Positions,
    exporters: Positions,
    low: int,
    high: int,
    together: Floats,
) -> None:
    """Write ``M U^-1 A`` to `together`, for columns `low` to `high` of A.

    Exporters of product k are ``exporters[ends[k] - level[k] : ends[k]]``; see `ProductSpace`.
    """
    n = high - low
    total = np.zeros((len(together), n))
    for k in order:
        inverse = 1.0 / level[k]
        row = A[k, low:high]
        for c in exporters[ends[k] - level[k] : ends[k]]:
            for i in range(n):
                total[c, i] += row[i] * inverse
    together[:, low:high] = total


@njit(nogil=True, cache=True)
def sweep(
    A: Floats,
    level: Positions,
    order: Positions,
    ends: Positions,
    exporters: Positions,
    low: int,
    high: int,
    together: Floats,
    out: Floats,
) -> None:
    """Write ``phi @ A`` to `out`, for columns `low` to `high` of A; `together` is ``M U^-1 A``."""
    N, n = len(together), high - low
    above, below = together[:, low:high].copy(), np.zeros((N, n))
    share, mixed = np.empty((N, n)), np.empty((N, n))
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
