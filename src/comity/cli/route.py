"""`comity route A B`: the way by sea between two ports, and the corridors between countries."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.output import FormatOption, OutOption, choose_format


def route(
    start: Annotated[str, typer.Argument(help="A port by name or UN/LOCODE, or a country.")],
    end: Annotated[str, typer.Argument(help="Another port.")],
    avoid: Annotated[
        str, typer.Option(help="Passages closed to the ship, with commas: suez, panama, hormuz...")
    ] = "",
    arctic: Annotated[bool, typer.Option("--arctic", help="Open the Arctic.")] = False,
    knots: Annotated[float, typer.Option(help="Steady speed, nautical miles an hour.")] = 14.0,
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
) -> None:
    """Compute distance and days by sea, and set corridors as said beside them as computed.

    [dim]Examples:[/dim]  comity route Mumbai "Saint Petersburg"
               comity route Chennai Vladivostok --avoid malacca --out route.html
    """
    chosen = choose_format(format, out)
    from comity.brief.reports import route as routes
    from comity.cli.report import send

    send(routes.route(start, end, avoid=avoid, arctic=arctic, knots=knots), chosen, out)
