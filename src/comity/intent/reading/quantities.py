"""Figures in a text: value in base units, unit and place."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_SCALES = {
    "thousand": 1e3, "k": 1e3, "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "million": 1e6,
    "millions": 1e6, "mn": 1e6, "mln": 1e6, "m": 1e6, "crore": 1e7, "crores": 1e7, "cr": 1e7,
    "billion": 1e9, "billions": 1e9, "bn": 1e9, "bln": 1e9, "b": 1e9, "trillion": 1e12,
    "trn": 1e12, "tn": 1e12, "lakh crore": 1e12, "lakh crores": 1e12, "thousand crore": 1e10,
    "hundred": 1e2,
}  # fmt: skip
_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {word: float(n) for n, word in enumerate(_UNITS)}
_WORDS |= {word: 10.0 * n for n, word in enumerate(_TENS, start=2)}
_WORDS |= {
    f"{ten}-{_UNITS[unit]}": 10.0 * n + unit
    for n, ten in enumerate(_TENS, start=2)
    for unit in range(1, 10)
}
_FRACTIONS = {
    "half": 1 / 2, "a half": 1 / 2, "one half": 1 / 2, "a third": 1 / 3, "one third": 1 / 3,
    "one-third": 1 / 3, "two thirds": 2 / 3, "two-thirds": 2 / 3, "a quarter": 1 / 4,
    "one quarter": 1 / 4, "one-quarter": 1 / 4, "three quarters": 3 / 4, "three-quarters": 3 / 4,
    "a fifth": 1 / 5, "one fifth": 1 / 5, "one-fifth": 1 / 5, "two-fifths": 2 / 5,
    "a tenth": 1 / 10, "one-tenth": 1 / 10,
}  # fmt: skip
_SYMBOLS = {
    "US$": "USD", "USD": "USD", "$": "USD", "U.S.$": "USD", "US $": "USD", "A$": "AUD",
    "AUD": "AUD", "AU$": "AUD", "C$": "CAD", "CAD": "CAD", "S$": "SGD", "SGD": "SGD",
    "HK$": "HKD", "NZ$": "NZD", "€": "EUR", "EUR": "EUR", "£": "GBP", "GBP": "GBP", "₹": "INR",
    "Rs.": "INR", "Rs": "INR", "INR": "INR", "¥": "JPY", "JPY": "JPY", "RMB": "CNY", "CNY": "CNY",
    "₽": "RUB", "RUB": "RUB", "₩": "KRW", "KRW": "KRW", "R$": "BRL", "₺": "TRY", "AED": "AED",
    "SAR": "SAR", "CHF": "CHF", "₦": "NGN",
}  # fmt: skip
_NAMES = {
    r"(?:US|U\.S\.|American) dollars?": "USD", r"Australian dollars?": "AUD",
    r"Canadian dollars?": "CAD", r"Singapore dollars?": "SGD", r"dollars?": "USD", r"USD": "USD",
    r"euros?": "EUR", r"EUR": "EUR", r"pounds?(?: sterling)?": "GBP", r"(?:Indian )?rupees?": "INR",
    r"INR": "INR", r"(?:Russian )?r(?:o?u)bles?": "RUB", r"yuan": "CNY", r"renminbi": "CNY",
    r"RMB": "CNY", r"yen": "JPY", r"won": "KRW", r"dirhams?": "AED", r"riyals?": "SAR",
    r"reais": "BRL", r"(?:Turkish )?lira": "TRY", r"rand": "ZAR", r"naira": "NGN",
    r"Pakistani rupees?": "PKR",
}  # fmt: skip

_NUMBER = r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?|\d+(?:[.,]\d+)?"
_SPELT = "|".join(sorted((re.escape(w) for w in _WORDS), key=len, reverse=True))
_SCALE = (
    r"(?:lakh crores?|thousand crores?|thousand|lakhs?|lac|millions?|mn|mln|crores?|cr|billions?|"
    r"bn|bln|trillions?|trn|tn|hundred|[kmb](?![\w'])|m(?![\w']))"
)
_SYMBOL = "|".join(
    re.escape(s) if not s[-1].isalpha() else re.escape(s) + r"(?![a-z])"
    for s in sorted(_SYMBOLS, key=len, reverse=True)
)
_NAME = "|".join(_NAMES)
_PERCENT = r"%|per\s?cent(?:age)?\b(?!\s+points?)|pc\b"
_FIGURE = re.compile(
    rf"(?:(?P<symbol>(?<![\w])(?:{_SYMBOL})|[$€£₹¥₽₩₺₦])\s?)?"
    rf"(?<![\w.,/:-])(?P<first>{_NUMBER}|(?:half\s+an?|an?|(?:{_SPELT}))(?=[\s-]+{_SCALE}\b)"
    rf"|(?:{_SPELT})(?![\w-]))"
    rf"(?:[\s-]?(?P<scale1>{_SCALE}))?(?![\w])"
    rf"(?P<range>\s?(?:-|to|and|or)\s?(?:{_SYMBOL})?\s?(?P<second>{_NUMBER})(?![\w,]|\.\d)"
    rf"(?:[\s-]?(?P<scale2>{_SCALE})(?![\w]))?)?"
    rf"(?:[\s-]?(?P<name>(?:{_NAME})\b|{_PERCENT}))?",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(_FRACTIONS, key=len, reverse=True))})(?=\s+of\b)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"[\s-]*(?:(?:metric |million |billion |bn |mn )?(?:tonnes?|tons?|mt|mtpa|bcm|mw|gw|kwh|km|"
    r"kms|kilomet\w+|miles?|nautical|hectares?|acres?|days?|hours?|minutes?|mins?|weeks?|months?|years?|"
    r"decades?|year-old|degrees?|percentage points?|points?|basis|th|st|nd|rd|litres?|cubic|kg|"
    r"countries|nations|states|pillars?|chapters?|am|pm|a\.m|p\.m)\b|-(?:year|day|month|point|"
    r"member|nation|page|seat|km|week|hour|minute|storey|km-long))",
    re.IGNORECASE,
)
_BARRELS = re.compile(
    r"[\s-]*(?:barrels?|bpd\b|b/d\b)(?:\s+of\s+[a-z ]{2,20})?(?:\s*(?:a|per|/)\s?day)?",
    re.IGNORECASE,
)
_TIMES = re.compile(r"\s+times\b(?!\s+(?:the|that|those|as|more|higher|larger|bigger))", re.I)
_MULTIPLE = re.compile(r"\s+times\b|[\s-]?fold\b", re.IGNORECASE)
_MONTHS = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATE_BEFORE = re.compile(
    rf"(?:{_MONTHS}|\btop|Article|Section|No\.?|Chapter|Phase|Unit|HS)\s+$", re.I
)
_DATE_AFTER = re.compile(rf"\s+(?:of\s+)?{_MONTHS}\b")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure in a text.

    Parameters
    ----------
    start, end : int
        Its place in the text, with currency and unit.
    value, low, high : float
        In base units; a range gives its middle, and its ends.
    measures : str
        ``money``, ``share``, ``barrels``, ``times`` or ``count``.
    unit : str
        ISO 4217 code, ``share``, ``barrels/day``, or "" for a count.
    """

    start: int
    end: int
    value: float
    low: float
    high: float
    measures: str
    unit: str


def quantities(text: str, start: int = 0, end: int | None = None) -> Iterator[Quantity]:
    """Yield the figures in a part of a plain text (`comity.intent.reading.text.plain`), in order.

    Years, dates, ordinals, names with digits and figures in tonnes, kilometres or days are left
    out.

    Examples
    --------
    >>> [(q.value, q.unit) for q in quantities("Rs 1.2 lakh crore, or $14.5 bn, in 2024")]
    [(1200000000000.0, 'INR'), (14500000000.0, 'USD')]
    >>> [(q.low, q.high, q.unit) for q in quantities("between $60 billion and $65 billion")]
    [(60000000000.0, 65000000000.0, 'USD')]
    """
    stop = len(text) if end is None else end
    found = list(_scan(text, start, stop))
    for match in _FRACTION.finditer(text, start, stop):
        value = _FRACTIONS[re.sub(r"\s+", " ", match.group().casefold())]
        found = [q for q in found if q.end <= match.start() or q.start >= match.end()]
        found.append(Quantity(match.start(), match.end(), value, value, value, "share", "share"))
    yield from sorted(found, key=lambda q: q.start)


def _scan(text: str, start: int, stop: int) -> Iterator[Quantity]:
    while match := _FIGURE.search(text, start, stop):
        if match["range"] and not _is_range(match):
            # Two figures, not a range: the second is read on its own.
            alone = _FIGURE.match(text, match.start(), match.start("range"))
            start = match.start("range")
            if alone is None or alone["range"]:
                continue
            match = alone
        start = match.end()
        if quantity := _quantity(text, match, stop):
            start = quantity.end
            yield quantity


def _quantity(text: str, match: re.Match[str], stop: int) -> Quantity | None:
    low = _number(match["first"])
    scale1, scale2 = _scale(match["scale1"]), _scale(match["scale2"])
    high = low
    second = _number(match["second"]) if match["second"] else None
    unit = _unit(match["symbol"], match["name"])
    scaled = bool(match["scale1"] or match["scale2"])
    if second is not None:
        low, high = low * (scale1 or scale2 or 1.0), second * (scale2 or scale1 or 1.0)
    else:
        low = high = low * (scale1 or 1.0)
    quantity = Quantity(match.start(), match.end(), (low + high) / 2, low, high, "money", unit)
    return _dimension(text, quantity, match["first"], scaled=scaled, stop=stop)


def _is_range(match: re.Match[str]) -> bool:
    """Say whether two figures beside each other are the ends of one."""
    scale1, scale2 = _scale(match["scale1"]), _scale(match["scale2"])
    low, second = _number(match["first"]), _number(match["second"])
    unit = _unit(match["symbol"], match["name"])
    joint = re.split(r"[\s\d]", match["range"].strip())[0].casefold()
    first, last = low * (scale1 or scale2 or 1), second * (scale2 or scale1 or 1)
    if not first < last <= 20 * max(first, 1e-9):
        return False
    if not (unit or match["scale1"] or match["scale2"]):
        return False
    if joint == "and":
        before = match.string[max(0, match.start() - 9) : match.start()]
        return "between" in before.casefold()
    if joint == "to":
        before = match.string[max(0, match.start() - 30) : match.start()]
        moved = re.search(r"\b(?:from|by)\s+(?:\w+\s+){0,2}$|[a-z]+(?:ed|ew|ell|ose)\s+$", before)
        return moved is None and last <= 3 * first
    return True


def _dimension(
    text: str, found: Quantity, written: str, *, scaled: bool, stop: int
) -> Quantity | None:
    """Say what sort of quantity it is, or None where it is none."""
    if not math.isfinite(found.value):
        return None
    if found.unit == "share":
        share = replace(found, value=found.value / 100, low=found.low / 100, high=found.high / 100)
        return replace(share, measures="share")
    if found.unit:
        return found
    if barrels := _BARRELS.match(text, found.end, stop):
        return replace(found, end=barrels.end(), measures="barrels", unit="barrels/day")
    if _TIMES.match(text, found.end, stop):
        end = found.end + text[found.end :].index("times") + len("times")
        return replace(found, end=end, measures="times")
    if (
        _OTHER.match(text, found.end, stop)
        or _MULTIPLE.match(text, found.end, stop)
        or _DATE_BEFORE.search(text, max(0, found.start - 12), found.start)
        or _DATE_AFTER.match(text, found.end, stop)
        or text[found.end : found.end + 1] in ("-", "/", ":")
    ):
        return None
    if written.casefold() == "one" and not scaled:
        return None  # "one of the", "one which"
    is_year = not scaled and re.fullmatch(r"(?:1[89]|20|21)\d\d", written) is not None
    return None if is_year else replace(found, measures="count")


def _number(written: str) -> float:
    """Return a number as it is written: digits with separators, or a word."""
    word = re.sub(r"\s+", " ", written.casefold())
    if word in ("a", "an"):
        return 1.0
    if word.startswith("half a"):
        return 0.5
    if word in _WORDS:
        return _WORDS[word]
    if re.fullmatch(r"\d+,\d{1,2}", word):  # 68,7: a decimal comma
        return float(word.replace(",", "."))
    return float(word.replace(",", ""))


def _scale(word: str | None) -> float:
    return _SCALES[re.sub(r"\s+", " ", word.casefold())] if word else 0.0


def _unit(symbol: str | None, name: str | None) -> str:
    if symbol:
        for known, code in _SYMBOLS.items():
            if known.casefold() == symbol.casefold():
                return code
    if name:
        if re.fullmatch(_PERCENT, name, re.IGNORECASE):
            return "share"
        for pattern, code in _NAMES.items():
            if re.fullmatch(pattern, name, re.IGNORECASE):
                return code
    return ""
