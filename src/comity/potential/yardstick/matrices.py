"""Reads a lake into matrices: one tie of one source and year, and the proximity of countries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import RLock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.errors import LakeError
from comity.lake import Store
from comity.lake.bases import one_basis
from comity.lake.contents import Holding
from comity.lake.kept import Arrays
from comity.lake.schema import WORLD
from comity.potential.yardstick.ties import Tie, list_ties

Floats = NDArray[np.float64]

# Of the proximity table, in the order in which they are kept.
COLUMNS = (
    "distance_km",
    "distance_cities_km",
    "distance_capitals_km",
    "contiguous",
    "common_official_language",
    "common_ethnic_language",
    "common_spoken_language",
    "colonial_tie",
)
DISTANCES = COLUMNS[:3]
# One of the two languages in common: official, or spoken by 9 % in both.
LANGUAGE = "common_language"
AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Series:
    """One tie of one source, over the years that the lake has.

    Attributes
    ----------
    tie : Tie
    product : str
        HS chapter where the tie is one; "" otherwise.
    source : str
        Source id.
    years : tuple of int
        Ascending; only years with enough pairs, over the years that the tie adds up.
    thin : bool
        Whether no year has enough pairs: `years` are those that there are.
    pairs : int
        Pairs listed in the last of the years.
    """

    tie: Tie
    product: str
    source: str
    years: tuple[int, ...]
    thin: bool
    pairs: int


def list_series(store: Store) -> list[Series]:
    """Return the ties that a lake holds, each by source; the order is that of the catalogue."""
    found: list[Series] = []
    for tie in list_ties():
        mine: dict[tuple[str, str], list[Holding]] = {}
        for holding in store.holdings.get(tie.table, ()):
            if _belongs(tie, holding.what):
                product = holding.what if tie.product == "HS2" else ""
                mine.setdefault((product, holding.source), []).append(holding)
        for (product, source), rows in sorted(mine.items()):
            rows.sort(key=lambda row: row.year)
            if tie.window > 1:
                rows = _over_windows(store, tie, source, rows)
            thick = [row for row in rows if row.is_matrix]
            used = thick or rows
            years = tuple(row.year for row in used)
            found.append(Series(tie, product, source, years, not thick, used[-1].pairs))
    return found


def _over_windows(store: Store, tie: Tie, source: str, rows: list[Holding]) -> list[Holding]:
    """Return holdings whose counts are over the years that the tie adds up.

    Deliveries of arms are too few in any one year to make a matrix, and enough over five.
    """
    table = store.table(tie.table)
    held = table.filter(
        table.indicator == tie.id, table.source == source, table.origin != table.destination,
        table.origin != WORLD, table.destination != WORLD, table.value > 0,
    )  # fmt: skip
    pairs = held.select("year", "origin", "destination").to_pyarrow()
    years = pairs["year"].to_numpy()
    out = []
    for row in rows:
        inside = (years > row.year - tie.window) & (years <= row.year)
        both = pairs.filter(pa.array(inside)).group_by(["origin", "destination"]).aggregate([])
        ends = [pc.count_distinct(both[side]).as_py() for side in ("origin", "destination")]
        out.append(replace(row, pairs=both.num_rows, origins=ends[0], destinations=ends[1]))
    return out


def _belongs(tie: Tie, what: str) -> bool:
    if tie.table == "ties":
        return what == tie.id
    if tie.product == "HS2":
        return len(what) == 2 and what.isdigit()
    return what == tie.product


class Proximity:
    """Distances, languages and borders of every two countries, and agreements by year.

    Parameters
    ----------
    store : Store
        The lake.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        # One connection answers one thread at a time.
        self.reading = RLock()
        found = store.kept.arrays("proximity", lambda: _read_proximity(store))
        self.countries: tuple[str, ...] = tuple(found["countries"].tolist())
        self.index = {country: k for k, country in enumerate(self.countries)}
        self.sources: tuple[str, ...] = tuple(found["sources"].tolist())
        self._values = dict(zip((*COLUMNS, LANGUAGE), found["values"], strict=True))

    def covariates(self, names: Sequence[str], countries: NDArray[np.int64], year: int) -> Floats:
        """Return the named columns between some of the countries, shape (K, n, n).

        Distances come as logarithms; NaN where the lake has none.
        """
        grid = np.ix_(countries, countries)
        return np.stack(
            [
                (self.agreements(year) if name == AGREEMENT else self._values[name])[grid]
                for name in names
            ]
        )

    def knows(self, name: str, year: int) -> bool:
        """Say whether the lake has a column at all; of agreements, whether it has the year."""
        if name == AGREEMENT:
            low, high = self._agreement_years
            return low <= year <= high
        return name in self._known

    @cached_property
    def _known(self) -> set[str]:
        """Names of the columns that the lake has at all."""
        return {name for name, values in self._values.items() if np.isfinite(values).any()}

    def agreements(self, year: int) -> Floats:
        """Return 1 where a trade agreement was in force in the year, 0 elsewhere, shape (n, n)."""
        out = np.zeros((len(self.countries), len(self.countries)))
        rows = self._agreements
        if rows.num_rows:
            ends = pc.fill_null(rows["in_force_to"], year)
            live = pc.and_(pc.less_equal(rows["in_force_from"], year), pc.greater_equal(ends, year))
            rows = rows.filter(live)
            i = _codes(rows["origin"], self.countries)
            j = _codes(rows["destination"], self.countries)
            known = (i >= 0) & (j >= 0)
            out[i[known], j[known]] = 1.0
        return np.maximum(out, out.T)

    @cached_property
    def _agreements(self) -> pa.Table:
        columns = ["origin", "destination", "in_force_from", "in_force_to"]
        with self.reading:
            return self._store.table("agreements").select(*columns).to_pyarrow()

    @cached_property
    def _agreement_years(self) -> tuple[int, int]:
        """First and last year that the agreements speak of."""
        rows = self._agreements
        if rows.num_rows == 0:
            return 1, 0
        starts, ends = rows["in_force_from"], rows["in_force_to"]
        last = max(v for v in (pc.max(starts).as_py(), pc.max(ends).as_py()) if v is not None)
        return int(pc.min(starts).as_py()), int(last)


def _read_proximity(store: Store) -> Arrays:
    """Return countries, sources and, of each column and of `LANGUAGE`, a matrix (n, n)."""
    columns = ["origin", "destination", "source", "also", *COLUMNS]
    rows = store.table("proximity").select(*columns).to_pyarrow()
    if rows.num_rows == 0:
        raise LakeError(
            "The lake has no distances between countries, so it cannot say what is usual.",
            "Build the lake again with its table 'proximity'.",
        )
    names = pc.unique(pa.chunked_array([*rows["origin"].chunks, *rows["destination"].chunks]))
    countries = sorted(names.to_pylist())
    at = tuple(_codes(rows[side], countries) for side in ("origin", "destination"))
    values = np.full((len(COLUMNS) + 1, len(countries), len(countries)), np.nan)
    for name, matrix in zip(COLUMNS, values, strict=False):
        matrix[at] = rows[name].cast(pa.float64()).to_numpy()
        if name in DISTANCES:
            np.log(matrix, out=matrix)
    official, ethnic = (COLUMNS.index(f"common_{kind}_language") for kind in ("official", "ethnic"))
    values[-1] = np.fmax(values[official], values[ethnic])
    also = [
        part for cell in pc.unique(rows["also"]).to_pylist() if cell for part in cell.split(";")
    ]
    sources = [*pc.unique(rows["source"]).to_pylist(), *also]
    return {
        "countries": np.array(countries),
        "sources": np.array(list(dict.fromkeys(part.strip() for part in sources))),
        "values": values,
    }


def read_flows(
    store: Store, series: Sequence[tuple[Series, Sequence[int]]], proximity: Proximity
) -> dict[tuple[Series, int], Floats]:
    """Read the figures of some series in some years, one query a table.

    Returns
    -------
    dict of (Series, year) to ndarray, shape (n, n)
        Origin by destination over all countries of `proximity`; NaN where the source lists none.
    """
    out: dict[tuple[Series, int], Floats] = {}
    for name in ("flows", "ties"):
        wanted = [(s, set(years)) for s, years in series if s.tie.table == name]
        if wanted:
            out |= _read(store, name, wanted, proximity)
    return out


def _read(
    store: Store, name: str, wanted: list[tuple[Series, set[int]]], proximity: Proximity
) -> dict[tuple[Series, int], Floats]:
    flows = name == "flows"
    table = store.table(name, leave="world" if flows else "")
    sides = ("exporter", "importer") if flows else ("origin", "destination")
    what, value = ("product", "value_usd") if flows else ("indicator", "value")
    condition = None
    for s, years in wanted:
        one = (
            (table[what] == _what(s)) & (table.source == s.source) & table.year.isin(sorted(years))
        )
        condition = one if condition is None else condition | one
    columns = ["source", "year", *sides, what, value, *(["basis"] if flows else [])]
    # What all of them have in common lets the engine pass over most of a large table.
    common = [
        table[what].isin(sorted({_what(s) for s, _ in wanted})),
        table.source.isin(sorted({s.source for s, _ in wanted})),
        table.year.isin(sorted({year for _, years in wanted for year in years})),
    ]
    arrow = table.filter(*common, condition).select(*columns).to_pyarrow()
    if flows:
        arrow = _one_basis(arrow)
    n = len(proximity.countries)
    i, j = (_codes(arrow[side], proximity.countries) for side in sides)
    years_of = arrow["year"].to_numpy()
    values = arrow[value].to_numpy()
    known = (i >= 0) & (j >= 0) & (i != j) & np.isfinite(values)
    out: dict[tuple[Series, int], Floats] = {}
    for s, years in wanted:
        ours = known & pc.equal(arrow["source"], s.source).to_numpy()
        if len(wanted) > 1:
            ours &= pc.equal(arrow[what], _what(s)).to_numpy()
        for year in sorted(years):
            at = np.flatnonzero(ours & (years_of == year))
            matrix = np.full((n, n), np.nan)
            matrix[i[at], j[at]] = values[at]
            out[s, year] = matrix if s.tie.directed else np.fmax(matrix, matrix.T)
    return out


def _one_basis(flows: pa.Table) -> pa.Table:
    """Keep one report of each flow; most sources have no flow with two."""
    of_sources = flows.group_by(["source", "basis"]).aggregate([])
    if of_sources.num_rows == len(pc.unique(flows["source"])):
        return flows
    kept = one_basis(flows.to_pandas())
    return pa.Table.from_pandas(kept, schema=flows.schema, preserve_index=False)


def _what(series: Series) -> str:
    if series.tie.table == "ties":
        return series.tie.id
    return series.product or series.tie.product


def _codes(column: pa.ChunkedArray, countries: Sequence[str]) -> NDArray[np.int64]:
    """Return the position of each code in `countries`, -1 where it is none of them."""
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(list(countries), pa.string())), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)
