"""The pages: server-rendered HTML that works without scripts; one module a page.

Each module has ``router(state)``; `comity.web.pages.frame` holds what they share.
"""

from __future__ import annotations

from fastapi import APIRouter

from comity.errors import ComityError
from comity.web.pages import (
    charts,
    contents,
    country,
    examine,
    files,
    frame,
    home,
    pair,
    questions,
    targets,
    vintages,
    written,
)
from comity.web.state import State

_MODULES = (
    files,
    home,
    charts,
    targets,
    pair,
    country,
    questions,
    examine,
    contents,
    written,
)


def router(state: State) -> APIRouter:
    """Return every page."""
    whole = APIRouter()
    for module in _MODULES:
        whole.include_router(module.router(state))
    return whole


def error_page(state: State, error: ComityError, status: int) -> str:
    """Return the page that says what could not be done, and what to do about it."""
    return frame.error_page(state.vintage, error, status)


def vintage_page(state: State, asked: str, path: str, query: list[tuple[str, str]]) -> str:
    """Return the page for a permanent link to other data."""
    return vintages.render(state.vintage, asked, path, query)


def put_name(name: str, page: bytes) -> bytes:
    """Return a page that says who is signed in, where it offered to sign in."""
    return page.replace(frame.NOBODY.encode(), str(frame.somebody(name)).encode(), 1)
