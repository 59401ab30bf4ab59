"""A file that is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from comity.errors import OutputError


@contextlib.contextmanager
def writing(out: Path) -> Iterator[Path]:
    """Give a file to write beside `out`; it takes that name when it is whole, or it goes.

    Raises
    ------
    OutputError
        It cannot be written; an older file of that name is left as it was.
    """
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(out)
    except OSError as error:
        raise OutputError(
            f"{out} could not be written: {error.strerror}.", "Choose another place for it."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_whole(content: str | bytes, out: Path) -> None:
    """Write texts, as UTF-8, or bytes; errors as `writing`."""
    with writing(out) as part:
        part.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
