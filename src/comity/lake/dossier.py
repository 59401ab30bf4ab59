"""What a lake holds on two countries: the few slices that a brief reads, each read once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from comity.lake.schema import GOODS_AND_SERVICES, TOTAL, WORLD

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
        if self.until is not None and "year" in expression.columns:
            expression = expression.filter(expression.year <= self.until)
        frame: pd.DataFrame = expression.to_pyarrow().to_pandas()
        return frame

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Goods totals from and to either country, all partners, all sources, one row a flow."""
        flows = self.store.table("flows")
        pair = [self.a, self.b]
        wanted = flows.filter(
            flows.product == TOTAL, flows.exporter.isin(pair) | flows.importer.isin(pair)
        )
        return self._read(wanted.drop("quantity_t", "product"))

    @cached_property
    def products(self) -> pd.DataFrame:
        """Goods by product: between the two, and of each with the world."""
        flows = self.store.table("flows")
        either = [self.a, self.b, WORLD]
        wanted = flows.filter(
            flows.product.notin([TOTAL, GOODS_AND_SERVICES]),
            flows.exporter.isin(either),
            flows.importer.isin(either),
        )
        return self._read(wanted.drop("quantity_t"))

    @cached_property
    def ties(self) -> pd.DataFrame:
        """People, research and rules between the two, both directions."""
        ties = self.store.table("ties")
        pair = [self.a, self.b]
        return self._read(ties.filter(ties.origin.isin(pair), ties.destination.isin(pair)))

    @cached_property
    def tie_totals(self) -> pd.DataFrame:
        """Counts from and to each of the two, summed over all listed partners.

        Columns: indicator, year, source, country, side (``origin`` or ``destination``), value,
        partners.
        """
        ties = self.store.table("ties")
        pair = [self.a, self.b]
        parts = []
        for side, other in (("origin", "destination"), ("destination", "origin")):
            rows = ties.filter(
                ties[side].isin(pair), ties.value.notnull(), ties[side] != ties[other]
            )
            grouped = rows.group_by("indicator", "year", "source", country=rows[side]).agg(
                value=rows.value.sum(), partners=rows.count()
            )
            parts.append(self._read(grouped).assign(side=side))
        return pd.concat(parts, ignore_index=True)

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

    @cached_property
    def rollcalls(self) -> pd.DataFrame:
        """Votes taken in the UN General Assembly, by rollcall number."""
        return self._read(self.store.table("rollcalls")).set_index("rollcall")

    def votes(self, countries: Sequence[str]) -> pd.DataFrame:
        """Return how each country voted: one row a rollcall, one column a country, NaN absent."""
        votes = self.store.table("votes")
        rows = self._read(votes.filter(votes.country.isin(list(countries))).drop("source"))
        wide = rows.pivot(index="rollcall", columns="country", values="vote")
        return wide.reindex(index=self.rollcalls.index, columns=list(countries))

    def source_of(self, table: str) -> str:
        """Return the id of the one source of a table, such as `votes`."""
        rows = self.store.table(table).select("source").distinct().to_pyarrow().to_pylist()
        return str(rows[0]["source"])
