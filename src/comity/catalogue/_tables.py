"""The catalogue's CSV tables, read as text and kept."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of ``catalogue/data/<name>.csv``, every cell as text.

    Cells stay text on purpose: Namibia's ISO2 code is ``NA``, and HS codes have leading zeros.

    Parameters
    ----------
    name : str
        The table's file name without ``.csv``.
    """
    path = files("comity.catalogue") / "data" / f"{name}.csv"
    return tuple(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def split_cell(cell: str) -> tuple[str, ...]:
    """Return the space-separated words of a cell."""
    return tuple(cell.split())


def year_in(year: int | None, start: str, end: str) -> bool:
    """Say whether a year lies in a row's years; no year asks for the latest row."""
    if year is None:
        return not end
    return (not start or int(start) <= year) and (not end or year <= int(end))
