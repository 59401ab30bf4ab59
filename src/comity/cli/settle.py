"""`comity settle A B`: what can be settled in national currencies, and what piles up."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.output import FormatOption, LakeOption, OutOption, choose_format


def settle(
    a: Annotated[str, typer.Argument(help="A country: name, ISO2 or ISO3.", metavar="A")],
    b: Annotated[str, typer.Argument(help="Another country.", metavar="B")],
    group: Annotated[
        str,
        typer.Option("--with", help="Blocs and countries that settle with them; 'world' for all."),
    ] = "",
    invoicing: Annotated[
        float, typer.Option(help="Share of trade invoiced in the two currencies; 0.9 is 90 %.")
    ] = 1.0,
    interest: Annotated[float, typer.Option(help="A year's interest on holdings; 0.05.")] = 0.0,
    depreciation: Annotated[
        float, typer.Option(help="A year's loss of value against the dollar; 0.03.")
    ] = 0.0,
    sinks: Annotated[
        float, typer.Option(help="Dollars a year that the holder can spend of them; 5e9.")
    ] = 0.0,
    start: Annotated[float, typer.Option(help="Dollars held at the beginning.")] = 0.0,
    years: Annotated[int, typer.Option(help="Length of the path.")] = 5,
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
    lake: LakeOption = None,
) -> None:
    """Say how much of two-way trade can net, alone and within a group, and what is left over.

    [dim]Examples:[/dim]  comity settle IND RUS --with BRICS
               comity settle IND RUS --invoicing 0.9 --interest 0.06 --sinks 5e9
    """
    chosen = choose_format(format, out)
    import comity
    from comity.brief.reports import settlement
    from comity.cli.report import send

    terms = settlement.Terms(
        group=group,
        invoicing=invoicing,
        interest=interest,
        depreciation=depreciation,
        sinks=sinks,
        start=start,
        years=years,
    )
    found = settlement.settle(comity.open(lake).store, a, b, terms)
    send(found, chosen, out)
