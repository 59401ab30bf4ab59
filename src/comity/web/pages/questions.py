"""Simulate, settle, route, opportunities: assumptions as fields of a form, the answer beneath."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from comity import catalogue
from comity.brief.reports.settlement import Terms
from comity.brief.reports.simulation import Options
from comity.catalogue.logistics import ports
from comity.errors import UsageError
from comity.web import answers
from comity.web.answers import Answer
from comity.web.api.lists import AskedOfRoute
from comity.web.api.pairs import AskedOfOpportunities, AskedOfSettlement, AskedOfSimulation
from comity.web.pages import answered, asked
from comity.web.state import State

_KINDS = (
    ("agreement", "A trade agreement"),
    ("cut", "A cut of tariffs"),
    ("raise", "Higher tariffs"),
    ("shock", "Higher costs of trading"),
    ("embargo", "An embargo"),
    ("withdraw", "The end of their agreements"),
)
_AMOUNTS = {"cut": "50%", "raise": "10%", "shock": "25%"}
DRAWS = "200"
"""Draws for the bands on the page, fewer than in the command: the answer comes while one waits."""


def router(state: State) -> APIRouter:
    """Return the routes of the four pages."""
    pages = APIRouter()

    @pages.get("/simulate")
    async def simulate(request: Request) -> Response:
        given = {"draws": DRAWS, **request.query_params}
        held = state.at(given.pop("vintage", ""))

        async def ask() -> Answer:
            sides = _sides(given)
            options = asked.read(AskedOfSimulation, _change(given)).own
            return await state.ask(answers.simulate, *sides, Options(**options), at=held)

        chosen = ask if "a" in given or "b" in given else None
        return await answered.respond(
            state, held, "simulate.html.j2", "/simulate", given, chosen, kinds=_KINDS
        )

    @pages.get("/settle")
    async def settle(request: Request) -> Response:
        given = dict(request.query_params)
        held = state.at(given.pop("vintage", ""))

        async def ask() -> Answer:
            sides = _sides(given)
            options = asked.read(AskedOfSettlement, _rest(given)).own
            return await state.ask(answers.settle, *sides, Terms(**options), at=held)

        chosen = ask if "a" in given or "b" in given else None
        groups = [(bloc.id, bloc.name) for bloc in catalogue.blocs()]
        return await answered.respond(
            state, held, "settle.html.j2", "/settle", given, chosen, groups=groups
        )

    @pages.get("/opportunities")
    async def opportunities(request: Request) -> Response:
        given = dict(request.query_params)
        held = state.at(given.pop("vintage", ""))

        async def ask() -> Answer:
            sides = _sides(given)
            options = asked.read(AskedOfOpportunities, _rest(given)).own
            return await state.ask(answers.opportunity, *sides, at=held, **options)

        chosen = ask if "a" in given or "b" in given else None
        return await answered.respond(
            state, held, "opportunities.html.j2", "/opportunities", given, chosen
        )

    @pages.get("/route")
    async def route(request: Request) -> Response:
        given = dict(request.query_params)
        held = state.at(given.pop("vintage", ""))

        async def ask() -> Answer:
            options = asked.read(AskedOfRoute, given).own
            start, end = options.pop("start"), options.pop("end")
            return await state.ask(answers.way, start, end, at=held, **options)

        chosen = ask if "start" in given or "end" in given else None
        names = sorted({port.name for port in ports()})
        return await answered.respond(
            state, held, "route.html.j2", "/route", given, chosen, ports=names
        )

    return pages


def _sides(given: dict[str, str]) -> tuple[str, str]:
    a, b = (given.get(name, "").strip() for name in ("a", "b"))
    if not a or not b:
        raise UsageError("Name both sides.", "Write, for instance: India, Russia.")
    return a, b


def _rest(given: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if name not in ("a", "b")}


def _change(given: dict[str, str]) -> dict[str, str]:
    """Return the options of the model: the page has one field for the kind and one for how much."""
    kept = {k: v for k, v in _rest(given).items() if k not in ("kind", "amount")}
    kind = given.get("kind", "agreement")
    amount = given.get("amount", "").strip() or _AMOUNTS.get(kind, "")
    match kind:
        case "cut" | "raise" | "shock":
            return kept | {kind: amount if amount.endswith("%") else f"{amount}%"}
        case "embargo":
            return kept | {"shock": "embargo"}
        case "withdraw":
            return kept | {"withdraw": "true"}
        case _:
            return kept
