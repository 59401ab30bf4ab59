"""Chart shapes that several pillars share: bars by name, lines over years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comity.brief.charts.theme import (
    INK,
    QUIET,
    SIZE,
    Padding,
    Spec,
    category,
    decades,
    frame,
    key,
    key_height,
    layer,
    paint,
    quantity,
    text_width,
    two_lines,
    whole,
    years,
)

ROW = 32
BLANK = "\u200b"  # rows of one name are told apart by it


def bars(
    rows: Sequence[tuple[str, float, str, str]],
    *,
    left: int = 150,
    right: int = 64,
    domain: tuple[float, float] | None = None,
    legend: Sequence[tuple[str, str]] = (),
) -> Spec:
    """Return horizontal bars with their values beside them.

    Parameters
    ----------
    rows : sequence of (name, value, colour, label)
        From the top down.
    left, right : int
        Space for names and for labels.
    domain : pair, optional
        Extent of the scale; by default from zero to the largest.
    legend : sequence of (name, colour)
        Key above the bars.
    """
    values: list[dict[str, Any]] = [
        {"name": unique(two_lines(name), n), "value": value, "color": color, "label": label}
        for n, (name, value, color, label) in enumerate(rows)
    ]
    order = [value["name"] for value in values]
    x = quantity(
        "value", domain=list(domain or (0, max(v["value"] for v in values) or 1)), axis=None
    )
    y = category("name", order)
    return frame(
        [
            layer({"type": "bar"}, values, x=x, y=y, color=paint()),
            layer(
                {"type": "text", "align": "left", "dx": 5},
                values,
                x=x,
                y=y,
                text={"field": "label"},
            ),
            *(key(legend, key_height(legend), left) if legend else ()),
        ],
        ROW * len(values),
        Padding(left, right, key_height(legend) if legend else 2, 4),
    )


def lines(
    series: Sequence[tuple[str, str, Sequence[tuple[float, float]]]],
    *,
    height: int = 200,
    log: bool = False,
    zero: bool = True,
    points: bool = True,
    left: int = 52,
    label_ends: bool = False,
    format: str = "",  # noqa: A002
    rule: float | None = None,
) -> Spec:
    """Return lines over years.

    Parameters
    ----------
    series : sequence of (name, colour, points)
        Points are (year, value); lines are not drawn across years that are missing.
    height : int
        Of the plot.
    log, zero, points : bool
        Logarithmic scale; begin at zero; mark each year.
    left : int
        Space for the labels of the scale.
    label_ends : bool
        Name the lines at their ends instead of in a key.
    format : str
        d3 format of the scale; by default whole numbers, beyond a million by scale.
    rule : float, optional
        Draw a line at this value.
    """
    values: list[dict[str, Any]] = [
        {"name": name, "color": color, "year": year, "value": value}
        for name, color, known in series
        for year, value in known
        if value > 0 or not log
    ]
    x = years("year", {value["year"] for value in values})
    ticks = decades(value["value"] for value in values) if log else None
    shape = format or whole(ticks or (value["value"] for value in values))
    y = quantity("value", log=log, zero=zero and not log, format=shape)
    if ticks:
        y["axis"]["values"] = ticks
    legend = [] if label_ends else [(name, color) for name, color, _ in series]
    mark: Spec = {"type": "line"}
    if points:
        mark["point"] = {"filled": True, "size": 28}
    layers = [layer(mark, values, x=x, y=y, color=paint(), detail={"field": "name"})]
    if rule is not None:
        layers.insert(0, layer({"type": "rule", "color": QUIET}, [{"value": rule}], y=y))
    right = 14
    if label_ends:
        layers += [
            layer(
                {"type": "text", "align": "left", "dx": 7, "dy": dy, "fontWeight": 600},
                [{"name": name, "color": color, "year": known[-1][0], "value": known[-1][1]}],
                x=x,
                y=y,
                text={"field": "name"},
                color=paint(),
            )
            for (name, color, known), dy in zip(series, _apart(series, height), strict=True)
        ]
        right = 16 + round(max(text_width(name) for name, _, _ in series) * 1.15)
    if legend:
        layers += key(legend, key_height(legend), left)
    return frame(layers, height, Padding(left, right, key_height(legend) if legend else 10, 28))


def _apart(
    series: Sequence[tuple[str, str, Sequence[tuple[float, float]]]], height: int
) -> list[float]:
    """Return by how much each end label moves so that none lies on another."""
    values = [value for _, _, known in series for _, value in known]
    span = (max(values) - min(values)) or 1.0
    wanted = [-(known[-1][1] - min(values)) / span * height for _, _, known in series]
    moved = dict.fromkeys(range(len(wanted)), 0.0)
    floor = float("-inf")
    for position in sorted(moved, key=lambda n: wanted[n]):
        place = max(wanted[position], floor)
        moved[position] = round(place - wanted[position], 1)
        floor = place + SIZE + 2
    return list(moved.values())


def columns(
    values: Sequence[tuple[float, float, str]], *, height: int = 180, left: int = 52
) -> Spec:
    """Return one column a year.

    Parameters
    ----------
    values : sequence of (year, value, colour)
        In any order.
    height : int
        Of the plot.
    left : int
        Space for the labels of the scale.
    """
    rows = [{"year": year, "value": value, "color": color} for year, value, color in values]
    known = {year for year, _, _ in values}
    x = years("year", {min(known) - 0.7, max(known) + 0.7, *known})
    wide = max(min(284 / (max(known) - min(known) + 1.4) - 1.5, 22), 2)
    most = max(value for _, value, _ in values)
    few = most <= 4 and all(float(value).is_integer() for _, value, _ in values)
    # Counts have no halves.
    ticks: dict[str, Any] = {"values": list(range(int(most) + 1))} if few else {}
    return frame(
        [
            layer(
                {"type": "bar", "width": wide},
                rows,
                x=x,
                y=quantity("value", format=whole(value for _, value, _ in values), **ticks),
                color=paint(),
            )
        ],
        height,
        Padding(left, 12, 10, 28),
    )


def dots(
    rows: Sequence[tuple[str, Sequence[tuple[float, str, str]]]],
    *,
    domain: tuple[float, float],
    legend: Sequence[tuple[str, str]],
    format: str = ".0%",  # noqa: A002
    left: int = 122,
    row: int = 34,
) -> Spec:
    """Return rows of dots on one scale, joined by a line from the least to the most.

    Parameters
    ----------
    rows : sequence of (name, marks)
        Marks are (value, colour, shape); the shape "open" is a ring: published, not computed.
    domain : pair of float
        Extent of the scale.
    legend : sequence of (name, colour)
        Key above.
    format : str
        d3 format of the scale.
    left, row : int
        Space for the names, height of a row.
    """
    values: list[dict[str, Any]] = []
    spans: list[dict[str, Any]] = []
    order: list[str] = []
    for n, (name, marks) in enumerate(rows):
        shown = unique(two_lines(name, max(left // 7, 10)), n)
        order.append(shown)
        values += [
            {"name": shown, "value": value, "color": color, "shape": shape}
            for value, color, shape in marks
        ]
        ends = [value for value, _, _ in marks]
        spans.append({"name": shown, "value": min(ends), "end": max(ends)})
    x = quantity("value", domain=list(domain), format=format)
    y = category("name", order, padding=0.2)
    place = {"x": x, "y": y}
    layers = [
        layer(
            {"type": "rule", "color": QUIET, "strokeWidth": 1.5},
            spans,
            x2={"field": "end"},
            **place,
        )
    ]
    for shape, mark in _MARKS.items():
        chosen = [value for value in values if value["shape"] == shape]
        if chosen:
            paints = {"stroke": paint()} if shape == "open" else {"color": paint()}
            layers.append(layer({"type": "point", **mark}, chosen, **place, **paints))
    layers += key(legend, key_height(legend), left)
    return frame(layers, row * len(order), Padding(left, 18, key_height(legend), 26))


_MARKS: dict[str, Spec] = {
    "dot": {"filled": True, "size": 110, "opacity": 1},
    "open": {"filled": False, "size": 90, "strokeWidth": 2, "opacity": 1},
    "diamond": {"filled": True, "shape": "diamond", "size": 130, "opacity": 1},
}


def split(
    rows: Sequence[tuple[str, float, str, str]],
    colors: tuple[str, str],
    legend: Sequence[tuple[str, str]],
) -> Spec:
    """Return bars of one length cut in two: each side's part of the two together.

    Parameters
    ----------
    rows : sequence of (name, first side's part, first label, second label)
        From the top down; parts are fractions.
    colors : pair of str
        Colours of the two sides.
    legend : sequence of (name, colour)
        Key above.
    """
    values: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for name, part, first, second in rows:
        values += [
            {"name": name, "value": part, "start": 0.0, "color": colors[0]},
            {"name": name, "value": 1.0, "start": part, "color": colors[1]},
        ]
        labels.append({"name": name, "first": f"{name}: {first}", "second": second})
    order = [name for name, *_ in rows]
    x = quantity("value", domain=[0, 1], axis=None)
    y = category("name", order, padding=0.0) | {"axis": None}
    return frame(
        [
            layer(
                {"type": "bar", "height": 16, "yOffset": 9},
                values,
                x=x,
                x2={"field": "start"},
                y=y,
                color=paint(),
            ),
            layer(
                {"type": "text", "align": "left", "dy": -9, "color": INK},
                labels,
                x={"value": 0},
                y=y,
                text={"field": "first"},
            ),
            layer(
                {"type": "text", "align": "right", "dy": -9, "color": INK},
                labels,
                x={"value": {"expr": "width"}},
                y=y,
                text={"field": "second"},
            ),
            *key(legend, key_height(legend), 2),
        ],
        46 * len(rows),
        Padding(2, 2, key_height(legend), 2),
    )


def unique(name: str, position: int) -> str:
    """Tell rows of one name apart without showing it: zero-width spaces at the end."""
    return name + BLANK * position
