"""CEPII BACI: reconciled trade of all pairs by HS subheading, a file a year in a zip archive.

Columns ``t,i,j,k,v,q``: year, exporter, importer, product, value in thousand dollars f.o.b., metric
tons. Sizes are those of the world: a year has some ten million rows, so files are read in years,
by Arrow's parallel reader, straight from the archive.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from comity import catalogue
from comity.errors import FetchError, InputFileError, UsageError
from comity.lake.codes import gather, mark
from comity.lake.years import ProductYear, make_parts
from comity.sources.baci_csv import is_header, read_year_table, read_years
from comity.sources.leftout import KEY
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables, Wanted

if TYPE_CHECKING:
    from comity.sources.fetching import Client

ID = "baci"
CATALOGUE = "cepii-baci"

# What CEPII's own names of files say, where they have been kept: revision, year, release.
_NAME = re.compile(r"BACI_(HS\d\d)(?:_Y(\d{4}))?_V(\d{6}[a-z]?)", re.IGNORECASE)
# First year of each revision of the Harmonized System in BACI.
_REVISIONS = {
    "HS92": 1995, "HS96": 1996, "HS02": 2002, "HS07": 2007, "HS12": 2012, "HS17": 2017,
    "HS22": 2022,
}  # fmt: skip
SITE = "https://www.cepii.fr"
_PAGE = "/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37"
_FILES = "/DATA_DOWNLOAD/baci/data"
_PER_THOUSAND = 1000.0


def recognise(sample: Sample) -> Found | None:
    """Return what a file of BACI holds: an archive with files of years, or one such file."""
    if not sample.members:
        return _describe(Layout("csv", (sample.path.name,))) if is_header(sample.header) else None
    tables = [name for name in sample.members if name.lower().endswith(".csv")]
    years = tuple(name for name in tables if is_header(_first_line(sample.peek(name))))
    return _describe(Layout("zip", years)) if years else None


@dataclass(frozen=True)
class Layout:
    """The files of years, in an archive or alone, and what their names say."""

    kind: str
    names: tuple[str, ...]

    @cached_property
    def _named(self) -> list[re.Match[str]]:
        return [match for name in self.names if (match := _NAME.search(name))]

    @property
    def revision(self) -> str:
        """Such as "HS17"; "HS" where no name says it."""
        return next((str(match[1]).upper() for match in self._named), "HS")

    @property
    def release(self) -> str:
        """Such as "202401b"; empty where no name says it."""
        return next((str(match[3]).lower() for match in self._named), "")

    @property
    def years(self) -> list[int]:
        """The years that the names say."""
        return sorted(int(match[2]) for match in self._named if match[2])


def _describe(layout: Layout) -> Found:
    years = layout.years
    span = "" if not years else str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
    revision = (
        f"HS 19{layout.revision[2:]}"
        if layout.revision[2:] > "80"
        else (f"HS 20{layout.revision[2:]}" if layout.revision != "HS" else "HS revision unknown")
    )
    release = f"release {layout.release}" if layout.release else "release unknown"
    words = ["CEPII BACI", revision, *([span] if span else []), release]
    parts = [CATALOGUE, layout.revision.lower() if layout.revision != "HS" else "", layout.release]
    return Found(
        publisher=ID,
        what=", ".join(words),
        layout=layout.kind,
        source="-".join(part for part in parts if part),
        catalogue=CATALOGUE,
        version=layout.release or None,
        years=span or None,
    )


def stream(path: Path, found: Found, wanted: Wanted) -> Iterator[ProductYear]:
    """Give the years of a file, one after the other, each held whole and no more than one.

    Raises
    ------
    InputFileError
        A line is not of this layout, or names a country that neither BACI nor comity knows.
    UsageError
        None of the years asked for is in the file.
    """
    if found.layout == "csv":
        reader = _Places({})
        revision = _revision(found)
        for year, table in read_years(path, wanted):
            yield reader.as_year(table, year, path.name, found.source, revision)
        return
    with zipfile.ZipFile(path) as archive:
        names = sorted(archive.namelist())
        reader = _Places(_read_countries(archive, names))
        seen = []
        for name in names:
            with archive.open(name) as file:
                if not is_header(_first_line(file.read(4096))):
                    continue
            size = archive.getinfo(name).file_size
            named = _NAME.search(name)
            if named and named[2]:
                seen.append(int(named[2]))
                if not wanted.wants(int(named[2])):
                    wanted.advance(size)
                    continue

            def reopen(name: str = name) -> IO[bytes]:
                return archive.open(name)

            label = f"{path.name}, {name}"
            year, table = read_year_table(reopen, label, wanted.advance)
            if wanted.wants(year):
                yield reader.as_year(table, year, label, found.source, _revision(found))
    if wanted.years and seen and not wanted.years & set(seen):
        raise UsageError(
            f"{path.name} has none of the years asked for.", f"It has {min(seen)} to {max(seen)}."
        )


def read(path: Path, found: Found) -> Tables:
    """Read a whole file at once: `flows` and `details`, as `stream` would have them written.

    For files of a size to look at; a release of the world goes by `stream`.
    """
    tables: dict[str, list[pd.DataFrame]] = {"flows": [], "details": []}
    left_out: Counter[str] = Counter()
    for year in stream(path, found, Wanted()):
        for part, table in make_parts(year).tables.items():
            tables["details" if part == "pairs" else "flows"].append(_as_frame(table))
        left_out.update(year.left_out)
    frames = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    frames["details"].attrs[KEY] = dict(left_out)
    return frames


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Bring one revision's archive, some hundred megabytes to two gigabytes; a broken one goes on.

    Options ``revision`` (such as HS17; else the newest that covers the first of the years, else the
    newest of all) and ``release`` (such as 202601; else the newest on CEPII's page).

    Raises
    ------
    UsageError
        Countries or products were asked for, which BACI does not offer apart.
    FetchError
        The server refused, or its page names no release.
    """
    if request.countries or request.partners or request.products:
        raise UsageError(
            "BACI comes whole: all countries and products of a revision in one archive.",
            "Leave out countries and products; --years says which years are taken in.",
        )
    revision = request.options.get("revision", "").upper() or _revision_for(request.years)
    if revision not in _REVISIONS:
        raise UsageError(
            f"BACI has no revision {revision}.", f"It has {', '.join(sorted(_REVISIONS))}."
        )
    if request.years and max(request.years) < _REVISIONS[revision]:
        raise UsageError(
            f"BACI in {revision} begins in {_REVISIONS[revision]}.",
            "Ask for later years, or an older revision with --option revision=HS92.",
        )
    release = request.options.get("release", "").lower().removeprefix("v") or _newest(client)
    name = f"BACI_{revision}_V{release}.zip"
    return [client.download(f"{SITE}{_FILES}/{name}", folder / name, expect="zip")]


def _revision_for(years: Sequence[int]) -> str:
    """Return the newest revision that has all the years, or the newest of all."""
    fitting = [name for name, first in _REVISIONS.items() if not years or first <= min(years)]
    return max(fitting, key=_REVISIONS.__getitem__, default="HS92")


def _newest(client: Client) -> str:
    """Return the newest release that CEPII's page names."""
    page = client.get_bytes(SITE + _PAGE).decode("latin-1")
    releases = re.findall(r"BACI_HS\d\d_V(\d{6}[a-z]?)", page)
    if not releases:
        raise FetchError(
            "CEPII's page names no release of BACI.",
            "Name one with --option release=202601, or download the archive yourself and add it.",
        )
    return str(max(releases))


class _Places:
    """Countries of BACI's numeric codes, for one file.

    Parameters
    ----------
    names : mapping of int to str
        The publisher's own list of codes, empty where the file comes without one.
    """

    def __init__(self, names: dict[int, str]) -> None:
        self._names = names

    def as_year(
        self, table: pa.Table, year: int, label: str, source: str, revision: str
    ) -> ProductYear:
        """Return a year's table of BACI as comity's, with what is left out said."""
        pieces = table.to_batches()
        there = np.zeros(1000, np.bool_)
        for piece in pieces:
            mark(there, piece["i"].to_numpy())
            mark(there, piece["j"].to_numpy())
        codes = np.flatnonzero(there)
        iso3 = {int(code): catalogue.from_code(int(code), "baci", year) for code in codes}
        areas = [code for code, country in iso3.items() if country is None]
        countries = tuple(sorted({country for country in iso3.values() if country}))
        index = np.full(1000, len(countries), np.int16)
        for code, country in iso3.items():
            if country:
                index[code] = countries.index(country)
        exporter, importer = (
            _join(pieces, name, np.int16, lambda cells, out: gather(index, cells, out))
            for name in "ij"
        )
        value = _join(pieces, "v", np.float64, _to_dollars)
        left_out: dict[str, int] = {}
        if areas:
            i, j = (table[name].to_numpy() for name in "ij")
            self._check_areas(areas, i, j, label)
            left_out = dict(self._say(code, i, j, value) for code in areas)
        return ProductYear(
            source=source,
            revision=revision,
            year=year,
            countries=countries,
            exporter=exporter,
            importer=importer,
            product=table["k"].to_numpy(),
            value=value,
            quantity=table["q"].to_numpy(),
            left_out=left_out,
        )

    def _check_areas(
        self, codes: Iterable[int], i: NDArray[np.int16], j: NDArray[np.int16], label: str
    ) -> None:
        """Refuse codes that nobody knows: a wrong column, or a new country."""
        for code in codes:
            if catalogue.countries.area(code, "baci") is None and code not in self._names:
                row = int(((i == code) | (j == code)).argmax())
                column = "i" if i[row] == code else "j"
                raise InputFileError(
                    f"{label}, line {row + 2}: '{code}' in column '{column}' is no country code "
                    "that comity knows.",
                    "Take the file as it was downloaded; a new country has to be added to the "
                    "catalogue.",
                )

    def _say(
        self, code: int, i: NDArray[np.int16], j: NDArray[np.int16], value: NDArray[np.float64]
    ) -> tuple[str, int]:
        """Return what an area is, what trade it has, and in how many rows."""
        area = catalogue.countries.area(code, "baci")
        name = area.name if area else self._names[code]
        rows = (i == code) | (j == code)
        amount = f"{value[rows].sum() / 1e6:,.1f} million dollars"
        return f"{name} ('{code}'), {amount}, in its partners' trade with the world alone", int(
            rows.sum()
        )


def _join(
    pieces: Iterable[pa.RecordBatch],
    name: str,
    kind: type[np.generic],
    convert: Callable[[NDArray[Any], NDArray[Any]], object],
) -> NDArray[Any]:
    """Return a column of all pieces in one, each converted on its way while it is in the cache."""
    joined = np.empty(sum(piece.num_rows for piece in pieces), kind)
    at = 0
    for piece in pieces:
        cells = piece[name].to_numpy()
        convert(cells, joined[at : at + cells.size])
        at += cells.size
    return joined


def _to_dollars(thousands: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    np.multiply(thousands, _PER_THOUSAND, out=out)
    np.rint(out, out=out)


def _read_countries(archive: zipfile.ZipFile, names: Iterable[str]) -> dict[int, str]:
    """Return the publisher's own list of codes, in either of its layouts and encodings."""
    for name in names:
        content = archive.read(name) if archive.getinfo(name).file_size < 2**20 else b""
        header = _first_line(content).replace('"', "").lower()
        if header.startswith("country_code,"):
            rows = csv.reader(io.StringIO(_decode(content)))
            next(rows)
            return {int(row[0]): row[1] for row in rows if row and row[0].strip().isdigit()}
    return {}


def _decode(content: bytes) -> str:
    """Return text: up to release 202201 CEPII wrote Latin-1, since then UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _first_line(content: bytes) -> str:
    return content.partition(b"\n")[0].decode("latin-1").lstrip("ï»¿").rstrip("\r")


def _revision(found: Found) -> str:
    revision = found.source.removeprefix(f"{CATALOGUE}-").partition("-")[0].upper()
    return revision if revision.startswith("HS") else "HS"


def _as_frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    texts = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(texts, "str"))


PUBLISHER = Publisher(ID, (CATALOGUE,), recognise, read, fetch, stream)
