"""UNHCR: refugees and asylum seekers by origin and country of asylum."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources.answers import Answer, day_of, load_answers, save_answers
from comity.sources.fetching import Client
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables
from comity.sources.reading import countries, integers, numbers, read_table

POPULATION = "unhcr-refugees"
API = "https://api.unhcr.org/population/v1/population/"

FIRST_YEAR = 1990
_GROUPS = ("refugees", "asylum_seekers")
_COLUMNS = frozenset({"year", "coo_iso", "coa_iso", *_GROUPS})
_PAGE = 1000
_NONE = ("-", "")  # how the interface writes what is not known


def recognise(sample: Sample) -> Found | None:
    """Return which file of the refugee population statistics a file is, None where it is none."""
    if day := day_of(sample, "unhcr"):
        source = f"{POPULATION}-{day.replace('-', '')}"
        what = f"UNHCR refugee population statistics, fetched {day}"
        return Found("unhcr", what, "answers", source, POPULATION, day)
    if {cell.strip(' "') for cell in sample.header.split(",")} >= _COLUMNS:
        what = "UNHCR refugee population statistics"
        return Found("unhcr", what, "csv", POPULATION, POPULATION)
    return None


def read(path: Path, found: Found) -> Tables:
    """Read the statistics as rows of ``ties``; see `read_population`.

    Raises
    ------
    InputFileError
        The file is damaged; the error says where.
    """
    if found.layout == "csv":
        return {"ties": read_population(path, found.source)}
    return {"ties": _read_answers(path, found.source)}


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Bring all pairs of some years, by default the last one, in one file.

    Raises
    ------
    UsageError
        Something other than years was asked for: a file of some countries would read as if all
        others had nobody.
    FetchError
        UNHCR refused, kept failing, or sent something else.
    """
    if request.countries or request.partners or request.products or request.options:
        raise UsageError(
            "UNHCR is asked for years, and gives all countries.",
            "For example: comity fetch unhcr --years 2015-2024",
        )
    years = request.years or (dt.datetime.now(tz=dt.UTC).year - 1,)
    target = folder / f"unhcr-{min(years)}-{max(years)}.json"
    if not target.exists():
        answers = [Answer({"year": str(year)}, _pages(client, year)) for year in years]
        save_answers(target, "unhcr", answers)
    return [target]


def _pages(client: Client, year: int) -> list[Any]:
    pages: list[Any] = []
    last = 1
    while len(pages) < last:
        answer = client.get_json(
            API,
            {"limit": _PAGE, "page": len(pages) + 1, "yearFrom": year, "yearTo": year,
             "coo_all": "true", "coa_all": "true"},
        )  # fmt: skip
        if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
            raise FetchError(
                "UNHCR sent an answer without items.",
                "Try again later; the interface may have changed.",
            )
        pages.append(answer)
        last = int(answer.get("maxPages") or 1)
    return pages


def _read_answers(path: Path, source: str) -> pd.DataFrame:
    left = LeftOut()
    try:
        items = [
            (int(i["year"]), str(i["coo_iso"]), str(i["coa_iso"]), *(_count(i[g]) for g in _GROUPS))
            for answer in load_answers(path)
            for page in answer.body
            for i in page["items"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputFileError(
            f"{path.name}: an answer has no items ({error!r}).",
            "Fetch it again with 'comity fetch unhcr'.",
        ) from None
    frame = pd.DataFrame(items, columns=["year", "coo", "coa", *_GROUPS])
    ends = {"origin": left.places(frame["coo"], "iso3")}
    ends["destination"] = left.places(frame["coa"], "iso3")
    parts = [
        pd.DataFrame(
            {"indicator": group, "year": frame["year"], **ends, "value": frame[group],
             "unit": "persons", "source": source}
        )
        for group in _GROUPS
    ]  # fmt: skip
    return left.sign(pd.concat(parts).dropna(subset=["origin", "destination", "value"]))


def _count(cell: object) -> float:
    text = str(cell).strip()
    return float("nan") if text in _NONE else float(text)


def read_population(path: Path, source: str = POPULATION) -> pd.DataFrame:
    """Read the refugee population statistics from 1990 on.

    Returns
    -------
    DataFrame
        `ties`, indicators ``refugees`` and ``asylum_seekers``: persons from origin in destination
        at the end of the year (mid-year for the newest, where the year is not over). UNHCR lists a
        pair where any of its groups has someone, so a zero is the publisher's; UNHCR rounds counts
        below five, so a zero may be up to four persons. Other pairs are missing. People from
        places that are no country (stateless, unknown, Tibetan) are left out.
    """
    frame = read_table(path, ["year", "coo_iso", "coa_iso", "refugees", "asylum_seekers"])
    year = integers(frame, "year", path)
    origin = countries(frame, "coo_iso", path)
    destination = countries(frame, "coa_iso", path)
    ties = [
        pd.DataFrame(
            {
                "indicator": indicator,
                "year": year,
                "origin": origin,
                "destination": destination,
                "value": numbers(frame, indicator, path),
                "unit": "persons",
                "source": source,
            }
        )
        for indicator in ("refugees", "asylum_seekers")
    ]
    both = pd.concat(ties, ignore_index=True).dropna(subset=["origin", "destination", "value"])
    return both[both["year"] >= FIRST_YEAR]


PUBLISHER = Publisher("unhcr", (POPULATION,), recognise, read, fetch)
