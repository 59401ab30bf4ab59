"""Dates as people give them: a day, a month, a year, or an Indian fiscal year."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from functools import lru_cache

# A ledger has a few hundred dates, and asks for each again and again.
_KEPT = 4096
_FORMS = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?$|FY(?P<fiscal>\d{4})-(?P<end>\d{2})$"
)
HOW_TO_WRITE = "write 2025, 2025-12, 2025-12-05 or FY2024-25"


def is_date(text: str) -> bool:
    """Return whether the text is a date in one of the four forms.

    Examples
    --------
    >>> [is_date(text) for text in ("2025", "2025-02-30", "FY2024-25", "FY2024-26", "soon")]
    [True, False, True, False, False]
    """
    try:
        last_day(text)
    except ValueError:
        return False
    return True


def is_day(text: str) -> bool:
    """Return whether the text is a full date."""
    return len(text) == 10 and is_date(text)


@lru_cache(maxsize=_KEPT)
def first_day(text: str) -> dt.date:
    """Return the first day that the date may mean.

    Examples
    --------
    >>> first_day("2025-12"), first_day("FY2024-25")
    (datetime.date(2025, 12, 1), datetime.date(2024, 4, 1))
    """
    match = _parse(text)
    if match["fiscal"]:
        return dt.date(int(match["fiscal"]), 4, 1)
    return dt.date(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1))


@lru_cache(maxsize=_KEPT)
def last_day(text: str) -> dt.date:
    """Return the last day that the date may mean; a promise is overdue only after it.

    Examples
    --------
    >>> last_day("2025"), last_day("FY2024-25")
    (datetime.date(2025, 12, 31), datetime.date(2025, 3, 31))
    """
    match = _parse(text)
    if match["fiscal"]:
        return dt.date(int(match["fiscal"]) + 1, 3, 31)
    year, month = int(match["year"]), int(match["month"] or 12)
    last = calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 31
    return dt.date(year, month, int(match["day"] or last))


@lru_cache(maxsize=_KEPT)
def year_of(text: str) -> int:
    """Return the year: of a fiscal year, the one in which it begins (nine of its months).

    Examples
    --------
    >>> year_of("2025-12"), year_of("FY2024-25")
    (2025, 2024)
    """
    match = _parse(text)
    return int(match["fiscal"] or match["year"])


def position(text: str) -> float:
    """Return the date's middle as a decimal year, to count the years between two periods.

    Examples
    --------
    >>> position("2025"), position("FY2024-25")
    (2025.5, 2024.75)
    """
    first, last = first_day(text), last_day(text)
    middle = (first.toordinal() + last.toordinal() + 1) / 2
    start = dt.date(first.year, 1, 1).toordinal()
    days = 366 if calendar.isleap(first.year) else 365
    return round(first.year + (middle - start) / days, 2)


def _parse(text: str) -> re.Match[str]:
    match = _FORMS.match(text)
    if match is None or (match["fiscal"] and (int(match["fiscal"]) + 1) % 100 != int(match["end"])):
        raise ValueError(f"'{text}' is not a date; {HOW_TO_WRITE}")
    return match
