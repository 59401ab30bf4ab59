"""Sentences on people between the two: migrants and visas."""

from __future__ import annotations

from comity.brief import text as say
from comity.brief.findings.shelf import Shelf
from comity.brief.findings.words import citizen, rule, value
from comity.measure import Finding


def migrants(shelf: Shelf) -> Finding | None:
    """Return who was born in the one and lives in the other."""
    both = shelf.both("migrants")
    if both is None:
        return None
    there, back = both
    return Finding(
        f"{say.count(value(there))} people born in {shelf.a.with_article} live in "
        f"{shelf.b.with_article}, and {say.count(value(back))} born in "
        f"{shelf.b.with_article} live in {shelf.a.with_article} ({there.period}).",
        both,
        "people",
    )


def visas(shelf: Shelf) -> Finding | None:
    """Return what a citizen of each needs to visit the other."""
    both = shelf.both("visa_rule")
    if both is None:
        return None
    there, back = both
    return Finding(
        f"To visit {shelf.b.with_article}, {citizen(shelf.a)} needs: {rule(there)}; to visit "
        f"{shelf.a.with_article}, {citizen(shelf.b)} needs: {rule(back)} ({there.period}).",
        both,
        "people",
    )
