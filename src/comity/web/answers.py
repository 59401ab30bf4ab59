"""What is asked, and what is answered: once for JSON, files, pages and tools alike.

Each function takes a `Vintage` and what a visitor asks, and returns an `Answer`. They compute, so
`comity.web.state` calls them off the event loop and keeps what they return.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from comity import __version__, catalogue
from comity.brief import assemble, reports
from comity.brief.content import Brief, Chart
from comity.brief.promises import Filters, View, promises_of, targets_of
from comity.brief.promises import charts as promise_charts
from comity.brief.promises.wanted import party, pillar_named, status_named
from comity.brief.render import plain
from comity.brief.reports import Report, lake, opportunities, route, settlement, simulation
from comity.brief.reports import yardstick as usual
from comity.brief.reports.complexity import complexity as complexity_of
from comity.errors import NoDataError, UsageError
from comity.intent.ledger import Ledger
from comity.intent.reading import Reading, as_dict, read_bytes
from comity.intent.reading import check as read
from comity.intent.reading.dateline import read_date
from comity.lake import Store

API = "/api/v1"
Content = Brief | Report | View | Reading


@dataclass(frozen=True)
class Vintage:
    """What answers rest on; where any of it changes, nothing kept is valid any more."""

    store: Store
    ledger: Ledger
    day: dt.date
    desk: bool = False
    """Whether signed-in users write to the ledger here: pages then lead to its desk."""
    past: bool = False
    """Whether a permanent link asks for an earlier day: its pages lead to pages of that day."""

    @cached_property
    def id(self) -> str:
        """What a permanent link names: lake, ledger, day of judgement, version."""
        return "-".join((self.store.id, self.ledger.id, self.day.strftime("%Y%m%d"), __version__))

    def of_day(self, id: str) -> Vintage | None:  # noqa: A002
        """Return the same data as of the day of another id; None where that names other data.

        Which figures there are depends on lake, ledger and version; the day decides which dates of
        promises have passed, and nothing else.
        """
        *data, version = id.split("-", 3)
        if (*data[:2], version) != (self.store.id, self.ledger.id, __version__):
            return None
        try:
            day = dt.date.fromisoformat(data[2])
        except ValueError:
            return None
        if day > self.day or day.strftime("%Y%m%d") != data[2]:
            return None
        return self if day == self.day else replace(self, day=day, past=True)

    def as_dict(self) -> dict[str, Any]:
        """Return the same for machines: the ``meta`` of every answer."""
        return {
            "vintage": self.id,
            "lake": {"id": self.store.id, "built": self.store.built},
            "ledger": {"id": self.ledger.id, "name": self.ledger.name},
            "as_of": self.day.isoformat(),
            "version": __version__,
        }


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer, whatever it is of.

    Attributes
    ----------
    content : Brief, Report, View or Reading
        What was found.
    title : str
        Of the page.
    stem : str
        Name of its files, without an ending.
    path : str
        Where the API gives it, with the question's own parameters.
    charts : tuple of Chart
    sources : mapping
        Everything that it rests on, by id.
    """

    content: Content
    title: str
    stem: str
    path: str
    charts: tuple[Chart, ...] = ()
    sources: Mapping[str, Mapping[str, Any]]

    def data(self) -> dict[str, Any]:
        """Return the answer as plain JSON types."""
        match self.content:
            case Brief():
                return plain.contract(self.content)
            case Report():
                return reports.report.as_dict(self.content)
            case View():
                from comity.brief.promises import tables

                return tables.document(self.content)
            case Reading():
                return as_dict(self.content)

    def chart(self, id: str) -> Chart:  # noqa: A002
        """Return one of the charts.

        Raises
        ------
        NoDataError
            The answer has no chart of that id.
        """
        for chart in self.charts:
            if chart.id == id:
                return chart
        known = ", ".join(chart.id for chart in self.charts)
        raise NoDataError(
            f"This answer has no chart '{id}'.",
            f"It has {known}." if known else "It has none.",
        )

    def link(self, format: str, chart: str = "", vintage: str = "") -> str:  # noqa: A002
        """Return the address of a download: of the answer, or of one of its charts."""
        given = {"format": format} | ({"chart": chart} if chart else {})
        given |= {"vintage": vintage} if vintage else {}
        return f"{self.path}{'&' if '?' in self.path else '?'}{urlencode(given)}"


def pair(vintage: Vintage, a: str, b: str, *, year: int | None = None) -> Answer:
    """Return the brief of two countries.

    With its charts, whoever asks: what they rest on is among its figures and sources.
    """
    first, second = catalogue.country(a), catalogue.country(b)
    sides = first.iso3, second.iso3
    brief = assemble(vintage.store, *sides, year, ledger=vintage.ledger, as_of=vintage.day)
    return Answer(
        content=brief,
        title=f"{first.name} and {second.name}",
        stem=f"{first.iso3}-{second.iso3}",
        path=_path("pairs", first.iso3, second.iso3, year=year),
        charts=tuple(chart for section in brief.sections for chart in section.charts),
        sources=brief.sources,
    )


def yardstick(vintage: Vintage, a: str, b: str, *, year: int | None = None) -> Answer:
    """Return every tie of two countries against what is usual."""
    first, second = catalogue.country(a), catalogue.country(b)
    found = usual.pair(vintage.store, first, second, year)
    path = _path("pairs", first.iso3, second.iso3, "yardstick", year=year)
    return _of(found, f"{first.iso3}-{second.iso3}-yardstick", path)


def country(vintage: Vintage, code: str, *, year: int | None = None) -> Answer:
    """Return one country with all its partners on every tie."""
    meant = catalogue.country(code)
    found = usual.country(vintage.store, meant, year)
    return _of(found, f"{meant.iso3}-partners", _path("countries", meant.iso3, year=year))


def complexity(vintage: Vintage, code: str) -> Answer:
    """Return what a country can make: each product's advantage, nearness and complexity."""
    meant = catalogue.country(code)
    found = complexity_of(vintage.store, meant.iso3)
    path = _path("countries", meant.iso3, "complexity")
    return _of(found, f"{meant.iso3}-complexity", path)


def promises(
    vintage: Vintage,
    a: str,
    b: str = "",
    *,
    due: bool = False,
    missed: bool = False,
    repeated: bool = False,
    pillar: str = "",
    status: str = "",
    sort: str = "made",
) -> Answer:
    """Return what two parties, or one with all others, promised, and what became of it."""
    held = vintage.ledger
    sides = [party(name, held) for name in (a, b) if name]
    if len(set(sides)) < len(sides):
        raise UsageError("A promise is between two sides.", "Name another second one.")
    if not held.promises(*sides):
        raise NoDataError(
            f"The ledger has no promises of {' and '.join(sides)}.",
            "See the targets of all pairs, or add a promise.",
        )
    asked = {"due": due, "missed": missed, "repeated": repeated}
    wanted = Filters(
        due=due,
        missed=missed,
        repeated=repeated,
        pillar=pillar_named(pillar),
        status=status_named(status),
        sort=sort,
    )
    view = promises_of(*sides, store=vintage.store, ledger=held, as_of=vintage.day, filters=wanted)
    options = {name: "true" for name, value in asked.items() if value}
    options |= {"pillar": pillar, "status": status, "sort": "" if sort == "made" else sort}
    path = _path("pairs" if b else "parties", *sides, "promises", **options)
    return _promised(view, "-".join((*sides, "promises")), path)


def targets(vintage: Vintage) -> Answer:
    """Return every announced trade target of the ledger, with its verdict."""
    view = targets_of(store=vintage.store, ledger=vintage.ledger, as_of=vintage.day)
    return _promised(view, "targets", _path("targets"))


def check(vintage: Vintage, text: str, *, a: str = "", b: str = "", date: str = "") -> Answer:
    """Return the claims and promises of a text, each set against the data."""
    if bool(a) != bool(b):
        raise UsageError("A pair is two countries.", "Name both, or neither.")
    sides = None
    if a:
        first, second = (
            name.upper() if catalogue.is_bloc(name) else catalogue.country(name).iso3
            for name in (a, b)
        )
        if first == second:
            raise UsageError("A pair is two different countries.", "Name another second one.")
        sides = (first, second)
    day = read_date(date) if date else None
    document = read_bytes(text.encode("utf-8", "replace"), "the text")
    found = read(document, vintage.store, vintage.ledger, pair=sides, date=day)
    return Answer(
        content=found,
        title=document.title or "A text, checked",
        stem="checked",
        path=_path("check"),
        sources=found.sources,
    )


def simulate(vintage: Vintage, a: str, b: str, options: simulation.Options) -> Answer:
    """Return what a change between two countries or blocs would do."""
    found = simulation.simulate(vintage.store, a, b, options)
    ids = [found.facts["scenario"][side]["id"] for side in ("a", "b")]
    usual_options = simulation.Options()
    given = {
        name.strip("_"): value
        for name in simulation.Options.__dataclass_fields__
        if (value := getattr(options, name)) != getattr(usual_options, name)
    }
    return _of(found, "-".join((*ids, "simulation")), _path("pairs", *ids, "simulation", **given))


def settle(vintage: Vintage, a: str, b: str, terms: settlement.Terms | None = None) -> Answer:
    """Return how much of two-way trade can net, alone and within a group."""
    first, second = catalogue.country(a).iso3, catalogue.country(b).iso3
    asked = terms or settlement.Terms()
    found = settlement.settle(vintage.store, first, second, asked)
    path = _path("pairs", first, second, "settlement", **asked.changed)
    return _of(found, f"{first}-{second}-settlement", path)


def way(
    _vintage: Vintage,
    start: str,
    end: str,
    *,
    avoid: str = "",
    arctic: bool = False,
    knots: float = 14.0,
) -> Answer:
    """Return the way by sea between two ports, and the corridors between their countries."""
    found = route.route(start, end, avoid=avoid, arctic=arctic, knots=knots)
    ports = found.facts["start"], found.facts["end"]
    given = {
        "start": ports[0],
        "end": ports[1],
        "avoid": avoid,
        "arctic": "true" if arctic else "",
        "knots": None if knots == 14.0 else knots,
    }
    return _of(found, "-".join((*ports, "route")), _path("route", **given))


def opportunity(
    vintage: Vintage,
    a: str,
    b: str,
    *,
    both: bool = False,
    ease: float | None = None,
    named: str = "",
) -> Answer:
    """Return what A could sell B, product by product."""
    first, second = catalogue.country(a).iso3, catalogue.country(b).iso3
    found = opportunities.opportunities(
        vintage.store, first, second, both=both, ease=ease, named=named
    )
    given = {"both": "true" if both else "", "ease": ease, "named": named}
    path = _path("pairs", first, second, "opportunities", **given)
    return _of(found, f"{first}-{second}-opportunities", path)


def sources(vintage: Vintage) -> Answer:
    """Return what is in the lake: publishers, licences, vintages, and what is missing."""
    return _of(lake.contents(vintage.store), "sources", _path("sources"))


def _of(found: Report, stem: str, path: str) -> Answer:
    return Answer(
        content=found,
        title=found.title,
        stem=stem,
        path=path,
        charts=found.charts,
        sources=found.sources,
    )


def _promised(view: View, stem: str, path: str) -> Answer:
    drawn = (promise_charts.targets(view), promise_charts.timeline(view))
    named = {s for row in view.rows for s in (*row.promise.sources, *row.verdict.sources)}
    named |= {row.latest.source for row in view.rows if row.latest}
    return Answer(
        content=view,
        title=view.chosen.title,
        stem=stem,
        path=path,
        charts=tuple(chart for chart in drawn if chart is not None),
        sources={name: view.source(name) for name in sorted(named)},
    )


def _path(*parts: str, **given: object) -> str:
    """Return an address in the API: parts of the path, and the parameters that were given."""
    asked = {name: value for name, value in given.items() if value not in (None, "", False)}
    query = urlencode({k: "true" if v is True else v for k, v in asked.items()})
    return f"{API}/{'/'.join(quote(part, safe='') for part in parts)}{'?' if query else ''}{query}"
