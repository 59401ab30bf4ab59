"""The page: one file that opens from a disk, without scripts and without other hosts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from comity import catalogue
from comity.brief import text
from comity.brief.content import Brief, Section
from comity.brief.render import names, svg
from comity.brief.render.drawing import Drawing
from comity.brief.render.view import View, runs, view
from comity.errors import ComityError
from comity.measure import Measure

if TYPE_CHECKING:
    from comity.brief.reports import Report

_LONG_ADDRESS = 24
_UNITS = r"%|pp|bn|tn|m|k|km|billion|million|trillion|people|works|days?|dollars"
_BOUND = re.compile(rf"(?<=\d) (?=(?:{_UNITS})(?!\w))|(?<=\$) |(?<=FY) (?=\d)")

_DATED = re.compile(r"(?:FY ?)?\d{4}(?:[-–]\d{2}){0,2}")


def render(brief: Brief, drawing: Drawing | None = None) -> str:
    """Return the brief as one HTML file.

    Parameters
    ----------
    brief : Brief
        With its charts.
    drawing : Drawing, optional
        Where they are being drawn already; without it they are drawn now, by this process.
    """
    draw = svg.both if drawing is None else drawing.of
    shown = view(brief)
    cited = shown.cited
    listed = [(number, name, brief.sources[name]) for name, number in shown.numbers.items()]
    sections = [lay_out(shown, section) for section in brief.sections]
    return (
        environment()
        .get_template("brief.html.j2")
        .render(
            brief=brief,
            view=shown,
            runs=runs,
            title=f"{brief.a.name} and {brief.b.name}",
            style=Markup(style()),  # noqa: S704  # our own file
            sections=sections,
            bare=[s for s in sections if s["gaps"] and not (s["charts"] or s["notes"])],
            flag_marks={flag: mark for flag, (mark, _) in names.FLAGS.items()},
            flags=[(names.FLAGS[flag][0], names.FLAGS[flag][1]) for flag in shown.flags],
            drawn=lambda chart: Markup(draw(chart)),  # noqa: S704  # escaped by `svg`
            publishers=lambda ids: publishers_of(brief, ids),
            published=[m for m in brief.measures if "published" in m.flags],
            sources=[s for s in listed if s[1] not in cited],
            cited=[s for s in listed if s[1] in cited],
        )
    )


def publishers_of(answer: Brief | Report, ids: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Return each publisher once, with its sources."""
    found: dict[str, list[str]] = {}
    for name in ids:
        if about := answer.sources.get(name):
            found.setdefault(str(about.get("publisher") or name), []).append(name)
    return list(found.items())


def lay_out(shown: View, section: Section) -> dict[str, Any]:
    """Return a section as templates show it: its charts, rows, gaps and notes."""
    group = next(group for group in shown.groups if group.pillar == section.pillar)
    return {
        "id": section.pillar,
        "title": section.title,
        "question": _question(section.pillar),
        "charts": section.charts,
        "gaps": group.gaps,
        "notes": section.notes,
        "rows": group.rows,
    }


def _question(pillar: str) -> str:
    try:
        return catalogue.pillar(pillar).question
    except ComityError:
        return ""


@cache
def style() -> str:
    """Return the page's style sheet, without comments and spare blanks."""
    path = files("comity.brief.render") / "style.css"
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s+", " ", css).strip()


@cache
def environment() -> Environment:
    """Return the templates of the report, with their filters."""
    environment = Environment(
        loader=PackageLoader("comity.brief.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["bind"] = bind
    environment.filters["cell"] = cell
    environment.filters["heads"] = heads
    environment.filters["claim"] = claim
    environment.filters["counted"] = text.count
    environment.filters["dated"] = dated
    environment.filters["web"] = web
    environment.filters["short"] = short
    environment.filters["without_address"] = without_address
    return environment


def bind(words: str) -> str:
    r"""Keep a number and its unit on one line, and write fiscal years in one way.

    Examples
    --------
    >>> bind("$4.05 bn of 3.2 %"), bind("In FY2024-25")
    ('$4.05\xa0bn of 3.2\xa0%', 'In FY\xa02024–25')
    """
    bound = _BOUND.sub("\xa0", text.fiscal_years(words))
    return bound.replace(f"{text.MINUS}$", f"{text.MINUS}\N{WORD JOINER}$")


def cell(value: object, column: str) -> str:
    """Write a table's cell: amounts and shares by the unit that the column names.

    Examples
    --------
    >>> cell(4.05e9, "India → Russia, $"), cell(3.24, "Share, %"), cell(None, "Share, %")
    ('4,050,000,000', '3.2', '–')
    """
    if value is None:
        return "–"
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    if column.endswith("$"):
        return f"{value:,.0f}".replace("-", text.MINUS)
    if column.endswith("%"):
        return text.number(value, 2) if abs(value) < 1 else f"{value:.1f}"
    return text.number(value)


def heads(columns: Iterable[str]) -> list[tuple[str, bool]]:
    """Return each column with whether its heading has a unit, and so numbers beneath."""
    return [(column, column.endswith(("$", "%"))) for column in columns]


def dated(value: object) -> bool:
    """Say whether a cell is a day, a year or a fiscal year: short, and kept on one line.

    Examples
    --------
    >>> dated("FY 2024–25"), dated("2021-11-30"), dated("India, 2024")
    (True, True, False)
    """
    return isinstance(value, str) and _DATED.fullmatch(value) is not None


def claim(measure: Measure) -> str:
    """Return what was said; the value alone where no words were kept."""
    return measure.note or text.of(measure)


def web(address: object) -> str:
    """Return an address if it is one of the web, else nothing: no script may hide in it.

    Examples
    --------
    >>> web("https://example.org"), web("javascript:alert(1)")
    ('https://example.org', '')
    """
    written = str(address or "")
    return written if written.startswith(("https://", "http://")) else ""


def short(address: str) -> str:
    """Return an address as a reader needs it on paper: without its query where it is long.

    Examples
    --------
    >>> short("https://www.example.org/a/page?from=there")
    'example.org/a/page'
    """
    plain = address.split("://", 1)[-1].removeprefix("www.")
    return plain if len(plain) <= _LONG_ADDRESS else plain.split("?", 1)[0]


def without_address(about: Mapping[str, Any]) -> str:
    """Return a source's citation without the address that follows it anyway."""
    words = str(about.get("citation") or about.get("title") or about.get("publisher") or "")
    plain = words.replace(str(about.get("url") or "\0"), "")
    return re.sub(r"(?:\s*,)+(?=\s*,)|\s+(?=,)", "", plain).strip()
