"""The chart of trust: each flow as one side says, as the other says, and reconciled."""

from __future__ import annotations

from collections.abc import Sequence

from comity.brief import text
from comity.brief.charts.rows import ROW
from comity.brief.charts.theme import (
    INK,
    QUIET,
    Padding,
    Pair,
    category,
    frame,
    key,
    key_height,
    layer,
    paint,
    quantity,
    unit_of,
)
from comity.brief.content import Chart
from comity.delivery.mirror import Comparison

_MOST = 8
_LEFT = 150


def dumbbells(pair: Pair, found: Sequence[Comparison]) -> Chart | None:
    """Return a row for each direction and period: both reports f.o.b., joined, and reconciled.

    Parameters
    ----------
    pair : Pair
        The two countries.
    found : sequence of Comparison
        The newest first; those without two figures are left out.
    """
    shown = [one for one in found if len(_figures(pair, one)) > 1][:_MOST]
    if not shown:
        return None
    size, word, _ = unit_of(max(value for one in shown for _, value, _ in _figures(pair, one)))
    names = [f"{pair.way(one.exporter)}\n{text.period(one.period)}" for one in shown]
    points, joins = [], []
    for name, one in zip(names, shown, strict=True):
        values = [value / size for _, value, _ in _figures(pair, one)]
        joins.append({"name": name, "from": min(values), "to": max(values)})
        points += [
            {"name": name, "value": value / size, "color": color}
            for _, value, color in _figures(pair, one)
        ]
    legend = [(f"Reported by {pair.name(code)}", pair.color(code)) for code in pair.codes]
    legend.append(("Reconciled", INK))
    y = category("name", names)
    x = quantity("value", title=None)
    spec = frame(
        [
            layer(
                {"type": "rule", "strokeWidth": 3, "opacity": 0.5},
                joins,
                x=x | {"field": "from"},
                x2={"field": "to"},
                y=y,
                color={"value": QUIET},
            ),
            # Reports may fall on one another, and on the reconciled figure: a stroke shows through.
            layer(
                {"type": "tick", "thickness": 3, "size": 22, "orient": "vertical"},
                [point for point in points if point["color"] == INK],
                x=x,
                y=y,
                color=paint(),
            ),
            layer(
                {"type": "point", "filled": True, "size": 95, "opacity": 0.8},
                [point for point in points if point["color"] != INK],
                x=x,
                y=y,
                color=paint(),
            ),
            *key(legend, key_height(legend), _LEFT),
        ],
        ROW * len(names),
        Padding(_LEFT, 24, key_height(legend), 24),
    )
    title = _title(pair, shown)
    return Chart(
        id="mirror",
        title=title,
        subtitle=f"Goods, f.o.b., {word} dollars",
        description=f"{title}. A row for each direction and period: a dot for what each side "
        "reports, a stroke for the reconciled figure, joined by a line.",
        spec=spec,
        columns=("Flow", "Period", "By the exporter", "By the importer", "Freight", "Reconciled"),
        rows=tuple(_row(pair, one) for one in shown),
        sources=tuple(dict.fromkeys(source for one in shown for source in one.sources)),
        note="Imports are shown without freight and insurance: by distance where the lake has "
        "enough reports to estimate them, else six per cent as the IMF takes.",
    )


def _figures(pair: Pair, one: Comparison) -> list[tuple[str, float, str]]:
    """Return (who, US dollars f.o.b., colour) of each figure that there is."""
    made: list[tuple[str, float, str]] = []
    if one.exports is not None:
        made.append((one.exporter, one.exports.value_usd, pair.color(one.exporter)))
    if one.imports_fob is not None:
        made.append((one.importer, one.imports_fob, pair.color(one.importer)))
    middle = one.own if one.reconciled is None else one.reconciled.value_usd
    if middle is not None:
        made.append(("reconciled", middle, INK))
    return made


def _row(pair: Pair, one: Comparison) -> tuple[str | float | None, ...]:
    return (
        pair.way(one.exporter),
        text.period(one.period),
        None if one.exports is None else one.exports.value_usd,
        one.imports_fob,
        None if one.imports is None else one.factor - 1,
        one.own if one.reconciled is None else one.reconciled.value_usd,
    )


def _title(pair: Pair, shown: Sequence[Comparison]) -> str:
    apart = [one for one in shown if one.asymmetry is not None]
    if not apart:
        return "One side's report beside the reconciled figure"
    newest = apart[0]
    return (
        f"{pair.way(newest.exporter)}, {text.period(newest.period)}: the two reports are "
        f"{text.share(newest.asymmetry or 0.0)} apart"
    )
