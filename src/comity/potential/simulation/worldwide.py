"""Tier 3: everything answers: trade, wages, prices, incomes, third countries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, log1p

import numpy as np
import pandas as pd

from comity.errors import ElasticityError, NoDataError, UsageError
from comity.potential.arrays import Floats
from comity.potential.equilibrium import Equilibrium, solve_draws, solve_one_sector
from comity.potential.equilibrium.one_sector import Deficits
from comity.potential.simulation.effects import Effect
from comity.potential.simulation.matrix import World
from comity.potential.simulation.scenario import EMBARGO, Kind, Scenario

THETA = 4.0
SPREAD = 0.25  # standard deviation of log theta over the draws
_GONE = -60.0  # ln of an embargo's trade: nothing to the last digit
_BAND = (2.5, 97.5)
_MOST_DRAWS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Worldwide:
    """A world after the change, with bands.

    Attributes
    ----------
    countries : DataFrame
        One row a country: code, role (``a``, ``b`` or ``third``), welfare, low, high (relative
        change of real income), welfare_other (the other rule for deficits), exports_before,
        exports_after, home_share, spending. Shares and changes as fractions, flows in US dollars.
    pairs : DataFrame
        One row a direction that changes: exporter, importer, before, after, low, high, direct
        (change of the pair's trade before anything answers).
    sides : DataFrame
        The same for the sides as a whole: seller, buyer, before, after, low, high.
    world_welfare : float
        Change of the world's real income, weighted by spending.
    deficits : str
        The rule that the headline and the bands follow.
    theta : float
        Trade elasticity; sigma is one more.
    draws : int
    residual : float
        Largest excess demand relative to income, over the headline and all draws.
    tariffs_alone : DataFrame or None
        As `countries` (code and welfare), with tariffs cut and nothing else.
    """

    countries: pd.DataFrame
    pairs: pd.DataFrame
    sides: pd.DataFrame
    world_welfare: float
    deficits: str
    theta: float
    draws: int
    residual: float
    tariffs_alone: pd.DataFrame | None = None


def simulate_world(
    world: World,
    scenario: Scenario,
    effect: Effect | None,
    *,
    tariffs: Mapping[tuple[str, str], tuple[float, float]] | None = None,
    touched: set[tuple[str, str]] | None = None,
    theta: float = THETA,
    deficits: Deficits = "multiplicative",
    draws: int = 1000,
    seed: int = 1,
) -> Worldwide:
    """Return the world after the change.

    Parameters
    ----------
    world : World
        Trade with domestic sales.
    scenario : Scenario
        What changes.
    effect : Effect or None
        What an agreement does to trade; needed for whole agreements.
    tariffs : mapping, optional
        Tariff before and after by exporter and importer, for tariffs alone.
    touched : set, optional
        The pairs that change, where not all between the sides do.
    theta : float
        Trade elasticity; ``sigma = theta + 1``.
    deficits : str
        ``multiplicative`` or ``additive``.
    draws : int
        Draws of the coefficient (normal) and of theta (log-normal, 25 %) for the bands.

    Raises
    ------
    ElasticityError
        Theta is not above zero (sigma not above one).
    NoDataError
        None of the pairs is in the matrix.
    """
    if not theta > 0:
        raise ElasticityError(
            f"The elasticity of substitution is {theta + 1:g}; it has to be above 1.",
            "Estimates for all goods lie between 4 and 8.",
        )
    if not 0 <= draws <= _MOST_DRAWS:
        raise UsageError(f"{draws} draws are not possible.", "1,000 give steady bands.")
    cells = _cells(world, scenario, touched)
    change = _Change(world, scenario, effect, tariffs or {}, cells)
    middle = _solve(world, change.at(theta), theta, deficits)
    other: Deficits = "additive" if deficits == "multiplicative" else "multiplicative"
    second = _solve(world, change.at(theta), theta, other)
    rng = np.random.default_rng(seed)
    # In order of theta each draw is near the last, and can use its Jacobian.
    thetas = np.sort(theta * np.exp(SPREAD * rng.standard_normal(draws)))
    batch = solve_draws(
        world.flows,
        change.pattern[None],
        change.coefficients(rng, thetas)[:, None],
        sigma=thetas + 1,
        deficits=deficits,
        cells=np.array(cells, dtype=np.intp),
    )
    alone = None
    if scenario.kind is Kind.agreement and scenario.is_whole_agreement and tariffs:
        only = _Change(world, scenario, None, tariffs, cells)
        hats = _solve(world, only.at(theta), theta, deficits).welfare - 1
        alone = pd.DataFrame({"code": world.countries, "welfare": hats})
    pairs = _pairs(world, cells, middle, batch.flows, change.at(theta))
    residuals = [middle.certificate.residual, second.certificate.residual, *batch.residual]
    weight = world.flows.sum(axis=0)
    return Worldwide(
        countries=_countries(world, scenario, middle, second, batch.welfare),
        pairs=pairs,
        sides=_sides(scenario, pairs, batch.flows),
        world_welfare=float(weight @ (middle.welfare - 1) / weight.sum()),
        deficits=deficits,
        theta=theta,
        draws=draws,
        residual=float(max(residuals)),
        tariffs_alone=alone,
    )


class _Change:
    """The direct effect on trade: ``exp(coefficient pattern)``, one coefficient for all pairs."""

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        effect: Effect | None,
        tariffs: Mapping[tuple[str, str], tuple[float, float]],
        cells: list[tuple[int, int]],
    ) -> None:
        self.effect = effect if scenario.is_whole_agreement else None
        self.embargo = scenario.kind is Kind.shock and scenario.amount == EMBARGO
        self.pattern = np.zeros_like(world.flows)
        for i, j in cells:
            pair = (world.countries[i], world.countries[j])
            if self.effect is not None:
                self.pattern[i, j] = -1.0 if scenario.kind is Kind.withdrawal else 1.0
            elif scenario.kind is Kind.shock:
                self.pattern[i, j] = 1.0 if self.embargo else log1p(scenario.amount)
            elif pair in tariffs:
                before, after = tariffs[pair]
                self.pattern[i, j] = log((1 + after) / (1 + before))

    def at(self, theta: float) -> Floats:
        """Return the cost effect at the estimate."""
        b = self.effect.b if self.effect is not None else -theta
        effect: Floats = np.exp((_GONE if self.embargo else b) * self.pattern)
        return effect

    def coefficients(self, rng: np.random.Generator, thetas: Floats) -> Floats:
        """Return a draw of the coefficient for each draw of theta."""
        if self.embargo:
            return np.full(len(thetas), _GONE)
        if self.effect is None:
            return -thetas
        drawn: Floats = rng.normal(self.effect.b, self.effect.error, len(thetas))
        return drawn


def _cells(
    world: World, scenario: Scenario, touched: set[tuple[str, str]] | None
) -> list[tuple[int, int]]:
    cells = []
    for exporter, importer in scenario.pairs:
        i, j = world.position(exporter), world.position(importer)
        if i is None or j is None or (touched is not None and (exporter, importer) not in touched):
            continue
        cells.append((i, j))
    if not cells:
        raise NoDataError(
            f"The lake's trade of {world.year} has nothing between {scenario.a.said} and "
            f"{scenario.b.said}.",
            "Name other sides, or add a publisher's file to the lake.",
        )
    return cells


def _solve(world: World, effect: Floats, theta: float, deficits: Deficits) -> Equilibrium:
    return solve_one_sector(world.flows, effect, sigma=theta + 1, deficits=deficits)


def _countries(
    world: World, scenario: Scenario, middle: Equilibrium, other: Equilibrium, welfare: Floats
) -> pd.DataFrame:
    role = dict.fromkeys(scenario.a.members, "a") | dict.fromkeys(scenario.b.members, "b")
    low, high = _band(welfare - 1) if len(welfare) else (middle.welfare - 1,) * 2
    home = np.diag(world.flows)
    return pd.DataFrame(
        {
            "code": world.countries,
            "role": [role.get(code, "third") for code in world.countries],
            "welfare": middle.welfare - 1,
            "low": low,
            "high": high,
            "welfare_other": other.welfare - 1,
            "exports_before": world.flows.sum(axis=1) - home,
            "exports_after": middle.trade.sum(axis=1) - np.diag(middle.trade),
            "home_share": world.home_shares,
            "spending": world.flows.sum(axis=0),
        }
    )


def _pairs(
    world: World,
    cells: list[tuple[int, int]],
    middle: Equilibrium,
    draws: Floats,
    effect: Floats,
) -> pd.DataFrame:
    i, j = np.array(cells).T
    after = middle.trade[i, j]
    low, high = _band(draws) if len(draws) else (after, after)
    return pd.DataFrame(
        {
            "exporter": [world.countries[k] for k in i],
            "importer": [world.countries[k] for k in j],
            "before": world.flows[i, j],
            "after": after,
            "low": low,
            "high": high,
            "direct": effect[i, j] - 1,
        }
    )


def _sides(scenario: Scenario, pairs: pd.DataFrame, draws: Floats) -> pd.DataFrame:
    rows = []
    for seller, buyer in ((scenario.a, scenario.b), (scenario.b, scenario.a)):
        mine = pairs["exporter"].isin(seller.members) & pairs["importer"].isin(buyer.members)
        if not mine.any():
            continue
        after = float(pairs.loc[mine, "after"].sum())
        sums = draws[:, mine.to_numpy()].sum(axis=1)
        low, high = _band(sums[:, None]) if len(sums) else (np.array([after]),) * 2
        before = float(pairs.loc[mine, "before"].sum())
        rows.append((seller.id, buyer.id, before, after, float(low[0]), float(high[0])))
    return pd.DataFrame(rows, columns=["seller", "buyer", "before", "after", "low", "high"])


def _band(draws: Floats) -> tuple[Floats, Floats]:
    low, high = np.percentile(draws, _BAND, axis=0)
    return low, high
