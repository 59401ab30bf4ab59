"""The world's goods trade as a square matrix, with what each country sells at home."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from comity.errors import NoDataError, UsageError
from comity.lake import TOTAL, WORLD
from comity.lake.bases import one_basis
from comity.lake.memo import on_its_own
from comity.potential.arrays import Floats
from comity.potential.world import newest_totals

if TYPE_CHECKING:
    from comity.lake import Store

# Gross output over GDP, 38 countries of WIOD (release 2013, year 2011): sum over sum 1.93, median
# 1.84, middle half 1.75 to 2.00.
OUTPUT_RATIO = 1.9
HOME_FLOOR = 0.25
# Imports beyond this many times GDP are ships registered or goods passed on, not a country's own.
_MOST_IMPORTS = 1.6
_OLDEST = 15  # years that a country's last known GDP may lie back


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Trade of N countries in a year, domestic sales on the diagonal.

    Attributes
    ----------
    countries : tuple of str
        ISO3 codes in the order of the matrix.
    flows : ndarray, (N, N)
        US dollars, exporters in rows.
    year : int
    source, output_source : str
        Ids of the sources of trade and of GDP.
    ratio : float
        Gross output over GDP that was used.
    floored : tuple of str
        Countries whose home sales would be below a quarter of their output, and were set to it.
    dated : tuple of str
        Countries whose GDP is of an earlier year.
    guessed : tuple of str
        Countries without any GDP: output by the world's ratio to exports.
    left_out : tuple of str
        Countries that import over 1.6 times their GDP: ship registers, entrepots.
    """

    countries: tuple[str, ...]
    flows: Floats
    year: int
    source: str
    output_source: str
    ratio: float
    floored: tuple[str, ...]
    dated: tuple[str, ...]
    guessed: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def home_shares(self) -> Floats:
        """Share of each country's spending that stays at home."""
        shares: Floats = np.diag(self.flows) / self.flows.sum(axis=0)
        return shares

    def position(self, code: str) -> int | None:
        """Return where a country stands in the matrix, or None where it has no trade."""
        return self.countries.index(code) if code in self.countries else None


def read_world(store: Store, *, ratio: float = OUTPUT_RATIO, keep: Collection[str] = ()) -> World:
    """Return the newest reconciled matrix of the lake, with domestic sales.

    ``X_ii = ratio GDP_i - sum_j X_ij``, at least a quarter of output: gross output is about twice
    GDP, as goods pass through several hands, and what is not sold abroad is sold at home.

    Parameters
    ----------
    store : Store
        The lake.
    ratio : float
        Gross output over GDP; 1 takes GDP itself, which makes every country more open.
    keep : collection of str
        Countries that stay whatever they import.

    Raises
    ------
    NoDataError
        The lake has no reconciled trade between countries, or no GDP.
    UsageError
        The ratio is not above zero.
    """
    if not 0 < ratio < 100:
        raise UsageError(
            f"Gross output of {ratio:g} times GDP is not possible.", "Values near 1.9 are usual."
        )
    codes, trade, source, year = _reconciled(store)
    gdp, output_source = _gdp(store, year)
    passed = trade.sum(axis=0) > _MOST_IMPORTS * gdp["value"].reindex(codes).to_numpy(dtype=float)
    passed &= ~np.isin(codes, list(keep))
    kept = ~passed & (trade > 0).any(axis=1) & (trade > 0).any(axis=0)
    left_out = tuple(code for code, one in zip(codes, passed, strict=True) if one)
    codes = [code for code, keep in zip(codes, kept, strict=True) if keep]
    trade = trade[np.ix_(kept, kept)]
    return _with_home(trade, codes, gdp, year, ratio, source, output_source, left_out)


@on_its_own()
def _reconciled(store: Store) -> tuple[list[str], Floats, str, int]:
    """Return who both sells and buys, what each sells to each, the source, and its year.

    What changes from question to question is built on it, so nobody may write into it.
    """
    source, year = newest_totals(store)
    flows = store.table("flows")
    chosen = flows.filter(
        flows.source == source,
        flows.year == year,
        flows.product == TOTAL,
        flows.exporter != WORLD,
        flows.importer != WORLD,
        flows.exporter != flows.importer,
    )
    columns = ["source", "year", "exporter", "importer", "basis", "value_usd"]
    frame = one_basis(chosen.select(*columns).to_pyarrow().to_pandas())
    # Who does not both sell and buy has no place in an equilibrium.
    codes = sorted(set(frame["exporter"]) & set(frame["importer"]))
    trade = (
        frame.pivot_table(index="exporter", columns="importer", values="value_usd", aggfunc="sum")
        .reindex(index=codes, columns=codes)
        .fillna(0.0)
        .to_numpy()
        .copy()
    )
    trade.flags.writeable = False
    return codes, trade, source, year


def _with_home(
    trade: Floats,
    codes: list[str],
    gdp: pd.DataFrame,
    year: int,
    ratio: float,
    source: str,
    output_source: str,
    left_out: tuple[str, ...],
) -> World:
    exports = trade.sum(axis=1)
    value = gdp["value"].reindex(codes).to_numpy(dtype=float)
    known = np.isfinite(value)
    usual = ratio * value[known].sum() / exports[known].sum()
    output = np.where(known, ratio * value, usual * exports)
    home = output - exports
    least = exports * HOME_FLOOR / (1 - HOME_FLOOR)
    floored = home < least
    np.fill_diagonal(trade, np.maximum(home, least))
    old = (gdp["year"].reindex(codes) < year).to_numpy()

    def named(mask: np.ndarray) -> tuple[str, ...]:
        return tuple(code for code, chosen in zip(codes, mask, strict=True) if chosen)

    return World(
        countries=tuple(codes),
        flows=trade,
        year=year,
        source=source,
        output_source=output_source,
        ratio=ratio,
        floored=named(floored),
        dated=named(old & known),
        guessed=named(~known),
        left_out=left_out,
    )


def _gdp(store: Store, year: int) -> tuple[pd.DataFrame, str]:
    """Return each country's GDP of the year, or the last before it, by code: value and year."""
    facts = store.table("facts")
    rows = (
        facts.filter(facts.indicator == "gdp", facts.year <= year, facts.year > year - _OLDEST)
        .select("country", "year", "value", "source")
        .to_pyarrow()
        .to_pandas()
    )
    if rows.empty:
        raise NoDataError(
            f"The lake has no GDP of {year} or before.", "Add the World Bank's GDP table."
        )
    latest = rows.sort_values("year").groupby("country").last()
    return latest, str(latest["source"].mode().iloc[0])
