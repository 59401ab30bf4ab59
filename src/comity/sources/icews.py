"""ICEWS: coded events of the news, with the sectors of who acts and on whom."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pandas as pd

from comity.errors import InputFileError, UsageError
from comity.sources.actors import share_of_news
from comity.sources.dataverse import bring_newest
from comity.sources.fetching import Client
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables, take_sample

EVENTS = "icews-events"
DATASET = "doi:10.7910/DVN/28075"

_COLUMNS = ("Event ID", "Event Date", "Source Sectors", "Source Country", "Target Country")
_GOVERNMENT = re.compile(
    r"Government|Executive|Cabinet|Ministry|Military|Army|Navy|Air Force|Marines|Police|Judicial"
    r"|Legislative|Upper House|Lower House|Unicameral|Intelligence"
)
_NO_GOVERNMENT = re.compile(r"Nongovernmental|International Government Organization|IGOs|Party")
_BUSINESS = re.compile(r"Business|Corporation|State Owned Enterprises")
_SOCIETY = re.compile(
    r"Civilian|Social|Education|Medical|News|Media|Nongovernmental|NGOs|Labor|Religio|Legal"
    r"|Protestors|Agricultural"
)
_ROWS = 200_000
_HINT = "Take the file as it was downloaded."


def recognise(sample: Sample) -> Found | None:
    """Return which events a file holds, None where it is not ICEWS's."""
    text = sample.text
    if sample.members:
        member = _table_in(sample.members)
        text = sample.peek(member).decode("utf-8-sig", "replace") if member else ""
    lines = text.splitlines()
    names = [cell.strip('" ') for cell in lines[0].split("\t")] if lines else []
    if not set(_COLUMNS) <= set(names):
        return None
    first = lines[1:2]
    cells = first[0].split("\t") if first else []
    place = names.index("Event Date")
    day = cells[place].strip('"') if len(cells) > place else ""
    source = f"{EVENTS}-{day.replace('-', '')}" if day else EVENTS
    what = f"ICEWS events from {day}" if day else "ICEWS events"
    return Found("icews", what, "events", source, EVENTS, day or None, day[:4] or None)


def _table_in(members: Iterable[str]) -> str | None:
    return next((name for name in members if name.lower().endswith(".tab")), None)


def read(path: Path, found: Found) -> Tables:
    """Read events as ties: shares of the news, by who acts. See `comity.sources.actors`.

    Raises
    ------
    InputFileError
        The file is damaged; the error names the line.
    """
    left = LeftOut()
    return share_of_news(_events(path), left, "name", found.source)


def actor_of(sectors: str) -> str:
    """Return who acts by its sectors, joined by commas; empty where they do not say.

    Of a person with several, an office of state counts first, then a firm.

    Examples
    --------
    >>> actor_of("Executive,Foreign Ministry"), actor_of("Social,Education"), actor_of("NA")
    ('government', 'society', '')
    """
    each = [sector.strip() for sector in sectors.split(",")]
    if any(_GOVERNMENT.search(sector) and not _NO_GOVERNMENT.search(sector) for sector in each):
        return "government"
    if any(_BUSINESS.search(sector) for sector in each):
        return "business"
    return "society" if any(_SOCIETY.search(sector) for sector in each) else ""


def _events(path: Path) -> Iterator[pd.DataFrame]:
    try:
        with _opened(path) as file:
            pieces = pd.read_csv(
                file, sep="\t", dtype=str, keep_default_na=False, quoting=3, chunksize=_ROWS,
                encoding="utf-8-sig", encoding_errors="replace",
            )  # fmt: skip
            for piece in pieces:
                yield _piece(piece, path.name)
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise InputFileError(f"{path.name} cannot be read as a table: {error}", _HINT) from None


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a table that may be gzipped, or alone in a zip archive."""
    members = take_sample(path).members
    if members:
        with zipfile.ZipFile(path) as archive, archive.open(_table_in(members) or "") as member:
            yield member
        return
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        yield cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Bring the events of some years from Harvard Dataverse, a file a year.

    Raises
    ------
    UsageError
        No years were named, or something else was asked for.
    FetchError
        Dataverse refused, kept failing, or has no file of a year; or a checksum is wrong.
    """
    others = (request.countries, request.partners, request.products, request.options)
    if not request.years or any(others):
        raise UsageError(
            "ICEWS is asked for years, and gives all countries.",
            "For example: comity fetch icews --years 2018-2019",
        )
    return [
        bring_newest(
            client, DATASET, re.compile(rf"^events\.{year}\..*tab(\.zip)?$"), str(year), folder
        )
        for year in request.years
    ]


def _piece(piece: pd.DataFrame, name: str) -> pd.DataFrame:
    piece.columns = piece.columns.str.strip('" ')
    frame = piece[list(_COLUMNS)].apply(lambda column: column.str.strip('" '))
    day = frame["Event Date"]
    strange = ~day.str.fullmatch(r"(19|20)\d\d-\d\d-\d\d")
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise InputFileError(
            f"{name}, line {int(frame.index[row]) + 2}: '{day.iloc[row]}' in column 'Event Date' "
            "is no day.",
            _HINT,
        )
    kinds = {sectors: actor_of(sectors) for sectors in frame["Source Sectors"].unique()}
    missing = {"NA": ""}
    return pd.DataFrame(
        {
            "id": frame["Event ID"],
            "month": day.str[:4] + day.str[5:7],
            "origin": frame["Source Country"].replace(missing),
            "destination": frame["Target Country"].replace(missing),
            "actor": frame["Source Sectors"].map(kinds),
        }
    )


PUBLISHER = Publisher("icews", (EVENTS,), recognise, read, fetch)
