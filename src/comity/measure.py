"""One number about a pair of countries, with where it comes from.

A `Measure` cannot be built without a source id; an `Absence` says that a source holds nothing on
the pair, which is never the same as zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number (or a short text, such as a visa rule) about a pair or one of its sides.

    Parameters
    ----------
    pillar, indicator : str
        Ids of the catalogue.
    origin, destination : str
        ISO 3166 alpha-3, or a bloc's id. For goods, exporter and importer. A fact about one country
        (its GDP) has that country as ``origin`` and ``""`` as ``destination``.
    period : str
        "2023", "FY2024-25", "2000/2016" (a span) or "2010-14" as the publisher writes it.
    value : float or None
        In base units (USD, persons, km, shares as fractions). None only where ``text`` is given.
    unit : str
        Unit of ``value``.
    source : str
        Id of the source that the number rests on; never empty.
    text : str
        The value where it is not a number.
    product : str
        What of: HS code, sector group or issue voted on; "" for all.
    previous, previous_period
        The same measure at an earlier period of the same source, for the change.
    expected, intensity, rank, band
        The yardstick: expected value in ``unit``; value over expected; share of pairs with a lower
        intensity; the 80 % band of the intensity among comparable pairs.
    also : tuple of str
        Further sources that went into the number.
    flags : tuple of str
        What a reader must know: "reconciled", "mirror", "estimate", "fiscal-year", "stale", ...
    note : str
        One sentence for the footnote.
    """

    pillar: str
    indicator: str
    origin: str
    destination: str
    period: str
    value: float | None
    unit: str
    source: str
    text: str = ""
    product: str = ""
    previous: float | None = None
    previous_period: str = ""
    expected: float | None = None
    intensity: float | None = None
    rank: float | None = None
    band: tuple[float, float] | None = None
    also: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if not self.source:
            raise ValueError(f"{self.indicator} of {self.origin} has no source")
        if self.value is None and not self.text:
            raise ValueError(f"{self.indicator} of {self.origin} has neither value nor text")
        if self.value is not None and self.value != self.value:
            raise ValueError(f"{self.indicator} of {self.origin} is not a number")

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source id that the number rests on, the main one first."""
        return (self.source, *self.also)

    @property
    def change(self) -> float | None:
        """Relative change since ``previous``, as a fraction."""
        if self.value is None or self.previous is None or self.previous == 0:
            return None
        return self.value / self.previous - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A stated gap: the source has nothing on this, which is not the same as zero."""

    pillar: str
    indicator: str
    origin: str
    destination: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A generated sentence and the measures it rests on."""

    text: str
    measures: tuple[Measure, ...] = field(default=())
    pillar: str = ""


def as_dict(measure: Measure) -> dict[str, Any]:
    """Return the measure as plain JSON types, in the order of the contract."""
    return {
        "pillar": measure.pillar,
        "indicator": measure.indicator,
        "origin": measure.origin,
        "destination": measure.destination,
        "product": measure.product or None,
        "period": measure.period,
        "value": measure.value,
        "text": measure.text or None,
        "unit": measure.unit,
        "previous": measure.previous,
        "previous_period": measure.previous_period or None,
        "expected": measure.expected,
        "intensity": measure.intensity,
        "rank": measure.rank,
        "band": list(measure.band) if measure.band else None,
        "flags": list(measure.flags),
        "source": measure.source,
        "also": list(measure.also),
        "note": measure.note or None,
    }
