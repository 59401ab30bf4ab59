"""Sentences on what the goods are, and how the two's ranges fit."""

from __future__ import annotations

from comity import catalogue
from comity.brief import text as say
from comity.brief.findings.shelf import Shelf
from comity.brief.findings.words import chapter, value
from comity.catalogue import Country
from comity.measure import Finding, Measure


def largest_chapter(shelf: Shelf) -> Finding | None:
    """Name the one chapter that fills a direction, in the direction that is the more lopsided."""
    candidates = []
    for seller, buyer in ((shelf.a, shelf.b), (shelf.b, shelf.a)):
        chapters = _latest_chapters(shelf, seller, buyer)
        total = _total_of(shelf, seller, buyer, chapters)
        if chapters and total is not None:
            candidates.append((value(chapters[0]) / value(total), chapters[0], total))
    if not candidates:
        return None
    share, top, total = max(candidates, key=lambda candidate: candidate[0])
    seller, buyer = catalogue.country(top.origin), catalogue.country(top.destination)
    return Finding(
        f"{say.share(share)} of what {seller.with_article} sold {buyer.with_article} in "
        f"{say.period(top.period)} was {chapter(top)} (HS {top.product}): "
        f"{say.money(value(top))} of {say.money(value(total))}.",
        (top, total),
        "products",
    )


def largest_three(shelf: Shelf) -> Finding | None:
    """Name the three largest chapters of the direction that is less concentrated."""
    baskets = []
    for seller, buyer in ((shelf.a, shelf.b), (shelf.b, shelf.a)):
        chapters = _latest_chapters(shelf, seller, buyer)
        total = _total_of(shelf, seller, buyer, chapters)
        if len(chapters) >= 3 and total is not None:
            baskets.append((value(chapters[0]) / value(total), chapters[:3], total))
    if not baskets:
        return None
    _, top, total = min(baskets, key=lambda basket: basket[0])
    seller, buyer = catalogue.country(top[0].origin), catalogue.country(top[0].destination)
    names = say.listed([f"{chapter(m)} ({say.money(value(m))})" for m in top])
    share = sum(value(m) for m in top) / value(total)
    return Finding(
        f"What {seller.with_article} sold {buyer.with_article} in {say.period(top[0].period)} was "
        f"led by {names}, together {say.share(share)}.",
        (*top, total),
        "products",
    )


def fit(shelf: Shelf) -> Finding | None:
    """Return how what one sells matches what the other buys."""
    both = shelf.both("complementarity")
    if both is None:
        return None
    there, back = both
    return Finding(
        f"What {shelf.a.with_article} sells the world matches {say.share(value(there))} of "
        f"what {shelf.b.with_article} buys from it, by product group; the other way the match is "
        f"{say.share(value(back))} ({there.period}).",
        both,
        "products",
    )


def _latest_chapters(shelf: Shelf, seller: Country, buyer: Country) -> list[Measure]:
    rows = shelf.all("goods_exports_hs2", seller.iso3, buyer.iso3)
    if not rows:
        return []
    latest = [row for row in rows if row.period == rows[-1].period]
    return sorted(latest, key=value, reverse=True)


def _total_of(
    shelf: Shelf, seller: Country, buyer: Country, chapters: list[Measure]
) -> Measure | None:
    """Return the direction's total of the same source and period as its chapters."""
    for row in shelf.all("goods_exports", seller.iso3, buyer.iso3):
        if chapters and (row.source, row.period) == (chapters[0].source, chapters[0].period):
            return row
    return None
