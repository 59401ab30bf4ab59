"""Numbers, changes and names as the sentences of a brief have them."""

from __future__ import annotations

from comity import catalogue
from comity.brief import text as say
from comity.catalogue import Country
from comity.measure import Measure


def rule(measure: Measure) -> str:
    """Return a visa rule in words."""
    return measure.text or f"no visa for {value(measure):.0f} days"


def grew(rate: float) -> str:
    """Return a rate a year in words."""
    return f"{'grew' if rate >= 0 else 'fell'} {say.share(abs(rate))} a year"


def citizen(country: Country) -> str:
    """Return a citizen of a country."""
    return f"a citizen of {country.with_article}"


def of(country: Country) -> str:
    """Return a country's name in the possessive."""
    return say.possessive(country.with_article)


def times(ratio: float) -> str:
    """Return a ratio as it is said."""
    return say.number(ratio, 2) if ratio < 3 else say.in_words(ratio)


def place(rank: float) -> str:
    """Return a rank in words."""
    return "largest" if rank == 1 else f"{say.ordinal(rank)} largest"


def moved(change: float) -> str:
    """Return a change in words."""
    if abs(change) < 5e-4:
        return "unchanged"
    if change >= 2:
        return f"{say.number(change + 1, 2)} times as much"
    return f"{'up' if change > 0 else 'down'} {say.share(abs(change))}"


def name(country: Country) -> str:
    """Return a country's name at the start of a sentence."""
    return capital(country.with_article)


def capital(text: str) -> str:
    """Return a text with its first letter capital."""
    return text[:1].upper() + text[1:]


def value(measure: Measure) -> float:
    """Return the number of a measure that has one."""
    if measure.value is None:
        raise ValueError(f"{measure.indicator} has no number")
    return measure.value


def chapter(measure: Measure) -> str:
    """Return the name of a measure's HS chapter inside a sentence."""
    return str(catalogue.chapter(measure.product).label).lower()
