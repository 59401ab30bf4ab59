"""Charts as files of their own: a picture for each width and light, and one that answers.

A page names its charts rather than holding them: it stays small, browsers draw what is in view,
and the picture on the page is the file that the reader takes away.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from comity.brief import text
from comity.brief.charts import theme
from comity.brief.content import Chart
from comity.brief.render import engine, svg

SIZES = {"wide": theme.WIDE, "narrow": theme.NARROW}
# Layouts are made for the widths of these letters, which differ little from each other.
_FONT = "'Liberation Sans', Arial, Helvetica, sans-serif"
# The roles of the style sheet, by the colour in which charts are drawn.
_LIGHTS: dict[str, dict[str, str]] = {
    "light": {theme.A: theme.A, theme.B: theme.B, theme.PAPER: theme.PAPER},
    "dark": {
        theme.A: "#6cb8f0",
        theme.B: "#f5a066",
        theme.INK: "#e6eaef",
        theme.QUIET: "#a3adb8",
        theme.RULE: "#363d46",
        theme.OTHER: "#8b95a1",
        theme.PAPER: "#12161b",
    },
}
LIGHTS = tuple(_LIGHTS)
_BLEED = 5  # room at both sides for letters wider than those that layouts are made for
_HATCHED = {theme.A_ESTIMATE: ("hatch-a", theme.A), theme.B_ESTIMATE: ("hatch-b", theme.B)}
_COLOR = re.compile(r'(fill|stroke)="(#[0-9a-f]{6})"')
_ZERO_WIDTH = "\u200b"
_MARKS = frozenset({"arc", "area", "bar", "circle", "line", "point", "rect", "square", "tick"})


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in which a picture is drawn, so that pages keep its place free."""

    width: int
    height: int


def size(chart: Chart, which: str) -> Size:
    """Return how large a chart's picture is."""
    padding = chart.spec["padding"]
    return Size(
        SIZES[which] + 2 * _BLEED, int(chart.spec["height"] + padding["top"] + padding["bottom"])
    )


def sizes(chart: Chart) -> dict[str, Size]:
    """Return the sizes of both pictures of a chart, by name."""
    return {which: size(chart, which) for which in SIZES}


def picture(chart: Chart, which: str = "wide", light: str = "light", *, paper: bool = False) -> str:
    """Return a chart as an SVG file.

    Parameters
    ----------
    chart : Chart
    which : str
        ``wide`` or ``narrow``.
    light : str
        ``light`` or ``dark``: the colours of which page.
    paper : bool
        Whether to lay paper beneath it, for slides and documents.
    """
    drawn = svg.draw(chart, SIZES[which])
    start = drawn.index(">") + 1
    box = re.search(r'viewBox="([^"]*)"', drawn[:start])
    extent = box[1] if box else "0 0 544 300"
    _, _, inside, height = extent.split()
    width = int(float(inside)) + 2 * _BLEED
    beneath = (
        f'<rect x="-{_BLEED}" width="{width}" height="{height}" fill="{theme.PAPER}"/>'
        if paper
        else ""
    )
    whole = (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="-{_BLEED} 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{_FONT}" font-size="{theme.SIZE}">'
        f"{_hatches()}{beneath}{drawn[start:]}"
    )
    return _COLOR.sub(lambda found: _colored(found[1], found[2], light), whole)


def interactive(chart: Chart, which: str) -> dict[str, Any]:
    """Return a chart's specification with a line of words behind each mark, for browsers to draw.

    Colours stay those of the light page; the style sheet maps them, as it does in reports.
    """
    spec = deepcopy(engine.fitted(chart.spec, SIZES[which]))
    named = _key(spec)
    for layer in spec["layer"]:
        mark = layer["mark"] if isinstance(layer["mark"], dict) else {"type": layer["mark"]}
        rows = layer["data"]["values"]
        if mark["type"] not in _MARKS or _is_key(layer):
            continue
        form = _format(layer["encoding"])
        tips = [_tip(row, named, form) for row in rows]
        if not any(tips):
            continue
        layer["data"]["values"] = [row | {"tip": tip} for row, tip in zip(rows, tips, strict=True)]
        layer["encoding"]["tooltip"] = {"field": "tip", "type": "nominal"}
        if mark["type"] == "line" and not mark.get("point"):
            mark = mark | {"point": {"opacity": 0, "filled": True, "size": 160}}
        layer["mark"] = mark
    return spec


def _hatches() -> str:
    patterns = "".join(
        f'<pattern id="{name}" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="2.4" height="5" fill="{color}"/></pattern>'
        for name, color in _HATCHED.values()
    )
    return f"<defs>{patterns}</defs>"


def _colored(what: str, color: str, light: str) -> str:
    colors = _LIGHTS[light]
    if color in _HATCHED:
        name, base = _HATCHED[color]
        painted = f'stroke="{colors.get(base, base)}"'
        return f'fill="url(#{name})" {painted}' if what == "fill" else painted
    return f'{what}="{colors.get(color, color)}"'


def _is_key(layer: dict[str, Any]) -> bool:
    place = layer["encoding"].get("x", {})
    return "scale" in place and place["scale"] is None


def _key(spec: dict[str, Any]) -> dict[str, str]:
    """Return what the chart's key calls each colour."""
    return {
        row["color"]: row["name"]
        for layer in spec["layer"]
        if _is_key(layer)
        for row in layer["data"]["values"]
        if "color" in row and "name" in row
    }


def _format(encoding: dict[str, Any]) -> str:
    """Return how the axis of the values writes them: "%" for shares."""
    for channel in ("x", "y"):
        place = encoding.get(channel, {})
        if place.get("field") == "value":
            axis = place.get("axis") or {}
            return "%" if "%" in str(axis.get("format", "")) else ""
    return ""


def _tip(row: dict[str, Any], named: dict[str, str], form: str) -> str:
    """Return what a reader is told of one mark: whose it is, when, how much."""
    name = _plain(row.get("name", ""))
    series = _plain(named.get(row.get("color", ""), ""))
    year = next((row[k] for k in ("year", "x") if _is_year(row.get(k))), None)
    said = _plain(row.get("label", "")) or _amount(row.get("value"), form)
    if name and said.startswith(name):
        name = ""
    words = [part for part in dict.fromkeys((name, series)) if part]
    if year is not None:
        words.append(f"{year:.0f}")
    if not said:
        return ""
    return f"{', '.join(words)}: {said}" if words else said


def _plain(words: object) -> str:
    return " ".join(str(words or "").replace(_ZERO_WIDTH, "").split())


def _is_year(value: object) -> bool:
    return isinstance(value, int | float) and 1800 <= value <= 2200


def _amount(value: object, form: str) -> str:
    if not isinstance(value, int | float):
        return ""
    return text.share(float(value)) if form == "%" else text.number(abs(float(value)))
