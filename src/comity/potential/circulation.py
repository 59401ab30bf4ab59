"""What can be settled in national currencies: netting, circulation, the balance that piles up.

Money that returns needs no third currency. Between two countries that is twice the smaller flow;
within a set of countries it is the largest circulation that fits into the flows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from comity.errors import ArrayError, DegenerateFlowsError, NotConvergedError
from comity.potential.arrays import Floats, read_array


@dataclass(frozen=True, slots=True)
class Netting:
    """Two-way settlement of pairs, in the unit of the flows.

    Attributes
    ----------
    netted : ndarray
        Trade that settles itself, both directions together: ``2 min(X, M)`` of what is invoiced.
    share : ndarray
        Of all two-way trade; NaN where there is none.
    remainder : ndarray
        Invoiced exports less invoiced imports: where negative, it piles up with the partner.
    """

    netted: Floats
    share: Floats
    remainder: Floats


@dataclass(frozen=True, slots=True)
class Cycle:
    """Payments that return: each country in `countries` sells `amount` to the next one.

    `carried` is the trade that settles in it: the amount times the number of countries.
    """

    countries: tuple[int, ...]
    amount: float

    @property
    def carried(self) -> float:
        """Trade settled in the cycle."""
        return self.amount * len(self.countries)


@dataclass(frozen=True, slots=True)
class Circulation:
    """The largest circulation within the flows of N countries.

    Attributes
    ----------
    flows : ndarray, (N, N)
        The part of each flow that circulates; rows and columns have the same sums.
    netted, bilateral : float
        Trade settled by the circulation, and by two-way netting alone.
    share, bilateral_share, gain : float
        Of all flows; gain is the difference of the two.
    balance : ndarray, (N,)
        Exports less imports: what no netting can settle.
    cycles : tuple of Cycle
        They add up to `flows`; those that carry most come first.
    """

    flows: Floats
    netted: float
    bilateral: float
    share: float
    bilateral_share: float
    gain: float
    balance: Floats
    cycles: tuple[Cycle, ...]


@dataclass(frozen=True, slots=True)
class BalancePath:
    """The partner's holdings of home's currency over T periods, in the unit of the flows.

    ``balance_t = balance_t-1 + interest_t - loss_t + net_t - sunk_t``, each array (T,).
    """

    balance: Floats
    interest: Floats
    loss: Floats
    net: Floats
    sunk: Floats


def net_bilaterally(
    exports: ArrayLike,
    imports: ArrayLike,
    *,
    invoiced_exports: ArrayLike = 1.0,
    invoiced_imports: ArrayLike = 1.0,
) -> Netting:
    """Return what two-way trade settles by itself: the share ``2 min(X, M) / (X + M)``.

    Parameters
    ----------
    exports, imports : array_like, any common shape
        Home's sales to the partner and purchases from it; any one currency.
    invoiced_exports, invoiced_imports : array_like
        Share of each invoiced in the two currencies, 0 to 1: only that can net.

    Raises
    ------
    ArrayError
        On missing or negative flows, shapes that do not fit, shares outside 0 to 1.

    Examples
    --------
    India sells 4.3 and buys 61.2 (billion dollars):

    >>> net = net_bilaterally(4.3, 61.2)
    >>> round(float(net.share), 3), round(float(net.remainder), 1)
    (0.131, -56.9)
    """
    try:
        X, M, sx, sm = np.broadcast_arrays(
            *(np.asarray(v, float) for v in (exports, imports, invoiced_exports, invoiced_imports))
        )
    except (TypeError, ValueError):
        raise ArrayError("Exports, imports and invoiced shares do not have one shape.") from None
    X, M = read_array(X, "exports", X.shape), read_array(M, "imports", M.shape)
    sx, sm = _read_share(sx, "share of exports"), _read_share(sm, "share of imports")
    netted = 2 * np.minimum(sx * X, sm * M)
    share = np.full(X.shape, np.nan)
    np.divide(netted, X + M, out=share, where=X + M > 0)
    return Netting(netted, share, sx * X - sm * M)


def find_circulation(flows: ArrayLike) -> Circulation:
    """Return the largest circulation within trade, and the cycles that carry it.

    ``max sum f_ij`` subject to ``0 <= f_ij <= v_ij`` and ``sum_j f_ij = sum_j f_ji`` at every
    country i: a linear programme (HiGHS). It is taken apart into pairs first, then along the widest
    cycle through the largest flow that is left, so that few and large cycles carry most.

    Parameters
    ----------
    flows : array_like, (N, N)
        Trade from exporter (rows) to importer; the diagonal has to be zero.

    Raises
    ------
    DegenerateFlowsError
        If there are fewer than two countries, or no trade at all.
    ArrayError
        On missing or negative flows, a country's trade with itself, or a shape that is not square.
    NotConvergedError
        If the solver gives up.

    Examples
    --------
    >>> ring = find_circulation([[0, 5, 1], [0, 0, 4], [3, 0, 0]])
    >>> ring.netted, round(ring.share, 3), ring.bilateral
    (9.0, 0.692, 2.0)
    >>> ring.cycles[0].countries, ring.cycles[0].amount
    ((0, 1, 2), 3.0)
    """
    v = read_array(flows, "flows", (None, None))
    N = len(v)
    if v.shape != (N, N):
        raise ArrayError(f"flows should be square, and are {N} x {v.shape[1]}.")
    own = np.flatnonzero(np.diag(v))
    if len(own):
        raise ArrayError(
            f"flows has trade of country {own[0]} with itself.",
            "Set the diagonal to zero: nobody needs a currency for that.",
        )
    if N < 2:
        raise DegenerateFlowsError("One country alone has nobody to settle with.")
    total = float(v.sum())
    if total == 0:
        raise DegenerateFlowsError("There is no trade to settle.")
    cycles = _take_apart(_solve(v))
    f = np.zeros((N, N))
    for cycle in cycles:
        f[cycle.countries, (*cycle.countries[1:], cycle.countries[0])] += cycle.amount
    netted, bilateral = float(f.sum()), float(np.minimum(v, v.T).sum())
    return Circulation(
        flows=f,
        netted=netted,
        bilateral=bilateral,
        share=netted / total,
        bilateral_share=bilateral / total,
        gain=(netted - bilateral) / total,
        balance=v.sum(axis=1) - v.sum(axis=0),
        cycles=cycles,
    )


def follow_balance(
    exports: ArrayLike,
    imports: ArrayLike,
    *,
    invoiced_exports: ArrayLike = 1.0,
    invoiced_imports: ArrayLike = 1.0,
    interest: ArrayLike = 0.0,
    depreciation: ArrayLike = 0.0,
    sinks: ArrayLike = 0.0,
    start: float = 0.0,
) -> BalancePath:
    """Return how the partner's holdings of home's currency build up.

    Each period the holdings earn interest, lose value, take in what home buys in its own currency
    and give out what home sells in it; then sinks (investment, arms payments) take what there is,
    up to their size::

        kept_t    = balance_t-1 (1 + r) (1 - d)
        balance_t = kept_t + sm M_t - sx X_t - sunk_t,    0 <= sunk_t <= sink_t

    A negative balance is home's holding of the partner's money; sinks do nothing to it.

    Parameters
    ----------
    exports, imports : array_like, (T,)
        Home's sales and purchases, period by period, in a third currency.
    invoiced_exports, invoiced_imports : array_like, (T,) or number
        Share invoiced in home's currency, 0 to 1.
    interest, depreciation : array_like, (T,) or number
        A period's rate, and its loss of value against the third currency: 0.03 is 3 % less;
        below zero, a gain.
    sinks : array_like, (T,) or number
        What could be spent of the holdings each period, in the third currency.
    start : float
        Holdings before the first period.

    Raises
    ------
    ArrayError
        On missing or negative flows, shares outside 0 to 1, a depreciation of 1 or more, interest
        of -1 or less.

    Examples
    --------
    >>> path = follow_balance([10.0, 10.0], [60.0, 60.0], interest=0.1, sinks=20.0)
    >>> path.balance.round(6).tolist(), path.sunk.tolist()
    ([30.0, 63.0], [20.0, 20.0])
    """
    X = read_array(exports, "exports", (None,))
    M = read_array(imports, "imports", X.shape)
    sx = _read_share(_each_period(invoiced_exports, "share of exports", X), "share of exports")
    sm = _read_share(_each_period(invoiced_imports, "share of imports", X), "share of imports")
    rate = _each_period(interest, "interest", X)
    fall = _each_period(depreciation, "depreciation", X)
    drain = read_array(_each_period(sinks, "sinks", X), "sinks", X.shape)
    if (rate <= -1).any():
        raise ArrayError("An interest rate takes all there is, or more.", "0.05 is 5 %.")
    if (fall >= 1).any():
        raise ArrayError("A depreciation takes all there is, or more.", "0.05 is 5 %.")
    held = float(read_array(start, "start", (), negative=True))
    net = sm * M - sx * X
    balance, earned, lost, sunk = (np.empty_like(X) for _ in range(4))
    for t in range(len(X)):
        earned[t] = held * rate[t]
        lost[t] = (held + earned[t]) * fall[t]
        held += earned[t] - lost[t] + net[t]
        sunk[t] = min(drain[t], max(held, 0.0))
        held -= sunk[t]
        balance[t] = held
    return BalancePath(balance=balance, interest=earned, loss=lost, net=net, sunk=sunk)


def _solve(v: Floats) -> Floats:
    """Return a largest circulation: a vertex, whose sums hold to rounding."""
    # SciPy's optimizer takes most of a second to load: only for those who solve.
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    N = len(v)
    scale = 2.0 ** np.ceil(np.log2(v.max()))  # a power of two rounds nothing
    i, j = np.nonzero(v)
    edges = np.arange(len(i))
    ends = coo_array(
        (
            np.repeat([1.0, -1.0], len(i)),
            (np.concatenate([i, j]), np.concatenate([edges, edges])),
        ),
        shape=(N, len(i)),
    )
    upper = v[i, j] / scale
    constraints: Any = ends.tocsr()  # the stubs of linprog know dense matrices alone
    answer = linprog(
        -np.ones(len(i)),
        A_eq=constraints,
        b_eq=np.zeros(N),
        bounds=[(0.0, bound) for bound in upper.tolist()],
        method="highs",
    )
    if answer.x is None or not answer.success:
        raise NotConvergedError(f"The largest circulation was not found: {answer.message}")
    f = np.zeros((N, N))
    f[i, j] = np.clip(answer.x, 0, upper) * scale
    return f


def _take_apart(f: Floats, careful: int = 200) -> tuple[Cycle, ...]:
    """Return cycles that add up to the circulation, up to rounding.

    The first `careful` cycles beyond pairs are the widest through the largest flow left; the many
    small ones after that follow the largest flow out of each country.
    """
    rest = f.copy()
    least = 1e-13 * rest.max() if rest.max() > 0 else 0.0
    cycles = []
    both = np.minimum(rest, rest.T)
    for i, j in zip(*np.nonzero(np.triu(both) > least), strict=True):
        cycles.append(Cycle((int(i), int(j)), float(both[i, j])))
    rest -= both
    rest[rest <= least] = 0.0
    found = 0
    while rest.max() > 0:
        start, end = (int(k) for k in np.unravel_index(rest.argmax(), rest.shape))
        way = _widest_path(rest, end, start) if found < careful else _follow(rest, start)
        if len(way) < 2:
            rest[start, end] = 0.0  # rounding left an end that leads nowhere
            continue
        ahead = (*way[1:], way[0])
        amount = float(rest[way, ahead].min())
        rest[way, ahead] -= amount
        rest[rest <= least] = 0.0
        cycles.append(_turn(Cycle(tuple(way), amount)))
        found += 1
    return tuple(sorted(cycles, key=lambda cycle: -cycle.carried))


def _widest_path(rest: Floats, source: int, target: int) -> list[int]:
    """Return the path whose smallest flow is largest, or nothing where there is none."""
    N = len(rest)
    width, before = np.zeros(N), np.full(N, -1)
    width[source] = np.inf
    waiting = np.ones(N, dtype=bool)
    while True:
        here = int(np.where(waiting, width, -1.0).argmax())
        if width[here] <= 0 or not waiting[here]:
            return []
        if here == target:
            break
        waiting[here] = False
        through = np.minimum(rest[here], width[here])
        better = waiting & (through > width)
        width[better], before[better] = through[better], here
    path = [target]
    while path[-1] != source:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _follow(rest: Floats, start: int) -> list[int]:
    """Return a cycle met by following the largest flow out of each country, or nothing."""
    path, seen, here = [start], {start: 0}, start
    while True:
        ahead = int(rest[here].argmax())
        if rest[here, ahead] <= 0:
            # A dead end of rounding: what leads there is dropped.
            if len(path) > 1:
                rest[path[-2], here] = 0.0
            return [here]
        if ahead in seen:
            return path[seen[ahead] :]
        seen[ahead] = len(path)
        path.append(ahead)
        here = ahead


def _turn(cycle: Cycle) -> Cycle:
    """Return the same cycle, told from its lowest country."""
    first = cycle.countries.index(min(cycle.countries))
    return Cycle(cycle.countries[first:] + cycle.countries[:first], cycle.amount)


def _read_share(value: ArrayLike, name: str) -> Floats:
    share = np.asarray(value, dtype=np.float64)
    share = read_array(share, name, share.shape)
    if (share > 1).any():
        raise ArrayError(f"The invoiced {name} is {share.max():g}, above 1.", "0.96 is 96 %.")
    return share


def _each_period(value: ArrayLike, name: str, like: Floats) -> Floats:
    try:
        wide = np.broadcast_to(np.asarray(value, dtype=np.float64), like.shape)
    except (TypeError, ValueError):
        raise ArrayError(f"The {name} should be one number, or one for each period.") from None
    return read_array(wide, name, like.shape, negative=True)
