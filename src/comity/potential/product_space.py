"""Sums over the product space without its matrix."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Any

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
    Where A is ``M'`` itself the two are counts of products that countries share, taken 64 at a
    time from bits, and a third of the additions is left.

    Parameters
    ----------
    M : ndarray of bool, (N, P)
        Presence. Products present nowhere have no proximity: they are left out of every sum.
    """

    def __init__(self, M: NDArray[np.bool_]) -> None:
        self.by_product = np.ascontiguousarray(M.T)
        self.level, self.ends, self.exporters = list_exporters(self.by_product)
        self.order = np.argsort(self.level, kind="stable")[int((self.level == 0).sum()) :]

    def cover(self, self_proximity: bool) -> tuple[Floats, Floats, Floats]:
        """Return the density of products about countries, and two sums on the way to it.

        Parameters
        ----------
        self_proximity : bool
            Whether a product is its own neighbour.

        Returns
        -------
        near : ndarray, (P, N)
            ``phi M' / phi 1``; NaN for a product with no neighbour.
        total : ndarray, (P,)
            ``phi 1``.
        together : ndarray, (N, N)
            ``M U^-1 M'``.
        """
        P, N = self.by_product.shape
        bits, levels = pack_bits(self.level, self.order, self.ends, self.exporters, N)
        near, total, together = np.empty((P, N)), np.zeros(P), np.empty((N, N))
        near[self.level == 0] = np.nan
        lists = (self.level, self.order, self.ends, self.exporters, bits, levels)
        self._share_out(cover, N, (*lists, self_proximity), (near, total, together))
        return near, total, together

    def meet(self, A: Floats) -> Floats:
        """Return ``M U^-1 A``, (N, n); A is (P, n)."""
        together = np.zeros((self.by_product.shape[1], A.shape[1]))
        lists = (A, self.level, self.order, self.ends, self.exporters)
        self._share_out(meet, A.shape[1], lists, (together,))
        return together

    def apply(self, A: Floats) -> Floats:
        """Return ``phi @ A``, (P, n); A is (P, n)."""
        together, out = self.meet(A), np.zeros(A.shape)
        lists = (A, self.level, self.order, self.ends, self.exporters)
        self._share_out(sweep, A.shape[1], lists, (together, out))
        return out

    def _share_out(
        self, task: Callable[..., None], n: int, given: tuple[Any, ...], results: tuple[Floats, ...]
    ) -> None:
        """Run a task on ranges of n columns, one a thread."""
        parts = max(1, min(THREADS, n // 32))

        def work(part: int) -> None:
            task(*given, n * part // parts, n * (part + 1) // parts, *results)

        with ThreadPoolExecutor(parts) as pool:
            list(pool.map(work, range(parts)))


@njit(nogil=True, cache=True)
def list_exporters(by_product: NDArray[np.bool_]) -> tuple[Positions, Positions, Positions]:
    """Return each product's count of exporters, where its list ends, and all lists in a row.

    Exporters of product k are ``exporters[ends[k] - level[k] : ends[k]]``.
    """
    P, N = by_product.shape
    level, ends = np.empty(P, np.intp), np.empty(P, np.intp)
    exporters = np.empty(by_product.size + 1, np.intp)
    end = 0
    for k in range(P):
        begin = end
        for c in range(N):
            # Written always and kept only if present: a branch here would be guessed wrongly.
            exporters[end] = c
            end += by_product[k, c]
        level[k], ends[k] = end - begin, end
    return level, ends, exporters[:end].copy()


@njit(nogil=True, cache=True)
def pack_bits(
    level: Positions, order: Positions, ends: Positions, exporters: Positions, N: int
) -> tuple[NDArray[np.uint64], Positions]:
    """Return for each country, 64 products of one ubiquity a word, which of them it exports.

    Returns
    -------
    bits : ndarray of uint64, (words, N + 1)
        The last column stands for a country that exports everything.
    levels : ndarray, (words,)
        The ubiquity of each word's products, ascending.
    """
    bits = np.zeros((len(order) // 64 + N + 1, N + 1), np.uint64)
    levels = np.zeros(len(bits), np.intp)
    word, filled = -1, 64
    for k in order:
        if filled == 64 or level[k] != levels[word]:
            word, filled = word + 1, 0
            levels[word] = level[k]
        bit = np.uint64(1) << np.uint64(filled)
        filled += 1
        for c in exporters[ends[k] - level[k] : ends[k]]:
            bits[word, c] |= bit
        bits[word, N] |= bit
    return bits[: word + 1], levels[: word + 1]


@njit(nogil=True, cache=True, inline="always")
def count_bits(word: np.uint64) -> np.int64:
    """Return how many bits are set (Warren, Hacker's Delight, 5-1): one instruction once built."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    pairs = np.uint64(0x3333333333333333)
    word = (word & pairs) + ((word >> np.uint64(2)) & pairs)
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(nogil=True, cache=True)
def cover(
    level: Positions,
    order: Positions,
    ends: Positions,
    exporters: Positions,
    bits: NDArray[np.uint64],
    levels: Positions,
    self_proximity: bool,
    low: int,
    high: int,
    near: Floats,
    total: Floats,
    together: Floats,
) -> None:
    """Write the density about countries `low` to `high`; see `ProductSpace.cover`."""
    N, n = len(together), high - low
    # The country that exports everything comes last: its sum is a product's whole proximity.
    mine = np.empty((len(bits), n + 1), np.uint64)
    mine[:, :n] = bits[:, low:high]
    mine[:, n] = bits[:, N]
    above, below, mixed = np.zeros((N, n + 1)), np.zeros((N, n + 1)), np.empty((N, n + 1))
    for word in range(len(bits)):
        inverse = 1.0 / levels[word]
        for c in range(N):
            for i in range(n + 1):
                above[c, i] += count_bits(bits[word, c] & mine[word, i]) * inverse
    together[:, low:high] = above[:, :n]

    row = np.empty(n + 1)
    word = first = 0
    while first < len(order):
        here = level[order[first]]
        inverse = 1.0 / here
        while word < len(levels) and levels[word] == here:
            for c in range(N):
                for i in range(n + 1):
                    shared = count_bits(bits[word, c] & mine[word, i])
                    below[c, i] += shared
                    above[c, i] -= shared * inverse
                    mixed[c, i] = below[c, i] * inverse + above[c, i]
            word += 1
        last = first
        while last < len(order) and level[order[last]] == here:
            k = order[last]
            rows = exporters[ends[k] - here : ends[k]]
            row[:] = 0.0
            add_rows(row, mixed, rows)
            if not self_proximity:
                row[n] -= 1.0
                for c in rows:
                    if low <= c < high:
                        row[c - low] -= 1.0
            whole = row[n] if row[n] > 1e-12 else np.nan
            for i in range(n):
                near[k, low + i] = row[i] / whole
            total[k] = row[n]
            last += 1
        first = last


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
