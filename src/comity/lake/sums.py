"""One pass over a year's trade: rows put in order, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int16]
Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

_CODES = 1_000_000  # products are numbers below this
_UNSEEN = -1.0  # of a sum to which no row has come; values are never negative


@dataclass(frozen=True, slots=True)
class Sums:
    """A year's rows between N countries in the order of exporter, importer, product, and sums.

    Attributes
    ----------
    goods : ndarray of int32, shape (G,)
        The products, ascending.
    exporter, importer, product : ndarray of int16 or int32, shape (M,)
        Indices into the countries and into `goods`; rows with areas are left out.
    value, quantity : ndarray of float64, shape (M,)
    totals : ndarray, shape (N, N)
        Sums by pair; negative where there is no row.
    sold, bought : ndarray, shape (N, G)
        Each country's trade with all, areas included, by product; negative where there is no row.
    clash, own : int
        The first row whose key occurs twice, or that is a country's trade with itself; -1 for none.
    """

    goods: Ints
    exporter: Codes
    importer: Codes
    product: Codes | Ints
    value: Floats
    quantity: Floats
    totals: Floats
    sold: Floats
    bought: Floats
    clash: int
    own: int


def add_up(
    exporter: Codes, importer: Codes, product: Ints, value: Floats, quantity: Floats, n: int
) -> Sums:
    """Put a year's rows in order and add them up.

    Publishers sort by exporter, importer and product, if by other codes of the countries: then
    counting the pairs is enough. Where the products are not in order, the rows are sorted first.

    Parameters
    ----------
    exporter, importer : ndarray of int16, shape (M,)
        Indices of countries; n for an area that is no country.
    product : ndarray of int32, shape (M,)
        Numbers below a million.
    value, quantity : ndarray of float64, shape (M,)
    n : int
        Countries.
    """
    there = np.zeros(_CODES, np.bool_)
    there[product] = True
    goods = np.flatnonzero(there).astype(np.int32)
    place = np.zeros(_CODES, np.int16 if goods.size < 2**15 else np.int32)
    place[goods] = np.arange(goods.size)
    found = _fold(exporter, importer, product, value, quantity, n, place, goods.size)
    if not found[-1]:
        order = np.lexsort((product, importer, exporter))
        found = _fold(
            exporter[order], importer[order], product[order], value[order], quantity[order],
            n, place, goods.size,
        )  # fmt: skip
    return Sums(goods, *found[:-1])


@nb.njit(cache=True, nogil=True)
def _fold(
    exporter: np.ndarray,
    importer: np.ndarray,
    product: np.ndarray,
    value: np.ndarray,
    quantity: np.ndarray,
    n: int,
    place: np.ndarray,
    goods: int,
) -> tuple:  # type: ignore[type-arg]
    """Return the fields of `Sums` after `goods`, and whether products ascend within pairs."""
    start = np.zeros(n * n + 2, dtype=np.int64)
    sold = np.full((n, goods), _UNSEEN)
    bought = np.full((n, goods), _UNSEEN)
    for row in range(exporter.size):
        e, i, p, v = exporter[row], importer[row], place[product[row]], value[row]
        if e < n:
            sold[e, p] = v + max(sold[e, p], 0.0)
        if i < n:
            bought[i, p] = v + max(bought[i, p], 0.0)
        start[(e * n + i if e < n and i < n else n * n) + 1] += 1
    for pair in range(n * n):
        start[pair + 1] += start[pair]
    size = start[n * n]
    out_e, out_i = np.empty(size, exporter.dtype), np.empty(size, importer.dtype)
    out_p = np.empty(size, place.dtype)
    out_v, out_q = np.empty(size, value.dtype), np.empty(size, quantity.dtype)
    totals = np.full((n, n), _UNSEEN)
    clash, own, ascending = -1, -1, True
    last = np.full(n * n, -1, dtype=np.int32)
    for row in range(exporter.size):
        e, i = exporter[row], importer[row]
        if e >= n or i >= n:
            continue
        pair = e * n + i
        p, v = place[product[row]], value[row]
        at = start[pair]
        start[pair] += 1
        out_e[at], out_i[at], out_p[at] = e, i, p
        out_v[at], out_q[at] = v, quantity[row]
        totals[e, i] = v + max(totals[e, i], 0.0)
        if p <= last[pair]:
            ascending = ascending and p == last[pair]
            if p == last[pair] and clash < 0:
                clash = at
        last[pair] = p
        if e == i and own < 0:
            own = at
    return out_e, out_i, out_p, out_v, out_q, totals, sold, bought, clash, own, ascending


def add_runs(sums: Sums, group: Codes) -> tuple[Codes, Codes, Codes, Floats]:
    """Add up what each pair trades by groups of products that follow each other, as chapters do.

    Parameters
    ----------
    sums : Sums
    group : ndarray of int16, shape (G,)
        Group of each product, ascending.

    Returns
    -------
    tuple of ndarray
        Exporter, importer, group and sum, in the order of the rows.
    """
    found: tuple[Codes, Codes, Codes, Floats] = _fold_runs(
        sums.exporter, sums.importer, sums.product, sums.value, group
    )
    return found


@nb.njit(cache=True, nogil=True)
def _fold_runs(
    exporter: np.ndarray,
    importer: np.ndarray,
    product: np.ndarray,
    value: np.ndarray,
    group: np.ndarray,
) -> tuple:  # type: ignore[type-arg]
    runs = 0
    for row in range(value.size):
        if row == 0 or (
            group[product[row]] != group[product[row - 1]]
            or importer[row] != importer[row - 1]
            or exporter[row] != exporter[row - 1]
        ):
            runs += 1
    out_e, out_i = np.empty(runs, exporter.dtype), np.empty(runs, importer.dtype)
    out_g, out_v = np.empty(runs, group.dtype), np.zeros(runs)
    at = -1
    for row in range(value.size):
        e, i, g = exporter[row], importer[row], group[product[row]]
        if at < 0 or g != out_g[at] or i != out_i[at] or e != out_e[at]:
            at += 1
            out_e[at], out_i[at], out_g[at] = e, i, g
        out_v[at] += value[row]
    return out_e, out_i, out_g, out_v


@nb.njit(cache=True, nogil=True)
def add_columns(side: np.ndarray, column: np.ndarray, columns: int) -> np.ndarray:
    """Add up each country's trade with all by groups of products, of several kinds at once.

    Parameters
    ----------
    side : ndarray, shape (N, G)
        `Sums.sold` or `Sums.bought`.
    column : ndarray of int, shape (L, G)
        Column of each product's group, of each kind of groups.
    columns : int
        How many there are, K.

    Returns
    -------
    ndarray, shape (N, K)
        Negative where there is no row.
    """
    out = np.full((side.shape[0], columns), _UNSEEN)
    for country in range(side.shape[0]):
        for good in range(side.shape[1]):
            v = side[country, good]
            if v >= 0:
                for kind in range(column.shape[0]):
                    k = column[kind, good]
                    out[country, k] = v + max(out[country, k], 0.0)
    return out
