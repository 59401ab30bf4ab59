"""Charts by themselves: a page to link to and to cite, and the pictures that pages show."""

from __future__ import annotations

import json
from typing import Literal

from fastapi import APIRouter, HTTPException, Response

from comity.brief.content import Chart
from comity.web import answers
from comity.web.answers import Answer, Vintage
from comity.web.pages import frame, pictures
from comity.web.state import KEPT, State

FILES = ("csv", "xlsx", "json", "svg", "png")


def router(state: State) -> APIRouter:
    """Return the routes of a pair's charts."""
    pages = APIRouter(prefix="/pairs/{a}/{b}/charts/{id}")

    async def ask(a: str, b: str, vintage: str, id: str) -> Chart:  # noqa: A002
        answer = await state.ask(answers.pair, a, b, at=state.at(vintage))
        return answer.chart(id)

    @pages.get("")
    async def chart(a: str, b: str, id: str, vintage: str = "") -> Response:  # noqa: A002
        held = state.at(vintage)
        answer = await state.ask(answers.pair, a, b, at=held)
        return await state.page(render, held, answer, id, f"/pairs/{a}/{b}")

    @pages.get("/{size}.json")
    async def live(
        a: str,
        b: str,
        id: str,  # noqa: A002
        size: Literal["wide", "narrow"],
        vintage: str = "",
    ) -> Response:
        found = await ask(a, b, vintage, id)
        spec = json.dumps(pictures.interactive(found, size), ensure_ascii=False)
        return Response(spec, media_type="application/json", headers={"Cache-Control": KEPT})

    @pages.get("/{look}.svg")
    async def picture(
        a: str,
        b: str,
        id: str,  # noqa: A002
        look: str,
        vintage: str = "",
    ) -> Response:
        size, _, light = look.partition("-")
        if size not in pictures.SIZES or light not in pictures.LIGHTS:
            raise HTTPException(404, f"There is no picture '{look}.svg' of a chart")
        found = await ask(a, b, vintage, id)
        drawn = await state.run(pictures.picture, found, size, light)
        return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": KEPT})

    return pages


def render(vintage: Vintage, answer: Answer, id: str, whole: str) -> str:  # noqa: A002
    """Return the page of one chart: picture, table, files, citation."""
    chart = answer.chart(id)
    at = f"{whole}/charts/{id}"
    return frame.show(
        "chart.html.j2",
        vintage,
        at,
        chart=chart,
        about=answer.title,
        whole=whole,
        home=at,
        sizes=pictures.sizes(chart),
        downloads=files(answer, id),
        cited_as=cite(chart.title, answer, vintage, chart.sources),
        permanent=permanent(at, vintage),
        sources=[(name, answer.sources[name]) for name in chart.sources if name in answer.sources],
    )


def files(
    answer: Answer, chart: str = "", formats: tuple[str, ...] = FILES
) -> list[tuple[str, str]]:
    """Return the downloads of an answer or of one of its charts: name, address."""
    return [(form.upper(), answer.link(form, chart)) for form in formats]


def permanent(at: str, vintage: Vintage) -> str:
    """Return the address that names the vintage: with other data it says so instead."""
    return f"{at}{'&' if '?' in at else '?'}vintage={vintage.id}"


def cite(title: str, answer: Answer, vintage: Vintage, sources: tuple[str, ...] = ()) -> str:
    """Return how to cite a page or a chart: what, of which data, by which publishers."""
    named = [
        str(answer.sources[name].get("publisher") or name)
        for name in sources
        if name in answer.sources
    ]
    data = f" Data: {'; '.join(dict.fromkeys(named))}." if named else ""
    of = "" if title == answer.title else f", {answer.title}"
    return (
        f"comity, “{title}”{of}. Lake {vintage.store.id} of {vintage.store.built}, "
        f"judged on {vintage.day.isoformat()}.{data}"
    )
