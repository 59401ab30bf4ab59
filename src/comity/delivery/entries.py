"""What an indicator's function returns: measures, and the gaps that it states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from comity.measure import Absence, Measure

Entry: TypeAlias = Measure | Absence


def measures(entries: Iterable[Entry]) -> list[Measure]:
    """Return the measures among the entries."""
    return [entry for entry in entries if isinstance(entry, Measure)]


def absences(entries: Iterable[Entry]) -> list[Absence]:
    """Return the stated gaps among the entries."""
    return [entry for entry in entries if isinstance(entry, Absence)]


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
