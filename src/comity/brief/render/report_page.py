"""The page of an answer that is not a brief: in the brief's type and colours, and as whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from comity.brief.render import html, svg
from comity.brief.render.view import runs
from comity.brief.reports.report import written

if TYPE_CHECKING:
    from comity.brief.reports.report import Report

_ABOUT = ("publisher", "title", "version", "years", "licence", "citation", "url", "retrieved")


@dataclass(frozen=True, slots=True)
class _Numbered:
    """The sources of a report, by their numbers in its list."""

    numbers: dict[str, int]

    def marks(self, sources: Iterable[str]) -> tuple[int, ...]:
        return tuple(sorted({self.numbers[s] for s in sources if s in self.numbers}))


def render(report: Report) -> str:
    """Return the report as one HTML file that opens from a disk, without scripts."""
    about = {
        name: {key: given.get(key) for key in _ABOUT} for name, given in report.sources.items()
    }
    about = dict(sorted(about.items(), key=lambda source: _is_page(source[0])))
    numbers = {name: number for number, name in enumerate(about, 1)}
    listed = [(numbers[name], name, given) for name, given in about.items()]
    return (
        html.environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            view=_Numbered(numbers),
            runs=runs,
            written=written,
            style=Markup(html.style()),  # noqa: S704  # our own file
            drawn=lambda chart: Markup(svg.both(chart)),  # noqa: S704  # escaped by `svg`
            publishers=lambda ids: html.publishers_of(report, ids),
            sources=[source for source in listed if not _is_page(source[1])],
            cited=[source for source in listed if _is_page(source[1])],
        )
    )


def _is_page(source: str) -> bool:
    """Say whether a source is a page that published figures: they are listed after the data."""
    return source.startswith("page-")
