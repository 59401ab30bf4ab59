"""What a lake holds on two countries: the few slices that a brief reads, each read once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from comity.lake.schema import WORLD
from comity.lake.totals import totals

if TYPE_CHECKING:
    import ibis

    from comity.lake.store import Store


class Dossier:
    """The rows of a lake that touch two countries, as pandas frames.

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
    def _flows(self) -> pa.Table:
        """Goods of the two with each other and with the world, read at once."""
        flows = self.store.table("flows", leave="world")
        known = [self.a, self.b, WORLD]
        wanted = flows.filter(flows.exporter.isin(known), flows.importer.isin(known))
        return self._fetch(wanted.drop("quantity_t"))

    @cached_property
    def between(self) -> pd.DataFrame:
        """Everything that the two sell each other: totals, products, all sources and years."""
        return self._sold([self.a, self.b], [self.a, self.b])

    @cached_property
    def with_world(self) -> pd.DataFrame:
        """What each of the two sells to and buys from the world, by product and in total."""
        pair = [self.a, self.b]
        return pd.concat([self._sold(pair, [WORLD]), self._sold([WORLD], pair)])

    def details(self, source: str, year: int) -> pd.DataFrame:
        """Return what the two sell each other at a publisher's finest products, in one year.

        Empty where the lake has no such year of that source: see the table `details`.
        """
        table = self.store.table("details")
        pair = [self.a, self.b]
        wanted = table.filter(
            table.source == source,
            table.year == year,
            table.exporter.isin(pair),
            table.importer.isin(pair),
        )
        return self._read(wanted)

    def partners(self, source: str, year: int) -> pd.DataFrame:
        """Return all partners of either country: exporter, importer, value_usd of goods totals.

        A country's trade with itself and with the world is left out; of a flow that both sides
        report, one report is taken.
        """
        return totals(self.store, source, year).of((self.a, self.b))

    def _sold(self, exporters: list[str], importers: list[str]) -> pd.DataFrame:
        flows = self._flows
        chosen = pc.and_(
            pc.is_in(flows["exporter"], pa.array(exporters)),
            pc.is_in(flows["importer"], pa.array(importers)),
        )
        chosen = pc.and_(chosen, pc.not_equal(flows["exporter"], flows["importer"]))
        return _to_frame(flows.filter(chosen))

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
    """Return a small table with texts as plain Python strings.

    pandas keeps texts in Arrow arrays, which is right for millions of rows; on the few hundred of
    a pair every comparison costs more in calls than in work.
    """
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    frame: pd.DataFrame = table.to_pandas()
    return frame.astype(dict.fromkeys(texts, object))
