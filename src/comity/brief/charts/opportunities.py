"""Charts of what two countries could sell each other."""

from __future__ import annotations

import pandas as pd

from comity.brief import text
from comity.brief.charts.theme import (
    INK,
    OTHER,
    QUIET,
    Padding,
    Pair,
    Spec,
    frame,
    key,
    key_height,
    layer,
    paint,
    plain,
)
from comity.brief.content import Chart
from comity.brief.render import names
from comity.potential.opportunities import Opportunities

_SHOWN = 10
_FULL = 3
"""Products that sell more than their potential, at least so many where there are."""
_DWARFING = 6
_ROW = 40


def potential(pair: Pair, found: Opportunities) -> Chart | None:
    """Return what is sold against the potential at normal ease, the most unused room first."""
    rows = _shown(found)
    if rows.empty:
        return None
    drawn = rows.drop(rows.index[_largest(rows)]) if _dwarfs(rows) else rows
    way = pair.way(found.exporter.iso3)
    color = pair.color(found.exporter.iso3)
    known = found.knows_actual
    lines = [
        (
            names.product_name(str(row["product"])),
            float(row["actual"]) if known else None,
            float(row["potential_normal"]),
        )
        for _, row in drawn.iterrows()
    ]
    title = _title(found)
    period = text.period(found.actual_period)
    legend = [("Unused room" if known else "Potential at normal ease", color)]
    if known:
        legend = [(f"Sold, {period}", OTHER), *legend, ("Potential at normal ease", INK)]
    return Chart(
        id=f"potential-{found.exporter.iso3.lower()}",
        title=title,
        subtitle=f"{way}, US dollars a year; supply and demand of {found.period}",
        description=f"{title}. One bar a product, with a mark at its potential.",
        spec=_bars(lines, color, legend),
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


def _shown(found: Opportunities) -> pd.DataFrame:
    """Return the products with the most unused room, then the largest of those without any."""
    rows = found.products[found.products["potential_normal"] > 0]
    if not found.knows_actual:
        return rows.head(_SHOWN)
    full = rows[~(rows["unrealised_normal"] > 0)]
    room = _SHOWN - min(_FULL, len(full))
    return pd.concat([_with_room(rows).head(room), full]).head(_SHOWN)


def _with_room(products: pd.DataFrame) -> pd.DataFrame:
    """Return the products that sell less than their potential, the most unused room first."""
    rows = products[products["unrealised_normal"] > 0]
    return rows.sort_values("unrealised_normal", ascending=False)


def _bars(
    lines: list[tuple[str, float | None, float]], color: str, legend: list[tuple[str, str]]
) -> Spec:
    """Return one bar a product: what is sold, the room up to the potential, a mark at its end."""
    solid, rest, marks, words = [], [], [], []
    for n, (name, sold, potential) in enumerate(lines):
        amount = text.money(potential, short=True)
        label = amount if sold is None else f"{text.money(sold, short=True)} of {amount}"
        words.append({"row": n, "name": name, "label": label})
        marks.append({"row": n, "value": potential, "name": name, "label": label})
        if sold is not None:
            marks[-1]["sold"] = sold
            solid.append({"row": n, "value": sold, "color": OTHER, "name": name, "label": label})
        if potential > (sold or 0.0):
            rest.append({"row": n, "from": sold or 0.0, "value": potential, "color": color,
                         "name": name, "label": label})  # fmt: skip
    most = max(max(potential, sold or 0.0) for _, sold, potential in lines)
    x = plain("value", [0, most])
    y = plain("row", [-0.5, len(lines) - 0.5], reverse=True)
    zero, end = ({"datum": at, "type": "quantitative"} for at in (0, most))
    bar = {"type": "bar", "height": 12, "yOffset": 8}
    mark = {"type": "text", "baseline": "middle", "dy": -8}
    tick = {"type": "tick", "orient": "vertical", "size": 20, "thickness": 2.5, "yOffset": 8,
            "color": INK}  # fmt: skip
    known = any(sold is not None for _, sold, _ in lines)
    return frame(
        [
            layer(bar, solid, x=x, x2=zero, y=y, color=paint()),
            layer(bar, rest, x=x, x2={"field": "from"}, y=y, color=paint()),
            *([layer(tick, marks, x=x, y=y)] if known else []),
            layer(mark | {"align": "left"}, words, x=zero, y=y, text={"field": "name"}),
            layer(
                mark | {"align": "right", "color": QUIET},
                words,
                x=end,
                y=y,
                text={"field": "label"},
            ),
            *key(legend, key_height(legend), 6),
        ],
        _ROW * len(lines),
        Padding(6, 6, key_height(legend), 2),
    )


def _sizes(rows: pd.DataFrame) -> pd.Series[float]:
    """Return how large each product is, sold or possible."""
    return rows[["potential_normal", "actual"]].max(axis=1)


def _largest(rows: pd.DataFrame) -> int:
    """Return the position of the largest product."""
    return int(_sizes(rows).to_numpy().argmax())


def _dwarfs(rows: pd.DataFrame) -> bool:
    """Say whether one product is so large that no other could be seen beside it."""
    sizes = _sizes(rows).sort_values(ascending=False)
    return len(rows) > 2 and float(sizes.iloc[0]) > _DWARFING * float(sizes.iloc[1])


def _left_out(rows: pd.DataFrame) -> str:
    row = rows.iloc[_largest(rows)]
    amounts = f"{text.money(float(row['potential_normal']), short=True)} at normal ease"
    if row["actual"] == row["actual"]:
        amounts += f", {text.money(float(row['actual']), short=True)} sold"
    goods = names.product_name(str(row["product"]))
    return f"{goods} ({amounts}) stands in the table alone: it would dwarf the rest."


def _title(found: Opportunities) -> str:
    top = found.products.iloc[0]
    goods = names.product_name(str(top["product"]))
    seller, buyer = found.exporter.with_article, found.importer.with_article
    if not found.knows_actual:
        amount = text.money(float(top["potential_normal"]), short=True)
        return (
            f"What {seller} could sell {buyer} is largest in {names.in_sentence(goods)}: {amount}"
        )
    room = _with_room(found.products)
    if room.empty:
        return text.capital(
            f"{seller} sells {buyer} more than its world market shares suggest in every product"
        )
    listed = [names.in_sentence(names.product_name(str(code))) for code in room["product"].head(3)]
    return text.capital(
        f"{text.possessive(seller)} unused room in {buyer} is largest in {text.listed(listed)}"
    )


def _known(value: float) -> float | None:
    return None if value != value else float(value)
