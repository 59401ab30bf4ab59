"""The yardstick of a lake: where a pair stands on every tie, and how that moved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from comity import catalogue
from comity.errors import EstimationError, NotConvergedError
from comity.lake import Store
from comity.measure import Absence
from comity.potential.yardstick.matrices import (
    AGREEMENT,
    Proximity,
    Series,
    list_series,
    read_flows,
)
from comity.potential.yardstick.model import Model
from comity.potential.yardstick.unlisted import UNLESS_BOTH_SILENT, ZERO, Rule, fill_unlisted, rule_of
from comity.potential.yardstick.variants import BASE, VARIANTS, Variant

Floats = NDArray[np.float64]


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
        same = [v for key, v in self.variants.items() if key != "kept_in"]
        return min([self.intensity, *same]), max([self.intensity, *same])


Entry = Standing | Absence


class Yardstick:
    """What is usual for every tie of a lake.

    Fits are made when first asked for and kept in memory as long as the yardstick is; nothing is
    written to disk, so there is no cache that could be out of date.

    Parameters
    ----------
    store : Store
        The lake; it must have the table `proximity`.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._flows: dict[tuple[Series, int], Floats] = {}
        self._models: dict[tuple[Series, int, str], _Placed | None] = {}

    @cached_property
    def series(self) -> list[Series]:
        """Every tie of the lake, by source."""
        return list_series(self.store)

    @cached_property
    def proximity(self) -> Proximity:
        """Distances and ties of language and history."""
        return Proximity(self.store)

    @cached_property
    def usable(self) -> list[Series]:
        """The series with enough pairs to say what is usual."""
        return [series for series in self.series if not series.thin]

    @cached_property
    def headline(self) -> list[Series]:
        """One series a tie, the one that reaches furthest, for the signature."""
        best: dict[tuple[str, str], Series] = {}
        for series in self.usable:
            if series.tie.headline:
                key = (series.tie.id, series.product)
                if key not in best or series.years[-1] > best[key].years[-1]:
                    best[key] = series
        return list(best.values())

    def pair(self, a: str, b: str, *, until: int | None = None, variants: bool = True) -> list[Entry]:
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
        wanted = []
        for series in self.headline:
            years = [year for year in series.years if until is None or year <= until]
            if years:
                wanted.append((series, years[-1]))
        self._load(
            (s, range(y - max(s.tie.window, 2 if variants else 1) + 1, y + 1)) for s, y in wanted
        )
        entries: list[Entry] = []
        for series, year in wanted:
            for origin, destination in _directions(series, a, b):
                entries.append(self.stand(series, year, origin, destination, variants=variants))
        return entries

    def history(
        self, a: str, b: str, *, until: int | None = None, most: int | None = None
    ) -> list[Standing]:
        """Return where two countries stood on each tie over the years, every source apart.

        Parameters
        ----------
        a, b, until
            As for `pair`.
        most : int, optional
            At most so many years of a series, evenly spread, the last one among them.

        Returns
        -------
        list of Standing
            Without variants; years in which the pair is not known are left out.
        """
        wanted: list[tuple[Series, list[int]]] = []
        for series in self.usable:
            years = [year for year in series.years if until is None or year <= until]
            if series.product == "" and years:
                wanted.append((series, _spread(years, most)))
        self._load(
            (s, {y - k for y in years for k in range(s.tie.window)}) for s, years in wanted
        )
        found: list[Standing] = []
        for series, years in wanted:
            for year in years:
                for origin, destination in _directions(series, a, b):
                    entry = self.stand(series, year, origin, destination, variants=False)
                    if isinstance(entry, Standing):
                        found.append(entry)
        return found

    def stand(
        self, series: Series, year: int, origin: str, destination: str, *, variants: bool = False
    ) -> Entry:
        """Return where one direction of one tie stands, or why that cannot be said."""
        for country in (origin, destination):
            if country not in self.proximity.index:
                return _absent(
                    series, origin, destination,
                    f"The lake has no distances for {_name(country)}.",
                )  # fmt: skip
        model = self.model(series, year)
        if model is None:
            return _absent(
                series, origin, destination, "Too few pairs are known to say what is usual."
            )
        place = model.place(origin, destination)
        if isinstance(place, str):
            return _absent(series, origin, destination, place)
        try:
            seen = model.model.judge(*place)
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
            sources=(series.source, *self.proximity.sources),
            variants=self._vary(series, year, origin, destination) if variants else {},
            flags=("below-floor",) if seen.expected < series.tie.floor else (),
        )

    def model(self, series: Series, year: int, variant: Variant | None = None) -> _Placed | None:
        """Return the fitted model of a series in a year; None where it cannot be fitted."""
        key = (series, year, variant.id if variant else "")
        if key not in self._models:
            try:
                self._models[key] = self._build(series, year, variant)
            except (EstimationError, NotConvergedError):
                self._models[key] = None
        return self._models[key]

    def _build(self, series: Series, year: int, variant: Variant | None) -> _Placed:
        window = series.tie.window + (variant.window if variant else 0)
        years = [y for y in range(year - window + 1, year + 1) if window == 1 or y in series.years]
        self._load([(series, years)])
        rule = rule_of(series.source)
        if variant is not None and variant.zeros:
            rule = Rule(ZERO, None, "")
        flow = fill_unlisted(_add([self._flows[series, y] for y in years], rule), rule)
        listed = ~np.isnan(flow)
        countries = np.flatnonzero(listed.any(axis=1) | listed.any(axis=0))
        columns = variant.covariates if variant else BASE
        x = self.proximity.covariates(columns, countries, year)
        start = None
        base = self._models.get((series, year, ""))
        earlier = base if variant else self._models.get((series, year - 1, ""))
        if earlier and earlier.countries.shape == countries.shape and len(columns) == len(BASE):
            if (earlier.countries == countries).all():
                start = earlier.model.fit
        model = Model(
            flow[np.ix_(countries, countries)],
            x,
            symmetric=not series.tie.directed,
            floor=series.tie.floor,
            start=start,
        )
        _ = model.fit
        names = [self.proximity.countries[k] for k in countries]
        return _Placed(model, countries, {name: k for k, name in enumerate(names)})

    def _vary(self, series: Series, year: int, origin: str, destination: str) -> dict[str, float]:
        """Return the intensity under every variant that the lake can serve."""
        found: dict[str, float] = {}
        for variant in VARIANTS:
            if not self._can(variant, series, year):
                continue
            placed = self.model(series, year, None if variant.kept_in else variant)
            place = placed.place(origin, destination) if placed else ""
            if placed is None or isinstance(place, str):
                continue
            if variant.kept_in:
                fitted = float(placed.model.fit.fitted[place])
                value = float(placed.model.flow[place]) / fitted if fitted > 0 else math.nan
            else:
                value = placed.model.intensity_at(*place)
            if math.isfinite(value):
                found[variant.id] = value
        return found

    def _can(self, variant: Variant, series: Series, year: int) -> bool:
        if variant.window:
            return series.tie.window == 1 and year - 1 in series.years
        if variant.zeros:
            return rule_of(series.source).rule == UNLESS_BOTH_SILENT
        if AGREEMENT in variant.covariates and series.tie.table != "flows":
            return False
        return all(self.proximity.knows(name, year) for name in variant.covariates)

    def _load(self, wanted: Iterable[tuple[Series, Iterable[int]]]) -> None:
        """Read what is not in memory yet, in one query a table."""
        missing: list[tuple[Series, Sequence[int]]] = []
        for series, years in wanted:
            new = [y for y in years if (series, y) not in self._flows]
            if new:
                missing.append((series, new))
        if missing:
            self._flows |= read_flows(self.store, missing, self.proximity)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A model, and which country is where in it."""

    model: Model
    countries: NDArray[np.int64]
    index: dict[str, int]

    def place(self, origin: str, destination: str) -> tuple[int, int] | str:
        """Return the cell of a pair, or why there is none."""
        for country in (origin, destination):
            if country not in self.index:
                return f"The source does not list {_name(country)}."
        i, j = self.index[origin], self.index[destination]
        if np.isnan(self.model.covariates[:, i, j]).any():
            return (
                f"The lake does not know of a common border or language between {_name(origin)} "
                f"and {_name(destination)}."
            )
        return i, j


def _add(matrices: list[Floats], rule: Rule) -> Floats:
    """Add years; where unlisted may be unknown, a pair must be listed in each of them."""
    if len(matrices) == 1:
        return matrices[0]
    stack = np.stack(matrices)
    if rule.rule == ZERO:
        listed = ~np.isnan(stack).all(axis=0)
        return np.where(listed, np.nansum(stack, axis=0), np.nan)
    return np.asarray(stack.sum(axis=0))


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
    if not math.isfinite(expected):
        return f"All that the source has of {_name(origin)} or {_name(destination)} is this pair."
    if expected <= 0:
        return f"The source has no such tie of {_name(origin)} or of {_name(destination)} at all."
    if math.isnan(value):
        usual = f"{expected:,.0f} {series.tie.unit} would be usual"
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


def _name(country: str) -> str:
    return catalogue.country(country).with_article
