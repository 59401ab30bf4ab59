"""Takes publishers' files into a lake: recognised by content, said before written, added whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from comity import catalogue, starter
from comity.errors import InputFileError
from comity.lake.addition import Addition
from comity.lake.ahead import take_ahead
from comity.lake.growth import Growth, grow
from comity.lake.manifest import sha256_of
from comity.lake.years import ProductYear
from comity.sources import registry
from comity.sources.archive import check_archive, check_lines, unpacked_size
from comity.sources.leftout import KEY
from comity.sources.publisher import Found, Publisher, Tables, Wanted


@dataclass(frozen=True)
class Intake:
    """A file, and what it turned out to be.

    Attributes
    ----------
    path : Path
    publisher : Publisher
    found : Found
    size : int or None
        Bytes that it unpacks to, where known.
    """

    path: Path
    publisher: Publisher
    found: Found
    size: int | None
    _hash: list[str] = field(default_factory=list, compare=False, repr=False)
    _hashing: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    @property
    def sha256(self) -> str:
        """Hash of the file's content, worked out once: a file of gigabytes takes seconds."""
        with self._hashing:
            if not self._hash:
                try:
                    self._hash.append(sha256_of(self.path))
                except OSError as error:
                    raise InputFileError(
                        f"{self.path} cannot be read: {error.strerror}.", "Add the file again."
                    ) from None
            return self._hash[0]


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of an addition did.

    Attributes
    ----------
    file : Intake
        Whose step it was.
    addition : Addition
        As it stands after the step.
    year : int or None
        The year that was taken in; None where the whole file was.
    rows : int
        Rows of the step.
    left_out : mapping of str to int
        What was left out, in words, and in how many rows.
    """

    file: Intake
    addition: Addition
    year: int | None
    rows: int
    left_out: Mapping[str, int] = field(default_factory=dict)


def look(path: Path) -> Intake:
    """Say whose file this is and what is in it; nothing is written.

    Raises
    ------
    InputFileError
        It cannot be opened, is nobody's that comity knows, or is made to do harm.
    """
    if not path.exists():
        raise InputFileError(f"{path} is not there.", "Give the path of a file.")
    if path.is_dir():
        raise InputFileError(f"{path} is a folder.", "Give the files in it by name.")
    check_archive(path)
    publisher, found = registry.recognise(path)
    return Intake(path, publisher, found, unpacked_size(path))


def add(
    intake: Intake,
    folder: Path,
    *,
    years: frozenset[int] = frozenset(),
    advance: Callable[[int], None] = lambda _: None,
    patience: float = 600.0,
) -> Iterator[Step]:
    """Take one file into a lake: see `add_all`, but that ``advance`` is called with bytes alone."""

    def advance_file(_file: Intake, size: int) -> None:
        advance(size)

    return add_all([intake], folder, years=years, advance=advance_file, patience=patience)


def add_all(
    files: Sequence[Intake],
    folder: Path,
    *,
    years: frozenset[int] = frozenset(),
    advance: Callable[[Intake, int], None] = lambda _file, _size: None,
    patience: float = 600.0,
) -> Iterator[Step]:
    """Take files into a lake, a step at a time; each step is in the lake when it is given.

    A file that is in already gives no step. A publisher that comes in years gives a step a year,
    and years that are in already are not read again, so a broken-off addition goes on where it was.
    What comes next is read while a step is being written.

    Parameters
    ----------
    files : sequence of Intake
        What `look` found.
    folder : Path
        Of the lake; made, with the embedded data in it, where it does not exist.
    years : frozenset of int
        Only these years, of publishers that come in years; all where empty.
    advance : callable
        Called with a file and the bytes of each piece of it that was read, in another thread.
    patience : float
        Seconds to wait for another process that adds.

    Raises
    ------
    InputFileError, SchemaError
        A file is not what it should be; the error names file, line and column.
    LakeError, OutputError
        The folder is no lake, cannot be written to, or another process keeps adding to it.
    """
    with (
        grow(folder, starter.path(), patience) as lake,
        closing(_read_ahead(files, lake, years, advance)) as pieces,
    ):
        for file, piece in pieces:
            if isinstance(piece, dict):
                yield from _add_tables(file, lake, piece)
            elif isinstance(piece, ProductYear):
                yield from _add_year(file, lake, piece)
            else:
                _finish(file, lake, years)
        lake.put_together()


# Pieces of files that are read before they are taken in: the end of a file is one.
_AHEAD = 2


class _StoppedError(Exception):
    """Nobody waits any more for what is being read."""


# What is read of a file: its tables at once, or a year after the other and then its end.
_Piece = tuple[Intake, "Tables | ProductYear | None"]


def _read_ahead(
    files: Sequence[Intake],
    lake: Growth,
    years: frozenset[int],
    advance: Callable[[Intake, int], None],
) -> Generator[_Piece, None, None]:
    """Give what is read of files, ahead of who takes it in; reading ends when that one stops."""
    stopped = threading.Event()

    def go_on(file: Intake, size: int) -> None:
        if stopped.is_set():
            raise _StoppedError
        advance(file, size)

    return take_ahead(_read_files(files, lake, years, go_on), _AHEAD, stopped.set)


def _read_files(
    files: Sequence[Intake],
    lake: Growth,
    years: frozenset[int],
    advance: Callable[[Intake, int], None],
) -> Generator[_Piece, None, None]:
    """Read what the lake does not have; the hash of a file is worked out while it is read."""
    with ThreadPoolExecutor(1, thread_name_prefix="hashing") as hashing:
        for file in files:
            hashing.submit(getattr, file, "sha256")
            held = lake.find(file.sha256) if lake.may_hold(file.path.stat().st_size) else None
            have = frozenset(held.years if held else ())
            stream = file.publisher.stream
            if held and held.whole and (stream is None or years <= have):
                continue
            if stream is None:
                check_text(file.path)
                yield file, file.publisher.read(file.path, file.found)
                continue
            wanted = Wanted(years, have, partial(advance, file))
            for flows in stream(file.path, file.found, wanted):
                yield file, flows
            yield file, None


def _begun(file: Intake, lake: Growth) -> Addition:
    """Return the addition of a file as far as it has come."""
    found = file.found
    size = file.path.stat().st_size
    begun = Addition(
        file.path.name, file.sha256, found.publisher, found.what, found.source, size=size
    )
    return lake.find(file.sha256) or begun


def _add_tables(file: Intake, lake: Growth, tables: Tables) -> Iterator[Step]:
    if lake.find(file.sha256):  # the same content under two names
        return
    if not any(len(frame) for frame in tables.values()):
        raise InputFileError(
            f"{file.path.name} has no row for the lake.", "Take another of its files."
        )
    left_out: dict[str, int] = {}
    for frame in tables.values():
        left_out |= frame.attrs.get(KEY, {})
        frame.attrs.clear()
    done = lake.add_tables(tables, source_row(file.found), _begun(file, lake))
    yield Step(file, done, None, sum(done.rows.values()), left_out)


def _add_year(file: Intake, lake: Growth, flows: ProductYear) -> Iterator[Step]:
    begun = _begun(file, lake)
    if flows.year in begun.years:  # the same content under two names
        return
    done = lake.add_year(flows, source_row(file.found), begun, whole=False)
    rows = sum(done.rows.values()) - sum(begun.rows.values())
    yield Step(file, done, flows.year, rows, flows.left_out)


def _finish(file: Intake, lake: Growth, years: frozenset[int]) -> None:
    """Note that a file that comes in years has been read to its end."""
    now = _begun(file, lake)
    if not now.years:
        raise InputFileError(
            f"{file.path.name} has none of the years asked for.", "Leave out --years for all."
        )
    if not now.whole:
        lake.finish(now, whole=not years)


def check_text(path: Path) -> None:
    """Refuse a text without ends of lines; JSON may come in one line, archives have none."""
    with path.open("rb") as file:
        start = file.read(64).lstrip()
    if start[:1] not in (b"{", b"[") and start[:2] not in (b"PK", b"\x1f\x8b", b"7z", b"\xd0\xcf"):
        check_lines(path)


def source_row(found: Found) -> dict[str, Any]:
    """Return the row of `sources` of what was found, as the catalogue has its publisher."""
    known = catalogue.source(found.catalogue)
    return {
        "id": found.source,
        "publisher": known.publisher,
        "title": known.title,
        "version": found.version or known.version or None,
        "years": found.years or known.years or None,
        "licence": known.licence,
        "licence_note": known.note or None,
        "citation": known.citation,
        "url": known.url or None,
        "retrieved": datetime.now(UTC).date().isoformat(),
        "redistributable": known.redistributable,
    }


def age_in_days(day: str, today: date | None = None) -> int | None:
    """Return how many days ago an ISO date was; None where it is none."""
    try:
        then = date.fromisoformat(day[:10])
    except ValueError:
        return None
    return ((today or datetime.now(UTC).date()) - then).days
