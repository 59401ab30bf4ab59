"""The fitted models of a lake: read, filled in and fitted when first asked for, then kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from comity import catalogue
from comity.errors import EstimationError, NotConvergedError
from comity.lake import Store
from comity.lake.kept import Arrays
from comity.potential.yardstick.keeping import pack, unpack
from comity.potential.yardstick.matrices import (
    AGREEMENT,
    Proximity,
    Series,
    list_series,
    read_flows,
)
from comity.potential.yardstick.model import Model
from comity.potential.yardstick.unlisted import (
    UNLESS_BOTH_SILENT,
    ZERO,
    Rule,
    fill_unlisted,
    rule_of,
)
from comity.potential.yardstick.variants import BASE, Variant

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placed:
    """A model, and which country is where in it."""

    model: Model
    countries: NDArray[np.int64]
    index: dict[str, int]

    def place(self, origin: str, destination: str) -> tuple[int, int] | str:
        """Return the cell of a pair, or why there is none."""
        for country in (origin, destination):
            if country not in self.index:
                return f"The source does not list {name_of(country)}."
        i, j = self.index[origin], self.index[destination]
        if np.isnan(self.model.covariates[:, i, j]).any():
            return (
                f"The lake does not know of a common border or language between {name_of(origin)} "
                f"and {name_of(destination)}."
            )
        return i, j


class Fits:
    """Every model of a lake.

    Kept in memory as long as the object is, and beside the lake from one process to the next; those
    of single products, which are many, in memory alone.

    Parameters
    ----------
    store : Store
        The lake; it must have the table `proximity`.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._flows: dict[tuple[Series, int], Floats] = {}
        self._models: dict[tuple[Series, int, str], Placed | None] = {}
        self._gdp: dict[int, dict[str, float]] = {}

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
        """One series a tie, for the signature: never two sources of one tie.

        It is the one that reaches furthest; of several, the one with most pairs, then the one whose
        id comes last: ids end in the version.
        """

        def rank(series: Series) -> tuple[int, int, str]:
            return series.years[-1], series.pairs, series.source

        best: dict[tuple[str, str], Series] = {}
        for series in self.usable:
            if series.tie.headline:
                key = (series.tie.id, series.product)
                if key not in best or rank(series) > rank(best[key]):
                    best[key] = series
        return list(best.values())

    def model(self, series: Series, year: int, variant: Variant | None = None) -> Placed | None:
        """Return the fitted model of a series in a year; None where it cannot be fitted."""
        key = (series, year, variant.id if variant else "")
        if key not in self._models:
            self._models[key] = self._recall(series, year, variant)
        return self._models[key]

    def has(self, series: Series, year: int) -> bool:
        """Say whether the model of a series in a year is at hand without reading flows."""
        kept = _is_kept(series) and self.store.kept.has(_name(series, year))
        return kept or (series, year, "") in self._models

    def _recall(self, series: Series, year: int, variant: Variant | None) -> Placed | None:
        """Return a model that was kept, else fit it and keep it; not those of single products."""
        if not _is_kept(series):
            fitted = self._fit(series, year, variant)
        else:
            fitted = self.store.kept.arrays(
                _name(series, year, variant), lambda: self._fit(series, year, variant)
            )
        return self._place(series, year, variant, fitted) if fitted else None

    def _fit(self, series: Series, year: int, variant: Variant | None) -> Arrays:
        """Fit a model; without any arrays where that cannot be done."""
        window = series.tie.window + (variant.window if variant else 0)
        years = [y for y in range(year - window + 1, year + 1) if window == 1 or y in series.years]
        # A variant starts from the base, and a base from nothing: what is found does not depend
        # on what was asked for before.
        base = self.model(series, year) if variant else None
        self.load([(series, years)])
        rule = rule_of(series.source)
        if variant is not None and variant.zeros:
            rule = Rule(ZERO, None, "")
        flow = fill_unlisted(_add([self._flows[series, y] for y in years], rule), rule)
        listed = ~np.isnan(flow)
        countries = np.flatnonzero(listed.any(axis=1) | listed.any(axis=0))
        columns = variant.covariates if variant else BASE
        start = None
        if base and np.array_equal(base.countries, countries):
            beta = base.model.fit.beta
            start = replace(
                base.model.fit,
                beta=np.array([beta[BASE.index(c)] if c in BASE else 0.0 for c in columns]),
            )
        try:
            model = Model(
                flow[np.ix_(countries, countries)],
                self.proximity.covariates(columns, countries, year),
                symmetric=not series.tie.directed,
                floor=series.tie.floor,
                start=start,
            )
            return pack(model.flow, countries, model.fit)
        except (EstimationError, NotConvergedError):
            return {}

    def _place(self, series: Series, year: int, variant: Variant | None, fitted: Arrays) -> Placed:
        columns = variant.covariates if variant else BASE
        countries = fitted["countries"]

        def recall(compute: Callable[[], Floats]) -> Floats:
            name = f"{_name(series, year, variant)} left out"
            return self.store.kept.arrays(name, lambda: {"expected": compute()})["expected"]

        model = Model(
            fitted["flow"],
            self.proximity.covariates(columns, countries, year),
            symmetric=not series.tie.directed,
            floor=series.tie.floor,
            fit=unpack(fitted),
            recall=recall if _is_kept(series) else None,
        )
        names = [self.proximity.countries[k] for k in countries]
        return Placed(model, countries, {name: k for k, name in enumerate(names)})

    def gdp(self, year: int, countries: tuple[str, ...]) -> Floats:
        """Return the countries' GDP in a year, current US dollars; NaN where not known."""
        if year not in self._gdp:
            with self.proximity.reading:
                facts = self.store.table("facts")
                rows = facts.filter(facts.indicator == "gdp", facts.year == year)
                table = rows.select("country", "value").to_pyarrow()
            self._gdp[year] = dict(
                zip(table["country"].to_pylist(), table["value"].to_pylist(), strict=True)
            )
        return np.array([self._gdp[year].get(country, np.nan) for country in countries])

    def forget(self, series: Series, year: int) -> None:
        """Let go of a year's matrices and models."""
        self._flows.pop((series, year), None)
        self._models = {key: m for key, m in self._models.items() if key[:2] != (series, year)}

    def allows(self, variant: Variant, series: Series, year: int) -> bool:
        """Say whether the lake can serve a variant."""
        if variant.window:
            return series.tie.window == 1 and year - 1 in series.years
        if variant.by_size:
            return series.tie.id == "goods_exports"
        if variant.zeros:
            return rule_of(series.source).rule == UNLESS_BOTH_SILENT
        if AGREEMENT in variant.covariates and series.tie.table != "flows":
            return False
        return all(self.proximity.knows(name, year) for name in variant.covariates)

    def load(self, wanted: Iterable[tuple[Series, Iterable[int]]]) -> None:
        """Read what is not in memory yet, in one query a table."""
        missing: list[tuple[Series, Sequence[int]]] = []
        for series, years in wanted:
            new = [y for y in years if (series, y) not in self._flows]
            if new:
                missing.append((series, new))
        if missing:
            with self.proximity.reading:
                self._flows |= read_flows(self.store, missing, self.proximity)


def _is_kept(series: Series) -> bool:
    return not series.product


def _name(series: Series, year: int, variant: Variant | None = None) -> str:
    """Return the name under which a model is kept."""
    return f"model {series.tie.id} {series.source} {year} {variant.id if variant else ''}"


def name_of(country: str) -> str:
    """Return a country's name as a sentence has it."""
    return catalogue.country(country).with_article


def _add(matrices: list[Floats], rule: Rule) -> Floats:
    """Add years; where unlisted may be unknown, a pair must be listed in each of them."""
    if len(matrices) == 1:
        return matrices[0]
    stack = np.stack(matrices)
    if rule.rule == ZERO:
        listed = ~np.isnan(stack).all(axis=0)
        return np.where(listed, np.nansum(stack, axis=0), np.nan)
    return np.asarray(stack.sum(axis=0))
