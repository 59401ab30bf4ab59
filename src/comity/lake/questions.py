"""What every pair asks of a lake: Ibis expressions, written out once where DuckDB runs them.

An expression takes longer to build and to compile than a small slice takes to read. Of two
countries it is always the same but for their codes, so on DuckDB its text is kept, and the codes
are handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comity.lake.schema import WORLD

if TYPE_CHECKING:
    import ibis

_POWERS = ("USA", "CHN")  # both countries are compared with these

FLOW = (
    "year", "period", "exporter", "importer", "product", "value_usd", "valuation", "basis",
    "revision", "source",
)  # fmt: skip


def _flows(flows: ibis.Table, a: str, b: str) -> ibis.Table:
    known = [a, b, WORLD]
    return flows.filter(flows.exporter.isin(known), flows.importer.isin(known)).select(*FLOW)


def _ties(ties: ibis.Table, a: str, b: str) -> ibis.Table:
    return ties.filter(ties.origin.isin([a, b]), ties.destination.isin([a, b]))


def _facts(facts: ibis.Table, a: str, b: str) -> ibis.Table:
    return facts.filter(facts.country.isin([a, b, *_POWERS]))


def _proximity(proximity: ibis.Table, a: str, b: str) -> ibis.Table:
    return proximity.filter(proximity.origin == a, proximity.destination == b)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one table about two countries.

    Attributes
    ----------
    table : str
    ask : callable
        Given the table and two codes, returns the expression.
    leave : str
        As for `Store.table`.
    by_pair : bool
        Whether years are read where they lie together by pair: see `comity.lake.by_pair`.
    """

    table: str
    ask: Callable[[ibis.Table, str, str], ibis.Table]
    leave: str = ""
    by_pair: bool = False

    @property
    def key(self) -> str:
        """The table as `Store` names it."""
        less = f"_less_{self.leave}" if self.leave else ""
        return self.table + less + ("_by_pair" if self.by_pair else "")


QUESTIONS = {
    question.table: question
    for question in (
        Question("flows", _flows, leave="world", by_pair=True),
        Question("ties", _ties),
        Question("facts", _facts),
        Question("proximity", _proximity),
        Question("statements", _ties),
    )
}

# Stand for the codes, and for the last year, while an expression is written out.
_MARKS = {"a": "\N{SECTION SIGN}a", "b": "\N{SECTION SIGN}b"}
_UNTIL = 987_654_321


def until_year(expression: ibis.Table, until: int | None) -> ibis.Table:
    """Return an expression without what is later than a year."""
    if until is not None and "year" in expression.columns:
        return expression.filter(expression.year <= until)
    return expression


def write(question: Question, table: ibis.Table, *, until: bool) -> str:
    """Return a question as DuckDB's SQL with ``$a``, ``$b`` and, if wanted, ``$until``."""
    import ibis

    expression = question.ask(table, _MARKS["a"], _MARKS["b"])
    whole = until_year(expression, _UNTIL if until else None)
    sql = str(ibis.to_sql(whole, dialect="duckdb", pretty=False))
    for name, mark in _MARKS.items():
        sql = sql.replace(f"'{mark}'", f"${name}")
    return sql.replace(str(_UNTIL), "$until")


def fill(sql: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return those values that a written question has a place for."""
    return {name: value for name, value in values.items() if f"${name}" in sql}
