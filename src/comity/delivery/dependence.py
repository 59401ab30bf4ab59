"""Dependence chapter by chapter: what one buys from the other, against all that it buys and sells.

A flow has two dependants: the buyer, by its share in all that the buyer imports of the goods, and
the seller, by its share in all that the seller exports of them. Their difference is the asymmetry.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from comity.delivery import trade
from comity.delivery.entries import Entry, measures
from comity.delivery.products import chapters
from comity.lake import WORLD, Dossier, Flow
from comity.lake.memo import on_its_own
from comity.measure import Absence, Measure

PILLAR = "dependence"
_TOP = 4
_COLUMNS = [
    "exporter", "importer", "product", "period", "value_usd", "import_share", "import_source",
    "export_share", "export_source", "source", "fiscal", "basis", "valuation",
]  # fmt: skip
_NUMBERS = {"value_usd": float, "import_share": float, "export_share": float, "fiscal": bool}


@on_its_own()
def by_chapter(dossier: Dossier) -> pd.DataFrame:
    """Return both directions by HS2 chapter with both shares, the largest flows first.

    Columns: exporter, importer, product, period, value_usd, import_share (of the importer's imports
    of the chapter), export_share (of the exporter's exports of it), their sources, source, fiscal,
    basis, valuation. A share is missing where no source has the whole, or where two sources
    disagree so far that the part would exceed it.
    """
    parts = [part for way in dossier.directions for part in _direction(dossier, *way)]
    columns = {
        name: pd.Series([part[name] for part in parts], dtype=_NUMBERS.get(name, object))
        for name in _COLUMNS
    }
    return pd.DataFrame(columns)


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


def _direction(dossier: Dossier, exporter: str, importer: str) -> list[dict[str, Any]]:
    """Return one direction of `by_chapter`."""
    mine = chapters(dossier, exporter, importer)
    if not mine:
        return []
    bought, sold = chapters(dossier, WORLD, importer), chapters(dossier, exporter, WORLD)
    # The last year in which one source has part and whole, else the last year at all.
    own = {(row.year, row.source) for row in mine}
    last = max(own & {(row.year, row.source) for row in [*bought, *sold]} or own)
    part = [row for row in mine if (row.year, row.source) == last and row.value_usd > 0]
    wholes = {"import": _whole(bought, last), "export": _whole(sold, last)}
    found: list[dict[str, Any]] = []
    for row in sorted(part, key=lambda row: -row.value_usd):
        entry = {**row._asdict(), "fiscal": not row.is_calendar}
        for side, (whole, source) in wholes.items():
            base = whole.get(row.product, 0.0)
            ratio = row.value_usd / base if base > 0 else math.inf
            entry[f"{side}_share"] = ratio if ratio <= 1 else math.nan
            entry[f"{side}_source"] = source
        found.append(entry)
    return found


def _whole(rows: list[Flow], last: tuple[int, str]) -> tuple[dict[str, float], str]:
    """Return totals by chapter: of the same year and source, else the newest that all have."""
    same = [row for row in rows if (row.year, row.source) == last]
    if not same:
        others = [row for row in rows if row.basis == "reconciled"] or rows
        newest = max(((row.year, row.source) for row in others), default=last)
        same = [row for row in rows if (row.year, row.source) == newest]
    return {row.product: row.value_usd for row in same}, same[0].source if same else ""


def _flags(row: dict[Hashable, Any], *, crossed: bool) -> tuple[str, ...]:
    flags = [str(row["basis"])]
    if crossed:
        flags.append("estimate")
    if row["fiscal"]:
        flags.append("fiscal-year")
    if row["valuation"] == "cif":
        flags.append("cif")
    return tuple(flags)
