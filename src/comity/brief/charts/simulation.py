"""Charts of a simulation: who gains and loses, and which products move."""

from __future__ import annotations

from typing import Any

import pandas as pd

from comity import catalogue
from comity.brief import text
from comity.brief.charts.rows import ROW, bars
from comity.brief.charts.theme import (
    INK,
    OTHER,
    QUIET,
    A,
    B,
    Padding,
    category,
    frame,
    key,
    key_height,
    layer,
    paint,
    quantity,
    two_lines,
)
from comity.brief.content import Chart
from comity.brief.simulation import percent, short
from comity.potential.simulation import Simulation

_THIRD = 4
_PRODUCTS = 10


def draw(found: Simulation) -> tuple[Chart, ...]:
    """Return the charts of a simulation: real income, then products by direction."""
    charts = [welfare(found)]
    for seller, buyer, color in (
        (found.scenario.a, found.scenario.b, A),
        (found.scenario.b, found.scenario.a, B),
    ):
        rows = found.products.rows
        mine = rows[rows["exporter"].isin(seller.members) & rows["importer"].isin(buyer.members)]
        chart = products(mine, short(seller), short(buyer), color)
        if chart is not None:
            charts.append(chart)
    return tuple(charts)


def welfare(found: Simulation) -> Chart:
    """Return the change of real income of members and of the third countries most touched."""
    rows = found.worldwide.countries.assign(
        name=[catalogue.country(code).name for code in found.worldwide.countries["code"]]
    )
    members = rows[rows["role"] != "third"].sort_values(
        ["role", "spending"], ascending=[True, False]
    )
    members = members.groupby("role", group_keys=False).head(5)
    third = rows[rows["role"] == "third"]
    touched = third.reindex(third["welfare"].abs().sort_values(ascending=False).index)
    shown = pd.concat([members, touched.head(_THIRD).sort_values("welfare", ascending=False)])
    colors = {"a": A, "b": B, "third": OTHER}
    values = [
        {
            "name": two_lines(str(row.name_), 16),
            "value": 100 * float(str(row.welfare)),
            "low": 100 * float(str(row.low)),
            "high": 100 * float(str(row.high)),
            "color": colors[str(row.role)],
            "label": percent(float(str(row.welfare))),
        }
        for row in shown.rename(columns={"name": "name_"}).itertuples()
    ]
    legend = [(found.scenario.a.name, A), (found.scenario.b.name, B), ("Third countries", OTHER)]
    ends = [float(str(v[k])) for v in values for k in ("value", "low", "high")] + [0.0]
    reach = (max(ends) - min(ends)) or 1.0
    domain = [min(ends) - 0.04 * reach, max(ends) + 0.04 * reach]
    x = quantity("value", domain=domain, format="~g", tickCount=3)
    y = category("name", [str(v["name"]) for v in values])
    tail: dict[str, Any] = {"x": x, "y": y}
    spec = frame(
        [
            layer({"type": "rule", "color": QUIET}, [{"value": 0}], x=x),
            layer({"type": "bar", "height": 14}, values, **tail, color=paint()),
            layer(
                {"type": "rule", "color": INK, "strokeWidth": 1.5},
                values,
                x={**x, "field": "low"},
                x2={"field": "high"},
                y=y,
            ),
            layer(
                {"type": "text", "align": "right", "dx": 78},
                values,
                x={"value": {"expr": "width"}},
                y=y,
                text={"field": "label"},
            ),
            *key(legend, key_height(legend), 118),
        ],
        ROW * len(values),
        Padding(118, 84, key_height(legend), 28),
    )
    worldwide = found.worldwide
    return Chart(
        id="simulation-welfare",
        title=_welfare_title(members, third),
        subtitle=f"Change of real income, %, after {found.scenario.words}; {found.world.year}",
        description="Horizontal bars with bands: members of both sides, then the third countries "
        "that it touches most.",
        spec=spec,
        columns=("Country", "Side", "Real income, %", "Low, %", "High, %", "Other rule, %"),
        rows=tuple(
            (
                str(row.name_),
                {"a": found.scenario.a.name, "b": found.scenario.b.name}.get(
                    str(row.role), "third"
                ),
                *(
                    100 * float(str(getattr(row, column)))
                    for column in ("welfare", "low", "high", "welfare_other")
                ),
            )
            for row in shown.rename(columns={"name": "name_"}).itertuples()
        ),
        sources=tuple(dict.fromkeys(_sources(found))),
        note=f"Tier 3, one sector, trade elasticity {worldwide.theta:g}, deficits "
        f"{worldwide.deficits}. Lines: 95 % of {worldwide.draws:,} draws of the agreement's effect "
        "and of the elasticity.",
    )


def products(rows: pd.DataFrame, seller: str, buyer: str, color: str) -> Chart | None:
    """Return the products of a direction that move most through tariffs."""
    rows = rows[rows["product"] != "TOTAL"]
    if rows.empty or not rows["change"].abs().any():
        return None
    # Products are often known of one member alone: then it is the one that is named.
    if len(set(rows["exporter"])) == 1:
        seller = catalogue.country(str(rows["exporter"].iloc[0])).with_article
    if len(set(rows["importer"])) == 1:
        buyer = catalogue.country(str(rows["importer"].iloc[0])).with_article
    total = float(rows["change"].sum())
    grouped = rows.groupby(["product", "label"], as_index=False)[
        ["imports", "creation", "diversion", "change"]
    ].sum()
    order = grouped["change"].abs().sort_values(ascending=False).index
    top = grouped.reindex(order).head(_PRODUCTS)
    lines = [
        (
            str(row.label),
            abs(float(str(row.change))),
            color,
            text.money(float(str(row.change)), short=True),
        )
        for row in top.itertuples()
    ]
    first = top.iloc[0]
    verb = "add" if total > 0 else "take away"
    share = float(first["change"]) / total if total else 0.0
    title = (
        f"Through tariffs alone, {seller} would {'sell' if total > 0 else 'lose'} "
        f"{text.money(abs(total), short=True)} {'more' if total > 0 else 'of sales'} to {buyer}, "
        f"{text.share(share)} of it in {str(first['label'])[:1].lower()}{str(first['label'])[1:]}"
    )
    codes = "-".join(sorted(rows["exporter"].unique())).lower()
    return Chart(
        id=f"simulation-products-{codes}",
        title=title,
        subtitle=f"{text.capital(seller)} → {buyer}: what tariffs would {verb}, US dollars a year, "
        "by HS chapter",
        description=f"{title}. Horizontal bars.",
        spec=bars(lines, left=160, right=76),
        columns=("Chapter", "Goods", "Imports, $", "Creation, $", "Diversion, $", "Change, $"),
        rows=tuple(
            (
                str(row.product),
                str(row.label),
                *(
                    float(str(getattr(row, column)))
                    for column in ("imports", "creation", "diversion", "change")
                ),
            )
            for row in top.itertuples()
        ),
        sources=tuple(
            dict.fromkeys(
                str(name)
                for column in ("source", "rest_source", "tariff_source")
                for name in rows[column].unique()
                if name != "user"
            )
        ),
        note="Tier 1, short run: world prices, wages and other barriers stay as they are.",
    )


def _welfare_title(members: pd.DataFrame, third: pd.DataFrame) -> str:
    parts = []
    for role in ("a", "b"):
        row = members[members["role"] == role].head(1)
        if len(row):
            parts.append(f"{row['name'].iloc[0]} {percent(float(row['welfare'].iloc[0]))}")
    weight = third["spending"]
    mean = float((third["welfare"] * weight).sum() / weight.sum())
    return f"Real income: {', '.join(parts)}; third countries together {percent(mean)}"


def _sources(found: Simulation) -> list[str]:
    kept = [found.world.source, found.world.output_source]
    return kept + ([found.effect.source] if found.effect else [])
