"""SIPRI Arms Transfers Database: the trade register in both of its layouts, and the TIV tables.

comity passes none of SIPRI's figures on; a user brings the publisher's file. Trend-indicator values
(TIV) are volumes of military capability in millions, not money.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from comity import catalogue
from comity.errors import InputFileError
from comity.lake.schema import WORLD

REGISTER = "sipri-arms-transfers"
TIV = "arms_tiv"
ALL = "arms_tiv_all"
LICENSED = "arms_tiv_licensed"
ORDERS = "arms_orders"
LICENSED_ORDERS = "arms_orders_licensed"
SPLIT = "split evenly over the years of delivery"

_CLASSIC = ("Recipient", "Supplier", "Year of order")
_NEW = ("SIPRI AT Database ID", "Supplier", "Recipient")
_TIDY = ("supplier", "recipient", "year", "value")
_WIDTH = 16
_HEADER_WITHIN = 60
_LICENCE = re.compile(
    r"under (\w+ )?licen[cs]e|licen[cs]ed production|assembl\w* (from kits )?in\b", re.IGNORECASE
)
_TITLE = re.compile(r"TIV of arms (exports from|imports to) (.+?),? *\d{4}", re.IGNORECASE)
_AS_DOWNLOADED = "Take the publisher's file as it was downloaded."


@dataclass(frozen=True, slots=True)
class Deal:
    """Deliveries under one order in one year.

    ``tiv`` is None where SIPRI knows of none yet; ``split`` marks a total shared out over years.
    """

    order: str
    supplier: str
    recipient: str
    ordered: int | None
    delivered: int | None
    tiv: float | None
    licensed: bool
    split: bool
    line: int


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
    lines = _lines(path)
    place, layout = _find_header(path.name, lines)
    if layout == "table":
        exports, deals = _read_table(path.name, lines, place)
        return _tie_rows(path.name, deals, source, ("origin" if exports else "destination",))
    if layout == "tidy":
        return _tie_rows(path.name, _read_tidy(path.name, lines, place), source)
    read = _read_classic if layout == "classic" else _read_new
    deals = list(read(path.name, lines, place))
    if not deals:
        raise InputFileError(f"{path.name} has no orders beneath its header.", _AS_DOWNLOADED)
    return _tie_rows(path.name, deals, source)


def _lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError:
        raise InputFileError(f"{path} is not there.", "Give the path of SIPRI's file.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputFileError(f"{path.name} cannot be read: {error}.", _AS_DOWNLOADED) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.splitlines()


def _find_header(name: str, lines: Sequence[str]) -> tuple[int, str]:
    for place, line in enumerate(lines[:_HEADER_WITHIN]):
        cells = next(csv.reader([line]), [])
        start = tuple(cell.strip().rstrip(";") for cell in cells[:4])
        if start[:3] == _CLASSIC:
            return place, "classic"
        if start[:3] == _NEW:
            return place, "new"
        if tuple(cell.lower() for cell in start) == _TIDY:
            return place, "tidy"
        if start and not start[0] and len(cells) > 2 and cells[1].strip().isdigit():
            return place, "table"
    raise InputFileError(
        f"{name} is no register or TIV table of SIPRI: no line among the first {_HEADER_WITHIN} is "
        "a header that comity knows.",
        "Export the trade register, or a TIV table, from armstransfers.sipri.org as CSV.",
    )


def _read_classic(name: str, lines: Sequence[str], header: int) -> Iterator[Deal]:
    """Read one row an order, deliveries as one sum with the years beside it."""
    for number, (line, row) in enumerate(_whole_rows(name, lines, header)):
        recipient, supplier = row[0].strip(), row[1].strip()
        ordered = _year(name, line, "Year of order", row[2])
        tiv = _number(name, line, "SIPRI TIV of delivered weapons", row[15])
        licensed = bool(_LICENCE.search(row[12]))
        years = [
            year
            for part in row[10].split(";")
            if (year := _year(name, line, "Year(s) of delivery", part)) is not None
        ]
        split = len(years) > 1
        share = None if tiv is None else tiv / max(len(years), 1)
        spread: list[int | None] = [*years] or [None]
        for year in spread:
            yield Deal(
                str(number), supplier, recipient, ordered, year, share, licensed, split, line
            )


def _whole_rows(name: str, lines: Sequence[str], header: int) -> Iterator[tuple[int, list[str]]]:
    """Yield rows of 16 cells; a comment with a line break of its own is put together again."""
    reader = csv.reader(lines[header + 1 :])
    kept: list[str] = []
    for row in reader:
        line = header + 1 + reader.line_num
        if not row or not "".join(row).strip():
            continue
        if kept:
            row = [*kept[:-1], f"{kept[-1]} {row[0]}".strip(), *row[1:]]
            kept = []
        if len(row) == 13:  # the comment broke off
            kept = row
            continue
        if len(row) != _WIDTH:
            raise InputFileError(
                f"{name}, line {line}: {len(row)} cells where a register has {_WIDTH}.",
                _AS_DOWNLOADED,
            )
        yield line, row
    if kept:
        raise InputFileError(f"{name}, line {len(lines)}: the last row breaks off.", _AS_DOWNLOADED)


def _read_new(name: str, lines: Sequence[str], header: int) -> Iterator[Deal]:
    """Read one row an order and year of delivery."""
    names = [cell.strip().rstrip(";") for cell in next(csv.reader([lines[header]]))]
    columns = {name: place for place, name in enumerate(names)}
    needed = ("Order date", "Delivery year", "TIV delivery values", "Local production")
    if missing := [column for column in needed if column not in columns]:
        raise InputFileError(f"{name} lacks the column {', '.join(missing)}.", _AS_DOWNLOADED)
    reader = csv.reader(lines[header + 1 :])
    for row in reader:
        line = header + 1 + reader.line_num
        if not "".join(row).strip(" ;"):
            continue
        if len(row) != len(names):
            raise InputFileError(
                f"{name}, line {line}: {len(row)} cells where the header has {len(names)}.",
                _AS_DOWNLOADED,
            )
        cells = {column: row[place].strip().rstrip(";") for column, place in columns.items()}
        local = cells["Local production"]
        if local not in ("Yes", "No"):
            raise InputFileError(
                f"{name}, line {line}: '{local}' in column 'Local production' is neither Yes nor "
                "No.",
                _AS_DOWNLOADED,
            )
        yield Deal(
            order=cells["SIPRI AT Database ID"],
            supplier=cells["Supplier"],
            recipient=cells["Recipient"],
            ordered=_year(name, line, "Order date", cells["Order date"]),
            delivered=_year(name, line, "Delivery year", cells["Delivery year"]),
            tiv=_number(name, line, "TIV delivery values", cells["TIV delivery values"]),
            licensed=local == "Yes",
            split=False,
            line=line,
        )


def _read_table(name: str, lines: Sequence[str], header: int) -> tuple[bool, list[Deal]]:
    """Read one supplier's exports (True), or one recipient's imports, by partner and year."""
    title = next((m for line in lines[:header] if (m := _TITLE.search(line))), None)
    if title is None:
        raise InputFileError(
            f"{name} does not say whose table it is: no line above its header reads 'TIV of arms "
            "exports from ...' or 'TIV of arms imports to ...'.",
            _AS_DOWNLOADED,
        )
    exports, owner = title[1].lower().startswith("exports"), title[2].strip().strip('"')
    heads = [cell.strip() for cell in next(csv.reader([lines[header]]))]
    years = [(place, int(cell)) for place, cell in enumerate(heads) if cell.isdigit()]
    deals: list[Deal] = []
    sums = dict.fromkeys((year for _, year in years), 0.0)
    counts = dict.fromkeys(sums, 0)
    reader = csv.reader(lines[header + 1 :])
    for row in reader:
        line = header + 1 + reader.line_num
        partner = row[0].strip() if row else ""
        if not partner:
            continue
        if len(row) < len(heads):
            raise InputFileError(
                f"{name}, line {line}: {len(row)} cells where the header has {len(heads)}.",
                _AS_DOWNLOADED,
            )
        for place, year in years:
            value = _number(name, line, str(year), row[place])
            if value is None:
                continue
            if partner.lower() == "total":
                if abs(value - sums[year]) > 0.5 * (counts[year] + 1):
                    raise InputFileError(
                        f"{name}, line {line}: the total of {year} is {value:g}, and its rows add "
                        f"up to {sums[year]:g}.",
                        "Rows seem to be missing: export the table again.",
                    )
                continue
            sums[year] += value
            counts[year] += 1
            seller, buyer = (owner, partner) if exports else (partner, owner)
            deals.append(Deal("", seller, buyer, None, year, value, False, False, line))
        if partner.lower() == "total":
            break
    return exports, deals


def _read_tidy(name: str, lines: Sequence[str], header: int) -> list[Deal]:
    """Read supplier, recipient, year, value."""
    reader = csv.reader(lines[header + 1 :])
    deals = []
    for row in reader:
        line = header + 1 + reader.line_num
        if not "".join(row).strip():
            continue
        if len(row) < len(_TIDY):
            raise InputFileError(f"{name}, line {line}: {len(row)} cells, four are needed.")
        year = _year(name, line, "year", row[2])
        value = _number(name, line, "value", row[3])
        deals.append(Deal("", row[0], row[1], None, year, value, False, False, line))
    return deals


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


def _year(name: str, line: int, column: str, text: str) -> int | None:
    plain = text.strip()
    if not plain:
        return None
    if not (plain.isdigit() and len(plain) == 4 and 1900 < int(plain) < 2100):
        raise InputFileError(
            f"{name}, line {line}: '{plain}' in column '{column}' is no year.", _AS_DOWNLOADED
        )
    return int(plain)


def _number(name: str, line: int, column: str, text: str) -> float | None:
    plain = text.strip()
    if not plain:
        return None
    try:
        value = float(plain)
    except ValueError:
        value = float("nan")
    if not 0 <= value < 1e9:
        raise InputFileError(
            f"{name}, line {line}: '{plain}' in column '{column}' is no volume.", _AS_DOWNLOADED
        )
    return value
