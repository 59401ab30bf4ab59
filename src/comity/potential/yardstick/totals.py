"""What is usual where only totals are known: goods without one chapter.

A fitted gravity model is its coefficients and its totals (Fally 2015). Where the flows of a group
of goods are known for one pair only, but what each country sells to and buys from all is known,
the coefficients of all goods and the totals of the group still say what is usual.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comity.errors import EstimationError, NotConvergedError

Floats = NDArray[np.float64]

_SWEEPS = 2000
_TOLERANCE = 1e-9


def expect_from_totals(
    sold: Floats, bought: Floats, tilt: Floats, own: float, i: int, j: int
) -> float:
    """Return the usual flow of a cell from row totals, column totals and a model's coefficients.

    With the pair's own flow taken out of both its totals and its cell closed, the effects solve::

        sum_j a_i t_ij b_j = sold_i        sum_i a_i t_ij b_j = bought_j        t = exp(x b)

    and the usual flow is a_i t_ij b_j: as in a fit without the pair, given b.

    Parameters
    ----------
    sold, bought : ndarray, shape (n,)
        What each country sells to all and buys from all, in one unit. The two sums need not agree
        (countries are missing on either side): purchases are scaled to sales.
    tilt : ndarray, shape (n, n)
        exp(x b), seller by buyer; 0 where there is no flow to be (a country with itself).
    own : float
        The pair's own flow, which is part of both totals.
    i, j : int
        The cell.

    Raises
    ------
    EstimationError
        Nothing is left of a total without the pair.
    NotConvergedError
        The totals cannot be met.
    """
    t = np.where(np.isfinite(tilt), tilt, 0.0)
    cell = float(t[i, j])
    t[i, j] = 0.0
    r, c = sold.astype(float), bought.astype(float)
    r[i] -= own
    c[j] -= own
    rows, columns = (r > 0) & (t.sum(axis=1) > 0), (c > 0) & (t.sum(axis=0) > 0)
    if not (rows[i] and columns[j] and cell > 0):
        raise EstimationError("Nothing is left of the countries' totals without the pair.")
    t = t * rows[:, None] * columns[None, :]
    r, c = r * rows, c * columns
    c *= r.sum() / c.sum()
    a, b = np.ones(r.size), np.ones(c.size)
    for _ in range(_SWEEPS):
        reach = t @ b
        gap = np.abs(a * reach - r)[rows].max() / r.max()
        a = np.divide(r, reach, out=np.zeros_like(r), where=reach > 0)
        reach = a @ t
        b = np.divide(c, reach, out=np.zeros_like(c), where=reach > 0)
        if gap < _TOLERANCE:
            return float(a[i] * cell * b[j])
    raise NotConvergedError("The totals of sellers and buyers cannot be met together.")
