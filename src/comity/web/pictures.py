"""A chart as a picture for slides and texts: with its title, its note and its sources."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from html import escape
from typing import Any

from comity.brief.charts.theme import FONT, INK, PAPER, QUIET, WIDE
from comity.brief.content import Chart
from comity.brief.render import svg

_MARGIN = 16
_SCALE = 2.0  # pixels of a PNG for one of the drawing: sharp on slides
_BOX = re.compile(r'^<svg [^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>')
# Type: size, letters that fit on a line, weight, colour.
_TITLE = (15, 66, "bold", INK)
_SUBTITLE = (12, 88, "normal", QUIET)
_FOOT = (10, 106, "normal", QUIET)


def draw(chart: Chart, sources: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a chart as SVG that stands alone.

    Parameters
    ----------
    chart : Chart
        What to draw.
    sources : mapping
        What the answer rests on, by id; the picture names the chart's publishers.
    """
    drawing = svg.draw(chart, WIDE)
    found = _BOX.match(drawing)
    width, height = (float(found[1]), float(found[2])) if found else (float(WIDE), 300.0)
    head, top = _lines([(chart.title, _TITLE), (chart.subtitle, _SUBTITLE)], _MARGIN)
    publishers = dict.fromkeys(
        str(sources.get(name, {}).get("publisher") or name) for name in chart.sources
    )
    foot, bottom = _lines(
        [(chart.note, _FOOT), (f"Source: {', '.join(publishers)}; comity", _FOOT)], top + height
    )
    inner = drawing[found.end() : -len("</svg>")] if found else ""
    whole_width, whole_height = width + 2 * _MARGIN, bottom + _MARGIN / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole_width:g}" '
        f'height="{whole_height:g}" viewBox="0 0 {whole_width:g} {whole_height:g}" role="img" '
        f'font-family="{FONT}, Arial, sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{head}'
        f'<svg x="{_MARGIN}" y="{top:g}" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}">{inner}</svg>{foot}</svg>'
    )


def to_png(drawing: str) -> bytes:
    """Return an SVG as PNG, two pixels for one."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(drawing, scale=_SCALE))


def _lines(texts: list[tuple[str, tuple[int, int, str, str]]], top: float) -> tuple[str, float]:
    """Return texts beneath each other as SVG, and where they end."""
    out = []
    for words, (size, most, weight, color) in texts:
        for line in textwrap.wrap(words, most):
            top += size * 1.3
            out.append(
                f'<text x="{_MARGIN}" y="{top:g}" font-size="{size}" font-weight="{weight}" '
                f'fill="{color}">{escape(line, quote=False)}</text>'
            )
    return "".join(out), top + 6
