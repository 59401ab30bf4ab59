"""`comity check FILE`: the claims and promises of a text, each set against the data."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.output import (
    Format,
    FormatOption,
    LakeOption,
    OutOption,
    choose_format,
    deliver,
    look,
)
from comity.errors import UsageError

if TYPE_CHECKING:
    from comity.intent.reading import Document, Reading

_LONG = 150_000  # characters from which on reading takes over a second


def check(
    file: Annotated[
        Path, typer.Argument(help="A text, HTML or PDF file; - for standard input.", metavar="FILE")
    ],
    pair: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Only these two countries.", metavar="A B", show_default=False),
    ] = None,
    date: Annotated[
        str | None, typer.Option(help="The text's date, instead of the one it gives: 2025-12-09.")
    ] = None,
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
    lake: LakeOption = None,
) -> None:
    """Find what a text claims about two countries, and set it against the data.

    Every figure about the two and every promise mentioned gets a verdict: supported, contradicted,
    outdated, disputed or no data.

    [dim]Examples:[/dim]  comity check article.html
               comity check speech.pdf --pair IND RUS --out checked.html
    """
    chosen = choose_format(format, out)
    if chosen is Format.xlsx:
        raise UsageError("A checked text has no spreadsheet form.", "Take --format csv or html.")
    from comity.intent.reading.document import read_file

    deliver(_write(_read(read_file(file), pair, date, lake), chosen, to_file=out is not None), out)


def _read(
    document: Document, pair: tuple[str, str] | None, date: str | None, lake: Path | None
) -> Reading:
    from comity import catalogue, starter
    from comity.intent import ledger
    from comity.intent.reading import check as read
    from comity.intent.reading.dateline import read_date
    from comity.lake import Store

    sides = None
    if pair:
        a, b = (
            name.upper() if catalogue.is_bloc(name) else catalogue.country(name).iso3
            for name in pair
        )
        if a == b:
            raise UsageError("A pair is two different countries.", "Name another with --pair.")
        sides = (a, b)
    day = read_date(date) if date else None
    store = Store(lake or starter.path())
    with _progress(len(document.text)) as progress:
        return read(document, store, ledger.open(), pair=sides, date=day, progress=progress)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None] | None]:
    """Show how far the reading of a long text is, on a terminal."""
    if total < _LONG or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading", total=total)
        yield lambda done: bar.update(task, completed=done)


def _write(reading: Reading, chosen: Format, *, to_file: bool) -> str:
    from comity.intent.reading import as_csv, as_dict

    if chosen is Format.json:
        return json.dumps(as_dict(reading), ensure_ascii=False, indent=1) + "\n"
    if chosen is Format.csv:
        return as_csv(reading)
    if chosen is Format.html:
        from comity.intent.reading import page

        return page.render(reading)
    from comity.intent.reading import terminal

    width, color = look(to_file=to_file, widest=terminal.WIDEST)
    return terminal.render(reading, width=min(width, 140), color=color)
