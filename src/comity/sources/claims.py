"""Published figures about two countries, collected by hand: who said what, where, and when."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from pathlib import Path

import pandas as pd

from comity.errors import InputFileError
from comity.sources.reading import read_table

_COLUMNS = [
    "id",
    "claim",
    "indicator",
    "value",
    "unit",
    "period",
    "said_by",
    "source_title",
    "source_publisher",
    "source_date",
    "source_url",
    "agrees_with",
    "conflicts_with",
]

# Words of the file -> indicator of the catalogue (or the words), origin, destination, product.
# A deficit of India with Russia is the balance of Russia with India: no sign is turned.
_MEANING: dict[str, tuple[str, str, str, str]] = {
    "bilateral goods trade total": ("goods_trade_total", "IND", "RUS", ""),
    "India goods exports to Russia": ("goods_exports", "IND", "RUS", ""),
    "India goods imports from Russia": ("goods_exports", "RUS", "IND", ""),
    "India pharmaceutical exports to Russia": ("goods_exports", "IND", "RUS", "30"),
    "India fish exports to Russia": ("goods_exports", "IND", "RUS", "03"),
    "India fertiliser imports from Russia": ("goods_exports", "RUS", "IND", "31"),
    "India crude imports from Russia, value": ("goods_exports", "RUS", "IND", "2709"),
    "India trade deficit with Russia": ("trade_balance", "RUS", "IND", ""),
    "ratio of imports to exports": ("trade_ratio", "IND", "RUS", ""),
    "share of settlements in national currencies": ("settlement_share", "IND", "RUS", ""),
    "share of India arms imports from Russia": ("arms_share", "RUS", "IND", ""),
    "Indian students in Russia": ("students", "IND", "RUS", ""),
    "India-EAEU goods trade": ("goods_trade_total", "IND", "EAEU", ""),
    "Russia share of India-EAEU trade": ("", "RUS", "IND", ""),
    "Russia share of India crude imports": ("", "RUS", "IND", ""),
    "India crude imports from Russia": ("", "RUS", "IND", ""),
    "crude share of India imports from Russia": ("", "RUS", "IND", ""),
    "India share of Russian arms exports": ("", "RUS", "IND", ""),
    "Russian investment in India": ("", "RUS", "IND", ""),
    "Russian visitors to India": ("", "RUS", "IND", ""),
    "Russian animal-product plants approved by India": ("", "RUS", "IND", ""),
    "Putin visits to India": ("", "RUS", "IND", ""),
}
_WITHOUT_MEANING = ("", "IND", "RUS", "")

# Unit of the file -> base unit and factor, as text: 16.9 billion is to be 16,900,000,000 exactly.
_UNITS = {
    "USD bn": ("USD", "1e9"),
    "USD m": ("USD", "1e6"),
    "percent": ("share", "0.01"),
    "times": ("ratio", "1"),
    "students": ("persons", "1"),
    "million barrels a day": ("barrels a day", "1e6"),
    "million tonnes": ("t", "1e6"),
    "billion rupees": ("INR", "1e9"),
}
_NUMBER = r"\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})(?:-({_NUMBER}))?")
_SLUG_LENGTH = 64

LICENCE = "Facts only; figures quoted with their source"


def read_statements(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read published figures, and the pages that they stand on.

    Returns
    -------
    statements : DataFrame
        `statements` in base units (USD, shares as fractions); a range ``90-95`` gives its ends and
        its middle. Indicator, direction and product are the catalogue's where one fits, else the
        words of the file.
    pages : DataFrame
        `sources`: one row a page, id ``page-`` and words of publisher and title.

    Raises
    ------
    InputFileError
        A value is neither a number nor a range; the error names its line.
    """
    frame = read_table(path, _COLUMNS)
    amounts = [_amount(path, line, row) for line, row in enumerate(frame.itertuples(), start=2)]
    meaning = [_MEANING.get(words, _WITHOUT_MEANING) for words in frame["indicator"]]
    pages = _pages(frame)
    statements = pd.DataFrame(
        {
            "id": frame["id"],
            "claim": frame["claim"],
            "indicator": [
                known[0] or words for known, words in zip(meaning, frame["indicator"], strict=True)
            ],
            "origin": [known[1] for known in meaning],
            "destination": [known[2] for known in meaning],
            "product": _missing([known[3] for known in meaning]),
            "period": _missing(frame["period"]),
            "value": [(low + high) / 2 for low, high, _ in amounts],
            "value_low": [low for low, _, _ in amounts],
            "value_high": [high for _, high, _ in amounts],
            "unit": _missing([unit for _, _, unit in amounts]),
            "said_by": frame["said_by"],
            "said_on": _missing(frame["source_date"]),
            "agrees_with": _missing(frame["agrees_with"]),
            "conflicts_with": _missing(frame["conflicts_with"]),
            "source": pages["id"],
        }
    )
    return statements, pages.drop_duplicates("id", ignore_index=True)


def _amount(path: Path, line: int, row: object) -> tuple[float, float, str]:
    text, unit = str(getattr(row, "value", "")).strip(), str(getattr(row, "unit", "")).strip()
    name, factor = _UNITS.get(unit, (unit, "1"))
    if not text:
        return float("nan"), float("nan"), name
    match = _RANGE.fullmatch(text)
    if match is None or (match[2] and float(match[2]) < float(match[1])):
        raise InputFileError(
            f"{path.name}, line {line}: '{text}' in column 'value' is neither a number nor a range "
            "such as 90-95."
        )
    low, high = (Decimal(end) * Decimal(factor) for end in (match[1], match[2] or match[1]))
    return float(low), float(high), name


def _pages(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the page of each row, the same id for the same page."""
    ids: dict[tuple[str, str], str] = {}
    rows = []
    for row in frame.itertuples():
        publisher, title, url = (
            str(row.source_publisher),
            str(row.source_title),
            str(row.source_url),
        )
        date = str(row.source_date)
        key = (url, "") if url else (publisher, title)
        if key not in ids:
            ids[key] = _slug(f"page {publisher} {title or date}", set(ids.values()))
        printed = title or (f"Page of {date}" if date else "Undated page")
        dated = f" ({date})" if date else ""
        rows.append(
            {
                "id": ids[key],
                "publisher": publisher,
                "title": printed,
                "licence": LICENCE,
                "citation": f"{publisher}{dated}. {printed}." + (f" {url}" if url else ""),
                "url": url or None,
                "years": date or None,
                "redistributable": True,
            }
        )
    return pd.DataFrame(rows)


def _slug(text: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    slug = slug[:_SLUG_LENGTH].rsplit("-", 1)[0] if len(slug) > _SLUG_LENGTH else slug
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    return free


def _missing(values: pd.Series[str] | list[str]) -> pd.Series[str]:
    column = pd.Series(values, dtype="str")
    return column.mask(column.str.strip() == "")
