"""What editors do: add a promise with its source, and judge one on evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from comity.errors import UsageError
from comity.intent.ledger import writing
from comity.intent.ledger.users import User
from comity.web.desk.guard import Guard
from comity.web.state import State

PROMISE = (
    "parties", "promised_by", "text", "pillar", "said_by", "occasion", "kind", "announced", "due",
    "indicator", "value", "unit", "scope", "repeats",
)  # fmt: skip
ASSESSMENT = (
    "status", "evidence", "evidence_on", "figure", "figure_unit", "figure_period", "source",
)  # fmt: skip
SOURCE = tuple(f"source_{name}" for name in writing.PAGE)
LONGEST = 4000
_PLACE = "the form"


async def add(state: State, guard: Guard, user: User, given: Mapping[str, str]) -> tuple[str, bool]:
    """Add a promise; return its id, and whether it is new.

    Raises
    ------
    LedgerFileError
        It does not fit; the error lists every field that does not.
    """
    _check_length(given)

    def write() -> tuple[str, bool]:
        place = writing.open_to_write(guard.place)
        fields = {name: given.get(name, "") for name in PROMISE}
        made, records = writing.promise_records(fields, _page(given), place.held, _PLACE)
        written = writing.save(place.database, records, by=user.name, action="promise added")
        return made, bool(written.new["promises"])

    done = await asyncio.to_thread(write)
    await asyncio.to_thread(state.refresh)
    return done


async def assess(
    state: State, guard: Guard, user: User, promise: str, given: Mapping[str, str]
) -> bool:
    """Judge a promise in the user's own name; return whether that is new.

    Raises
    ------
    NoDataError
        There is no such promise.
    LedgerFileError
        The judgement does not fit.
    """
    _check_length(given)

    def write() -> bool:
        place = writing.open_to_write(guard.place)
        place.held.promise(promise)
        fields = {name: given.get(name, "") for name in ASSESSMENT}
        fields |= {"promise": promise, "by": user.name}
        records = writing.assessment_records(fields, _page(given), place.held, _PLACE)
        written = writing.save(place.database, records, by=user.name, action="promise assessed")
        return bool(written.new["assessments"])

    done = await asyncio.to_thread(write)
    await asyncio.to_thread(state.refresh)
    return done


def _page(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given.get(f"source_{name}", "") for name in writing.PAGE}


def _check_length(given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if len(value) > LONGEST:
            raise UsageError(f"'{name}' is longer than {LONGEST:,} letters.", "Shorten it.")
