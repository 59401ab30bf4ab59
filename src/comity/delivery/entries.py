"""What an indicator's function returns: measures, and the gaps that it states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import pandas as pd

from comity.measure import Absence, Measure

Entry: TypeAlias = Measure | Absence


def measures(entries: Iterable[Entry]) -> list[Measure]:
    """Return the measures among the entries."""
    return [entry for entry in entries if isinstance(entry, Measure)]


def absences(entries: Iterable[Entry]) -> list[Absence]:
    """Return the stated gaps among the entries."""
    return [entry for entry in entries if isinstance(entry, Absence)]


def one_source(rows: pd.DataFrame, of: Sequence[str] = ("indicator",)) -> pd.DataFrame:
    """Keep one source of each thing, so that two publishers' figures are never added or mixed.

    The source that reaches the latest year is kept; of several, the one with most rows, then the
    one whose id comes last: ids end in the version.

    Parameters
    ----------
    rows : DataFrame
        With ``year``, ``source`` and the columns of `of`.
    of : sequence of str
        What makes rows speak of one thing; all rows where there is none.
    """
    if rows["source"].nunique() < 2:
        return rows
    key = [*of, "source"]
    held = rows.groupby(key, as_index=False).agg(last=("year", "max"), count=("year", "size"))
    best = held.sort_values(["last", "count", "source"])
    best = best.drop_duplicates([*of], keep="last") if of else best.tail(1)
    return rows[pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(best[key]))]


def concentration(shares: Iterable[float]) -> float:
    """Return the Herfindahl-Hirschman index, the sum of squared shares.

    Parameters
    ----------
    shares : iterable of float
        Shares or amounts; they are scaled to sum to 1.

    Returns
    -------
    float
        Between 0 (spread evenly over many) and 1 (all in one).

    Raises
    ------
    ValueError
        The amounts sum to zero.

    Examples
    --------
    >>> concentration([1.0, 1.0])
    0.5
    """
    amounts = list(shares)
    total = sum(amounts)
    if total <= 0:
        raise ValueError("a concentration needs a positive total")
    return sum((amount / total) ** 2 for amount in amounts)


def annual_growth(first: float, last: float, years: int) -> float:
    """Return the compound growth rate a year, ``(last / first) ** (1 / years) - 1``.

    Examples
    --------
    >>> round(annual_growth(100.0, 121.0, 2), 6)
    0.1
    """
    if first <= 0 or last < 0 or years <= 0:
        raise ValueError("growth needs a positive start and a positive span")
    return float((last / first) ** (1 / years) - 1)
