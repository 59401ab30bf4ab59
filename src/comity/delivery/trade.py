"""Goods trade in total: each way, balance, growth, shares, concentration of suppliers.

Every number comes from one source: a share divides two figures of the same source and year, and
series of different sources are never joined.
"""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from comity import catalogue
from comity.delivery.entries import Entry, annual_growth, concentration
from comity.lake import TOTAL, Dossier
from comity.measure import Absence, Measure

PILLAR = "trade"
GOODS_AND_SERVICES = "GS"
_CALENDAR = r"\d{4}"
_GROWTH_SPAN = 10
_BASIS_ORDER = {"reconciled": 0, "reported": 1, "mirror": 2}


def history(dossier: Dossier) -> pd.DataFrame:
    """Return both directions over time, one row a source, year and direction.

    Columns: source, year, period, exporter, importer, product, value_usd, valuation, basis,
    revision. Rows of different sources are not comparable to the digit, and ``GS`` counts services
    too: a chart marks where one ends.
    """
    rows = dossier.between
    rows = rows[rows["product"].isin([TOTAL, GOODS_AND_SERVICES])]
    return rows.sort_values(["source", "year"]).reset_index(drop=True)


def _goods(dossier: Dossier) -> pd.DataFrame:
    rows = history(dossier)
    return rows[rows["product"] == TOTAL]


@lru_cache(maxsize=16)
def latest(dossier: Dossier) -> tuple[str, int] | None:
    """Return the source and calendar year of the headline figures, or None without any.

    The latest year in which either direction is recorded; between sources of that year the
    reconciled one.
    """
    rows = _goods(dossier)
    rows = rows[rows["period"].str.fullmatch(_CALENDAR)]
    if rows.empty:
        return None
    order = rows.assign(order=rows["basis"].map(_BASIS_ORDER)).sort_values(
        ["year", "order"], ascending=[False, True]
    )
    return str(order["source"].iloc[0]), int(order["year"].iloc[0])


def goods_exports(dossier: Dossier) -> list[Entry]:
    """Return goods sold each way in the headline year, and in fiscal years where reported.

    Where the newest reconciled source lacks the pair, that is stated, and an older source serves.
    """
    chosen = latest(dossier)
    entries: list[Entry] = _lacking(dossier, chosen)
    for exporter, importer in dossier.directions:
        if chosen is None:
            continue
        row = _row(dossier, exporter, importer, *chosen)
        if row is None:
            entries.append(_not_recorded(dossier, exporter, importer, *chosen))
            continue
        earlier = _row(dossier, exporter, importer, chosen[0], chosen[1] - 1)
        entries.append(_measure("goods_exports", row, earlier))
    return entries + _fiscal_years(dossier)


def _lacking(dossier: Dossier, chosen: tuple[str, int] | None) -> list[Entry]:
    """State that the newest reconciled source has nothing, where an older one had to serve."""
    if chosen is not None and "reconciled" in set(
        _goods(dossier).loc[lambda rows: rows["source"] == chosen[0], "basis"]
    ):
        return []
    newest = dossier.newest_reconciled
    if newest is None or newest == chosen:
        return []
    return [
        _not_recorded(dossier, exporter, importer, *newest)
        for exporter, importer in dossier.directions
    ]


def _fiscal_years(dossier: Dossier) -> list[Entry]:
    """Return the last two fiscal years of the newest source that reports in them."""
    rows = _goods(dossier)
    rows = rows[~rows["period"].str.fullmatch(_CALENDAR)]
    if rows.empty:
        return []
    last_year = rows["year"].max()
    newest = rows.loc[rows["year"] == last_year, "source"].iloc[0]
    rows = rows[(rows["source"] == newest) & (rows["year"] >= last_year - 1)]
    entries: list[Entry] = []
    for _, series in rows.groupby(["exporter", "importer"]):
        earlier: pd.Series | None = None
        for _, row in series.sort_values("year").iterrows():
            entries.append(_measure("goods_exports", row, earlier))
            earlier = row
    return entries


def goods_trade_total(dossier: Dossier) -> list[Entry]:
    """Return the sum of both directions in the headline year, where both are recorded."""
    both = _both(dossier)
    if both is None:
        return []
    there, back = both
    return [_derived(dossier, "goods_trade_total", there["value_usd"] + back["value_usd"], there)]


def trade_balance(dossier: Dossier) -> list[Entry]:
    """Return the first country's exports less its imports; negative where it buys more."""
    both = _both(dossier)
    if both is None:
        return []
    there, back = both
    return [_derived(dossier, "trade_balance", there["value_usd"] - back["value_usd"], there)]


def trade_growth(dossier: Dossier) -> list[Entry]:
    """Return growth a year over the last ten years of the longest calendar series, each way.

    ``(last / first) ** (1 / years) - 1`` within one source.
    """
    rows = _goods(dossier)
    rows = rows[rows["period"].str.fullmatch(_CALENDAR) & (rows["value_usd"] > 0)]
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        series = rows[_between(rows, exporter, importer)]
        spans = [
            (int(group["year"].max()), source, group)
            for source, group in series.groupby("source")
            if group["year"].max() - group["year"].min() >= 2
        ]
        if not spans:
            continue
        _, source, group = max(spans, key=lambda span: (span[0], len(span[2])))
        group = group[group["year"] >= group["year"].max() - _GROWTH_SPAN].sort_values("year")
        if len(group) < 2:
            continue
        first, last = group.iloc[0], group.iloc[-1]
        years = int(last["year"] - first["year"])
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="trade_growth",
                origin=exporter,
                destination=importer,
                period=f"{first['year']}/{last['year']}",
                value=annual_growth(float(first["value_usd"]), float(last["value_usd"]), years),
                unit="share a year",
                source=str(source),
                flags=("nominal",),
                note="Growth a year in current dollars, within one source.",
            )
        )
    return entries


def export_share(dossier: Dossier) -> list[Entry]:
    """Return the importer's share in the exporter's goods exports to all, each way."""
    return _shares(dossier, "export_share", side="exporter")


def import_share(dossier: Dossier) -> list[Entry]:
    """Return the exporter's share in the importer's goods imports from all, each way."""
    return _shares(dossier, "import_share", side="importer")


def customer_rank(dossier: Dossier) -> list[Entry]:
    """Return the importer's place among the exporter's customers, each way; 1 is the largest."""
    return _ranks(dossier, "customer_rank", side="exporter")


def supplier_rank(dossier: Dossier) -> list[Entry]:
    """Return the exporter's place among the importer's suppliers, each way; 1 is the largest."""
    return _ranks(dossier, "supplier_rank", side="importer")


def supplier_hhi(dossier: Dossier) -> list[Entry]:
    """Return the concentration of each country's suppliers, the sum of squared import shares."""
    chosen = latest(dossier)
    if chosen is None:
        return []
    entries: list[Entry] = []
    for country in (dossier.a, dossier.b):
        partners = _partners(dossier, country, "importer", *chosen)
        if partners.sum() > 0:
            entries.append(
                Measure(
                    pillar="dependence",
                    indicator="supplier_hhi",
                    origin=country,
                    destination="",
                    period=str(chosen[1]),
                    value=concentration(partners),
                    unit="index",
                    source=chosen[0],
                    note=f"Over {len(partners)} suppliers; 0 spread, 1 all from one.",
                )
            )
    return entries


def _between(rows: pd.DataFrame, exporter: str, importer: str) -> pd.Series:
    return (rows["exporter"] == exporter) & (rows["importer"] == importer)


def _row(
    dossier: Dossier, exporter: str, importer: str, source: str, year: int
) -> pd.Series | None:
    goods = _goods(dossier)
    rows = goods[
        _between(goods, exporter, importer) & (goods["source"] == source) & (goods["year"] == year)
    ]
    return None if rows.empty else rows.iloc[0]


def _both(dossier: Dossier) -> tuple[pd.Series, pd.Series] | None:
    chosen = latest(dossier)
    if chosen is None:
        return None
    there = _row(dossier, dossier.a, dossier.b, *chosen)
    back = _row(dossier, dossier.b, dossier.a, *chosen)
    return None if there is None or back is None else (there, back)


@lru_cache(maxsize=16)
def _all_partners(dossier: Dossier, source: str, year: int) -> pd.DataFrame:
    return dossier.partners(source, year)


def _partners(dossier: Dossier, country: str, side: str, source: str, year: int) -> pd.Series:
    """Return a country's flows to (side exporter) or from (side importer) each partner."""
    rows = _all_partners(dossier, source, year)
    return rows.loc[rows[side] == country, "value_usd"]


def _shares(dossier: Dossier, indicator: str, side: str) -> list[Entry]:
    chosen = latest(dossier)
    if chosen is None:
        return []
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        row = _row(dossier, exporter, importer, *chosen)
        whose = exporter if side == "exporter" else importer
        total = float(_partners(dossier, whose, side, *chosen).sum())
        if row is None or total <= 0:
            continue
        entries.append(
            Measure(
                pillar="dependence",
                indicator=indicator,
                origin=exporter,
                destination=importer,
                period=str(chosen[1]),
                value=float(row["value_usd"]) / total,
                unit="share",
                source=chosen[0],
                flags=(str(row["basis"]),),
            )
        )
    return entries


def _ranks(dossier: Dossier, indicator: str, side: str) -> list[Entry]:
    chosen = latest(dossier)
    if chosen is None:
        return []
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        row = _row(dossier, exporter, importer, *chosen)
        if row is None or row["value_usd"] <= 0:
            continue
        whose = exporter if side == "exporter" else importer
        partners = _partners(dossier, whose, side, *chosen)
        larger = int((partners > row["value_usd"]).sum())
        entries.append(
            Measure(
                pillar="dependence",
                indicator=indicator,
                origin=exporter,
                destination=importer,
                period=str(chosen[1]),
                value=float(larger + 1),
                unit="rank",
                source=chosen[0],
                note=f"Among {len(partners)} partners.",
            )
        )
    return entries


def _measure(indicator: str, row: pd.Series, earlier: pd.Series | None) -> Measure:
    flags = [str(row["basis"])]
    if not str(row["period"]).isdigit():
        flags.append("fiscal-year")
    if row["valuation"] == "cif":
        flags.append("cif")
    return Measure(
        pillar=PILLAR,
        indicator=indicator,
        origin=str(row["exporter"]),
        destination=str(row["importer"]),
        period=str(row["period"]),
        value=float(row["value_usd"]),
        unit="USD",
        source=str(row["source"]),
        previous=None if earlier is None else float(earlier["value_usd"]),
        previous_period="" if earlier is None else str(earlier["period"]),
        flags=tuple(flags),
    )


def _derived(dossier: Dossier, indicator: str, value: float, row: pd.Series) -> Measure:
    return Measure(
        pillar=PILLAR,
        indicator=indicator,
        origin=dossier.a,
        destination=dossier.b,
        period=str(row["period"]),
        value=float(value),
        unit="USD",
        source=str(row["source"]),
        flags=(str(row["basis"]),),
    )


def _not_recorded(
    dossier: Dossier, exporter: str, importer: str, source: str, year: int
) -> Absence:
    """State a gap, and whether the source lacks the flow or a whole country."""
    known = _all_partners(dossier, source, year)
    covered = set(known["exporter"]) | set(known["importer"])
    lacking = [catalogue.country(code).name for code in (exporter, importer) if code not in covered]
    reason = (
        f"The source does not cover {' and '.join(lacking)}."
        if lacking
        else f"No flow in this direction is recorded for {year}; that is not a zero."
    )
    return Absence(
        pillar=PILLAR,
        indicator="goods_exports",
        origin=exporter,
        destination=importer,
        source=source,
        reason=reason,
    )
