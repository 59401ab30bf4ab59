"""Goods by product: what each sells the other where known, and how their trade fits.

Between two countries products are known only where a source says so (for India, its own returns
for four partners); for each country with the world they are known for most.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from comity import catalogue
from comity.delivery.entries import Entry, concentration
from comity.lake import WORLD, Dossier, Flow
from comity.lake.bases import one_report
from comity.lake.memo import on_its_own
from comity.measure import Absence, Measure

PILLAR = "products"
_DIGITS = 2
_TOP = 5


@on_its_own()
def chapters(dossier: Dossier, exporter: str, importer: str) -> list[Flow]:
    """Return one direction by HS2 chapter, all sources and years; either end may be the world.

    Of a flow that both sides report, one report is taken.
    """
    # Two digits are an HS chapter; TOTAL, GS and the sections S01 to S21 are not.
    rows = dossier.flows.get((exporter, importer), ())
    return one_report(row for row in rows if len(row.product) == _DIGITS and row.product.isdigit())


@on_its_own()
def makeup(dossier: Dossier, exporter: str, importer: str) -> pd.DataFrame:
    """Return one direction by chapter in the latest period known, with each chapter's share.

    Columns of a flow, and ``share``, ``sector``; sorted by value. Empty where no source has it.
    """
    rows = _latest(dossier, exporter, importer)
    value = np.array([row.value_usd for row in rows])
    columns: dict[str, Any] = {
        name: pd.Series([row[k] for row in rows], dtype=object)
        for k, name in enumerate(Flow._fields)
    }
    columns["value_usd"] = value
    columns["share"] = value / (value.sum() or 1.0)
    sectors = [catalogue.sector_of(row.product).id for row in rows]
    return pd.DataFrame(columns | {"sector": pd.Series(sectors, dtype=object)})


def goods_exports_hs2(dossier: Dossier) -> list[Entry]:
    """Return the largest chapters each way, in every period known between the two."""
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        rows = _direction(dossier, exporter, importer)
        if not rows:
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
        largest_first = _largest_first(rows)
        values = {(row.year, row.product): row for row in rows}
        for year in sorted({row.year for row in rows}):
            for row in [row for row in largest_first if row.year == year][:_TOP]:
                earlier = values.get((year - 1, row.product))
                entries.append(
                    _by_product("goods_exports_hs2", row, row.product, row.value_usd, earlier)
                )
    return entries


def goods_exports_sector(dossier: Dossier) -> list[Entry]:
    """Return each way by sector group in the latest period, every group that has trade."""
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        groups: dict[str, list[Flow]] = {}
        for row in _latest(dossier, exporter, importer):
            groups.setdefault(catalogue.sector_of(row.product).id, []).append(row)
        for sector, group in sorted(groups.items()):
            value = sum(row.value_usd for row in group)
            entries.append(_by_product("goods_exports_sector", group[0], sector, value))
    return entries


def product_hhi(dossier: Dossier) -> list[Entry]:
    """Return the concentration over chapters: each way, and of each with the world."""
    entries: list[Entry] = []
    pairs = [*dossier.directions, (dossier.a, WORLD), (dossier.b, WORLD)]
    for exporter, importer in pairs:
        rows = _latest(dossier, exporter, importer)
        values = [row.value_usd for row in rows]
        if not sum(values) > 0:
            continue
        row = rows[0]
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="product_hhi",
                origin=exporter,
                destination=importer,
                period=row.period,
                value=concentration(values),
                unit="index",
                source=row.source,
                flags=row.flags,
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
        sold = _latest(dossier, exporter, WORLD)
        bought = _latest(dossier, WORLD, importer)
        if not sold or not bought or sold[0].source != bought[0].source:
            lacking = importer if sold else exporter
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
        x, m = _shares(sold), _shares(bought)
        gap = np.abs([x.get(k, 0.0) - m.get(k, 0.0) for k in sorted(x.keys() | m.keys())]).sum() / 2
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="complementarity",
                origin=exporter,
                destination=importer,
                period=sold[0].period,
                value=float(1 - gap),
                unit="index",
                source=sold[0].source,
                note="By HS2 chapter; 1 where one side's sales match the other's purchases.",
            )
        )
    return entries


@on_its_own()
def _direction(dossier: Dossier, exporter: str, importer: str) -> list[Flow]:
    """Return one direction by chapter from the source that has the latest year."""
    newest: dict[str, int] = {}
    rows = chapters(dossier, exporter, importer)
    if WORLD in (exporter, importer):
        # Both sides of a comparison must come from one source that has every country.
        wide = {row.source for row in rows if row.revision == "HS92"}
        rows = [row for row in rows if row.source in wide] or rows
    for row in rows:
        newest[row.source] = max(row.year, newest.get(row.source, row.year))
    best = max(sorted(newest), key=newest.__getitem__, default="")
    return [row for row in rows if row.source == best]


@on_its_own()
def _latest(dossier: Dossier, exporter: str, importer: str) -> list[Flow]:
    """Return `_direction` in its last year, the largest chapters first."""
    rows = _direction(dossier, exporter, importer)
    last = max((row.year for row in rows), default=0)
    return _largest_first([row for row in rows if row.year == last])


def _largest_first(rows: list[Flow]) -> list[Flow]:
    return sorted(rows, key=lambda row: -row.value_usd)


def _shares(rows: list[Flow]) -> dict[str, float]:
    value = np.array([row.value_usd for row in rows])
    return dict(
        zip((row.product for row in rows), (value / (value.sum() or 1.0)).tolist(), strict=True)
    )


def _by_product(
    indicator: str, row: Flow, product: str, value: float, earlier: Flow | None = None
) -> Measure:
    return Measure(
        pillar=PILLAR,
        indicator=indicator,
        origin=row.exporter,
        destination=row.importer,
        product=product,
        period=row.period,
        value=float(value),
        unit="USD",
        source=row.source,
        previous=None if earlier is None else earlier.value_usd,
        previous_period="" if earlier is None else earlier.period,
        flags=row.flags,
    )
