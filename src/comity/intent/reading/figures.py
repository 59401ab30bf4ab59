"""Figures as a sentence prints them."""

from __future__ import annotations

from comity.intent.reading.claims import Claim
from comity.intent.reading.periods import Period

_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_QUALIFIERS = {"over": "over ", "under": "under ", "about": "about ", "not over": "not over "}


def figure(value: float, unit: str, low: float | None = None, high: float | None = None) -> str:
    """Return a figure in words, without false precision.

    Examples
    --------
    >>> figure(68.72e9, "USD"), figure(0.96, "share"), figure(22.0, "")
    ('USD 68.7 billion', '96 %', '22')
    >>> figure(0.925, "share", 0.90, 0.95)
    '90 to 95 %'
    """
    if low is not None and high is not None and low != high:
        if unit == "share":
            return f"{_plain(100 * low)} to {_plain(100 * high)} %"
        return f"{figure(low, unit)} to {figure(high, unit)}"
    if unit == "share":
        return f"{_plain(100 * value)} %"
    text = _plain(value)
    for scale, word in _SCALES:
        if abs(value) >= scale:
            text = f"{_plain(value / scale)} {word}"
            break
    if unit == "barrels/day":
        return f"{text} barrels a day"
    return f"{unit} {text}".strip()


def stated(claim: Claim) -> str:
    """Return what a claim says, with its qualifier: "over USD 65 billion"."""
    amount = figure(claim.value, claim.unit, claim.low, claim.high)
    return f"{_QUALIFIERS.get(claim.qualifier, '')}{amount}"


def span(period: Period) -> str:
    """Return a period as a sentence has it: "January to November 2024", "FY2024-25".

    Examples
    --------
    >>> from comity.intent.reading import periods
    >>> span(periods.read("2022-02/2022-12"))
    'February to December 2022'
    """
    if period.kind in {"month", "part"}:
        first, last = period.first, period.last
        if (first.year, first.month) == (last.year, last.month):
            return f"{first:%B %Y}"
        if first.year == last.year:
            return f"{first:%B} to {last:%B %Y}"
        return f"{first:%B %Y} to {last:%B %Y}"
    if "/" in period.text:
        return period.text.replace("/", " to ")
    return period.text


def _plain(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100 or value == int(value):
        return f"{value:.0f}"
    digits = 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")
