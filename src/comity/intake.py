"""Takes publishers' files into a lake: recognised by content, said before written, added whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from comity import catalogue, starter
from comity.errors import InputFileError
from comity.lake.growth import Addition, Growth, grow
from comity.lake.manifest import sha256_of
from comity.sources import registry
from comity.sources.archive import check_archive, check_lines, unpacked_size
from comity.sources.leftout import KEY
from comity.sources.publisher import Found, Publisher, Wanted


@dataclass(frozen=True, slots=True)
class Intake:
    """A file, and what it turned out to be.

    Attributes
    ----------
    path : Path
    publisher : Publisher
    found : Found
    sha256 : str
        Of its content.
    size : int or None
        Bytes that it unpacks to, where known.
    """

    path: Path
    publisher: Publisher
    found: Found
    sha256: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of an addition did.

    Attributes
    ----------
    addition : Addition
        As it stands after the step.
    year : int or None
        The year that was taken in; None where the whole file was.
    rows : int
        Rows of the step.
    left_out : mapping of str to int
        What was left out, in words, and in how many rows.
    """

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
    return Intake(path, publisher, found, sha256_of(path), unpacked_size(path))


def add(
    intake: Intake,
    folder: Path,
    *,
    years: frozenset[int] = frozenset(),
    advance: Callable[[int], None] = lambda _: None,
    patience: float = 600.0,
) -> Iterator[Step]:
    """Take a file into a lake, a step at a time; each step is in the lake when it is given.

    A file that is in already gives no step. A publisher that comes in years gives a step a year,
    and years that are in already are not read again, so a broken-off addition goes on where it was.

    Parameters
    ----------
    intake : Intake
        What `look` found.
    folder : Path
        Of the lake; made, with the embedded data in it, where it does not exist.
    years : frozenset of int
        Only these years, of a publisher that comes in years; all where empty.
    advance : callable
        Called with the bytes of each piece that was read.
    patience : float
        Seconds to wait for another process that adds.

    Raises
    ------
    InputFileError, SchemaError
        The file is not what it should be; the error names file, line and column.
    LakeError, OutputError
        The folder is no lake, cannot be written to, or another process keeps adding to it.
    """
    with grow(folder, starter.path(), patience) as lake:
        held = lake.find(intake.sha256)
        found = intake.found
        begun = held or Addition(
            intake.path.name, intake.sha256, found.publisher, found.what, found.source
        )
        if intake.publisher.stream is not None:
            yield from _add_years(intake, lake, begun, years, advance)
        elif held is None:
            check_text(intake.path)
            tables = intake.publisher.read(intake.path, found)
            rows = sum(len(frame) for frame in tables.values())
            if not rows:
                raise InputFileError(
                    f"{intake.path.name} has no row for the lake.", "Take another of its files."
                )
            left_out: dict[str, int] = {}
            for frame in tables.values():
                left_out |= frame.attrs.get(KEY, {})
                frame.attrs.clear()
            done = lake.add_tables(tables, source_row(found), begun)
            yield Step(done, None, sum(done.rows.values()), left_out)


def _add_years(
    intake: Intake,
    lake: Growth,
    begun: Addition,
    years: frozenset[int],
    advance: Callable[[int], None],
) -> Iterator[Step]:
    stream = intake.publisher.stream
    if (begun.whole and years <= set(begun.years)) or stream is None:
        return
    wanted = Wanted(years, frozenset(begun.years), advance)
    now, source = begun, source_row(intake.found)
    for flows in stream(intake.path, intake.found, wanted):
        before = sum(now.rows.values())
        now = lake.add_year(flows, source, now, whole=False)
        yield Step(now, flows.year, sum(now.rows.values()) - before, flows.left_out)
    if not now.years:
        raise InputFileError(
            f"{intake.path.name} has none of the years asked for.", "Leave out --years for all."
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
