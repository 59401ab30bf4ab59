"""How numbers, periods and names are written: sensible digits, the unit said once.

Short forms are for tables and charts ("$4.05 bn"), long forms for sentences ("4.05 billion
dollars"). Plain spaces throughout; a page may bind a number to its unit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import floor, log10

from comity.measure import Measure

MINUS = "−"
_SCALES = ((1e12, "tn", "trillion"), (1e9, "bn", "billion"), (1e6, "m", "million"))
_SPAN = re.compile(r"(\d{4})/(\d{4})")
_SHORT_SPAN = re.compile(r"(\d{4})-(\d{2}|\d{4})")
_MONTHS = re.compile(r"(\d{4})-(0[1-9]|1[0-2])/(\d{4})-(0[1-9]|1[0-2])")
_MONTH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FISCAL = re.compile(r"\bFY ?(\d{4})[-–](\d{2})\b")
_WORDS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    "twenty",
)  # fmt: skip


def number(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, thousands set apart, never an exponent.

    Whole parts are never rounded away: 1,234 stays 1,234 with three digits.

    Examples
    --------
    >>> number(4.0539), number(66.149), number(0.02117), number(1234.6), number(-0.5)
    ('4.05', '66.1', '0.0212', '1,235', '−0.5')
    """
    if value == 0:
        return "0"
    magnitude = floor(log10(abs(value)))
    decimals = min(max(digits - 1 - magnitude, 0), 12)
    written = f"{abs(value):,.{decimals}f}"
    # 9.999 becomes 10.00: one digit more than asked for.
    if decimals and len(written.replace(".", "").lstrip("0")) > digits:
        written = f"{abs(value):,.{decimals - 1}f}"
    if "." in written and magnitude < 0:
        written = written.rstrip("0").rstrip(".")
    return f"{MINUS if value < 0 else ''}{written}"


def money(value: float, *, short: bool = False, digits: int = 3) -> str:
    """Write an amount of current US dollars.

    Examples
    --------
    >>> money(4_053_900_000), money(4_053_900_000, short=True), money(-62.1e9, short=True)
    ('4.05 billion dollars', '$4.05 bn', '−$62.1 bn')
    >>> money(196_517), money(999_600_000, short=True), money(0)
    ('197,000 dollars', '$1.00 bn', '0 dollars')
    """
    amount, short_scale, scale = _scaled(abs(value), digits)
    sign = MINUS if value < 0 else ""
    if short:
        return f"{sign}${amount}{' ' if short_scale else ''}{short_scale}"
    words = [f"{sign}{amount}", scale, "dollars" if amount != "1" else "dollar"]
    return " ".join(word for word in words if word)


def count(value: float, noun: str = "", plural: str = "", *, short: bool = False) -> str:
    """Write a count with its noun: to the digit below 100,000, then with three digits.

    Examples
    --------
    >>> count(7456, "person", "people"), count(1, "work"), count(1_438_069_596, "person", "people")
    ('7,456 people', '1 work', '1.44 billion people')
    >>> count(1_438_069_596, short=True), count(1_594_353), count(928_784)
    ('1.44 bn', '1.59 million', '929,000')
    """
    if abs(value) >= 1e5:
        amount, short_scale, scale = _scaled(value, 3)
        written = f"{amount} {short_scale if short else scale}".rstrip()
    else:
        written = f"{value:,.0f}".replace("-", MINUS)
    if not noun:
        return written
    return f"{written} {noun if round(value) == 1 else plural or noun + 's'}"


def share(value: float) -> str:
    """Write a fraction as per cent.

    Examples
    --------
    >>> share(0.0324), share(0.8912), share(0.00004), share(1.0), share(0.0), share(0.9996)
    ('3.2 %', '89 %', '0.004 %', '100 %', '0 %', '100 %')
    >>> share(8e-11), share(-8e-11)
    ('<0.0001 %', '>−0.0001 %')
    """
    percent = value * 100
    if percent == 0:
        return "0 %"
    if 99 < abs(percent) < 99.95:
        return f"{_signed(percent, 1)} %"
    if abs(percent) >= 9.95:
        return f"{_signed(percent, 0)} %"
    if abs(percent) >= 0.095:
        return f"{_signed(percent, 1)} %"
    if abs(percent) < 0.0001:
        return "<0.0001 %" if percent > 0 else f">{MINUS}0.0001 %"
    return f"{number(percent, 1)} %"


def growth(value: float) -> str:
    """Write a relative change: with its sign, and beyond a tripling as a multiple.

    Examples
    --------
    >>> growth(0.124), growth(-0.031), growth(0.0), growth(3.2), growth(61.4), growth(0.0004)
    ('+12 %', '−3.1 %', '±0 %', '×4.2', '×62', '±0 %')
    """
    if value >= 2:
        return f"×{value + 1:,.0f}" if value >= 9 else f"×{value + 1:.1f}"
    percent = value * 100
    if abs(percent) < 0.05:
        return "±0 %"
    sign = "+" if percent > 0 else MINUS
    return f"{sign}{abs(percent):.{1 if abs(percent) < 9.95 else 0}f} %"


def ordinal(value: float) -> str:
    """Write a rank.

    Examples
    --------
    >>> ordinal(1), ordinal(22), ordinal(13), ordinal(103)
    ('1st', '22nd', '13th', '103rd')
    """
    whole = round(value)
    if whole % 100 in (11, 12, 13):
        return f"{whole:,}th"
    return f"{whole:,}" + {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")


def in_words(value: float) -> str:
    """Write a whole number up to twenty as a word.

    Examples
    --------
    >>> in_words(16.3), in_words(45.2)
    ('sixteen', '45')
    """
    whole = round(value)
    return _WORDS[whole] if 0 <= whole < len(_WORDS) else count(whole)


def amount(value: float, unit: str, *, short: bool = True) -> str:
    """Write a value with its unit.

    Parameters
    ----------
    value : float
        In base units.
    unit : str
        Unit of a `Measure`: "USD", "persons", "share", "share a year", "works", "km", "rank",
        "index", "points", "days", "whole" (a plain count), ...
    short : bool
        For a table rather than a sentence.

    Examples
    --------
    >>> amount(4.0539e9, "USD"), amount(7456, "persons"), amount(4340.2, "km"), amount(0.8, "index")
    ('$4.05 bn', '7,456', '4,340 km', '0.80')
    >>> amount(7456, "persons", short=False), amount(0.12, "share a year", short=False)
    ('7,456 people', '+12 % a year')
    >>> amount(26.0, "organisations"), amount(26.5, "TIV million")
    ('26 organisations', '26.5 TIV million')
    """
    if unit == "USD":
        return money(value, short=short)
    if unit == "share":
        return share(value)
    if unit == "share a year":
        return growth(value) if short else f"{growth(value)} a year"
    if unit == "rank":
        return ordinal(value)
    if unit in ("persons", "people"):
        return count(value, short=True) if short else count(value, "person", "people")
    if unit == "works":
        return count(value, short=True) if short else count(value, "work")
    if unit == "whole":
        return f"{value:,.0f}"
    if unit == "days":
        return count(value, "day")
    if unit in ("index", "points"):
        return f"{value:.2f}".replace("-", MINUS)
    whole = f"{value:,.0f}".replace("-", MINUS) if float(value).is_integer() else number(value)
    return f"{whole} {unit}".strip()


def of(measure: Measure, *, short: bool = True) -> str:
    """Write a measure's value, or its text where it is not a number."""
    if measure.text or measure.value is None:
        return measure.text
    return amount(measure.value, measure.unit, short=short)


def change_of(measure: Measure) -> str:
    """Write how a measure changed since its previous period; "" where that has no meaning.

    Shares change by percentage points, ranks and scores by their difference, amounts relatively.
    """
    value, previous = measure.value, measure.previous
    if value is None or previous is None:
        return ""
    if measure.unit in ("share", "share a year"):
        points = (value - previous) * 100
        if abs(points) < 0.05:
            return "±0 pp"
        return f"{'+' if points > 0 else MINUS}{abs(points):.1f} pp"
    if measure.unit in ("index", "points", "rank"):
        step = value - previous
        digits = 0 if measure.unit == "rank" else 2
        if abs(step) < 0.5 * 10**-digits:
            return "±0"
        return f"{'+' if step > 0 else MINUS}{abs(step):.{digits}f}"
    if previous <= 0 or value < 0:
        return ""
    return growth(value / previous - 1)


def period(text: str) -> str:
    """Write a period for readers.

    Examples
    --------
    >>> period("2000/2016"), period("2010-14"), period("FY2024-25"), period("2023")
    ('2000–2016', '2010–14', 'FY 2024–25', '2023')
    >>> period("2024-01/2024-11"), period("static")
    ('Jan–Nov 2024', '')
    """
    if match := _MONTHS.fullmatch(text):
        first, last = _MONTH[int(match[2]) - 1], _MONTH[int(match[4]) - 1]
        year = "" if match[1] == match[3] else f" {match[1]}"
        return f"{first}{year}–{last} {match[3]}"
    if text == "static":
        return ""
    if _FISCAL.fullmatch(text):
        return fiscal_years(text)
    if match := _SPAN.fullmatch(text):
        return f"{match[1]}–{match[2]}"
    if match := _SHORT_SPAN.fullmatch(text):
        return f"{match[1]}–{match[2]}"
    return text


def fiscal_years(words: str) -> str:
    """Write the fiscal years in a text in one way.

    Examples
    --------
    >>> fiscal_years("FY2024-25 and FY 2025–26")
    'FY 2024–25 and FY 2025–26'
    """
    return _FISCAL.sub(r"FY \1–\2", words)


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does.

    Examples
    --------
    >>> listed(["India"]), listed(["India", "Russia"]), listed(["A", "B", "C"])
    ('India', 'India and Russia', 'A, B and C')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def possessive(name: str) -> str:
    """Return a name's possessive.

    Examples
    --------
    >>> possessive("India"), possessive("the United States")
    ("India's", "the United States'")
    """
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def capital(words: str) -> str:
    """Begin a sentence: "the United States" becomes "The United States"."""
    return words[:1].upper() + words[1:]


def _scaled(value: float, digits: int) -> tuple[str, str, str]:
    """Return the amount in its scale, and the scale's short and long name."""
    for position, (size, short_scale, scale) in enumerate(_SCALES):
        # 999.6 million with three digits is 1.00 billion.
        if abs(value) >= size * (1 - 0.5 * 10**-digits):
            if position and abs(value) >= _SCALES[position - 1][0] * (1 - 0.5 * 10**-digits):
                continue
            scaled = value / size
            if abs(scaled) < 1:
                scaled = 1.0 if scaled > 0 else -1.0
            return number(scaled, digits), short_scale, scale
    if value:
        value = round(value, min(digits - 1 - floor(log10(abs(value))), 0))
    return f"{value:,.0f}".replace("-", MINUS), "", ""


def _signed(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", MINUS)
