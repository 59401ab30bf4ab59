"""A tie between two countries over years, a line a direction, under a title that says who leads."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from comity.brief import text
from comity.brief.charts.rows import lines
from comity.brief.charts.theme import Pair, unit_of, wants_log
from comity.brief.content import Chart


def both_ways(
    pair: Pair,
    rows: pd.DataFrame,
    *,
    id: str,  # noqa: A002
    verb: str,
    subtitle: str,
    note: str,
    money: bool = False,
) -> Chart | None:
    """Return one tie over years, a line a direction; None where there is no line to draw.

    Parameters
    ----------
    pair : Pair
        The two countries.
    rows : DataFrame
        year, origin, destination, value, source.
    id : str
        Of the chart.
    verb : str
        What follows the number in the title, with ``{a}`` and ``{b}`` for origin and destination.
    subtitle, note : str
        What is measured, and what a reader has to know.
    money : bool
        Whether the values are US dollars and not a count.
    """
    rows = rows[rows["value"].notna() & (rows["origin"] != rows["destination"])]
    if rows["year"].nunique() < 2 or not (rows["value"] > 0).any():
        return None
    log = wants_log(float(value) for value in rows["value"])
    size, word, _ = unit_of(float(rows["value"].max())) if money else (1.0, "", "")
    if money:
        subtitle += f", {word.lower()}{' ' if word else ''}current US dollars"
    series = []
    for code in pair.codes:
        mine = rows[rows["origin"] == code].sort_values("year")
        if len(mine):
            years, values = mine["year"], mine["value"]
            known = [(float(y), float(v) / size) for y, v in zip(years, values, strict=True)]
            series.append((f"from {pair.said(code)} in {pair.said(pair.other(code))}", code, known))
    heads = sorted(series, key=lambda each: -each[2][-1][1])
    title = _title(pair, heads, verb, lambda v: text.money(v * size) if money else text.count(v))
    table = rows.pivot_table(index="year", columns="origin", values="value", aggfunc="first")
    table = table.reindex(columns=list(pair.codes)).sort_index(ascending=False)
    return Chart(
        id=id,
        title=title,
        subtitle=f"{subtitle}{', logarithmic scale' if log else ''}",
        description=f"{title}. Lines over years, one a direction.",
        spec=lines(
            [(name, pair.color(code), known) for name, code, known in series],
            log=log,
            points=len(table) < 15,
            format=("~g" if log else ",~r") if money else "",
        ),
        columns=(
            "Year",
            *(
                f"From {pair.name(c)} in {pair.name(pair.other(c))}{', $' if money else ''}"
                for c in pair.codes
            ),
        ),
        rows=tuple(
            (str(year), *(None if v != v else float(v) for v in line))
            for year, line in zip(table.index, table.to_numpy(), strict=True)
        ),
        sources=tuple(dict.fromkeys(str(source) for source in rows["source"])),
        note=note,
    )


def _title(
    pair: Pair,
    heads: list[tuple[str, str, list[tuple[float, float]]]],
    verb: str,
    write: Callable[[float], str],
) -> str:
    parts = []
    for _, code, known in heads:
        a = pair.a if code == pair.a.iso3 else pair.b
        b = pair.b if code == pair.a.iso3 else pair.a
        words = verb.format(a=a.with_article, b=b.with_article)
        parts.append((write(known[-1][1]), words))
    title = " ".join(parts[0])
    if len(parts) > 1:
        title += f", {parts[1][0]} the other way"
    first, last = heads[0][2][0], heads[0][2][-1]
    if first[1] > 0 and abs(last[1] / first[1] - 1) >= 0.1:
        moved = "up from" if last[1] > first[1] else "down from"
        title = (
            title.replace(", ", f" ({moved} {write(first[1])} in {first[0]:.0f}), ", 1)
            if len(parts) > 1
            else f"{title}, {moved} {write(first[1])} in {first[0]:.0f}"
        )
    return title
