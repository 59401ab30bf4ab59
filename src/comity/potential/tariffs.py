"""What a tariff change does to imports of a product, short run (Laird & Yeats; WITS SMART).

One importer, one partner, product by product: imports created because the good is cheaper, and
imports diverted from everybody else because it is cheaper than theirs. Export supply is infinitely
elastic, so that world prices stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from comity.errors import ArrayError, ElasticityError, NegativeTariffError
from comity.potential.arrays import Floats, read_array


@dataclass(frozen=True, slots=True)
class TariffChange:
    """Effects of a tariff change on imports of P products from one partner, in the input's unit.

    Attributes
    ----------
    price : ndarray, (P,)
        Relative change of the price at home, ``D = (1+t1)/(1+t0) - 1``; -0.1 is 10 % cheaper.
    creation : ndarray, (P,)
        Additional imports from the partner because the good costs less; positive for a cut.
    diversion : ndarray, (P,)
        Imports that move from the rest of the world to the partner; positive for a cut.
    imports : ndarray, (P,)
        Imports from the partner after the change.
    imports_rest : ndarray, (P,)
        Imports from everybody else after the change.
    revenue : ndarray, (P,)
        Change of tariff revenue, partner and rest together.
    """

    price: Floats
    creation: Floats
    diversion: Floats
    imports: Floats
    imports_rest: Floats
    revenue: Floats


def change_tariffs(
    imports: ArrayLike,
    imports_rest: ArrayLike,
    before: ArrayLike,
    after: ArrayLike,
    *,
    demand_elasticity: ArrayLike,
    substitution: ArrayLike = 1.5,
    tariff_rest: ArrayLike | None = None,
) -> TariffChange:
    """Return creation and diversion of trade for a change of the tariff on one partner.

    With ``D = (1+t1)/(1+t0) - 1`` and ``x = -D s``::

        creation  = M e D                             e <= 0
        diversion = M Mrest x / (M + Mrest + M x)     s >= 0

    Diversion is what keeps ``M + Mrest`` and moves ``M / Mrest`` by the factor ``1 + x``; so it
    never exceeds ``Mrest``. For a rise of the tariff both are negative, and the partner never loses
    more than all of its trade: the ratio stops at zero (``x >= -1``), creation at ``-M``, and the
    two together at ``-M``. Where nothing was traded, nothing will be.

    Parameters
    ----------
    imports, imports_rest : array_like, (P,)
        Imports from the partner, and from everybody else, before; any one currency, without duty.
    before, after : array_like, (P,) or number
        Tariff on the partner as a fraction of the price (0.10 is 10 %).
    demand_elasticity : array_like, (P,) or number
        Price elasticity of import demand, zero or below.
    substitution : array_like, (P,) or number
        Elasticity of substitution between origins, zero or above; 1 is as good as any other. WITS
        writes it with a minus sign.
    tariff_rest : array_like, (P,) or number, optional
        Tariff on everybody else, for the revenue. Unless given, it is the partner's tariff before.

    Returns
    -------
    TariffChange
        NaN where an input of that product is NaN.

    Raises
    ------
    NegativeTariffError
        If a tariff is below zero.
    ElasticityError
        If the demand elasticity is above zero, or the substitution below.
    ArrayError
        On shapes that do not fit, negative or infinite imports.

    References
    ----------
    Laird & Yeats (1986), The UNCTAD Trade Policy Simulation Model; Jammes & Olarreaga (2005),
    Explaining SMART and GSIM.

    Examples
    --------
    A 10 % tariff goes; imports are 100 from the partner and 300 from others:

    >>> change = change_tariffs([100.0], [300.0], 0.10, 0.0, demand_elasticity=-2.0)
    >>> change.creation.round(3).tolist(), change.diversion.round(3).tolist()
    ([18.182], [9.89])
    """
    M = read_array(imports, "imports", (None,), missing=True)
    R = read_array(imports_rest, "imports from the rest", M.shape, missing=True)
    t0 = _read_tariff(before, "tariff before", M)
    t1 = _read_tariff(after, "tariff after", M)
    rest = t0 if tariff_rest is None else _read_tariff(tariff_rest, "tariff on the rest", M)
    e = _per_product(demand_elasticity, "demand elasticity", M)
    s = _per_product(substitution, "substitution", M)
    if (e > 0).any():
        raise ElasticityError(
            f"The elasticity of import demand is {e[e > 0][0]:g}; it cannot be above zero.",
            "Write it with its minus sign: dearer imports are bought less.",
        )
    if (s < 0).any():
        raise ElasticityError(
            f"The elasticity of substitution is {s[s < 0][0]:g}; it cannot be below zero.",
            "Write it without the minus sign that WITS gives it.",
        )
    price = (1 + t1) / (1 + t0) - 1
    creation = np.maximum(M * e * price, -M)
    shift = np.maximum(-price * s, -1.0)
    total = M + R + M * shift
    diversion = np.divide(M * R * shift, total, out=np.zeros_like(M), where=total != 0)
    # With nobody else to buy from there is nobody to divert to either.
    diversion = np.maximum(diversion, -(M + creation))
    imports_after = M + creation + diversion
    return TariffChange(
        price=price,
        creation=creation,
        diversion=diversion,
        imports=imports_after,
        imports_rest=R - diversion,
        revenue=t1 * imports_after - t0 * M - rest * diversion,
    )


def share_diversion(diversion: ArrayLike, others: ArrayLike) -> Floats:
    """Return who loses the diverted trade: each supplier in proportion to what it sells.

    Parameters
    ----------
    diversion : array_like, (P,)
        From `change_tariffs`.
    others : array_like, (P, S)
        Imports from each of the S other suppliers before the change.

    Returns
    -------
    ndarray, (P, S)
        Change of imports from each supplier; negative for a cut. Rows sum to ``-diversion`` where
        anybody else supplies.

    Examples
    --------
    >>> share_diversion([9.0], [[100.0, 200.0]]).tolist()
    [[-3.0, -6.0]]
    """
    moved = read_array(diversion, "diversion", (None,), missing=True, negative=True)
    flows = read_array(others, "imports from others", (len(moved), None), missing=True)
    total = flows.sum(axis=1, keepdims=True)
    shares = np.divide(flows, total, out=np.zeros_like(flows), where=total != 0)
    lost: Floats = -moved[:, None] * shares
    return lost


def _per_product(value: ArrayLike, name: str, like: Floats) -> Floats:
    """Return a number or a vector as one value per product."""
    try:
        wide = np.broadcast_to(np.asarray(value, dtype=np.float64), like.shape)
    except (TypeError, ValueError):
        raise ArrayError(f"{name} should be one number, or one for each product.") from None
    return read_array(wide, name, like.shape, missing=True, negative=True)


def _read_tariff(value: ArrayLike, name: str, like: Floats) -> Floats:
    tariff = _per_product(value, name, like)
    if (tariff < 0).any():
        raise NegativeTariffError(
            f"The {name} is {tariff[tariff < 0][0]:g}; a tariff cannot be below zero.",
            "Give tariffs as fractions: 0.10 is ten per cent.",
        )
    return tariff
