"""One year of a publisher's trade by pair and product: sorted, checked, and its sums beside it.

The rows of all pairs at the finest products go to `details`; what a brief reads goes to `flows`:
totals and chapters by pair, and every country's trade with the world by chapter, heading and
subheading. Everything is done on whole numbers; texts are written from dictionaries at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numba as nb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.errors import SchemaError
from comity.lake.schema import FLOWS, TOTAL, WORLD

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

# Digits that are cut off an HS subheading to get the chapter, the heading, the subheading.
_LEVELS = {2: 10_000, 4: 100, 6: 1}
_FINE = (4, 6)


@dataclass(frozen=True, slots=True)
class ProductYear:
    """One year of one source: who sold whom how much of what.

    Attributes
    ----------
    source, revision : str
        Id of the source; revision of the products, such as "HS22".
    year : int
    countries : tuple of str
        ISO3 codes in alphabetical order. Trade of areas that are no country has the index after the
        last: it counts in their partners' trade with the world, and nowhere else.
    exporter, importer : ndarray of int32, shape (M,)
        Indices into `countries`.
    product : ndarray of int32, shape (M,)
        HS subheadings as numbers: 10121 is 010121.
    value, quantity : ndarray of float64, shape (M,)
        US dollars f.o.b.; metric tons, NaN where not known.
    left_out : mapping of str to int
        What `details` does not have of the file, in words, and in how many rows.
    """

    source: str
    revision: str
    year: int
    countries: tuple[str, ...]
    exporter: Ints
    importer: Ints
    product: Ints
    value: Floats
    quantity: Floats
    left_out: Mapping[str, int] = field(default_factory=dict)


def make_parts(flows: ProductYear) -> dict[str, pa.Table]:
    """Return the year's tables by part: ``pairs`` (of `details`), and the three of `flows`.

    ``totals`` and ``chapters`` are what a brief reads, of pairs and with the world; ``world`` has
    every country's trade with the world by heading and subheading. Each is in the order of
    exporter, importer, product, the world last.

    Raises
    ------
    SchemaError
        A flow occurs twice, or a country sells to itself.
    """
    N = len(flows.countries)
    pair = flows.exporter * np.int32(N + 1) + flows.importer
    order, clash = _sort(pair, flows.product, (N + 1) * (N + 1))
    if clash >= 0:
        _refuse(flows, order[clash], "occurs more than once")
    inside = (flows.exporter[order] < N) & (flows.importer[order] < N)
    kept = order if inside.all() else order[inside]
    exporter, importer = flows.exporter[kept], flows.importer[kept]
    if (own := exporter == importer).any():
        _refuse(flows, kept[int(own.argmax())], "is a country's trade with itself")
    product, value = flows.product[kept], flows.value[kept]
    world = _World(flows)
    return {
        "pairs": _pairs(flows, exporter, importer, product, value, flows.quantity[kept], world),
        "totals": _totals(flows, exporter, importer, value),
        "chapters": _chapters(flows, exporter, importer, product, value, world),
        "world": _assemble(flows, world.rows(_FINE)),
    }


def _sort(pair: Ints, product: Ints, pairs: int) -> tuple[NDArray[np.int64], int]:
    """Return the order by pair and product, and the place of the first repeated key, or -1.

    Publishers sort by exporter, importer and product, if by other codes of the countries: then
    counting the pairs is enough.
    """
    order = _order_by_pair(pair, pairs)
    place, sorted_ = _look_through(pair, product, order)
    if not sorted_:
        order = np.lexsort((product, pair))
        place, _ = _look_through(pair, product, order)
    return order, place


@nb.njit(cache=True, nogil=True)
def _order_by_pair(pair: np.ndarray, pairs: int) -> np.ndarray:
    start = np.zeros(pairs + 1, dtype=np.int64)
    for p in pair:
        start[p + 1] += 1
    for p in range(pairs):
        start[p + 1] += start[p]
    order = np.empty(pair.size, dtype=np.int64)
    for row in range(pair.size):
        order[start[pair[row]]] = row
        start[pair[row]] += 1
    return order


@nb.njit(cache=True, nogil=True)
def _look_through(pair: np.ndarray, product: np.ndarray, order: np.ndarray) -> tuple[int, bool]:
    clash = -1
    for place in range(1, order.size):
        last, row = order[place - 1], order[place]
        if pair[last] == pair[row]:
            if product[row] < product[last]:
                return -1, False
            if product[row] == product[last] and clash < 0:
                clash = place
    return clash, True


def _refuse(flows: ProductYear, row: int, what: str) -> None:
    names = (*flows.countries, "an area that is no country")
    raise SchemaError(
        f"The flow of {flows.product[row]:06d} from {names[flows.exporter[row]]} to "
        f"{names[flows.importer[row]]} in {flows.year} {what}.",
        "Take the publisher's file as it was downloaded.",
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of `flows` in numbers: places in the countries and the world, and in the products."""

    exporter: Ints
    importer: Ints
    product: Ints
    value: Floats
    products: tuple[str, ...]


def _totals(flows: ProductYear, exporter: Ints, importer: Ints, value: Floats) -> pa.Table:
    """Return goods totals by pair, of every country to the world, and of the world to it."""
    N = len(flows.countries)
    pair = exporter.astype(np.int64) * (N + 1) + importer
    sums, seen = _add(pair, value, (N + 1) * (N + 1))
    for side, step, end in ((flows.exporter, N + 1, N), (flows.importer, 1, N * (N + 1))):
        known = side < N
        whole, any_ = _add(side[known].astype(np.int64), flows.value[known], N)
        at = np.arange(N) * step + end
        sums[at], seen[at] = whole, any_
    cells = np.flatnonzero(seen).astype(np.int32)
    rows = _Rows(
        cells // (N + 1), cells % (N + 1), np.zeros(cells.size, np.int32), sums[cells], (TOTAL,)
    )
    return _assemble(flows, rows, revision=TOTAL)


def _chapters(
    flows: ProductYear,
    exporter: Ints,
    importer: Ints,
    product: Ints,
    value: Floats,
    world: _World,
) -> pa.Table:
    """Return goods by chapter, of pairs (runs of sorted rows, added up) and with the world."""
    chapter = product // _LEVELS[2]
    new = np.ones(product.size, bool)
    new[1:] = (
        (exporter[1:] != exporter[:-1])
        | (importer[1:] != importer[:-1])
        | (chapter[1:] != chapter[:-1])
    )
    starts = np.flatnonzero(new)
    sums = np.add.reduceat(value, starts) if starts.size else np.zeros(0)
    own = world.rows((2,))
    codes = np.array([int(name) for name in own.products])
    at = np.searchsorted(codes, chapter[starts]).astype(np.int32)
    columns = [
        np.concatenate(pieces)
        for pieces in (
            (exporter[starts], own.exporter),
            (importer[starts], own.importer),
            (at, own.product),
            (sums, own.value),
        )
    ]
    order = np.lexsort((columns[2], columns[1], columns[0]))
    sellers, buyers, goods, values = (column[order] for column in columns)
    return _assemble(flows, _Rows(sellers, buyers, goods, values, own.products))


class _World:
    """Every country's trade with the world by subheading, both ways, areas included.

    Parameters
    ----------
    flows : ProductYear

    Attributes
    ----------
    goods : ndarray
        The subheadings of the year, ascending.
    place : ndarray, shape (1000000,)
        Where in `goods` each code is.
    """

    def __init__(self, flows: ProductYear) -> None:
        self._size = N = len(flows.countries)
        # Codes are below a million: a table finds their places without a sort.
        self.goods = np.flatnonzero(np.bincount(flows.product, minlength=1_000_000))
        self.place = np.zeros(1_000_000, np.int32)
        self.place[self.goods] = np.arange(self.goods.size, dtype=np.int32)
        at = self.place[flows.product]
        self._sides = []
        for side in (flows.exporter, flows.importer):
            known = side < N
            cell = side[known].astype(np.int64) * self.goods.size + at[known]
            sums, seen = _add(cell, flows.value[known], N * self.goods.size)
            self._sides.append((sums.reshape(N, -1), seen.reshape(N, -1)))

    def rows(self, levels: tuple[int, ...]) -> _Rows:
        """Return sales to the world, then purchases from it, by codes of so many digits."""
        names, columns = self._group(levels)
        N, pieces = self._size, []
        for sells, (sums, seen) in zip((True, False), self._sides, strict=True):
            wide, there = (np.zeros((N, len(names)), kind) for kind in (np.float64, bool))
            for number, members in enumerate(columns):
                wide[:, number] = sums[:, members].sum(axis=1)
                there[:, number] = seen[:, members].any(axis=1)
            country, column = (index.astype(np.int32) for index in np.nonzero(there))
            ends = (country, np.full(country.size, N, np.int32))
            pieces.append((*(ends if sells else ends[::-1]), column, wide[country, column]))
        exporter, importer, product, value = (
            np.concatenate(column) for column in zip(*pieces, strict=True)
        )
        return _Rows(exporter, importer, product, value, names)

    def _group(self, levels: tuple[int, ...]) -> tuple[tuple[str, ...], list[slice]]:
        """Return the codes of some levels in the order of text, and what subheadings each has."""
        found: dict[str, slice] = {}
        for digits in levels:
            codes, first = np.unique(self.goods // _LEVELS[digits], return_index=True)
            ends = [*first[1:].tolist(), self.goods.size]
            for code, start, end in zip(codes.tolist(), first.tolist(), ends, strict=True):
                found[f"{code:0{digits}d}"] = slice(start, end)
        names = tuple(sorted(found))
        return names, [found[name] for name in names]


def _add(cell: NDArray[np.int64], value: Floats, size: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the sum of each cell, and whether it has any row at all."""
    sums: Floats = np.bincount(cell, value, size).astype(np.float64, copy=False)
    return sums, np.bincount(cell, minlength=size) > 0


def _pairs(
    flows: ProductYear,
    exporter: Ints,
    importer: Ints,
    product: Ints,
    value: Floats,
    tons: Floats,
    world: _World,
) -> pa.Table:
    """Return the rows of all pairs as published."""
    names = tuple(f"{code:06d}" for code in world.goods.tolist())
    rows = _Rows(exporter, importer, world.place[product], value, names)
    return _assemble(flows, rows, tons=tons)


def _assemble(
    flows: ProductYear, rows: _Rows, *, revision: str = "", tons: Floats | None = None
) -> pa.Table:
    """Return rows of `flows`, texts as dictionaries: a few hundred values over millions of rows."""
    size = rows.value.size
    places = (*flows.countries, WORLD)
    no_tons = pa.nulls(size, pa.float64())
    columns = {
        "year": pa.array(np.full(size, flows.year, np.int32)),
        "exporter": _texts(rows.exporter, places),
        "importer": _texts(rows.importer, places),
        "product": _texts(rows.product, rows.products),
        "value_usd": pa.array(rows.value),
        "quantity_t": no_tons if tons is None else pa.array(tons, from_pandas=True),
        "valuation": _same("fob", size),
        "basis": _same("reconciled", size),
        "revision": _same(revision or flows.revision, size),
        "period": _same(str(flows.year), size),
        "source": _same(flows.source, size),
    }
    return pa.table([columns[c.name] for c in FLOWS.columns], names=[c.name for c in FLOWS.columns])


def _texts(index: Ints, texts: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(index.astype(np.int32, copy=False)), pa.array(texts, pa.string())
    )


def _same(text: str, size: int) -> pa.DictionaryArray:
    return _texts(np.zeros(size, np.int32), (text,))
