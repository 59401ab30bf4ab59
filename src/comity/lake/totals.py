"""Goods between all countries in one year of one source: what a share or a rank of a pair needs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from comity.lake.bases import one_basis
from comity.lake.kept import Arrays
from comity.lake.memo import on_its_own
from comity.lake.schema import TOTAL, WORLD

if TYPE_CHECKING:
    from comity.lake.store import Store


@dataclass(frozen=True, slots=True)
class Totals:
    """Goods totals between countries, a row a pair and direction, in the order of the table.

    A country's trade with itself and with the world is left out; of a flow that both sides report,
    one report is taken.
    """

    _countries: NDArray[np.str_]
    _exporter: NDArray[np.int32]
    _importer: NDArray[np.int32]
    _value_usd: NDArray[np.float64]

    def to(self, importer: str) -> dict[str, float]:
        """Return what each country sold one of them, current US dollars, by exporter."""
        rows = self._countries[self._importer] == importer
        names = self._countries[self._exporter[rows]].tolist()
        return dict(zip(names, self._value_usd[rows].tolist(), strict=True))

    def of(self, countries: Collection[str]) -> pd.DataFrame:
        """Return the rows of which either end is one of some countries.

        Returns
        -------
        DataFrame
            exporter, importer, value_usd (current US dollars).
        """
        wanted = np.isin(self._countries, list(countries))
        rows = wanted[self._exporter] | wanted[self._importer]
        names = self._countries.astype(object)
        return pd.DataFrame(
            {
                "exporter": pd.Series(names[self._exporter[rows]], dtype=object),
                "importer": pd.Series(names[self._importer[rows]], dtype=object),
                "value_usd": self._value_usd[rows],
            }
        )


@on_its_own(most=8)
def totals(store: Store, source: str, year: int) -> Totals:
    """Return one source's totals of a year, read once."""
    kept = store.kept.arrays(f"totals {source} {year}", lambda: _read(store, source, year))
    return Totals(kept["countries"], kept["exporter"], kept["importer"], kept["value_usd"])


def _read(store: Store, source: str, year: int) -> Arrays:
    flows = store.year_of("flows", source, year)
    rows = flows.filter(
        flows.source == source,
        flows.year == year,
        flows.product == TOTAL,
        flows.exporter != flows.importer,
        flows.exporter != WORLD,
        flows.importer != WORLD,
    )
    columns = ["source", "year", "exporter", "importer", "basis", "value_usd"]
    table = one_basis(rows.select(*columns).to_pyarrow().to_pandas())
    ends = [*table["exporter"], *table["importer"]]
    countries, place = np.unique(np.array(ends, dtype=np.str_), return_inverse=True)
    return {
        "countries": countries,
        "exporter": place[: len(table)].astype(np.int32),
        "importer": place[len(table) :].astype(np.int32),
        "value_usd": table["value_usd"].to_numpy(),
    }
