"""Goods without mineral fuels: what is usual for the rest, where a lake knows only totals.

The flows of a chapter are known for few pairs, and what each country sells to and buys from all
for many. `expect_from_totals` needs no more. A fuel contract then no longer hides the rest.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from comity.errors import EstimationError, NotConvergedError
from comity.lake import WORLD
from comity.potential.yardstick.fits import Fits
from comity.potential.yardstick.matrices import Series
from comity.potential.yardstick.standing import Standing
from comity.potential.yardstick.ties import list_ties
from comity.potential.yardstick.totals import expect_from_totals

TIE = "goods_exports_less_fuels"
FUELS = "27"
_CHAPTERS = 5


def stand_without_fuels(fits: Fits, a: str, b: str, *, until: int | None = None) -> list[Standing]:
    """Return both directions of goods without HS 27 against what is usual.

    Parameters
    ----------
    fits : Fits
        The models of a lake; that of all goods lends its coefficients.
    a, b : str
        ISO 3166 alpha-3.
    until : int, optional
        Read the lake as if nothing later existed.

    Returns
    -------
    list of Standing
        Empty where the lake does not know the pair by chapter, or the chapters of enough
        countries. No ranks and bands: nobody else's rest is known. Flag ``estimate``.
    """
    goods = next((s for s in fits.headline if s.tie.id == "goods_exports"), None)
    tie = next(tie for tie in list_ties() if tie.id == TIE)
    rows = _read(fits, a, b)
    rows = rows if until is None else rows[rows["year"] <= until]
    world = rows[(rows["importer"] == WORLD) | (rows["exporter"] == WORLD)]
    placed = None if goods is None else fits.model(goods, goods.years[-1])
    if goods is None or placed is None or world.empty:
        return []
    source, year = _widest(world)
    world = world[(world["source"] == source) & (world["year"] == year)]
    world = world[world["product"] != FUELS]
    names = list(placed.index)
    sold = world[world["importer"] == WORLD].groupby("exporter")["value_usd"].sum()
    bought = world[world["exporter"] == WORLD].groupby("importer")["value_usd"].sum()
    beta = np.nan_to_num(placed.model.fit.beta)
    tilt = np.exp(np.einsum("k,kij->ij", beta, placed.model.covariates))
    np.fill_diagonal(tilt, 0.0)
    found: list[Standing] = []
    for origin, destination in ((a, b), (b, a)):
        own = rows[(rows["exporter"] == origin) & (rows["importer"] == destination)]
        own = _nearest(own, year)
        if len(own) < _CHAPTERS or not {origin, destination} <= placed.index.keys():
            continue
        value = float(own.loc[own["product"] != FUELS, "value_usd"].sum())
        try:
            expected = expect_from_totals(
                sold.reindex(names).fillna(0).to_numpy(),
                bought.reindex(names).fillna(0).to_numpy(),
                tilt,
                value,
                placed.index[origin],
                placed.index[destination],
            )
        except (EstimationError, NotConvergedError):
            continue
        first = own.iloc[0]
        flags = ["estimate"]
        flags += ["fiscal-year"] if str(first["period"]).startswith("FY") else []
        flags += ["cif"] if first["valuation"] == "cif" else []
        found.append(
            Standing(
                series=Series(tie, "", str(first["source"]), (int(first["year"]),), False, 0),
                year=int(first["year"]),
                period=str(first["period"]),
                origin=origin,
                destination=destination,
                value=value,
                expected=expected,
                intensity=value / expected,
                rank=None,
                band=None,
                ranked=0,
                sources=tuple(
                    dict.fromkeys(
                        (str(first["source"]), source, goods.source, *fits.proximity.sources)
                    )
                ),
                flags=tuple(flags),
            )
        )
    return found


def _read(fits: Fits, a: str, b: str) -> pd.DataFrame:
    """Return the chapters of the pair, and of every country with the world."""
    flows = fits.store.table("flows")
    pair = [a, b]
    wanted = (
        (flows.exporter == WORLD)
        | (flows.importer == WORLD)
        | (flows.exporter.isin(pair) & flows.importer.isin(pair))
    )
    rows = flows.filter(wanted, flows.product.length() == 2).select(
        "year", "exporter", "importer", "product", "value_usd", "valuation", "period", "source"
    )
    frame: pd.DataFrame = rows.to_pyarrow().to_pandas()
    chapters = frame["product"].str.fullmatch(r"\d\d")
    return frame.loc[chapters & (frame["exporter"] != frame["importer"])]


def _widest(world: pd.DataFrame) -> tuple[str, int]:
    """Return the source and year with the most countries, the latest of them."""
    wide = world.groupby(["source", "year"])["exporter"].nunique().reset_index()
    last = wide.sort_values(["exporter", "year"]).iloc[-1]
    return str(last["source"]), int(last["year"])


def _nearest(own: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows of the one source and year that is nearest to a year."""
    whole = own.loc[own["period"].str.fullmatch(r"\d{4}|FY\d{4}-\d\d")]
    if whole.empty:
        return whole
    order = (whole["year"] - year).abs().argsort(kind="stable")
    best = whole.iloc[int(order.iloc[0])]
    kept: pd.DataFrame = whole[
        (whole["source"] == best["source"]) & (whole["period"] == best["period"])
    ]
    return kept
