"""Periods: as texts write them, as tables hold them, and how they lie to each other."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_MONTH_NAMES = [name.casefold() for name in calendar.month_name]
_MONTH = (  # their case counts: "May" is a month, "may" is not
    r"(?-i:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.?"
)
_YEAR = r"(?:19[5-9]\d|20\d\d)"
_COUNT = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_ORDER = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "final": 4}
_FISCAL_WORD = r"(?:FY|fiscal(?:\s+year)?|financial\s+year)"
_FIND = re.compile(
    rf"(?P<fy>\b{_FISCAL_WORD}\s?'?(?P<fy1>{_YEAR}|\d\d)(?:\s?[-/]\s?(?P<fy2>{_YEAR}|\d\d))?\b)"
    rf"|(?P<range>\b(?:between|from)\s+(?P<r1>{_YEAR})\s+(?:and|to|until|till)\s+(?P<r2>{_YEAR})\b)"
    rf"|(?P<months>\b(?P<m1>{_MONTH})\s?(?:-|to|and|through)\s?(?P<m2>{_MONTH})"
    rf"(?:,?\s+(?:of\s+)?(?:the\s+)?(?:FY\s?)?(?P<my>{_YEAR}|this\s+year|last\s+year))?)"
    rf"|(?P<part>\b(?:first|last|final)\s+(?P<n>\w+)\s+months(?:(?:\s+of)?\s+(?P<py>{_YEAR}|this\s+year|"
    rf"last\s+year|the\s+year))?)"
    rf"|(?P<elapsed>\b(?P<en>\d+|\w+)\s+months\s+of\s+(?P<ey>{_YEAR}))"
    rf"|(?P<half>\b(?P<h>first|second)\s+half\s+of\s+(?P<hy>{_YEAR}|this\s+year|last\s+year))"
    rf"|(?P<quarter>\b(?:(?P<q>first|second|third|fourth|last)\s+quarter\s+of\s+|Q(?P<qn>[1-4])\s+)"
    rf"(?:of\s+)?(?P<qy>{_YEAR}|this\s+year|last\s+year))"
    rf"|(?P<day>\b(?:\d{{1,2}}\s+{_MONTH}|{_MONTH}\s+\d{{1,2}}),?\s+(?P<dy>{_YEAR})\b)"
    rf"|(?P<month>\b(?P<mm>{_MONTH})(?:\s+of)?,?\s+(?P<mmy>{_YEAR}|last\s+year|this\s+year)\b)"
    rf"|(?P<since>\bsince\s+(?:{_MONTH}\s+)?(?P<sy>{_YEAR})\b)"
    rf"|(?P<span>\b(?P<s1>{_YEAR})\s?[-/]\s?(?P<s2>{_YEAR}|\d\d)\b(?P<sfy>\s+(?:financial|fiscal)"
    rf"\s+year)?)"
    rf"|(?P<lastfy>\b(?:last|previous)\s+(?:fiscal|financial)(?:\s+year)?)"
    rf"|(?P<earlier>\b(?:a|one|the)\s+year\s+(?:earlier|before|ago)|\bthe\s+(?:previous|preceding)"
    rf"\s+year|\bof\s+the\s+year\s+before)"
    rf"|(?P<last>\blast\s+year(?:'s)?\b)"
    rf"|(?P<this>\b(?:this\s+year|so\s+far\s+this\s+year)\b)"
    rf"|(?P<inmonth>\b(?:in|during|for|last)\s+(?P<im>{_MONTH})\b(?!\s*\d|\s?(?:-|to|and|through)\s?{_MONTH}))"
    rf"|(?P<decade>\b(?:over|in|during)\s+the\s+(?:past|last)\s+(?P<dn>decade|\w+\s+years)\b)"
    rf"|(?P<year>(?<![\d,.$€£-]){_YEAR}(?![\d,.]*\d|\s?(?:%|per\s?cent|billion|million|crore)))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time that a figure speaks of.

    Parameters
    ----------
    text : str
        As tables write it: "2024", "FY2024-25", "2026-01", "2024-01/2024-11", "2020-24".
    first, last : date
        Its first and last day.
    kind : str
        ``year``, ``fiscal``, ``month``, ``part``, ``span`` or ``relative`` (the year before
        another period).
    start, end : int
        Place in the text; 0 where it comes from a table.
    """

    text: str
    first: dt.date
    last: dt.date
    kind: str
    start: int = 0
    end: int = 0

    @property
    def whole_year(self) -> bool:
        """Whether it is a year, calendar or fiscal."""
        return self.kind in ("year", "fiscal")

    def overlap(self, other: Period) -> float:
        """Return the share of this period's days that lie in the other."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        days = (last - first).days + 1
        return max(0.0, days / ((self.last - self.first).days + 1))


def year(number: int) -> Period:
    """Return a calendar year."""
    return Period(str(number), dt.date(number, 1, 1), dt.date(number, 12, 31), "year")


def fiscal(number: int) -> Period:
    """Return the Indian fiscal year that begins in April of a year.

    Examples
    --------
    >>> fiscal(2024).text, fiscal(2024).last.isoformat()
    ('FY2024-25', '2025-03-31')
    """
    text = f"FY{number}-{(number + 1) % 100:02d}"
    return Period(text, dt.date(number, 4, 1), dt.date(number + 1, 3, 31), "fiscal")


def months(first: int, last: int, number: int) -> Period:
    """Return some months of a year."""
    a, b = f"{number}-{first:02d}", f"{number}-{last:02d}"
    end = dt.date(number, last, calendar.monthrange(number, last)[1])
    text, kind = (a, "month") if first == last else (f"{a}/{b}", "part")
    return Period(text, dt.date(number, first, 1), end, kind)


def span(first: int, last: int, text: str = "") -> Period:
    """Return several years together."""
    text = text or f"{first}/{last}"
    return Period(text, dt.date(first, 1, 1), dt.date(last, 12, 31), "span")


@lru_cache(maxsize=4096)
def read(text: str) -> Period | None:
    """Return the period that a table's cell holds, or None.

    Examples
    --------
    >>> [read(cell).kind for cell in ("2024", "FY2024-25", "2026-01", "2024-01/2024-11", "2020-24")]
    ['year', 'fiscal', 'month', 'part', 'span']
    >>> read("pre-2020") is None
    True
    """
    text = text.strip()
    if match := re.fullmatch(r"FY(\d{4})-\d\d", text):
        return fiscal(int(match[1]))
    if match := re.fullmatch(r"(\d{4})-(\d\d)-\d\d", text):
        return months(int(match[2]), int(match[2]), int(match[1]))
    if match := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])(?:/(\d{4})-(0[1-9]|1[0-2]))?", text):
        first = months(int(match[2]), int(match[2]), int(match[1]))
        if not match[3]:
            return first
        last = months(int(match[4]), int(match[4]), int(match[3]))
        return Period(text, first.first, last.last, "part") if last.last > first.first else None
    if match := re.fullmatch(r"(\d{4})[/-](\d\d(?:\d\d)?)", text):
        start = int(match[1])
        end = int(match[2]) if len(match[2]) == 4 else start // 100 * 100 + int(match[2])
        return span(start, end, text) if 1900 <= start < end <= 2100 else None
    if re.fullmatch(r"(?:19|20)\d\d", text):
        return year(int(text))
    return None


def find(text: str, today: dt.date, start: int = 0, end: int | None = None) -> Iterator[Period]:
    """Yield the periods named in a part of a plain text, relative ones seen from a date.

    Examples
    --------
    >>> day = dt.date(2025, 12, 9)
    >>> [p.text for p in find("FY25, 2023-24, January 2026, last year, since 2022", day)]
    ['FY2024-25', 'FY2023-24', '2026-01', '2024', '2022/2025']
    """
    for match in _FIND.finditer(text, start, len(text) if end is None else end):
        found = _period(match, today)
        if found is not None:
            place = {"start": match.start(), "end": match.end()}
            yield Period(found.text, found.first, found.last, found.kind, **place)


def _period(match: re.Match[str], today: dt.date) -> Period | None:
    kind = match.lastgroup
    for name in ("fy", "range", "months", "part", "elapsed", "half", "quarter", "day", "month",
                 "since", "span", "lastfy", "earlier", "last", "this", "inmonth", "decade",
                 "year"):  # fmt: skip
        if match[name]:
            kind = name
            break
    return _READERS[kind](match, today) if kind in _READERS else None


def _fy(match: re.Match[str], today: dt.date) -> Period | None:  # noqa: ARG001
    first = _four(match["fy1"])
    if not match["fy2"]:
        return fiscal(first - 1)  # FY25 ends in March 2025
    return fiscal(first) if _four(match["fy2"]) == first + 1 else None


def _span(match: re.Match[str], today: dt.date) -> Period | None:  # noqa: ARG001
    first = int(match["s1"])
    last = int(match["s2"]) if len(match["s2"]) == 4 else first // 100 * 100 + int(match["s2"])
    if last == first + 1:
        return fiscal(first)
    if not first < last <= first + 30:
        return None
    return span(first, last, f"{first}-{last % 100:02d}")


def _range(match: re.Match[str], today: dt.date) -> Period | None:  # noqa: ARG001
    first, last = int(match["r1"]), int(match["r2"])
    return span(first, last) if first < last else None


def _months(match: re.Match[str], today: dt.date) -> Period | None:
    first, last = _month(match["m1"]), _month(match["m2"])
    number = _year_of(match["my"], today) if match["my"] else _latest(last, today)
    if first >= last:
        return None
    return months(first, last, number)


def _part(match: re.Match[str], today: dt.date) -> Period | None:
    count = _COUNT.get(match["n"].casefold()) or (int(match["n"]) if match["n"].isdigit() else 0)
    if not 1 <= count <= 12:
        return None
    number = _year_of(match["py"] or "this", today)
    first_months = match.group().casefold().startswith("first")
    return months(1, count, number) if first_months else months(13 - count, 12, number)


def _elapsed(match: re.Match[str], today: dt.date) -> Period | None:  # noqa: ARG001
    word = match["en"].casefold()
    count = _COUNT.get(word) or (int(word) if word.isdigit() and len(word) < 3 else 0)
    return months(1, count, int(match["ey"])) if 1 <= count <= 12 else None


def _half(match: re.Match[str], today: dt.date) -> Period:
    first = 1 if match["h"].casefold() == "first" else 7
    return months(first, first + 5, _year_of(match["hy"], today))


def _quarter(match: re.Match[str], today: dt.date) -> Period:
    number = int(match["qn"]) if match["qn"] else _ORDER[match["q"].casefold()]
    return months(3 * number - 2, 3 * number, _year_of(match["qy"], today))


def _named_month(match: re.Match[str], today: dt.date) -> Period:
    number = _month(match["mm"])
    return months(number, number, _year_of(match["mmy"], today))


def _in_month(match: re.Match[str], today: dt.date) -> Period:
    number = _month(match["im"])
    return months(number, number, _latest(number, today))


def _since(match: re.Match[str], today: dt.date) -> Period | None:
    first = int(match["sy"])
    if first > today.year:
        return None
    return span(first, today.year) if first < today.year else year(first)


def _last_fiscal(match: re.Match[str], today: dt.date) -> Period:  # noqa: ARG001
    current = today.year if today.month >= 4 else today.year - 1
    return fiscal(current - 1)


def _decade(match: re.Match[str], today: dt.date) -> Period | None:
    words = match["dn"].casefold().split()
    count = 10 if words[0] == "decade" else _COUNT.get(words[0], 0)
    return span(today.year - count, today.year) if count > 1 else None


_READERS: dict[str, Callable[[re.Match[str], dt.date], Period | None]] = {
    "fy": _fy,
    "span": _span,
    "range": _range,
    "months": _months,
    "part": _part,
    "elapsed": _elapsed,
    "half": _half,
    "quarter": _quarter,
    "day": lambda match, _: year(int(match["dy"])),
    "month": _named_month,
    "inmonth": _in_month,
    "since": _since,
    "lastfy": _last_fiscal,
    "earlier": lambda _, today: Period(
        "year earlier", dt.date(today.year - 1, 1, 1), dt.date(today.year - 1, 12, 31), "relative"
    ),
    "last": lambda _, today: year(today.year - 1),
    "this": lambda _, today: year(today.year),
    "decade": _decade,
    "year": lambda match, _: year(int(match["year"])),
}


def year_before(period: Period) -> Period | None:
    """Return the same stretch of time a year earlier."""
    if period.kind == "fiscal":
        return fiscal(period.first.year - 1)
    if period.kind == "year":
        return year(period.first.year - 1)
    if period.kind in ("month", "part") and period.first.year == period.last.year:
        return months(period.first.month, period.last.month, period.first.year - 1)
    return None


def _four(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return 2000 + int(digits) if int(digits) < 60 else 1900 + int(digits)


def _month(name: str) -> int:
    key = name.casefold().rstrip(".")[:3]
    return next(n for n, month in enumerate(_MONTH_NAMES) if n and month.startswith(key))


def _latest(month: int, today: dt.date) -> int:
    """Return the year of the last such month up to a date."""
    return today.year if month <= today.month else today.year - 1


def _year_of(text: str, today: dt.date) -> int:
    if text.isdigit():
        return int(text)
    return today.year - 1 if text.casefold().startswith("last") else today.year
