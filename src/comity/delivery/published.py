"""Figures that somebody published about the two, beside what the lake computes."""

from __future__ import annotations

import pandas as pd

from comity.delivery.entries import Entry
from comity.lake import TOTAL, Dossier
from comity.lake.bases import one_basis
from comity.measure import Measure

PILLAR = "published"


def published(dossier: Dossier) -> list[Entry]:
    """Return every published figure about the two as it was said, with who said it."""
    rows = _said(dossier)
    rows = rows[rows["value"].notna()]
    return [
        Measure(
            pillar=PILLAR,
            indicator=str(row["indicator"]),
            origin=str(row["origin"]),
            destination=str(row["destination"]),
            product=_text(row["product"]),
            period=_text(row["period"]),
            value=float(row["value"]),
            unit=_text(row["unit"]),
            source=str(row["source"]),
            flags=("published",),
            note=f"{row['claim']} ({row['said_by']}).",
        )
        for row in rows.to_dict("records")
    ]


def comparison(dossier: Dossier) -> pd.DataFrame:
    """Return published totals beside computed ones, one row a figure.

    Columns: indicator, origin, destination, period, year, value_usd, said_by, source, kind
    (``published`` or ``computed``). A computed figure stands where a source of the lake has the
    same period, fiscal years matched with fiscal years.
    """
    rows = _said(dossier)
    goods = rows["indicator"].isin(["goods_exports", "goods_trade_total"])
    rows = rows[goods & rows["value"].notna() & (rows["unit"] == "USD") & rows["product"].isna()]
    said = rows.assign(value_usd=rows["value"], kind="published")
    computed = _computed(dossier)
    columns = [
        "indicator", "origin", "destination", "period", "value_usd", "said_by", "source", "kind",
    ]  # fmt: skip
    both = pd.concat([said[columns], computed[columns]], ignore_index=True)
    both["year"] = both["period"].str.extract(r"(\d{4})", expand=False).astype(int)
    return both.sort_values(["indicator", "origin", "period", "kind"]).reset_index(drop=True)


def _said(dossier: Dossier) -> pd.DataFrame:
    """Return the statements, without those on periods after the dossier's last year."""
    rows = dossier.statements
    if dossier.until is None:
        return rows
    first_year = pd.to_numeric(rows["period"].str.extract(r"(\d{4})", expand=False))
    return rows[first_year <= dossier.until]


def _computed(dossier: Dossier) -> pd.DataFrame:
    rows = dossier.between
    rows = rows[rows["product"] == TOTAL]
    single = rows.assign(
        indicator="goods_exports", origin=rows["exporter"], destination=rows["importer"]
    )
    once = one_basis(rows)
    grouped = once.groupby(["source", "period"])["value_usd"].agg(["sum", "count"]).reset_index()
    grouped = grouped[grouped["count"] == 2].rename(columns={"sum": "value_usd"})
    total = grouped.assign(indicator="goods_trade_total", origin=dossier.a, destination=dossier.b)
    both = pd.concat([single, total], ignore_index=True)
    publishers = {key: row["publisher"] for key, row in dossier.store.sources.items()}
    return both.assign(said_by=both["source"].map(publishers), kind="computed")


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)
