"""What the commands that write promises share: the database meant, ids, and the report."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from comity.intent.ledger import Ledger
    from comity.intent.ledger.database import Database, Written


def open_to_write(place: str | None) -> tuple[Database, Ledger]:
    """Return the database to write to; the user's own begins as the ledger of comity."""
    from comity.intent.ledger.database import Database
    from comity.intent.ledger.places import locate, starter, user_ledger

    database = Database(locate(place, writing=True))
    if database.path == user_ledger() and not database.path.exists():
        held = starter()
        database.write(record for rows in held.records().values() for record in rows)
    else:
        database.upgrade()
    return database, database.read()


def report(written: Written, database: Database) -> None:
    """Say what a write changed."""
    for name, count in written.new.items():
        known, changed = written.same[name], written.changed[name]
        if count or known or changed:
            typer.echo(f"{name}: {count} new, {changed} replaced, {known} already there")
    typer.echo(f"in {database.name}")


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


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "x"


def _digest(values: Mapping[str, str]) -> str:
    return hashlib.sha256("\x1f".join(map(str, values.values())).encode()).hexdigest()[:6]
