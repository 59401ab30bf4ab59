"""Standings as measures of a brief."""

from __future__ import annotations

from comity.brief.charts.signature import label_intensity
from comity.brief.yardstick.words import PILLAR
from comity.measure import Measure
from comity.potential.yardstick import Standing


def as_measure(standing: Standing, *flags: str) -> Measure:
    """Return a standing as a measure of the brief."""
    low, high = standing.range
    note = ""
    if standing.variants and high > 0:
        note = f"Under other models the intensity is {label_intensity(low)} to "
        note += f"{label_intensity(high)}."
    if "by_gdp" in standing.variants:
        by_size = label_intensity(standing.variants["by_gdp"])
        note += f" By the two's GDP instead of their total trade it is {by_size}."
    return Measure(
        pillar=PILLAR,
        indicator=standing.series.tie.id,
        product=standing.series.product,
        origin=standing.origin,
        destination=standing.destination,
        period=standing.period,
        value=standing.value,
        unit=standing.series.tie.unit,
        source=standing.sources[0],
        also=standing.sources[1:],
        expected=standing.expected,
        intensity=standing.intensity,
        rank=standing.rank,
        band=standing.band,
        flags=(*standing.flags, *flags),
        note=note,
    )
