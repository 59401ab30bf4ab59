"""7z archives, which need the extra ``unctad``: what is in one, its beginning, and all of it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from comity.errors import InputFileError

if TYPE_CHECKING:
    from py7zr.io import Py7zIO

MARK = b"7z\xbc\xaf'\x1c"
MOST_BYTES = 8 * 2**30
MOST_RATIO = 1000  # a table of one index repeats itself a great deal
_HEAD = 65_536


class _EnoughError(Exception):
    """The beginning has been read."""


def members(path: Path) -> list[str]:
    """Return the names in an archive.

    Raises
    ------
    InputFileError
        The extra is not installed, or the archive is damaged or made to fill the disk.
    """
    with _opened(path) as archive:
        packed, whole = path.stat().st_size, archive.archiveinfo().uncompressed
        if whole > MOST_BYTES or whole > packed * MOST_RATIO:
            raise InputFileError(
                f"{path.name} unpacks to {whole / packed:,.0f} times its size: no table does.",
                "Take the file from the publisher.",
            )
        return list(archive.getnames())


def head(path: Path, member: str) -> bytes:
    """Return the first 64 KiB of a member."""
    kept = io.BytesIO()
    with _opened(path) as archive, suppress(_EnoughError):
        archive.extract(targets=[member], factory=_factory(kept, _HEAD))
    return kept.getvalue()[:_HEAD]


@contextmanager
def unpacked(path: Path, member: str) -> Iterator[Path]:
    """Unpack a member into a temporary file, which is gone afterwards.

    Its name is of no account, so it can lead nowhere.
    """
    with tempfile.TemporaryDirectory(prefix="comity-") as folder:
        target = Path(folder) / "member"
        with _opened(path) as archive, target.open("wb") as file:
            archive.extract(targets=[member], factory=_factory(file, MOST_BYTES))
        yield target


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        import py7zr
    except ImportError:
        raise InputFileError(
            f"{path.name} is a 7z archive, and what reads those is not installed.",
            "Install comity with the extra 'unctad', or unpack the file and give what was in it.",
        ) from None
    try:
        with py7zr.SevenZipFile(path) as archive:
            yield archive
    except (OSError, EOFError, ValueError, py7zr.exceptions.ArchiveError) as error:
        raise InputFileError(
            f"{path.name} cannot be unpacked ({type(error).__name__}: {error}).",
            "Download the file again.",
        ) from None


def _factory(file: IO[bytes], most: int) -> Any:  # noqa: ANN401 - an optional library's type
    """Return what has py7zr write a member into a file, up to so many bytes."""
    from py7zr.io import Py7zIO, WriterFactory

    class Into(Py7zIO):
        def write(self, s: bytes | bytearray) -> int:
            if file.tell() >= most:
                raise _EnoughError
            return file.write(s)

        def read(self, size: int | None = None) -> bytes:  # noqa: ARG002 - nothing is read back
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return file.seek(offset, whence)

        def flush(self) -> None:
            file.flush()

        def size(self) -> int:
            return file.tell()

    class One(WriterFactory):
        def create(self, filename: str) -> Py7zIO:  # noqa: ARG002 - one member, one file
            return Into()

    return One()
