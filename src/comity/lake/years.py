"""One year of a publisher's trade by pair and product: sorted, checked, and its sums beside it.

The rows of all pairs at the finest products go to `details`; what a brief reads goes to `flows`:
totals and chapters by pair, and every country's trade with the world by chapter, heading and
subheading. Everything is done on whole numbers; texts are written from dictionaries at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.errors import SchemaError
from comity.lake.contents import Holding, World
from comity.lake.schema import FLOWS, TOTAL, WORLD
from comity.lake.sums import Codes, Floats, Ints, Sums, add_columns, add_runs, add_up

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
    exporter, importer : ndarray of int16, shape (M,)
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
    exporter: Codes
    importer: Codes
    product: Ints
    value: Floats
    quantity: Floats
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parts:
    """A year as it goes into a lake.

    Attributes
    ----------
    tables : dict of str to pyarrow.Table
        By part: ``pairs`` (of `details`), and the three of `flows`. ``totals`` and ``chapters`` are
        what a brief reads, of pairs and with the world; ``world`` has every country's trade with
        the world by heading and subheading. Each is in the order of exporter, importer, product,
        the world last.
    holdings : list of Holding
        Of `flows`.
    worlds : list of World
    """

    tables: dict[str, pa.Table]
    holdings: list[Holding]
    worlds: list[World]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of `flows` in numbers: places in the countries and the world, and in the products."""

    exporter: NDArray[np.integer]
    importer: NDArray[np.integer]
    product: NDArray[np.integer]
    value: Floats
    products: tuple[str, ...]


def _keep(_part: str, _table: pa.Table) -> None:
    """Do nothing with a part that is ready."""


def make_parts(flows: ProductYear, ready: Callable[[str, pa.Table], None] = _keep) -> Parts:
    """Sort and check a year, and add it up.

    Parameters
    ----------
    flows : ProductYear
    ready : callable
        Called with the name and the rows of each part as soon as it is made, the largest first, so
        that it can be written while the others are made.

    Raises
    ------
    SchemaError
        A flow occurs twice, or a country sells to itself.
    """
    sums = add_up(
        flows.exporter, flows.importer, flows.product, flows.value, flows.quantity,
        len(flows.countries),
    )  # fmt: skip
    if sums.clash >= 0:
        _refuse(flows, sums, sums.clash, "occurs more than once")
    if sums.own >= 0:
        _refuse(flows, sums, sums.own, "is a country's trade with itself")
    names = tuple(f"{code:06d}" for code in sums.goods.tolist())
    pairs = _Rows(sums.exporter, sums.importer, sums.product, sums.value, names)
    tables: dict[str, pa.Table] = {}

    def note(part: str, table: pa.Table) -> None:
        tables[part] = table
        ready(part, table)

    note("pairs", _assemble(flows, pairs, tons=sums.quantity))
    totals = _totals(sums)
    note("totals", _assemble(flows, totals, revision=TOTAL))
    chapters = _chapters(sums)
    note("chapters", _assemble(flows, chapters))
    fine = _with_world(sums, _FINE)
    note("world", _assemble(flows, fine))
    N = len(flows.countries)
    return Parts(
        tables,
        [h for rows in (totals, chapters) for h in _hold(flows, rows, N)],
        [w for rows in (chapters, fine) for w in _worlds(flows, rows, N)],
    )


def _refuse(flows: ProductYear, sums: Sums, row: int, what: str) -> None:
    raise SchemaError(
        f"The flow of {sums.goods[sums.product[row]]:06d} from "
        f"{flows.countries[sums.exporter[row]]} to {flows.countries[sums.importer[row]]} in "
        f"{flows.year} {what}.",
        "Take the publisher's file as it was downloaded.",
    )


def _totals(sums: Sums) -> _Rows:
    """Return goods totals by pair, of every country to the world, and of the world to it."""
    N = len(sums.totals)
    whole = np.full((N + 1, N + 1), -1.0)
    whole[:N, :N] = sums.totals
    for side, at in ((sums.sold, np.s_[:N, N]), (sums.bought, np.s_[N, :N])):
        seen = side >= 0
        whole[at] = np.where(seen.any(axis=1), np.where(seen, side, 0.0).sum(axis=1), -1.0)
    exporter, importer = np.nonzero(whole >= 0)
    product = np.zeros(exporter.size, np.int8)
    return _Rows(exporter, importer, product, whole[exporter, importer], (TOTAL,))


def _chapters(sums: Sums) -> _Rows:
    """Return goods by chapter, of pairs (runs of sorted rows, added up) and with the world."""
    own = _with_world(sums, (2,))
    numbers = np.array([int(name) for name in own.products], dtype=np.int32)
    of_goods = np.searchsorted(numbers, sums.goods // _LEVELS[2]).astype(np.int16)
    runs = add_runs(sums, of_goods)
    exporter = np.concatenate((runs[0], own.exporter))
    importer = np.concatenate((runs[1], own.importer))
    product = np.concatenate((runs[2], own.product))
    value = np.concatenate((runs[3], own.value))
    N, C = len(sums.totals) + 1, len(numbers)
    order = np.argsort((exporter.astype(np.int64) * N + importer) * C + product, kind="stable")
    return _Rows(exporter[order], importer[order], product[order], value[order], own.products)


def _with_world(sums: Sums, levels: tuple[int, ...]) -> _Rows:
    """Return every country's trade with the world, by codes of so many digits."""
    codes = [np.unique(sums.goods // _LEVELS[digits]) for digits in levels]
    names = [
        f"{code:0{digits}d}"
        for digits, own in zip(levels, codes, strict=True)
        for code in own.tolist()
    ]
    order = np.argsort(np.array(names))
    place = np.empty(order.size, np.int32)
    place[order] = np.arange(order.size)
    # Of each level the column of every product's group, the columns in the order of the names.
    starts = np.cumsum([0, *(own.size for own in codes[:-1])])
    column = np.array(
        [
            place[start + np.searchsorted(own, sums.goods // _LEVELS[digits])]
            for digits, own, start in zip(levels, codes, starts, strict=True)
        ]
    )
    N, pieces = len(sums.totals), []
    for sells, side in ((True, sums.sold), (False, sums.bought)):
        wide = add_columns(side, column, order.size)
        country, product = np.nonzero(wide >= 0)
        ends = (country, np.full(country.size, N))
        pieces.append((*(ends if sells else ends[::-1]), product, wide[country, product]))
    exporter, importer, product, value = (np.concatenate(c) for c in zip(*pieces, strict=True))
    return _Rows(
        exporter.astype(np.int16), importer.astype(np.int16), product.astype(np.int16), value,
        tuple(names[k] for k in order),
    )  # fmt: skip


def _hold(flows: ProductYear, rows: _Rows, N: int) -> list[Holding]:
    """Return what the rows of pairs hold, by product: see `comity.lake.contents`."""
    kept = (rows.exporter < N) & (rows.importer < N) & (rows.value > 0)
    product = rows.product[kept].astype(np.int64)
    K = len(rows.products)
    pairs = np.bincount(product, minlength=K)
    sides = [_distinct(product, side[kept], K, N) for side in (rows.exporter, rows.importer)]
    return [
        Holding(what, flows.source, flows.year, int(pairs[k]), int(sides[0][k]), int(sides[1][k]))
        for k, what in enumerate(rows.products)
        if pairs[k]
    ]


def _worlds(flows: ProductYear, rows: _Rows, N: int) -> list[World]:
    """Return the tables of trade with the world by level."""
    digits = np.array([len(name) for name in rows.products], dtype=np.int64)[rows.product]
    sold, bought = rows.importer == N, rows.exporter == N
    exporters = _distinct(digits[sold], rows.exporter[sold], 7, N)
    importers = _distinct(digits[bought], rows.importer[bought], 7, N)
    return [
        World(flows.source, flows.year, level, int(exporters[level]), int(importers[level]))
        for level in sorted(_LEVELS)
        if exporters[level] or importers[level]
    ]


def _distinct(
    group: NDArray[np.int64], member: NDArray[np.integer], groups: int, members: int
) -> NDArray[np.int64]:
    """Return how many different members each group has."""
    seen = np.bincount(group * members + member, minlength=groups * members) > 0
    counted: NDArray[np.int64] = seen.reshape(groups, members).sum(axis=1)
    return counted


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
    # Columns that are never empty say so, and are written without a mark for each value.
    fields = [pa.field(c.name, columns[c.name].type, c.optional) for c in FLOWS.columns]
    return pa.table([columns[field.name] for field in fields], schema=pa.schema(fields))


def _texts(index: NDArray[np.integer], texts: tuple[str, ...]) -> pa.DictionaryArray:
    small = np.int16 if len(texts) < 2**15 else np.int32
    return pa.DictionaryArray.from_arrays(
        pa.array(index.astype(small, copy=False)), pa.array(texts, pa.string())
    )


def _same(text: str, size: int) -> pa.DictionaryArray:
    return _texts(np.zeros(size, np.int16), (text,))
