"""Goods by product: what each sells the other where known, and how their trade fits.

Between two countries products are known only where a source says so (for India, its own returns
for four partners); for each country with the world they are known for most.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import pandas as pd

from comity import catalogue
from comity.delivery.entries import Entry, concentration
from comity.lake import WORLD, Dossier
from comity.lake.bases import one_basis
from comity.measure import Absence, Measure

Row: TypeAlias = dict[Any, Any]

PILLAR = "products"
_TOP = 5


@lru_cache(maxsize=16)
def chapters(dossier: Dossier) -> pd.DataFrame:
    """Return goods by HS2 chapter: between the two, and of each with the world.

    Columns: source, year, period, exporter, importer, product, value_usd, valuation, basis,
    revision. Of a flow that both sides report, one report is taken.
    """
    rows = pd.concat([dossier.between, dossier.with_world])
    # Two digits are an HS chapter; TOTAL, GS and the sections S01 to S21 are not.
    two_digits = rows["product"].str.isdigit() & (rows["product"].str.len() == 2)
    return one_basis(rows.loc[two_digits])


@lru_cache(maxsize=64)
def makeup(dossier: Dossier, exporter: str, importer: str) -> pd.DataFrame:
    """Return one direction by chapter in the latest period known, with each chapter's share.

    Columns of `chapters`, and ``share``, ``sector``; sorted by value. Empty where no source has it.
    """
    rows = _direction(dossier, exporter, importer)
    if rows.empty:
        return rows.assign(share=[], sector=[])
    rows = rows[rows["year"] == rows["year"].max()]
    shared: pd.DataFrame = rows.assign(
        share=rows["value_usd"] / rows["value_usd"].sum(),
        sector=[catalogue.sector_of(product).id for product in rows["product"]],
    )
    return shared.sort_values("value_usd", ascending=False).reset_index(drop=True)


def goods_exports_hs2(dossier: Dossier) -> list[Entry]:
    """Return the largest chapters each way, in every period known between the two."""
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        rows = _direction(dossier, exporter, importer)
        if rows.empty:
            entries.append(
                Absence(
                    pillar=PILLAR,
                    indicator="goods_exports_hs2",
                    origin=exporter,
                    destination=importer,
                    source="",
                    reason="No source in the lake splits trade between the two by product.",
                )
            )
            continue
        records = rows.sort_values("value_usd", ascending=False).to_dict("records")
        values = {(row["year"], row["product"]): row for row in records}
        for year in sorted({row["year"] for row in records}):
            largest = [row for row in records if row["year"] == year][:_TOP]
            for row in largest:
                earlier = values.get((year - 1, row["product"]))
                entries.append(
                    _by_product("goods_exports_hs2", row, row["product"], row["value_usd"], earlier)
                )
    return entries


def goods_exports_sector(dossier: Dossier) -> list[Entry]:
    """Return each way by sector group in the latest period, every group that has trade."""
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        records = makeup(dossier, exporter, importer).to_dict("records")
        for sector in sorted({row["sector"] for row in records}):
            group = [row for row in records if row["sector"] == sector]
            value = sum(row["value_usd"] for row in group)
            entries.append(_by_product("goods_exports_sector", group[0], sector, value))
    return entries


def product_hhi(dossier: Dossier) -> list[Entry]:
    """Return the concentration over chapters: each way, and of each with the world."""
    entries: list[Entry] = []
    pairs = [*dossier.directions, (dossier.a, WORLD), (dossier.b, WORLD)]
    for exporter, importer in pairs:
        rows = makeup(dossier, exporter, importer)
        if rows.empty or rows["value_usd"].sum() <= 0:
            continue
        row = rows.iloc[0].to_dict()
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="product_hhi",
                origin=exporter,
                destination=importer,
                period=str(row["period"]),
                value=concentration(rows["value_usd"]),
                unit="index",
                source=str(row["source"]),
                flags=_flags(row),
                note=f"Over {len(rows)} chapters; 0 spread, 1 all in one.",
            )
        )
    return entries


def complementarity(dossier: Dossier) -> list[Entry]:
    """Return how well what one sells the world fits what the other buys, each way.

    ``1 - sum_k |m_jk - x_ik| / 2``, with x_ik the share of chapter k in i's exports to the world
    and m_jk its share in j's imports from the world: 1 a perfect fit, 0 none. Source: Michaely
    1996.
    """
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        sold = makeup(dossier, exporter, WORLD)
        bought = makeup(dossier, WORLD, importer)
        if sold.empty or bought.empty or sold["source"].iloc[0] != bought["source"].iloc[0]:
            lacking = exporter if sold.empty else importer
            entries.append(
                Absence(
                    pillar=PILLAR,
                    indicator="complementarity",
                    origin=exporter,
                    destination=importer,
                    source="",
                    reason=f"The lake has no world trade by product of "
                    f"{catalogue.country(lacking).name}.",
                )
            )
            continue
        x = sold.set_index("product")["share"]
        m = bought.set_index("product")["share"]
        gap = x.sub(m, fill_value=0.0).abs().sum() / 2
        row = sold.iloc[0].to_dict()
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="complementarity",
                origin=exporter,
                destination=importer,
                period=str(row["period"]),
                value=float(1 - gap),
                unit="index",
                source=str(row["source"]),
                note="By HS2 chapter; 1 where one side's sales match the other's purchases.",
            )
        )
    return entries


@lru_cache(maxsize=64)
def _direction(dossier: Dossier, exporter: str, importer: str) -> pd.DataFrame:
    """Return one direction by chapter from the source that has the latest year."""
    rows = chapters(dossier)
    rows = rows[(rows["exporter"] == exporter) & (rows["importer"] == importer)]
    if rows.empty:
        return rows
    newest = rows.groupby("source")["year"].max()
    if WORLD in (exporter, importer):
        # Both sides of a comparison must come from one source that has every country.
        breadth = rows.groupby("source")["revision"].first().eq("HS92")
        newest = newest[breadth] if breadth.any() else newest
    return rows[rows["source"] == newest.idxmax()]


def _flags(row: Row) -> tuple[str, ...]:
    flags = [str(row["basis"])]
    if not str(row["period"]).isdigit():
        flags.append("fiscal-year")
    if row["valuation"] == "cif":
        flags.append("cif")
    return tuple(flags)


def _by_product(
    indicator: str, row: Row, product: str, value: float, earlier: Row | None = None
) -> Measure:
    return Measure(
        pillar=PILLAR,
        indicator=indicator,
        origin=str(row["exporter"]),
        destination=str(row["importer"]),
        product=product,
        period=str(row["period"]),
        value=float(value),
        unit="USD",
        source=str(row["source"]),
        previous=None if earlier is None else float(earlier["value_usd"]),
        previous_period="" if earlier is None else str(earlier["period"]),
        flags=_flags(row),
    )
