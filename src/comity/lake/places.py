"""Which lake is meant: the one given, the environment's, the user's own, or the embedded data."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from comity.errors import LakeError
from comity.lake.manifest import MANIFEST

VARIABLE = "COMITY_LAKE"
EMBEDDED = "starter"


def user_lake() -> Path:
    """Return where the user's own lake is on this platform, whether it exists or not."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "comity" / "lake"


def find_lake(path: str | Path | None = None) -> Path | None:
    """Return the lake to read; None for the embedded data.

    Parameters
    ----------
    path : path, optional
        A folder, or "starter" for the embedded data. Left out: what ``COMITY_LAKE`` names, else the
        user's own lake where there is one, else the embedded data.
    """
    place = str(path) if path is not None else os.environ.get(VARIABLE, "").strip()
    if place == EMBEDDED and not Path(place, MANIFEST).exists():
        return None
    if place:
        return Path(place)
    own = user_lake()
    return own if (own / MANIFEST).exists() else None


def writable_lake(path: Path | None = None) -> Path:
    """Return the lake to add to: the one given, the environment's, or the user's own.

    Raises
    ------
    LakeError
        It is the embedded data, which is never written to.
    """
    place = str(path) if path is not None else os.environ.get(VARIABLE, "").strip()
    if place == EMBEDDED:
        raise LakeError(
            "The data embedded in comity cannot be added to.",
            f"Name a folder with --lake or {VARIABLE}, or leave both out for your own lake.",
        )
    return Path(place) if place else user_lake()
