"""Joint manufacturing: trade within the same goods, parts and components, production under licence.

Trade in the same goods both ways is what shared production leaves in statistics. Parts and
components are known by subheading (HS6) alone.
"""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from comity import catalogue
from comity.delivery import defence
from comity.delivery.entries import Entry
from comity.lake import Dossier
from comity.lake.bases import one_basis
from comity.measure import Absence, Measure

PILLAR = "manufacturing"
PARTS = frozenset({"42", "53"})
_LEVELS = (6, 4, 2)
_PARTS_LEVEL = 6


@lru_cache(maxsize=16)
def by_product(dossier: Dossier) -> pd.DataFrame:
    """Return both directions by product, of one source, period and level, the finest that has both.

    Columns: product, there (the first country's sales), back (the second's), two_way, matched
    (``2 min``), index (Grubel-Lloyd of the product), period, source, valuations; sorted by what is
    matched. Empty where no source has both directions.
    """
    rows = one_basis(dossier.between)
    digits = rows["product"].str.isdigit()
    for level in _LEVELS:
        mine = rows[digits & (rows["product"].str.len() == level)]
        a, b = dossier.a, dossier.b
        there = mine[mine["exporter"] == a]
        back = mine[mine["exporter"] == b]
        key = ["source", "year"]
        both = there[key].merge(back[key]).drop_duplicates()
        if both.empty:
            continue
        last = both.sort_values(["year", "source"]).iloc[-1]
        return _matched(_of(there, last), _of(back, last))
    return pd.DataFrame(
        columns=["product", "there", "back", "two_way", "matched", "index", "period", "source"]
    )


def intra_industry(dossier: Dossier) -> list[Entry]:
    """Return the Grubel-Lloyd index of the two: the share of two-way trade in the same goods.

    ``sum_k (X_k + M_k - |X_k - M_k|) / sum_k (X_k + M_k)``. The coarser the products, the higher.
    Source: Grubel and Lloyd 1975.
    """
    table = by_product(dossier)
    if table.empty or table["two_way"].sum() <= 0:
        return [
            _absent(
                dossier,
                "intra_industry",
                "No source in the lake has both directions by product.",
            )
        ]
    level = len(str(table["product"].iloc[0]))
    row = table.iloc[0]
    flags = ("reported", "fiscal-year") if not str(row["period"]).isdigit() else ("reported",)
    note = (
        f"Over {len(table)} products of {level} digits. At two digits a chapter holds many "
        "industries, so this is an upper bound."
        if level == 2
        else f"Over {len(table)} products of {level} digits."
    )
    return [
        Measure(
            pillar=PILLAR,
            indicator="intra_industry",
            origin=dossier.a,
            destination=dossier.b,
            period=str(row["period"]),
            value=float(table["matched"].sum() / table["two_way"].sum()),
            unit="index",
            source=str(row["source"]),
            flags=flags,
            note=note,
        )
    ]


def parts_share(dossier: Dossier) -> list[Entry]:
    """Return the share of parts and components in each direction, where subheadings are known.

    Subheadings of BEC 42 (parts of capital goods) and 53 (parts of transport equipment); one of two
    categories counts half.
    """
    rows = one_basis(dossier.between)
    fine = rows[rows["product"].str.isdigit() & (rows["product"].str.len() == _PARTS_LEVEL)]
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        mine = fine[fine["exporter"] == exporter]
        if mine.empty:
            continue
        last = mine.sort_values(["year", "source"]).iloc[-1]
        mine = _of(mine, last)
        weight = mine["product"].map(_part_weight)
        total = float(mine["value_usd"].sum())
        if total <= 0:
            continue
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="parts_share",
                origin=exporter,
                destination=importer,
                period=str(last["period"]),
                value=float((weight * mine["value_usd"]).sum() / total),
                unit="share",
                source=str(last["source"]),
                flags=(str(last["basis"]),),
                note="BEC 42 and 53, by subheading.",
            )
        )
    if entries:
        return entries
    return [
        _absent(
            dossier,
            "parts_share",
            "Parts and components are told apart by six digits of the Harmonized System; the lake "
            "has trade of the two by two digits at most.",
        )
    ]


def licensed_production(dossier: Dossier) -> list[Entry]:
    """Return the share of arms deliveries that the recipient made under licence, ten years.

    Also the orders of these ten years with production under licence, of all orders.
    """
    rows = defence.deliveries(dossier)
    spans = defence.windows(dossier)[:2]
    if rows.empty or not spans:
        if len(defence.said(dossier)):
            return [
                _absent(
                    dossier,
                    "arms_licensed_share",
                    "The lake has no arms register, which alone tells what was made under licence. "
                    "Bring SIPRI's trade register.",
                    defence.SOURCE,
                )
            ]
        return []
    start, end = spans[-1][0], spans[0][1]
    inside = rows[rows["year"].between(start, end)]
    entries: list[Entry] = []
    for origin, destination in dossier.directions:
        mine = inside[(inside["origin"] == origin) & (inside["destination"] == destination)]
        sums = mine.groupby("indicator")["value"].sum()
        # TIV tables carry no orders, and so nothing on licences.
        if sums.get("arms_tiv", 0.0) <= 0 or "arms_orders" not in sums.index:
            continue
        orders, licensed = sums["arms_orders"], sums.get("arms_orders_licensed", 0.0)
        estimated = mine.loc[mine["indicator"] == "arms_tiv", "text"].notna().any()
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="arms_licensed_share",
                origin=origin,
                destination=destination,
                period=f"{start}/{end}",
                value=float(sums.get("arms_tiv_licensed", 0.0) / sums["arms_tiv"]),
                unit="share",
                source=str(mine["source"].iloc[0]),
                flags=("estimate",) if estimated else (),
                note=f"By volume; {licensed:.0f} of {orders:.0f} orders placed in these years are "
                "made or put together in the recipient's country.",
            )
        )
    return entries


def _matched(there: pd.DataFrame, back: pd.DataFrame) -> pd.DataFrame:
    first = there.set_index("product")["value_usd"].rename("there")
    second = back.set_index("product")["value_usd"].rename("back")
    # A product that a full table of one direction does not list was not sold.
    table = pd.concat([first, second], axis=1).fillna(0.0)
    table["two_way"] = table["there"] + table["back"]
    table["matched"] = 2 * table[["there", "back"]].min(axis=1)
    table = table[table["two_way"] > 0]
    table["index"] = table["matched"] / table["two_way"]
    table = table.assign(period=str(there["period"].iloc[0]), source=str(there["source"].iloc[0]))
    table.index.name = "product"
    found: pd.DataFrame = table.sort_values("matched", ascending=False).reset_index()
    return found


def _of(rows: pd.DataFrame, last: pd.Series) -> pd.DataFrame:
    found: pd.DataFrame = rows[(rows["source"] == last["source"]) & (rows["year"] == last["year"])]
    return found


def _part_weight(code: str) -> float:
    categories = catalogue.bec(code)
    if not categories:
        return 0.0
    return sum(category in PARTS for category in categories) / len(categories)


def _absent(dossier: Dossier, indicator: str, reason: str, source: str = "") -> Absence:
    return Absence(
        pillar=PILLAR,
        indicator=indicator,
        origin=dossier.a,
        destination=dossier.b,
        source=source,
        reason=reason,
    )
