"""What is known of two countries: brief, yardstick, promises, opportunities, and what-ifs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from comity import catalogue
from comity.brief.reports.settlement import Terms
from comity.brief.reports.simulation import Options
from comity.web import answers
from comity.web.api.envelope import Envelope
from comity.web.api.respond import ERRORS, FILES, Asked, AskedOfYear, Name, Side, respond
from comity.web.state import State


class AskedOfPromises(Asked):
    """Which promises are wanted."""

    due: bool = Field(False, description="Only those whose date has passed.")
    missed: bool = Field(False, description="Only those missed or overdue.")
    repeated: bool = Field(False, description="Only those made more than once.")
    pillar: str = Field("", max_length=40, description="Only of this pillar.")
    status: str = Field("", max_length=40, description="Only with this status or verdict.")
    sort: Literal["made", "due", "pillar", "standing", "id"] = "made"


class AskedOfOpportunities(Asked):
    """How opportunities are ranked."""

    both: bool = Field(False, description="B's sales to A as well.")
    ease: float | None = Field(
        None, gt=0, le=1000, description="Ease of trade in the place of the computed one."
    )
    named: str = Field("", max_length=400, description="Sectors to find, with commas.")


class AskedOfSettlement(Asked):
    """What is assumed of settlement."""

    group: str = Field("", max_length=200, description="Blocs and countries that settle with them.")
    invoicing: float = Field(1.0, ge=0, le=1, description="Share invoiced in the two currencies.")
    interest: float = Field(0.0, ge=-1, le=10, description="A year's interest on holdings.")
    depreciation: float = Field(0.0, ge=0, lt=1, description="A year's loss of value.")
    sinks: float = Field(0.0, ge=0, le=1e15, description="Dollars a year that can be spent.")
    start: float = Field(0.0, ge=0, le=1e15, description="Dollars held at the beginning.")
    years: int = Field(5, ge=1, le=50, description="Length of the path.")


class AskedOfSimulation(Asked):
    """What changes between the two, and what is assumed."""

    cut: str | None = Field(None, max_length=20, description="Cut of tariffs: 50%.")
    withdraw: bool = Field(False, description="The agreements between them end.")
    raise_: str | None = Field(
        None, alias="raise", max_length=20, description="Tariffs rise by so many points: 10%."
    )
    shock: str | None = Field(
        None, max_length=20, description="Trading costs more: 25% of the price, or 'embargo'."
    )
    ways: Literal["both", "there", "back"] = "both"
    theta: float | None = Field(None, gt=0, le=50, description="Trade elasticity of tier 3.")
    sigma: float | None = Field(None, gt=1, le=51, description="Theta + 1, instead.")
    deficits: Literal["multiplicative", "additive"] = "multiplicative"
    draws: int = Field(1000, ge=1, le=5000, description="Draws for the bands of tier 3.")
    depth: Literal["any", "shallow", "medium", "deep"] = "any"
    demand: float = Field(-1.5, lt=0, ge=-50, description="Price elasticity of import demand.")
    substitution: float = Field(1.5, ge=0, le=50, description="Elasticity between suppliers.")
    fuel_tariffs: bool = Field(False, description="Average tariffs count for fuels, too.")
    gross_output: float = Field(1.9, ge=1, le=10, description="Gross output over GDP.")


def router(state: State) -> APIRouter:
    """Return the routes under ``/pairs``."""
    pairs = APIRouter(prefix="/pairs", tags=["pairs"], responses=ERRORS)

    @pairs.get("/{a}/{b}", response_model=Envelope, responses=FILES)
    async def brief(a: Name, b: Name, asked: Annotated[AskedOfYear, Query()]) -> Response:
        """Return what two countries have with each other: measures, promises, findings, sources."""
        return await respond(state, asked, answers.pair, *_codes(a, b), year=asked.year)

    @pairs.get("/{a}/{b}/yardstick", response_model=Envelope, responses=FILES)
    async def yardstick(a: Name, b: Name, asked: Annotated[AskedOfYear, Query()]) -> Response:
        """Return every tie of two countries, against what is usual for two such countries."""
        return await respond(state, asked, answers.yardstick, *_codes(a, b), year=asked.year)

    @pairs.get("/{a}/{b}/promises", response_model=Envelope, responses=FILES)
    async def promises(a: Side, b: Side, asked: Annotated[AskedOfPromises, Query()]) -> Response:
        """Return what two countries or groups promised each other, and what became of it."""
        return await respond(state, asked, answers.promises, a, b, **asked.own)

    @pairs.get("/{a}/{b}/opportunities", response_model=Envelope, responses=FILES)
    async def opportunities(
        a: Name, b: Name, asked: Annotated[AskedOfOpportunities, Query()]
    ) -> Response:
        """Return what A could sell B, product by product, every factor in sight."""
        return await respond(state, asked, answers.opportunity, *_codes(a, b), **asked.own)

    @pairs.get("/{a}/{b}/settlement", response_model=Envelope, responses=FILES)
    async def settlement(
        a: Name, b: Name, asked: Annotated[AskedOfSettlement, Query()]
    ) -> Response:
        """Return how much of two-way trade can net, alone and within a group."""
        return await respond(state, asked, answers.settle, *_codes(a, b), Terms(**asked.own))

    @pairs.get("/{a}/{b}/simulation", response_model=Envelope, responses=FILES)
    async def simulation(
        a: Side, b: Side, asked: Annotated[AskedOfSimulation, Query()]
    ) -> Response:
        """Return what an agreement, its end, a tariff or a sanction would change."""
        return await respond(state, asked, answers.simulate, a, b, Options(**asked.own))

    return pairs


def _codes(a: str, b: str) -> tuple[str, str]:
    return catalogue.country(a).iso3, catalogue.country(b).iso3
