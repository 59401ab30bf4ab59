"""Observatory of Economic Complexity: BACI (HS 1992) by country and chapter, or section."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from comity.errors import InputFileError
from comity.lake.schema import TOTAL, WORLD
from comity.sources.reading import countries, integers, numbers, read_table

CHAPTERS = "cepii-baci-hs92-2024"
SECTIONS = "cepii-baci-hs92-2021"

# OEC writes Chinese Taipei as BACI's "Other Asia".
_CODES = {"XXB": "TWN"}


def read_chapters(path: Path, source: str = CHAPTERS) -> pd.DataFrame:
    """Read one of the two JSON files with every country's exports, or imports, by HS chapter.

    Returns
    -------
    DataFrame
        `flows`: exporter to ``WLD``, or ``WLD`` to importer, by two-digit chapter, and the
        country's own total as the file prints it.

    Raises
    ------
    InputFileError
        The file is not JSON of this layout.
    """
    document = _load(path)
    try:
        year = int(document["meta"]["year"])
        export = document["meta"]["direction"] == "export"
        key = "exportValue" if export else "importValue"
        rows = [
            (country["iso3"], code, value)
            for country in document["countries"]
            for code, value in [
                (TOTAL, country[key]),
                *((product["code"], product["value"]) for product in country["products"]),
            ]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputFileError(
            f"{path.name} is not a file of country trade by chapter: {error!r} is missing."
        ) from None
    frame = pd.DataFrame(rows, columns=["iso3", "product", "value"])
    frame["value"] = frame["value"].astype(str)
    home = countries(frame, "iso3", path)
    return pd.DataFrame(
        {
            "year": year,
            "exporter": home if export else WORLD,
            "importer": WORLD if export else home,
            "product": frame["product"],
            "value_usd": numbers(frame, "value", path),
            "valuation": "fob",
            "basis": "reconciled",
            "revision": "HS92",
            "period": str(year),
            "source": source,
        }
    )


def read_sections(path: Path, year: int, source: str = SECTIONS) -> pd.DataFrame:
    """Read a country-by-section export table of OEC (``Trade Value``, country, ``Section ID``).

    Parameters
    ----------
    path : Path
        The file.
    year : int
        Its year, which the file does not state.
    source : str
        Id of the source.

    Returns
    -------
    DataFrame
        `flows`: exporter to ``WLD`` by section, ``S01`` to ``S21``, and the sum of the sections
        as ``TOTAL``.
    """
    frame = read_table(path, ["Trade Value", "Exporter Country ID", "Section ID"])
    # OEC's codes are two letters for the continent, then ISO alpha-3.
    frame["iso3"] = frame["Exporter Country ID"].str[2:].str.upper().replace(_CODES)
    flows = pd.DataFrame(
        {
            "exporter": countries(frame, "iso3", path),
            "product": "S" + integers(frame, "Section ID", path).astype(str).str.zfill(2),
            "value_usd": numbers(frame, "Trade Value", path),
        }
    )
    totals = flows.groupby("exporter", as_index=False).agg(value_usd=("value_usd", "sum"))
    totals["product"] = TOTAL
    return pd.concat([flows, totals], ignore_index=True).assign(
        year=year,
        importer=WORLD,
        valuation="fob",
        basis="reconciled",
        revision="HS92",
        period=str(year),
        source=source,
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        document = json.loads(content)
    except FileNotFoundError:
        raise InputFileError(
            f"{path.name} is not in {path.parent}.", "Give the folder that holds it."
        ) from None
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise InputFileError(f"{path.name} cannot be read as JSON: {error}") from None
    return dict(document)
