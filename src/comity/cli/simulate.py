"""`comity simulate A B`: what an agreement, its end, a tariff or a sanction would change."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.output import FormatOption, LakeOption, OutOption, choose_format


class _Deficits(StrEnum):
    multiplicative = "multiplicative"
    additive = "additive"


class _Depth(StrEnum):
    any = "any"
    shallow = "shallow"
    medium = "medium"
    deep = "deep"


class _Ways(StrEnum):
    both = "both"
    there = "there"
    back = "back"


def simulate(
    a: Annotated[str, typer.Argument(help="A country or a bloc.", metavar="A")],
    b: Annotated[str, typer.Argument(help="Another country or bloc.", metavar="B")],
    cut: Annotated[
        str | None, typer.Option(help="Cut of tariffs: 50%. 100% is an agreement as a whole.")
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="The agreements between them end.")
    ] = False,
    raise_: Annotated[
        str | None, typer.Option("--raise", help="Tariffs rise by so many points: 10%.")
    ] = None,
    shock: Annotated[
        str | None, typer.Option(help="Trading costs more: 25% of the price, or 'embargo'.")
    ] = None,
    ways: Annotated[
        _Ways, typer.Option(help="What A sells to B (there), the other way (back), or both.")
    ] = _Ways.both,
    theta: Annotated[
        float | None, typer.Option(help="Trade elasticity of tier 3; 4 by default.")
    ] = None,
    sigma: Annotated[
        float | None, typer.Option(help="Elasticity of substitution instead: theta + 1.")
    ] = None,
    deficits: Annotated[
        _Deficits, typer.Option(help="What stays of trade deficits: their share, or their value.")
    ] = _Deficits.multiplicative,
    draws: Annotated[int, typer.Option(help="Draws for the bands of tier 3.")] = 1000,
    depth: Annotated[
        _Depth, typer.Option(help="Agreements to learn from, by how much they cover.")
    ] = _Depth.any,
    tariff: Annotated[
        Path | None,
        typer.Option(help="CSV of tariffs: product, importer, exporter (optional), rate."),
    ] = None,
    demand: Annotated[
        float, typer.Option(help="Price elasticity of import demand in tier 1, below 0.")
    ] = -1.5,
    substitution: Annotated[
        float, typer.Option(help="Elasticity between suppliers in tier 1, 0 or above.")
    ] = 1.5,
    fuel_tariffs: Annotated[
        bool, typer.Option("--fuel-tariffs", help="Average tariffs count for fuels, too.")
    ] = False,
    gross_output: Annotated[
        float, typer.Option(help="Gross output over GDP, for what is sold at home.")
    ] = 1.9,
    refit: Annotated[
        bool, typer.Option("--refit", help="Estimate tier 2 anew from the lake; seconds.")
    ] = False,
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
    lake: LakeOption = None,
) -> None:
    """Say what a change between two countries or blocs would do, in three tiers.

    By product through tariffs; by what past agreements did; and with all countries' wages and
    prices answering. Each tier says what it leaves out.

    [dim]Examples:[/dim]  comity simulate IND EAEU
               comity simulate IND EAEU --tariff mine.csv --out simulation.html
               comity simulate IND RUS --raise 10% --ways back
    """
    chosen = choose_format(format, out)
    import comity
    from comity.brief.reports import simulation as reports
    from comity.cli.report import send

    options = reports.Options(
        cut=cut,
        withdraw=withdraw,
        raise_=raise_,
        shock=shock,
        ways=ways.value,
        theta=theta,
        sigma=sigma,
        deficits=deficits.value,
        draws=draws,
        depth=depth.value,
        tariff=tariff,
        demand=demand,
        substitution=substitution,
        fuel_tariffs=fuel_tariffs,
        gross_output=gross_output,
        refit=refit,
    )
    send(reports.simulate(comity.open(lake).store, a, b, options), chosen, out)
