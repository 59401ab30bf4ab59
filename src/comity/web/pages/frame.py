"""What every page shares: the templates, the style, the scripts, the frame around the content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from fastapi.responses import RedirectResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from comity import catalogue
from comity.brief.promises import page as promises
from comity.brief.render import html, names
from comity.brief.render.view import runs
from comity.brief.reports import report
from comity.brief.reports.report import Cell, Sheet
from comity.errors import ComityError
from comity.intent.reading import page as reading
from comity.web.answers import Vintage

# Address, name, and the first part of the addresses beneath it.
PAGES = (
    ("/opportunities", "Opportunities"),
    ("/simulate", "Simulate"),
    ("/settle", "Settle"),
    ("/route", "Route"),
    ("/targets", "Targets"),
    ("/check", "Check a text"),
    ("/sources", "Sources"),
    ("/methods", "Methods"),
    ("/about", "About"),
)
DESK = ("/desk", "Ledger desk")
_CODES = re.compile(r"[A-Z]{3}(?: > [A-Z]{3})*")
_LONG = 14  # letters of a cell that may break, where its column has room for a few words
NOBODY = '<p class="who"><a href="/desk">Sign in</a></p>'
"""What a page says where nobody is signed in; `comity.web.gate` puts a user's name there."""
# The reports' own styles come first: pages look like the files that users send each other.
_STYLES = (
    ("comity.brief.render", "style.css"),
    ("comity.brief.promises", "promises.css"),
    ("comity.web.pages", "static/web.css"),
)
_BUNDLE = "window.vegaEmbed = vegaEmbed;"
"""What the bundle of the drawing engine does beside being there."""


def show(template: str, vintage: Vintage, at: str, **context: Any) -> str:  # noqa: ANN401
    """Return a page.

    Parameters
    ----------
    template : str
        Its template, which extends ``base.html.j2``.
    vintage : Vintage
        What its figures rest on; the footer names it.
    at : str
        Its own address, for the navigation and the permanent link.
    **context
        What the template shows.
    """
    frame: dict[str, Any] = {
        "vintage": vintage,
        "at": at,
        "site": (*PAGES, DESK) if vintage.desk else PAGES,
        "user": None,
    }
    written = environment().get_template(template).render(**(frame | context))
    return _keep_to(vintage.id, written) if vintage.past else written


def moved(at: str, vintage: str) -> RedirectResponse:
    """Return the way to a page's one address, which keeps the vintage of a permanent link."""
    return RedirectResponse(f"{at}?vintage={quote(vintage)}" if vintage else at, 303)


_LEADS = re.compile(
    r'\b(href|src|srcset|data-spec)="'
    r"((?:/(?:api/v1|countries|opportunities|pairs|route|settle|simulate|sources|targets)\b"
    r"|\?)[^\"#]*)"
)
"""Addresses of figures on a page: its pictures and files, and pages that it leads to."""


def _keep_to(id: str, page: str) -> str:  # noqa: A002
    """Return a page of an earlier day whose pictures, files and links are of that day, too."""

    def lead(found: re.Match[str]) -> str:
        name, address = found.groups()
        if "vintage=" in address:
            return found[0]
        return f'{name}="{address}{"&amp;" if "?" in address else "?"}vintage={id}'

    return _LEADS.sub(lead, page)


def error_page(
    vintage: Vintage,
    error: ComityError,
    status: int,
    suggestions: Sequence[tuple[str, str]] = (),
) -> str:
    """Return the page that says what could not be done, and what to do about it.

    Parameters
    ----------
    vintage : Vintage
    error : ComityError
    status : int
        Of the response.
    suggestions : sequence of (str, str)
        What may have been meant: name, address.
    """
    phrase = HTTPStatus(status).phrase
    return show(
        "error.html.j2",
        vintage,
        "",
        error=error,
        status=status,
        phrase=phrase,
        suggestions=suggestions,
    )


@cache
def environment() -> Environment:
    """Return the templates of the pages and of the reports whose parts they show."""
    made = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("comity.web.pages"),
                PackageLoader("comity.brief.render"),
                PackageLoader("comity.brief.promises", "."),
                PackageLoader("comity.intent.reading"),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for source in (html.environment(), promises.environment(), reading.environment()):
        made.filters.update(source.filters)
    made.filters["shown"] = shown
    made.filters["written"] = written
    made.globals.update(
        asset=asset,
        nobody=Markup(NOBODY),  # noqa: S704 - our own
        somebody=somebody,
        runs=runs,
        flag_marks={flag: mark for flag, (mark, _) in names.FLAGS.items()},
    )
    return made


def written(cell: Cell, unit: str) -> str:
    """Write a cell as reports do, with the names of countries where files have their codes.

    Examples
    --------
    >>> written("IND > BRA > IND", ""), written("TOTAL", ""), written(0.5, "share")
    ('India → Brazil → India', 'TOTAL', '50 %')
    """
    if isinstance(cell, str) and _CODES.fullmatch(cell):
        known = _names()
        codes = cell.split(" > ")
        if all(code in known for code in codes):
            return " → ".join(known[code] for code in codes)
    return report.written(cell, unit)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report's table as a page shows it; ``look`` is its class in the style."""

    place: int
    heading: str
    unit: str
    look: str


def shown(sheet: Sheet, most: int | None = None) -> list[Column]:
    """Return the columns that a page shows of a table, and what each looks like."""
    return [
        Column(place, heading, unit, "n" if unit else _look(r[place] for r in sheet.rows[:most]))
        for place, (key, heading, unit) in enumerate(sheet.columns)
        if not sheet.brief or key in sheet.brief
    ]


def _look(cells: Iterable[Cell]) -> str:
    told = [written(cell, "") for cell in cells if cell]
    if told and all(html.dated(cell) for cell in told):
        return "day"
    return "words" if any(len(cell) > _LONG for cell in told) else ""


@cache
def _names() -> dict[str, str]:
    return {country.iso3: country.name for country in catalogue.list_countries()}


def somebody(name: str) -> Markup:
    """Return what a page says of who is signed in."""
    return Markup('<p class="who"><a href="/desk" title="Signed in">{}</a></p>').format(name)


def asset(name: str) -> str:
    """Return the address of a style, script or picture; it changes when the file does."""
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    # The bundle takes a second to make: its maker's version says as well whether it changed.
    told = f"{_BUNDLE} {version('vl-convert-python')}".encode()
    return hashlib.sha256(told if name == "vega.js" else content(name)).hexdigest()[:12]


@cache
def content(name: str) -> bytes:
    """Return one of the files under ``/static``.

    Raises
    ------
    KeyError
        There is no such file: names are looked up, never opened as paths.
    """
    match name:
        case "comity.css":
            return _style("".join(_read(package, path) for package, path in _STYLES))
        case "check.css":
            return _style(_read("comity.intent.reading", "templates/check.css"))
        case "comity.js" | "icon.svg":
            return _read("comity.web.pages", f"static/{name}").encode()
        case "vega.js":
            import vl_convert

            return str(vl_convert.javascript_bundle(_BUNDLE)).encode()
    raise KeyError(name)


TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


def _read(package: str, path: str) -> str:
    return (files(package) / path).read_text(encoding="utf-8")


def _style(css: str) -> bytes:
    plain = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s+", " ", plain).strip().encode()
