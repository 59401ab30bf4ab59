"""The sentences that a brief opens with, each resting on named measures.

A sentence is written only where all of its measures are there; a pair on which little is known gets
few sentences, never an invented one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from comity import catalogue
from comity.brief import text as say
from comity.catalogue import Country
from comity.measure import Finding, Measure

# More than this nobody reads.
MOST = 15


class Shelf:
    """The measures of a brief, by indicator and direction, and the two countries.

    ``get`` returns the latest measure of an indicator: calendar years by default, fiscal years on
    request.
    """

    def __init__(
        self, a: Country, b: Country, measures: Iterable[Measure], publishers: Mapping[str, str]
    ) -> None:
        self.a = a
        self.b = b
        self.publishers = publishers
        self._measures: dict[tuple[str, str, str], list[Measure]] = {}
        for measure in measures:
            if "published" not in measure.flags:
                key = (measure.indicator, measure.origin, measure.destination)
                self._measures.setdefault(key, []).append(measure)

    def all(self, indicator: str, origin: str, destination: str = "") -> list[Measure]:
        """Return every measure of an indicator in one direction, the latest period last."""
        found = self._measures.get((indicator, origin, destination), [])
        return sorted(found, key=lambda measure: measure.period.removeprefix("FY"))

    def get(
        self, indicator: str, origin: str, destination: str = "", *, fiscal: bool = False
    ) -> Measure | None:
        """Return the latest measure of an indicator in one direction."""
        found = [m for m in self.all(indicator, origin, destination) if _fiscal(m) == fiscal]
        return found[-1] if found else None

    def both(self, indicator: str, *, fiscal: bool = False) -> tuple[Measure, Measure] | None:
        """Return the indicator both ways, where both are known for the same period."""
        there = self.get(indicator, self.a.iso3, self.b.iso3, fiscal=fiscal)
        back = self.get(indicator, self.b.iso3, self.a.iso3, fiscal=fiscal)
        if there is None or back is None or there.period != back.period:
            return None
        return there, back

    def each(self, indicator: str) -> tuple[Measure, Measure] | None:
        """Return a fact of each side, where both are known."""
        first = self.get(indicator, self.a.iso3)
        second = self.get(indicator, self.b.iso3)
        return None if first is None or second is None else (first, second)


def findings(
    a: Country, b: Country, measures: Sequence[Measure], publishers: Mapping[str, str]
) -> list[Finding]:
    """Return the sentences of a brief in reading order.

    ``publishers`` names the publisher of each source id.
    """
    shelf = Shelf(a, b, measures, publishers)
    written = [sentence(shelf) for sentence in SENTENCES]
    return [finding for finding in written if finding is not None]


def _trade(shelf: Shelf) -> Finding | None:
    both = shelf.both("goods_exports")
    if both is None:
        return _trade_one_way(shelf)
    sold, bought = (_value(measure) for measure in both)
    text = (
        f"{_Name(shelf.a)} sold {shelf.b.with_article} {say.money(sold)} of goods in "
        f"{both[0].period} and bought {say.money(bought)}"
    )
    if min(sold, bought) > 0:
        ratio = max(sold, bought) / min(sold, bought)
        if ratio < 1.1:
            text += ": the two directions are about equal"
        elif bought > sold:
            text += f": for every dollar sold, {_times(ratio)} were bought"
        else:
            text += f": for every dollar bought, {_times(ratio)} were sold"
    return Finding(f"{text}.", both, "trade")


def _trade_one_way(shelf: Shelf) -> Finding | None:
    for seller, buyer in ((shelf.a, shelf.b), (shelf.b, shelf.a)):
        measure = shelf.get("goods_exports", seller.iso3, buyer.iso3)
        if measure is not None:
            return Finding(
                f"{_Name(seller)} sold {buyer.with_article} {say.money(_value(measure))} of goods "
                f"in {measure.period}; nothing is recorded the other way.",
                (measure,),
                "trade",
            )
    return None


def _fiscal_trade(shelf: Shelf) -> Finding | None:
    both = shelf.both("goods_exports", fiscal=True)
    if both is None:
        return None
    parts = []
    for measure, seller in zip(both, (shelf.a, shelf.b), strict=True):
        moved = "" if measure.change is None else f" ({_moved(measure.change)} on the year)"
        parts.append(f"{_of(seller)} sales were {say.money(_value(measure))}{moved}")
    publisher = shelf.publishers.get(both[0].source, both[0].source)
    return Finding(
        f"{say.period(both[0].period)}, {publisher}: {say.listed(parts)}.", both, "trade"
    )


def _suppliers(shelf: Shelf) -> Finding | None:
    shares = shelf.both("import_share")
    ranks = shelf.both("supplier_rank")
    if shares is None or ranks is None:
        return None
    parts = []
    for share, rank, seller, buyer in zip(
        shares, ranks, (shelf.a, shelf.b), (shelf.b, shelf.a), strict=True
    ):
        parts.append(
            f"{seller.with_article} supplied {say.share(_value(share))} of what "
            f"{buyer.with_article} imported (its {_place(_value(rank))} supplier)"
        )
    parts.reverse()
    return Finding(
        _capital(f"{' and '.join(parts)}, {shares[0].period}."), (*shares, *ranks), "dependence"
    )


def _asymmetry(shelf: Shelf) -> Finding | None:
    shares = shelf.both("export_share")
    if shares is None:
        return None
    there, back = shares
    return Finding(
        f"{_Name(shelf.b)} takes {say.share(_value(there))} of {_of(shelf.a)} goods exports, "
        f"{shelf.a.with_article} takes {say.share(_value(back))} of {_of(shelf.b)}.",
        shares,
        "dependence",
    )


def _concentration(shelf: Shelf) -> Finding | None:
    """Name the one chapter that fills a direction, in the direction that is the more lopsided."""
    candidates = []
    for seller, buyer in ((shelf.a, shelf.b), (shelf.b, shelf.a)):
        chapters = _latest_chapters(shelf, seller, buyer)
        total = _total_of(shelf, seller, buyer, chapters)
        if chapters and total is not None:
            candidates.append((_value(chapters[0]) / _value(total), chapters[0], total))
    if not candidates:
        return None
    share, top, total = max(candidates, key=lambda candidate: candidate[0])
    seller, buyer = catalogue.country(top.origin), catalogue.country(top.destination)
    return Finding(
        f"{say.share(share)} of what {seller.with_article} sold {buyer.with_article} in "
        f"{top.period} was {_chapter(top)} (HS {top.product}): {say.money(_value(top))} of "
        f"{say.money(_value(total))}.",
        (top, total),
        "products",
    )


def _other_basket(shelf: Shelf) -> Finding | None:
    """Name the three largest chapters of the direction that is less concentrated."""
    baskets = []
    for seller, buyer in ((shelf.a, shelf.b), (shelf.b, shelf.a)):
        chapters = _latest_chapters(shelf, seller, buyer)
        total = _total_of(shelf, seller, buyer, chapters)
        if len(chapters) >= 3 and total is not None:
            baskets.append((_value(chapters[0]) / _value(total), chapters[:3], total))
    if not baskets:
        return None
    _, top, total = min(baskets, key=lambda basket: basket[0])
    seller, buyer = catalogue.country(top[0].origin), catalogue.country(top[0].destination)
    names = say.listed([f"{_chapter(m)} ({say.money(_value(m))})" for m in top])
    share = sum(_value(m) for m in top) / _value(total)
    return Finding(
        f"What {seller.with_article} sold {buyer.with_article} in {top[0].period} was led by "
        f"{names}, together {say.share(share)}.",
        (*top, total),
        "products",
    )


def _fit(shelf: Shelf) -> Finding | None:
    both = shelf.both("complementarity")
    if both is None:
        return None
    there, back = both
    return Finding(
        f"What {shelf.a.with_article} sells the world matches {say.share(_value(there))} of "
        f"what {shelf.b.with_article} buys from it, by product group; the other way the match is "
        f"{say.share(_value(back))} ({there.period}).",
        both,
        "products",
    )


def _growth(shelf: Shelf) -> Finding | None:
    both = shelf.both("trade_growth")
    if both is None:
        return None
    there, back = both
    span = there.period.replace("/", " to ")
    return Finding(
        f"From {span}, {_of(shelf.a)} sales to {shelf.b.with_article} "
        f"{_grew(_value(there))} and {_of(shelf.b)} to {shelf.a.with_article} "
        f"{_grew(_value(back))}, in current dollars.",
        both,
        "trade",
    )


def _migrants(shelf: Shelf) -> Finding | None:
    both = shelf.both("migrants")
    if both is None:
        return None
    there, back = both
    return Finding(
        f"{say.count(_value(there))} people born in {shelf.a.with_article} live in "
        f"{shelf.b.with_article}, and {say.count(_value(back))} born in "
        f"{shelf.b.with_article} live in {shelf.a.with_article} ({there.period}).",
        both,
        "people",
    )


def _visa(shelf: Shelf) -> Finding | None:
    both = shelf.both("visa_rule")
    if both is None:
        return None
    there, back = both
    return Finding(
        f"To visit {shelf.b.with_article}, {_citizen(shelf.a)} needs: {_rule(there)}; to visit "
        f"{shelf.a.with_article}, {_citizen(shelf.b)} needs: {_rule(back)} ({there.period}).",
        both,
        "people",
    )


def _research(shelf: Shelf) -> Finding | None:
    works = shelf.get("co_works", shelf.a.iso3, shelf.b.iso3)
    if works is None:
        return None
    text = f"Scholars of the two wrote {say.count(_value(works))} works together in {works.period}"
    if works.previous is not None:
        text += f", against {say.count(works.previous)} in {works.previous_period}"
    shares = shelf.both("co_works_share")
    if shares is None or shares[0].period != works.period:
        return Finding(f"{text}.", (works,), "research")
    text += (
        f"; that is {say.share(_value(shares[0]))} of {_of(shelf.a)} international works and "
        f"{say.share(_value(shares[1]))} of {_of(shelf.b)}"
    )
    return Finding(f"{text}.", (works, *shares), "research")


def _votes(shelf: Shelf) -> Finding | None:
    agree = shelf.get("un_agreement", shelf.a.iso3, shelf.b.iso3)
    beyond = shelf.get("un_kappa", shelf.a.iso3, shelf.b.iso3)
    if agree is None or beyond is None:
        return None
    span = agree.period.replace("/", " to ")
    return Finding(
        f"In the UN General Assembly the two agreed on {say.share(_value(agree))} of contested "
        f"votes in {span}; beyond what chance would give, agreement is "
        f"{say.number(_value(beyond), 2)} on a scale that ends at 1.",
        (agree, beyond),
        "diplomacy",
    )


def _autonomy(shelf: Shelf) -> Finding | None:
    """Set the two's agreement beside each side's agreement with third powers."""
    together = shelf.get("un_agreement", shelf.a.iso3, shelf.b.iso3)
    sentences, named = [], []
    for side in (shelf.a, shelf.b):
        others = [
            (label, measure)
            for power, label in (("USA", "the United States"), ("CHN", "China"), ("EU27", "the EU"))
            if (measure := shelf.get("un_agreement", side.iso3, power)) is not None
        ]
        if others:
            parts = [f"{label} {say.share(_value(measure))}" for label, measure in others]
            sentences.append(f"{side.with_article} with {say.listed(parts)}")
            named += [measure for _, measure in others]
    if together is None or not sentences:
        return None
    return Finding(
        f"On the same votes, agreement with third powers was: {'; '.join(sentences)}.",
        (together, *named),
        "diplomacy",
    )


def _ideal_points(shelf: Shelf) -> Finding | None:
    gap = shelf.get("ideal_point_distance", shelf.a.iso3, shelf.b.iso3)
    if gap is None or gap.previous is None:
        return None
    moved = "closer together" if _value(gap) < gap.previous else "further apart"
    return Finding(
        f"Read from all their votes, the two stood {say.number(_value(gap), 2)} points apart in "
        f"{gap.period} and {say.number(gap.previous, 2)} in {gap.previous_period}: {moved}.",
        (gap,),
        "diplomacy",
    )


def _size(shelf: Shelf) -> Finding | None:
    outputs, people = shelf.each("gdp"), shelf.each("population")
    if outputs is None or people is None:
        return None
    distance = shelf.get("distance_km", shelf.a.iso3, shelf.b.iso3)
    (first, second), (people_a, people_b) = outputs, people
    text = (
        f"{_Name(shelf.a)} has an output of {say.money(_value(first))} ({first.period}) and "
        f"{say.count(_value(people_a))} people, {shelf.b.with_article} {say.money(_value(second))} "
        f"({second.period}) and {say.count(_value(people_b))}"
    )
    if distance is None:
        return Finding(f"{text}.", (*outputs, *people), "size")
    text += f"; they lie {say.count(_value(distance))} km apart"
    return Finding(f"{text}.", (*outputs, *people, distance), "size")


SENTENCES: tuple[Callable[[Shelf], Finding | None], ...] = (
    _trade,
    _fiscal_trade,
    _suppliers,
    _asymmetry,
    _concentration,
    _other_basket,
    _fit,
    _growth,
    _migrants,
    _visa,
    _research,
    _votes,
    _autonomy,
    _ideal_points,
    _size,
)


def _latest_chapters(shelf: Shelf, seller: Country, buyer: Country) -> list[Measure]:
    rows = shelf.all("goods_exports_hs2", seller.iso3, buyer.iso3)
    if not rows:
        return []
    latest = [row for row in rows if row.period == rows[-1].period]
    return sorted(latest, key=_value, reverse=True)


def _total_of(
    shelf: Shelf, seller: Country, buyer: Country, chapters: list[Measure]
) -> Measure | None:
    """Return the direction's total of the same source and period as its chapters."""
    for row in shelf.all("goods_exports", seller.iso3, buyer.iso3):
        if chapters and (row.source, row.period) == (chapters[0].source, chapters[0].period):
            return row
    return None


def _chapter(measure: Measure) -> str:
    return str(catalogue.chapter(measure.product).label).lower()


def _rule(measure: Measure) -> str:
    return measure.text or f"no visa for {_value(measure):.0f} days"


def _grew(rate: float) -> str:
    return f"{'grew' if rate >= 0 else 'fell'} {say.share(abs(rate))} a year"


def _citizen(country: Country) -> str:
    return f"a citizen of {country.with_article}"


def _of(country: Country) -> str:
    return say.possessive(country.with_article)


def _times(ratio: float) -> str:
    return say.number(ratio, 2) if ratio < 3 else say.in_words(ratio)


def _place(rank: float) -> str:
    return "largest" if rank == 1 else f"{say.ordinal(rank)} largest"


def _moved(change: float) -> str:
    if abs(change) < 5e-4:
        return "unchanged"
    if change >= 2:
        return f"{say.number(change + 1, 2)} times as much"
    return f"{'up' if change > 0 else 'down'} {say.share(abs(change))}"


def _Name(country: Country) -> str:
    return _capital(country.with_article)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fiscal(measure: Measure) -> bool:
    return "fiscal-year" in measure.flags


def _value(measure: Measure) -> float:
    if measure.value is None:
        raise ValueError(f"{measure.indicator} has no number")
    return measure.value
