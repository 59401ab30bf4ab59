"""A chart's specification drawn as SVG for a page: small, named, and in the page's own colours."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from string import ascii_letters
from typing import Any
from xml.etree import ElementTree as ET

from comity.brief.charts.theme import NARROW, WIDE
from comity.brief.content import Chart

ZERO_WIDTH = "\u200b"
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
    spec, words = _abbreviated(fitted(chart.spec, total))
    drawn = _engine()(spec)
    root = ET.fromstring(drawn)  # noqa: S314  # our own engine's output
    size = "w" if total == WIDE else "n"
    name = f"{chart.id}-{size}"
    inner = "".join(_write(child, words) for child in root)
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


def fitted(spec: dict[str, Any], total: int) -> dict[str, Any]:
    """Return a specification whose plot fills a given width, paddings included."""
    padding = spec.get("padding")
    if not isinstance(padding, dict):
        return spec
    return spec | {"width": total - padding.get("left", 0) - padding.get("right", 0)}


def _abbreviated(spec: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the specification with letters for its texts, and the texts by letter.

    The engine measures every text, which takes longer than all else, and needs no width where
    the layout is fixed: so it is given one letter a text, and the texts are put in afterwards.
    """
    if spec.get("autosize") != {"type": "none"} or "layer" not in spec:
        return spec, {}
    letters: dict[str, str] = {}

    def short(words: object) -> object:
        return letters.setdefault(words, _letter(len(letters))) if isinstance(words, str) else words

    layers = []
    for layer in spec["layer"]:
        encoding = dict(layer["encoding"])
        fields = {encoding[channel].get("field") for channel in ("text",) if channel in encoding}
        if "sort" in encoding.get("y", {}):
            fields.add(encoding["y"]["field"])
            order = [short(name) for name in encoding["y"]["sort"]]
            encoding["y"] = encoding["y"] | {"sort": order}
        values = [
            {name: short(value) if name in fields else value for name, value in row.items()}
            for row in layer["data"]["values"]
        ]
        layers.append(layer | {"encoding": encoding, "data": {"values": values}})
    return spec | {"layer": layers}, {letter: words for words, letter in letters.items()}


def _letter(position: int) -> str:
    first, second = divmod(position, len(ascii_letters))
    return ascii_letters[second] if not first else _letter(first - 1) + ascii_letters[second]


def _lines(words: str) -> str:
    """Write a text, a second line beneath the first and both about the middle."""
    lines = words.rstrip(ZERO_WIDTH).split("\n")
    if len(lines) == 1:
        return escape(lines[0], quote=False)
    return "".join(
        f'<tspan x="0" dy="{-6 if n == 0 else 13}">{escape(line, quote=False)}</tspan>'
        for n, line in enumerate(lines)
    )


def _write(element: ET.Element, words: dict[str, str]) -> str:
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
    text = element.text or ""
    inner = _lines(words.get(text, text)) if text else ""
    inner += "".join(_write(child, words) for child in element)
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
