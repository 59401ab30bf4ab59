"""World Bank: World Development Indicators, from the API, in bulk, or as a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from comity import catalogue
from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import worldbank
from comity.sources.columns import opened, read_json, read_sheet
from comity.sources.fetching import Client
from comity.sources.leftout import LeftOut
from comity.sources.parts import keep
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables

SITE = "https://api.worldbank.org"

_PAGE = 1000  # rows an answer
_HEAD = ("Country Name", "Country Code", "Indicator Name", "Indicator Code")
_PREAMBLE = 10  # lines above the header at most
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class _Series:
    """An indicator of the World Bank's, what it is here, and what a unit of it is worth."""

    code: str
    indicator: str
    unit: str
    factor: float
    source: str


_RATE = "national currency for a US dollar"
_SERIES = {
    series.code: series
    for series in (
        _Series("NY.GDP.MKTP.CD", "gdp", "USD", 1.0, worldbank.GDP),
        _Series("SP.POP.TOTL", "population", "persons", 1.0, worldbank.POPULATION),
        _Series("NY.GDP.MKTP.KD.ZG", "gdp_growth", "share", 0.01, worldbank.GROWTH),
        _Series("PA.NUS.FCRF", "exchange_rate", _RATE, 1.0, worldbank.RATES),
        _Series("TM.TAX.MRCH.SM.AR.ZS", "tariff_simple", "share", 0.01, worldbank.WDI_TARIFFS),
        _Series("TM.TAX.MRCH.WM.AR.ZS", "tariff_weighted", "share", 0.01, worldbank.WDI_TARIFFS),
    )
}
_USUAL = "NY.GDP.MKTP.CD,SP.POP.TOTL"

# A row of the file: its place for errors, code and name of the country, indicator, year, value.
_Row = tuple[str, str, str, str, str, str]


def recognise(sample: Sample) -> Found | None:
    """Recognise an answer of the API, a bulk archive, its CSV, and the spreadsheet."""
    text = sample.text
    if text.lstrip().startswith("[") and '"countryiso3code"' in text and '"indicator"' in text:
        return _found("json", _code_in(text))
    if sample.head.startswith(_OLE):
        return _found("excel", _code_in(_sheet_text(sample.path)))
    if not sample.members and _has_header(text):
        return _found("", _code_in(text))
    for member in sample.members:
        if member.endswith(".csv") and not member.startswith("Metadata"):
            inner = sample.peek(member).decode("utf-8-sig", "replace")
            if _has_header(inner):
                return _found(member, _code_in(inner))
    return None


def _sheet_text(path: Path) -> str:
    rows = read_sheet(path)[: _PREAMBLE + 2]
    text = "\n".join(",".join(map(str, row)) for row in rows)
    return text if ",".join(_HEAD) in text else ""


def _has_header(text: str) -> bool:
    return any(
        line.replace('"', "").startswith(",".join(_HEAD)) for line in text.splitlines()[:_PREAMBLE]
    )


def _code_in(text: str) -> str:
    """Return the series that a file is of; "" for one that comity does not know."""
    return next((code for code in _SERIES if code in text), "")


def _found(layout: str, code: str) -> Found | None:
    if not code:
        return None
    series = _SERIES[code]
    return Found(
        publisher="worldbank",
        what=f"World Bank, World Development Indicators, {code} ({series.indicator})",
        layout=layout,
        source=series.source,
        catalogue=series.source,
    )


def read(path: Path, found: Found) -> Tables:
    """Read one series.

    Returns
    -------
    dict
        `facts` of countries and of the world; growth and tariffs as fractions. Regions and income
        groups are left out and named. A missing value is no row.
    """
    rows = list(_rows(path, found.layout))
    columns = ["place", "code", "name", "series", "year", "value"]
    frame = pd.DataFrame(rows, columns=columns, dtype="str")
    strange = frame[~frame["series"].isin(_SERIES)]
    if len(strange):
        raise InputFileError(
            f"{strange['place'].iloc[0]}: comity has no use for the series "
            f"'{strange['series'].iloc[0]}'.",
            f"It reads {', '.join(_SERIES)}.",
        )
    frame = frame[frame["value"] != ""]
    left = LeftOut()
    value, year = _numbers(frame, "value"), _numbers(frame, "year")
    series = frame["series"].map(_SERIES)
    facts = pd.DataFrame(
        {
            "indicator": series.map(lambda one: one.indicator),
            "year": year.astype(int),
            "country": left.places(frame["code"], "wb", world="WLD"),
            "value": value * series.map(lambda one: one.factor),
            "unit": series.map(lambda one: one.unit),
            "source": found.source,
        }
    ).dropna(subset=["country"])
    if facts.empty:
        raise InputFileError(f"{path.name} has no value of a country.", "Download it again.")
    return {"facts": left.sign(facts.reset_index(drop=True))}


def _numbers(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    values = pd.to_numeric(frame[column], errors="coerce").astype(float)
    if values.isna().any():
        row = frame[values.isna()].iloc[0]
        raise InputFileError(
            f"{row['place']}: '{row[column]}' in column '{column}' is not a number.",
            "Take the file as the World Bank gives it.",
        )
    return values


def _rows(path: Path, layout: str) -> Iterator[_Row]:
    if layout == "json":
        yield from _json_rows(path)
    elif layout == "excel":
        yield from _wide_rows(path, read_sheet(path))
    else:
        with opened(path, layout) as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            yield from _wide_rows(path, csv.reader(text))


def _wide_rows(path: Path, lines: Iterable[Sequence[object]]) -> Iterator[_Row]:
    """Give the cells of a table with a year a column, and some lines above its header."""
    years: list[str] = []
    try:
        for number, cells in enumerate(lines, start=1):
            if not years:
                if tuple(map(str, cells[:4])) == _HEAD:
                    years = [str(cell).removesuffix(".0") for cell in cells[4:]]
                continue
            name, code, _, series = map(str, cells[:4])
            for year, value in zip(years, cells[4:], strict=False):
                if year:  # the header ends in a comma
                    yield (f"{path.name}, line {number}", code, name, series, year, str(value))
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise InputFileError(
            f"{path.name} is no table of the World Bank's: {error}.", "Download it again."
        ) from None


def _json_rows(path: Path) -> Iterator[_Row]:
    try:
        _, rows = read_json(path)
        for number, row in enumerate(rows, start=1):
            value = row["value"]
            # Regions have no code of three letters in some answers: their two letters are no one's.
            code = row["countryiso3code"] or row["country"]["value"]
            yield (
                f"{path.name}, row {number}",
                str(code),
                str(row["country"]["value"]),
                str(row["indicator"]["id"]),
                str(row["date"]),
                "" if value is None else str(value),
            )
    except (ValueError, KeyError, TypeError) as error:
        raise InputFileError(
            f"{path.name} is no answer of the World Bank's API ({error}).", "Fetch it again."
        ) from None


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Bring GDP and population, or the series of the option ``series`` (codes, joined by commas).

    All countries and years come as the bulk archive; for some, the API is asked page by page.

    Raises
    ------
    UsageError
        A series that comity has no use for.
    FetchError
        The World Bank refused, in its own words.
    """
    request.allow("The World Bank", "years", "countries", options=("series",))
    codes = [code.strip() for code in request.options.get("series", _USUAL).split(",")]
    if strange := sorted(set(codes) - set(_SERIES)):
        raise UsageError(
            f"comity has no use for the series {', '.join(strange)}.",
            f"It reads {', '.join(_SERIES)}.",
        )
    if request.countries or request.years:
        return [_ask(client, code, request, folder) for code in codes]
    return [
        client.download(
            f"{SITE}/v2/en/indicator/{code}",
            folder / f"API_{code}_en_csv_v2.zip",
            expect="zip",
            params={"downloadformat": "csv"},
        )
        for code in codes
    ]


def _ask(client: Client, code: str, request: Request, folder: Path) -> Path:
    """Ask for a series page by page, and write one answer."""
    countries = [catalogue.country(text).iso3 for text in request.countries]
    url = f"{SITE}/v2/country/{';'.join(countries) or 'all'}/indicator/{code}"
    query: dict[str, str | int] = {"format": "json", "per_page": _PAGE}
    if request.years:
        query["date"] = f"{min(request.years)}:{max(request.years)}"
    rows: list[Any] = []
    page, pages, total = 1, 1, 0
    while page <= pages:
        about, more = _page(client.get_json(url, {**query, "page": page}))
        pages, total = int(about["pages"]), int(about["total"])
        rows += more
        page += 1
    if len(rows) != total:
        raise FetchError(
            f"The World Bank sent {len(rows):,} rows of {code} and announced {total:,}.",
            "Fetch it again: it may be bringing its data up to date.",
        )
    words = [code, "+".join(countries)[:80] or "all", str(query.get("date", "")).replace(":", "-")]
    path = folder / f"worldbank_{'_'.join(filter(None, words))}.json"
    return keep(path, json.dumps([{**about, "page": 1, "pages": 1}, rows]).encode())


def _page(answer: Any) -> tuple[dict[str, Any], list[Any]]:  # noqa: ANN401 - JSON is anything
    """Return what an answer says of itself, and its rows; errors come with HTTP status 200."""
    match answer:
        case [{"page": _, "pages": _, "total": _} as about, list() as rows]:
            return about, rows
        case [{"message": [{"value": str(said)}, *_]}]:
            raise FetchError(
                f"The World Bank refuses: {said}", "Look at the countries and years asked for."
            )
        case [{"total": 0}, None]:
            raise FetchError(
                "The World Bank has nothing for that.", "Ask for other countries or years."
            )
    raise FetchError("The World Bank sent another kind of answer.", "Try again later.")


PUBLISHER = Publisher(
    "worldbank", tuple(series.source for series in _SERIES.values()), recognise, read, fetch
)
