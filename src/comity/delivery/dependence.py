"""Dependence chapter by chapter: what one buys from the other, against all that it buys and sells.

A flow has two dependants: the buyer, by its share in all that the buyer imports of the goods, and
the seller, by its share in all that the seller exports of them. Their difference is the asymmetry.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

import pandas as pd

from comity.delivery import trade
from comity.delivery.entries import Entry, measures
from comity.delivery.products import chapters
from comity.lake import WORLD, Dossier
from comity.measure import Absence, Measure

PILLAR = "dependence"
_TOP = 4
_COLUMNS = [
    "exporter", "importer", "product", "period", "value_usd", "import_share", "import_source",
    "export_share", "export_source", "source", "fiscal", "basis", "valuation",
]  # fmt: skip


@lru_cache(maxsize=16)
def by_chapter(dossier: Dossier) -> pd.DataFrame:
    """Return both directions by HS2 chapter with both shares, the largest flows first.

    Columns: exporter, importer, product, period, value_usd, import_share (of the importer's imports
    of the chapter), export_share (of the exporter's exports of it), their sources, source, fiscal,
    basis, valuation. A share is missing where no source has the whole, or where two sources
    disagree so far that the part would exceed it.
    """
    rows = chapters(dossier)
    parts = [
        part
        for exporter, importer in dossier.directions
        if (part := _direction(rows, exporter, importer)) is not None
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_COLUMNS)


def import_share_hs2(dossier: Dossier) -> list[Entry]:
    """Return the exporter's share in the importer's imports of its largest chapters, each way."""
    return _chapter_shares(dossier, "import_share_hs2", "import_share", "import_source")


def export_share_hs2(dossier: Dossier) -> list[Entry]:
    """Return the importer's share in the exporter's exports of its largest chapters, each way."""
    return _chapter_shares(dossier, "export_share_hs2", "export_share", "export_source")


def asymmetry(dossier: Dossier) -> list[Entry]:
    """Return, each way, the buyer's share less the seller's, over all goods.

    ``X_ij / M_j - X_ij / X_i``: above zero the buyer depends more on the flow, below the seller.
    """
    bought = {(m.origin, m.destination): m for m in measures(trade.import_share(dossier))}
    sold = {(m.origin, m.destination): m for m in measures(trade.export_share(dossier))}
    entries: list[Entry] = []
    for direction in dossier.directions:
        buyer, seller = bought.get(direction), sold.get(direction)
        if buyer is None or seller is None or buyer.value is None or seller.value is None:
            continue
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="dependence_asymmetry",
                origin=direction[0],
                destination=direction[1],
                period=buyer.period,
                value=buyer.value - seller.value,
                unit="share",
                source=buyer.source,
                flags=buyer.flags,
                note="The buyer's share less the seller's: above zero the buyer depends more.",
            )
        )
    return entries


def _chapter_shares(dossier: Dossier, indicator: str, column: str, source: str) -> list[Entry]:
    table = by_chapter(dossier)
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        mine = table[(table["exporter"] == exporter) & (table["importer"] == importer)]
        known = mine[mine[column].notna()].head(_TOP)
        if known.empty:
            entries.append(
                Absence(
                    pillar=PILLAR,
                    indicator=indicator,
                    origin=exporter,
                    destination=importer,
                    source="",
                    reason="No source in the lake splits trade between the two by product."
                    if mine.empty
                    else "No source in the lake has the whole that the parts are shares of.",
                )
            )
            continue
        for row in known.to_dict("records"):
            crossed = row[source] != row["source"]
            entries.append(
                Measure(
                    pillar=PILLAR,
                    indicator=indicator,
                    origin=exporter,
                    destination=importer,
                    product=str(row["product"]),
                    period=str(row["period"]),
                    value=float(row[column]),
                    unit="share",
                    source=str(row["source"]),
                    also=(str(row[source]),) if crossed else (),
                    flags=_flags(row, crossed=crossed),
                    note="Part and whole are of two sources, one of a fiscal year."
                    if crossed and row["fiscal"]
                    else "Part and whole are of two sources."
                    if crossed
                    else "",
                )
            )
    return entries


def _direction(rows: pd.DataFrame, exporter: str, importer: str) -> pd.DataFrame | None:
    mine = rows[(rows["exporter"] == exporter) & (rows["importer"] == importer)]
    if mine.empty:
        return None
    bought = rows[(rows["exporter"] == WORLD) & (rows["importer"] == importer)]
    sold = rows[(rows["exporter"] == exporter) & (rows["importer"] == WORLD)]
    # The last year in which one source has part and whole, else the last year at all.
    whole = pd.concat([bought, sold])[["source", "year"]]
    both = mine[["source", "year"]].merge(whole).drop_duplicates()
    last = (mine if both.empty else both).sort_values(["year", "source"]).iloc[-1]
    part = mine[(mine["source"] == last["source"]) & (mine["year"] == last["year"])]
    part = part[part["value_usd"] > 0].sort_values("value_usd", ascending=False)
    found = part.assign(fiscal=~part["period"].str.isdigit())
    for side, totals in (("import", bought), ("export", sold)):
        base = _whole(totals, str(last["source"]), int(last["year"]))
        ratio = found["value_usd"] / found["product"].map(base[0])
        found[f"{side}_share"] = ratio.where(ratio <= 1)
        found[f"{side}_source"] = base[1]
    columns: pd.DataFrame = found[_COLUMNS]
    return columns


def _whole(rows: pd.DataFrame, source: str, year: int) -> tuple[pd.Series[float], str]:
    """Return totals by chapter: of the same source and year, else the newest that all have."""
    same = rows[(rows["source"] == source) & (rows["year"] == year)]
    if same.empty:
        others = rows[rows["basis"] == "reconciled"]
        others = others if len(others) else rows
        if others.empty:
            return pd.Series(dtype=float), ""
        newest = others.sort_values(["year", "source"]).iloc[-1]
        same = rows[(rows["source"] == newest["source"]) & (rows["year"] == newest["year"])]
    return same.set_index("product")["value_usd"], str(same["source"].iloc[0])


def _flags(row: dict[Hashable, Any], *, crossed: bool) -> tuple[str, ...]:
    flags = [str(row["basis"])]
    if crossed:
        flags.append("estimate")
    if row["fiscal"]:
        flags.append("fiscal-year")
    if row["valuation"] == "cif":
        flags.append("cif")
    return tuple(flags)
