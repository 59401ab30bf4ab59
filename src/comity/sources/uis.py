"""UNESCO Institute for Statistics: students abroad, by origin and host, and in all.

The bulk archive of other policy relevant indicators (OPRI) has a series for each origin, told apart
by their labels alone; the interface gives the totals. 360info's tables have the largest partners.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import pandas as pd

from comity import catalogue
from comity.errors import FetchError, InputFileError, UsageError
from comity.sources.answers import message_of
from comity.sources.fetching import Client
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables
from comity.sources.reading import integers, numbers, read_table

STUDENTS = "uis-students"
INTERFACE = "https://api.uis.unesco.org/api/public/data/indicators"
BULK = "https://download.uis.unesco.org/bdds/{release}/OPRI.zip"

# Series of the interface and of the bulk files: total inbound and outbound students.
TOTALS = {"26637": "students_inbound", "OE.5T8.40510": "students_outbound"}
_FROM = re.compile(
    r"Inbound internationally mobile students from [^:]+: Students from (?:the )?(.+), both sexes"
)
_NATIONAL = re.compile(r"(?:^|/)(?:OPRI|SDG)_DATA_NATIONAL\.csv$", re.IGNORECASE)
_LABELS = re.compile(r"(?:^|/)OPRI_LABEL\.csv$", re.IGNORECASE)
_COLUMNS = ("INDICATOR_ID", "COUNTRY_ID", "YEAR", "VALUE")
_LUMPED = {
    "year,origin_country_name,dest_country_lumped,value_lumped": "by-origin",
    "year,dest_country_name,origin_country_lumped,value_lumped": "by-destination",
}
_ROWS = 500_000  # of a bulk file at a time
_HINT = "Take the file as it was downloaded."


def recognise(sample: Sample) -> Found | None:
    """Return which of the institute's files a file is, None where it is none."""
    for start, layout in _LUMPED.items():
        if sample.header.startswith(start):
            words = f"students {layout.replace('-', ' ')}, largest partners"
            return _found(words, layout, f"{STUDENTS}-{layout}")
    if any(_NATIONAL.search(name) for name in sample.members):
        return _found("bulk data", "bulk", f"{STUDENTS}-bulk", _release(sample.path))
    if sample.header.replace('"', "").upper().startswith(",".join(_COLUMNS)):
        return _found("bulk data, totals", "national", f"{STUDENTS}-totals")
    text = sample.text[:4000]
    if '"indicatorId"' in text and '"geoUnit"' in text and '"records"' in text:
        return _found("totals of students by the interface", "json", f"{STUDENTS}-totals")
    return None


def _found(words: str, layout: str, source: str, version: str | None = None) -> Found:
    source = f"{source}-{version.replace('-', '')}" if version else source
    return Found("uis", f"UNESCO UIS, {words}", layout, source, STUDENTS, version)


def _release(path: Path) -> str | None:
    """Return year and month of a bulk archive, from the date of its data."""
    with zipfile.ZipFile(path) as archive:
        dates = [info.date_time for info in archive.infolist() if _NATIONAL.search(info.filename)]
    return f"{dates[0][0]}-{dates[0][1]:02d}" if dates and dates[0][0] > 1980 else None


def read(path: Path, found: Found) -> Tables:
    """Read students as rows of ``ties`` (``students``) and ``facts`` (in all).

    Raises
    ------
    InputFileError
        The file is damaged, or holds none of the series.
    """
    if found.layout in _LUMPED.values():
        return {"ties": read_partners(path, found.layout, found.source)}
    if found.layout == "bulk":
        rows, origins = _read_bulk(path)
    elif found.layout == "national":
        rows, origins = read_table(path, _COLUMNS), {}
        rows = rows[rows["INDICATOR_ID"].isin(TOTALS)]
    else:
        rows, origins = _read_json(path), {}
    return _tables(path, rows, origins, found.source)


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Bring the totals of all countries, or with the option ``bulk=YYYYMM`` the whole archive.

    Raises
    ------
    UsageError
        Something was asked for that the institute does not know.
    FetchError
        The institute refused or kept failing.
    """
    unknown = set(request.options) - {"bulk"}
    if request.countries or request.partners or request.products or unknown:
        raise UsageError(
            "UNESCO UIS gives all countries at once.",
            "For example: comity fetch uis --years 2000-2024, or --option bulk=202509 for students "
            "by origin.",
        )
    if release := request.options.get("bulk"):
        if not re.fullmatch(r"20\d{4}", release):
            raise UsageError(f"'{release}' is no release of UNESCO UIS.", "Write it as 202509.")
        target = folder / f"uis-opri-{release}.zip"
        return [client.download(BULK.format(release=release), target, expect="zip")]
    years = request.years or (1998, 2030)
    span = {"start": min(years), "end": max(years)}
    return [_fetch_total(client, folder, series, span) for series in TOTALS]


def _fetch_total(client: Client, folder: Path, series: str, span: dict[str, int]) -> Path:
    target = folder / f"uis-{series}-{span['start']}-{span['end']}.json"
    query: dict[str, str | int] = {"indicator": series, **span}
    try:
        return client.download(INTERFACE, target, expect="json", params=query)
    except FetchError as error:
        if said := message_of(error.body):
            raise FetchError(
                f"UNESCO UIS refuses: {said}", error.hint, status=error.status, body=error.body
            ) from None
        raise


def read_partners(path: Path, layout: str, source: str = STUDENTS) -> pd.DataFrame:
    """Read the largest partners of every country, as 360info took them from the institute.

    Returns
    -------
    DataFrame
        `ties`, indicator ``students``. Partners are lumped together below the largest ten or so:
        those that are not listed are missing, not zero, and "other" and "unknown" are left out.
    """
    own, other = ("origin", "dest") if layout == "by-origin" else ("dest", "origin")
    columns = ["year", f"{own}_country_name", f"{other}_country_lumped", "value_lumped"]
    frame = read_table(path, columns)
    named = {own: frame[columns[1]], other: frame[columns[2]]}
    codes = {side: catalogue.to_iso3(names, "name") for side, names in named.items()}
    # A row is counted once, under the first of its names that is no country.
    strange = named[other].where(codes[other].isna(), named[own])
    strange = strange[codes[own].isna() | codes[other].isna()]
    left_out = {str(name): int(count) for name, count in strange.value_counts().items()}
    ties = pd.DataFrame(
        {
            "indicator": "students",
            "year": integers(frame, "year", path),
            "origin": codes["origin"],
            "destination": codes["dest"],
            "value": numbers(frame, "value_lumped", path),
            "unit": "persons",
            "source": source,
        }
    ).dropna(subset=["origin", "destination", "value"])
    ties.attrs["left_out"] = left_out
    return ties


def _read_bulk(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read an archive a piece at a time: rows of the series wanted, and the origin of each."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = next(name for name in archive.namelist() if _NATIONAL.search(name))
            labels = next((name for name in archive.namelist() if _LABELS.search(name)), None)
            origins = {}
            if labels is not None:
                with archive.open(labels) as file:
                    origins = _origins(file)
            wanted = {*TOTALS, *origins}
            with archive.open(member) as file:
                parts = list(_pieces(file, PurePosixPath(member).name, wanted))
    except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise InputFileError(f"{path.name} cannot be unpacked ({error}).", _HINT) from None
    return pd.concat(parts), origins


def _origins(file: IO[bytes]) -> dict[str, str]:
    """Return the country of origin of each series of students, from the labels."""
    labels = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    found = {}
    for series, label in labels.iloc[:, :2].itertuples(index=False):
        name = _FROM.search(label)
        if name and (iso3 := catalogue.from_code(name[1], "name")):
            found[str(series)] = iso3
    return found


def _pieces(file: IO[bytes], name: str, wanted: set[str]) -> Iterator[pd.DataFrame]:
    pieces = pd.read_csv(
        file, dtype=str, keep_default_na=False, chunksize=_ROWS, encoding="utf-8-sig"
    )
    try:
        with pieces:
            for piece in pieces:
                piece.columns = piece.columns.str.strip().str.upper()
                if missing := [column for column in _COLUMNS if column not in piece.columns]:
                    raise InputFileError(f"{name} lacks the column {', '.join(missing)}.", _HINT)
                yield piece.loc[piece["INDICATOR_ID"].isin(wanted), list(_COLUMNS)]
    except (ValueError, UnicodeError) as error:
        raise InputFileError(f"{name} cannot be read as a table: {error}", _HINT) from None


def _read_json(path: Path) -> pd.DataFrame:
    try:
        records = json.loads(path.read_bytes())["records"]
        rows = [
            (
                str(r["indicatorId"]),
                str(r["geoUnit"]),
                str(int(r["year"])),
                "" if r["value"] is None else str(float(r["value"])),
            )
            for r in records
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputFileError(f"{path.name} holds no records ({error!r}).", _HINT) from None
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame[frame["INDICATOR_ID"].isin(TOTALS)]


def _tables(path: Path, rows: pd.DataFrame, origins: dict[str, str], source: str) -> Tables:
    if rows.empty:
        raise InputFileError(
            f"{path.name} holds no students: none of its series is one that comity takes.",
            "Take the archive OPRI, or 'comity fetch uis'.",
        )
    hosts = catalogue.to_iso3(rows["COUNTRY_ID"], "iso3")
    left_out = rows.loc[hosts.isna(), "COUNTRY_ID"].value_counts().to_dict()
    frame = pd.DataFrame(
        {
            "series": rows["INDICATOR_ID"],
            "year": integers(rows, "YEAR", path),
            "country": hosts,
            "value": numbers(rows, "VALUE", path),  # an empty cell is missing, never zero
            "unit": "persons",
            "source": source,
        }
    ).dropna(subset=["country", "value"])
    facts = frame[frame["series"].isin(TOTALS)]
    facts = facts.assign(indicator=facts["series"].map(TOTALS)).drop(columns="series")
    facts.attrs["left_out"] = {
        f"the unknown code '{code}'": int(count) for code, count in left_out.items()
    }
    ties = frame[frame["series"].isin(origins)]
    ties = ties.assign(
        indicator="students",
        origin=ties["series"].map(origins),
    ).rename(columns={"country": "destination"})
    # An origin that is listed under two regions has two series of the same figures.
    ties = ties.drop(columns="series").drop_duplicates(["year", "origin", "destination"])
    return {"facts": facts, "ties": ties}


PUBLISHER = Publisher("uis", (STUDENTS,), recognise, read, fetch)
