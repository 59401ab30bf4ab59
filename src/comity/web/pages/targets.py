"""The pages of promises: all trade targets, and what two countries promised each other."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Response

from comity.brief.promises import View
from comity.brief.promises import page as promises
from comity.intent.ledger import wording
from comity.web import answers
from comity.web.answers import Answer, Vintage
from comity.web.pages import answered, charts, frame
from comity.web.state import State

ROWS = 80
"""Promises on one page; the next ones are a link away."""
_FORMATS = ("csv", "xlsx", "json", "html")


def router(state: State) -> APIRouter:
    """Return the routes of promises."""
    pages = APIRouter()

    @pages.get("/targets")
    async def targets(part: int = 1, vintage: str = "") -> Response:
        held = state.at(vintage)
        answer = await state.ask(answers.targets, at=held)
        heading = "All announced trade targets, and their verdicts"
        return await state.page(render, held, answer, "/targets", heading, part)

    @pages.get("/pairs/{a}/{b}/promises")
    async def pair(a: str, b: str, part: int = 1, vintage: str = "") -> Response:
        held = state.at(vintage)
        answer = await state.ask(answers.promises, a, b, at=held)
        names = [wording.party(held.ledger, side) for side in (a, b)]
        heading = f"What {names[0]} and {names[1]} promised each other"
        return await state.page(render, held, answer, f"/pairs/{a}/{b}/promises", heading, part)

    return pages


def render(vintage: Vintage, answer: Answer, at: str, heading: str, part: int) -> str:
    """Return a page of promises with their verdicts."""
    whole = answer.content
    assert isinstance(whole, View)  # noqa: S101 - what these pages ask for
    pages = max(1, -(-len(whole.rows) // ROWS))
    part = min(max(part, 1), pages)
    view = replace(whole, rows=whole.rows[(part - 1) * ROWS : part * ROWS])
    drawn = answer.charts if part == 1 else ()
    numbers = promises.number_sources(view, list(drawn))
    return frame.show(
        "targets.html.j2",
        vintage,
        at,
        view=view,
        heading=heading,
        deck="What figures say and what people judged stand side by side, each with its source.",
        charts=drawn,
        drawings=answered.drawings(drawn),
        figures=promises.score_figures(view.score),
        groups=promises.grouped(view),
        numbers=numbers,
        sources=[(number, view.source(name)) for name, number in numbers.items()],
        tone=lambda row: promises.TONES[row.standing.value],
        party=lambda name: wording.party(view.ledger, name),
        pages=pages,
        part=part,
        cite=lambda chart: charts.cite(chart.title, answer, vintage, chart.sources),
        downloads=charts.files(answer, formats=_FORMATS),
        cited_as=charts.cite(heading, answer, vintage),
        permanent=charts.permanent(at, vintage),
    )
