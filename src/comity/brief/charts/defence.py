"""The chart of arms: whose deliveries a country relies on, five years at a time."""

from __future__ import annotations

import pandas as pd

from comity import catalogue
from comity.brief import text
from comity.brief.charts.rows import lines
from comity.brief.charts.theme import INK, OTHER, QUIET, Pair
from comity.brief.content import Chart

_OTHERS = 3
_GREYS = (INK, QUIET, OTHER)


def suppliers(pair: Pair, table: pd.DataFrame, source: str) -> Chart | None:
    """Return the largest suppliers' shares in the more dependent side's arms imports, by window.

    Parameters
    ----------
    pair : Pair
        The two countries.
    table : DataFrame
        As `comity.delivery.defence.shares`.
    source : str
        Id of the register.
    """
    inside = table[table["supplier"].isin(pair.codes)]
    if inside.empty:
        return None
    latest = inside.sort_values(["end", "share"]).iloc[-1]
    recipient, supplier = str(latest["recipient"]), str(latest["supplier"])
    mine = table[table["recipient"] == recipient]
    now = mine[mine["end"] == mine["end"].max()].sort_values("share", ascending=False)
    others = [str(code) for code in now["supplier"] if code != supplier][:_OTHERS]
    series = []
    for code, color in zip([supplier, *others], (pair.color(supplier), *_GREYS), strict=False):
        rows = mine[mine["supplier"] == code].sort_values("end")
        points = [
            (float(end), float(share))
            for end, share in zip(rows["end"], rows["share"], strict=True)
        ]
        series.append((catalogue.country(code).name, color, points))
    if len(series[0][2]) < 2:
        return None
    first, last = series[0][2][0], series[0][2][-1]
    title = _title(pair, supplier, recipient, first, last)
    windows = mine[["start", "end"]].drop_duplicates().sort_values("start")
    return Chart(
        id="arms-suppliers",
        title=title,
        subtitle=f"Share in {text.possessive(pair.said(recipient))} arms imports by volume "
        "(trend-indicator values), five years up to the year shown",
        description=f"{title}. Lines over five-year windows, one a supplier.",
        spec=lines(series, label_ends=True, format=".0%", left=48),
        columns=("Window", *(f"{name}, %" for name, _, _ in series)),
        rows=tuple(
            (
                f"{start}-{end}",
                *(
                    next((100 * share for year, share in points if year == end), None)
                    for _, _, points in series
                ),
            )
            for start, end in windows.itertuples(index=False, name=None)
        ),
        sources=(source,),
        note="SIPRI's volumes are no money. The Soviet Union's deliveries count apart.",
    )


def published(pair: Pair, rows: pd.DataFrame) -> Chart | None:
    """Return published shares in arms imports by window, where the lake has no register.

    Parameters
    ----------
    pair : Pair
        The two countries.
    rows : DataFrame
        As `comity.delivery.defence.said`.
    """
    rows = rows[(rows["indicator"] == "arms_share") & rows["period"].str.fullmatch(r"\d{4}-\d{2}")]
    rows = rows.sort_values("period").drop_duplicates("period")
    if len(rows) < 2 or len(set(rows["origin"])) != 1:
        return None
    supplier, recipient = str(rows["origin"].iloc[0]), str(rows["destination"].iloc[0])
    if {supplier, recipient} != set(pair.codes):
        return None
    points = [
        (float(str(period)[:2] + str(period)[-2:]), float(share))
        for period, share in zip(rows["period"], rows["value"], strict=True)
    ]
    title = _title(pair, supplier, recipient, points[0], points[-1])
    return Chart(
        id="arms-share-published",
        title=title,
        subtitle=f"{text.possessive(text.capital(pair.said(supplier)))} share in "
        f"{text.possessive(pair.said(recipient))} arms imports by volume, five years up to the "
        "year shown, as published",
        description=f"{title}. A line over five-year windows.",
        spec=lines([(pair.name(supplier), pair.color(supplier), points)], format=".0%", left=48),
        columns=("Window", "Share, %", "Said by"),
        rows=tuple(
            (str(row["period"]), 100 * float(row["value"]), str(row["said_by"]))
            for row in rows.to_dict("records")
        ),
        sources=tuple(dict.fromkeys(str(name) for name in rows["source"])),
        note="Published figures: SIPRI revises earlier windows, so neighbours may not agree. With "
        "SIPRI's register in the lake, all suppliers are shown.",
    )


def _title(
    pair: Pair,
    supplier: str,
    recipient: str,
    first: tuple[float, float],
    last: tuple[float, float],
) -> str:
    moved = "rose" if last[1] > first[1] else "fell"
    return (
        f"{text.possessive(text.capital(pair.said(supplier)))} share in "
        f"{text.possessive(pair.said(recipient))} arms imports {moved} from {text.share(first[1])} "
        f"({_window(first[0])}) to {text.share(last[1])} ({_window(last[0])})"
    )


def _window(end: float) -> str:
    return f"{end - 4:.0f}-{end % 100:02.0f}"
