"""What a reader asks of the ledger, checked: a party, a pillar, a status, a day."""

from __future__ import annotations

import datetime as dt

from comity import catalogue
from comity.errors import UsageError
from comity.intent.ledger import Ledger, Outcome, Standing, Status
from comity.intent.ledger.fields import PILLARS


def party(name: str, ledger: Ledger) -> str:
    """Return the id of a country or of a group of the ledger."""
    for known in ledger.parties.values():
        if known.kind == "group" and name.casefold() in (
            known.id.casefold(),
            known.name.casefold(),
        ):
            return known.id
    return str(catalogue.country(name).iso3)


def pillar_named(name: str) -> str:
    """Return the pillar; "" for any.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    if name and name not in PILLARS:
        raise UsageError(f"There is no pillar '{name}'.", f"Choose {', '.join(PILLARS)}.")
    return name


def status_named(name: str) -> str:
    """Return the status, standing or verdict; "" for any.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    known = list(dict.fromkeys(item.value for kind in (Standing, Status, Outcome) for item in kind))
    if name and name.lower() not in known:
        raise UsageError(f"There is no status '{name}'.", f"Choose one of: {', '.join(known)}.")
    return name


def day(text: str) -> dt.date | None:
    """Return the day to judge on; None for today.

    Raises
    ------
    UsageError
        It is not a day.
    """
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a day.", "Write it as 2025-12-31.") from None
