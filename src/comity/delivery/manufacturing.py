"""Joint manufacturing: trade within the same goods, parts and components, production under licence.

Trade in the same goods both ways is what shared production leaves in statistics. Parts and
components are known by subheading (HS6) alone.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from comity import catalogue
from comity.delivery import defence
from comity.delivery.entries import Entry
from comity.lake import Dossier, Flow
from comity.lake.bases import one_report
from comity.lake.memo import on_its_own
from comity.measure import Absence, Measure

PILLAR = "manufacturing"
PARTS = frozenset({"42", "53"})
_LEVELS = (6, 4, 2)
_PARTS_LEVEL = 6


@on_its_own()
def by_product(dossier: Dossier) -> pd.DataFrame:
    """Return both directions by product, of one source, period and level, the finest that has both.

    Columns: product, there (the first country's sales), back (the second's), two_way, matched
    (``2 min``), index (Grubel-Lloyd of the product), period, source, valuations; sorted by what is
    matched. Empty where no source has both directions.
    """
    forth, home = dossier.directions
    for level in _LEVELS:
        there, back = _of_level(dossier, forth, level), _of_level(dossier, home, level)
        both = {(r.year, r.source) for r in there} & {(r.year, r.source) for r in back}
        if both:
            return _matched(_of(there, max(both)), _of(back, max(both)))
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
    entries: list[Entry] = []
    for exporter, importer in dossier.directions:
        rows = _of_level(dossier, (exporter, importer), _PARTS_LEVEL)
        if not rows:
            continue
        rows = _of(rows, max((row.year, row.source) for row in rows))
        value = np.array([row.value_usd for row in rows])
        weight = np.array([_part_weight(row.product) for row in rows])
        total = float(value.sum())
        if total <= 0:
            continue
        last = rows[-1]
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="parts_share",
                origin=exporter,
                destination=importer,
                period=last.period,
                value=float((weight * value).sum() / total),
                unit="share",
                source=last.source,
                flags=(last.basis,),
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


def _matched(there: list[Flow], back: list[Flow]) -> pd.DataFrame:
    """Return the rows of `by_product`, sorted by what is matched."""
    first = {row.product: row.value_usd for row in there}
    second = {row.product: row.value_usd for row in back}
    # A product that a full table of one direction does not list was not sold.
    products = list(dict.fromkeys([*first, *second]))
    x = np.array([first.get(code, 0.0) for code in products])
    m = np.array([second.get(code, 0.0) for code in products])
    two_way, matched = x + m, 2 * np.minimum(x, m)
    order = np.argsort(-matched, kind="stable")
    order = order[two_way[order] > 0]
    return pd.DataFrame(
        {
            "product": pd.Series([products[k] for k in order], dtype=object),
            "there": x[order],
            "back": m[order],
            "two_way": two_way[order],
            "matched": matched[order],
            "index": matched[order] / two_way[order],
            "period": there[0].period,
            "source": there[0].source,
        }
    )


def _of_level(dossier: Dossier, way: tuple[str, str], level: int) -> list[Flow]:
    """Return one direction by codes of so many digits; of two reports of a flow, one."""
    rows = one_report(dossier.flows.get(way, ()))
    return [row for row in rows if len(row.product) == level and row.product.isdigit()]


def _of(rows: list[Flow], last: tuple[int, str]) -> list[Flow]:
    return [row for row in rows if (row.year, row.source) == last]


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
