"""`comity simulate A B`: what an agreement, its end, a tariff or a sanction would change."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.output import FormatOption, LakeOption, OutOption, choose_format
from comity.errors import ElasticityError, UsageError


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
    if theta is not None and sigma is not None:
        raise UsageError("Both --theta and --sigma were given.", "Sigma is theta + 1: give one.")
    if sigma is not None:
        if not sigma > 1:
            raise ElasticityError(
                f"The elasticity of substitution is {sigma:g}; it has to be above 1.",
                "Estimates for all goods lie between 4 and 8.",
            )
        theta = sigma - 1
    import comity
    from comity.cli.report import send
    from comity.potential import simulation as model

    def share(text: str | None, option: str) -> float | None:
        return None if text is None else model.read_fraction(text, option)

    embargo = shock is not None and shock.strip().lower() == "embargo"
    scenario = model.read_scenario(
        a,
        b,
        cut=share(cut, "--cut"),
        withdraw=withdraw,
        raise_=share(raise_, "--raise"),
        shock=model.EMBARGO if embargo else share(shock, "--shock"),
        ways=model.Ways(ways.value),
    )
    settings = model.Settings(
        theta=model.Settings().theta if theta is None else theta,
        deficits=deficits.value,
        draws=draws,
        depth=model.Depth(depth.value),
        demand=demand,
        substitution=substitution,
        fuel_tariffs=fuel_tariffs,
        output_ratio=gross_output,
        refit=refit,
    )
    rates = [] if tariff is None else model.read_tariffs(tariff)
    store = comity.open(lake).store
    found = model.simulate(store, scenario, settings, tariffs=rates)
    given = _given(
        {
            "--cut": cut, "--withdraw": withdraw, "--raise": raise_, "--shock": shock,
            "--ways": None if ways is _Ways.both else ways.value,
            "--theta": theta, "--tariff": tariff,
            "--deficits": None if deficits is _Deficits.multiplicative else deficits.value,
            "--draws": None if draws == model.Settings().draws else draws,
            "--depth": None if depth is _Depth.any else depth.value,
        }
    )  # fmt: skip
    command = f"comity simulate {scenario.a.id} {scenario.b.id}{given}"
    from comity.cli.simulation_report import report

    send(report(found, command, store.sources), chosen, out)


def _given(options: dict[str, Any]) -> str:
    words = [
        name if value is True else f"{name} {value}" for name, value in options.items() if value
    ]
    return f" {' '.join(words)}" if words else ""
