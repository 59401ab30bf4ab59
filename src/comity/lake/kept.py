"""What was worked out from a lake's content alone, kept for the next time in the user's cache.

Nothing kept is needed: without the folder, or with a file that is damaged, it is worked out again.
Nothing kept can be old: the folder's name is a hash of the lake's tables (their hashes in the
manifest, sizes and times on disk) and of the code that works on them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import threading
import zipfile
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VARIABLE = "COMITY_CACHE"
OFF = "off"

# Beyond this the folders of other lakes and of older versions go, the longest unused first.
MOST_BYTES = 512 * 2**20

# The rooms of which what is kept is made; a change in any makes everything anew.
_ROOMS = ("catalogue", "delivery", "lake", "potential")

Arrays = Mapping[str, NDArray[Any]]


class Kept:
    """Named sets of arrays in one folder, made when first asked for.

    Safe with several threads and processes: a file appears whole or not at all, and what two make
    at once is the same.

    Parameters
    ----------
    folder : Path or None
        Made when there is something to keep; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._swept = self._used = False

    def arrays(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """Return the arrays kept under a name; where there are none, make and keep them.

        Parameters
        ----------
        name : str
            Any text; must name all that `make` depends on beside the lake.
        make : callable
            Returns the arrays: numbers, truth values or texts of fixed length. What it raises is
            raised, and nothing is kept.
        """
        found = self.find(name)
        if found is None:
            found = make()
            self.keep(name, found)
        return found

    def has(self, name: str) -> bool:
        """Say whether something is kept under a name, without reading it."""
        path = self._path(name)
        return path is not None and path.exists()

    def find(self, name: str) -> Arrays | None:
        """Return the arrays kept under a name, or None without any that can be read whole."""
        path = self._path(name)
        if path is None:
            return None
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                found = {key: file[key] for key in file.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
            return None
        if not self._used:
            # So that the sweep sees what is in use.
            self._used = True
            with contextlib.suppress(OSError):
                os.utime(path.parent)
        return found

    def keep(self, name: str, arrays: Arrays) -> None:
        """Keep arrays under a name; where the disk will not have them, nothing happens."""
        path = self._path(name)
        if path is None:
            return
        part = path.with_name(f".{os.getpid()}-{threading.get_ident()}-{path.name}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(file, allow_pickle=False, **dict(arrays))
            part.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            return
        if not self._swept:
            self._swept = True
            _sweep(path.parent)

    def _path(self, name: str) -> Path | None:
        if self.folder is None:
            return None
        return self.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.npz"


def kept_beside(
    folder: Path, tables: Mapping[str, Iterable[Mapping[str, Any]]], engine: str = ""
) -> Kept:
    """Return what is kept of a lake.

    Parameters
    ----------
    folder : Path
        The lake's.
    tables : mapping
        As in its manifest: each table's files with ``name`` and ``sha256``.
    engine : str
        What answers the queries: two may add up in another order.
    """
    place = cache_folder()
    if place is None:
        return Kept(None)
    key = hashlib.sha256(f"{_code()} {engine}\n".encode())
    for table, files in sorted(tables.items()):
        for file in files:
            try:
                about = (folder / file["name"]).stat()
            except OSError:
                return Kept(None)
            key.update(f"{table} {file['sha256']} {about.st_size} {about.st_mtime_ns}\n".encode())
    return Kept(place / key.hexdigest()[:24])


def cache_folder() -> Path | None:
    """Return where results are kept: ``COMITY_CACHE``, else the platform's folder for caches.

    None where ``COMITY_CACHE`` is "off", or where the user has no home.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if named:
        return None if named.lower() == OFF else Path(named)
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return base / "comity"


@cache
def _code() -> str:
    """Return what tells one version of the code from another, numerical libraries included."""
    from comity import __version__

    root = Path(__file__).parents[1]
    lines = [__version__, sys.version, np.__version__]
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.suffix in {".py", ".csv"}:
                about = path.stat()
                lines.append(f"{path.relative_to(root)} {about.st_size} {about.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _sweep(own: Path) -> None:
    """Remove the folders of other keys, the longest unused first, until there is room."""
    sizes: dict[Path, int] = {}
    try:
        for folder in own.parent.iterdir():
            if folder.is_dir() and folder != own:
                sizes[folder] = sum(file.stat().st_size for file in folder.iterdir())
        oldest = sorted(sizes, key=lambda folder: folder.stat().st_mtime)
    except OSError:
        return
    room = MOST_BYTES - sum(sizes.values())
    for folder in oldest:
        if room >= 0:
            return
        room += sizes[folder]
        shutil.rmtree(folder, ignore_errors=True)
