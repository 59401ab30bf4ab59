"""`comity brief A B`: the page on two countries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.output import (
    Format,
    FormatOption,
    LakeOption,
    OutOption,
    YearOption,
    choose_format,
    deliver,
    look,
)

if TYPE_CHECKING:
    from comity.brief.content import Brief


def brief(
    a: Annotated[str, typer.Argument(help="A country: name, ISO2 or ISO3.", metavar="A")],
    b: Annotated[str, typer.Argument(help="Another country.", metavar="B")],
    year: YearOption = None,
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
    lake: LakeOption = None,
) -> None:
    """Put together what two countries have with each other, every number with its source.

    [dim]Examples:[/dim]  comity brief IND RUS
               comity brief India Russia --out brief.html
    """
    chosen = choose_format(format, out)
    import comity

    pair = comity.open(lake).pair(a, b)
    if chosen is Format.html:
        deliver(pair.to_html(year), out)
        return
    made = pair.brief(year, draw=chosen is Format.xlsx)
    deliver(_write(made, chosen, to_file=out is not None), out)


def _write(made: Brief, chosen: Format, *, to_file: bool) -> str | bytes:
    if chosen is not Format.table:
        from comity.brief.render import files

        return files.write(made, chosen)
    from comity.brief.render import terminal

    width, color = look(to_file=to_file, widest=terminal.WIDEST)
    return terminal.render(made, width=width, color=color)
