"""What every publisher offers: how its files are known, read and fetched.

Reading and fetching are apart: `read` turns bytes on disk into tables and never touches the
network; `fetch` brings the publisher's own file to disk and never looks into it.
"""

from __future__ import annotations

import codecs
import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from comity.errors import InputFileError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from comity.lake.years import ProductYear
    from comity.sources.fetching import Client

_HEAD = 65_536
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"

Tables = dict[str, "pd.DataFrame"]


@dataclass(frozen=True)
class Sample:
    """The beginning of a file: enough to know whose it is, whatever it is called.

    Attributes
    ----------
    path : Path
    head : bytes
        The first 64 KiB of the content: unpacked, where the file is gzipped; as stored, where it is
        an archive.
    members : tuple of str
        Names within a zip archive, spreadsheets included; empty for other files.
    """

    path: Path
    head: bytes
    members: tuple[str, ...] = ()

    @cached_property
    def is_utf8(self) -> bool:
        """Whether the beginning is UTF-8, up to a letter that its end may have cut."""
        try:
            codecs.getincrementaldecoder("utf-8")().decode(self.head)
        except UnicodeDecodeError:
            return False
        return True

    @cached_property
    def text(self) -> str:
        """The beginning as text: UTF-8 with or without a mark, else Latin-1."""
        try:
            return self.head[: self.head.rfind(b"\n") + 1 or None].decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.head.decode("latin-1")

    @cached_property
    def header(self) -> str:
        """The first line, without its end."""
        return self.text.partition("\n")[0].rstrip("\r")

    def peek(self, member: str) -> bytes:
        """Return the first 64 KiB of an archive's member.

        Raises
        ------
        InputFileError
            The member cannot be unpacked.
        """
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(member) as file:
                return file.read(_HEAD)
        except (OSError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            raise InputFileError(
                f"{self.path.name}: '{member}' cannot be unpacked ({error})."
            ) from None


@dataclass(frozen=True, slots=True)
class Found:
    """What a file turned out to be.

    Attributes
    ----------
    publisher : str
        Id of the publisher, as in `comity fetch ID`.
    what : str
        In words, for the user: "CEPII BACI, HS 2017, 2022, release 202401".
    layout : str
        Which of the publisher's layouts, for `Publisher.read`.
    source : str
        Id of the source that the rows will name; with the version in it where versions differ.
    catalogue : str
        Row of ``catalogue/data/sources.csv`` that has publisher, licence and citation.
    version, years : str, optional
        As far as the beginning of the file tells.
    """

    publisher: str
    what: str
    layout: str
    source: str
    catalogue: str
    version: str | None = None
    years: str | None = None


_OPTIONS = {
    "years": "--years",
    "countries": "--country",
    "partners": "--partner",
    "products": "--product",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks a publisher for; a publisher takes what it knows and refuses the rest.

    Countries are ISO 3166 alpha-3, products HS text, years calendar years.
    """

    years: tuple[int, ...] = ()
    countries: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)

    def allow(self, publisher: str, *fields: str, options: tuple[str, ...] = ()) -> None:
        """Refuse what a publisher cannot be asked for.

        Parameters
        ----------
        publisher : str
            Its name, for the error sentence.
        fields : str
            Of years, countries, partners and products, those that it can be asked for.
        options : tuple of str
            Names of its own options.

        Raises
        ------
        UsageError
            Something else was asked for.
        """
        for name in _OPTIONS:
            if getattr(self, name) and name not in fields:
                raise UsageError(
                    f"{publisher} cannot be asked for by {name}.", f"Leave {_OPTIONS[name]} out."
                )
        if strange := sorted(set(self.options) - set(options)):
            known = f"It knows {', '.join(options)}." if options else "It has none."
            raise UsageError(f"{publisher} has no option {', '.join(strange)}.", known)


def _nobody(_bytes: int) -> None:
    """Take note of progress, for nobody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read of a file that comes in years.

    Attributes
    ----------
    years : frozenset of int
        Only these; all where empty.
    have : frozenset of int
        Not these.
    advance : callable
        Called with the bytes of each piece that was read, unpacked.
    """

    years: frozenset[int] = frozenset()
    have: frozenset[int] = frozenset()
    advance: Callable[[int], None] = _nobody

    def wants(self, year: int) -> bool:
        """Say whether a year is to be read."""
        return year not in self.have and (not self.years or year in self.years)


@dataclass(frozen=True, slots=True)
class Publisher:
    """One publisher's data set.

    Attributes
    ----------
    id : str
        As in `comity fetch ID`, such as "baci".
    catalogue : tuple of str
        Ids of the catalogue's sources that its files become.
    recognise : callable
        From the beginning of a file to what it is, None where it is not this publisher's. Looks at
        content, never at the file's name.
    read : callable
        From a file and what was found to rows of the lake's tables by name (``sources`` left out).
        Raises `InputFileError` with file, line and column.
    stream : callable, optional
        Of a publisher whose files are too large to read at once: from a file, what was found, and
        what is wanted of it to one year's trade by product after another.
    fetch : callable, optional
        From a client and a request to the files brought into a folder.
    """

    id: str
    catalogue: tuple[str, ...]
    recognise: Callable[[Sample], Found | None]
    read: Callable[[Path, Found], Tables]
    fetch: Callable[[Client, Request, Path], list[Path]] | None = None
    stream: Callable[[Path, Found, Wanted], Iterator[ProductYear]] | None = None


def take_sample(path: Path) -> Sample:
    """Return the beginning of a file.

    Raises
    ------
    InputFileError
        The file is absent, empty, a folder, or packed and damaged.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_HEAD)
        if start[:2] == _GZIP:
            with gzip.open(path) as unpacked:
                start = unpacked.read(_HEAD)
        members: tuple[str, ...] = ()
        if start[:4] == _ZIP:
            with zipfile.ZipFile(path) as archive:
                members = tuple(archive.namelist())
    except FileNotFoundError:
        raise InputFileError(f"{path} is not there.", "Give the path of a file.") from None
    except IsADirectoryError:
        raise InputFileError(f"{path} is a folder.", "Give the files in it by name.") from None
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputFileError(
            f"{path.name} cannot be unpacked ({error}).", "Download the file again."
        ) from None
    if not start:
        raise InputFileError(f"{path.name} is empty.", "Download the file again.")
    return Sample(path, start, members)
