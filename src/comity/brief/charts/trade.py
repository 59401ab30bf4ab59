"""Charts of goods trade: both directions over time, the two sides of each period, shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from comity.brief import text
from comity.brief.charts.rows import bars
from comity.brief.charts.sides import mirrored
from comity.brief.charts.theme import (
    NARROW,
    QUIET,
    Padding,
    Pair,
    decades,
    frame,
    key,
    key_height,
    layer,
    paint,
    quantity,
    text_width,
    unit_of,
    wants_log,
    years,
)
from comity.brief.content import Chart
from comity.measure import Measure

_CALENDAR = r"\d{4}"
_DASHES = ([1, 0], [5, 4], [2, 3], [8, 3, 2, 3])
_STRIP = 17
_PERIODS = 3
_ONE_WAY = 100  # ratio from which the smaller direction is next to nothing


def history(pair: Pair, rows: pd.DataFrame, names: dict[str, str]) -> Chart | None:
    """Return both directions by year: a line a source, never spliced, each source's years above.

    Parameters
    ----------
    pair : Pair
        The two countries.
    rows : DataFrame
        source, year, period, exporter, importer, value_usd, basis.
    names : dict of str to str
        Short name of each source.
    """
    rows = rows[rows["exporter"] != rows["importer"]]
    if len(rows) < 3 or rows["year"].nunique() < 2 or rows["value_usd"].max() <= 0:
        return None
    rows = rows.assign(x=rows["year"] + 0.25 * ~rows["period"].str.fullmatch(_CALENDAR))
    sources = list(rows.groupby("source")["x"].max().sort_values(ascending=False).index)
    spoken = [float(value) for value in rows["value_usd"]]
    log = wants_log(spoken)
    size, word, _ = unit_of(max(spoken))
    lines, points = _segments(pair, rows, sources, size, log=log)
    legend = [(pair.way(code), pair.color(code)) for code in pair.codes]
    top = key_height(legend) + _STRIP * len(sources)
    x = years("x", rows["x"])
    y = quantity("value", log=log, format="~g" if log else ",~r")
    if log:
        y["axis"]["values"] = decades(value / size for value in spoken)
    place = {"x": x, "y": y, "color": paint()}
    dash = {"field": "dash", "type": "nominal", "scale": None}
    layers = [
        layer("line", lines, **place, detail={"field": "segment"}, strokeDash=dash),
        layer({"type": "point", "filled": True, "size": 55, "opacity": 1}, points, **place),
        *_strips(rows, sources, names, x),
        *_ends(pair, rows, size, x, y),
        *key(legend, top, 48),
    ]
    titled = _history_title(pair, rows)
    return Chart(
        id="trade-history",
        title=titled,
        subtitle=f"{word or 'Current'} {'current ' if word else ''}US dollars of goods a year"
        f"{', logarithmic scale' if log else ''}",
        description=f"{titled}. Lines over years, one a direction and source.",
        spec=frame(layers, 210, Padding(48, 74, top, 28)),
        columns=("Period", "Source", *(f"{pair.way(code)}, $" for code in pair.codes)),
        rows=_by_period(pair, rows, names),
        sources=tuple(sources),
        note="Each source has its own line, and above it its years: sources differ in method and "
        "are never joined. Years without a record are left out, not drawn as zero.",
    )


def balance(pair: Pair, measures: Sequence[Measure]) -> Chart | None:
    """Return the two directions of each latest period to both sides of a middle."""
    exports = [m for m in measures if m.indicator == "goods_exports" and m.value is not None]
    periods = list(dict.fromkeys((m.period, m.source) for m in exports))
    headline, latest = periods[:1], sorted(periods[1:], key=lambda p: p[0].removeprefix("FY"))
    shown: list[tuple[str, str, list[Any], list[str]]] = []
    hatched: dict[tuple[int, int], str] = {}
    for period, source in headline + latest[1 - _PERIODS :]:
        found = {m.origin: m for m in exports if (m.period, m.source) == (period, source)}
        sides = [found.get(code) for code in pair.codes]
        if any(side is None for side in sides) and len(periods) > 1:
            continue
        values: list[Any] = [None if side is None else side.value for side in sides]
        labels = ["" if v is None else text.money(v, short=True) for v in values]
        for side, (code, m) in enumerate(zip(pair.codes, sides, strict=True)):
            if m is not None and {"mirror", "estimate"} & set(m.flags):
                hatched[len(shown), side] = pair.color(code, estimate=True)
        shown.append((period, source, values, labels))
    if not shown or all(not v for _, _, values, _ in shown for v in values):
        return None
    legend = [(pair.way(code), pair.color(code)) for code in pair.codes]
    spec = mirrored(
        [(text.period(p), v[0], v[1], labels[0], labels[1]) for p, _, v, labels in shown],
        (pair.color(pair.codes[0]), pair.color(pair.codes[1])),
        legend,
        hatched=hatched,
    )
    notes = []
    if len(shown) > 1:
        notes.append(
            "Periods of different sources are not comparable to the digit; a fiscal year runs "
            "from April to March."
        )
    if hatched:
        notes.append("Hatched: an estimate, or the partner's records.")
    title = _balance_title(pair, shown[0])
    return Chart(
        id="trade-balance",
        title=title,
        subtitle="Goods each way, current US dollars, both sides on one scale",
        description=f"{title}. Bars to the left and to the right of a middle.",
        spec=spec,
        columns=("Period", *(f"{pair.way(code)}, $" for code in pair.codes), "Balance, $"),
        rows=tuple(
            (
                text.period(period),
                values[0],
                values[1],
                None if values[0] is None or values[1] is None else values[0] - values[1],
            )
            for period, _, values, _ in shown
        ),
        sources=tuple(dict.fromkeys(source for _, source, _, _ in shown)),
        note=" ".join(notes),
    )


def shares(pair: Pair, measures: Sequence[Measure]) -> Chart | None:
    """Return each one's weight in the other's trade with the world."""
    rows: list[tuple[str, float, str, str]] = []
    full: list[str] = []
    used: list[Measure] = []
    for code in pair.codes:
        me, other = pair.said(code), pair.said(pair.other(code))
        for indicator, origin, what, whither in (
            ("export_share", code, f"{text.possessive(me)} exports", f"going to {other}"),
            ("import_share", pair.other(code), f"{text.possessive(me)} imports", f"from {other}"),
        ):
            for m in measures:
                if (m.indicator, m.origin) == (indicator, origin) and m.value is not None:
                    name = what.removeprefix("the ")
                    rows.append((name, m.value, pair.color(code), text.share(m.value)))
                    full.append(f"{what} {whither}")
                    used.append(m)
    if len(rows) < 2 or not any(value > 0 for _, value, _, _ in rows):
        return None
    top = max(range(len(rows)), key=lambda n: rows[n][1])
    title = f"{rows[top][3]} of {full[top]}"
    for words, verb in (
        ("exports going to", "exports go to"),
        ("imports from", "imports come from"),
    ):
        title = title.replace(words, verb)
    return Chart(
        id="trade-shares",
        title=title,
        subtitle="Share of the other in each one's goods trade with all partners, "
        f"{text.period(used[0].period)}",
        description=f"{title}. Horizontal bars of shares.",
        spec=bars(rows, left=156),
        columns=("Share", "Value, %"),
        rows=tuple(
            (name.removeprefix("the "), row[1] * 100) for name, row in zip(full, rows, strict=True)
        ),
        sources=tuple(dict.fromkeys(s for m in used for s in m.sources)),
    )


def _segments(
    pair: Pair, rows: pd.DataFrame, sources: list[str], size: float, *, log: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return line points by unbroken run, and the points that stand alone."""
    lines: list[dict[str, Any]] = []
    points: list[dict[str, Any]] = []
    if log:
        rows = rows[rows["value_usd"] > 0]
    for (source, exporter), series in rows.groupby(["source", "exporter"]):
        series = series.sort_values("x")
        steps = series["x"].diff()
        usual = steps.median() if len(steps) > 2 else 1
        runs = (steps > max(usual, 1) * 1.5).cumsum()
        for run, part in series.groupby(runs):
            values = [
                {
                    "x": float(x),
                    "value": float(value) / size,
                    "color": pair.color(str(exporter)),
                    "segment": f"{source}/{exporter}/{run}",
                    "dash": _DASHES[sources.index(str(source)) % len(_DASHES)],
                }
                for x, value in zip(part["x"], part["value_usd"], strict=True)
            ]
            if len(values) > 1:
                lines += values
            if len(values) < 4:
                points += values
    return lines, points


def _strips(
    rows: pd.DataFrame, sources: list[str], names: dict[str, str], x: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the years of each source as bars above the plot, and a hairline where one ends."""
    first, last = float(rows["x"].min()), float(rows["x"].max())
    bars_: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    breaks: list[dict[str, Any]] = []
    for position, source in enumerate(sources):
        known = rows.loc[rows["source"] == source, "x"]
        start, end = float(known.min()), float(known.max())
        y = -10 - _STRIP * position
        dash = _DASHES[position % len(_DASHES)]
        bars_.append({"x": start, "end": end, "y": y, "dash": dash})
        span = text_width(names[source]) / (NARROW - 122) * max(last - first, 1)
        left = start - span > first
        labels.append({"x": start if left else end, "y": y, "name": names[source], "left": left})
        others = rows.loc[rows["source"] != source, "x"]
        later = others[others > end]
        if len(later) and not ((others <= end) & (others >= start)).any():
            breaks.append({"x": (end + float(later.min())) / 2})
    above = {"field": "y", "type": "quantitative", "scale": None, "axis": None}
    dashed = {"field": "dash", "type": "nominal", "scale": None}
    layers = [
        layer({"type": "rule", "color": QUIET, "strokeDash": [2, 3]}, breaks, x=x),
        layer(
            {"type": "rule", "color": QUIET, "strokeWidth": 2},
            [b for b in bars_ if b["end"] > b["x"]],
            x=x, x2={"field": "end"}, y=above, strokeDash=dashed,
        ),
        layer(
            {"type": "point", "color": QUIET, "filled": True, "size": 30, "opacity": 1},
            [b for b in bars_ if b["end"] == b["x"]],
            x=x, y=above,
        ),
        *(
            layer(
                {"type": "text", "color": QUIET, "align": "right" if left else "left",
                 "baseline": "middle", "dx": -7 if left else 7, "fontSize": 11},
                [label for label in labels if label["left"] == left],
                x=x, y=above, text={"field": "name"},
            )
            for left in (True, False)
        ),
    ]  # fmt: skip
    return [each for each in layers if each["data"]["values"]]


def _ends(
    pair: Pair, rows: pd.DataFrame, size: float, x: dict[str, Any], y: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the latest value of each direction, written at its end."""
    labels: list[dict[str, Any]] = []
    for code in pair.codes:
        mine = rows[rows["exporter"] == code].sort_values("x")
        if len(mine) and mine["value_usd"].iloc[-1] > 0:
            last = float(mine["value_usd"].iloc[-1])
            labels.append(
                {
                    "x": float(mine["x"].iloc[-1]),
                    "value": last / size,
                    "label": text.money(last, short=True),
                    "color": pair.color(code),
                }
            )
    mark = {"type": "text", "align": "left", "dx": 8, "fontWeight": 600}
    if len(labels) == 2:
        # Two ends close together are moved apart.
        high, low = sorted(labels, key=lambda label: -float(label["value"]))
        top = float(rows["value_usd"].max()) / size
        if top > 0 and (high["value"] - low["value"]) / top < 0.08:
            return [
                layer(mark | {"dy": dy}, [label], x=x, y=y, text={"field": "label"}, color=paint())
                for label, dy in ((high, -8), (low, 8))
            ]
    return [layer(mark, labels, x=x, y=y, text={"field": "label"}, color=paint())]


def _history_title(pair: Pair, rows: pd.DataFrame) -> str:
    """State the larger direction: its latest figure, and the change within the longest series."""
    latest = rows.sort_values("x").groupby("exporter")["value_usd"].last()
    code = str(latest.idxmax())
    calendar = rows[(rows["exporter"] == code) & rows["period"].str.fullmatch(_CALENDAR)]
    mine = rows[rows["exporter"] == code].sort_values("x")
    last = mine.iloc[-1]
    way = f"{pair.said(code)} to {pair.said(pair.other(code))}"
    now = f"{text.money(float(last['value_usd']))} in {text.period(str(last['period']))}"
    series = (
        calendar[calendar["value_usd"] > 0].groupby("source").filter(lambda part: len(part) > 4)
    )
    if series.empty:
        return f"Goods from {way} came to {now}"
    newest = series.groupby("source")["year"].max().idxmax()
    part = series[series["source"] == newest].sort_values("year")
    first, end = part.iloc[0], part.iloc[-1]
    if newest == last["source"]:
        return (
            f"Goods from {way} went from {text.money(float(first['value_usd']))} "
            f"in {first['year']} to {now}"
        )
    then = f"{text.money(float(end['value_usd']))} in {end['year']}"
    return f"Goods from {way}: {then}, and {now} by another source"


def _balance_title(pair: Pair, shown: Any) -> str:  # noqa: ANN401
    period, _, values, _ = shown
    a, b = pair.a.with_article, pair.b.with_article
    if values[0] and values[1]:
        more, less = max(values), min(values)
        if more / less < 1.05:
            return text.capital(f"{a} and {b} sold each other as much in {text.period(period)}")
        buyer = pair.a if values[1] > values[0] else pair.b
        ratio = more / less
        if ratio >= _ONE_WAY:
            seller = pair.b if buyer is pair.a else pair.a
            return (
                f"Nearly all goods between the two go from {seller.with_article} to "
                f"{buyer.with_article}: {text.money(more)} in {text.period(period)}"
            )
        times = text.in_words(ratio) if ratio >= 9.5 else text.number(ratio, 2)
        return (
            f"For every dollar of goods sold, {buyer.with_article} bought {times} "
            f"in {text.period(period)}"
        )
    known = values[0] or values[1]
    who, to = (a, b) if values[0] else (b, a)
    return text.capital(f"{who} sold {to} goods for {text.money(known)} in {text.period(period)}")


def _by_period(
    pair: Pair, rows: pd.DataFrame, names: dict[str, str]
) -> tuple[tuple[Any, ...], ...]:
    table = rows.pivot_table(
        index=["x", "period", "source"], columns="exporter", values="value_usd", aggfunc="first"
    ).sort_index(ascending=False)
    table = table.reindex(columns=list(pair.codes))
    return tuple(
        (
            text.period(str(period)),
            names[str(source)],
            *(None if v != v else float(v) for v in line),
        )
        for (_, period, source), line in zip(table.index, table.to_numpy(), strict=True)
    )
