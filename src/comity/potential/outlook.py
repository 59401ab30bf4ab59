"""Growth over the next five years, where the lake has an outlook: the IMF's, once it is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from comity.potential.opportunity_files import Growth

if TYPE_CHECKING:
    from comity.lake import Store

YEARS = 5
_OUTLOOK = "imf-weo"
_PROJECTED = "_projection"
_SERIES = ("gdp_growth", "population")


def read_outlook(store: Store, notes: list[str]) -> Growth | None:
    """Return levels in five years over those of the last actual year; None without an outlook.

    GDP is at constant prices, ``prod (1 + g_t)`` over five years; population is the ratio of two
    levels. The base is the last actual year of most countries, and the newest outlook counts.

    Parameters
    ----------
    notes : list of str
        Takes a sentence on where the growth is from.
    """
    outlooks = sorted(name for name in store.sources if name.startswith(_OUTLOOK))
    if not outlooks:
        return None
    facts = store.table("facts")
    names = [name + end for name in _SERIES for end in ("", _PROJECTED)]
    rows = facts.filter(facts.source.isin(outlooks), facts.indicator.isin(names))
    columns = ["source", "indicator", "country", "year", "value"]
    frame: pd.DataFrame = rows.select(*columns).to_pyarrow().to_pandas()
    projected = frame["indicator"].str.endswith(_PROJECTED)
    first = frame[projected].groupby(["source", "country"])["year"].min()
    if first.empty:
        return None
    usual = first.groupby("source").agg(lambda years: years.mode().iloc[0])
    # The newest outlook is the one whose projections begin last.
    source, begins = max(usual.items(), key=lambda item: (item[1], item[0]))
    base = int(begins) - 1
    frame = frame[frame["source"] == source]
    frame = frame.assign(series=frame["indicator"].str.removesuffix(_PROJECTED))
    table = frame.pivot_table(index="country", columns=["series", "year"], values="value")
    gdp = _compounded(table, base)
    people = _ratio(table, base)
    notes.append(
        f"Growth is the IMF's outlook ({source}): GDP at constant prices and population, "
        f"{base} to {base + YEARS}."
    )
    return Growth(gdp, people, str(source))


def _compounded(table: pd.DataFrame, base: int) -> dict[str, float]:
    """Return the product of five years' growth of each country that has all five."""
    wanted = [("gdp_growth", year) for year in range(base + 1, base + 1 + YEARS)]
    if not set(wanted) <= set(table.columns):
        return {}
    rates = table[wanted].dropna()
    levels = np.prod(1 + rates.to_numpy(), axis=1)
    return dict(zip(rates.index, levels.tolist(), strict=True))


def _ratio(table: pd.DataFrame, base: int) -> dict[str, float]:
    """Return the population in five years over that of the base year."""
    ends = [("population", base), ("population", base + YEARS)]
    if not set(ends) <= set(table.columns):
        return {}
    levels = table[ends].dropna().to_numpy()
    countries = table[ends].dropna().index
    return dict(zip(countries, (levels[:, 1] / levels[:, 0]).tolist(), strict=True))
