"""Files on their way to disk: a part, the version that it belongs to, and its checksum."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from comity.errors import FetchError, OutputError


@contextmanager
def alone(part: Path) -> Iterator[IO[bytes]]:
    """Open a part for appending, for this process alone."""
    with part.open("ab", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FetchError(
                f"{part.stem} is being fetched by another comity.", "Wait until it is done."
            ) from None
        yield file


def validator_file(part: Path) -> Path:
    """Return where the version of a part is kept."""
    return part.with_name(part.name + ".version")


def validator(part: Path) -> str | None:
    """Which version of the file a part belongs to; None where nobody knows."""
    try:
        return validator_file(part).read_text("utf-8") or None
    except FileNotFoundError:
        return None


def keep_validator(part: Path, headers: Mapping[str, str]) -> None:
    """Remember the version: a strong ETag, else the date of the last change."""
    etag = headers.get("ETag", "")
    version = etag if etag and not etag.startswith("W/") else headers.get("Last-Modified")
    validator_file(part).write_text(version or "", "utf-8")


def keep(path: Path, content: bytes) -> Path:
    """Write a short answer to a file, whole or not at all, and return its path.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise OutputError(
            f"{path} could not be written: {error.strerror}.", "Choose another folder or make room."
        ) from None
    return path


def drop(part: Path) -> None:
    """Forget a part."""
    part.unlink(missing_ok=True)
    validator_file(part).unlink(missing_ok=True)


def has_checksum(path: Path, checksum: str | None) -> bool:
    """Whether a file has the checksum "ALGORITHM:HEX"; True where none is stated."""
    if checksum is None:
        return True
    algorithm, _, digest = checksum.partition(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == digest.lower()
