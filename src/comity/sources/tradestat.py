"""India's Department of Commerce: the Export Import Data Bank (TRADESTAT, EIDB).

India values exports f.o.b. and imports c.i.f., in million US dollars, by fiscal year (April to
March).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from comity.errors import InputFileError
from comity.lake.schema import TOTAL, WORLD
from comity.sources.reading import integers, numbers, read_table

EIDB = "dgcis-tradestat"

_INDIA = "IND"
_PARTNERS = {"China": "CHN", "Russia": "RUS", "UAE": "ARE", "USA": "USA"}
_YEAR = re.compile(r"fy(\d{4})_(\d{2})$")
# The table's first and last lines ended up in the column `header`: chapter 01 and the total.
_FIRST_CHAPTER = re.compile(r"\| 1 \| (\d\d) \|[^|]*\| ([\d,.]+) \|[^|]*\| ([\d,.]+) \|")
_TOTAL_IN_HEADER = re.compile(r"Total (?:Export|Import) \| ([\d,.]+) \| *\| ([\d,.]+) \|")
_MILLION = 1_000_000

_Row = tuple[str, str, int, str, float]  # flow, partner, year, chapter, million dollars


def read_partners(path: Path, source: str = EIDB) -> pd.DataFrame:
    """Read India's trade with its partners by HS chapter (the JSON of "country wise").

    Returns
    -------
    DataFrame
        `flows` by chapter, and the partner's total as the data bank prints it.

    Raises
    ------
    InputFileError
        The file is not JSON of this layout, or names a partner that comity does not know.
    """
    try:
        document = json.loads(path.read_bytes())
        rows = list(_partner_rows(document["country_commodity_data"]))
    except FileNotFoundError:
        raise InputFileError(f"{path.name} is not in {path.parent}.") from None
    except KeyError as error:
        raise InputFileError(
            f"{path.name} is not a file of India's partners by chapter: {error} is unknown or "
            "missing."
        ) from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputFileError(
            f"{path.name} is not a file of India's partners by chapter: {error}"
        ) from None
    return _flows(rows, source)


def read_chapters(path: Path, source: str = EIDB) -> pd.DataFrame:
    """Read India's trade with the world by HS chapter, two fiscal years to a row.

    A year that stands in two tables is taken from the later one, which has the revised figure. The
    first chapter and the total of all chapters stand in the column ``header``.

    Returns
    -------
    DataFrame
        `flows` between India and ``WLD``.

    Raises
    ------
    InputFileError
        A table has no total, or the first chapter is missing.
    """
    columns = ["flow", "fy_start", "hs_code", "prev_year_usd_mn", "cur_year_usd_mn", "header"]
    frame = read_table(path, columns)
    start = integers(frame, "fy_start", path)
    previous = numbers(frame, "prev_year_usd_mn", path)
    current = numbers(frame, "cur_year_usd_mn", path)
    frame = frame.assign(year=start, before=previous, now=current)
    rows: list[_Row] = []
    for (_, flow), table in frame.groupby(["year", "flow"]):
        year = int(table["year"].iloc[0])
        lines = list(table[["hs_code", "before", "now"]].itertuples(index=False, name=None))
        lines += _lines_in_header(path, str(table["header"].iloc[0]))
        for chapter, before, now in lines:
            rows.append((str(flow), WORLD, year - 1, chapter, before))
            rows.append((str(flow), WORLD, year, chapter, now))
    return _flows(rows, source)


def _lines_in_header(path: Path, header: str) -> list[tuple[str, float, float]]:
    first, total = _FIRST_CHAPTER.search(header), _TOTAL_IN_HEADER.search(header)
    if first is None or total is None:
        raise InputFileError(f"{path.name}: a table has no first chapter or no total.")
    return [
        (first[1], _amount(first[2]), _amount(first[3])),
        (TOTAL, _amount(total[1]), _amount(total[2])),
    ]


def _amount(text: str) -> float:
    return float(text.replace(",", ""))


def _partner_rows(data: dict[str, Any]) -> Iterator[_Row]:
    for partner, flows in data.items():
        code = _PARTNERS[partner]
        for flow, table in flows.items():
            for key, value in table.items():
                if key.startswith("total_"):
                    yield flow, code, _year(key), TOTAL, float(value)
            for chapter in table["chapters"]:
                for key, value in chapter.items():
                    if key.startswith("fy") and value is not None:
                        yield flow, code, _year(key), str(chapter["hs"]), float(value)


def _year(key: str) -> int:
    match = _YEAR.search(key)
    if match is None:
        raise KeyError(key)
    return int(match.group(1))


def _flows(rows: list[_Row], source: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["flow", "partner", "year", "product", "million"])
    frame = frame.dropna(subset=["million"])
    export = frame["flow"].str.startswith("export")
    flows = pd.DataFrame(
        {
            "year": frame["year"],
            "exporter": frame["partner"].mask(export, _INDIA),
            "importer": frame["partner"].where(export, _INDIA),
            "product": frame["product"].str.zfill(2),
            "value_usd": (frame["million"] * _MILLION).round(),
            "valuation": export.map({True: "fob", False: "cif"}),
            "basis": "reported",
            "revision": "ITC-HS",
            "period": frame["year"].map(_fiscal_year),
            "source": source,
        }
    )
    key = ["year", "exporter", "importer", "product"]
    return flows.drop_duplicates(key, keep="last", ignore_index=True)


def _fiscal_year(year: int) -> str:
    return f"FY{year}-{(year + 1) % 100:02d}"
