"""How easily two countries trade, all goods together: two factors of export potential.

The second part of ``EPI = supply x demand x ease`` (ITC; Decreux & Spies 2016): what is traded over
what shares in products suggest, and how near the seller is beside the usual suppliers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from comity.errors import ArrayError
from comity.potential.arrays import Floats, read_array, read_trade


@dataclass(frozen=True, slots=True)
class Ease:
    """How easily N exporters sell to N importers, as two factors, each (N, N); to one, (N,).

    Attributes
    ----------
    trade : ndarray
        All goods traded over what shares in products would make one expect; NaN on the diagonal and
        where nothing is expected.
    distance : ndarray
        ``exp(-|mean ln distance of j's suppliers - ln distance_ij|)``; at most 1.
    """

    trade: Floats
    distance: Floats

    @property
    def value(self) -> Floats:
        """The product of the factors."""
        return self.trade * self.distance


@dataclass(frozen=True, slots=True, kw_only=True)
class PairEase:
    """How easily one sells to the other, all goods together: the factors and what they rest on.

    Attributes
    ----------
    trade, distance : float
        Actual over expected trade; closeness to the distance of the importer's usual suppliers.
        NaN where the lake has no total of the pair.
    trade_without_fuels : float
        The first factor with HS 27 left out of all its parts; NaN where the pair's own share of HS
        27 is not known.
    fuels : float
        That share.
    used : float
        What the potential was computed with: the product of the two, or what the user said.
    replaced : bool
        Whether the user said it.
    total, expected : float
        The pair's goods trade, and what shares in products would make one expect, in USD.
    period, source, distance_source : str
        Of the pair's total; and of the distance.
    """

    trade: float
    distance: float
    trade_without_fuels: float
    fuels: float
    used: float
    replaced: bool
    total: float
    expected: float
    period: str
    source: str
    distance_source: str

    @property
    def actual(self) -> float:
        """The product of the two factors."""
        return self.trade * self.distance

    @property
    def without_fuels(self) -> float:
        """The same without HS 27."""
        return self.trade_without_fuels * self.distance


def ease(bilateral: ArrayLike, exports: ArrayLike, imports: ArrayLike, distance: ArrayLike) -> Ease:
    """Return how easily each pair trades, all goods together.

    ``trade_ij = v_ij / sum_k (v_ik / v_k) v_jk`` and
    ``distance_ij = exp(-| mean_k ln dist_jk - ln dist_ij |)``. The mean over products, weighted by
    imports, of the distance to j's suppliers of k is the import-weighted mean over its suppliers of
    all goods, ``sum_i v_ij ln dist_ij / sum_i v_ij``, and is computed as such.

    Parameters
    ----------
    bilateral : array_like, (N, N)
        All goods from i (rows) to j (columns); the diagonal is ignored. To see ease without HS 27,
        leave that out of all three trade arrays.
    exports, imports : array_like, (N, P)
        Trade with the world by product.
    distance : array_like, (N, N)
        Kilometres; the diagonal is ignored.

    Raises
    ------
    ArrayError
        Also if two countries lie no distance apart.
    """
    x, m = read_trade(exports, imports)
    N = len(x)
    flows = read_array(bilateral, "bilateral trade", (N, N)).copy()
    km = read_array(distance, "distance", (N, N)).copy()
    np.fill_diagonal(flows, 0.0)
    np.fill_diagonal(km, 1.0)
    _check_apart(km)
    expected = expected_trade(x, m)
    trade = np.full((N, N), np.nan)
    np.divide(flows, expected, out=trade, where=expected > 0)
    logs = np.log(km)
    bought = flows.sum(axis=0)
    usual = np.full(N, np.nan)
    np.divide((flows * logs).sum(axis=0), bought, out=usual, where=bought > 0)
    near = np.exp(-np.abs(usual - logs))
    np.fill_diagonal(trade, np.nan)
    np.fill_diagonal(near, np.nan)
    return Ease(trade, near)


def expected_trade(exports: ArrayLike, imports: ArrayLike) -> Floats:
    """Return what shares in products suggest each sells each, ``sum_k (v_ik / v_k) v_jk``.

    Parameters
    ----------
    exports, imports : array_like, (N, P)
        Trade with the world by product.

    Returns
    -------
    ndarray, (N, N)
        From i (rows) to j (columns), in the currency of the trade data.

    Raises
    ------
    ArrayError
    """
    x, m = read_trade(exports, imports)
    world = x.sum(axis=0)
    shares = np.divide(x, world, out=np.zeros_like(x), where=world > 0)
    expected: Floats = shares @ m.T
    return expected


def ease_of_importer(
    sales: ArrayLike, expected: ArrayLike, distance: ArrayLike, importer: int
) -> Ease:
    """Return how easily each sells to one importer: a column of `ease`, without the others.

    Parameters
    ----------
    sales, expected, distance : array_like, (N,)
        All goods from each to the importer; a column of `expected_trade`; kilometres. The
        importer's own places are ignored.
    importer : int
        Its place.

    Returns
    -------
    Ease
        Of arrays (N,).

    Raises
    ------
    ArrayError
        Also if a country lies no distance apart from the importer.
    """
    flows = read_array(sales, "sales", (None,)).copy()
    usual = read_array(expected, "expected trade", flows.shape)
    km = read_array(distance, "distance", flows.shape).copy()
    flows[importer], km[importer] = 0.0, 1.0
    _check_apart(km)
    trade = np.full(flows.shape, np.nan)
    np.divide(flows, usual, out=trade, where=usual > 0)
    logs = np.log(km)
    # Added up from the first to the last, as `ease` does with its columns.
    bought = np.add.accumulate(flows)[-1]
    mean = np.add.accumulate(flows * logs)[-1] / bought if bought > 0 else np.nan
    near = np.exp(-np.abs(mean - logs))
    trade[importer], near[importer] = np.nan, np.nan
    return Ease(trade, near)


def _check_apart(km: Floats) -> None:
    if (km <= 0).any():
        raise ArrayError("Two countries lie no distance apart.", "Give distances in kilometres.")
