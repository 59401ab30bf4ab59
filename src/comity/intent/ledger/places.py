"""Which ledger is meant: the one given, the environment's, the user's own, or comity's."""

from __future__ import annotations

import csv
import io
import os
import sys
from functools import lru_cache
from importlib import resources
from pathlib import Path

from comity.errors import LedgerError
from comity.intent.ledger.book import Ledger
from comity.intent.ledger.fields import FIELDS, TABLES, Record, build

VARIABLE = "COMITY_LEDGER"
STARTER_NAME = "the ledger that comes with comity"


def open_ledger(url: str | None = None) -> Ledger:
    """Read a ledger.

    Parameters
    ----------
    url : str, optional
        A file (SQLite) or an SQLAlchemy URL, such as ``postgresql+psycopg://user@host/name``;
        "starter" for the ledger that comes with comity. Left out: what ``COMITY_LEDGER`` names,
        else the user's own where there is one, else the one that comes with comity.

    Raises
    ------
    LedgerError
        The database cannot be read, or is not a ledger.
    """
    place = locate(url)
    if place == "starter":
        return starter()
    from comity.intent.ledger.database import Database

    return Database(place).read()


def locate(url: str | None = None, *, writing: bool = False) -> str:
    """Return the place of the ledger: "starter", a path or a URL.

    Parameters
    ----------
    url : str, optional
        As for `open_ledger`.
    writing : bool
        The ledger will be written to, which the one that comes with comity cannot be.
    """
    place = url or os.environ.get(VARIABLE, "").strip()
    if place == "starter" and writing:
        raise LedgerError(
            "The ledger that comes with comity cannot be written to.",
            f"Name another with {VARIABLE}, or leave it out for your own.",
        )
    if place:
        return place
    own = user_ledger()
    return str(own) if writing or own.exists() else "starter"


def user_ledger() -> Path:
    """Return where the user's own ledger is kept on this platform, whether it exists or not."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "comity" / "ledger.sqlite"


@lru_cache(maxsize=1)
def starter() -> Ledger:
    """Return the ledger that comes with comity: read in milliseconds, never written to.

    Raises
    ------
    LedgerError
        Its files are not in the installation, or are damaged.
    """
    folder = resources.files("comity.starter") / "ledger"
    tables: dict[str, list[Record]] = {}
    try:
        for name in TABLES:
            text = (folder / f"{name}.csv").read_text(encoding="utf-8")
            types = {field.name: field.type for field in FIELDS[name]}
            tables[name] = [
                build(name, {column: _value(types[column], cell) for column, cell in row.items()})
                for row in csv.DictReader(io.StringIO(text, newline=""))
            ]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise LedgerError(
            f"The ledger that comes with comity cannot be read ({error}).", "Install comity again."
        ) from None
    return Ledger(tables, STARTER_NAME)


def _value(type: str, cell: str) -> object:  # noqa: A002
    """Convert a cell of a file that was checked when it was built."""
    if type == "number":
        return float(cell) if cell else None
    if type == "ids":
        return tuple(cell.split(";")) if cell else ()
    return cell
