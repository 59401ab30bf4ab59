"""Charts of the make-up of trade: sectors both ways, the largest chapters of each direction."""

from __future__ import annotations

import pandas as pd

from comity.brief import text
from comity.brief.charts.rows import bars
from comity.brief.charts.sides import mirrored
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
        f"{text.share(first[1] / total)} of what {pair.said(exporter)} sells "
        f"{pair.said(pair.other(exporter))} is {names.in_sentence(first[0])}"
    )
    return Chart(
        id=f"chapters-{exporter.lower()}",
        title=title,
        subtitle=f"{way}, largest of {len(rows)} chapters, US dollars, {period}",
        description=f"{title}. Horizontal bars.",
        spec=bars(lines, left=160),
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
    by = {"a": pair.a, "b": pair.b}
    leads = {
        side: (
            names.in_sentence(names.product_name(str(table[side].idxmax()))),
            text.share(float(table[side].max())),
        )
        for side in (heavy, light)
    }
    first, second = text.possessive(by[heavy].with_article), by[light].with_article
    to = "the world" if world else second
    words = (
        f"{first} sales to {to} are led by {leads[heavy][0]} ({leads[heavy][1]}), "
        f"{text.possessive(second)} by {leads[light][0]} ({leads[light][1]})"
    )
    return text.capital(words)


def _sources(*frames: pd.DataFrame) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(s) for frame in frames for s in frame["source"].unique()))
