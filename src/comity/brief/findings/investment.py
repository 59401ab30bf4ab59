"""Sentences on investment: who owns what in the other country."""

from __future__ import annotations

from comity.brief import text as say
from comity.brief.findings.shelf import Shelf
from comity.brief.findings.words import value
from comity.measure import Finding


def positions(shelf: Shelf) -> Finding | None:
    """Return what each has invested in the other, as the host reports it."""
    both = shelf.both("fdi_position")
    if both is None:
        return None
    there, back = both
    return Finding(
        f"Direct investment from {shelf.a.with_article} in {shelf.b.with_article} stood at "
        f"{say.money(value(there))}, and from {shelf.b.with_article} in {shelf.a.with_article} at "
        f"{say.money(value(back))}, as each host reports it (end of {there.period}).",
        both,
        "investment",
    )
