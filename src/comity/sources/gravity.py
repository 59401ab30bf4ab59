"""CEPII Gravity: distances, ties, agreements, GDP and trade of all pairs, every year from 1948.

Releases 202211 and the earlier ones, which have other names for the same columns, as CSV or Stata,
in their zip archive or out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from comity.errors import InputFileError
from comity.lake.schema import TOTAL
from comity.sources.columns import column_names, read_batches
from comity.sources.fetching import Client
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables, take_sample

SITE = "https://www.cepii.fr"
_FILE = "/DATA_DOWNLOAD/gravity/data/Gravity_csv_V{release}.zip"
_RELEASE = "202211"
_ROW = "cepii-gravity-panel"

# Names of the releases up to 202102.
_OLD = {"distwces": "distw_harmonic", "rta": "fta_wto"}
_KEY = ("year", "iso3_o", "iso3_d", "distw_harmonic", "contig", "comlang_off")
_MARK = {"year", "iso3_o", "iso3_d", "contig", "comlang_off", "gdp_o", "gdp_d"}
_TEXTS = ("iso3_o", "iso3_d", "rta_type")
_EXISTS = ("country_exists_o", "country_exists_d")

# Column of the file -> valuation, basis.
_TRADE = {
    "tradeflow_comtrade_o": ("fob", "reported"),
    "tradeflow_comtrade_d": ("cif", "mirror"),
    "tradeflow_baci": ("fob", "reconciled"),
}
_SIZES = {"gdp": ("gdp", "USD"), "pop": ("population", "persons")}
_FLAGS = {
    "contig": "contiguous",
    "comlang_off": "common_official_language",
    "comlang_ethno": "common_ethnic_language",
    "col_dep_ever": "colonial_tie",
    "comcol": "common_colonizer",
}
_DISTANCES = {
    "distw_harmonic": "distance_km",
    "dist": "distance_cities_km",
    "distcap": "distance_capitals_km",
}
# Codes of the variable rta_type, as labelled in the publisher's Stata file.
_KINDS = {
    "1": "CU",
    "2": "CU & EIA",
    "3": "EIA",
    "4": "FTA",
    "5": "FTA & EIA",
    "6": "PSA",
    "7": "PSA & EIA",
}
_COLUMNS = (
    "year",
    *_EXISTS,
    *_DISTANCES,
    *_FLAGS,
    *(f"{size}_{side}" for size in _SIZES for side in "od"),
    "fta_wto",
    *_TRADE,
)


def recognise(sample: Sample) -> Found | None:
    """Recognise the panel, as CSV, Stata or in its archive."""
    for member, names in column_names(sample).items():
        plain = {_OLD.get(name, name) for name in names}
        if not plain >= _MARK or "distw_harmonic" not in plain:
            continue
        release = _release(member, names)
        return Found(
            publisher="gravity",
            what=f"CEPII Gravity, release {release}",
            layout=member,
            source=f"{_ROW}-{release}",
            catalogue=_ROW,
            version=release,
        )
    return None


def _release(member: str, names: Iterable[str]) -> str:
    """Return the release: the archive says so, else its columns do, up to the month."""
    if stated := re.search(r"V(20\d{4})", member):
        return stated[1]
    return _RELEASE if "distw_harmonic" in names else "202010"


def read(path: Path, found: Found) -> Tables:
    """Read the panel.

    Returns
    -------
    dict
        `proximity` as of the last year in which both countries exist; `flows` (BACI reconciled,
        Comtrade as reported by exporter and by importer), in dollars; `facts` (GDP, population);
        `agreements` between two countries, as spells of years. Money and population are in
        thousands in the file.
    """
    left, parts = LeftOut(), _Parts()
    columns = _present(path, found)
    texts = [old for old, new in columns.items() if new in _TEXTS]
    values = [old for old, new in columns.items() if new not in _TEXTS]
    for batch in read_batches(path, found.layout, texts, values):
        frame = batch.rename(columns=columns)
        for name in _EXISTS:
            if name in frame:
                frame = frame[frame[name] == 1]
        frame = frame.assign(
            year=frame["year"].astype(int),
            origin=left.places(frame["iso3_o"], "iso3"),
            destination=left.places(frame["iso3_d"], "iso3"),
        ).dropna(subset=["origin", "destination"])
        parts.add(frame, found.source, left)
    tables = parts.tables(found.source)
    return {name: left.sign(table) for name, table in tables.items()}


def _present(path: Path, found: Found) -> dict[str, str]:
    """Return the columns of the file that are read, with their names of today."""
    there = column_names(take_sample(path)).get(found.layout, ())
    new = {name: _OLD.get(name, name) for name in there}
    columns = {old: name for old, name in new.items() if name in {*_COLUMNS, *_TEXTS}}
    if missing := [name for name in _KEY if name not in columns.values()]:
        raise InputFileError(
            f"{path.name} lacks the column {', '.join(missing)}.",
            "Take CEPII's file as it was downloaded.",
        )
    return columns


class _Parts:
    """The tables while they grow, batch by batch: memory holds what is kept, not the file."""

    def __init__(self) -> None:
        self._pairs: list[pd.DataFrame] = []
        self._flows: list[pd.DataFrame] = []
        self._sizes: list[pd.DataFrame] = []
        self._ruled: list[pd.DataFrame] = []
        self._last = 0

    def add(self, frame: pd.DataFrame, source: str, left: LeftOut) -> None:
        if frame.empty:
            return
        self._last = max(self._last, int(frame["year"].max()))
        known = [name for name in (*_DISTANCES, *_FLAGS) if name in frame]
        pairs = frame[["origin", "destination", "year", *known]]
        self._pairs.append(_latest(pairs.dropna(subset=["distw_harmonic"])))
        self._sizes += list(_sizes(frame))
        abroad = frame["origin"] != frame["destination"]
        self._flows += list(_flows(frame[abroad], source))
        for name in _TRADE.keys() & set(frame.columns):
            at_home = int((~abroad & (frame[name] > 0)).sum())
            left.note("trade of a country with itself (goods sent back)", at_home)
        if "fta_wto" in frame:
            ruled = frame[abroad & (frame["fta_wto"] == 1)]
            self._ruled.append(ruled[["origin", "destination", "year"]].assign(kind=_kind(ruled)))

    def tables(self, source: str) -> Tables:
        pairs = _latest(pd.concat(self._pairs, ignore_index=True)) if self._pairs else None
        if pairs is None or pairs.empty:
            raise InputFileError(
                "The file has no pair of countries that exist.", "Download the file again."
            )
        sizes = pd.concat(self._sizes, ignore_index=True)
        sizes = sizes.drop_duplicates(["indicator", "year", "country"], keep="last")
        tables = {
            "proximity": _proximity(pairs, source),
            "facts": sizes.assign(source=source).reset_index(drop=True),
        }
        if self._flows:
            flows = pd.concat(self._flows, ignore_index=True)
            key = ["year", "exporter", "importer", "basis"]
            # A country that changed its territory stands twice in the year of the change.
            tables["flows"] = flows.drop_duplicates(key, keep="last", ignore_index=True)
        if self._ruled:
            ruled = pd.concat(self._ruled, ignore_index=True)
            tables["agreements"] = _spells(ruled, self._last, source)
        return tables


def _latest(pairs: pd.DataFrame) -> pd.DataFrame:
    ordered = pairs.sort_values("year", kind="stable")
    return ordered.drop_duplicates(["origin", "destination"], keep="last", ignore_index=True)


def _proximity(pairs: pd.DataFrame, source: str) -> pd.DataFrame:
    own = pairs["origin"] == pairs["destination"]
    table = pairs[["origin", "destination"]].copy()
    for name, column in _DISTANCES.items():
        if name in pairs:
            table[column] = pairs[name].astype(float)
    for name, column in _FLAGS.items():
        if name in pairs:
            flag = (pairs[name] == 1).astype("boolean")
            table[column] = flag.mask(pairs[name].isna() | own)
    return table.assign(source=source)


def _flows(frame: pd.DataFrame, source: str) -> Iterable[pd.DataFrame]:
    for name, (valuation, basis) in _TRADE.items():
        if name not in frame:
            continue
        rows = frame.dropna(subset=[name])
        yield pd.DataFrame(
            {
                "year": rows["year"],
                "exporter": rows["origin"],
                "importer": rows["destination"],
                "product": TOTAL,
                "value_usd": (rows[name].astype(float) * 1000).round(),
                "valuation": valuation,
                "basis": basis,
                "revision": TOTAL,
                "period": rows["year"].astype(str),
                "source": source,
            }
        )


def _sizes(frame: pd.DataFrame) -> Iterable[pd.DataFrame]:
    for size, (indicator, unit) in _SIZES.items():
        for end, side in (("origin", "o"), ("destination", "d")):
            name = f"{size}_{side}"
            if name not in frame:
                continue
            rows = frame[["year", end, name]].dropna().drop_duplicates(["year", end], keep="last")
            yield pd.DataFrame(
                {
                    "indicator": indicator,
                    "year": rows["year"],
                    "country": rows[end],
                    "value": (rows[name].astype(float) * 1000).round(),
                    "unit": unit,
                }
            )


def _kind(frame: pd.DataFrame) -> pd.Series[str]:
    if "rta_type" not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    plain = frame["rta_type"].astype("string").fillna("").str.removesuffix(".0")
    return plain.map(lambda kind: _KINDS.get(kind, kind if not kind.isdigit() else "")).astype(
        "str"
    )


def _spells(ruled: pd.DataFrame, last: int, source: str) -> pd.DataFrame:
    """Return years in a row with one kind of agreement as one agreement."""
    by = ["origin", "destination", "kind"]
    rows = ruled.drop_duplicates([*by, "year"]).sort_values([*by, "year"], ignore_index=True)
    begins = rows.groupby(by)["year"].diff() != 1
    spells = rows.groupby([*by, begins.cumsum().rename("spell")], as_index=False)["year"].agg(
        ["min", "max"]
    )
    kind = spells["kind"].mask(spells["kind"] == "")
    return pd.DataFrame(
        {
            "treaty": "Regional trade agreement" + (": " + kind).fillna(""),
            "origin": spells["origin"],
            "destination": spells["destination"],
            "kind": kind,
            "in_force_from": spells["min"],
            "in_force_to": spells["max"].astype("Int64").mask(spells["max"] == last),
            "source": source,
        }
    )


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Download the panel, some 200 MB; the option ``release`` asks for another one.

    Raises
    ------
    UsageError
        Years or countries were asked for: the file holds all of them.
    FetchError
        As `Client.download`.
    """
    request.allow("CEPII Gravity", options=("release",))
    release = request.options.get("release", _RELEASE)
    url = SITE + _FILE.format(release=release)
    return [client.download(url, folder / f"Gravity_csv_V{release}.zip", expect="zip")]


PUBLISHER = Publisher("gravity", (_ROW,), recognise, read, fetch)
