"""What a new equilibrium is worth to each country, exactly and by its parts."""

from __future__ import annotations

import numpy as np

from comity.potential.arrays import Floats
from comity.potential.equilibrium.caliendo_parro import World


def welfare(before: World, after: World) -> Floats:
    """Return the exact hat of real final spending, ``I'/I / prod_j P_j ** a_j``.

    `after` has to be solved from ``before.economy``.
    """
    return after.income / before.income / after.consumer_price


def decompose_welfare(before: World, after: World) -> tuple[Floats, Floats]:
    """Return terms of trade and volume of trade, whose sum is welfare to a first order.

    ``ToT_n = sum (E_ni (c_n - 1) - M_ni (c_i - 1)) / I_n`` over sectors and partners, and
    ``VoT_n = sum t_ni M_ni (M_ni'/M_ni - c_i) / I_n``: flows, tariffs and income of `before`, hats
    of `after`. This, not the exact hat, is the welfare that Caliendo & Parro publish: it values all
    the new trade at the old tariffs, and so is the larger the larger the cut. In many small steps
    the sum becomes the exact `welfare`.

    Returns
    -------
    terms, volume : ndarray, (N,)
        Fractions of income.
    """
    M, c = before.trade, after.cost - 1
    sold = np.einsum("jin,ji->i", M, c)
    bought = np.einsum("jin,ji->n", M, c)
    growth = np.divide(after.trade, M, out=np.ones_like(M), where=M > 0) - 1
    volume = (before.economy.tariff * M * (growth - c[:, :, None])).sum(axis=(0, 1))
    return (sold - bought) / before.income, volume / before.income
