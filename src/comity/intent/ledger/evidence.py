"""What is known of a target's level, year by year: from the lake, from statements, from the ledger.

Goods trade both ways is the sum of two flows of one source and one period. A source that holds
goods and services together (product ``GS``) is an upper bound for goods; one that lacks a direction
or a member of a group is a lower bound. A bound is only ever used for what it can prove.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from comity.intent.ledger import dates
from comity.intent.ledger.book import Ledger
from comity.intent.ledger.model import Pace, Promise

if TYPE_CHECKING:
    import pandas as pd

    from comity.lake import Dossier, Store

GOODS, GOODS_AND_SERVICES = "TOTAL", "GS"
_COLUMNS = (
    "exporter", "importer", "product", "value_usd", "valuation", "basis", "period", "source",
)  # fmt: skip

SHORT_REPORT = 1.5
"""Goods and services this many times the goods that exporters report: a report is missing."""


class Used(StrEnum):
    """Where a figure comes from, the most trusted first."""

    lake = "lake"
    statement = "statement"
    ledger = "ledger"


_PLACES = {used: place for place, used in enumerate(Used)}


class Bound(StrEnum):
    """Whether a figure is the level itself, or only a limit to it."""

    exact = "exact"
    at_most = "at most"
    at_least = "at least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One figure of a target's level.

    Parameters
    ----------
    period : str
        "2023" or "FY2024-25".
    value : float
        In the target's unit.
    source : str
        Id of a source, of the lake or of the ledger as ``used`` says.
    used : Used
        Where it comes from.
    bound : Bound
        Whether it is the level or a limit to it.
    sides : tuple of (str, str, float)
        The two directions, where known: exporter, importer, value.
    said_by : str
        Who said it, for a statement.
    flags : tuple of str
        "fiscal-year", "c.i.f.", "mirror", "goods and services", "incomplete".
    """

    period: str
    value: float
    source: str
    used: Used
    bound: Bound = Bound.exact
    sides: tuple[tuple[str, str, float], ...] = ()
    said_by: str = ""
    flags: tuple[str, ...] = ()

    @property
    def year(self) -> int:
        """The year that the figure stands for; of a fiscal year, the one in which it begins."""
        return dates.year_of(self.period)

    @property
    def rank(self) -> tuple[int, int, int, float]:
        """Order among figures of a year: the lake first, exact, calendar years, the lower."""
        return (
            _PLACES[self.used],
            int(self.bound is not Bound.exact),
            int("fiscal-year" in self.flags),
            self.value,
        )


@dataclass(slots=True)
class _Sum:
    """Both directions of one source and period, as they are added up."""

    sides: dict[tuple[str, str], float] = field(default_factory=dict)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)


class Evidence:
    """The figures that promises are set against, read from the lake in one query.

    Parameters
    ----------
    ledger : Ledger
        Its assessments and baselines are figures too.
    store : Store or None
        A lake; without one, only the ledger's own figures are used.
    promises : iterable of Promise, optional
        The promises to be judged, all of the ledger's by default.
    dossier : Dossier, optional
        The pair's rows where they have been read already: no further query then. All promises are
        the pair's.
    """

    def __init__(
        self,
        ledger: Ledger,
        store: Store | None,
        promises: Iterable[Promise] | None = None,
        dossier: Dossier | None = None,
    ) -> None:
        self.ledger = ledger
        self.store = store
        self._dossier = dossier
        self._points: dict[str, list[Point]] = {}
        self._sums: dict[tuple[object, ...], list[Point]] = {}
        chosen = list(promises if promises is not None else ledger)
        self._countries = {
            country
            for promise in chosen
            if promise.is_trade_target
            for party in promise.parties
            for country in ledger.members(party)
        }

    def points(self, promise: Promise) -> list[Point]:
        """Return every figure for the promise's target, by year and then the most trusted first."""
        if promise.id not in self._points:
            self._points[promise.id] = self._gather(promise)
        return self._points[promise.id]

    def _gather(self, promise: Promise) -> list[Point]:
        target = promise.target
        if target is None:
            return []
        found = self._from_ledger(promise)
        if promise.is_trade_target and target.unit == "USD":
            key = (promise.parties, target.indicator, target.origin, target.scope)
            if key not in self._sums:
                self._sums[key] = self._from_flows(promise)
            found += self._sums[key]
            found += self._from_statements(promise)
        return sorted(found, key=lambda point: (point.year, point.rank))

    def _from_ledger(self, promise: Promise) -> list[Point]:
        target = promise.target
        assert target is not None  # noqa: S101 - for the type checker
        figures: list[tuple[float | None, str, str]] = [
            (row.figure, row.figure_period, row.source)
            for row in self.ledger.assessments(promise)
            if row.figure is not None and row.figure_unit == target.unit and row.figure_period
        ]
        if promise.is_trade_target:
            figures += self._from_siblings(promise)
        return [
            Point(
                period=period,
                value=value,
                source=source,
                used=Used.ledger,
                flags=("fiscal-year",) if period.startswith("FY") else (),
            )
            for value, period, source in sorted(set(figures), key=lambda f: (f[1], f[0], f[2]))
            if value is not None and (target.pace is Pace.units or _is_year(period))
        ]

    def _from_siblings(self, promise: Promise) -> list[tuple[float | None, str, str]]:
        """Return levels quoted in other promises of the pair, of the same scope and direction."""
        found: list[tuple[float | None, str, str]] = []
        for other in self.ledger.promises(*promise.parties):
            if not _alike(other, promise) or other.target is None:
                continue
            if other.target.baseline is not None and other.target.baseline_period:
                found.append((other.target.baseline, other.target.baseline_period, other.source))
            found += [
                (row.figure, row.figure_period, row.source)
                for row in self.ledger.assessments(other)
                if row.figure is not None and row.figure_unit == "USD" and row.figure_period
            ]
        return found

    def _from_flows(self, promise: Promise) -> list[Point]:
        target = promise.target
        assert target is not None  # noqa: S101 - for the type checker
        if target.scope == "non-oil":
            return []
        a, b = promise.parties[0], promise.parties[-1]
        sums: dict[tuple[str, str, str], _Sum] = defaultdict(_Sum)
        for one, other in ((a, b), (b, a)):
            if target.origin and one != target.origin:
                continue
            for exporter in self.ledger.members(one):
                for importer in self.ledger.members(other):
                    for row in self._flows.get((exporter, importer), ()):
                        held = sums[row["source"], row["period"], row["product"]]
                        side = (one, other)
                        held.sides[side] = held.sides.get(side, 0.0) + row["value_usd"]
                        held.pairs.add((exporter, importer))
                        held.flags |= _flow_flags(row)
        wanted = len(self.ledger.members(a)) * len(self.ledger.members(b))
        wanted *= 1 if target.origin else 2
        found = [
            point
            for (source, period, product), held in sums.items()
            if (point := _point(source, period, product, held, wanted, target.scope))
        ]
        return _doubt_short_reports(found)

    def _from_statements(self, promise: Promise) -> list[Point]:
        target = promise.target
        assert target is not None  # noqa: S101 - for the type checker
        if target.scope not in ("", "goods"):
            return []
        pair = set(promise.parties)
        found = []
        for row in self._statements:
            directed = not target.origin or row["origin"] == target.origin
            if row["indicator"] != target.indicator or not directed:
                continue
            if {row["origin"], row["destination"]} == pair:
                flags = ("fiscal-year",) if row["period"].startswith("FY") else ()
                found.append(
                    Point(
                        period=row["period"],
                        value=row["value"],
                        source=row["source"],
                        used=Used.statement,
                        said_by=row["said_by"],
                        flags=flags,
                    )
                )
        return found

    @cached_property
    def _flows(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        if self.store is None or not self._countries:
            return {}
        if self._dossier is not None:
            held = self._dossier.between
            totals = held[held["product"].isin([GOODS, GOODS_AND_SERVICES])]
            rows = _records(totals[list(_COLUMNS)])
        else:
            table = self.store.table("flows", leave="world")
            countries = sorted(self._countries)
            chosen = table.filter(
                table["product"].isin([GOODS, GOODS_AND_SERVICES])
                & table["exporter"].isin(countries)
                & table["importer"].isin(countries)
            )
            rows = chosen.select(*_COLUMNS).to_pyarrow().to_pylist()
        found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            found[row["exporter"], row["importer"]].append(row)
        return found

    @cached_property
    def _statements(self) -> list[dict[str, Any]]:
        """Published totals of whole years in dollars; an opinion page's claim is no evidence."""
        if self.store is None or not self.store.rows("statements"):
            return []
        if self._dossier is not None:
            held = self._dossier.statements
            rows = _records(held[(held["unit"] == "USD") & held["product"].isna()])
        else:
            table = self.store.table("statements")
            said = (table["unit"] == "USD") & table["product"].isnull()  # noqa: PD003 - Ibis
            chosen = table.filter(said)
            rows = chosen.to_pyarrow().to_pylist()
        return [
            row
            for row in rows
            if row["value"] is not None
            and row["value_low"] in (None, row["value_high"])
            and _is_year(row["period"] or "")
            and "op-ed" not in row["said_by"]
        ]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows, with None for what is missing."""
    names = [str(name) for name in frame.columns]
    columns = [
        [None if gone else cell for cell, gone in zip(frame[name], frame[name].isna(), strict=True)]
        for name in names
    ]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _is_year(period: str) -> bool:
    """Whether a period is a whole year, calendar or fiscal."""
    return dates.is_date(period) and (period.startswith("FY") or len(period) == 4)


def _alike(one: Promise, other: Promise) -> bool:
    """Whether two promises are about the same series."""
    a, b = one.target, other.target
    return (
        a is not None
        and b is not None
        and one.parties == other.parties
        and one.is_trade_target
        and a.unit == b.unit == "USD"
        and (a.indicator, a.origin, a.scope) == (b.indicator, b.origin, b.scope)
    )


def _flow_flags(row: dict[str, Any]) -> set[str]:
    flags = {"reconciled"} & {row["basis"]}
    if row["valuation"] == "cif":
        flags.add("c.i.f.")
    if row["basis"] == "mirror":
        flags.add("mirror")
    if row["period"].startswith("FY"):
        flags.add("fiscal-year")
    return flags


def _point(
    source: str, period: str, product: str, held: _Sum, wanted: int, scope: str
) -> Point | None:
    """Return the sum as a figure for the scope, or None where it can prove nothing for it."""
    # A reconciled table covers the world: what is not in it, neither side reported.
    complete = len(held.pairs) == wanted or "reconciled" in held.flags
    bound = Bound.exact if complete else Bound.at_least
    flags = held.flags if complete else held.flags | {"incomplete"}
    if len(held.sides) < 2 <= wanted:
        return None
    if product == GOODS_AND_SERVICES and scope != "goods+services":
        if not complete:
            return None
        bound, flags = Bound.at_most, flags | {"goods and services"}
    if product == GOODS and scope == "goods+services":
        bound, flags = Bound.at_least, flags | {"goods only"}
    return Point(
        period=period,
        value=sum(held.sides.values()),
        source=source,
        used=Used.lake,
        bound=bound,
        sides=tuple((a, b, value) for (a, b), value in held.sides.items()),
        flags=tuple(sorted(flags)),
    )


def _doubt_short_reports(points: list[Point]) -> list[Point]:
    """Make a limit of what exporters report where the importers' side is far above it."""
    limits = {p.period: p.value for p in points if p.bound is Bound.at_most}
    return [
        replace(p, bound=Bound.at_least, flags=(*p.flags, "incomplete"))
        if p.bound is Bound.exact and limits.get(p.period, 0.0) > SHORT_REPORT * p.value
        else p
        for p in points
    ]


def best_by_year(points: Iterable[Point]) -> dict[int, Point]:
    """Return the figure to go by in each year; a lower bound yields to any exact figure."""
    chosen: dict[int, Point] = {}
    for point in points:
        held = chosen.get(point.year)
        if held is None or _better(point, held):
            chosen[point.year] = point
    return dict(sorted(chosen.items()))


def _better(point: Point, held: Point) -> bool:
    exact = point.bound is Bound.exact
    if exact != (held.bound is Bound.exact):
        return exact
    return point.rank < held.rank
