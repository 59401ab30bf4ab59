"""What a lake holds on two countries: the few slices that a brief reads, each read once."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from comity.lake.memo import Memo
from comity.lake.questions import until_year
from comity.lake.totals import totals

if TYPE_CHECKING:
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
        self.memo: Memo = {}
        self._ahead: dict[str, Future[pa.Table]] = {}
        self._details: dict[tuple[str, int], pd.DataFrame] = {}

    @property
    def directions(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Both directions of the pair: (origin, destination)."""
        return (self.a, self.b), (self.b, self.a)

    def read_ahead(self) -> None:
        """Begin to read everything, in a thread of its own, for who needs all of it in the end."""
        pool = ThreadPoolExecutor(1, thread_name_prefix="reading")
        for name in self.store.prepare(until=self.until is not None):
            self._ahead[name] = pool.submit(self.store.ask, name, self.a, self.b, self.until)
        pool.shutdown(wait=False)

    def _ask(self, name: str) -> pa.Table:
        begun = self._ahead.pop(name, None)
        return self.store.ask(name, self.a, self.b, self.until) if begun is None else begun.result()

    @cached_property
    def flows(self) -> dict[tuple[str, str], list[Flow]]:
        """Goods of the two with each other and with the world, by (exporter, importer)."""
        table = self._ask("flows")
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
            found = _to_frame(until_year(wanted, self.until).to_pyarrow())
            self._details[source, year] = found
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
        return _to_frame(self._ask("ties"))

    @cached_property
    def facts(self) -> pd.DataFrame:
        """Each country's own figures, and those of the powers that both are compared with."""
        return _to_frame(self._ask("facts"))

    def ties_of(self, indicator: str) -> pd.DataFrame:
        """Return the rows of `ties` of one indicator."""
        return self._ties_by.get(indicator, self.ties[:0])

    def facts_of(self, indicator: str) -> pd.DataFrame:
        """Return the rows of `facts` of one indicator."""
        return self._facts_by.get(indicator, self.facts[:0])

    @cached_property
    def _ties_by(self) -> dict[str, pd.DataFrame]:
        return _by_indicator(self.ties)

    @cached_property
    def _facts_by(self) -> dict[str, pd.DataFrame]:
        return _by_indicator(self.facts)

    @cached_property
    def proximity(self) -> dict[str, Any] | None:
        """Distance and ties of language and history, or None where no source has the pair."""
        rows = self._ask("proximity").to_pylist()
        known = rows[0] if rows else None
        return known and {k: math.nan if v is None else v for k, v in known.items()}

    @cached_property
    def statements(self) -> pd.DataFrame:
        """Published figures about the two."""
        return _to_frame(self._ask("statements"))


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


def _by_indicator(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Take rows apart once: picking them out of hundreds for every question costs more."""
    return {str(name): part for name, part in rows.groupby("indicator", sort=False)}


def _texts(cells: list[Any]) -> pd.Series:
    """Return a column that keeps its texts as they are.

    pandas keeps texts in Arrow arrays, which is right for millions of rows; on the few hundred of
    a pair every comparison costs more in calls than in work.
    """
    return pd.Series(cells, dtype=object)
