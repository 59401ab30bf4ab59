"""What the commands that write promises share: the database meant, ids, and the report."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from comity.intent.ledger import Ledger
    from comity.intent.ledger.database import Database, Written
    from comity.intent.ledger.fields import Record


def open_to_write(place: str | None) -> tuple[Database, Ledger]:
    """Return the database to write to, and what rows may refer to; nothing is made yet."""
    from comity.intent.ledger.database import Database
    from comity.intent.ledger.places import locate, starter

    database = Database(locate(place, writing=True))
    return database, starter() if _is_first_own(database) else database.read_if_there()


def save(database: Database, records: Iterable[Record], *, update: bool = False) -> Written:
    """Write the records; the user's own ledger begins as the one that comes with comity."""
    from comity.intent.ledger.places import starter

    if _is_first_own(database):
        database.write(record for rows in starter().records().values() for record in rows)
    return database.write(records, update=update)


def _is_first_own(database: Database) -> bool:
    from comity.intent.ledger.places import user_ledger

    return database.path == user_ledger() and not database.path.exists()


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
