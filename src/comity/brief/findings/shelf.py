"""The measures of a brief as its sentences look for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from comity.catalogue import Country
from comity.measure import Measure


class Shelf:
    """The measures of a brief, by indicator and direction, and the two countries.

    ``get`` returns the latest measure of an indicator: calendar years by default, fiscal years on
    request.
    """

    def __init__(
        self, a: Country, b: Country, measures: Iterable[Measure], publishers: Mapping[str, str]
    ) -> None:
        self.a = a
        self.b = b
        self.publishers = publishers
        self._measures: dict[tuple[str, str, str], list[Measure]] = {}
        for measure in measures:
            if "published" not in measure.flags:
                key = (measure.indicator, measure.origin, measure.destination)
                self._measures.setdefault(key, []).append(measure)

    def all(self, indicator: str, origin: str, destination: str = "") -> list[Measure]:
        """Return every measure of an indicator in one direction, the latest period last."""
        found = self._measures.get((indicator, origin, destination), [])
        return sorted(found, key=lambda measure: measure.period.removeprefix("FY"))

    def get(
        self, indicator: str, origin: str, destination: str = "", *, fiscal: bool = False
    ) -> Measure | None:
        """Return the latest measure of an indicator in one direction."""
        found = [m for m in self.all(indicator, origin, destination) if _fiscal(m) == fiscal]
        return found[-1] if found else None

    def both(self, indicator: str, *, fiscal: bool = False) -> tuple[Measure, Measure] | None:
        """Return the indicator both ways, where both are known for the same period."""
        there = self.get(indicator, self.a.iso3, self.b.iso3, fiscal=fiscal)
        back = self.get(indicator, self.b.iso3, self.a.iso3, fiscal=fiscal)
        if there is None or back is None or there.period != back.period:
            return None
        return there, back

    def each(self, indicator: str) -> tuple[Measure, Measure] | None:
        """Return a fact of each side, where both are known."""
        first = self.get(indicator, self.a.iso3)
        second = self.get(indicator, self.b.iso3)
        return None if first is None or second is None else (first, second)


def _fiscal(measure: Measure) -> bool:
    return "fiscal-year" in measure.flags
