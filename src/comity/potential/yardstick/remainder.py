"""Goods without mineral fuels: what is usual for the rest, where a lake knows only totals.

The flows of a chapter are known for few pairs, and what each country sells to and buys from all
for many. `expect_from_totals` needs no more. A fuel contract then no longer hides the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.errors import EstimationError, NotConvergedError
from comity.lake import WORLD, Store
from comity.lake.kept import Arrays
from comity.potential.yardstick.fits import Fits
from comity.potential.yardstick.matrices import Series
from comity.potential.yardstick.standing import Standing
from comity.potential.yardstick.ties import list_ties
from comity.potential.yardstick.totals import expect_from_totals

if TYPE_CHECKING:
    import ibis

Floats = NDArray[np.float64]

TIE = "goods_exports_less_fuels"
FUELS = "27"
_CHAPTERS = 5
_COLUMNS = [
    "year", "exporter", "importer", "product", "value_usd", "valuation", "period", "source",
]  # fmt: skip


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
    placed = None if goods is None else fits.model(goods, goods.years[-1])
    world = fits.store.kept.arrays(
        f"world without fuels {until or ''}", lambda: _read_world(fits.store, until)
    )
    if goods is None or placed is None or not world:
        return []
    rows = _read_pair(fits.store, a, b, until)
    source, year = str(world["source"]), int(world["year"])
    names = list(placed.index)
    sold, bought = (
        _along(names, world[f"{side}ers"], world[f"{side}s"]) for side in ("export", "import")
    )
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
                sold,
                bought,
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


def _read_world(store: Store, until: int | None) -> Arrays:
    """Return what each country sells to and buys from all without fuels, of the widest source.

    No arrays where the lake has no chapters of countries with the world.
    """
    flows = store.table("flows", leave="world")
    world = _chapters(flows.filter((flows.exporter == WORLD) | (flows.importer == WORLD)), until)
    if world.empty:
        return {}
    source, year = _widest(world)
    world = world[(world["source"] == source) & (world["year"] == year)]
    world = world[world["product"] != FUELS]
    sold = world[world["importer"] == WORLD].groupby("exporter")["value_usd"].sum()
    bought = world[world["exporter"] == WORLD].groupby("importer")["value_usd"].sum()
    return {
        "source": np.array(source),
        "year": np.array(year),
        "exporters": np.array(sold.index.tolist(), dtype=np.str_),
        "exports": sold.to_numpy(),
        "importers": np.array(bought.index.tolist(), dtype=np.str_),
        "imports": bought.to_numpy(),
    }


def _read_pair(store: Store, a: str, b: str, until: int | None) -> pd.DataFrame:
    """Return the chapters that the two sell each other, from what every brief asks the lake."""
    rows = store.ask("flows", a, b, until)
    pair = pa.array([a, b])
    among = pc.and_(
        pc.is_in(rows["exporter"], value_set=pair), pc.is_in(rows["importer"], value_set=pair)
    )
    chapter = pc.match_substring_regex(rows["product"], r"^[0-9]{2}$")
    own = pc.and_(among, pc.and_(chapter, pc.not_equal(rows["exporter"], rows["importer"])))
    frame: pd.DataFrame = rows.filter(own).select(_COLUMNS).to_pandas()
    return frame


def _chapters(flows: ibis.Table, until: int | None) -> pd.DataFrame:
    """Return the rows of chapters among some flows."""
    wanted = [flows.product.length() == 2, flows.exporter != flows.importer]
    wanted += [] if until is None else [flows.year <= until]
    rows = flows.filter(*wanted).select(*_COLUMNS)
    frame: pd.DataFrame = rows.to_pyarrow().to_pandas()
    return frame.loc[frame["product"].str.fullmatch(r"\d\d")]


def _along(names: list[str], known: NDArray[np.str_], values: Floats) -> Floats:
    """Return the values in the order of the names, zero for those not known."""
    by_name = dict(zip(known.tolist(), values.tolist(), strict=True))
    return np.array([by_name.get(name, 0.0) for name in names])


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
