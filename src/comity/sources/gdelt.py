"""GDELT 2.0 events: who is reported to act on whom, in files of fifteen minutes.

One such file says little. `fetch` brings the files of a span of days and puts them, as they are,
into one archive, which is read as one.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import pandas as pd

from comity.errors import FetchError, InputFileError, OutputError, UsageError
from comity.sources.actors import share_of_news
from comity.sources.fetching import Client
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables

EVENTS = "gdelt-events"
LIST = "http://data.gdeltproject.org/gdeltv2/masterfilelist.txt"

_MEMBER = re.compile(r"(\d{8})(?:\d{6})?\.export\.CSV(\.zip)?$", re.IGNORECASE)
# By width of a row: version 2 has 61 columns, version 1 had 58, and 57 before April 2013. The
# actors stand in the same places; the day on which an event was added does not.
_ADDED = {61: 59, 58: 56, 57: 56}
_ID, _TYPES = 0, (12, 13, 14)
_FIRST_COUNTRY, _SECOND_COUNTRY = 7, 17
_GOVERNMENT = ("GOV", "MIL", "COP", "JUD", "LEG", "SPY")
_BUSINESS = ("BUS", "MNC")
_SOCIETY = (
    "CVL",
    "EDU",
    "MED",
    "NGO",
    "NGM",
    "LAB",
    "HLH",
    "HRI",
    "ENV",
    "DEV",
    "AGR",
    "REL",
    "REF",
)
_ACTOR = {
    **dict.fromkeys(_GOVERNMENT, "government"),
    **dict.fromkeys(_BUSINESS, "business"),
    **dict.fromkeys(_SOCIETY, "society"),
}
_ROWS = 200_000
_MOST_INNER = 2**30  # bytes of one file of fifteen minutes, unpacked: a thousand times the usual
_HINT = "Take the files as they were downloaded, or use 'comity fetch gdelt'."


def recognise(sample: Sample) -> Found | None:
    """Return which events a file holds, None where it is no export of GDELT's."""
    days = [match[1] for name in sample.members if (match := _MEMBER.search(name))]
    if not days and not sample.members:
        cells = sample.header.split("\t")
        added = cells[_ADDED[len(cells)]] if len(cells) in _ADDED else ""
        if re.fullmatch(r"20\d{6}(\d{6})?", added) and cells[_ID].isdigit():
            days = [added[:8]]
    if not days:
        return None
    first, last = min(days), max(days)
    span = first if first == last else f"{first}-{last}"
    layout = "archive" if sample.members else "plain"
    what = f"GDELT events, {span}, {len(days)} file{'s' if len(days) > 1 else ''}"
    years = first[:4] if first[:4] == last[:4] else f"{first[:4]}-{last[:4]}"
    return Found("gdelt", what, layout, f"{EVENTS}-{span}", EVENTS, span, years)


def read(path: Path, found: Found) -> Tables:
    """Read events as ties: shares of the news, by who acts. See `comity.sources.actors`.

    An event without an actor's type, which names a country alone, counts in ``news_events`` only.

    Raises
    ------
    InputFileError
        A file is damaged; the error names it and the line.
    """
    left = LeftOut()
    pieces = _members(path) if found.layout == "archive" else _plain(path)
    return share_of_news(pieces, left, "cameo", found.source)


def _plain(path: Path) -> Iterator[pd.DataFrame]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        opened = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
        yield from _events(opened, path.name)


def _members(path: Path) -> Iterator[pd.DataFrame]:
    """Give the events of every file in an archive, also where each is an archive of its own."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                match = _MEMBER.search(name)
                if match is None:
                    continue
                with archive.open(name) as file:
                    if match[2]:
                        yield from _inner(file.read(), name)
                    else:
                        yield from _events(file, name)
    except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise InputFileError(f"{path.name} cannot be unpacked ({error}).", _HINT) from None


def _inner(content: bytes, name: str) -> Iterator[pd.DataFrame]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            if info.file_size > _MOST_INNER:
                raise InputFileError(f"{name} unpacks to far more than fifteen minutes of news.")
            with archive.open(info) as file:
                yield from _events(file, name)


def _events(file: IO[bytes], name: str) -> Iterator[pd.DataFrame]:
    """Give id, month, countries and actor of every event of one file."""
    try:
        pieces = pd.read_csv(
            file, sep="\t", header=None, dtype=str, keep_default_na=False, quoting=3,
            chunksize=_ROWS, encoding="utf-8", encoding_errors="replace",
        )  # fmt: skip
        with pieces:
            for piece in pieces:
                yield _piece(piece, name)
    except pd.errors.EmptyDataError:
        return  # fifteen minutes without an event
    except ValueError as error:
        raise InputFileError(f"{name} cannot be read as a table: {error}", _HINT) from None


def _piece(piece: pd.DataFrame, name: str) -> pd.DataFrame:
    width = piece.shape[1]
    if width not in _ADDED:
        raise InputFileError(
            f"{name} has {width} columns; GDELT's events have 61, and had 57 or 58.", _HINT
        )
    added = piece[_ADDED[width]]
    strange = ~added.str.fullmatch(r"(19|20)\d{6}(\d{6})?")
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise InputFileError(
            f"{name}, line {int(piece.index[row]) + 1}: '{added.iloc[row]}' in column "
            f"{_ADDED[width] + 1} is no day on which an event was added.",
            _HINT,
        )
    actor = pd.Series("", index=piece.index, dtype=object)
    for column in reversed(_TYPES):  # the first type that says who it is counts
        known = piece[column].map(_ACTOR)
        actor = known.where(known.notna(), actor)
    return pd.DataFrame(
        {
            "id": piece[_ID],
            "month": added.str[:6],
            "origin": piece[_FIRST_COUNTRY],
            "destination": piece[_SECOND_COUNTRY],
            "actor": actor,
        }
    )


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Bring the events of a span of days: options ``from`` and ``to`` (YYYY-MM-DD, both in it).

    Each file is held against the checksum in GDELT's list. A broken-off fetch goes on where it
    stopped.

    Raises
    ------
    UsageError
        No days were named, or something that GDELT does not know.
    FetchError
        GDELT refused or kept failing, a checksum is wrong, or there is nothing of those days.
    """
    unknown = set(request.options) - {"from", "to"}
    asked = (request.countries, request.partners, request.products, request.years)
    if "from" not in request.options or any(asked) or unknown:
        raise UsageError(
            "GDELT is asked for days, and gives all countries.",
            "For example: comity fetch gdelt --option from=2024-03-01 --option to=2024-03-07",
        )
    first = _day(request.options["from"])
    last = _day(request.options.get("to", request.options["from"]))
    if last < first:
        raise UsageError(f"{last} is before {first}.", "Name the earlier day with from=.")
    target = folder / f"gdelt-{first:%Y%m%d}-{last:%Y%m%d}.zip"
    if target.exists():
        return [target]
    parts = folder / target.stem
    listed = _listed(client, parts, first, last)
    files = [
        client.download(url, parts / url.rsplit("/", 1)[-1], expect="zip", checksum=f"md5:{md5}")
        for md5, url in listed
    ]
    _pack(files, target)
    for file in files:
        file.unlink()
    return [target]


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no day.", "Write it as 2024-03-01.") from None


def _listed(client: Client, folder: Path, first: dt.date, last: dt.date) -> list[tuple[str, str]]:
    """Return checksum and address of each file of events of the days, from GDELT's list."""
    path = client.download(LIST, folder / "masterfilelist.txt", fresh=True)
    found = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            parts = line.split()
            match = _MEMBER.search(parts[-1]) if len(parts) == 3 else None
            if match and f"{first:%Y%m%d}" <= match[1] <= f"{last:%Y%m%d}":
                found.append((parts[1], parts[2]))
    path.unlink()
    if not found:
        raise FetchError(
            f"GDELT lists no events from {first} to {last}.",
            "Its version 2 begins on 2015-02-18; the newest files come every fifteen minutes.",
        )
    return found


def _pack(files: list[Path], target: Path) -> None:
    part = target.with_name(target.name + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for file in files:
                archive.write(file, file.name)
        part.replace(target)
    except OSError as error:
        raise OutputError(
            f"{target} could not be written: {error.strerror}.", "Choose another folder."
        ) from None


PUBLISHER = Publisher("gdelt", (EVENTS,), recognise, read, fetch)
