"""Countries, targets, routes, sources, the vintage; and the reading of a text."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from comity import catalogue
from comity.web import answers
from comity.web.api.envelope import Envelope, enclose, page_of
from comity.web.api.pairs import AskedOfPromises
from comity.web.api.respond import (
    ERRORS,
    FILES,
    Asked,
    AskedOfYear,
    Name,
    Side,
    deliver,
    encode,
    respond,
)
from comity.web.state import KEPT, State


class Part(BaseModel):
    """Which part of a list."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=80, description="Only names that have this in them.")
    offset: int = Field(0, ge=0, le=1_000_000)
    limit: int = Field(100, ge=1, le=1000)


class AskedOfPartners(AskedOfYear):
    """Which partners of a country."""

    tie: str = Field("", max_length=40, description="Only this tie, such as goods_exports.")
    offset: int = Field(0, ge=0, le=1_000_000)
    limit: int = Field(1000, ge=1, le=5000)


class AskedOfRoute(Asked):
    """From where to where, and how."""

    start: str = Field(min_length=1, max_length=80, description="A port or a country.")
    end: str = Field(min_length=1, max_length=80, description="Another.")
    avoid: str = Field("", max_length=200, description="Closed passages, with commas.")
    arctic: bool = False
    knots: float = Field(14.0, gt=0, le=60, description="Steady speed.")


class Text(BaseModel):
    """A text to be checked."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=500_000)
    a: str = Field("", max_length=80, description="Only this country and b.")
    b: str = Field("", max_length=80)
    date: str = Field("", max_length=40, description="Its date, instead of the one that it gives.")


def router(state: State) -> APIRouter:
    """Return the routes that are not of a pair."""
    lists = APIRouter(responses=ERRORS)

    @lists.get("/countries", response_model=Envelope, tags=["countries"])
    async def countries(part: Annotated[Part, Query()]) -> Response:
        """Return the countries, by name."""
        words = part.q.casefold()
        rows: list[dict[str, Any]] = [
            {"iso3": c.iso3, "iso2": c.iso2, "name": c.name}
            for c in catalogue.list_countries()
            if words in c.name.casefold() or words.upper() in (c.iso2, c.iso3)
        ]
        shown, page = page_of(sorted(rows, key=lambda row: row["name"]), part.offset, part.limit)
        return _json(enclose(shown, state.vintage, page=page))

    @lists.get("/countries/{country}", response_model=Envelope, responses=FILES, tags=["countries"])
    async def partners(country: Name, asked: Annotated[AskedOfPartners, Query()]) -> Response:
        """Return one country with its partners on every tie, against what is usual."""
        code = catalogue.country(country).iso3
        if asked.format != "json" or asked.chart:
            return await respond(state, asked, answers.country, code, year=asked.year)
        vintage = state.at(asked.vintage)
        answer = await state.ask(answers.country, code, at=vintage, year=asked.year)
        return _json(await state.run(_partners, answer, asked, vintage))

    @lists.get(
        "/countries/{country}/complexity",
        response_model=Envelope,
        responses=FILES,
        tags=["countries"],
    )
    async def complexity(country: Name, asked: Annotated[Asked, Query()]) -> Response:
        """Return what a country can make: RCA, density and PCI of each product, and its ECI."""
        code = catalogue.country(country).iso3
        return await respond(state, asked, answers.complexity, code)

    @lists.get(
        "/parties/{party}/promises", response_model=Envelope, responses=FILES, tags=["promises"]
    )
    async def promises(party: Side, asked: Annotated[AskedOfPromises, Query()]) -> Response:
        """Return what one country or group and all others promised each other."""
        return await respond(state, asked, answers.promises, party, **asked.own)

    @lists.get("/targets", response_model=Envelope, responses=FILES, tags=["promises"])
    async def targets(asked: Annotated[Asked, Query()]) -> Response:
        """Return every announced trade target, and its verdict."""
        return await respond(state, asked, answers.targets)

    @lists.post("/check", response_model=Envelope, responses=FILES, tags=["check"])
    async def check(text: Annotated[Text, Body()], asked: Annotated[Asked, Query()]) -> Response:
        """Return the claims and promises of a text, each set against the data. Nothing is kept."""
        vintage = state.vintage
        answer = await state.run(
            answers.check, vintage, text.text, a=text.a, b=text.b, date=text.date
        )
        response = await deliver(state, asked, answer, vintage)
        response.headers["Cache-Control"] = "no-store"
        return response

    @lists.get("/route", response_model=Envelope, responses=FILES, tags=["route"])
    async def route(asked: Annotated[AskedOfRoute, Query()]) -> Response:
        """Return the way by sea between two ports, and the corridors between their countries."""
        return await respond(state, asked, answers.way, **asked.own)

    @lists.get("/sources", response_model=Envelope, responses=FILES, tags=["sources"])
    async def sources(asked: Annotated[Asked, Query()]) -> Response:
        """Return what is in the lake, on what terms, and what is missing."""
        return await respond(state, asked, answers.sources)

    @lists.get("/vintage", response_model=Envelope, responses=FILES, tags=["sources"])
    async def vintage() -> Response:
        """Return what answers rest on now."""
        return _json(enclose(state.vintage.as_dict(), state.vintage))

    return lists


def _partners(
    answer: answers.Answer, asked: AskedOfPartners, vintage: answers.Vintage
) -> dict[str, Any]:
    data = answer.data()
    rows = [row for row in data["tables"]["partners"] if asked.tie in ("", row["tie"])]
    shown, page = page_of(rows, asked.offset, asked.limit)
    named = {str(row["source"]) for row in shown}
    known = {name: about for name, about in answer.sources.items() if name in named}
    whole = {"country": data["country"], "title": data["title"], "partners": shown}
    return enclose(whole, vintage, known, page)


def _json(document: dict[str, Any]) -> Response:
    return Response(
        encode(document), media_type="application/json", headers={"Cache-Control": KEPT}
    )
