"""The yardstick of a lake: where a pair stands on every tie, and how that moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from comity.errors import EstimationError, NotConvergedError
from comity.lake import Store
from comity.measure import Absence
from comity.potential.yardstick.bysize import expect_by_size
from comity.potential.yardstick.fits import Fits, name_of
from comity.potential.yardstick.matrices import Series
from comity.potential.yardstick.unlisted import UNLESS_BOTH_SILENT, rule_of
from comity.potential.yardstick.variants import VARIANTS, Variant

Floats = NDArray[np.float64]

THREADS = 2
_Task = TypeVar("_Task")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One direction of one tie of a pair, set against what is usual.

    Attributes
    ----------
    series : Series
        Tie, product and source.
    year : int
        Last year counted.
    period : str
        "2023", or "2019/2023" where years are added up.
    origin, destination : str
        ISO 3166 alpha-3; of a tie without direction, the two as asked for.
    value, expected, gap : float
        In the tie's unit; gap = expected - value, the unrealised potential where positive.
    intensity : float
        value / expected.
    rank, band, ranked
        As in `Judgement`.
    variants : mapping of str to float
        Intensity under each variant, by its id.
    flags : tuple of str
        "below-floor" where so little is usual that it is not ranked.
    sources : tuple of str
        Every source id, the tie's own first.
    """

    series: Series
    year: int
    period: str
    origin: str
    destination: str
    value: float
    expected: float
    intensity: float
    rank: float | None
    band: tuple[float, float] | None
    ranked: int
    sources: tuple[str, ...]
    variants: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Expected less actual, in the tie's unit."""
        return self.expected - self.value

    @property
    def range(self) -> tuple[float, float]:
        """Least and largest intensity over the model and its variants that ask the same."""
        same = [self.variants[v.id] for v in VARIANTS if v.asks_the_same and v.id in self.variants]
        return min([self.intensity, *same]), max([self.intensity, *same])


Entry = Standing | Absence


class Yardstick:
    """What is usual for every tie of a lake.

    Fits are made when first asked for and kept: see `Fits`.

    Parameters
    ----------
    store : Store
        The lake; it must have the table `proximity`.
    """

    def __init__(self, store: Store) -> None:
        self.fits = Fits(store)

    def pair(
        self, a: str, b: str, *, until: int | None = None, variants: bool = True
    ) -> list[Entry]:
        """Return where two countries stand on each tie in its latest year, both directions.

        Parameters
        ----------
        a, b : str
            ISO 3166 alpha-3.
        until : int, optional
            Read the lake as if nothing later existed.
        variants : bool
            Also the intensities under other models.

        Returns
        -------
        list of Standing or Absence
            In the order of the ties; both directions of one after the other. What cannot be said
            is an Absence with its reason, never a number.
        """
        wanted: list[tuple[Series, int]] = []
        for series in self.fits.headline:
            years = [year for year in series.years if until is None or year <= until]
            if years:
                wanted.append((series, years[-1]))
        self.fits.load(
            (s, range(y - max(s.tie.window, 2 if variants else 1) + 1, y + 1))
            for s, y in wanted
            if not self.fits.has(s, y)
        )

        def stand(one: tuple[Series, int]) -> list[Entry]:
            return [
                self.stand(*one, origin, destination, variants=variants)
                for origin, destination in _directions(one[0], a, b)
            ]

        return _together(stand, wanted)

    def history(
        self,
        a: str,
        b: str,
        *,
        until: int | None = None,
        most: int | None = None,
        bonds: bool = False,
    ) -> list[Standing]:
        """Return where two countries stood on each tie over the years, every source apart.

        Parameters
        ----------
        a, b, until
            As for `pair`.
        most : int, optional
            At most so many years of a series, evenly spread, the last one among them.
        bonds : bool
            Only ties of which more is a closer relationship: not those of refugees.

        Returns
        -------
        list of Standing
            Without variants, ranks and bands; years in which the pair is not known are left out.
        """
        wanted: list[tuple[Series, list[int]]] = []
        for series in self.fits.usable:
            years = [year for year in series.years if until is None or year <= until]
            if series.product == "" and years and (series.tie.bond or not bonds):
                wanted.append((series, _spread(years, most)))
        self.fits.load(
            (s, {y - k for y in years if not self.fits.has(s, y) for k in range(s.tie.window)})
            for s, years in wanted
        )

        def stand(one: tuple[Series, list[int]]) -> list[Entry]:
            series, years = one
            return [
                self.stand(series, year, origin, destination, ranked=False)
                for year in years
                for origin, destination in _directions(series, a, b)
            ]

        # Two halves of a long series keep both threads busy.
        halves = [(s, part) for s, years in wanted for part in _halves(years)]
        return [entry for entry in _together(stand, halves) if isinstance(entry, Standing)]

    def stand(
        self,
        series: Series,
        year: int,
        origin: str,
        destination: str,
        *,
        variants: bool = False,
        ranked: bool = True,
    ) -> Entry:
        """Return where one direction of one tie stands, or why that cannot be said.

        Without ``ranked`` there is neither rank nor band, which is faster.
        """
        for country in (origin, destination):
            if country not in self.fits.proximity.index:
                return _absent(
                    series, origin, destination,
                    f"The lake has no distances for {name_of(country)}.",
                )  # fmt: skip
        model = self.fits.model(series, year)
        if model is None:
            return _absent(
                series, origin, destination, "Too few pairs are known to say what is usual."
            )
        place = model.place(origin, destination)
        if isinstance(place, str):
            return _absent(series, origin, destination, place)
        try:
            seen = model.model.judge(*place, ranked=ranked)
        except (EstimationError, NotConvergedError) as error:
            return _absent(series, origin, destination, error.message)
        reason = _why_not(seen.value, seen.expected, series, origin, destination, year)
        if reason:
            return _absent(series, origin, destination, reason)
        first = year - series.tie.window + 1
        return Standing(
            series=series,
            year=year,
            period=str(year) if first == year else f"{first}/{year}",
            origin=origin,
            destination=destination,
            value=seen.value,
            expected=seen.expected,
            intensity=seen.intensity,
            rank=seen.rank,
            band=seen.band,
            ranked=seen.ranked,
            sources=(series.source, *self.fits.proximity.sources),
            variants=self._vary(series, year, origin, destination)
            if variants and seen.value > 0
            else {},
            flags=("below-floor",) if seen.expected < series.tie.floor else (),
        )

    def _intensity(
        self, variant: Variant, series: Series, year: int, origin: str, destination: str
    ) -> float:
        """Return the intensity under a variant; NaN where it cannot be said."""
        placed = self.fits.model(series, year, variant if variant.asks_the_same else None)
        place = placed.place(origin, destination) if placed else ""
        if placed is None or isinstance(place, str):
            return math.nan
        model = placed.model
        try:
            if variant.by_size:
                size = self.fits.gdp(year, tuple(placed.index))
                expected = expect_by_size(model.flow, size, model.covariates, *place)
            elif variant.kept_in:
                expected = float(model.fit.fitted[place])
            else:
                expected = model.expect(*place)
        except (EstimationError, NotConvergedError):
            return math.nan
        return float(model.flow[place]) / expected if expected > 0 else math.nan

    def _vary(self, series: Series, year: int, origin: str, destination: str) -> dict[str, float]:
        """Return the intensity under every variant that the lake can serve."""
        found: dict[str, float] = {}
        for variant in VARIANTS:
            if not self.fits.allows(variant, series, year):
                continue
            value = self._intensity(variant, series, year, origin, destination)
            if math.isfinite(value):
                found[variant.id] = value
        return found


def _together(work: Callable[[_Task], list[Entry]], tasks: Sequence[_Task]) -> list[Entry]:
    """Run the tasks on two threads, and keep their order; kernels let go of the interpreter."""
    with ThreadPoolExecutor(THREADS) as pool:
        return [entry for entries in pool.map(work, tasks) for entry in entries]


def _halves(years: list[int]) -> list[list[int]]:
    middle = len(years) // 2 if len(years) > 4 else len(years)
    return [part for part in (years[:middle], years[middle:]) if part]


def _directions(series: Series, a: str, b: str) -> list[tuple[str, str]]:
    return [(a, b), (b, a)] if series.tie.directed else [(a, b)]


def _spread(years: list[int], most: int | None) -> list[int]:
    """Choose evenly spread years, the last one among them."""
    if most is None or len(years) <= most:
        return years
    step = math.ceil(len(years) / most)
    return years[::-1][::step][::-1]


def _why_not(
    value: float, expected: float, series: Series, origin: str, destination: str, year: int
) -> str:
    """Say why there is no intensity, or return an empty text."""
    here, there = name_of(origin), name_of(destination)
    if not math.isfinite(expected):
        return f"Without this pair the source has nothing from {here} or nothing to {there}."
    if expected <= 0:
        return f"Apart from this pair the source counts none from {here} or none to {there}."
    if math.isnan(value):
        usual = f"{float(f'{expected:.3g}'):,.0f} {_counted(series.tie.unit)} would be usual"
        if rule_of(series.source).rule == UNLESS_BOTH_SILENT:
            return f"Neither of the two has reported for {year}, so the pair is unknown; {usual}."
        return f"The source does not list the pair, which is not a zero; {usual}."
    return ""


def _absent(series: Series, origin: str, destination: str, reason: str) -> Absence:
    return Absence(
        pillar="yardstick",
        indicator=series.tie.id,
        origin=origin,
        destination=destination,
        source=series.source,
        reason=reason,
    )


def _counted(unit: str) -> str:
    return "people" if unit == "persons" else unit
