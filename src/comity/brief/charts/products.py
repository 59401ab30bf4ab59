"""Charts of the make-up of trade: sectors both ways, the largest chapters of each direction."""

from __future__ import annotations

import pandas as pd

from comity.brief import text
from comity.brief.charts.rows import bars, mirrored
from comity.brief.charts.theme import Pair
from comity.brief.content import Chart
from comity.brief.render import names

_SECTORS, _CHAPTERS = 8, 8


def sectors(pair: Pair, there: pd.DataFrame, back: pd.DataFrame, *, world: bool) -> Chart | None:
    """Return the make-up of both directions by sector, as shares of each.

    Parameters
    ----------
    pair : Pair
        The two countries.
    there, back : DataFrame
        One direction by chapter: sector, value_usd, share, period, source.
    world : bool
        Whether these are the exports of each to all countries, for want of the pair's own.
    """
    if there.empty or back.empty:
        return None
    parts = [rows.groupby("sector")["share"].sum() for rows in (there, back)]
    table = pd.concat(parts, axis=1, keys=["a", "b"]).fillna(0.0)
    table = table.assign(order=table.max(axis=1)).sort_values("order", ascending=False)
    shown = table.head(_SECTORS)
    rows = [
        (names.product_name(str(sector)), a, b, text.share(a), text.share(b))
        for sector, a, b in zip(shown.index, shown["a"], shown["b"], strict=True)
    ]
    a, b = pair.codes
    ways = [f"{pair.name(c)} → world" if world else pair.way(c) for c in (a, b)]
    title = _sector_title(pair, table, world=world)
    period = text.period(str(there["period"].iloc[0]))
    what = "each one's exports to all countries" if world else "each direction"
    return Chart(
        id="sectors",
        title=title,
        subtitle=f"Share of each sector in {what}, {period}",
        description=f"{title}. Bars to both sides of a middle, one row a sector.",
        spec=mirrored(
            rows,
            (pair.color(a), pair.color(b)),
            list(zip(ways, map(pair.color, (a, b)), strict=True)),
        ),
        columns=("Sector", *(f"{way}, %" for way in ways)),
        rows=tuple(
            (names.product_name(str(sector)), 100 * first, 100 * second)
            for sector, first, second in zip(table.index, table["a"], table["b"], strict=True)
        ),
        sources=_sources(there, back),
        note=(
            "No source at hand splits trade between the two by product: these are the exports of "
            "each to all countries."
            if world
            else ""
        ),
    )


def chapters(pair: Pair, rows: pd.DataFrame, exporter: str) -> Chart | None:
    """Return the largest chapters of one direction, in dollars."""
    if rows.empty or rows["value_usd"].sum() <= 0:
        return None
    top = rows.head(_CHAPTERS)
    total = float(rows["value_usd"].sum())
    rest = total - float(top["value_usd"].sum())
    lines = [
        (
            names.product_name(str(product)),
            float(value),
            pair.color(exporter),
            text.money(float(value), short=True),
        )
        for product, value in zip(top["product"], top["value_usd"], strict=True)
    ]
    first = lines[0]
    period = text.period(str(rows["period"].iloc[0]))
    way = pair.way(exporter)
    title = (
        f"{text.share(first[1] / total)} of what {pair.name(exporter)} sells "
        f"{pair.name(pair.other(exporter))} is {names.in_sentence(first[0])}"
    )
    return Chart(
        id=f"chapters-{exporter.lower()}",
        title=title,
        subtitle=f"{way}, largest of {len(rows)} chapters, US dollars, {period}",
        description=f"{title}. Horizontal bars.",
        spec=bars(lines, left=164),
        columns=("Chapter", "Goods", f"{way}, $", "Share, %"),
        rows=tuple(
            (
                str(product),
                names.product_name(str(product)),
                float(value),
                100 * float(value) / total,
            )
            for product, value in zip(rows["product"], rows["value_usd"], strict=True)
        ),
        sources=_sources(rows),
        note=f"{text.money(rest)} more in {len(rows) - len(top)} other chapters."
        if rest > 0
        else "",
    )


def _sector_title(pair: Pair, table: pd.DataFrame, *, world: bool) -> str:
    """Name the sector that weighs most on either side, and what leads on the other."""
    heavy = "a" if table["a"].max() >= table["b"].max() else "b"
    light = "b" if heavy == "a" else "a"
    names_ = {"a": pair.a, "b": pair.b}
    sector, other = str(table[heavy].idxmax()), str(table[light].idxmax())
    to = "the world" if world else names_[light].with_article
    goods = names.in_sentence(names.product_name(sector))
    main = f"{names_[heavy].with_article} sells {to} mostly {goods}"
    if table[heavy].max() < 0.4:
        whose = text.possessive(names_[heavy].with_article)
        main = f"{names.product_name(sector)} leads {whose} sales"
    main = main[:1].upper() + main[1:]
    share = text.share(float(table[heavy].max()))
    if sector == other:
        return f"{main} ({share}); it leads the other way too"
    return (
        f"{main} ({share}); {names.in_sentence(names.product_name(other))} leads the other way "
        f"({text.share(float(table[light].max()))})"
    )


def _sources(*frames: pd.DataFrame) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(s) for frame in frames for s in frame["source"].unique()))
