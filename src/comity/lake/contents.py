"""What a table of pairs holds, counted once when it is written and kept in the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from comity.lake.schema import TABLES, WORLD

if TYPE_CHECKING:
    from comity.lake.manifest import TableFile

# Of each table of pairs: what a row is about, its two ends, its figure.
_COLUMNS = {
    "flows": ("product", "exporter", "importer", "value_usd"),
    "ties": ("indicator", "origin", "destination", "value"),
}
PAIRED = tuple(_COLUMNS)

# Fewer pairs than this, or fewer than so many a country, do not make a matrix.
LEAST_PAIRS = 300
LEAST_PARTNERS = 3


@dataclass(frozen=True, slots=True)
class Holding:
    """The positive figures of one source on one product or tie in one year.

    Attributes
    ----------
    what : str
        A product ("TOTAL", "GS", an HS code) or an indicator of a tie.
    source : str
    year : int
    pairs, origins, destinations : int
        How many pairs of different countries have a figure, and over how many countries they run.
    """

    what: str
    source: str
    year: int
    pairs: int
    origins: int
    destinations: int

    @property
    def is_matrix(self) -> bool:
        """Whether it covers pairs of all kinds: one country with all its partners is a star."""
        countries = self.origins + self.destinations
        return self.pairs >= max(LEAST_PAIRS, LEAST_PARTNERS * countries)


def count_holdings(name: str, table: pa.Table) -> list[Holding]:
    """Return what a table of pairs holds, sorted; trade with the world is left out."""
    what, origin, destination, value = _COLUMNS[name]
    abroad = pc.and_(
        pc.and_(pc.not_equal(table[origin], WORLD), pc.not_equal(table[destination], WORLD)),
        pc.and_(pc.not_equal(table[origin], table[destination]), pc.greater(table[value], 0)),
    )
    # A figure that is missing is no figure: null conditions count as false.
    rows = table.filter(pc.fill_null(abroad, fill_value=False))
    # Both reports of a flow are one pair.
    pairs = rows.group_by([what, "source", "year", origin, destination]).aggregate([])
    grouped = pairs.group_by([what, "source", "year"]).aggregate(
        [([], "count_all"), (origin, "count_distinct"), (destination, "count_distinct")]
    )
    found = [
        Holding(
            row[what],
            row["source"],
            row["year"],
            row["count_all"],
            row[f"{origin}_count_distinct"],
            row[f"{destination}_count_distinct"],
        )
        for row in grouped.to_pylist()
    ]
    return sorted(found, key=lambda holding: (holding.what, holding.source, holding.year))


@dataclass(frozen=True, slots=True)
class World:
    """A table of every country's trade with the world by product: one source, year and level.

    Attributes
    ----------
    source : str
    year, level : int
        Level in digits of the codes.
    exporters, importers : int
        Countries on either side.
    """

    source: str
    year: int
    level: int
    exporters: int
    importers: int


def count_worlds(flows: pa.Table) -> list[World]:
    """Return the tables of trade with the world by HS codes that `flows` holds, sorted."""
    digits = pc.utf8_length(flows["product"])
    wanted = pc.and_(
        pc.or_(pc.equal(flows["exporter"], WORLD), pc.equal(flows["importer"], WORLD)),
        pc.utf8_is_decimal(flows["product"]),
    )
    rows = flows.select(["source", "year", "exporter", "importer"]).append_column("level", digits)
    grouped = rows.filter(wanted).group_by(["source", "year", "level"])
    # The world itself counts once on either side.
    return sorted(
        (
            World(
                row["source"],
                row["year"],
                row["level"],
                row["exporter_count_distinct"] - 1,
                row["importer_count_distinct"] - 1,
            )
            for row in grouped.aggregate(
                [("exporter", "count_distinct"), ("importer", "count_distinct")]
            ).to_pylist()
        ),
        key=lambda world: (world.source, world.year, world.level),
    )


def count_sources(name: str, table: pa.Table, counts: dict[str, dict[str, int]]) -> None:
    """Add to `counts` how many rows each source gave to a table.

    Rows that a source only adds to are counted apart, as ``proximity.also``.
    """
    if "source" in table.column_names:
        for count in table["source"].value_counts().to_pylist():
            rows = counts.setdefault(count["values"], {})
            rows[name] = rows.get(name, 0) + count["counts"]
    if "also" in table.column_names:
        for count in table["also"].drop_null().value_counts().to_pylist():
            for source in filter(None, count["values"].split(";")):
                rows = counts.setdefault(source, {})
                rows[f"{name}.also"] = rows.get(f"{name}.also", 0) + count["counts"]


class RowsBySource:
    """Counts how many rows each source gave to each table, every file once.

    A file's name has the hash of its content, so what was counted stays so.

    Parameters
    ----------
    folder : Path
        Of the lake.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, dict[str, dict[str, int]]] = {}

    def add_up(self, files: Mapping[str, list[TableFile]]) -> dict[str, dict[str, int]]:
        """Return the rows by source and table of a lake's files by table."""
        counts: dict[str, dict[str, int]] = {}
        for name, held in files.items():
            columns = {c.name for c in TABLES[name].columns} & {"source", "also"}
            for file in held if columns and name != "sources" else ():
                for source, own in self._count(name, file, sorted(columns)).items():
                    rows = counts.setdefault(source, {})
                    for what, size in own.items():
                        rows[what] = rows.get(what, 0) + size
        return counts

    def _count(self, name: str, file: TableFile, columns: list[str]) -> dict[str, dict[str, int]]:
        if file.part:
            return {file.source: {name: file.rows}}
        if file.name not in self._known:
            counted: dict[str, dict[str, int]] = {}
            count_sources(name, pq.read_table(self._folder / file.name, columns=columns), counted)
            self._known[file.name] = counted
        return self._known[file.name]
