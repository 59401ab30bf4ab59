"""What people add to a ledger: a promise with its source, an assessment on evidence.

The command line and the service write through the same functions, so the same words make the same
records with the same ids.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from comity.errors import UsageError
from comity.intent.ledger.book import Ledger
from comity.intent.ledger.check import check, raw_row
from comity.intent.ledger.database import Database, Written
from comity.intent.ledger.fields import Record
from comity.intent.ledger.places import locate, starter, user_ledger

PAGE = ("publisher", "title", "date", "url")


@dataclass(frozen=True, slots=True)
class Place:
    """Where is written to, and what rows may refer to; nothing is made yet."""

    database: Database
    held: Ledger


def open_to_write(place: str | None) -> Place:
    """Return the database to write to.

    Parameters
    ----------
    place : str, optional
        A file or a URL; by default what ``COMITY_LEDGER`` names, else the user's own.
    """
    database = Database(locate(place, writing=True))
    return Place(database, starter() if _is_first_own(database) else database.read_if_there())


def save(
    database: Database,
    records: Iterable[Record],
    *,
    update: bool = False,
    by: str = "",
    action: str = "",
) -> Written:
    """Write the records; the user's own ledger begins as the one that comes with comity.

    Parameters
    ----------
    database : Database
    records : iterable of records
    update : bool
        Whether to replace promises and sources that have the same id.
    by, action : str
        Who does it, and what, for the trail.
    """
    begin(database)
    return database.write(records, update=update, by=by, action=action)


def begin(database: Database) -> None:
    """Make the user's own ledger where there is none yet: it begins as comity's."""
    if _is_first_own(database):
        database.write(record for rows in starter().records().values() for record in rows)


def prepare(place: str | None) -> Database:
    """Return the database to write to, made or brought up to date.

    Parameters
    ----------
    place : str, optional
        As for `open_to_write`.
    """
    database = open_to_write(place).database
    begin(database)
    database.upgrade()
    return database


def promise_records(
    given: Mapping[str, str], page: Mapping[str, str], held: Ledger, place: str
) -> tuple[str, list[Record]]:
    """Return a new promise's id, and the records to write.

    Parameters
    ----------
    given : mapping
        ``parties`` ("IND,RUS"), ``text``, ``pillar``; optional ``promised_by``, ``said_by``,
        ``occasion``, ``kind``, ``announced``, ``due``, ``indicator``, ``value``, ``unit``,
        ``scope``, ``repeats``.
    page : mapping
        ``publisher``, ``title``, ``date``, ``url`` of the page that states it.
    held : Ledger
        What the promise may refer to.
    place : str
        What to call it where it does not fit, such as "the form".

    Raises
    ------
    LedgerFileError
        It does not fit; the error lists every field that does not.
    """
    source = source_id(page)
    sides = ";".join(sorted(split_parties(given.get("parties", ""))))
    scope, unit, value = (given.get(name, "") for name in ("scope", "unit", "value"))
    promise = {
        "parties": sides,
        "promised_by": given.get("promised_by", "") or sides,
        "text": given.get("text", ""),
        "pillar": given.get("pillar", ""),
        "said_by": given.get("said_by", ""),
        "occasion": given.get("occasion", ""),
        "kind": given.get("kind", "") or "project",
        "announced": given.get("announced", ""),
        "due": given.get("due", ""),
        "indicator": given.get("indicator", ""),
        "low": value,
        "high": value,
        "unit": unit,
        "scope": scope,
        "pace": "level" if scope or unit == "USD" else "units",
        "repeats": given.get("repeats", ""),
        "source": source,
    }
    promise["id"] = promise_id(promise)
    rows = [
        raw_row("sources", {"id": source, **page}, place),
        raw_row("promises", promise, place),
    ]
    return promise["id"], check(rows, held)


def assessment_records(
    given: Mapping[str, str], page: Mapping[str, str], held: Ledger, place: str
) -> list[Record]:
    """Return the records of a judgement.

    Parameters
    ----------
    given : mapping
        ``promise``, ``by``, ``status``, ``evidence``; optional ``assessed_on``, ``evidence_on``,
        ``figure``, ``figure_unit``, ``figure_period``, and ``source``, an id in the ledger.
    page : mapping
        A new page instead of ``source``.
    held : Ledger
    place : str
        What to call it where it does not fit.

    Raises
    ------
    UsageError
        It rests on no source, or on two.
    LedgerFileError
        It does not fit.
    """
    source = given.get("source", "")
    if bool(source) == bool(page.get("publisher")):
        raise UsageError(
            "An assessment rests on one source.", "Give --source ID, or --source-publisher NAME."
        )
    rows = []
    if not source:
        source = source_id(page)
        rows.append(raw_row("sources", {"id": source, **page}, place))
    today = dt.datetime.now(dt.UTC).date().isoformat()
    judged = {
        name: given.get(name, "")
        for name in (
            "promise", "by", "assessed_on", "status", "evidence", "evidence_on", "figure",
            "figure_unit", "figure_period",
        )
    }  # fmt: skip
    judged |= {"assessed_on": judged["assessed_on"] or today, "source": source}
    rows.append(raw_row("assessments", judged, place))
    return check(rows, held)


def split_parties(text: str) -> list[str]:
    """Return the codes in "IND,RUS" or "IND;RUS"."""
    return [part.strip() for part in re.split("[;,]", text) if part.strip()]


def source_id(page: Mapping[str, str]) -> str:
    """Return the id of a new page: the same page has the same id."""
    return f"{_slug(page['publisher'])}-{page['date'] or 'undated'}-{_digest(page)}"


def promise_id(promise: Mapping[str, str]) -> str:
    """Return the id of a new promise: the same promise has the same id."""
    year = promise["announced"][:4] or "undated"
    return f"{_slug(promise['parties'])}-{year}-{_digest(promise)}"


def _is_first_own(database: Database) -> bool:
    return database.path == user_ledger() and not database.path.exists()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "x"


def _digest(values: Mapping[str, str]) -> str:
    return hashlib.sha256("\x1f".join(map(str, values.values())).encode()).hexdigest()[:6]
