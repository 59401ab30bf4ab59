"""The signature of a relationship: every tie against what is usual, in one look; and over time.

One row a tie, on a logarithmic axis around "as usual". Each direction has a lane of its own, the
first country's above: a grey band that holds 80 % of comparable pairs, a mark, and a thin line over
the intensities that other models give.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from comity.brief import text
from comity.brief.charts.theme import (
    INK,
    QUIET,
    RULE,
    Padding,
    Pair,
    Spec,
    frame,
    key,
    key_height,
    layer,
    paint,
    quantity,
    years,
)

MUTUAL = INK
_ROW, _LANE = 44, 17
_LEFT, _RIGHT = 112, 66
_DECADE, _GAP = 46, 36
# Beyond a thousandth or a thousandfold a mark is an arrow at the edge.
_EXTENT = 1000.0
_SHAPES = ("circle", "square", "diamond")
_PLACE: Spec = {"field": "y", "type": "quantitative", "scale": None, "axis": None}
_ACROSS: dict[str, Spec] = {"x": {"value": 0}, "x2": {"value": "width"}}
_TICKS = "datum.value == 1 ? 'usual' : datum.value < 1 ? '1/' + round(1 / datum.value) : \
datum.value + '×'"


@dataclass(frozen=True, slots=True)
class Lane:
    """One direction of a tie: how to draw it.

    ``intensity`` is None where nothing can be said, and ``label`` says so.
    ``origin`` is "" for a tie without direction.
    """

    origin: str
    intensity: float | None
    band: tuple[float, float] | None
    range: tuple[float, float] | None
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A tie and its period, with one lane a direction.

    ``bond`` says whether more of it is a closer relationship: of refugees it is not.
    """

    name: str
    period: str
    lanes: tuple[Lane, ...]
    bond: bool = True


@dataclass(frozen=True, slots=True)
class Panel:
    """A tie over the years: lines by (origin, points), each point (year, intensity)."""

    name: str
    lines: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]


def sort_rows(rows: Iterable[Row]) -> list[Row]:
    """Return the rows with the most developed bond first, judged by its stronger direction."""
    return sorted(
        rows, key=lambda row: (not row.bond, -max((lane.intensity or 0.0) for lane in row.lanes))
    )


def draw_signature(pair: Pair, rows: Sequence[Row]) -> Spec:
    """Return the signature of a pair as a Vega-Lite specification."""
    low, high = _thirds(
        value
        for row in rows
        for lane in row.lanes
        for value in (lane.intensity, *(lane.range or ()))
        if value
    )
    bands: list[dict[str, Any]] = []
    spans: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    rules: list[dict[str, Any]] = []
    for n, row in enumerate(rows):
        middle = _ROW * (n + 0.5)
        names.append({"y": middle - 7, "name": row.name, "period": row.period, "y2": middle + 8})
        rules += [{"y": _ROW * n}] if n else []
        first = middle - _LANE * (len(row.lanes) - 1) / 2
        for k, lane in enumerate(row.lanes):
            y = first + _LANE * k
            color = pair.color(lane.origin) if lane.origin else MUTUAL
            labels.append(
                {
                    "y": y,
                    "label": lane.label,
                    "color": color if lane.intensity is not None else QUIET,
                }
            )
            if lane.band is not None and lane.band[1] > low:
                ends = [min(max(end, low), high) for end in lane.band]
                bands.append({"y": y, "x": ends[0], "x2": ends[1]})
            if lane.intensity is None:
                continue
            if lane.range is not None and lane.range[1] > lane.range[0] > 0:
                ends = [min(max(end, low), high) for end in lane.range]
                spans.append({"y": y, "x": ends[0], "x2": ends[1], "color": color})
            marks.append(
                {
                    "name": row.name,
                    "label": lane.label,
                    "y": y,
                    "x": min(max(lane.intensity, low), high),
                    "color": color,
                    "shape": _shape(lane, pair, low, high),
                }
            )
    x = quantity(
        "x",
        log=True,
        domain=[low, high],
        values=_ticks(low, high),
        labelExpr=_TICKS,
        labelOverlap=False,
        tickCount=9,
    )
    at = _PLACE
    legend = _legend(pair, any(lane.origin == "" for row in rows for lane in row.lanes))
    shape = {"field": "shape", "type": "nominal", "scale": None, "legend": None}
    layers = [
        layer(
            {"type": "rule", "strokeWidth": 9, "color": RULE},
            bands,
            x=x,
            x2={"field": "x2"},
            y=at,
        ),
        layer({"type": "rule", "color": RULE, "strokeDash": [1, 3]}, rules, y=at, **_ACROSS),
        layer({"type": "rule", "color": QUIET, "strokeWidth": 1.5}, [{"x": 1}], x=x),
        layer(
            {"type": "rule", "strokeWidth": 1.5},
            spans,
            x=x,
            x2={"field": "x2"},
            y=at,
            color=paint(),
        ),
        layer(
            {"type": "point", "filled": True, "size": 95, "opacity": 1},
            marks,
            x=x,
            y=at,
            color=paint(),
            shape=shape,
        ),
        _text(names, "name", "y", "right", {"value": -8}, bold=True),
        _text(names, "period", "y2", "right", {"value": -8}, color=QUIET),
        layer(
            {"type": "text", "align": "left", "dx": 8, "baseline": "middle", "fontWeight": 600},
            labels,
            x={"value": "width"},
            y=at,
            text={"field": "label"},
            color=paint(),
        ),
        *_shaped(key(legend, key_height(legend), _LEFT)),
    ]
    return frame(layers, _ROW * len(rows), Padding(_LEFT, _RIGHT, key_height(legend), 26))


def draw_history(pair: Pair, panels: Sequence[Panel]) -> Spec:
    """Return intensity over the years, one panel a tie on one scale; sources are never joined."""
    points = [p for panel in panels for _, line in panel.lines for p in line]
    x = years("year", {year for year, _ in points})
    lines: list[dict[str, Any]] = []
    grid: list[dict[str, Any]] = []
    titles: list[dict[str, Any]] = []
    top = 0.0
    for n, panel in enumerate(panels):
        low, high = _thirds(value for _, line in panel.lines for _, value in line)
        titles.append({"y": top - 12, "name": panel.name})
        for tick in _few(low, high):
            label = "usual" if tick == 1 else f"1/{1 / tick:.0f}" if tick < 1 else f"{tick:g}×"
            color = QUIET if tick == 1 else RULE
            grid.append({"y": top + _DECADE * log10(high / tick), "label": label, "color": color})
        for m, (origin, line) in enumerate(panel.lines):
            color = pair.color(origin) if origin else MUTUAL
            lines += [
                {
                    "year": year,
                    "y": top + _DECADE * log10(high / min(max(value, low), high)),
                    "line": f"{n}.{m}",
                    "color": color,
                }
                for year, value in line
            ]
        top += _DECADE * log10(high / low) + _GAP
    legend = _legend(pair, any(origin == "" for panel in panels for origin, _ in panel.lines))
    above = key_height(legend) + 22
    layers = [
        layer("rule", grid, y=_PLACE, color=paint(), **_ACROSS),
        layer(
            {"type": "line", "point": {"filled": True, "size": 30}},
            lines,
            x=x,
            y=_PLACE,
            color=paint(),
            detail={"field": "line"},
        ),
        _text(grid, "label", "y", "right", {"value": -6}, color=QUIET),
        _text(titles, "name", "y", "left", {"value": 0}, bold=True),
        *key(legend, above, 44),
    ]
    return frame(layers, round(top - _GAP), Padding(44, 14, above, 28))


def label_intensity(intensity: float) -> str:
    """Write an intensity for the end of a row.

    Examples
    --------
    >>> label_intensity(7.093), label_intensity(0.0305), label_intensity(0.0)
    ('7.1×', '0.03×', 'none')
    >>> label_intensity(76586)
    '>1,000×'
    """
    if intensity == 0:
        return "none"
    if intensity > 1000:
        return ">1,000×"  # next to nothing is usual: more digits would say nothing
    if intensity < 0.0095:
        return f"{text.number(intensity, 1)}×"
    if intensity < 1:
        return f"{intensity:.2f}×"
    return f"{text.number(intensity, 2 if intensity < 100 else 3)}×"


def _legend(pair: Pair, together: bool) -> list[tuple[str, str]]:
    ways = [(pair.way(code), pair.color(code)) for code in pair.codes]
    return [*ways, ("together", MUTUAL)] if together else ways


def _shaped(layers: list[Spec]) -> list[Spec]:
    """Give the key's dots the shapes of the marks: colour is never the only difference."""
    dots, *rest = layers
    for value, shape in zip(dots["data"]["values"], _SHAPES, strict=False):
        value["shape"] = shape
    dots["encoding"]["shape"] = {"field": "shape", "type": "nominal", "scale": None}
    return [dots, *rest]


def _shape(lane: Lane, pair: Pair, low: float, high: float) -> str:
    intensity = lane.intensity or 0.0
    if intensity < low:
        return "triangle-left"
    if intensity > high:
        return "triangle-right"
    if not lane.origin:
        return _SHAPES[2]
    return _SHAPES[0] if lane.origin == pair.a.iso3 else _SHAPES[1]


def _text(
    values: Sequence[dict[str, Any]],
    field: str,
    y: str,
    align: str,
    x: Spec,
    *,
    bold: bool = False,
    color: str = INK,
) -> Spec:
    mark: Spec = {"type": "text", "align": align, "baseline": "middle", "color": color}
    if bold:
        mark["fontWeight"] = 600
    return layer(mark, values, x=x, y=_PLACE | {"field": y}, text={"field": field})


def _thirds(values: Iterable[float], least: float = 3.0) -> tuple[float, float]:
    """Return ends at 1 or 3 times a power of ten around the values and the usual."""
    known = [value for value in values if value > 0]
    low = min([1 / least, *(max(value, 1 / _EXTENT) for value in known)])
    high = max([least, *(min(value, _EXTENT) for value in known)])
    return 10 ** (floor(2 * log10(low) + 1e-9) / 2), 10 ** (ceil(2 * log10(high) - 1e-9) / 2)


def _powers(low: float, high: float) -> list[float]:
    return [10.0**k for k in range(ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9) + 1)]


def _few(low: float, high: float) -> list[float]:
    """Return powers of ten, and a third and three where there is but one."""
    powers = _powers(low, high)
    return powers if len(powers) > 1 else [1 / 3, *powers, 3.0]


def _ticks(low: float, high: float) -> list[float]:
    powers = _powers(low, high)
    return powers if len(powers) > 3 else sorted([*powers, 1 / 3, 3.0])
