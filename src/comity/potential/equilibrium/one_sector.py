"""One-sector general equilibrium in changes: exact hat algebra for an endowment economy.

Arkolakis, Costinot & Rodriguez-Clare (2012); Dekle, Eaton & Kortum (2007); Baier, Yotov & Zylkin
(2019). Everything moves: trade, wages, prices, incomes, third countries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components

from comity.errors import ArrayError, DegenerateFlowsError, ElasticityError
from comity.potential.arrays import Floats, read_array
from comity.potential.equilibrium.newton import Certificate, System, invert, solve

Deficits = Literal["multiplicative", "additive"]


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """A counterfactual world of N countries; hats are ratios to the baseline.

    Attributes
    ----------
    wage : ndarray, (N,)
        Hat of wages and factory-gate prices; world output keeps its value.
    price : ndarray, (N,)
        Hat of the consumer price index.
    welfare : ndarray, (N,)
        Hat of real income, ``wage / price``.
    real_expenditure : ndarray, (N,)
        Hat of expenditure over price: differs from welfare where deficits do not move with income.
    output, expenditure : ndarray, (N,)
        Values after, in the unit of `trade`.
    trade : ndarray, (N, N)
        Flows after, exporters in rows, domestic trade on the diagonal.
    certificate : Certificate
        How well the equations are solved.
    """

    wage: Floats
    price: Floats
    welfare: Floats
    real_expenditure: Floats
    output: Floats
    expenditure: Floats
    trade: Floats
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Draws:
    """D counterfactual worlds, for bands.

    Attributes
    ----------
    wage, price, welfare : ndarray, (D, N)
        As in `Equilibrium`.
    exports : ndarray, (D, N)
        Sales abroad after.
    flows : ndarray, (D, C)
        Flows after in the cells asked for.
    residual : ndarray, (D,)
        Largest excess demand of each draw relative to income.
    """

    wage: Floats
    price: Floats
    welfare: Floats
    exports: Floats
    flows: Floats
    residual: Floats


def solve_one_sector(
    trade: ArrayLike,
    cost_effect: ArrayLike,
    *,
    sigma: float,
    deficits: Deficits = "multiplicative",
    tolerance: float = 1e-10,
) -> Equilibrium:
    """Return the world after a change of trade costs.

    Solves for wages ``w_i`` (hats), with baseline shares ``pi_ij = X_ij / E_j``::

        w_i Y_i = sum_j  pi_ij w_i^(1-s) T_ij / sum_l pi_lj w_l^(1-s) T_lj  x  E_j'
        P_j     = (sum_i pi_ij w_i^(1-s) T_ij) ^ (1/(1-s)),    welfare_j = w_j / P_j

    and ``E_j' = c w_j E_j`` (multiplicative: deficits stay a share of income, `c` balances the
    world) or ``E_j' = w_j Y_j + D_j`` (additive: deficits keep their value, world output being the
    numeraire).

    Parameters
    ----------
    trade : array_like, (N, N)
        Baseline flows from exporter (rows) to importer, with domestic trade on the diagonal; any
        currency.
    cost_effect : array_like, (N, N)
        ``T_ij = (tau'_ij / tau_ij) ** (1 - s)``, the direct effect on trade: ``exp(b)`` for a pair
        that signs what a gravity equation values at b, 1 for no change, 0 for an embargo.
    sigma : float
        Elasticity of substitution s, above 1.
    deficits : {"multiplicative", "additive"}
        What stays constant.
    tolerance : float
        Largest relative excess demand.

    Raises
    ------
    ElasticityError
        If sigma is not above 1: at 1 spending shares do not react and the index has no meaning.
    DegenerateFlowsError
        If a country sells or buys nothing, before or after; if there is only one; or if the
        world falls into parts that do not trade with each other.
    NotConvergedError
        If the equations cannot be solved to the tolerance.
    ArrayError
        On shapes, missing or negative values.

    References
    ----------
    Arkolakis, Costinot & Rodriguez-Clare (2012), American Economic Review 102; Baier, Yotov &
    Zylkin (2019), Journal of International Economics 116; Yotov et al. (2016), An Advanced Guide to
    Trade Policy Analysis, chapter 2.

    Examples
    --------
    Two equal countries halve what a border costs; who opens gains:

    >>> world = solve_one_sector([[8.0, 2.0], [2.0, 8.0]], [[1.0, 2.0], [2.0, 1.0]], sigma=5.0)
    >>> world.welfare.round(4).tolist(), world.trade.round(4).tolist()
    ([1.0466, 1.0466], [[6.6667, 3.3333], [3.3333, 6.6667]])
    """
    X, T = _read_world(trade, cost_effect)
    system, E = _system(X, T, _read_sigma(sigma), deficits)
    u, _, certificate = solve(system, np.zeros(len(X)), tolerance=tolerance)
    wage = np.exp(u)
    income = wage * system.output
    weighted = np.exp((1 - sigma) * u)[:, None] * system.shares
    total = weighted.sum(axis=0)
    price = total ** (1 / (1 - sigma))
    spent = system.spend(income)
    return Equilibrium(
        wage=wage,
        price=price,
        welfare=wage / price,
        real_expenditure=spent / E / price,
        output=income,
        expenditure=spent,
        trade=weighted / total * spent,
        certificate=certificate,
    )


def solve_draws(
    trade: ArrayLike,
    patterns: ArrayLike,
    coefficients: ArrayLike,
    *,
    sigma: ArrayLike,
    deficits: Deficits = "multiplicative",
    cells: ArrayLike | None = None,
    tolerance: float = 1e-10,
) -> Draws:
    """Return many counterfactual worlds that differ in their coefficients and elasticity.

    Draw d has ``T = exp(sum_k b_dk pattern_k)``. All draws start from the world at the mean draw
    and share its Jacobian for as long as that serves.

    Parameters
    ----------
    trade : array_like, (N, N)
        As in `solve_one_sector`.
    patterns : array_like, (K, N, N)
        Where each coefficient applies: 1 where an agreement comes into force, -1 where one ends.
    coefficients : array_like, (D, K)
        Draws of the coefficients.
    sigma : array_like, (D,) or number
        Draws of the elasticity, above 1.
    deficits, tolerance
        As in `solve_one_sector`.
    cells : array_like of int, (C, 2), optional
        Exporter and importer of flows to return.

    Raises
    ------
    ElasticityError, DegenerateFlowsError, NotConvergedError, ArrayError
        As in `solve_one_sector`; the first draw that fails ends the batch.
    """
    B = read_array(coefficients, "coefficients", (None, None), negative=True)
    X = read_array(trade, "trade", (None, None))
    R = read_array(patterns, "patterns", (B.shape[1], len(X), len(X)), negative=True)
    try:
        sigmas = np.broadcast_to(np.asarray(sigma, dtype=np.float64), (len(B),))
    except (TypeError, ValueError):
        raise ArrayError("sigma should be one number, or one for each draw.") from None
    for value in sigmas:
        _read_sigma(value)
    wanted = _read_cells(cells, len(X))
    D, N = len(B), len(X)
    out = Draws(
        wage=np.empty((D, N)),
        price=np.empty((D, N)),
        welfare=np.empty((D, N)),
        exports=np.empty((D, N)),
        flows=np.empty((D, len(wanted))),
        residual=np.empty(D),
    )
    if D == 0:
        return out
    X, middle = _read_world(X, np.exp(np.tensordot(B.mean(axis=0), R, axes=1)))
    system, E = _system(X, middle, float(sigmas.mean()), deficits)
    centre, _, _ = solve(system, np.zeros(N), tolerance=tolerance)
    inverse = invert(system.jacobian(centre))
    touched = np.nonzero(R.any(axis=0))
    local = R[:, touched[0], touched[1]]
    base = X / E
    off = ~np.eye(N, dtype=bool)
    for d in range(D):
        shares = base.copy()
        shares[touched] *= np.exp(B[d] @ local)
        s = float(sigmas[d])
        draw = System(shares, system.output, E, s, deficits == "additive")
        u, inverse, certificate = solve(draw, centre, inverse, tolerance=tolerance)
        weight = np.exp((1 - s) * u)
        total = weight @ shares
        out.wage[d] = np.exp(u)
        out.price[d] = total ** (1 / (1 - s))
        spent = draw.spend(out.wage[d] * draw.output)
        abroad = spent / total
        out.exports[d] = weight * ((shares * off) @ abroad)
        i, j = wanted[:, 0], wanted[:, 1]
        out.flows[d] = weight[i] * shares[i, j] * abroad[j]
        out.residual[d] = certificate.residual
    np.divide(out.wage, out.price, out=out.welfare)
    return out


def _read_sigma(sigma: float) -> float:
    value = float(read_array(sigma, "sigma", (), negative=True))
    if not value > 1:
        raise ElasticityError(
            f"The elasticity of substitution is {value:g}; it has to be above 1.",
            "Estimates for all goods lie between 4 and 8.",
        )
    return value


def _read_world(trade: ArrayLike, cost_effect: ArrayLike) -> tuple[Floats, Floats]:
    X = read_array(trade, "trade", (None, None))
    N = len(X)
    if X.shape != (N, N):
        raise ArrayError(f"trade should be square, and is {N} x {X.shape[1]}.")
    T = read_array(cost_effect, "cost effect", (N, N))
    if N < 2:
        raise DegenerateFlowsError("One country alone has nobody to trade with.")
    for flows, when in ((X, ""), (X * T, " after the change")):
        for axis, verb in ((1, "sells"), (0, "buys")):
            none = np.flatnonzero(flows.sum(axis=axis) == 0)
            if len(none):
                raise DegenerateFlowsError(
                    f"Country {none[0]} {verb} nothing{when}.",
                    "Leave it out, or give it domestic trade on the diagonal.",
                )
        parts, part = connected_components(flows > 0, directed=False)
        if parts > 1:
            raise DegenerateFlowsError(
                f"The world falls into {parts} parts that do not trade with each other{when}: "
                f"country {int((part != part[0]).argmax())} is cut off from country 0.",
                "Solve each part alone: nothing ties their wages together.",
            )
    return X, T


def _system(X: Floats, T: Floats, sigma: float, deficits: Deficits) -> tuple[System, Floats]:
    if deficits not in ("multiplicative", "additive"):
        raise ArrayError(f"Deficits are 'multiplicative' or 'additive', not '{deficits}'.")
    E = X.sum(axis=0)
    return System(X / E * T, X.sum(axis=1), E, sigma, deficits == "additive"), E


def _read_cells(cells: ArrayLike | None, N: int) -> NDArray[np.intp]:
    if cells is None:
        return np.zeros((0, 2), dtype=np.intp)
    wanted = np.asarray(cells)
    if wanted.ndim != 2 or wanted.shape[1] != 2 or not np.issubdtype(wanted.dtype, np.integer):
        raise ArrayError("cells should be pairs of an exporter's and an importer's position.")
    if ((wanted < 0) | (wanted >= N)).any():
        raise ArrayError(f"cells name a country beyond the {N} there are.")
    return wanted.astype(np.intp)
