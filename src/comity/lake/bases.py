"""One report of a flow where a source has two: what the exporter said, or what the importer did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from comity.lake.dossier import Flow

# The better basis first: reconciled of both, the exporter's own report, the importer's.
BASES = ("reconciled", "reported", "mirror")


def one_basis(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep one basis of each flow, so that two reports of the same goods are never added up.

    Parameters
    ----------
    rows : DataFrame
        Of the table `flows`: year, exporter, importer, source and basis among the columns.

    Returns
    -------
    DataFrame
        For each source, year and direction the rows of its best basis: a flow whose products both
        sides report is taken from one of them whole, never product by product from either.

    Examples
    --------
    >>> flow = {"year": 2022, "exporter": "RUS", "importer": "IND", "source": "s"}
    >>> both = [{**flow, "basis": "mirror", "value": 9}, {**flow, "basis": "reported", "value": 7}]
    >>> one_basis(pd.DataFrame(both))["value"].to_list()
    [7]
    """
    if rows["basis"].nunique() < 2:
        return rows
    order = rows["basis"].map({basis: place for place, basis in enumerate(BASES)})
    key = ["source", "year", "exporter", "importer"]
    best = order.groupby([rows[name] for name in key]).transform("min")
    kept: pd.DataFrame = rows[order == best]
    return kept


def one_report(rows: Iterable[Flow]) -> list[Flow]:
    """Return what `one_basis` keeps, of plain rows."""
    rows = list(rows)
    best: dict[tuple[str, int, str, str], int] = {}
    for row in rows:
        place = BASES.index(row.basis)
        best[_way(row)] = min(place, best.get(_way(row), place))
    return [row for row in rows if BASES.index(row.basis) == best[_way(row)]]


def _way(row: Flow) -> tuple[str, int, str, str]:
    return row.source, row.year, row.exporter, row.importer
