"""Multi-sector general equilibrium with inputs and tariffs (Caliendo & Parro 2015), in changes.

N countries, J sectors. Arrays by sector and pair are (J, N, N): exporters in rows, importers in
columns, domestic sales on the diagonal. Trade is valued without the importer's tariff.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from comity.errors import (
    ArrayError,
    DegenerateFlowsError,
    ElasticityError,
    NegativeTariffError,
    NotConvergedError,
)
from comity.potential.arrays import Floats, read_array
from comity.potential.equilibrium.newton import Certificate, invert


@dataclass(frozen=True, slots=True)
class Economy:
    """A calibrated world.

    Attributes
    ----------
    shares : ndarray, (J, N, N)
        Share of exporter i in what importer n spends on sector j, with tariffs; sums to 1 over i.
    tariff : ndarray, (J, N, N)
        Fractions.
    value_added_share : ndarray, (J, N)
        Value added over gross output.
    input_shares : ndarray, (N, J, J)
        Share of input k (rows) in what sector j (columns) spends on inputs; columns sum to 1.
    final_shares : ndarray, (J, N)
        Shares of sectors in final demand; columns sum to 1.
    theta : ndarray, (J,)
        Trade elasticity, above 0.
    value_added, deficit : ndarray, (N,)
        Income of labour, and imports less exports; any currency.
    """

    shares: Floats
    tariff: Floats
    value_added_share: Floats
    input_shares: Floats
    final_shares: Floats
    theta: Floats
    value_added: Floats
    deficit: Floats


@dataclass(frozen=True, slots=True)
class World:
    """A solved world; hats are ratios to the economy that it was solved from.

    Attributes
    ----------
    wage, real_wage : ndarray, (N,)
        Hats; world value added keeps its value.
    price, cost : ndarray, (J, N)
        Hats of price indices and of unit costs.
    consumer_price : ndarray, (N,)
        Hat, ``prod_j price_jn ** final_share_jn``.
    income : ndarray, (N,)
        Final spending: labour income, tariff revenue and deficit.
    expenditure : ndarray, (J, N)
        What each country spends on each sector, tariffs included.
    trade : ndarray, (J, N, N)
        Flows without tariffs.
    economy : Economy
        This world as the start of the next change.
    certificate : Certificate
        How well markets clear.
    """

    wage: Floats
    real_wage: Floats
    price: Floats
    cost: Floats
    consumer_price: Floats
    income: Floats
    expenditure: Floats
    trade: Floats
    economy: Economy
    certificate: Certificate


def add_domestic_sales(trade: ArrayLike, output: ArrayLike) -> Floats:
    """Return trade with what is left of gross output on the diagonal, never below zero.

    Parameters
    ----------
    trade : array_like, (J, N, N)
        International flows; the diagonal is ignored.
    output : array_like, (J, N)
        Gross output. Where exports exceed it, exports are taken for output.

    Examples
    --------
    >>> add_domestic_sales([[[0.0, 3.0], [2.0, 0.0]]], [[10.0, 1.0]]).tolist()
    [[[7.0, 3.0], [2.0, 0.0]]]
    """
    X = read_array(trade, "trade", (None, None, None)).copy()
    made = read_array(output, "output", X.shape[:2])
    np.einsum("jnn->jn", X)[:] = 0.0
    np.einsum("jnn->jn", X)[:] = np.maximum(made - X.sum(axis=2), 0.0)
    return X


def calibrate(
    trade: ArrayLike,
    tariff: ArrayLike,
    *,
    value_added_share: ArrayLike,
    input_shares: ArrayLike,
    theta: ArrayLike,
) -> Economy:
    """Return the economy that data describe.

    Final demand is what a country spends on a sector beyond inputs. Where data leave less than
    nothing for it, it is set to zero and the shares are scaled to 1 again, as Caliendo & Parro do;
    the economy then differs from the data, and is to be solved once before anything is changed.

    Parameters
    ----------
    trade, tariff : array_like, (J, N, N)
        Flows with domestic sales, without tariffs; tariffs as fractions.
    value_added_share : array_like, (J, N)
        0 to 1.
    input_shares : array_like, (N, J, J)
        Columns sum to 1, but where value added is all there is.
    theta : array_like, (J,)
        Trade elasticities, above 0; without effect in sectors that are not traded.

    Raises
    ------
    ArrayError, NegativeTariffError, ElasticityError, DegenerateFlowsError
    """
    X = read_array(trade, "trade", (None, None, None))
    J, N, _ = X.shape
    if X.shape != (J, N, N):
        raise ArrayError(f"trade should be {J} x {N} x {N}, and is {J} x {N} x {X.shape[2]}.")
    t = _read_tariff(tariff, X.shape)
    B = read_array(value_added_share, "value-added share", (J, N))
    if (B > 1).any():
        raise ArrayError("A value-added share is above 1.")
    G = read_array(input_shares, "input shares", (N, J, J))
    used = G.sum(axis=1)
    idle = B.T == 1  # nothing but labour: whatever inputs are said to be, none are bought
    if (np.abs(used - 1)[~idle] > 1e-4).any():
        raise ArrayError("Input shares do not sum to 1 over inputs (rows) in every sector.")
    G = G / np.where(idle, 1.0, used)[:, None]
    elasticity = read_array(theta, "theta", (J,), negative=True)
    if (elasticity <= 0).any():
        raise ElasticityError(f"A trade elasticity is {elasticity.min():g}; it has to be above 0.")
    output = X.sum(axis=2)
    none = np.flatnonzero((output * B).sum(axis=0) == 0)
    if len(none):
        raise DegenerateFlowsError(f"Country {none[0]} adds no value anywhere.")
    paid = X * (1 + t)
    spent = paid.sum(axis=1)
    # A sector nobody buys is left at home: it has no demand, and needs a price all the same.
    shares = np.where(spent[:, None] > 0, paid, np.eye(N)) / np.where(spent > 0, spent, 1)[:, None]
    inputs = np.einsum("nkj,jn->kn", G, (1 - B) * output)
    final = np.maximum(spent - inputs, 0.0)
    return Economy(
        shares=shares,
        tariff=t,
        value_added_share=B,
        input_shares=G,
        final_shares=final / final.sum(axis=0),
        theta=elasticity,
        value_added=(B * output).sum(axis=0),
        deficit=X.sum(axis=(0, 1)) - X.sum(axis=(0, 2)),
    )


def solve_multi_sector(
    economy: Economy,
    *,
    tariff: ArrayLike | None = None,
    cost_change: ArrayLike | None = None,
    deficit: ArrayLike | None = None,
    tolerance: float = 1e-9,
    limit: int = 60,
) -> World:
    """Return the world after a change of tariffs, other trade costs, or deficits.

    In hats, with ``k = (1+t')/(1+t) d``::

        c_jn = w_n^g_jn prod_k P_kn^(g_kjn)           P_jn = (sum_i pi_jin (k_jin c_ji)^-th)^(-1/th)
        X_kn = sum_j g_kjn R_jn + a_kn I_n            R_jn = sum_m pi'_jnm X_jm / (1+t'_jnm)
        I_n  = w_n L_n + tariff revenue + D_n         sum_j g_jn R_jn = w_n L_n

    Parameters
    ----------
    economy : Economy
        Where to start.
    tariff : array_like, (J, N, N), optional
        New tariffs as fractions; unchanged unless given.
    cost_change : array_like, (J, N, N), optional
        Ratio of other trade costs, ``d``; 1 unless given.
    deficit : array_like, (N,) or number, optional
        New deficits, summing to zero; unchanged unless given. 0 purges them.
    tolerance : float
        Largest relative gap between labour income and what sectors pay.

    Raises
    ------
    NotConvergedError
        If markets do not clear to the tolerance.
    ArrayError, NegativeTariffError
        On shapes, missing values, tariffs below zero, deficits that do not sum to zero.

    References
    ----------
    Caliendo & Parro (2015), Estimates of the trade and welfare effects of NAFTA, Review of Economic
    Studies 82, equations 10 to 14.
    """
    shape = economy.shares.shape
    t = economy.tariff if tariff is None else _read_tariff(tariff, shape)
    d = np.ones(shape) if cost_change is None else read_array(cost_change, "cost change", shape)
    if (d <= 0).any():
        raise ArrayError("A cost change is zero.", "It is a ratio: 1 for no change.")
    D = _read_deficit(economy, deficit)
    markets = _Markets(economy, t, (1 + t) / (1 + economy.tariff) * d, D, tolerance)
    u = np.zeros(shape[1])
    over, income = markets.excess(u)
    inverse: Floats | None = None
    built, step, residual = 0, 0.0, float(np.abs(over / income).max())
    for _ in range(limit):
        if residual <= tolerance:
            break
        fresh = inverse is None
        if inverse is None:
            inverse = invert(markets.jacobian(u, over))
            built += 1
        move: Floats = inverse @ -over
        scale = min(1.0, 0.5 / float(np.abs(move).max()))
        trial = u + scale * move
        trial_over, trial_income = markets.excess(trial)
        trial_residual = float(np.abs(trial_over / trial_income).max())
        if trial_residual < residual / 2 or fresh:
            step = scale * float(np.abs(move).max())
            u, over, income, residual = trial, trial_over, trial_income, trial_residual
        else:
            inverse = None
    if not residual <= tolerance:
        raise NotConvergedError(
            f"The equilibrium was not found: labour markets miss clearing by {residual:.1e}.",
            "Make the change smaller, or bring deficits down first.",
        )
    certificate = Certificate(residual, step, markets.count, built, tolerance)
    return markets.world(u, certificate)


class _Markets:
    """Prices, expenditures and excess labour demand at given wages; remembers the last answer."""

    def __init__(self, e: Economy, t: Floats, hat: Floats, D: Floats, tolerance: float) -> None:
        self.e, self.t, self.D = e, t, D
        self.tolerance = tolerance / 100
        self.pull = e.shares * hat ** -e.theta[:, None, None]
        self.intensity = np.swapaxes(e.input_shares, 1, 2)  # (N, using j, input k)
        self.net = 1 / (1 + t)
        self.world_income = float(e.value_added.sum())
        self.log_price = np.zeros(e.value_added_share.shape)
        self.spent = np.outer(np.ones(len(e.theta)), e.value_added)
        self.count = 0

    def prices(self, u: Floats) -> tuple[Floats, Floats]:
        """Return log unit costs and log prices, found by fixed point."""
        B, th = self.e.value_added_share, self.e.theta[:, None]
        p = self.log_price
        for _ in range(2000):
            inputs = (self.intensity @ p.T[:, :, None])[:, :, 0].T
            c = B * u + (1 - B) * inputs
            total = (np.swapaxes(self.pull, 1, 2) @ np.exp(-th * c)[:, :, None])[:, :, 0]
            p, last = -np.log(total) / th, p
            if np.abs(p - last).max() < self.tolerance:
                break
        self.log_price = p
        return c, p

    def flows(self, u: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return new shares, expenditures, gross output and final income."""
        e = self.e
        c, p = self.prices(u)
        th = e.theta[:, None, None]
        shares = self.pull * np.exp(-th * (c[:, :, None] - p[:, None, :]))
        net = shares * self.net
        revenue = (shares - net).sum(axis=1)
        labour = np.exp(u) * e.value_added
        X = self.spent
        for _ in range(5000):
            output = (net @ X[:, :, None])[:, :, 0]
            income = labour + (revenue * X).sum(axis=0) + self.D
            inputs = (e.input_shares @ ((1 - e.value_added_share) * output).T[:, :, None])[:, :, 0]
            X, last = inputs.T + e.final_shares * income, X
            if np.abs(X - last).max() < self.tolerance * X.max():
                break
        self.spent = X
        self.count += 1
        return shares, X, (net @ X[:, :, None])[:, :, 0], income

    def pin(self, u: Floats) -> Floats:
        """Return the same relative wages at the same world value added."""
        pinned: Floats = u - np.log((np.exp(u) * self.e.value_added).sum() / self.world_income)
        return pinned

    def excess(self, u: Floats) -> tuple[Floats, Floats]:
        """Return what sectors pay for labour beyond its income, and that income."""
        u = self.pin(u)
        _, _, output, _ = self.flows(u)
        labour = np.exp(u) * self.e.value_added
        return (self.e.value_added_share * output).sum(axis=0) - labour, labour

    def jacobian(self, u: Floats, over: Floats) -> Floats:
        """Return the derivative of the excess by differences, regular along common wage changes."""
        h = 1e-5
        columns = [(self.excess(u + h * row)[0] - over) / h for row in np.eye(len(u))]
        labour = np.exp(u) * self.e.value_added
        return np.transpose(columns) - np.outer(labour, labour / labour.sum())

    def world(self, u: Floats, certificate: Certificate) -> World:
        """Return everything at the wages that clear markets."""
        e = self.e
        u = self.pin(u)
        shares, X, _, income = self.flows(u)
        c, p = self.prices(u)
        consumer = np.exp((e.final_shares * p).sum(axis=0))
        return World(
            wage=np.exp(u),
            real_wage=np.exp(u) / consumer,
            price=np.exp(p),
            cost=np.exp(c),
            consumer_price=consumer,
            income=income,
            expenditure=X,
            trade=shares * self.net * X[:, None, :],
            economy=replace(
                e,
                shares=shares,
                tariff=self.t,
                value_added=np.exp(u) * e.value_added,
                deficit=self.D,
            ),
            certificate=certificate,
        )


def _read_tariff(tariff: ArrayLike, shape: tuple[int, ...]) -> Floats:
    t = read_array(tariff, "tariff", shape, negative=True)
    if (t < 0).any():
        raise NegativeTariffError(
            f"A tariff is {t.min():g}; it cannot be below zero.",
            "Give tariffs as fractions: 0.10 is ten per cent.",
        )
    return t


def _read_deficit(economy: Economy, deficit: ArrayLike | None) -> Floats:
    if deficit is None:
        return economy.deficit
    N = len(economy.value_added)
    wide = np.asarray(deficit, dtype=np.float64)
    D = read_array(np.full(N, wide) if wide.ndim == 0 else wide, "deficit", (N,), negative=True)
    if abs(D.sum()) > 1e-9 * economy.value_added.sum():
        raise ArrayError("Deficits do not sum to zero over the world.")
    return D
