"""The date of a text: what it says itself, near its top."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from comity.errors import UsageError

_MONTHS = [name.casefold() for name in calendar.month_name if name]
_NAME = "|".join([*_MONTHS, *(m[:3] for m in _MONTHS), "sept"])
_DATES = re.compile(
    rf"\b(?P<y1>20\d\d|19\d\d)-(?P<m1>\d\d)-(?P<d1>\d\d)\b"
    rf"|\b(?P<n2>{_NAME})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y2>20\d\d|19\d\d)\b"
    rf"|\b(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<n3>{_NAME})\.?,?\s+(?P<y3>20\d\d|19\d\d)\b",
    re.IGNORECASE,
)
_CUE = re.compile(r"(?:updated|published|posted|dated?|last modified)\b[^.\n]{0,20}$", re.I)
_LOOK = 3000


def find_date(text: str) -> tuple[dt.date, int, int] | None:
    """Return the date of a text and where it stands, or None.

    A date behind "Updated", "Published" or the like, or alone with its line, counts before others;
    only the first 3,000 characters are looked at, and there only full dates.

    Examples
    --------
    >>> find_date("Chandigarh - UPDATED: December 9, 2025, 02:34 PM")[0].isoformat()
    '2025-12-09'
    """
    best: tuple[int, tuple[dt.date, int, int]] | None = None
    for match in _DATES.finditer(text, 0, _LOOK):
        day = _day(match)
        if day is None:
            continue
        line_start = text.rfind("\n", 0, match.start()) + 1
        line_end = text.find("\n", match.end())
        line = text[line_start : len(text) if line_end < 0 else line_end].strip()
        cued = bool(_CUE.search(text, max(0, match.start() - 40), match.start()))
        rank = 0 if cued and len(line) < 160 else 1 if len(line) < 60 else 2
        if rank == 2 and match.start() > 600:
            continue
        if best is None or rank < best[0]:
            best = (rank, (day, match.start(), match.end()))
    return best[1] if best else None


def read_date(text: str) -> dt.date:
    """Return the date that a user gave.

    Raises
    ------
    UsageError
        It is not a date such as 2025-12-09.
    """
    match = _DATES.fullmatch(text.strip())
    day = _day(match) if match else None
    if day is None:
        raise UsageError(f"'{text}' is not a date.", "Write it as 2025-12-09.")
    return day


def _day(match: re.Match[str]) -> dt.date | None:
    try:
        if match["y1"]:
            return dt.date(int(match["y1"]), int(match["m1"]), int(match["d1"]))
        name, number, year = (
            (match["n2"], match["d2"], match["y2"])
            if match["n2"]
            else (match["n3"], match["d3"], match["y3"])
        )
        month = next(n for n, m in enumerate(_MONTHS, 1) if m.startswith(name.casefold()[:3]))
        return dt.date(int(year), month, int(number))
    except ValueError:
        return None
