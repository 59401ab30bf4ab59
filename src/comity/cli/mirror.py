"""`comity mirror A B`: who says what of the trade between two countries."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.output import FormatOption, LakeOption, OutOption, YearOption, choose_format


def mirror(
    a: Annotated[str, typer.Argument(help="A country: name, ISO2 or ISO3.", metavar="A")],
    b: Annotated[str, typer.Argument(help="Another country.", metavar="B")],
    year: YearOption = None,
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
    lake: LakeOption = None,
) -> None:
    """Set what each side reports of its trade with the other beside it, and reconcile the two.

    [dim]Examples:[/dim]  comity mirror IND RUS
               comity mirror CHN USA --year 2021 --out mirror.html
    """
    chosen = choose_format(format, out)
    import comity
    from comity.brief.reports import mirror as reports
    from comity.cli.report import send

    send(reports.mirror(comity.open(lake).store, a, b, year=year), chosen, out)
