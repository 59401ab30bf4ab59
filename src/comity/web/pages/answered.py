"""Pages with a form and, beneath it, a report: what they have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from comity.brief.content import Chart
from comity.brief.render import svg
from comity.brief.reports import Report
from comity.errors import ComityError
from comity.web.answers import Answer, Vintage
from comity.web.api.envelope import status_of
from comity.web.pages import charts, frame
from comity.web.state import State

_FORMATS = ("csv", "xlsx", "json", "html")


async def respond(
    state: State,
    vintage: Vintage,
    template: str,
    at: str,
    given: Mapping[str, str],
    ask: Callable[[], Awaitable[Answer]] | None,
    **context: Any,  # noqa: ANN401
) -> Response:
    """Return the form, with the answer beneath it or with what stands in the way of one.

    Parameters
    ----------
    state : State
    vintage : Vintage
        What the answer rests on.
    template : str
        Extends ``ask.html.j2``.
    at : str
        Address of the page.
    given : mapping
        The fields as they were sent; the form shows them again.
    ask : callable or None
        Gives the answer; None shows the form alone.
    **context
        What the template shows besides.
    """
    try:
        answer = None if ask is None else await ask()
    except ComityError as error:
        written = await state.run(
            render, vintage, template, at, given, None, error=error, **context
        )
        return HTMLResponse(written, status_of(error))
    show = state.light if answer is None else state.page
    return await show(render, vintage, template, at, given, answer, **context)


def render(
    vintage: Vintage,
    template: str,
    at: str,
    given: Mapping[str, str],
    answer: Answer | None,
    *,
    error: ComityError | None = None,
    **context: Any,  # noqa: ANN401
) -> str:
    """Return a page with a form, and the report that answers it."""
    fields = defaultdict(str, given)
    shown: dict[str, Any] = {"given": fields, "error": error, "report": None, **context}
    if answer is not None:
        report = answer.content
        assert isinstance(report, Report)  # noqa: S101 - what these pages ask for
        shown |= {
            "report": report,
            "charts": report.charts,
            "drawings": drawings(report.charts),
            "publishers": lambda ids: _publishers(report, ids),
            "cite": lambda chart: charts.cite(chart.title, answer, vintage, chart.sources),
            "downloads": charts.files(answer, formats=_FORMATS),
            "cited_as": charts.cite(report.title, answer, vintage, tuple(report.sources)[:4]),
            "permanent": charts.permanent(_address(at, given), vintage),
        }
    return frame.show(template, vintage, at, **shown)


def drawings(drawn: tuple[Chart, ...]) -> dict[str, Markup]:
    """Return each chart's drawing for a wide and for a narrow column, by id."""
    # Drawn and escaped by `svg`.
    return {chart.id: Markup(svg.both(chart)) for chart in drawn}  # noqa: S704


def _publishers(report: Report, ids: Iterable[str]) -> list[str]:
    """Return each publisher once."""
    known = (report.sources.get(name) for name in ids)
    return list(dict.fromkeys(str(about["publisher"]) for about in known if about))


def _address(at: str, given: Mapping[str, str]) -> str:
    kept = {name: value for name, value in given.items() if value and name != "vintage"}
    return f"{at}?{urlencode(kept)}" if kept else at
