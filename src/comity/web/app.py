"""The application: pages and API over one state, behind one gate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from comity import __version__
from comity.errors import ComityError
from comity.web import answers, begun, desk, pages
from comity.web.api import lists, page
from comity.web.api import pairs as pair_routes
from comity.web.api.envelope import failure, status_of
from comity.web.gate import Gate, Refusal
from comity.web.settings import Settings, from_environment
from comity.web.state import BusyError, OtherVintageError, State

API = answers.API


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    settings : Settings, optional
        By default those that `Settings.to_environment` left.

    Raises
    ------
    LakeError, LedgerError
        Lake or ledger cannot be read.
    """
    chosen = settings or from_environment()
    state = begun.state_of(chosen)
    app = FastAPI(
        title="comity",
        version=__version__,
        summary="What two countries promised, what they deliver, what is possible.",
        lifespan=_lifespan(state),
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
    )
    app.state.comity = state
    api = APIRouter(prefix=API)
    api.include_router(pair_routes.router(state))
    api.include_router(lists.router(state))
    app.include_router(api)
    app.include_router(pages.router(state), include_in_schema=False)
    if chosen.write:
        desk.include(app.router, state)
    page.include(app, state)
    _explain_errors(app, state)
    app.add_middleware(Gate, state=state, refusal=_refusal(state), put=pages.put_name)
    return app


def _lifespan(state: State) -> Any:  # noqa: ANN401 - what FastAPI takes
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if state.settings.warm:
            state.warm()
        watching = asyncio.create_task(state.watch())
        yield
        watching.cancel()
        state.close()

    return lifespan


def _explain_errors(app: FastAPI, state: State) -> None:
    """Turn every error into a sentence: JSON in the API, a page elsewhere."""

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, ComityError)  # noqa: S101 - registered for it
        if isinstance(error, BusyError):
            await state.pace()
        return _explain(request, state, error, status_of(error))

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
        found = error.errors()[0]
        place = ".".join(str(part) for part in found["loc"][1:]) or str(found["loc"][0])
        told = ComityError(f"'{place}' does not fit: {found['msg']}.", "See the API's schema.")
        told.code = "invalid"
        return _explain(request, state, told, 422)

    async def unknown(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        told = ComityError(f"{error.detail}.", "")
        if error.status_code == 404 and error.detail == HTTPStatus.NOT_FOUND.phrase:
            asks = request.url.path.startswith(API)
            hint = "See the API's schema." if asks else "Look for two countries, or for one."
            told = ComityError("There is nothing at this address.", hint)
        told.code = _CODES.get(error.status_code, "http")
        response = _explain(request, state, told, error.status_code)
        response.headers.update(error.headers or {})
        return response

    app.add_exception_handler(ComityError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, unknown)


_CODES = {404: "not_found", 405: "method", 408: "slow", 413: "body"}


def _explain(request: Request, state: State, error: ComityError, status: int) -> Response:
    headers = {"Retry-After": str(getattr(error, "wait", 5))} if status == 503 else {}
    if not request.url.path.startswith(API):
        if isinstance(error, OtherVintageError):
            query = request.query_params.multi_items()
            page = pages.vintage_page(state, error.asked, request.url.path, query)
            return HTMLResponse(page, status, headers)
        return HTMLResponse(pages.error_page(state, error, status), status, headers)
    told = failure(error.code, error.message, error.hint)
    return JSONResponse(told, status, headers)


def _refusal(state: State) -> Refusal:
    """Return what writes the answer to those who are turned away: there may be very many."""
    written: dict[tuple[str, str, int], bytes] = {}

    def write(error: ComityError, status: int) -> bytes:
        key = (state.vintage.id, error.message, status)
        if key not in written:
            written.clear()
            written[key] = pages.error_page(state, error, status).encode()
        return written[key]

    return write
