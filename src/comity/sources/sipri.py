"""SIPRI Arms Transfers Database: the trade register in both of its layouts, and the TIV tables.

comity passes none of SIPRI's figures on; a user brings the publisher's file. Trend-indicator values
(TIV) are volumes of military capability in millions, not money.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from comity import catalogue
from comity.errors import FetchError, InputFileError, UsageError
from comity.lake.schema import WORLD
from comity.sources import sipri_layouts as layouts
from comity.sources.fetching import Client
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables
from comity.sources.sipri_layouts import Deal

REGISTER = "sipri-arms-transfers"
API = "https://atbackend.sipri.org/api/p/trades/trade-register-csv/"
_FIRST_YEAR = 1950
TIV = "arms_tiv"
ALL = "arms_tiv_all"
LICENSED = "arms_tiv_licensed"
ORDERS = "arms_orders"
LICENSED_ORDERS = "arms_orders_licensed"
SPLIT = "split evenly over the years of delivery"

_GENERATED = re.compile(r"(?:Data generated|Generated): *(\d{1,2}) (\w{3})\w* (\d{4})")
_DELIVERED = re.compile(r"year range '(\d{4})' to '(\d{4})'")
_WORDS = {
    "classic": "trade register, an order a row",
    "new": "trade register, a year of delivery a row",
    "table": "TIV of arms",
    "tidy": "TIV by supplier, recipient and year",
}


def recognise(sample: Sample) -> Found | None:
    """Return which of SIPRI's exports a file is, None where it is none of them."""
    lines = sample.text.splitlines()
    layout = layouts.layout_of(lines)
    title = layouts.title_of(lines)
    if layout is None or (layout == "table" and title is None):
        return None
    dated = _GENERATED.search(sample.text)
    day = None if dated is None else _day(*dated.groups())
    span = _DELIVERED.search(sample.text)
    words, kind = _WORDS[layout], "" if layout in ("classic", "new") else "-tiv"
    if layout == "table" and title is not None:
        owner = title[2].strip()
        words = f"{words} {title[1].lower()} {owner}"
        # Tables of two countries are two sources: neither replaces the other in a lake.
        kind = f"{kind}-{re.sub('[^a-z]+', '-', owner.lower())}"
    return Found(
        publisher="sipri",
        what=f"SIPRI Arms Transfers Database, {words}" + (f", generated {day}" if day else ""),
        layout=layout,
        source=f"{REGISTER}{kind}" + (f"-{day.replace('-', '')}" if day else ""),
        catalogue=REGISTER,
        version=day,
        years=None if span is None else f"{span[1]}-{span[2]}",
    )


def _day(day: str, month: str, year: str) -> str | None:
    try:
        return datetime.strptime(f"{day} {month} {year}", "%d %b %Y").date().isoformat()  # noqa: DTZ007
    except ValueError:
        return None


def read(path: Path, found: Found) -> Tables:
    """Read a file of SIPRI's as the rows of the table ``ties``; see `read_ties`."""
    return {"ties": read_ties(path, found.source)}


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Bring the trade register as SIPRI's own page asks for it, all suppliers and recipients.

    SIPRI documents no interface for programs; where this one changes, the register has to be
    downloaded by hand.

    Raises
    ------
    UsageError
        Something other than years was asked for.
    FetchError
        SIPRI refused, kept failing, or sent something else.
    """
    if request.countries or request.partners or request.products or request.options:
        raise UsageError(
            "SIPRI's register is asked for years, and gives all countries.",
            "For example: comity fetch sipri --years 1995-2025",
        )
    first = min(request.years, default=_FIRST_YEAR)
    last = max(request.years, default=datetime.now(tz=UTC).year)
    target = folder / f"sipri-trade-register-{first}-{last}.csv"
    if not target.exists():
        content = _register(client, first, last)
        part = target.with_name(target.name + ".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(target)
    return [target]


def _register(client: Client, first: int, last: int) -> bytes:
    empty = {"oldField": "", "condition": "", "value1": "", "value2": "", "listData": []}
    years = {"field": "Delivery year", "condition": "contains", "value1": first, "value2": last}
    form = {"filters": [{**empty, **years}, {**empty, "field": "opendeals"}], "logic": "AND"}
    answer = client.get_json(API, form=form)
    try:
        content = base64.b64decode(answer["bytes"], validate=True)
    except (KeyError, TypeError, binascii.Error):
        content = b""
    if layouts.layout_of(content[:65_536].decode("utf-8-sig", "replace").splitlines()) is None:
        raise FetchError(
            "SIPRI sent something other than the trade register.",
            "Download it by hand from armstransfers.sipri.org and use 'comity add FILE'.",
        )
    return content


PUBLISHER = Publisher("sipri", (REGISTER,), recognise, read, fetch)


def read_ties(path: Path, source: str = REGISTER) -> pd.DataFrame:
    """Read a trade register or a TIV table, whichever it is, as rows of the table ``ties``.

    Parameters
    ----------
    path : Path
        A CSV as SIPRI exports it, gzipped or not: the register with one row an order (to 2025),
        the register with one row a delivery year (from 2026), a TIV table of one supplier's exports
        or one recipient's imports by year, or a table supplier, recipient, year, value.
    source : str
        Id of the source that the rows will name.

    Returns
    -------
    DataFrame
        indicator, year, origin (supplier), destination (recipient), value, text, unit, source.
        Of ``arms_tiv``, ``arms_tiv_licensed`` (what the recipient made under licence),
        ``arms_orders`` and ``arms_orders_licensed`` by year of order. ``arms_tiv_all`` has a
        supplier's deliveries to everybody, or a recipient's from everybody, with ``WLD`` as the
        other side, where the file holds them all. ``text`` says where the deliveries of an order
        were split evenly over its years. Armed groups, organisations and unknown parties count in
        ``arms_tiv_all`` alone.

    Raises
    ------
    InputFileError
        The file is none of these, or is damaged; the error names the line.
    """
    lines = layouts.read_lines(path)
    place, layout = layouts.find_header(path.name, lines)
    if layout == "table":
        exports, deals = layouts.read_table(path.name, lines, place)
        return _tie_rows(path.name, deals, source, ("origin" if exports else "destination",))
    if layout == "tidy":
        return _tie_rows(path.name, layouts.read_tidy(path.name, lines, place), source)
    read = layouts.read_classic if layout == "classic" else layouts.read_new
    deals = list(read(path.name, lines, place))
    if not deals:
        raise InputFileError(
            f"{path.name} has no orders beneath its header.", layouts.AS_DOWNLOADED
        )
    return _tie_rows(path.name, deals, source)


def _tie_rows(
    name: str,
    deals: Sequence[Deal],
    source: str,
    whole: Sequence[str] = ("origin", "destination"),
) -> pd.DataFrame:
    """Add deals up by pair and year, and by the sides of which the file holds the whole."""
    frame = pd.DataFrame(deals, columns=list(Deal.__dataclass_fields__))
    for side, column in (("origin", "supplier"), ("destination", "recipient")):
        frame[side] = _countries(name, frame, column)
    everything = frame.dropna(subset=["delivered", "tiv"])
    other = {"origin": "destination", "destination": "origin"}
    totals = [
        _sums(everything.dropna(subset=[side]).assign(**{other[side]: WORLD}), "delivered", ALL)
        for side in whole
    ]
    frame = frame.dropna(subset=["origin", "destination"])
    known = frame.dropna(subset=["delivered", "tiv"])
    parts = [_sums(known, "delivered", TIV), *totals]
    parts.append(_sums(known[known["licensed"].astype(bool)], "delivered", LICENSED))
    orders = frame[frame["order"] != ""].dropna(subset=["ordered"]).drop_duplicates("order")
    orders = orders.assign(tiv=1.0, split=False)
    parts.append(_sums(orders, "ordered", ORDERS))
    parts.append(_sums(orders[orders["licensed"].astype(bool)], "ordered", LICENSED_ORDERS))
    ties = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    unit = dict.fromkeys((TIV, ALL, LICENSED), "TIV million")
    return ties.assign(unit=[unit.get(i, "orders") for i in ties["indicator"]], source=source)


def _sums(rows: pd.DataFrame, year: str, indicator: str) -> pd.DataFrame:
    rows = rows.assign(
        year=rows[year].astype(int),
        value=rows["tiv"].astype(float),
        split=rows["split"].astype(bool),
    )
    key = ["year", "origin", "destination"]
    added = rows.groupby(key, as_index=False).agg(value=("value", "sum"), split=("split", "any"))
    text = added["split"].map({True: SPLIT, False: None}).astype(object)
    return added.drop(columns="split").assign(indicator=indicator, text=text)


def _countries(name: str, frame: pd.DataFrame, column: str) -> pd.Series[str]:
    """Return ISO3 codes; missing for what is no country, an error for what nobody knows."""
    names = pd.Series(frame[column].str.strip().unique(), dtype="str")
    codes = dict(zip(names, catalogue.to_iso3(names, "sipri"), strict=True))
    for text, code in codes.items():
        if isinstance(code, str) or catalogue.countries.area(text, "sipri") is not None:
            continue
        line = frame.loc[frame[column].str.strip() == text, "line"].iloc[0]
        raise InputFileError(
            f"{name}, line {line}: '{text}' in column '{column.capitalize()}' is no party that "
            "comity knows.",
            "Correct the name, or add it to the catalogue.",
        )
    return frame[column].str.strip().map(codes)
