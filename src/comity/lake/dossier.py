"""What a lake holds on two countries: the few slices that a brief reads, each read once."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from comity.lake.schema import WORLD
from comity.lake.totals import totals

if TYPE_CHECKING:
    import ibis

    from comity.lake.store import Store


class Flow(NamedTuple):
    """One row of the table `flows`: goods sold by one country, or the world, to another."""

    year: int
    period: str
    exporter: str
    importer: str
    product: str
    value_usd: float
    valuation: str
    basis: str
    revision: str
    source: str

    @property
    def is_calendar(self) -> bool:
        """Whether the period is a calendar year."""
        return self.period.isdigit()

    @property
    def flags(self) -> tuple[str, ...]:
        """What a reader must know of the figure: its basis, fiscal year, valuation."""
        flags = [self.basis]
        flags += [] if self.is_calendar else ["fiscal-year"]
        flags += ["cif"] if self.valuation == "cif" else []
        return tuple(flags)


class Dossier:
    """The rows of a lake that touch two countries: flows as tuples, the rest as pandas frames.

    Parameters
    ----------
    store : Store
        The lake.
    a, b : str
        Two ISO 3166 alpha-3 codes.
    until : int, optional
        Leave out everything after this year.
    """

    def __init__(self, store: Store, a: str, b: str, until: int | None = None) -> None:
        self.store = store
        self.a = a
        self.b = b
        self.until = until
        self._details: dict[tuple[str, int], pd.DataFrame] = {}

    @property
    def directions(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Both directions of the pair: (origin, destination)."""
        return (self.a, self.b), (self.b, self.a)

    def _read(self, expression: ibis.Table) -> pd.DataFrame:
        return _to_frame(self._fetch(expression))

    def _fetch(self, expression: ibis.Table) -> pa.Table:
        if self.until is not None and "year" in expression.columns:
            expression = expression.filter(expression.year <= self.until)
        return expression.to_pyarrow()

    @cached_property
    def flows(self) -> dict[tuple[str, str], list[Flow]]:
        """Goods of the two with each other and with the world, by (exporter, importer)."""
        flows = self.store.flows_by_pair()
        known = [self.a, self.b, WORLD]
        wanted = flows.filter(flows.exporter.isin(known), flows.importer.isin(known))
        table = self._fetch(wanted.select(*Flow._fields))
        found: dict[tuple[str, str], list[Flow]] = {}
        for row in zip(*(table[name].to_pylist() for name in Flow._fields), strict=True):
            flow = Flow(*row)
            if flow.exporter != flow.importer:
                found.setdefault((flow.exporter, flow.importer), []).append(flow)
        return found

    @cached_property
    def between(self) -> pd.DataFrame:
        """Everything that the two sell each other: totals, products, all sources and years."""
        rows = [flow for way in sorted(self.directions) for flow in self.flows.get(way, ())]
        columns = {name: [flow[k] for flow in rows] for k, name in enumerate(Flow._fields)}
        frame = pd.DataFrame({name: _texts(cells) for name, cells in columns.items()})
        return frame.astype({"year": np.int64, "value_usd": np.float64})

    def details(self, source: str, year: int) -> pd.DataFrame:
        """Return what the two sell each other at a publisher's finest products, in one year.

        Empty where the lake has no such year of that source: see the table `details`.
        """
        if (source, year) not in self._details:
            table = self.store.year_of("details", source, year)
            pair = [self.a, self.b]
            wanted = table.filter(
                table.source == source,
                table.year == year,
                table.exporter.isin(pair),
                table.importer.isin(pair),
            )
            self._details[source, year] = self._read(wanted)
        return self._details[source, year]

    def partners(self, source: str, year: int) -> pd.DataFrame:
        """Return all partners of either country: exporter, importer, value_usd of goods totals.

        A country's trade with itself and with the world is left out; of a flow that both sides
        report, one report is taken.
        """
        return totals(self.store, source, year).of((self.a, self.b))

    @cached_property
    def ties(self) -> pd.DataFrame:
        """People, research and rules between the two, both directions."""
        ties = self.store.table("ties")
        pair = [self.a, self.b]
        return self._read(ties.filter(ties.origin.isin(pair), ties.destination.isin(pair)))

    @cached_property
    def facts(self) -> pd.DataFrame:
        """Each country's own figures, and those of the powers that both are compared with."""
        facts = self.store.table("facts")
        return self._read(facts.filter(facts.country.isin([self.a, self.b, "USA", "CHN"])))

    @cached_property
    def proximity(self) -> dict[str, Any] | None:
        """Distance and ties of language and history, or None where no source has the pair."""
        proximity = self.store.table("proximity")
        rows = self._read(
            proximity.filter(proximity.origin == self.a, proximity.destination == self.b)
        )
        return None if rows.empty else {str(k): v for k, v in rows.iloc[0].to_dict().items()}

    @cached_property
    def statements(self) -> pd.DataFrame:
        """Published figures about the two."""
        statements = self.store.table("statements")
        pair = [self.a, self.b]
        return self._read(
            statements.filter(statements.origin.isin(pair), statements.destination.isin(pair))
        )


def _to_frame(table: pa.Table) -> pd.DataFrame:
    """Return a small table with texts as plain Python strings, NaN where missing."""
    columns: dict[str, Any] = {}
    for field in table.schema:
        column = table[field.name]
        if pa.types.is_string(field.type):
            cells = column.to_pylist()
            columns[field.name] = _texts([math.nan if cell is None else cell for cell in cells])
        else:
            columns[field.name] = column.to_pandas()
    return pd.DataFrame(columns)


def _texts(cells: list[Any]) -> pd.Series:
    """Return a column that keeps its texts as they are.

    pandas keeps texts in Arrow arrays, which is right for millions of rows; on the few hundred of
    a pair every comparison costs more in calls than in work.
    """
    return pd.Series(cells, dtype=object)
