"""The page of two countries: the signature, findings, then promised, delivered, possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Response

from comity import catalogue
from comity.brief.content import Brief
from comity.brief.render import html, names
from comity.brief.render.view import view
from comity.web import answers
from comity.web.answers import Answer, Vintage
from comity.web.pages import charts, frame, pictures
from comity.web.state import State

ROWS = 12
"""Rows of a chart's table on this page; the chart's own page has all."""
_HERO = "signature"
_LEAD = 5  # findings beside the signature
_PROMISED = ("promises",)
_POSSIBLE = ("opportunities", "settlement", "logistics")
_QUESTIONS = {
    "promised": ("Promised", "What governments said that they would do, and what became of it."),
    "delivered": ("Delivered", "What crosses the border, and how it compares with what is usual."),
    "possible": ("Possible", "What could be sold, settled and carried, on stated assumptions."),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One of the three parts of the page."""

    id: str
    title: str
    question: str
    sections: list[dict[str, Any]]


def router(state: State) -> APIRouter:
    """Return the route of a pair."""
    pages = APIRouter()

    @pages.get("/pairs/{a}/{b}")
    async def pair(a: str, b: str, vintage: str = "") -> Response:
        first, second = catalogue.country(a), catalogue.country(b)
        if (first.iso3, second.iso3) != (a, b):
            # One address a page: names and small letters lead to it.
            return frame.moved(f"/pairs/{first.iso3}/{second.iso3}", vintage)
        held = state.at(vintage)
        answer = await state.ask(answers.pair, a, b, at=held)
        return await state.page(render, held, answer)

    return pages


def render(vintage: Vintage, answer: Answer) -> str:
    """Return the page of a pair."""
    brief = answer.content
    assert isinstance(brief, Brief)  # noqa: S101 - what `answers.pair` answers
    shown = view(brief)
    at = f"/pairs/{brief.a.iso3}/{brief.b.iso3}"
    listed = [(number, name, brief.sources[name]) for name, number in shown.numbers.items()]
    held = set(vintage.store.sources) - shown.cited
    sections = [html.lay_out(shown, section) for section in brief.sections]
    hero = _take_hero(sections)
    return frame.show(
        "pair.html.j2",
        vintage,
        at,
        brief=brief,
        lead=replace(brief, findings=brief.findings[:_LEAD]),
        rest=replace(brief, findings=brief.findings[_LEAD:]),
        view=shown,
        flags=[names.FLAGS[flag] for flag in shown.flags],
        hero=hero,
        parts=_parts(sections),
        most=ROWS,
        charts_at=f"{at}/charts",
        sizes={c.id: pictures.sizes(c) for c in answer.charts},
        publishers=lambda ids: html.publishers_of(brief, ids),
        files=lambda id: charts.files(answer, id),  # noqa: A006
        cite=lambda chart: charts.cite(chart.title, answer, vintage, chart.sources),
        commitments=len(brief.commitments),
        sources=[s for s in listed if s[1] in held],
        cited=[s for s in listed if s[1] not in held],
        folded=True,
        downloads=charts.files(answer, formats=("csv", "xlsx", "json", "html")),
        cited_as=charts.cite(answer.title, answer, vintage, _publishers_first(shown.numbers)),
        permanent=charts.permanent(at, vintage),
    )


def _take_hero(sections: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the signature and its section; the section keeps its other charts."""
    for section in sections:
        for chart in section["charts"]:
            if chart.id == _HERO:
                section["charts"] = tuple(c for c in section["charts"] if c is not chart)
                return {"chart": chart, "section": {"id": "usual", "title": "The signature"}}
    return None


def _parts(sections: Iterable[dict[str, Any]]) -> list[Part]:
    held: dict[str, list[dict[str, Any]]] = {name: [] for name in _QUESTIONS}
    for section in sections:
        if not (section["charts"] or section["gaps"]):
            continue
        if section["id"] in _PROMISED:
            held["promised"].append(section)
        elif section["id"] in _POSSIBLE:
            held["possible"].append(section)
        else:
            held["delivered"].append(section)
    return [Part(name, *_QUESTIONS[name], found) for name, found in held.items() if found]


def _publishers_first(numbers: dict[str, int]) -> tuple[str, ...]:
    return tuple(sorted(numbers, key=numbers.__getitem__))[:6]
