"""A chart's specification drawn as SVG for a page: small, named, and in the page's own colours."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import Any
from xml.etree import ElementTree as ET

from comity.brief.charts.theme import NARROW, WIDE
from comity.brief.content import Chart

_SVG = "{http://www.w3.org/2000/svg}"
_DECIMALS = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_DROPPED = frozenset(
    {
        "class", "role", "aria-hidden", "aria-roledescription", "aria-label", "pointer-events",
        "font-family", "stroke-miterlimit", "opacity=1", "stroke-width=1", "font-size=12px",
        "transform=translate(0,0)", "style",
    }
)  # fmt: skip
_SHAPES = frozenset({"path", "line", "rect", "text", "circle"})


def warm_up() -> None:
    """Start the drawing engine, which takes longer than any chart; safe from another thread."""
    _engine()("{}")


def draw(chart: Chart, total: int) -> str:
    """Return a chart as SVG of a given width, with a title and a description of its own.

    Parameters
    ----------
    chart : Chart
        What to draw.
    total : int
        Width in pixels, paddings included: `WIDE` or `NARROW`.
    """
    drawn = _engine()(_fitted(chart.spec, total))
    root = ET.fromstring(drawn)  # noqa: S314  # our own engine's output
    size = "w" if total == WIDE else "n"
    name = f"{chart.id}-{size}"
    inner = "".join(_write(child) for child in root)
    return (
        f'<svg class="{size}" role="img" aria-labelledby="{name}-t {name}-d" '
        f'viewBox="{root.get("viewBox")}">'
        f'<title id="{name}-t">{escape(chart.title)}</title>'
        f'<desc id="{name}-d">{escape(chart.description)} Its figures are in the table beneath.'
        f"</desc>{inner}</svg>"
    )


def both(chart: Chart) -> tuple[str, str]:
    """Return the chart for a wide and for a narrow column."""
    return draw(chart, WIDE), draw(chart, NARROW)


@cache
def _engine() -> Any:  # noqa: ANN401
    """Return the engine's function; imported here, as only pages need it."""
    import vl_convert

    def to_svg(spec: Any) -> str:  # noqa: ANN401
        if spec == "{}":
            spec = {"mark": "point", "data": {"values": [{}]}}
        return str(vl_convert.vegalite_to_svg(spec))

    return to_svg


def _fitted(spec: dict[str, Any], total: int) -> dict[str, Any]:
    padding = spec.get("padding")
    if not isinstance(padding, dict):
        return spec
    return spec | {"width": total - padding.get("left", 0) - padding.get("right", 0)}


def _write(element: ET.Element) -> str:
    """Write an element without what the page does not need."""
    tag = element.tag.removeprefix(_SVG)
    about = element.attrib
    if about.get("display") == "none" or about.get("opacity") == "0":
        return ""
    if tag in _SHAPES and tag != "text" and not about.get("fill") and not about.get("stroke"):
        return ""
    kept = "".join(
        f' {name}="{escape(_rounded(name, value))}"'
        for name, value in about.items()
        if name not in _DROPPED
        and f"{name}={value}" not in _DROPPED
        and not (name == "stroke" and value == "transparent")
    )
    inner = escape(element.text or "") + "".join(_write(child) for child in element)
    if tag == "g":
        if not inner:
            return ""
        if not kept:
            return inner
    if tag == "text" and not inner:
        return ""
    return f"<{tag}{kept}>{inner}</{tag}>" if inner else f"<{tag}{kept}/>"


def _rounded(name: str, value: str) -> str:
    if name in ("d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height"):
        return _DECIMALS.sub(lambda match: f"{float(match[0]):.1f}".removesuffix(".0"), value)
    return value
