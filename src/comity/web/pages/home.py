"""The first page: a search of the world, and where to go from there."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from comity import catalogue
from comity.catalogue.countries import aliases
from comity.errors import AmbiguousNameError, NoDataError, UnknownNameError
from comity.web import answers
from comity.web.answers import Answer, Vintage
from comity.web.api.envelope import status_of
from comity.web.pages import frame, pictures, wanted
from comity.web.state import KEPT, State

_SHOWN = ("IND", "RUS")
_EXAMPLES = (("IND", "RUS"), ("DEU", "FRA"), ("BRA", "ZAF"), ("JPN", "VNM"), ("EGY", "TUR"))


def router(state: State) -> APIRouter:
    """Return the routes of the first page and of the search."""
    pages = APIRouter()

    @pages.get("/")
    async def home() -> Response:
        if state.loading:  # the chart comes with what is being loaded
            return HTMLResponse(await asyncio.to_thread(render, state.vintage, None))
        try:
            shown = await state.ask(answers.pair, *_SHOWN)
        except NoDataError:
            shown = None  # a lake of one's own may not have the two
        return await state.light(render, state.vintage, shown)

    @pages.get("/search")
    async def search(q: str = "") -> Response:
        if not q.strip():
            return RedirectResponse("/", 303)
        try:
            return RedirectResponse(wanted.address(wanted.countries(q)), 303)
        except (UnknownNameError, AmbiguousNameError) as error:
            page = frame.error_page(state.vintage, error, status_of(error), wanted.near(q))
            return HTMLResponse(page, status_of(error))

    @pages.get("/countries.json")
    async def countries() -> Response:
        listed = [
            {
                "code": c.iso3,
                "name": c.name,
                "also": aliases(c.iso3, "name", "abbrev", "capital"),
            }
            for c in _all()
        ]
        return JSONResponse(listed, headers={"Cache-Control": KEPT})

    return pages


def render(vintage: Vintage, shown: Answer | None) -> str:
    """Return the first page, with the signature of one pair to show what to expect."""
    chart = next((c for c in shown.charts if c.id == "signature"), None) if shown else None
    return frame.show(
        "home.html.j2",
        vintage,
        "/",
        examples=[tuple(catalogue.country(code) for code in pair) for pair in _EXAMPLES],
        countries=_all(),
        promises=f"{len(vintage.ledger):,}",
        chart=chart,
        about=shown.title if shown else "",
        home=f"/pairs/{'/'.join(_SHOWN)}",
        sizes=pictures.sizes(chart) if chart else None,
    )


def _all() -> list[catalogue.Country]:
    return sorted(
        catalogue.list_countries(current=True), key=lambda c: catalogue.unaccented(c.name)
    )
