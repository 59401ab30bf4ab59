"""What a country could sell to another, product by product (ITC; Decreux & Spies 2016).

``EPI_ijk = supply_ik x demand_jk x ease_ij``, in the currency of the trade data, a year. Every
factor is an array of its own: a user can follow one product through, and put another number in its
place. Factors nobody gave (growth, tariffs) are 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from comity.errors import ArrayError, ElasticityError, NegativeTariffError
from comity.potential.arrays import Floats, read_array, read_trade


@dataclass(frozen=True, slots=True)
class Supply:
    """Projected market shares of N exporters in P products, as three factors, each (N, P).

    Attributes
    ----------
    share : ndarray
        ``v_ik g_i / sum_i v_ik g_i``: sums to 1 over the exporters of a product; NaN for a product
        that nobody exports.
    net_exporter : ndarray
        ``min(1, x_ik / m_ik)``: what is imported only to be sold on is no supply.
    tariff : ndarray
        ``((1 + t_ik) / (1 + t_k)) ** s_k``: a share won against high tariffs is worth more.
    """

    share: Floats
    net_exporter: Floats
    tariff: Floats

    @property
    def value(self) -> Floats:
        """The product of the factors, a share of the world market."""
        return self.share * self.net_exporter * self.tariff


@dataclass(frozen=True, slots=True)
class Demand:
    """Projected imports of N importers in P products, as three factors, each (N, P).

    Attributes
    ----------
    imports : ndarray
        ``v_jk``, in the currency of the trade data.
    income : ndarray
        ``(gGDP_j / gPOP_j) ** E_jk``: richer heads buy more.
    population : ndarray
        ``gPOP_j``: more heads buy more.
    """

    imports: Floats
    income: Floats
    population: Floats

    @property
    def value(self) -> Floats:
        """The product of the factors, in the currency of the trade data."""
        return self.imports * self.income * self.population


@dataclass(frozen=True, slots=True)
class Potential:
    """Export potential of one exporter in one market, over P products, with every factor.

    Attributes
    ----------
    supply, demand, advantage : ndarray, (P,)
        Share of the world market, projected imports, and tariff advantage of this pair.
    ease : float
        One number for the pair.
    potential, at_normal_ease : ndarray, (P,)
        EPI as is, and with ease = 1: the difference is the price of politics and distance.
    actual : ndarray, (P,)
        What is sold already; NaN where unknown.
    unrealised, unrealised_at_normal_ease : ndarray, (P,)
        ``max(0, potential - actual)``; NaN where actual is unknown.
    """

    supply: Floats
    demand: Floats
    advantage: Floats
    ease: float
    potential: Floats
    at_normal_ease: Floats
    actual: Floats
    unrealised: Floats
    unrealised_at_normal_ease: Floats


def supply(
    exports: ArrayLike,
    imports: ArrayLike,
    *,
    growth: ArrayLike | None = None,
    tariff_faced: ArrayLike | None = None,
    tariff_world: ArrayLike | None = None,
    substitution: ArrayLike | None = None,
) -> Supply:
    """Return what each exporter can put on the world market.

    Parameters
    ----------
    exports, imports : array_like, (N, P)
        Trade of country i in product k with the world. No missing values: decide first.
    growth : array_like, (N,), optional
        Expected level of GDP in five years over today's: 1.10 is +10 %, and 0.10 is not.
    tariff_faced : array_like, (N, P), optional
        Average tariff that i meets in its markets for k, a fraction.
    tariff_world : array_like, (P,), optional
        Average tariff on k in the world, a fraction.
    substitution : array_like, (P,), optional
        Elasticity of substitution ``s_k``; needed with tariffs.

    Raises
    ------
    ArrayError, NegativeTariffError, ElasticityError

    References
    ----------
    Decreux & Spies (2016), Export Potential Assessments, ITC.

    Examples
    --------
    >>> supply([[30.0], [10.0]], [[0.0], [20.0]]).value.tolist()
    [[0.75], [0.125]]
    """
    v, m = read_trade(exports, imports)
    grown = v * _levels(growth, "growth of GDP", len(v))[:, None]
    world = grown.sum(axis=0)
    share = np.full(v.shape, np.nan)
    np.divide(grown, world, out=share, where=world > 0)
    own = np.minimum(1.0, np.divide(v, m, out=np.ones_like(v), where=m > 0))
    if tariff_faced is None and tariff_world is None:
        return Supply(share, own, np.ones_like(v))
    if tariff_faced is None or tariff_world is None:
        raise ArrayError("Supply needs the tariff faced and the world's, or neither.")
    faced = _tariff(tariff_faced, "tariff faced", v.shape)
    world_tariff = _tariff(tariff_world, "tariff of the world", v.shape[1:])
    s = _substitution(substitution, v.shape[1])
    return Supply(share, own, ((1 + faced) / (1 + world_tariff)) ** s)


def demand(
    imports: ArrayLike,
    *,
    gdp_growth: ArrayLike | None = None,
    population_growth: ArrayLike | None = None,
    income_elasticity: ArrayLike | None = None,
) -> Demand:
    """Return what each importer will buy from the world.

    Parameters
    ----------
    imports : array_like, (N, P)
        Imports of j in product k from the world.
    gdp_growth, population_growth : array_like, (N,), optional
        Expected level in five years over today's: 1.10 is +10 %.
    income_elasticity : array_like, (N, P), (P,) or number, optional
        ``E_jk``, of imports to income per head; 1 unless given.

    Raises
    ------
    ArrayError

    Examples
    --------
    >>> demand([[200.0]], gdp_growth=[1.21], population_growth=[1.1]).value.round(6).tolist()
    [[242.0]]
    """
    v = read_array(imports, "imports", (None, None))
    gdp = _levels(gdp_growth, "growth of GDP", len(v))
    heads = _levels(population_growth, "growth of population", len(v))
    elasticity = 1.0 if income_elasticity is None else income_elasticity
    try:
        E = np.broadcast_to(np.asarray(elasticity, dtype=np.float64), v.shape)
    except (TypeError, ValueError):
        raise ArrayError("The income elasticity should be a number, or one a product.") from None
    E = read_array(E, "income elasticity", v.shape, negative=True)
    wide = np.broadcast_to(heads[:, None], v.shape).copy()
    return Demand(v, (gdp / heads)[:, None] ** E, wide)


def tariff_advantage(levied: ArrayLike, on_pair: ArrayLike, substitution: ArrayLike) -> Floats:
    """Return the advantage over other suppliers, ``((1 + t_jk) / (1 + t_ijk)) ** s_k``.

    Parameters
    ----------
    levied, on_pair : array_like, (P,)
        Tariff of j on k, average over suppliers, and on this exporter; fractions.
    substitution : array_like, (P,)
        ``s_k``, above zero.

    Examples
    --------
    >>> tariff_advantage([0.10], [0.0], [2.0]).round(4).tolist()
    [1.21]
    """
    usual = _tariff(levied, "tariff levied", (None,))
    pair = _tariff(on_pair, "tariff on the pair", usual.shape)
    advantage: Floats = ((1 + usual) / (1 + pair)) ** _substitution(substitution, len(usual))
    return advantage


def export_potential(
    supply_i: ArrayLike,
    demand_j: ArrayLike,
    ease_ij: float,
    *,
    advantage: ArrayLike | None = None,
    actual: ArrayLike | None = None,
) -> Potential:
    """Put the factors of one pair together.

    Parameters
    ----------
    supply_i, demand_j : array_like, (P,)
        A row of ``Supply.value`` and one of ``Demand.value``, or what the user says instead.
    ease_ij : float
        A cell of ``Ease.value``, or what the user says instead.
    advantage : array_like, (P,), optional
        From `tariff_advantage`; 1 unless given.
    actual : array_like, (P,), optional
        Exports of i to j by product; NaN where unknown.

    Raises
    ------
    ArrayError
        On shapes that do not fit, negative values, or an ease that is not a number.

    Examples
    --------
    >>> found = export_potential([0.2], [1000.0], 0.5, actual=[30.0])
    >>> found.potential.tolist(), found.unrealised.tolist(), found.at_normal_ease.tolist()
    ([100.0], [70.0], [200.0])
    """
    S = read_array(supply_i, "supply", (None,), missing=True)
    D = read_array(demand_j, "demand", S.shape, missing=True)
    A = np.ones_like(S) if advantage is None else read_array(advantage, "advantage", S.shape)
    factor = float(read_array(ease_ij, "ease", ()))
    known = np.full(S.shape, np.nan) if actual is None else actual
    sold = read_array(known, "actual exports", S.shape, missing=True)
    normal = S * D * A
    return Potential(
        supply=S,
        demand=D,
        advantage=A,
        ease=factor,
        potential=normal * factor,
        at_normal_ease=normal,
        actual=sold,
        unrealised=np.maximum(0.0, normal * factor - sold),
        unrealised_at_normal_ease=np.maximum(0.0, normal - sold),
    )


def rank_new_products(present: ArrayLike, density: ArrayLike, demand_j: ArrayLike) -> Floats:
    """Score products an exporter does not yet export competitively: density times demand.

    Parameters
    ----------
    present : array_like of bool, (P,)
        Whether RCA is at or above 1.
    density : array_like, (P,)
        From `comity.potential.complexity`.
    demand_j : array_like, (P,)
        A row of ``Demand.value``.

    Returns
    -------
    ndarray, (P,)
        0 to 1, relative to the best; NaN for products already present. A score, never dollars.

    Examples
    --------
    >>> rank_new_products([False, True, False], [0.2, 0.9, 0.4], [10.0, 50.0, 10.0]).tolist()
    [0.5, nan, 1.0]
    """
    M = read_array(present, "presence", (None,)) > 0
    near = read_array(density, "density", M.shape, missing=True)
    D = read_array(demand_j, "demand", M.shape, missing=True)
    score = np.where(M, np.nan, near * D)
    best = np.nanmax(score, initial=0.0)
    return score / best if best > 0 else score


def _levels(value: ArrayLike | None, name: str, N: int) -> Floats:
    """Return expected levels over today's, 1 where not given."""
    if value is None:
        return np.ones(N)
    levels = read_array(value, name, (N,))
    if (levels <= 0.2).any():
        raise ArrayError(
            f"The {name} is {levels.min():g}, a fall to a fifth or less.",
            "Give levels, not rates: 1.10 is +10 %.",
        )
    return levels


def _tariff(value: ArrayLike, name: str, shape: tuple[int | None, ...]) -> Floats:
    tariff = read_array(value, name, shape, negative=True)
    if (tariff < 0).any():
        raise NegativeTariffError(
            f"The {name} is {tariff.min():g}; a tariff cannot be below zero.",
            "Give tariffs as fractions: 0.10 is ten per cent.",
        )
    return tariff


def _substitution(value: ArrayLike | None, P: int) -> Floats:
    if value is None:
        raise ElasticityError("Tariffs need an elasticity of substitution for each product.")
    s = read_array(value, "substitution", (P,), negative=True)
    if (s <= 0).any():
        raise ElasticityError(
            f"The elasticity of substitution is {s.min():g}; it has to be above zero."
        )
    return s
