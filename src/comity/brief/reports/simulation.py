"""What an agreement, its end, a tariff or a sanction would change, as a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from comity import catalogue
from comity.brief import text
from comity.brief.charts import simulation as charts
from comity.brief.reports.report import Report, Sheet
from comity.brief.simulation import percent, sentences
from comity.errors import ElasticityError, UsageError
from comity.lake import Store
from comity.potential import simulation as model
from comity.potential.simulation import LEAVES_OUT, Settings, Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user may say of a simulation, as it is written: "50%", "embargo".

    Attributes
    ----------
    cut, raise_, shock : str, optional
        Cut of tariffs, points by which they rise, cost of trading; with ``withdraw`` one of four.
    withdraw : bool
        The agreements between the two end.
    ways : str
        What A sells to B (there), the other way (back), or both.
    theta, sigma : float, optional
        Trade elasticity of tier 3, or the elasticity of substitution (theta + 1).
    deficits : str
        What stays of trade deficits: their share (multiplicative) or their value (additive).
    draws : int
        Draws for the bands of tier 3.
    depth : str
        Agreements to learn from, by how much they cover: any, shallow, medium, deep.
    tariff : Path, optional
        The user's own tariffs, a CSV file.
    demand, substitution : float
        Elasticities of tier 1.
    fuel_tariffs : bool
        Average tariffs count for fuels, too.
    gross_output : float
        Gross output over GDP, for what is sold at home.
    refit : bool
        Estimate tier 2 anew from the lake.
    """

    cut: str | None = None
    withdraw: bool = False
    raise_: str | None = None
    shock: str | None = None
    ways: str = "both"
    theta: float | None = None
    sigma: float | None = None
    deficits: Literal["multiplicative", "additive"] = "multiplicative"
    draws: int = 1000
    depth: str = "any"
    tariff: Path | None = None
    demand: float = -1.5
    substitution: float = 1.5
    fuel_tariffs: bool = False
    gross_output: float = 1.9
    refit: bool = False


def simulate(store: Store, a: str, b: str, options: Options | None = None) -> Report:
    """Return what a change between two countries or blocs would do, in three tiers.

    Parameters
    ----------
    store : Store
        The lake.
    a, b : str
        Countries or blocs.
    options : Options, optional
        By default a trade agreement between the two.

    Raises
    ------
    UsageError, ElasticityError
        The options contradict each other, or are out of range.
    """
    asked = options or Options()
    scenario = model.read_scenario(
        a,
        b,
        cut=_share(asked.cut, "--cut"),
        withdraw=asked.withdraw,
        raise_=_share(asked.raise_, "--raise"),
        shock=model.EMBARGO if _is_embargo(asked.shock) else _share(asked.shock, "--shock"),
        ways=model.Ways(asked.ways),
    )
    settings = Settings(
        theta=_theta(asked),
        deficits=asked.deficits,
        draws=asked.draws,
        depth=model.Depth(asked.depth),
        demand=asked.demand,
        substitution=asked.substitution,
        fuel_tariffs=asked.fuel_tariffs,
        output_ratio=asked.gross_output,
        refit=asked.refit,
    )
    rates = [] if asked.tariff is None else model.read_tariffs(asked.tariff)
    found = model.simulate(store, scenario, settings, tariffs=rates)
    command = f"comity simulate {scenario.a.id} {scenario.b.id}{_given(asked)}"
    return report(found, command, store.sources)


def _share(text: str | None, option: str) -> float | None:
    return None if text is None else model.read_fraction(text, option)


def _is_embargo(shock: str | None) -> bool:
    return shock is not None and shock.strip().lower() == "embargo"


def _theta(asked: Options) -> float:
    if asked.theta is not None and asked.sigma is not None:
        raise UsageError("Both --theta and --sigma were given.", "Sigma is theta + 1: give one.")
    if asked.sigma is None:
        return Settings().theta if asked.theta is None else asked.theta
    if not asked.sigma > 1:
        raise ElasticityError(
            f"The elasticity of substitution is {asked.sigma:g}; it has to be above 1.",
            "Estimates for all goods lie between 4 and 8.",
        )
    return asked.sigma - 1


def _given(asked: Options) -> str:
    """Write the options that differ from the usual ones as on the command line."""
    usual, words = Options(), []
    for name in Options.__dataclass_fields__:
        value = getattr(asked, name)
        if value != getattr(usual, name):
            option = f"--{name.strip('_').replace('_', '-')}"
            words.append(option if value is True else f"{option} {value}")
    return f" {' '.join(words)}" if words else ""


def report(found: Simulation, command: str, sources: dict[str, dict[str, Any]]) -> Report:
    """Return the whole answer: sentences, tables, assumptions, charts."""
    settings = found.settings
    return Report(
        title=f"What {found.scenario.words} would change",
        command=command,
        findings=tuple(sentences(found)),
        sheets=tuple(_sheets(found)),
        sources={name: sources[name] for name in found.sources if name in sources},
        facts={
            "scenario": {
                "a": {"id": found.scenario.a.id, "members": list(found.scenario.a.members)},
                "b": {"id": found.scenario.b.id, "members": list(found.scenario.b.members)},
                "kind": found.scenario.kind.value,
                "amount": None if found.scenario.amount == float("inf") else found.scenario.amount,
                "ways": found.scenario.ways.value,
            },
            "assumptions": _assumptions(settings),
            "leaves_out": {str(tier): words for tier, words in LEAVES_OUT.items()},
            "world": {
                "year": found.world.year,
                "countries": len(found.world.countries),
                "left_out": list(found.world.left_out),
                "gdp_of_earlier_years": list(found.world.dated),
                "welfare": found.worldwide.world_welfare,
                "residual": found.worldwide.residual,
            },
        },
        notes=tuple(_notes(found)),
        charts=charts.draw(found),
    )


def _assumptions(settings: Settings) -> dict[str, Any]:
    return {
        "theta": settings.theta,
        "sigma": settings.theta + 1,
        "deficits": settings.deficits,
        "draws": settings.draws,
        "depth": settings.depth.value,
        "demand_elasticity": settings.demand,
        "substitution_elasticity": settings.substitution,
        "fuel_tariffs": settings.fuel_tariffs,
        "gross_output_over_gdp": settings.output_ratio,
    }


def _notes(found: Simulation) -> list[str]:
    settings, world = found.settings, found.world
    lines = [f"Tier {tier} leaves out: {words}" for tier, words in LEAVES_OUT.items()]
    lines += found.products.notes
    if len(found.products.rows):
        lines.append(
            f"Tier 1 assumes a demand elasticity of {text.MINUS}{-settings.demand:g} and a "
            f"substitution elasticity of {settings.substitution:g}; supply is infinitely elastic."
        )
    lines.append(
        f"Tier 3: trade of {world.year} among {len(world.countries)} countries; sales at home are "
        f"{world.ratio:g} times GDP less exports; deficits {settings.deficits}; elasticity of "
        f"substitution {settings.theta + 1:g}; theta drawn log-normally with 25 %, in "
        f"{settings.draws:,} draws."
    )
    if world.left_out:
        lines.append(
            "Left out of tier 3, as they import over 1.6 times their GDP: "
            f"{text.listed([_name(code) for code in world.left_out])}."
        )
    alone = found.worldwide.tariffs_alone
    if alone is not None:
        hats = alone.set_index("code")["welfare"]
        members = (*found.scenario.a.members, *found.scenario.b.members)
        known = [code for code in members if code in hats.index]
        named = [f"{_name(code)} {percent(float(hats[code]))}" for code in known]
        lines.append(f"Tier 3 with tariffs cut and nothing else: {text.listed(named[:12])}.")
    return lines


def _name(code: str) -> str:
    return catalogue.country(code).with_article


def _sheets(found: Simulation) -> list[Sheet]:
    made = [
        Sheet(
            id="summary",
            title="Trade between the sides, by tier",
            columns=(
                ("tier", "Tier", ""),
                ("seller", "Seller", ""),
                ("buyer", "Buyer", ""),
                ("before", "Before", "USD"),
                ("change", "Change", "USD"),
                ("low", "Low", "USD"),
                ("high", "High", "USD"),
                ("relative", "Relative", "share"),
            ),
            rows=tuple(_summary(found)),
        ),
        _countries(found),
    ]
    rows = found.products.rows
    if len(rows):
        shown = rows.sort_values("change", key=abs, ascending=False)
        columns = [
            "exporter", "importer", "product", "label", "period", "imports", "imports_rest",
            "tariff_before", "tariff_after", "creation", "diversion", "change", "revenue",
            "tariff_source", "source", "rest_source", "flags",
        ]  # fmt: skip
        units = dict.fromkeys(
            ("imports", "imports_rest", "creation", "diversion", "change", "revenue"), "USD"
        ) | dict.fromkeys(("tariff_before", "tariff_after"), "share")
        headings = {
            "exporter": "From", "importer": "To", "product": "HS", "label": "Goods",
            "imports": "Imports", "tariff_before": "Tariff", "tariff_after": "After",
        }  # fmt: skip
        made.append(
            Sheet(
                id="products",
                title="Tier 1, by product: what tariffs alone would do",
                columns=tuple(
                    (c, headings.get(c, c.replace("_", " ").capitalize()), units.get(c, ""))
                    for c in columns
                ),
                rows=tuple(shown[columns].itertuples(index=False, name=None)),
                shown=12,
                brief=(
                    "exporter", "importer", "product", "label", "imports", "tariff_before",
                    "creation", "diversion",
                ),
            )
        )  # fmt: skip
    made.append(_effects(found))
    return made


def _summary(found: Simulation) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    products = found.products.rows
    partial = found.partial
    for seller, buyer in (
        (found.scenario.a, found.scenario.b),
        (found.scenario.b, found.scenario.a),
    ):
        mine = products[
            products["exporter"].isin(seller.members) & products["importer"].isin(buyer.members)
        ]
        if len(mine):
            before, change = float(mine["imports"].sum()), float(mine["change"].sum())
            rows.append(
                ("1 tariffs", seller.id, buyer.id, before, change, None, None, change / before)
            )
        if found.effect is not None:
            pair = partial[
                partial["exporter"].isin(seller.members) & partial["importer"].isin(buyer.members)
            ]
            if len(pair):
                before, change, low, high = (
                    float(pair[c].sum()) for c in ("value", "change", "low", "high")
                )
                rows.append(
                    (
                        "2 agreements",
                        seller.id,
                        buyer.id,
                        before,
                        change,
                        low,
                        high,
                        change / before,
                    )
                )
        sides = found.worldwide.sides
        side = sides[(sides["seller"] == seller.id) & (sides["buyer"] == buyer.id)]
        for row in side.itertuples(index=False):
            before, after, low, high = (float(value) for value in row[2:6])
            rows.append(
                ("3 world", seller.id, buyer.id, before, after - before, low - before,
                 high - before, after / before - 1)
            )  # fmt: skip
    return sorted(rows, key=lambda row: str(row[0]))


def _countries(found: Simulation) -> Sheet:
    frame = found.worldwide.countries
    order = frame["role"].map({"a": 0, "b": 1, "third": 2})
    frame = frame.assign(
        order=order,
        size=frame["welfare"].abs(),
        name=[catalogue.country(c).name for c in frame["code"]],
        side=frame["role"].map({"a": found.scenario.a.id, "b": found.scenario.b.id, "third": ""}),
    ).sort_values(["order", "size"], ascending=[True, False])
    columns = (
        ("code", "Code", ""),
        ("name", "Country", ""),
        ("role", "Role", ""),
        ("side", "Side", ""),
        ("welfare", "Real income", "share"),
        ("low", "Low", "share"),
        ("high", "High", "share"),
        ("welfare_other", "Other deficits", "share"),
        ("exports_before", "Exports", "USD"),
        ("exports_after", "After", "USD"),
        ("home_share", "Sold at home", "share"),
    )
    keys = [name for name, _, _ in columns]
    return Sheet(
        id="countries",
        title="Tier 3, by country: change of real income and of exports",
        columns=columns,
        rows=tuple(frame[keys].itertuples(index=False, name=None)),
        shown=12,
        note="Without a side: third countries. Low and high: 95 % of the draws. Other deficits: "
        "the other rule for trade deficits.",
        brief=("name", "side", "welfare", "low", "high", "welfare_other"),
    )


def _effects(found: Simulation) -> Sheet:
    return Sheet(
        id="effects",
        title="Tier 2: what agreements did to trade, 1964–2016, by depth",
        columns=(
            ("depth", "Depth", ""),
            ("b", "Coefficient", "ratio"),
            ("error", "Standard error", "ratio"),
            ("change", "Trade", "share"),
            ("low", "Low", "share"),
            ("high", "High", "share"),
            ("observations", "Observations", "count"),
            ("pairs", "Flows under one", "count"),
            ("source", "Source", ""),
        ),
        rows=tuple(
            (e.depth, e.b, e.error, e.change, *e.interval, e.observations, e.pairs, e.source)
            for e in found.effects.values()
        ),
        note="PPML with exporter-year, importer-year and directed pair effects, errors clustered "
        "by pair. Depth counts provisions: shallow 0–2 of 16, medium 3–5, deep 6 and more. "
        "'scheme' is the Global System of Trade Preferences. Without domestic trade.",
        brief=("depth", "b", "error", "change", "low", "high", "pairs"),
    )
