"""The desk in the API: sessions, new promises, assessments, the trail."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from comity.intent.ledger.users import Role
from comity.web.api.envelope import Envelope, Failure, enclose
from comity.web.api.respond import ERRORS, encode
from comity.web.desk import desk
from comity.web.desk.guard import Guard, NotSignedInError
from comity.web.state import State

_ERRORS: dict[int | str, dict[str, Any]] = {
    **ERRORS,
    401: {"model": Failure, "description": "Nobody is signed in."},
    403: {"model": Failure, "description": "This user may not, or the token does not fit."},
}
Token = Annotated[
    str, Header(alias="x-csrf-token", max_length=200, description="The session's token.")
]
Id = Annotated[str, Path(min_length=1, max_length=120, description="A promise's id.")]
_Line = Field("", max_length=desk.LONGEST)


class Credentials(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=200)


class _Sourced(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source_publisher: str = _Line
    source_title: str = _Line
    source_date: str = _Line
    source_url: str = _Line


class NewPromise(_Sourced):
    """A promise, with the page that states it; dates as 2025-12-05, values in base units."""

    parties: str = Field(max_length=200, description="The two sides, as IND,RUS.")
    text: str = Field(min_length=1, max_length=desk.LONGEST)
    pillar: str = Field(max_length=40)
    promised_by: str = _Line
    said_by: str = _Line
    occasion: str = _Line
    kind: str = _Line
    announced: str = _Line
    due: str = _Line
    indicator: str = _Line
    value: str = _Line
    unit: str = _Line
    scope: str = _Line
    repeats: str = _Line


class NewAssessment(_Sourced):
    """A judgement on evidence; it rests on a source of the ledger, or on a new page."""

    status: str = Field(max_length=40)
    evidence: str = Field(min_length=1, max_length=desk.LONGEST)
    evidence_on: str = _Line
    figure: str = _Line
    figure_unit: str = _Line
    figure_period: str = _Line
    source: str = _Line


def router(state: State, guard: Guard) -> APIRouter:
    """Return the routes."""
    calls = APIRouter(tags=["ledger"], responses=_ERRORS)

    @calls.post("/session", response_model=Envelope)
    async def sign_in(request: Request, given: Annotated[Credentials, Body()]) -> Response:
        """Sign in: the response sets a cookie, and names the token that writing takes."""
        response = Response(media_type="application/json")
        held = await guard.sign_in(request, response, given.name, given.password)
        about = {"name": held.user.name, "role": held.user.role.value, "csrf": held.csrf}
        return _filled(state, response, about)

    @calls.get("/session", response_model=Envelope)
    async def session(request: Request) -> Response:
        """Return who is signed in, and the token that writing takes."""
        response = Response(media_type="application/json")
        held = await guard.welcome(request, response)
        if held is None:
            raise NotSignedInError("Nobody is signed in.", "Sign in first.")
        about = {"name": held.user.name, "role": held.user.role.value, "csrf": held.csrf}
        return _filled(state, response, about)

    @calls.delete("/session", response_model=Envelope)
    async def sign_out(request: Request, token: Token = "") -> Response:
        """Sign out."""
        await guard.require(request, Role.reader, token)
        response = Response(media_type="application/json")
        await guard.sign_out(request, response)
        return _filled(state, response, {"signed_out": True})

    @calls.post("/promises", response_model=Envelope)
    async def add(
        request: Request, given: Annotated[NewPromise, Body()], token: Token = ""
    ) -> Response:
        """Add a promise, with the page that states it."""
        held = await guard.require(request, Role.editor, token)
        made, new = await desk.add(state, guard, held.user, given.model_dump())
        return _filled(state, Response(media_type="application/json"), {"id": made, "new": new})

    @calls.post("/promises/{promise}/assessments", response_model=Envelope)
    async def assess(
        request: Request,
        promise: Id,
        given: Annotated[NewAssessment, Body()],
        token: Token = "",
    ) -> Response:
        """Judge a promise on evidence, in one's own name; earlier judgements stay."""
        held = await guard.require(request, Role.editor, token)
        new = await desk.assess(state, guard, held.user, promise, given.model_dump())
        return _filled(state, Response(media_type="application/json"), {"id": promise, "new": new})

    @calls.get("/trail", response_model=Envelope)
    async def trail(request: Request) -> Response:
        """Return who did what to the ledger, the latest first."""
        await guard.require(request, Role.reader, None)
        deeds = await asyncio.to_thread(guard.users.trail)
        response = Response(media_type="application/json")
        return _filled(state, response, [asdict(deed) for deed in deeds])

    return calls


def _filled(state: State, response: Response, data: object) -> Response:
    """Return the response with its body; nothing of the desk is kept anywhere."""
    response.body = encode(enclose(data, state.vintage))
    response.headers["content-length"] = str(len(response.body))
    response.headers["cache-control"] = "no-store"
    return response
