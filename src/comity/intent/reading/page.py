"""The reading as one HTML file: the text with its claims marked, and what is known beside them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from comity.intent.reading.outcomes import day
from comity.intent.reading.reading import Reading, as_dict
from comity.intent.reading.rows import Row, rows
from comity.intent.reading.verdicts import Verdict, name_of

SYMBOLS = {
    Verdict.supported: "✓",
    Verdict.contradicted: "✕",
    Verdict.outdated: "↺",
    Verdict.disputed: "≠",
    Verdict.no_data: "○",
}
MEANINGS = {
    Verdict.supported: "data or ledger bear it out",
    Verdict.contradicted: "they say otherwise for that time",
    Verdict.outdated: "it was so, or is already done",
    Verdict.disputed: "sources disagree",
    Verdict.no_data: "nothing is held that could decide it",
}
_WHOLE = 400_000
_LAST = re.compile(r"\S{0,24}$")
_SHORT = 60
_BREAK = re.compile(r"\n[ \t\r]*\n\s*|\n(?=\s*\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a paragraph: plain, or marked with the numbers of its rows."""

    text: str
    rows: tuple[Row, ...] = ()

    @property
    def last_word(self) -> str:
        """The last word, which is kept on one line with the number behind it."""
        return _LAST.search(self.text)[0]  # type: ignore[index]  # it matches any text


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and the rows explained beside it; ``kind`` is text, short, menu or gap."""

    kind: str
    pieces: tuple[Piece, ...]
    rows: tuple[Row, ...]


def render(reading: Reading) -> str:
    """Return the reading as one HTML file without scripts and without other hosts."""
    listed = rows(reading)
    counts = Counter(row.verdict for row in listed)
    return (
        environment()
        .get_template("check.html.j2")
        .render(
            reading=reading,
            data=as_dict(reading),
            rows=listed,
            counts=[(verdict, counts[verdict]) for verdict in Verdict if counts[verdict]],
            symbols=SYMBOLS,
            meanings=MEANINGS,
            names=tuple(name_of(side) for side in reading.pair),
            title=reading.document.title or reading.document.name,
            paragraphs=list(paragraphs(reading, listed)),
            style=Markup(_style()),  # noqa: S704  # our own file
        )
    )


def paragraphs(reading: Reading, listed: list[Row]) -> Iterator[Paragraph]:
    """Yield the paragraphs of the text; of a very long one only those with a mark."""
    text = reading.document.text
    menu: list[str] = []
    skipped = False
    starts = [row.start for row in listed]
    for start, end in _cuts(text, listed):
        here = listed[bisect_left(starts, start) : bisect_left(starts, end)]
        if not here and not skipped and len(text) <= _WHOLE and _is_menu(text[start:end]):
            menu.append(" ".join(text[start:end].split()))
            continue
        if menu:
            yield _menu(menu)
            menu = []
        if not here and len(text) > _WHOLE:
            if not skipped:
                yield Paragraph("gap", (Piece("…"),), ())
            skipped = True
            continue
        skipped = False
        yield Paragraph("text", tuple(_pieces(text, start, end, here)), tuple(here))
    if menu:
        yield _menu(menu)


def _menu(lines: list[str]) -> Paragraph:
    kind = "menu" if len(lines) > 2 else "short"
    return Paragraph(kind, (Piece(" · ".join(lines)),), ())


def _is_menu(line: str) -> bool:
    words = line.strip()
    return len(words) < _SHORT and not words.endswith((".", "!", "?", '"', "”"))


def _cuts(text: str, listed: list[Row]) -> Iterator[tuple[int, int]]:
    """Yield the paragraphs' places; none ends inside a mark."""
    start = 0
    starts = [row.start for row in listed]
    for match in [*_BREAK.finditer(text), None]:
        end = match.start() if match else len(text)
        place = bisect_left(starts, end)
        if any(row.end > end for row in listed[max(0, place - 4) : place]):
            continue
        if text[start:end].strip():
            yield start, end
        start = match.end() if match else end


def _pieces(text: str, start: int, end: int, here: list[Row]) -> Iterator[Piece]:
    place = start
    groups: list[tuple[int, int, list[Row]]] = []
    for row in sorted(here, key=lambda r: (r.start, -r.end)):
        if groups and row.start < groups[-1][1]:
            first, last, held = groups[-1]
            groups[-1] = (first, max(last, row.end), [*held, row])
        else:
            groups.append((row.start, row.end, [row]))
    for first, last, held in groups:
        if first > place:
            yield Piece(text[place:first])
        yield Piece(text[first:last], tuple(held))
        place = last
    if place < end:
        yield Piece(text[place:end])


def _link(address: object) -> str:
    """Return an address that may be linked to, or ""."""
    text = str(address or "")
    return text if urlsplit(text).scheme in {"http", "https"} else ""


@cache
def _style() -> str:
    return (files("comity.intent.reading") / "templates" / "check.css").read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Return the templates of readings, with their filters."""
    environment = Environment(
        loader=PackageLoader("comity.intent.reading"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "slug": lambda v: str(v).replace(" ", "-"),
        "link": _link,
        "day": day,
    }
    environment.filters.update(filters)
    return environment
