"""Sentences on how much of one's trade the other is."""

from __future__ import annotations

from comity.brief import text as say
from comity.brief.findings.shelf import Shelf
from comity.brief.findings.words import capital, name, of, place, value
from comity.measure import Finding


def suppliers(shelf: Shelf) -> Finding | None:
    """Return each one's share and place among the other's suppliers."""
    shares = shelf.both("import_share")
    ranks = shelf.both("supplier_rank")
    if shares is None or ranks is None:
        return None
    parts = []
    for share, rank, seller, buyer in zip(
        shares, ranks, (shelf.a, shelf.b), (shelf.b, shelf.a), strict=True
    ):
        parts.append(
            f"{seller.with_article} supplied {say.share(value(share))} of what "
            f"{buyer.with_article} imported (its {place(value(rank))} supplier)"
        )
    parts.reverse()
    return Finding(
        capital(f"{' and '.join(parts)}, {shares[0].period}."),
        (*shares, *ranks),
        "dependence",
    )


def asymmetry(shelf: Shelf) -> Finding | None:
    """Return what share of its exports each sends to the other."""
    shares = shelf.both("export_share")
    if shares is None:
        return None
    there, back = shares
    return Finding(
        f"{name(shelf.b)} takes {say.share(value(there))} of {of(shelf.a)} goods exports, "
        f"{shelf.a.with_article} takes {say.share(value(back))} of {of(shelf.b)}.",
        shares,
        "dependence",
    )
