"""`comity opportunities A B`: what each could sell the other, product by product."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.cli.output import FormatOption, LakeOption, OutOption, choose_format


def opportunities(
    a: Annotated[str, typer.Argument(help="The exporter: name, ISO2 or ISO3.", metavar="A")],
    b: Annotated[str, typer.Argument(help="The importer.", metavar="B")],
    top: Annotated[int, typer.Option(min=1, help="How many products the terminal shows.")] = 20,
    both: Annotated[bool, typer.Option("--both", help="Show B's sales to A as well.")] = False,
    ease: Annotated[
        float | None, typer.Option(help="Ease of trade in the place of the computed one; 1 usual.")
    ] = None,
    growth: Annotated[
        Path | None, typer.Option(help="CSV: country,gdp[,population]; levels in five years.")
    ] = None,
    tariff: Annotated[
        Path | None, typer.Option(help="CSV: product,levied,on_pair,substitution[,exporter].")
    ] = None,
    named: Annotated[
        str, typer.Option(help="Sectors that somebody names, with commas, to find in the ranking.")
    ] = "",
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
    lake: LakeOption = None,
) -> None:
    """Rank what A could sell B: potential, what is sold, and products within reach.

    [dim]Examples:[/dim]  comity opportunities IND RUS --top 10 --both
               comity opportunities IND RUS --ease 1 --named pharmaceuticals,machinery
    """
    chosen = choose_format(format, out)
    import comity
    from comity.brief.reports import opportunities as reports
    from comity.cli.report import send

    found = reports.opportunities(
        comity.open(lake).store,
        a,
        b,
        top=top,
        both=both,
        ease=ease,
        growth=growth,
        tariff=tariff,
        named=named,
    )
    send(found, chosen, out)
