"""What was said beside what is recorded: one row a quantity and period, one mark a figure."""

from __future__ import annotations

import pandas as pd

from comity.brief import text
from comity.brief.charts.rows import dots
from comity.brief.charts.theme import INK, Pair, unit_of
from comity.brief.content import Chart

_MOST = 12


def comparison(pair: Pair, rows: pd.DataFrame) -> Chart | None:
    """Return published totals as rings beside computed ones as diamonds.

    Parameters
    ----------
    pair : Pair
        The two countries.
    rows : DataFrame
        indicator, origin, destination, period, year, value_usd, said_by, source, kind.
    """
    if rows.empty or not (rows["kind"] == "published").any():
        return None
    said = rows[rows["kind"] == "published"]
    keys = said[["indicator", "origin", "period"]].drop_duplicates()
    rows = rows.merge(keys, on=["indicator", "origin", "period"])
    size, word, _ = unit_of(float(rows["value_usd"].max()))
    groups = []
    for (indicator, origin, period), part in rows.groupby(["indicator", "origin", "period"]):
        total = indicator == "goods_trade_total"
        color = INK if total else pair.color(str(origin))
        what = "Both ways" if total else pair.way(str(origin))
        marks = [
            (float(value) / size, color, "diamond" if kind == "computed" else "open")
            for value, kind in zip(part["value_usd"], part["kind"], strict=True)
        ]
        order = (not total, "" if total else str(origin), -int(part["year"].iloc[0]), str(period))
        spread = part["value_usd"].max() / max(part["value_usd"].min(), 1e-9)
        groups.append((order, f"{what}, {text.period(str(period))}", marks, len(part), spread))
    groups.sort(key=lambda group: group[0])
    if len(groups) > _MOST:
        # Rows with more than one figure say most: keep those first.
        kept = sorted(groups, key=lambda group: (-group[3], group[0]))[:_MOST]
        groups = sorted(kept, key=lambda group: group[0])
    largest = max(value for _, _, marks, _, _ in groups for value, _, _ in marks)
    legend = [("both ways", INK)] + [(pair.way(c), pair.color(c)) for c in pair.codes]
    title = _title(rows, size, word)
    return Chart(
        id="published-computed",
        title=title,
        subtitle=f"{word} US dollars of goods; rings: as published, diamonds: as recorded in the "
        "sources of this page",
        description=f"{title}. One row a quantity and period, one mark a figure.",
        spec=dots(
            [(name, marks) for _, name, marks, _, _ in groups],
            domain=(0, largest * 1.04),
            legend=legend,
            format=",~r",
            left=148,
        ),
        columns=("What", "Period", "Value, $", "Kind", "Who said it"),
        rows=tuple(
            (
                "Both ways" if indicator == "goods_trade_total" else pair.way(str(origin)),
                text.period(str(period)),
                float(value),
                str(kind),
                str(who),
            )
            for indicator, origin, period, value, kind, who in zip(
                rows["indicator"], rows["origin"], rows["period"], rows["value_usd"],
                rows["kind"], rows["said_by"], strict=True,
            )
        ),
        sources=tuple(dict.fromkeys(str(source) for source in rows["source"])),
        note="Figures are as each one said them; calendar and fiscal years, f.o.b. and c.i.f. "
        "differ, and none is averaged away.",
    )  # fmt: skip


def _title(rows: pd.DataFrame, size: float, word: str) -> str:
    """Name the latest period on which there is more than one figure, and how far they differ."""
    said = rows[rows["kind"] == "published"]
    spread = said.groupby(["indicator", "origin", "period"])["value_usd"].agg(
        ["min", "max", "count"]
    )
    spread = spread[spread["count"] > 1]
    if spread.empty:
        return f"{len(said)} published figures, beside what the sources record"
    total = spread[spread.index.get_level_values("indicator") == "goods_trade_total"]
    chosen = total if len(total) else spread
    newest = max(chosen.index, key=lambda key: str(key[2]).removeprefix("FY"))
    low, high = (float(chosen.loc[newest, end]) for end in ("min", "max"))
    period = text.period(str(newest[2]))
    amounts = f"{_plain(low / size)} to {_plain(high / size)} {word.lower()} dollars"
    if high / low < 1.02:
        return f"Published figures agree: {text.money(high)} for {period}"
    what = "two-way trade" if len(total) else "trade"
    return f"Published figures of {what} in {period} run from {amounts}"


def _plain(value: float) -> str:
    """Write a figure with the digits that it was said with."""
    return text.number(value) if value % 1 else f"{value:,.0f}"
