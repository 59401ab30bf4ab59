"""A chart as SVG for a page: what the engine draws, with a title and a description of its own."""

from __future__ import annotations

from html import escape

from comity.brief.charts.theme import NARROW, WIDE
from comity.brief.content import Chart
from comity.brief.render import engine


def draw(chart: Chart, total: int) -> str:
    """Return a chart as SVG of a given width.

    Parameters
    ----------
    chart : Chart
        What to draw.
    total : int
        Width in pixels, paddings included: `WIDE` or `NARROW`.
    """
    return frame(chart, total, *engine.draw(chart.spec, [total])[0])


def both(chart: Chart) -> str:
    """Return the chart for a wide and for a narrow column."""
    return draw(chart, WIDE) + draw(chart, NARROW)


def frame(chart: Chart, total: int, box: str, content: str) -> str:
    """Return what the engine drew of a chart as an element of a page."""
    size = "w" if total == WIDE else "n"
    name = f"{chart.id}-{size}"
    return (
        f'<svg class="{size}" role="img" aria-labelledby="{name}-t {name}-d" viewBox="{box}">'
        f'<title id="{name}-t">{escape(chart.title)}</title>'
        f'<desc id="{name}-d">{escape(chart.description)} Its figures are in the table beneath.'
        f"</desc>{content}</svg>"
    )
