"""What figures say of a promise: the outcomes and the verdict, as plain records."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from comity.intent.ledger.evidence import Point


class Outcome(StrEnum):
    """What figures say of a promise."""

    met = "met"
    met_late = "met late"
    met_undated = "met, date unclear"
    missed = "missed"
    overdue = "overdue"
    on_track = "on track"
    behind = "behind"
    open = "open"
    not_measurable = "not measurable"

    @property
    def reached(self) -> bool:
        """Whether the level was reached, at whatever time."""
        return self in (Outcome.met, Outcome.met_late, Outcome.met_undated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What figures say of a promise, on a date.

    Parameters
    ----------
    promise : str
        Id of the promise.
    status : Outcome
        What became of it.
    sentence : str
        The same in words, with the figure and where it comes from.
    as_of : date
        The date judged on.
    figure : Point or None
        The figure that the verdict rests on.
    sources : tuple of str
        Ids of the sources used; of the lake or the ledger as the points say.
    at_due : Point or None
        The figure when it was due, where the level was only reached later.
    reached : str
        Period in which the level was first seen reached.
    base : tuple of (float, str) or None
        The level and the period that the achieved growth is counted from.
    needed, achieved : float or None
        Growth a year, as a fraction; for things handed over, the share expected and delivered.
    one_sided : str
        Id of the party that carries the total alone; "" where both do.
    disputed : tuple of Point
        Figures of the same year that would give another verdict.
    reason : str
        Why nothing could be measured: "no figure", "no date", "currency", "scope", "no series",
        "no later figure".
    """

    promise: str
    status: Outcome
    sentence: str
    as_of: dt.date
    figure: Point | None = None
    sources: tuple[str, ...] = ()
    at_due: Point | None = None
    reached: str = ""
    base: tuple[float, str] | None = None
    needed: float | None = None
    achieved: float | None = None
    one_sided: str = ""
    disputed: tuple[Point, ...] = ()
    reason: str = ""

    @property
    def used(self) -> str:
        """Where the figure comes from: "lake", "statement", "ledger" or ""."""
        return self.figure.used.value if self.figure else ""
