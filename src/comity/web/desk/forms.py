"""The desk's pages: signing in, adding a promise, judging one, the trail."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from comity.errors import ComityError, LedgerFileError, UsageError
from comity.intent.ledger import Kind, Status
from comity.intent.ledger.fields import PILLARS, SCOPES
from comity.intent.ledger.users import Role, Session
from comity.web.api.envelope import status_of
from comity.web.desk import desk
from comity.web.desk.guard import Guard, NotSignedInError
from comity.web.pages import frame
from comity.web.state import State

_FIELDS = 40  # of a form
_UNSENT = {"Cache-Control": "no-store"}


def router(state: State, guard: Guard) -> APIRouter:
    """Return the routes."""
    pages = APIRouter()

    @pages.get("/sign-in")
    async def sign_in_form(request: Request) -> Response:
        if guard.settings.user_header:
            return RedirectResponse("/desk", 303)
        return _page(state, "desk-sign-in.html.j2", "/sign-in", await guard.session(request))

    @pages.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        given = await _given(request)
        response = RedirectResponse("/desk", 303, _UNSENT)
        try:
            name, password = given.get("name", ""), given.get("password", "")
            await guard.sign_in(request, response, name, password)
        except ComityError as error:
            return _page(
                state, "desk-sign-in.html.j2", "/sign-in", None, {"name": given.get("name", "")},
                error,
            )  # fmt: skip
        return response

    @pages.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        given = await _given(request)
        await guard.require(request, Role.reader, given.get("csrf", ""))
        response = RedirectResponse("/", 303, _UNSENT)
        await guard.sign_out(request, response)
        return response

    @pages.get("/desk")
    async def home(request: Request) -> Response:
        response = Response()
        held = await guard.welcome(request, response)
        if held is None:
            return RedirectResponse("/sign-in", 303, _UNSENT)
        deeds = await asyncio.to_thread(guard.users.trail)
        page = _page(state, "desk.html.j2", "/desk", held, deeds=deeds)
        # A session that began just now goes with the page.
        page.raw_headers += [h for h in response.raw_headers if h[0] == b"set-cookie"]
        return page

    @pages.get("/desk/promise")
    async def promise_form(request: Request) -> Response:
        held = await guard.session(request)
        if held is None:
            return RedirectResponse("/desk", 303, _UNSENT)
        return _page(state, "desk-promise.html.j2", "/desk/promise", held)

    @pages.post("/desk/promise")
    async def add(request: Request) -> Response:
        given = await _given(request)
        held = await guard.require(request, Role.editor, given.get("csrf", ""))
        try:
            made, _ = await desk.add(state, guard, held.user, given)
        except ComityError as error:
            return _page(state, "desk-promise.html.j2", "/desk/promise", held, given, error)
        return RedirectResponse(f"/desk/promises/{made}", 303, _UNSENT)

    @pages.get("/desk/promises/{promise}")
    async def one(request: Request, promise: str) -> Response:
        held = await guard.session(request)
        if held is None:
            return RedirectResponse("/desk", 303, _UNSENT)
        return _promise(state, held, promise)

    @pages.post("/desk/promises/{promise}")
    async def assess(request: Request, promise: str) -> Response:
        given = await _given(request)
        held = await guard.require(request, Role.editor, given.get("csrf", ""))
        try:
            await desk.assess(state, guard, held.user, promise, given)
        except (LedgerFileError, UsageError) as error:
            return _promise(state, held, promise, given, error)
        return RedirectResponse(f"/desk/promises/{promise}", 303, _UNSENT)

    return pages


async def _given(request: Request) -> dict[str, str]:
    """Return the fields of a form; files are not taken."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("application/x-www-form-urlencoded"):
        raise NotSignedInError("That is not a form of this service.")
    form = await request.form(max_fields=_FIELDS)
    return {name: value.strip() for name, value in form.items() if isinstance(value, str)}


def _promise(
    state: State,
    held: Session,
    id: str,  # noqa: A002
    given: Mapping[str, str] | None = None,
    error: ComityError | None = None,
) -> HTMLResponse:
    ledger = state.vintage.ledger
    promise = ledger.promise(id)
    return _page(
        state, "desk-assess.html.j2", f"/desk/promises/{promise.id}", held, given, error,
        promise=promise, judged=ledger.assessments(promise), source=ledger.source(promise.source),
    )  # fmt: skip


def _page(
    state: State,
    template: str,
    at: str,
    held: Session | None,
    given: Mapping[str, str] | None = None,
    error: ComityError | None = None,
    **shown: object,
) -> HTMLResponse:
    """Return a page of the desk; it depends on who asks, and is kept nowhere."""
    written = frame.show(
        template,
        state.vintage,
        at,
        user=held.user if held else None,
        csrf=held.csrf if held else "",
        given=given or {},
        error=error,
        problems=[_told(problem) for problem in getattr(error, "problems", ())],
        pillars=[(name, name.capitalize()) for name in PILLARS],
        kinds=[(kind.value, kind.value.replace("-", " ")) for kind in Kind],
        statuses=[(status.value, status.value) for status in Status],
        scopes=[("", "not of trade"), *((scope, scope) for scope in SCOPES)],
        may_write=held is not None and held.user.role is Role.editor,
        **shown,
    )
    return HTMLResponse(written, status_of(error) if error else 200, _UNSENT)


_LABELS = {
    "announced": "Made on",
    "date": "Date of the page",
    "due": "Due",
    "evidence": "Evidence",
    "evidence_on": "Of which date",
    "figure": "The figure",
    "figure_period": "Its period",
    "figure_unit": "Its unit",
    "parties": "The two sides",
    "promised_by": "Who promised",
    "publisher": "Who published the page",
    "repeats": "Repeats",
    "source": "A source of the ledger",
    "text": "The promise",
    "title": "Title of the page",
    "unit": "Unit",
    "url": "Address of the page",
    "value": "How much",
}
"""What the forms call their fields."""


def _told(problem: str) -> str:
    """Return a problem with the field as the form calls it.

    Examples
    --------
    >>> _told("the form, 'parties': is empty, and must not be.")
    '“The two sides”: is empty, and must not be.'
    """
    name = re.match(r"the form, '(\w+)'", problem)
    if name is None or name[1] not in _LABELS:
        return problem
    return f"“{_LABELS[name[1]]}”{problem[name.end() :]}"
