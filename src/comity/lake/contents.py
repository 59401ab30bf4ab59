"""What a table of pairs holds, counted once when it is written and kept in the manifest."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from comity.lake.schema import WORLD

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
    grouped = rows.group_by([what, "source", "year"]).aggregate(
        [(value, "count"), (origin, "count_distinct"), (destination, "count_distinct")]
    )
    found = [
        Holding(
            row[what],
            row["source"],
            row["year"],
            row[f"{value}_count"],
            row[f"{origin}_count_distinct"],
            row[f"{destination}_count_distinct"],
        )
        for row in grouped.to_pylist()
    ]
    return sorted(found, key=lambda holding: (holding.what, holding.source, holding.year))
