"""Charts of people: migrants and refugees both ways."""

from __future__ import annotations

import pandas as pd

from comity.brief import text
from comity.brief.charts.rows import lines
from comity.brief.charts.theme import Pair, wants_log
from comity.brief.content import Chart


def migrants(pair: Pair, rows: pd.DataFrame) -> Chart | None:
    """Return people born in the one and living in the other, both ways, by wave."""
    return _both_ways(
        pair,
        rows,
        id="migrants",
        verb="people born in {a} live in {b}",
        subtitle="People by country of birth and country of residence",
        note="An estimate by the United Nations for each year shown.",
    )


def refugees(pair: Pair, rows: pd.DataFrame) -> Chart | None:
    """Return refugees from the one in the other, both ways; None where there are hardly any."""
    if rows.empty or rows["value"].max() < 10:
        return None
    return _both_ways(
        pair,
        rows,
        id="refugees",
        verb="refugees from {a} are in {b}",
        subtitle="Recognised refugees at the end of the year",
        note="Years that the source leaves out are not drawn.",
    )


def _both_ways(
    pair: Pair,
    rows: pd.DataFrame,
    *,
    id: str,  # noqa: A002
    verb: str,
    subtitle: str,
    note: str,
) -> Chart | None:
    rows = rows[rows["value"].notna() & (rows["origin"] != rows["destination"])]
    if rows["year"].nunique() < 2 or not (rows["value"] > 0).any():
        return None
    log = wants_log(float(value) for value in rows["value"])
    series = []
    for code in pair.codes:
        mine = rows[rows["origin"] == code].sort_values("year")
        if len(mine):
            known = [(float(y), float(v)) for y, v in zip(mine["year"], mine["value"], strict=True)]
            series.append((f"from {pair.name(code)} in {pair.name(pair.other(code))}", code, known))
    heads = sorted(series, key=lambda each: -each[2][-1][1])
    title = _title(pair, heads, verb)
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
        ),
        columns=(
            "Year",
            *(f"From {pair.name(c)} in {pair.name(pair.other(c))}" for c in pair.codes),
        ),
        rows=tuple(
            (str(year), *(None if v != v else float(v) for v in line))
            for year, line in zip(table.index, table.to_numpy(), strict=True)
        ),
        sources=tuple(dict.fromkeys(str(source) for source in rows["source"])),
        note=note,
    )


def _title(pair: Pair, heads: list[tuple[str, str, list[tuple[float, float]]]], verb: str) -> str:
    parts = []
    for _, code, known in heads:
        a = pair.a if code == pair.a.iso3 else pair.b
        b = pair.b if code == pair.a.iso3 else pair.a
        words = verb.format(a=a.with_article, b=b.with_article)
        parts.append((text.count(known[-1][1]), words))
    title = " ".join(parts[0])
    if len(parts) > 1:
        title += f", {parts[1][0]} the other way"
    first, last = heads[0][2][0], heads[0][2][-1]
    if first[1] > 0 and abs(last[1] / first[1] - 1) >= 0.1:
        moved = "up from" if last[1] > first[1] else "down from"
        title = (
            title.replace(", ", f" ({moved} {text.count(first[1])} in {first[0]:.0f}), ", 1)
            if len(parts) > 1
            else f"{title}, {moved} {text.count(first[1])} in {first[0]:.0f}"
        )
    return title
