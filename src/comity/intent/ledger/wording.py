"""The sentences of verdicts: every one names its figure, its period and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from comity import catalogue
from comity.errors import ComityError
from comity.intent.ledger import dates
from comity.intent.ledger.book import Ledger
from comity.intent.ledger.evidence import Bound, Point, Used
from comity.intent.ledger.model import Promise

Names = Callable[[Point], str]

REASONS = {
    "no figure": "no figure was promised.",
    "currency": "the target is in another currency than the series, and is not converted.",
    "scope": "no series of trade without oil is at hand.",
    "no baseline": "the level to multiply was not given.",
    "no series": "no figure since the promise is at hand.",
    "only a limit": "only a limit to it is at hand.",
    "no later figure": "no figure for the date is at hand.",
    "no date": "no date was given.",
    "years missing": "not every year of the sum is at hand.",
}


def amount(value: float, unit: str) -> str:
    """Return a figure as people read it.

    Examples
    --------
    >>> amount(68.7e9, "USD"), amount(48000, "rifles"), amount(111e6, "USD")
    ('USD 68.7 billion', '48,000 rifles', 'USD 111 million')
    """
    if unit not in ("USD", "EUR", "GBP"):
        return f"{_plain(value)} {_counted(value, unit)}".strip()
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if value >= size:
            digits = 1 if value < 999.5 * size and value / size % 1 > 0.049 else 0
            return f"{unit} {value / size:,.{digits}f} {word}".replace(".0 ", " ")
    return f"{unit} {_plain(value)}"


def date(text: str) -> str:
    """Return a date as people read it.

    Examples
    --------
    >>> [date(text) for text in ("2017-03", "2013-11-16", "FY2024-25")]
    ['March 2017', '16 November 2013', 'FY2024-25']
    """
    if text.startswith("FY") or len(text) < 7:
        return text
    first = dates.first_day(text)
    return f"{first:%B %Y}" if len(text) == 7 else f"{first.day} {first:%B %Y}"


def party(ledger: Ledger, id: str) -> str:  # noqa: A002
    """Return a party's name as it stands in a sentence: "the United States", "India"."""
    held = ledger.party(id)
    if held.kind == "country":
        try:
            return catalogue.country(id).with_article
        except ComityError:
            return held.name
    return held.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What the sentence on a level that was reached is made of."""

    status: str
    shown: Point
    first: Point
    at_due: Point | None
    carried: Point
    alone: str
    fell_to: Point | None
    others: tuple[Point, ...]


def reached(ledger: Ledger, names: Names, promise: Promise, parts: Reached) -> str:
    """Say that the level was reached, when, and by whom it was carried."""
    unit = promise.target.unit if promise.target else ""
    text = f"{_capital(parts.status)}: {_figure(names, parts.shown, unit)}"
    if not promise.due:
        text += "; no date was promised"
    elif parts.status == "met late":
        text += f", after the date of {date(promise.due)}"
    elif parts.status == "met, date unclear":
        text += f"; no figure shows whether it was by {date(promise.due)}"
    text += "."
    if parts.first is not parts.shown:
        text += f" First above it: {_figure(names, parts.first, unit)}."
    if parts.at_due is not None:
        then = "When due" if parts.at_due.year == dates.year_of(promise.due) else "Not yet"
        text += f" {then}: {_figure(names, parts.at_due, unit)}."
    if parts.alone:
        text += _carried(ledger, names, promise, parts, unit)
    if parts.fell_to is not None:
        text += f" Below it again: {_figure(names, parts.fell_to, unit)}."
    return text + _disputes(names, unit, parts.others)


def _carried(ledger: Ledger, names: Names, promise: Promise, parts: Reached, unit: str) -> str:
    point = parts.carried
    other = next(p for p in promise.parties if p != parts.alone)
    values = {exporter: value for exporter, _, value in point.sides}
    when = "" if point is parts.shown else f" {_when(point.period)} ({names(point)})"
    return (
        f" One side carried it: exports of {party(ledger, parts.alone)} were "
        f"{amount(values[parts.alone], unit)}, those of {party(ledger, other)} "
        f"{amount(values[other], unit)}{when}."
    )


def missed(
    names: Names, promise: Promise, at: Point, latest: Point, others: Sequence[Point]
) -> str:
    """Say that the date passed with the level not reached."""
    unit = promise.target.unit if promise.target else ""
    text = f"Missed: {_figure(names, at, unit)}"
    if at.year > dates.year_of(promise.due):
        text += f", after the date of {date(promise.due)}"
    text += "."
    if latest is not at:
        text += f" Still {_figure(names, latest, unit)}."
    return text + _disputes(names, unit, others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """What the sentence on a target that is not due yet is made of."""

    status: str
    latest: Point
    base: tuple[float, str] | None
    needed: float
    achieved: float
    others: tuple[Point, ...]


def pace(ledger: Ledger, names: Names, promise: Promise, parts: Pacing) -> str:
    """Say how fast it goes, and how fast it would have to go."""
    unit = promise.target.unit if promise.target else ""
    due = date(promise.due)
    text = f"{_capital(parts.status)}: {_figure(names, parts.latest, unit)}. "
    if parts.base is None:
        return text + (
            f"{_percent(parts.achieved, 0)} is delivered; an even pace to {due} would be "
            f"{_percent(parts.needed, 0)}."
        )
    done = "shrank" if parts.achieved < 0 else "grew"
    text += (
        f"It {done} by {_percent(abs(parts.achieved), 1)} a year from "
        f"{amount(parts.base[0], unit)} in {parts.base[1]}; to reach the target by {due} it must "
        f"grow by {_percent(parts.needed, 1)} a year."
    )
    if len(parts.latest.sides) == 2:
        (a, _, x), (b, _, y) = parts.latest.sides
        text += (
            f" Exports of {party(ledger, a)} were {amount(x, unit)}, those of {party(ledger, b)} "
            f"{amount(y, unit)}."
        )
    return text + _disputes(names, unit, parts.others)


def total(promise: Promise, status: str, value: float, years: int) -> str:
    """Say what the years of a sum add up to."""
    unit = promise.target.unit if promise.target else ""
    return f"{_capital(status)}: {amount(value, unit)} over {years} years."


def without(names: Names, promise: Promise, status: str, reason: str, latest: Point | None) -> str:
    """Say why there is no verdict, and the last figure that there is."""
    unit = promise.target.unit if promise.target else ""
    text = _capital(status)
    if status == "overdue":
        text += f" since {date(promise.due)}"
    why = REASONS["no series" if latest is None and reason == "no later figure" else reason]
    text += f": {why}"
    if latest is not None:
        text += f" The last is {_figure(names, latest, unit)}."
    return text


def _figure(names: Names, point: Point, unit: str) -> str:
    said = names(point)
    what = amount(point.value, unit)
    if point.bound is Bound.at_most:
        what = f"at most {what} (goods and services together)"
    elif point.bound is Bound.at_least:
        kind = "goods alone" if "goods only" in point.flags else "not every flow is known"
        what = f"at least {what} ({kind})"
    verb = "said by" if point.used is Used.statement else "from"
    return f"{what} {_when(point.period)} ({verb} {said})"


def _disputes(names: Names, unit: str, others: Sequence[Point]) -> str:
    if not others:
        return ""
    listed = "; ".join(dict.fromkeys(_figure(names, point, unit) for point in others[:3]))
    return f" Other figures say otherwise: {listed}."


def _when(period: str) -> str:
    return f"{'on' if dates.is_day(period) else 'in'} {date(period)}"


def _counted(value: float, unit: str) -> str:
    """Return the unit in the number that the value asks for, where it is a plain word."""
    if value == 1:
        return unit.removesuffix("s")
    plural = unit.endswith("s") or not unit.isalpha()
    return unit if plural else f"{unit}s"


def _plain(value: float) -> str:
    if value >= 1e6 and value % 1e5 == 0:
        return f"{value / 1e6:,g} million"
    return f"{value:,.0f}" if value == int(value) else f"{value:,g}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _percent(share: float, digits: int) -> str:
    return f"{share * 100:.{digits}f} %"
