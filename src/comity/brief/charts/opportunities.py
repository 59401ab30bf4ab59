"""Charts of what two countries could sell each other."""

from __future__ import annotations

import pandas as pd

from comity.brief import text
from comity.brief.charts.rows import mirrored
from comity.brief.charts.theme import OTHER, Pair
from comity.brief.content import Chart
from comity.brief.render import names
from comity.potential.opportunities import Opportunities

_SHOWN = 10
_DWARFING = 6


def potential(pair: Pair, found: Opportunities) -> Chart | None:
    """Return potential at normal ease beside what is sold, by product, the largest first."""
    rows = found.products[found.products["potential_normal"] > 0].head(_SHOWN)
    if rows.empty:
        return None
    drawn = rows.iloc[1:] if _dwarfs(rows) else rows
    way = pair.way(found.exporter.iso3)
    color = pair.color(found.exporter.iso3)
    known = found.knows_actual
    lines = [
        (
            names.product_name(str(row["product"])),
            float(row["actual"]) if known else None,
            float(row["potential_normal"]),
            text.money(float(row["actual"]), short=True) if known else "",
            text.money(float(row["potential_normal"]), short=True),
        )
        for _, row in drawn.iterrows()
    ]
    title = _title(found)
    period = text.period(found.actual_period)
    legend = [("Potential at normal ease", color)]
    if known:
        legend.insert(0, (f"Sold, {period}", OTHER))
    return Chart(
        id=f"potential-{found.exporter.iso3.lower()}",
        title=title,
        subtitle=f"{way}, US dollars a year; supply and demand of {found.period}",
        description=f"{title}. Bars to both sides of a middle, one row a product.",
        spec=mirrored(lines, (OTHER, color), legend, label_space=64),
        columns=(
            "Product",
            "Market share, %",
            "Demand, $",
            "Potential, $",
            "At normal ease, $",
            "Sold, $",
        ),
        rows=tuple(
            (
                names.product_name(str(row["product"])),
                100 * float(row["market_share"]),
                float(row["imports"]),
                _known(row["potential"]),
                float(row["potential_normal"]),
                _known(row["actual"]),
            )
            for _, row in rows.iterrows()
        ),
        sources=found.sources,
        note=(
            f"By {found.level}. Potential is a benchmark, not a ceiling: the exporter's share of "
            "the world market times what the importer buys."
            + (f" {_left_out(rows)}" if _dwarfs(rows) else "")
            + (
                " What is sold is valued with freight and insurance."
                if found.actual_valuation == "cif"
                else ""
            )
        ),
    )


def _dwarfs(rows: pd.DataFrame) -> bool:
    """Say whether the first product is so large that no other could be seen beside it."""
    largest = rows[["potential_normal", "actual"]].max(axis=1)
    return len(rows) > 2 and float(largest.iloc[0]) > _DWARFING * float(largest.iloc[1:].max())


def _left_out(rows: pd.DataFrame) -> str:
    row = rows.iloc[0]
    amounts = f"{text.money(float(row['potential_normal']), short=True)} at normal ease"
    if row["actual"] == row["actual"]:
        amounts += f", {text.money(float(row['actual']), short=True)} sold"
    goods = names.product_name(str(row["product"]))
    return f"{goods} ({amounts}) stands in the table alone: it would dwarf the rest."


def _title(found: Opportunities) -> str:
    top = found.products.iloc[0]
    goods = names.product_name(str(top["product"]))
    seller, buyer = found.exporter.name, found.importer.with_article
    if not found.knows_actual:
        amount = text.money(float(top["potential_normal"]), short=True)
        return (
            f"What {seller} could sell {buyer} is largest in {names.in_sentence(goods)}: {amount}"
        )
    room = found.products.sort_values("unrealised_normal", ascending=False)
    room = room[room["unrealised_normal"] > 0]
    if room.empty:
        return f"{seller} sells {buyer} more than its world market shares suggest in every product"
    listed = [names.in_sentence(names.product_name(str(code))) for code in room["product"].head(3)]
    return f"{seller}'s unused room in {buyer} is largest in {text.listed(listed)}"


def _known(value: float) -> float | None:
    return None if value != value else float(value)
