"""One tie of one year, fitted: what is usual for every pair, and where each pair stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from comity.errors import EstimationError
from comity.potential.ppml import CrossSection, cross_section
from comity.potential.yardstick.comparison import band_intensity, rank_intensity
from comity.potential.yardstick.leaveout import leave_out, leave_pair_out

Floats = NDArray[np.float64]

# Fewer countries on a side than this say nothing of what is usual.
LEAST_COUNTRIES = 10


@dataclass(frozen=True, slots=True)
class Judgement:
    """One cell, set against all the others.

    Attributes
    ----------
    value : float
        The flow; NaN where not known.
    expected : float
        Its usual value, from a fit without the cell (exact).
    intensity : float
        value / expected; NaN where either is not known or nothing is expected.
    rank : float or None
        Share of the ranked pairs with a lower intensity.
    band : (float, float) or None
        Of the intensities of comparable pairs, 80 %.
    ranked : int
        Pairs that it was ranked among.
    """

    value: float
    expected: float
    intensity: float
    rank: float | None
    band: tuple[float, float] | None
    ranked: int


class Model:
    """A gravity model of one matrix, fitted when first asked.

    Parameters
    ----------
    flow : ndarray, shape (n, n)
        Origin by destination; NaN where not known, on the diagonal too. Symmetric where the tie
        has no direction.
    covariates : ndarray, shape (K, n, n)
        NaN where not known.
    symmetric : bool
        A tie without direction: the matrix holds each pair twice, is fitted as it is (which gives
        the same as one set of effects over pairs), left out twice and counted once.
    floor : float
        Pairs whose expected value is below this are not ranked.
    start : CrossSection, optional
        A fit of nearly the same data.
    fit : CrossSection, optional
        The fit itself, where it is at hand.
    recall : callable, optional
        Given how to compute `expected`, returns it; may know it already.

    Raises
    ------
    EstimationError
        Fewer than 10 countries on a side, or nothing to fit.
    """

    def __init__(
        self,
        flow: Floats,
        covariates: Floats,
        *,
        symmetric: bool = False,
        floor: float = 0.0,
        start: CrossSection | None = None,
        fit: CrossSection | None = None,
        recall: Callable[[Callable[[], Floats]], Floats] | None = None,
    ) -> None:
        self.flow = flow
        self.covariates = covariates
        self.symmetric = symmetric
        self.floor = floor
        seen = ~np.isnan(flow) & ~np.isnan(covariates).any(axis=0)
        sides = min(int(seen.any(axis=1).sum()), int(seen.any(axis=0).sum()))
        if sides < LEAST_COUNTRIES:
            raise EstimationError(
                f"What is usual takes at least {LEAST_COUNTRIES} countries on each side; "
                f"here are {sides}.",
                "Add a source that covers more countries.",
            )
        self._seen = seen
        self._start = start
        self._recall = recall
        if fit is not None:
            self.fit = fit

    @cached_property
    def fit(self) -> CrossSection:
        """The fit of every observed cell."""
        return cross_section(self.flow, self.covariates, start=self._start)

    @cached_property
    def expected(self) -> Floats:
        """Expected value of every cell without itself, shape (n, n); see `leave_out`."""

        def compute() -> Floats:
            return leave_out(self.flow, self.covariates, self.fit, symmetric=self.symmetric)

        return compute() if self._recall is None else self._recall(compute)

    @cached_property
    def intensity(self) -> Floats:
        """Value over expected value, shape (n, n); NaN where either is not known."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.flow / self.expected
        return np.where(self._seen & (self.expected > 0), ratio, np.nan)

    @cached_property
    def ranked(self) -> NDArray[np.bool_]:
        """Cells that others are ranked against, shape (n, n): each pair once."""
        with np.errstate(invalid="ignore"):
            counts = np.isfinite(self.intensity) & (self.expected >= self.floor)
        return np.triu(counts) if self.symmetric else counts

    @cached_property
    def sample(self) -> tuple[Floats, Floats]:
        """Expected values and intensities of the ranked cells, by expected value, shape (N,)."""
        expected, intensity = self.expected[self.ranked], self.intensity[self.ranked]
        order = np.argsort(expected, kind="stable")
        return expected[order], intensity[order]

    def expect(self, i: int, j: int) -> float:
        """Return the expected value of a cell, from a fit without it. Exact."""
        return leave_pair_out(self.flow, self.covariates, self.fit, i, j, symmetric=self.symmetric)

    def judge(self, i: int, j: int, *, ranked: bool = True) -> Judgement:
        """Return where a cell stands among the others; without ``ranked``, only against itself."""
        value, expected = float(self.flow[i, j]), self.expect(i, j)
        intensity = value / expected if expected > 0 else float("nan")
        if not ranked:
            return Judgement(value, expected, intensity, None, None, 0)
        others = self.ranked.copy()
        others[i, j] = False
        if self.symmetric:
            others[j, i] = False
        sample, usual = self.intensity[others], self.expected[others]
        known = bool(np.isfinite(intensity)) and expected >= self.floor
        return Judgement(
            value=value,
            expected=expected,
            intensity=intensity,
            rank=rank_intensity(intensity, sample) if known else None,
            band=band_intensity(expected, usual, sample) if expected > 0 else None,
            ranked=int(sample.size),
        )
