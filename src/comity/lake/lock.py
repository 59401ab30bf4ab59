"""One writer at a time: a lock on a file, which the system lets go of when a process ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.errors import LakeError, OutputError

LOCK = ".lock"
_NAP = 0.05


@contextmanager
def locked(folder: Path, patience: float = 600.0) -> Iterator[None]:
    """Hold a folder for writing; others wait for it, readers do not.

    Parameters
    ----------
    folder : Path
        It must exist.
    patience : float
        Seconds to wait for another writer.

    Raises
    ------
    LakeError
        Another process has been writing all that time.
    OutputError
        Nothing can be written in the folder.
    """
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise OutputError(
            f"The lake in {folder} cannot be written to: {error.strerror}.",
            "Choose another folder with --lake.",
        ) from None
    try:
        until = time.monotonic() + patience
        while not _take(handle):
            if time.monotonic() >= until:
                raise LakeError(
                    f"Another process is adding to the lake in {folder}.",
                    "Wait until it is done and try again.",
                )
            time.sleep(_NAP)
        yield
    finally:
        os.close(handle)  # lets go of the lock as well


def _take(handle: int) -> bool:
    """Take the lock if nobody has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
