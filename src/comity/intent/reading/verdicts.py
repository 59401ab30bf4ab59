"""A verdict on a claim: what the figures of the lake say to it.

Tolerances: a plain figure 5 %, "near" or "about" 10 %, "over" and "under" one-sided. Without a
period the latest figure at the text's date counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from comity.catalogue import list_countries
from comity.catalogue.blocs import blocs
from comity.intent.reading import vocabulary
from comity.intent.reading.claims import Claim
from comity.intent.reading.evidence import Evidence, Library, is_known_by, labels
from comity.intent.reading.figures import figure, span, stated

PLAIN, ABOUT = 0.05, 0.10
HARMONISED = 0.25  # what a country's own figures may differ from those made comparable
_STALE_DAYS = 2 * 365 + 100
_NEAR_PERIOD = 0.7


class Verdict(StrEnum):
    """What lake and ledger say to a claim or to a promise mentioned."""

    supported = "supported"
    contradicted = "contradicted"
    outdated = "outdated"
    disputed = "disputed"
    no_data = "no data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with the figure that it rests on.

    Parameters
    ----------
    verdict : Verdict
        The verdict.
    sentence : str
        Why, in one sentence.
    found : Evidence or None
        The figure that decided, or the nearest one where none could.
    others : tuple of Evidence
        Further figures for the same period, from other sources.
    """

    verdict: Verdict
    sentence: str
    found: Evidence | None = None
    others: tuple[Evidence, ...] = ()


def judge(claim: Claim, library: Library, today: dt.date, *, dated: bool = True) -> Judgement:
    """Set a claim against the lake.

    Parameters
    ----------
    claim : Claim
        The claim.
    library : Library
        The lake's figures.
    today : date
        The text's date.
    dated : bool
        Whether the date is known; without it the latest figure of all counts.
    """
    held = library.evidence(claim)
    if not dated and claim.period is not None and claim.relative:
        return Judgement(
            verdict=Verdict.no_data,
            sentence="The text has no date, so its period cannot be placed; give one with --date.",
        )
    if claim.per:
        span_of = {"period": "a period that it does not name"}.get(claim.per, f"a {claim.per}")
        return Judgement(
            verdict=Verdict.no_data,
            sentence=f"This is a figure for {span_of}; only whole years are held.",
        )
    if claim.measures == "money" and claim.unit != "USD":
        return _foreign(claim, library, held, today)
    return _compare(claim, held, today, dated=dated)


def _compare(claim: Claim, held: Sequence[Evidence], today: dt.date, *, dated: bool) -> Judgement:
    if claim.period is not None:
        return _of_period(claim, held)
    nature = labels()[claim.indicator].nature
    known = [e for e in held if (is_known_by(e, today) or not dated)]
    usable = [e for e in known if e.period.whole_year or nature in {"stock", "rate"}]
    if nature == "event" or not usable:
        return _nothing(claim, known or held)
    latest = max(e.period.last for e in usable)
    newest = [e for e in usable if e.period.last == latest]
    # A month is no year: where both end together, the longer one speaks for "annual".
    longest = min(e.period.first for e in newest)
    newest = [e for e in newest if e.period.first == longest] if nature == "flow" else newest
    judged = _weigh(claim, newest)
    if judged.verdict is not Verdict.contradicted:
        return judged
    older = [e for e in usable if e.period.last < latest and agrees(claim, e)]
    if older and claim.qualifier in {"", "about"}:
        was = older[-1]
        return Judgement(
            verdict=Verdict.outdated,
            sentence=f"{stated(claim)} was right for {span(was.period)} ({_amount(was)}); "
            f"{_is(claim)} {_amount(newest[0])} in {span(newest[0].period)}.",
            found=newest[0],
            others=(was,),
        )
    if (today - latest).days > _STALE_DAYS:
        return Judgement(
            verdict=Verdict.no_data,
            sentence=f"The latest figure held is for {span(newest[0].period)} "
            f"({_amount(newest[0])}), too old to contradict this one.",
            found=newest[0],
        )
    return judged


def _of_period(claim: Claim, held: Sequence[Evidence]) -> Judgement:
    """Judge a claim that names its period."""
    period = claim.period
    assert period is not None  # noqa: S101 - said by the caller
    same = [e for e in held if (e.period.first, e.period.last) == (period.first, period.last)]
    if same:
        return _weigh(claim, same)
    nature = labels()[claim.indicator].nature
    near = [
        e
        for e in held
        if min(e.period.overlap(period), period.overlap(e.period)) >= _NEAR_PERIOD
        or (nature in {"stock", "rate", "event"}
            and max(e.period.overlap(period), period.overlap(e.period)) == 1.0
            and max((e.period.last - e.period.first).days, (period.last - period.first).days) < 370)
    ]  # fmt: skip
    right = [e for e in near if agrees(claim, e)]
    if right:
        best = right[-1]
        return Judgement(
            verdict=Verdict.supported,
            sentence=f"No figure for {span(period)} is held, but {_is(claim)} "
            f"{_amount(best)} in {span(best.period)}, most of the same time.",
            found=best,
            others=tuple(e for e in near if e is not best),
        )
    return _nothing(claim, near or held)


def _weigh(claim: Claim, figures: Sequence[Evidence]) -> Judgement:
    """Judge by the figures of one period."""
    right = [e for e in figures if agrees(claim, e)]
    wrong = [e for e in figures if not agrees(claim, e)]
    period = span(figures[0].period)
    if right and not wrong:
        best = min(right, key=lambda e: (bool(e.statement), _distance(claim, e)))
        return Judgement(
            verdict=Verdict.supported,
            sentence=f"{_capital(_is(claim))} {_amount(best)} in {period}{_beyond(claim, best)}.",
            found=best,
            others=tuple(e for e in figures if e is not best),
        )
    if right:
        best = min(right, key=lambda e: _distance(claim, e))
        other = max(wrong, key=lambda e: _distance(claim, e))
        return Judgement(
            verdict=Verdict.disputed,
            sentence=f"Sources disagree on {period}: {_amount(best)} ({_who(best)}) agrees, "
            f"{_amount(other)} ({_who(other)}) does not.",
            found=best,
            others=tuple(e for e in figures if e is not best),
        )
    best = min(wrong, key=lambda e: (_distance(claim, e), bool(e.statement)))
    if all(e.harmonised for e in wrong) and _distance(claim, best) <= HARMONISED * best.value:
        return Judgement(
            verdict=Verdict.no_data,
            sentence=f"The figure held for {period} ({_amount(best)}) is from data made "
            "comparable across countries; a country's own figures may differ from them by this "
            "much, so it does not decide.",
            found=best,
        )
    return Judgement(
        verdict=Verdict.contradicted,
        sentence=f"{_capital(_is(claim))} {_amount(best)} in {period}, not {stated(claim)}.",
        found=best,
        others=tuple(e for e in figures if e is not best),
    )


def _nothing(claim: Claim, held: Sequence[Evidence]) -> Judgement:
    when = f" for {span(claim.period)}" if claim.period else ""
    if not held:
        return Judgement(
            verdict=Verdict.no_data,
            sentence=f"No figure for {subject(claim)} is held.",
        )
    if claim.period:
        middle = claim.period.first + (claim.period.last - claim.period.first) / 2
        near = min(held, key=lambda e: (abs((e.period.last - middle).days), e.statement))
    else:
        near = held[-1]
    return Judgement(
        verdict=Verdict.no_data,
        sentence=f"No figure{when} is held that could decide it; the nearest is {_amount(near)} "
        f"for {span(near.period)} ({_who(near)}), which neither supports nor contradicts it.",
        found=near,
    )


_CURRENCIES = {
    "INR": "rupee", "EUR": "euro", "GBP": "sterling", "CNY": "yuan", "RUB": "rouble",
    "JPY": "yen", "AUD": "Australian dollar", "CAD": "Canadian dollar", "KRW": "won",
}  # fmt: skip


def _foreign(claim: Claim, library: Library, held: Sequence[Evidence], today: dt.date) -> Judgement:
    name = _CURRENCIES.get(claim.unit, claim.unit)
    rate = library.rate(claim.unit, claim.period)
    if rate is None:
        known = [e for e in held if is_known_by(e, today)] or held
        near = _nothing(claim, known).found if held else None
        beside = (
            f" The nearest figure held is {_amount(near)} for {span(near.period)}." if near else ""
        )
        return Judgement(
            verdict=Verdict.no_data,
            sentence=f"This is a {name} figure: no exchange rate with a source is held for its "
            f"period, so it was not converted.{beside}",
            found=near,
        )
    units, source = rate
    scaled = _in_dollars(claim, units)
    judged = _compare(scaled, held, today, dated=True)
    note = f" Converted at {units:g} {claim.unit} per US dollar ({library.line(source)})."
    return Judgement(
        verdict=judged.verdict,
        sentence=judged.sentence + note,
        found=judged.found,
        others=judged.others,
    )


def _in_dollars(claim: Claim, units: float) -> Claim:
    return replace(
        claim,
        value=claim.value / units,
        low=claim.low / units,
        high=claim.high / units,
        unit="USD",
    )


def agrees(claim: Claim, evidence: Evidence) -> bool:
    """Say whether a figure bears a claim out, by the claim's qualifier.

    Examples
    --------
    A claim "over 65" is borne out by 68.7, "near 5" by 4.88, a plain "70" by nothing below 66.7.
    """
    if claim.qualifier == "over":
        return evidence.high >= claim.low
    if claim.qualifier in {"under", "not over"}:
        return evidence.low <= claim.high
    tolerance = ABOUT if claim.qualifier == "about" else PLAIN
    low, high = evidence.low, evidence.high
    slack = tolerance * max(abs(low), abs(high))
    return low - slack <= claim.high and claim.low <= high + slack


def _distance(claim: Claim, evidence: Evidence) -> float:
    return abs(evidence.value - claim.value)


def _beyond(claim: Claim, evidence: Evidence) -> str:
    if claim.qualifier == "over" and claim.value > 0 and evidence.value > 1.5 * claim.value:
        return ", well above what is stated"
    return ""


def subject(claim: Claim) -> str:
    """Return what a claim is about, in words: "India's exports of goods to Russia"."""
    template = labels()[claim.indicator].sentence
    goods = next((p.name for p in vocabulary.products() if p.id == claim.product), "goods")
    o, d = name_of(claim.origin), name_of(claim.destination)
    return template.format_map(
        {"o": o, "d": d, "o's": _possessive(o), "d's": _possessive(d), "goods": goods}
    )


def _is(claim: Claim) -> str:
    return f"{subject(claim)} {labels()[claim.indicator].verb}"


@cache
def name_of(id_: str) -> str:
    """Return the name of a country or a group as it stands in a sentence."""
    for country in list_countries():
        if country.iso3 == id_:
            return country.with_article
    for bloc in blocs():
        if bloc.id == id_:
            return f"{bloc.article} {bloc.name}".strip()
    return {"AFR": "Africa", "CAS": "Central Asia"}.get(id_, id_)


def _possessive(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _amount(evidence: Evidence) -> str:
    return figure(evidence.value, evidence.unit, evidence.low, evidence.high)


def _who(evidence: Evidence) -> str:
    if not evidence.said_by:
        return evidence.line
    publisher = evidence.line.split(", “")[0]
    known = publisher.removeprefix("The ").casefold() in evidence.said_by.casefold()
    return evidence.said_by if known else f"{evidence.said_by}, {publisher}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
