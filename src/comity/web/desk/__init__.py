"""Writing to the ledger in the browser and by the API: who may, what they add, what they did.

There only with ``--write``. Reading needs none of it.
"""

from __future__ import annotations

from fastapi import APIRouter

from comity.web.answers import API
from comity.web.desk import calls, forms
from comity.web.desk.guard import Guard
from comity.web.state import State


def include(app: APIRouter, state: State) -> None:
    """Put the desk's pages and calls into the service.

    Parameters
    ----------
    app : APIRouter
    state : State
    """
    guard = Guard(state)
    state.who = guard.who
    app.include_router(forms.router(state, guard), include_in_schema=False)
    app.include_router(calls.router(state, guard), prefix=API)
