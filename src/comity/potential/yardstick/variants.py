"""What else a referee would try: other distances, languages, years, and readings of a gap."""

from __future__ import annotations

from dataclasses import dataclass

from comity.potential.yardstick.matrices import AGREEMENT, LANGUAGE

BASE = ("distance_km", "contiguous", LANGUAGE, "colonial_tie")


@dataclass(frozen=True, slots=True)
class Variant:
    """One change to the model.

    Attributes
    ----------
    id, label : str
        Slug, and what a reader is told.
    covariates : tuple of str
        Columns of `proximity`.
    window : int
        Years added up, beside the tie's own.
    zeros : bool
        Read every unlisted pair of two listed countries as zero.
    kept_in : bool
        Leave the pair in the fit that judges it.
    by_size : bool
        GDP instead of the effects that hold each country's totals; of goods.
    """

    id: str
    label: str
    covariates: tuple[str, ...] = BASE
    window: int = 0
    zeros: bool = False
    kept_in: bool = False
    by_size: bool = False

    @property
    def asks_the_same(self) -> bool:
        """Whether it belongs into the range beside the number, or answers another question."""
        return not (self.kept_in or self.by_size)


VARIANTS = (
    Variant("cities", "distance between the largest cities", ("distance_cities_km", *BASE[1:])),
    Variant("capitals", "distance between capitals", ("distance_capitals_km", *BASE[1:])),
    Variant("no_language", "without language", ("distance_km", "contiguous", "colonial_tie")),
    Variant(
        "spoken",
        "index of common spoken language",
        ("distance_km", "contiguous", "common_spoken_language", "colonial_tie"),
    ),
    Variant("agreement", "with trade agreements in force", (*BASE, AGREEMENT)),
    Variant("window", "two years together", window=1),
    Variant("zeros", "unlisted pairs read as none", zeros=True),
    Variant("kept_in", "the pair itself left in", kept_in=True),
    Variant("by_gdp", "by the two's GDP instead of their total trade", by_size=True),
)
