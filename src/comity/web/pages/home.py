"""The first page: a search of the world, and where to go from there."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, RedirectResponse

from comity import catalogue
from comity.web.answers import Vintage
from comity.web.pages import frame, wanted
from comity.web.state import KEPT, State

_EXAMPLES = (("IND", "RUS"), ("DEU", "FRA"), ("BRA", "ZAF"), ("JPN", "VNM"), ("EGY", "TUR"))


def router(state: State) -> APIRouter:
    """Return the routes of the first page and of the search."""
    pages = APIRouter()

    @pages.get("/")
    async def home() -> Response:
        return await state.page(render, state.vintage)

    @pages.get("/search")
    async def search(q: str = "") -> Response:
        if not q.strip():
            return RedirectResponse("/", 303)
        found = [country.iso3 for country in wanted.countries(q)]
        return RedirectResponse(f"/{'pairs' if len(found) == 2 else 'countries'}/{'/'.join(found)}", 303)

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


def render(vintage: Vintage) -> str:
    """Return the first page."""
    return frame.show(
        "home.html.j2",
        vintage,
        "/",
        examples=[tuple(catalogue.country(code) for code in pair) for pair in _EXAMPLES],
        countries=_all(),
        promises=f"{len(vintage.ledger):,}",
    )


def _all() -> list[catalogue.Country]:
    return sorted(catalogue.list_countries(current=True), key=lambda c: c.name)
