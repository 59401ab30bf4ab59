"""The layouts in which SIPRI exports its register and its tables, each as a sequence of deals."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from comity.errors import InputFileError

_CLASSIC = ("Recipient", "Supplier", "Year of order")
_NEW = ("SIPRI AT Database ID", "Supplier", "Recipient")
_TIDY = ("supplier", "recipient", "year", "value")
_WIDTH = 16
_HEADER_WITHIN = 60
_LICENCE = re.compile(
    r"under (\w+ )?licen[cs]e|licen[cs]ed production|assembl\w* (from kits )?in\b", re.IGNORECASE
)
_TITLE = re.compile(r"TIV of arms (exports from|imports to) (.+?),? *\d{4}", re.IGNORECASE)
AS_DOWNLOADED = "Take the publisher's file as it was downloaded."


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


def read_lines(path: Path) -> list[str]:
    """Return the lines of a file of SIPRI's, gzipped or not, UTF-8 or Latin-1.

    Raises
    ------
    InputFileError
        The file is absent or damaged.
    """
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError:
        raise InputFileError(f"{path} is not there.", "Give the path of SIPRI's file.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputFileError(f"{path.name} cannot be read: {error}.", AS_DOWNLOADED) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.splitlines()


def layout_of(lines: Sequence[str]) -> str | None:
    """Return the layout whose header is among the first lines: classic, new, table or tidy."""
    found = _header_among(lines)
    return None if found is None else found[1]


def title_of(lines: Sequence[str]) -> re.Match[str] | None:
    """Return the title of a TIV table: its group 1 is the direction, group 2 whose it is."""
    return next((m for line in lines[:_HEADER_WITHIN] if (m := _TITLE.search(line))), None)


def find_header(name: str, lines: Sequence[str]) -> tuple[int, str]:
    """Return the place of the header and the layout.

    Raises
    ------
    InputFileError
        No line is a header that comity knows.
    """
    if found := _header_among(lines):
        return found
    raise InputFileError(
        f"{name} is no register or TIV table of SIPRI: no line among the first {_HEADER_WITHIN} is "
        "a header that comity knows.",
        "Export the trade register, or a TIV table, from armstransfers.sipri.org as CSV.",
    )


def _header_among(lines: Sequence[str]) -> tuple[int, str] | None:
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
    return None


def read_classic(name: str, lines: Sequence[str], header: int) -> Iterator[Deal]:
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
                AS_DOWNLOADED,
            )
        yield line, row
    if kept:
        raise InputFileError(f"{name}, line {len(lines)}: the last row breaks off.", AS_DOWNLOADED)


def read_new(name: str, lines: Sequence[str], header: int) -> Iterator[Deal]:
    """Read one row an order and year of delivery."""
    names = [cell.strip().rstrip(";") for cell in next(csv.reader([lines[header]]))]
    columns = {name: place for place, name in enumerate(names)}
    needed = ("Order date", "Delivery year", "TIV delivery values", "Local production")
    if missing := [column for column in needed if column not in columns]:
        raise InputFileError(f"{name} lacks the column {', '.join(missing)}.", AS_DOWNLOADED)
    reader = csv.reader(lines[header + 1 :])
    for row in reader:
        line = header + 1 + reader.line_num
        if not "".join(row).strip(" ;"):
            continue
        if len(row) != len(names):
            raise InputFileError(
                f"{name}, line {line}: {len(row)} cells where the header has {len(names)}.",
                AS_DOWNLOADED,
            )
        cells = {column: row[place].strip().rstrip(";") for column, place in columns.items()}
        local = cells["Local production"]
        if local not in ("Yes", "No"):
            raise InputFileError(
                f"{name}, line {line}: '{local}' in column 'Local production' is neither Yes nor "
                "No.",
                AS_DOWNLOADED,
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


def read_table(name: str, lines: Sequence[str], header: int) -> tuple[bool, list[Deal]]:
    """Read one supplier's exports (True), or one recipient's imports, by partner and year."""
    title = title_of(lines[:header])
    if title is None:
        raise InputFileError(
            f"{name} does not say whose table it is: no line above its header reads 'TIV of arms "
            "exports from ...' or 'TIV of arms imports to ...'.",
            AS_DOWNLOADED,
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
                AS_DOWNLOADED,
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


def read_tidy(name: str, lines: Sequence[str], header: int) -> list[Deal]:
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


def _year(name: str, line: int, column: str, text: str) -> int | None:
    plain = text.strip()
    if not plain:
        return None
    if not (plain.isdigit() and len(plain) == 4 and 1900 < int(plain) < 2100):
        raise InputFileError(
            f"{name}, line {line}: '{plain}' in column '{column}' is no year.", AS_DOWNLOADED
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
            f"{name}, line {line}: '{plain}' in column '{column}' is no volume.", AS_DOWNLOADED
        )
    return value
