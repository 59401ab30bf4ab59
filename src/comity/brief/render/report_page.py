"""The page of an answer that is not a brief: in the brief's type and colours, and as whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from comity.brief.render import html, svg
from comity.brief.render.view import Numbered, runs
from comity.brief.reports.report import written
from comity.lake.manifest import is_page

if TYPE_CHECKING:
    from comity.brief.reports.report import Report

_ABOUT = ("publisher", "title", "version", "years", "licence", "citation", "url", "retrieved")


def render(report: Report) -> str:
    """Return the report as one HTML file that opens from a disk, without scripts."""
    # Pages that published figures are listed after the data.
    named = sorted(report.sources.items(), key=lambda source: is_page(source[0]))
    listed = [
        (number, name, {key: about.get(key) for key in _ABOUT})
        for number, (name, about) in enumerate(named, 1)
    ]
    return (
        html.environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            view=Numbered(numbers={name: number for number, name, _ in listed}),
            runs=runs,
            written=written,
            style=Markup(html.style()),  # noqa: S704  # our own file
            drawn=lambda chart: Markup(svg.both(chart)),  # noqa: S704  # escaped by `svg`
            publishers=lambda ids: html.publishers_of(report, ids),
            sources=[source for source in listed if not is_page(source[1])],
            cited=[source for source in listed if is_page(source[1])],
        )
    )
