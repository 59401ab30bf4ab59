"""Archives from strangers: what could harm is refused before anything is unpacked."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from comity.errors import InputFileError

# No table of figures packs to less than a two-hundredth of its size; a bomb does.
MOST_RATIO = 200
MOST_BYTES = 200 * 2**30
# Below this a ratio says nothing: an empty table with a long header packs very well.
_HARMLESS = 64 * 2**20
_PIECE = 2**20
MOST_LINE = 16 * 2**20

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


def check_archive(path: Path) -> None:
    """Look at a file that came from elsewhere, and refuse what no publisher sends.

    Zip archives: members whose names lead out of the folder, that are encrypted, that overlap, or
    that unpack to far more than they are. Gzipped files: the same of their content. Text: a line
    that has no end. Other files pass.

    Raises
    ------
    InputFileError
        It is one of these, or cannot be unpacked.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == _ZIP:
        _check_zip(path)
    elif start[:2] == _GZIP:
        _check_gzip(path)


def unpacked_size(path: Path) -> int | None:
    """Return the bytes that a file unpacks to, as far as it says; None where it does not."""
    with path.open("rb") as file:
        start = file.read(4)
    if start == _ZIP:
        with zipfile.ZipFile(path) as archive:
            return sum(member.file_size for member in archive.infolist())
    return None if start[:2] == _GZIP else path.stat().st_size


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile) as error:
        raise InputFileError(
            f"{path.name} cannot be unpacked ({error}).", "Download the file again."
        ) from None
    for member in members:
        _check_name(path, member.filename)
        if member.flag_bits & 1:
            raise InputFileError(f"{path.name}: '{member.filename}' is encrypted.")
    # Every member has bytes of its own: where they overlap, few bytes are unpacked many times.
    end = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < end:
            raise InputFileError(
                f"{path.name} holds members that overlap: it is made to fill the disk.",
                "Take the file from the publisher.",
            )
        end = member.header_offset + member.compress_size
    packed = sum(member.compress_size for member in members)
    whole = sum(member.file_size for member in members)
    _check_size(path, whole, packed)


def _check_name(path: Path, name: str) -> None:
    """Refuse names that lead out of the folder, on any platform."""
    for kind in (PurePosixPath, PureWindowsPath):
        named = kind(name)
        if named.is_absolute() or named.drive or ".." in named.parts:
            raise InputFileError(
                f"{path.name} holds a file whose name leads out of the folder: '{name}'.",
                "Take the file from the publisher.",
            )


def _check_gzip(path: Path) -> None:
    packed, whole = path.stat().st_size, 0
    if packed * 1032 < _HARMLESS:  # deflate cannot do better than 1032 to 1
        return
    try:
        with gzip.open(path) as file:
            while piece := file.read(_PIECE):
                whole += len(piece)
                _check_size(path, whole, packed)
    except (OSError, EOFError, zlib.error) as error:
        raise InputFileError(
            f"{path.name} cannot be unpacked ({error}).", "Download the file again."
        ) from None


def _check_size(path: Path, whole: int, packed: int) -> None:
    if whole > MOST_BYTES or (whole > _HARMLESS and whole > MOST_RATIO * max(packed, 1)):
        raise InputFileError(
            f"{path.name} would unpack to {whole / 2**20:,.0f} MiB or more from "
            f"{packed / 2**20:,.1f} MiB: it is made to fill the disk.",
            "Take the file from the publisher.",
        )


def check_lines(path: Path) -> None:
    """Refuse a text whose lines do not end: such a file would have to be held whole in memory.

    Raises
    ------
    InputFileError
        A line is longer than 16 MiB; the error names it.
    """
    line, length = 1, 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            first, last = piece.find(b"\n"), piece.rfind(b"\n")
            length += len(piece) if first < 0 else first
            if length > MOST_LINE:
                raise InputFileError(
                    f"{path.name}, line {line}: the line is longer than {MOST_LINE // 2**20} MiB.",
                    "Take the file as it was downloaded.",
                )
            if first >= 0:
                line += piece.count(b"\n")
                length = len(piece) - last - 1
