"""UNCTAD TRAINS through WITS: tariffs by product, importer and exporter.

SDMX-JSON of the API, and the CSV of a bulk download.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from comity import catalogue
from comity.errors import InputFileError
from comity.sources.columns import column_names, read_json
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Sample, Tables, take_sample
from comity.sources.reading import integers, numbers, read_table
from comity.sources.trains_api import EUROPE, EVERYBODY, fetch

SOURCE = "unctad-trains"

_FLOW = "DF_WITS_Tariff_TRAINS"
_REVISIONS = {
    "H0": "HS92",
    "H1": "HS96",
    "H2": "HS02",
    "H3": "HS07",
    "H4": "HS12",
    "H5": "HS17",
    "H6": "HS22",
}
# Our name -> name in the CSV of a bulk download, name in the API's answer.
_CSV = {
    "reporter": "Reporter_ISO_N",
    "partner": "Partner",
    "product": "ProductCode",
    "year": "Year",
    "rate": "SimpleAverage",
    "least": "Min_Rate",
    "most": "Max_Rate",
    "lines": "TotalNoOfLines",
    "preferential": "Nbr_Pref_Lines",
    "specific": "Nbr_NA_Lines",
    "revision": "NomenCode",
    "estimated": "EstCode",
}
_JSON = {
    "reporter": "REPORTER",
    "partner": "PARTNER",
    "product": "PRODUCTCODE",
    "year": "TIME_PERIOD",
    "rate": "OBS_VALUE",
    "least": "MIN_RATE",
    "most": "MAX_RATE",
    "lines": "TOTALNOOFLINES",
    "preferential": "NBR_PREF_LINES",
    "specific": "NBR_NA_LINES",
    "revision": "NOMENCODE",
    "kind": "TARIFFTYPE",
    "estimated": "DATATYPE",
}


def recognise(sample: Sample) -> Found | None:
    """Recognise an answer of the API and a bulk CSV, in its archive or out of it."""
    layout = None
    if sample.text.lstrip().startswith("{"):
        layout = "json" if _FLOW in sample.text else None
    else:
        needed = set(_CSV.values()) - {"EstCode"}
        tables = column_names(sample)
        layout = next((f"csv:{m}" for m, names in tables.items() if needed <= set(names)), None)
    if layout is None:
        return None
    return Found(
        publisher="trains",
        what="UNCTAD TRAINS tariffs from WITS, "
        + ("an answer of the API" if layout == "json" else "a bulk download"),
        layout=layout,
        source=SOURCE,
        catalogue=SOURCE,
    )


def read(path: Path, found: Found) -> Tables:
    """Read tariffs.

    Returns
    -------
    dict
        `tariffs` as fractions: simple averages over the tariff lines of a product, as they are
        levied on everybody (exporter ``WLD``, kind ``MFN``) or on one exporter (``PREF`` where any
        line has a preference). Products with specific duties alone have no rate: left out and
        counted. The European Union's stand for each member of that year.
    """
    if found.layout == "json":
        frame = pd.DataFrame.from_records(list(_json_rows(path)), columns=list(_JSON))
    else:
        frame = _read_csv(path, found.layout.removeprefix("csv:"))
    left = LeftOut()
    tariffs = _tariffs(frame.reset_index(drop=True), path, left)
    if tariffs.empty:
        why = ", ".join(f"{words} ({rows} rows)" for words, rows in left.counts.items())
        raise InputFileError(
            f"{path.name} has no tariff by HS code" + (f": it has {why}." if why else "."),
            "Ask WITS for all products of a reporter and year.",
        )
    return {"tariffs": left.sign(tariffs.reset_index(drop=True))}


def _read_csv(path: Path, member: str) -> pd.DataFrame:
    there = column_names(take_sample(path)).get(member, ())
    columns = {name: printed for name, printed in _CSV.items() if printed in there}
    frame = read_table(path, list(columns.values()), member=member)
    frame = frame.rename(columns={printed: name for name, printed in columns.items()})
    frame = frame.assign(**{name: "" for name in _CSV if name not in frame})
    # A spreadsheet on the way takes leading zeros off.
    frame["product"] = frame["product"].where(
        frame["product"].str.len() != 5, "0" + frame["product"]
    )
    count = numbers(frame, "preferential", path).fillna(0)
    frame["kind"] = (count > 0).map({True: "PREF", False: "MFN"})
    frame["estimated"] = frame["estimated"].isin(["", "0"]).map({True: "reported", False: "ave"})
    return frame


def _json_rows(path: Path) -> Iterator[dict[str, str]]:
    """Give each observation of an answer: its value, then numbers of attributes' values."""
    try:
        answer = read_json(path)
        structure = answer["structure"]
        series = structure["dimensions"]["series"]
        times = structure["dimensions"]["observation"]
        attributes = structure["attributes"]["observation"]
        for data in answer["dataSets"]:
            series = _in_key_order(series, list(data["series"]))
            for key, one in data["series"].items():
                named = _named(series, key.split(":"))
                for time, cells in one["observations"].items():
                    more = _named(times, time.split(":")) | _named(attributes, cells[1:])
                    values = named | more | {"OBS_VALUE": cells[0]}
                    yield {name: _text(values.get(field)) for name, field in _JSON.items()}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise InputFileError(
            f"{path.name} is no answer of WITS ({type(error).__name__}: {error}).",
            "Fetch it again.",
        ) from None


def _in_key_order(parts: list[dict[str, Any]], keys: list[str]) -> list[dict[str, Any]]:
    """Return the dimensions in the order of the keys.

    WITS lists the partner before the product and writes the keys the other way round: the order is
    the one in which each dimension has as many values as the keys count.
    """
    counted = [
        max(map(int, column)) + 1 for column in zip(*(k.split(":") for k in keys), strict=True)
    ]
    names = [part["id"] for part in parts]
    partner, product = names.index("PARTNER"), names.index("PRODUCTCODE")
    turned = list(parts)
    turned[partner], turned[product] = parts[product], parts[partner]
    fits = [len(part["values"]) for part in turned] == counted
    return turned if fits else parts


def _named(parts: list[dict[str, Any]], numbers_: list[Any]) -> dict[str, Any]:
    return {
        part["id"]: None if number is None else part["values"][int(number)]["id"]
        for part, number in zip(parts, numbers_, strict=True)
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _tariffs(frame: pd.DataFrame, path: Path, left: LeftOut) -> pd.DataFrame:
    year = integers(frame, "year", path)
    rate, lines = numbers(frame, "rate", path), numbers(frame, "lines", path)
    specific = numbers(frame, "specific", path)
    code = frame["product"]
    table = pd.DataFrame(
        {
            "importer": _reporters(frame["reporter"], year, left),
            "exporter": left.places(frame["partner"], "m49", year, world=EVERYBODY),
            "product": code,
            "year": year,
            "kind": frame["kind"].where(frame["partner"] != EVERYBODY, "MFN"),
            "rate": rate / 100,
            "rate_min": numbers(frame, "least", path) / 100,
            "rate_max": numbers(frame, "most", path) / 100,
            "lines": lines.astype("Int64"),
            "lines_specific": specific.astype("Int64"),
            "estimated": ~frame["estimated"].str.lower().isin(["reported", ""]),
            "revision": frame["revision"].map(_REVISIONS),
            "source": SOURCE,
        }
    )
    reasons = {
        "products classed otherwise than by HS": table["revision"].isna(),
        "products without an HS code of 2, 4 or 6 digits": ~(
            code.str.isdigit() & code.str.len().isin([2, 4, 6])
        ),
        "products without a rate": rate.isna(),
        "products with specific duties alone, which have no rate": (
            (lines > 0) & (specific >= lines) & ~table["estimated"]
        ),
    }
    keep = table["importer"].notna() & table["exporter"].notna()
    for words, wrong in reasons.items():
        left.note(words, int((keep & wrong).sum()))
        keep &= ~wrong
    table = table[keep]
    key = ["importer", "exporter", "product", "year", "kind"]
    # Where estimates of specific duties are there as well, they say more.
    return _members(table.sort_values("estimated").drop_duplicates(key, keep="last").sort_index())


def _reporters(codes: pd.Series[str], year: pd.Series[int], left: LeftOut) -> pd.Series[str]:
    """Return importers; the European Union keeps its code, for `_members`."""
    union = codes.isin([EUROPE, "EUN"])
    return left.places(codes[~union], "m49", year[~union]).reindex(codes.index).mask(union, EUROPE)


def _members(table: pd.DataFrame) -> pd.DataFrame:
    """Put the members of a year in the place of the European Union: one external tariff."""
    union = table["importer"] == EUROPE
    if not union.any():
        return table
    parts = [table[~union]]
    for year, rows in table[union].groupby("year"):
        for iso3 in catalogue.bloc("EU27").members(dt.date(int(str(year)), 12, 31)):
            mine = rows[rows["exporter"] != iso3]
            parts.append(mine.assign(importer=iso3))
    return pd.concat(parts, ignore_index=True)


PUBLISHER = Publisher("trains", (SOURCE,), recognise, read, fetch)
