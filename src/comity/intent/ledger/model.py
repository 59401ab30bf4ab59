"""What the ledger holds: promises, assessments, sources and parties, as plain immutable records."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

RUBRIC = "1"
"""Version of the rules by which people give a status; stored with every assessment."""


class Kind(StrEnum):
    """What sort of promise it is."""

    quantified_target = "quantified-target"
    agreement_signed = "agreement-signed"
    negotiation = "negotiation"
    institution = "institution"
    project = "project"


class Status(StrEnum):
    """What a person judged, on evidence."""

    delivered = "delivered"
    partly = "partly"
    missed = "missed"
    pending = "pending"
    lapsed = "lapsed"
    unknown = "unknown"


class Pace(StrEnum):
    """How a target is counted, and so how its pace is judged."""

    level = "level"
    """A yearly level, reached by growing: trade a year."""
    units = "units"
    """Things handed over, one after the other: rifles, reactors."""
    total = "total"
    """A sum over several years: trade of 2021 to 2023 together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A side of a promise: a country (ISO 3166 alpha-3) or a group with its members."""

    id: str
    kind: str
    name: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A page or a document that states a promise or an outcome."""

    id: str
    publisher: str
    title: str = ""
    date: str = ""
    url: str = ""
    note: str = ""

    @property
    def citation(self) -> str:
        """The source in one line."""
        title = f"“{self.title}”" if self.title else ""
        return ", ".join(part for part in (self.publisher, title, self.date) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What would be measured, and how much of it was promised.

    Parameters
    ----------
    indicator : str
        Id of the catalogue ("goods_trade_total", "goods_exports") or plain words.
    low, high : float or None
        In base units. Equal for a plain figure, apart for a range such as 8 to 10 billion.
    unit : str
        "USD", "EUR", "rifles", ...
    multiple : float or None
        "Double" without a figure: 2 times the baseline.
    origin, destination : str
        The direction, where only one counts; both empty for both ways together.
    scope : str
        "goods", "goods+services" or "non-oil" for trade; else empty.
    pace : Pace
        How it is counted.
    baseline : float or None
        The level quoted when the promise was made, in ``unit``.
    baseline_period : str
        Its period.
    """

    indicator: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    multiple: float | None = None
    origin: str = ""
    destination: str = ""
    scope: str = ""
    pace: Pace = Pace.level
    baseline: float | None = None
    baseline_period: str = ""

    @property
    def value(self) -> float | None:
        """The figure, where it is one figure."""
        return self.low if self.low == self.high else None

    @property
    def is_range(self) -> bool:
        """Whether two figures were given."""
        return self.low is not None and self.high is not None and self.low != self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Something that two parties, or one to the other, said that they would do.

    Parameters
    ----------
    id : str
        Stable; imports are idempotent by it.
    text : str
        The promise in one sentence, in the ledger's own words.
    parties : tuple of str
        The two sides of the relationship that it is about, sorted.
    promised_by : tuple of str
        Who promised: one or both of the sides (or others).
    announced, signed, in_force, funded, due, delivered : str
        Separate dates, never merged: "2025", "2025-12", "2025-12-05" or "FY2024-25"; "" if unknown.
    due : str
        The original due date; it stays when the promise slips.
    due_now : str
        The date now in force, where it was moved.
    repeats, part_of, follows : tuple of str
        Ids: the same promise made before; a larger promise; the step before this one.
    source : str
        Id of the source that states it; never empty.
    also : tuple of str
        Further sources.
    """

    id: str
    kind: Kind
    pillar: str
    text: str
    parties: tuple[str, ...]
    promised_by: tuple[str, ...]
    source: str
    said_by: str = ""
    occasion: str = ""
    target: Target | None = None
    announced: str = ""
    signed: str = ""
    in_force: str = ""
    funded: str = ""
    due: str = ""
    due_now: str = ""
    delivered: str = ""
    due_note: str = ""
    repeats: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    note: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source id, the stating one first."""
        return (self.source, *self.also)

    @property
    def deadline(self) -> str:
        """The date to judge by: the original due date."""
        return self.due

    @property
    def is_trade_target(self) -> bool:
        """Whether it is a figure for trade that a lake's series may judge."""
        return self.target is not None and self.target.indicator in TRADE


TRADE = frozenset({"goods_trade_total", "goods_exports"})
"""Indicators of targets that are set against the flows of a lake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A dated judgement of one promise by one person, on evidence; never changed afterwards.

    Parameters
    ----------
    id : str
        Made from the content (`assessment_id`), so that the same judgement is the same row.
    promise : str
        Id of the promise.
    by : str
        Who judged.
    assessed_on : str
        When they judged.
    status : Status
        What they judged.
    evidence : str
        One line, with the figure where there is one.
    evidence_on : str
        The date that the evidence speaks of.
    figure, figure_unit, figure_period
        The figure in the evidence, in base units, so that verdicts can compute with it.
    source : str
        Id of the evidence's source; never empty.
    rubric : str
        Version of the rules for a status.
    """

    id: str
    promise: str
    by: str
    assessed_on: str
    status: Status
    source: str
    evidence: str = ""
    evidence_on: str = ""
    figure: float | None = None
    figure_unit: str = ""
    figure_period: str = ""
    rubric: str = RUBRIC


def assessment_id(*content: str) -> str:
    """Return the id of an assessment: the same content has the same id."""
    return "as-" + hashlib.sha256("\x1f".join(content).encode()).hexdigest()[:12]
