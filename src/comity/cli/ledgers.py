"""What the commands that write promises share: the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from comity.intent.ledger.database import Database, Written


def report(written: Written, database: Database) -> None:
    """Say what a write changed."""
    for name, count in written.new.items():
        known, changed = written.same[name], written.changed[name]
        if count or known or changed:
            typer.echo(f"{name}: {count} new, {changed} replaced, {known} already there")
    typer.echo(f"in {database.name}")
