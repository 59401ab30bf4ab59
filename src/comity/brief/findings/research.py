"""The sentence on works that scholars of the two wrote together."""

from __future__ import annotations

from comity.brief import text as say
from comity.brief.findings.shelf import Shelf
from comity.brief.findings.words import of, value
from comity.measure import Finding


def works(shelf: Shelf) -> Finding | None:
    """Return works written together, and their share in each side's."""
    works = shelf.get("co_works", shelf.a.iso3, shelf.b.iso3)
    if works is None:
        return None
    text = f"Scholars of the two wrote {say.count(value(works), 'work')} together in {works.period}"
    if works.previous is not None:
        text += f", against {say.count(works.previous)} in {works.previous_period}"
    shares = shelf.both("co_works_share")
    if shares is None or shares[0].period != works.period:
        return Finding(f"{text}.", (works,), "research")
    text += (
        f"; that is {say.share(value(shares[0]))} of {of(shelf.a)} international works and "
        f"{say.share(value(shares[1]))} of {of(shelf.b)}"
    )
    return Finding(f"{text}.", (works, *shares), "research")
