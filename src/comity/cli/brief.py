"""`comity brief A B`: the page on two countries."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.output import Format, choose_format, deliver

if TYPE_CHECKING:
    from comity.brief.content import Brief


def brief(
    a: Annotated[str, typer.Argument(help="A country: name, ISO2 or ISO3.", metavar="A")],
    b: Annotated[str, typer.Argument(help="Another country.", metavar="B")],
    year: Annotated[
        int | None, typer.Option(help="Read the data as if nothing after this year existed.")
    ] = None,
    format: Annotated[  # noqa: A002
        Format | None, typer.Option("--format", "-f", help="By default what --out ends in.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write to this file.", dir_okay=True)
    ] = None,
    lake: Annotated[
        Path | None, typer.Option(help="Folder of a lake; by default the embedded data.")
    ] = None,
) -> None:
    """Put together what two countries have with each other, every number with its source.

    [dim]Examples:[/dim]  comity brief IND RUS
               comity brief India Russia --out brief.html
    """
    chosen = choose_format(format, out)
    import comity

    pair = comity.open(lake).pair(a, b)
    if chosen is Format.html:
        from comity.brief.render import svg

        # The drawing engine takes its time to start: let it, while the brief is put together.
        Thread(target=svg.warm_up, daemon=True).start()
    made = pair.brief(year, draw=chosen in (Format.html, Format.xlsx))
    deliver(_write(made, chosen, to_file=out is not None), out)


def _write(made: Brief, chosen: Format, *, to_file: bool) -> str | bytes:
    match chosen:
        case Format.json:
            from comity.brief.render import plain

            return plain.to_json(made)
        case Format.csv:
            from comity.brief.render import plain

            return plain.to_csv(made)
        case Format.html:
            from comity.brief.render import html

            return html.render(made)
        case Format.xlsx:
            from comity.brief.render import xlsx

            return xlsx.render(made)
        case Format.table:
            from rich.console import Console

            from comity.brief.render import terminal

            console = Console()
            color = not to_file and console.is_terminal and not console.no_color
            width = console.width if not to_file and sys.stdout.isatty() else terminal.WIDEST
            return terminal.render(made, width=width, color=color)
