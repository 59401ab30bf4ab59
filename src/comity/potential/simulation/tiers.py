"""The three tiers of one scenario, from a lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from comity.errors import NoDataError, UsageError
from comity.potential.equilibrium.one_sector import Deficits
from comity.potential.simulation.effects import SCHEME, Depth, Effect, read_effects
from comity.potential.simulation.matrix import OUTPUT_RATIO, World, read_world
from comity.potential.simulation.products import (
    DEMAND,
    SUBSTITUTION,
    TARIFF_SOURCE,
    USER,
    Products,
    simulate_products,
)
from comity.potential.simulation.scenario import Kind, Scenario
from comity.potential.simulation.tariff_file import Rate
from comity.potential.simulation.worldwide import THETA, Worldwide, simulate_world

if TYPE_CHECKING:
    from comity.lake import Store

LEAVES_OUT = {
    1: "Wages, incomes and world prices, which stay where they are; duty-free quotas, rules of "
    "origin and barriers other than tariffs; goods that are not traded today.",
    2: "Everybody else: what the two trade with others, prices and incomes; and sales at home, "
    "which the panel does not have. It is the average of past agreements, not this one.",
    3: "Products, inputs bought from each other, tariff revenue, capital and time: one good a "
    "country, one step from before to after. What is not traded stays at nothing.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a user may choose; the defaults are said in every output."""

    theta: float = THETA
    deficits: Deficits = "multiplicative"
    draws: int = 1000
    depth: Depth = Depth.any
    demand: float = DEMAND
    substitution: float = SUBSTITUTION
    fuel_tariffs: bool = False
    output_ratio: float = OUTPUT_RATIO
    refit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """One scenario in three tiers.

    Attributes
    ----------
    scenario : Scenario
    settings : Settings
    products : Products
        Tier 1.
    effects : dict of str to Effect
        Tier 2: by depth, and ``any``.
    effect : Effect or None
        The one that the scenario uses; None where it is no agreement as a whole.
    partial : DataFrame
        Tier 2 on this pair: exporter, importer, value, change, low, high (US dollars).
    world : World
        Baseline of tier 3.
    worldwide : Worldwide
        Tier 3.
    already : DataFrame
        Agreements known between the sides: origin, destination, treaty, last year seen.
    sources : tuple of str
        Ids of every source that went in, without the user's own file.
    """

    scenario: Scenario
    settings: Settings
    products: Products
    effects: dict[str, Effect]
    effect: Effect | None
    partial: pd.DataFrame
    world: World
    worldwide: Worldwide
    already: pd.DataFrame
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()


def simulate(
    store: Store,
    scenario: Scenario,
    settings: Settings | None = None,
    *,
    tariffs: Sequence[Rate] = (),
) -> Simulation:
    """Return what a change between two sides would do, in three tiers.

    Parameters
    ----------
    store : Store
        The lake.
    scenario : Scenario
        From `read_scenario`.
    settings : Settings, optional
    tariffs : sequence of Rate
        The user's tariffs by product, from `read_tariffs`.

    Raises
    ------
    UsageError
        Every pair has an agreement already (or, to withdraw, none has); tariffs that are not of
        either side.
    ElasticityError, NoDataError, NegativeTariffError
        As the tiers raise them.

    Examples
    --------
    >>> from comity import starter
    >>> from comity.lake import Store
    >>> from comity.potential.simulation import read_scenario, simulate
    >>> result = simulate(Store(starter.path()), read_scenario("IND", "EAEU"))
    >>> welfare = result.worldwide.countries.set_index("code")["welfare"]
    >>> f"{100 * welfare['IND']:.3f} %"
    '0.015 %'
    """
    settings = settings or Settings()
    _check_tariffs(scenario, tariffs)
    members = (*scenario.a.members, *scenario.b.members)
    world = read_world(store, ratio=settings.output_ratio, keep=members)
    already, in_force = _already(store, scenario, world.year)
    touched, notes = _touched(scenario, in_force, already)
    products = simulate_products(
        store,
        scenario,
        tariffs=tariffs,
        demand=settings.demand,
        substitution=settings.substitution,
        fuel_tariffs=settings.fuel_tariffs,
        touched=touched,
    )
    try:
        effects = read_effects(store, refit=settings.refit)
    except NoDataError:
        # Tariffs and costs alone need no agreements to learn from.
        if scenario.is_whole_agreement:
            raise
        effects = {}
    effect = None
    if scenario.is_whole_agreement:
        effect = effects.get(settings.depth.value)
        if effect is None:
            raise NoDataError(
                f"The panel has no {settings.depth.value} agreements.", "Take --depth any."
            )
    duties = _duties(products, scenario)
    if not duties and effect is None and scenario.kind is not Kind.shock:
        raise NoDataError(products.absent, "Give tariffs with --tariff.")
    worldwide = simulate_world(
        world,
        scenario,
        effect,
        tariffs=duties,
        touched=touched,
        theta=settings.theta,
        deficits=settings.deficits,
        draws=settings.draws,
    )
    return Simulation(
        scenario=scenario,
        settings=settings,
        products=products,
        effects=effects,
        effect=effect,
        partial=_partial(worldwide, effect, scenario),
        world=world,
        worldwide=worldwide,
        already=already,
        sources=_sources(products, effects, world),
        notes=(*scenario.notes, *notes, *_gaps(scenario, world)),
    )


def _partial(worldwide: Worldwide, effect: Effect | None, scenario: Scenario) -> pd.DataFrame:
    """Return tier 2 on the pairs: value, and its change with the ends of the interval."""
    pairs = worldwide.pairs[["exporter", "importer"]].copy()
    before = worldwide.pairs["before"]
    if effect is None:
        return pairs.assign(value=before, change=float("nan"), low=float("nan"), high=float("nan"))
    low, high = effect.interval
    rates = (effect.change, low, high)
    if scenario.kind is Kind.withdrawal:
        rates = (1 / (1 + effect.change) - 1, 1 / (1 + high) - 1, 1 / (1 + low) - 1)
    return pairs.assign(
        value=before, change=before * rates[0], low=before * rates[1], high=before * rates[2]
    )


def _already(
    store: Store, scenario: Scenario, year: int
) -> tuple[pd.DataFrame, set[tuple[str, str]]]:
    """Return the agreements that the lake knows between the sides, and the pairs under one."""
    table = store.table("agreements")
    a, b = list(scenario.a.members), list(scenario.b.members)
    rows = table.filter(
        (table.origin.isin(a) & table.destination.isin(b))
        | (table.origin.isin(b) & table.destination.isin(a))
    )
    frame = rows.to_pyarrow().to_pandas()
    last = frame["in_force_to"].isna() | (frame["in_force_to"] >= year)
    # Without one of the provisions that are counted, it is a list of preferences over few goods.
    real = ~frame["treaty"].str.startswith(SCHEME) & (frame["depth"].fillna(1.0) > 0)
    now = frame[last & real]
    pairs = {(str(i), str(j)) for i, j in zip(now["origin"], now["destination"], strict=True)}
    return now.reset_index(drop=True), pairs


def _touched(
    scenario: Scenario, in_force: set[tuple[str, str]], already: pd.DataFrame
) -> tuple[set[tuple[str, str]] | None, list[str]]:
    """Return the pairs that change, and what a reader must know of them."""
    every = set(scenario.pairs)
    under = every & in_force
    if scenario.kind is Kind.withdrawal:
        if not under:
            raise UsageError(
                f"The lake knows no agreement in force between {scenario.a.said} and "
                f"{scenario.b.said}.",
                "Its agreements end in 2016; leave --withdraw out for a new one.",
            )
        note = f"{len(under)} of {len(every)} directions are under an agreement, and lose it."
        return under, [note] if len(under) < len(every) else []
    if not scenario.is_whole_agreement or not under:
        return None, []
    rest = every - under
    treaties = list(dict.fromkeys(already["treaty"]))
    named = "; ".join(treaties[:3]) + (f" and {len(treaties) - 3} more" if treaties[3:] else "")
    if not rest:
        raise UsageError(
            f"{scenario.a.name} and {scenario.b.name} have an agreement already: {named}.",
            "Take --withdraw for its end, --cut 50% or --raise 10% for tariffs alone.",
        )
    return rest, [
        f"{len(under)} of {len(every)} directions have an agreement already ({named}) and stay as "
        "they are."
    ]


def _duties(products: Products, scenario: Scenario) -> dict[tuple[str, str], tuple[float, float]]:
    """Return the average tariff before and after of each direction that tier 1 has."""
    found = {}
    for exporter, importer in scenario.pairs:
        before = products.tariff(exporter, importer)
        after = products.tariff(exporter, importer, "tariff_after")
        if before is not None and after is not None:
            found[exporter, importer] = (before, after)
        elif scenario.kind is Kind.raise_:
            # How much higher the price gets hardly depends on where an unknown tariff begins.
            found[exporter, importer] = (0.0, scenario.amount)
    return found


def _check_tariffs(scenario: Scenario, tariffs: Sequence[Rate]) -> None:
    if not tariffs:
        return
    pairs = set(scenario.pairs)
    importers = {importer for _, importer in pairs}
    if not any(
        rate.importer in importers
        and (not rate.exporter or (rate.exporter, rate.importer) in pairs)
        for rate in tariffs
    ):
        raise UsageError(
            "None of the tariffs given is on trade between the two sides.",
            f"Its importers should be among {', '.join(sorted(importers)[:8])}.",
        )


def _gaps(scenario: Scenario, world: World) -> list[str]:
    lacking = [
        code for code in (*scenario.a.members, *scenario.b.members) if world.position(code) is None
    ]
    if not lacking:
        return []
    return [f"Not in the trade of {world.year}, and left out: {', '.join(sorted(lacking))}."]


def _sources(products: Products, effects: dict[str, Effect], world: World) -> tuple[str, ...]:
    rows = products.rows
    names: list[Any] = [world.source, world.output_source, *(e.source for e in effects.values())]
    if len(rows):
        names += [*rows["source"].unique(), *rows["rest_source"].unique()]
        names += [name for name in rows["tariff_source"].unique() if name != USER]
    known = [str(name) for name in names if name]
    # The order of first mention, world trade first.
    return tuple(dict.fromkeys(TARIFF_SOURCE if n == TARIFF_SOURCE else n for n in known))
