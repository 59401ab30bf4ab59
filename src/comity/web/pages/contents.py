"""What the figures rest on: the sources of the lake, their licences, and what is missing."""

from __future__ import annotations

from fastapi import APIRouter, Response

from comity.brief.reports import Report
from comity.web import answers
from comity.web.answers import Answer, Vintage
from comity.web.pages import charts, frame
from comity.web.state import State


def router(state: State) -> APIRouter:
    """Return the route of the sources."""
    pages = APIRouter()

    @pages.get("/sources")
    async def sources(vintage: str = "") -> Response:
        held = state.at(vintage)
        answer = await state.ask(answers.sources, at=held)
        return await state.page(render, held, answer)

    return pages


def render(vintage: Vintage, answer: Answer) -> str:
    """Return the page of sources: data first, then pages that published figures."""
    report = answer.content
    assert isinstance(report, Report)  # noqa: S101 - what `answers.sources` answers
    held, absent = (_rows(report, name) for name in ("sources", "absent"))
    return frame.show(
        "lake.html.j2",
        vintage,
        "/sources",
        report=report,
        data=[row for row in held if row["tables"] != "statements"],
        cited=[row for row in held if row["tables"] == "statements"],
        absent=absent,
        downloads=charts.files(answer, formats=("csv", "xlsx", "json")),
        cited_as=charts.cite("Sources", answer, vintage),
        permanent=charts.permanent("/sources", vintage),
    )


def _rows(report: Report, sheet: str) -> list[dict[str, object]]:
    found = next(one for one in report.sheets if one.id == sheet)
    keys = [key for key, _, _ in found.columns]
    return [dict(zip(keys, row, strict=True)) for row in found.rows]
