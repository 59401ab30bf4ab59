"""Sentences on goods each way: what was sold, in fiscal years, and how it grew."""

from __future__ import annotations

from comity.brief import text as say
from comity.brief.findings.shelf import Shelf
from comity.brief.findings.words import grew, moved, name, of, times, value
from comity.measure import Finding


def both_ways(shelf: Shelf) -> Finding | None:
    """Return what each sold the other, and the ratio."""
    both = shelf.both("goods_exports")
    if both is None:
        return _trade_one_way(shelf)
    sold, bought = (value(measure) for measure in both)
    text = (
        f"{name(shelf.a)} sold {shelf.b.with_article} {say.money(sold)} of goods in "
        f"{both[0].period} and bought {say.money(bought)}"
    )
    if min(sold, bought) > 0:
        ratio = max(sold, bought) / min(sold, bought)
        if ratio < 1.1:
            text += ": the two directions are about equal"
        elif bought > sold:
            text += f": for every dollar sold, {times(ratio)} were bought"
        else:
            text += f": for every dollar bought, {times(ratio)} were sold"
    return Finding(f"{text}.", both, "trade")


def _trade_one_way(shelf: Shelf) -> Finding | None:
    for seller, buyer in ((shelf.a, shelf.b), (shelf.b, shelf.a)):
        measure = shelf.get("goods_exports", seller.iso3, buyer.iso3)
        if measure is not None:
            sold = say.money(value(measure)) + " of" if value(measure) else "no"
            return Finding(
                f"{name(seller)} sold {buyer.with_article} {sold} goods in {measure.period}; "
                "nothing is recorded the other way.",
                (measure,),
                "trade",
            )
    return None


def fiscal_years(shelf: Shelf) -> Finding | None:
    """Return the two directions in the last fiscal year, where a source reports in them."""
    both = shelf.both("goods_exports", fiscal=True)
    if both is None:
        return None
    parts = []
    for measure, seller in zip(both, (shelf.a, shelf.b), strict=True):
        since = "" if measure.change is None else f" ({moved(measure.change)} on the year)"
        parts.append(f"{of(seller)} sales were {say.money(value(measure))}{since}")
    publisher = shelf.publishers.get(both[0].source, both[0].source)
    return Finding(
        f"{say.period(both[0].period)}, {publisher}: {say.listed(parts)}.", both, "trade"
    )


def growth(shelf: Shelf) -> Finding | None:
    """Return how each direction grew."""
    both = shelf.both("trade_growth")
    if both is None:
        return None
    there, back = both
    span = there.period.replace("/", " to ")
    return Finding(
        f"From {span}, {of(shelf.a)} sales to {shelf.b.with_article} "
        f"{grew(value(there))} and {of(shelf.b)} to {shelf.a.with_article} "
        f"{grew(value(back))}, in current dollars.",
        both,
        "trade",
    )
