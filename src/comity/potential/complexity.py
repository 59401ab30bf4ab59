"""Economic complexity of countries and products (Hidalgo & Hausmann 2009).

Everything is computed from one country-by-product array of exports, at any product level. The
product-by-product proximity matrix is never formed on the way: see `product_space`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from comity.errors import ArrayError, DegenerateFlowsError
from comity.potential.arrays import Floats, read_array
from comity.potential.product_space import ProductSpace

Presence = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Complexity:
    """All complexity measures of one year: N countries, P products.

    Attributes
    ----------
    rca : ndarray, (N, P)
        Revealed comparative advantage; NaN in the rows and columns without trade.
    presence : ndarray of bool, (N, P)
        M: RCA at or above the threshold.
    diversity : ndarray, (N,)
        Products present in a country; NaN for a country with no exports.
    ubiquity : ndarray, (P,)
        Countries in which a product is present; NaN for a product that nobody exports.
    density : ndarray, (N, P)
        Share (0 to 1) of a product's proximity that the country already covers.
    eci, coi : ndarray, (N,)
        Complexity and outlook of countries, mean 0 and standard deviation 1.
    pci : ndarray, (P,)
        Complexity of products on the scale of ECI: a country's ECI is the mean PCI of its products.
    cog : ndarray, (N, P)
        Outlook gain, in standard deviations of ECI; zero where the product is already present.
    """

    rca: Floats
    presence: Presence
    diversity: Floats
    ubiquity: Floats
    density: Floats
    eci: Floats
    pci: Floats
    coi: Floats
    cog: Floats


def rca(exports: ArrayLike) -> Floats:
    """Return Balassa's revealed comparative advantage.

    ``RCA_ik = (v_ik / v_i.) / (v_.k / v_..)``

    Parameters
    ----------
    exports : array_like, (N, P)
        Exports of country i in product k, any one currency. NaN is missing: it stays NaN and adds
        nothing to totals.

    Returns
    -------
    ndarray, (N, P)
        NaN also in rows of countries with no exports and in columns that nobody exports.

    Raises
    ------
    ArrayError
        If the array is not two-dimensional, or is negative or infinite somewhere.
    DegenerateFlowsError
        If there is no trade at all.

    References
    ----------
    Balassa (1965), Trade liberalisation and "revealed" comparative advantage.

    Examples
    --------
    >>> rca([[30.0, 10.0], [0.0, 60.0]]).round(3).tolist()
    [[2.5, 0.357], [0.0, 1.429]]
    """
    flows = read_array(exports, "exports", (None, None), missing=True)
    by_country: Floats = flows.sum(axis=1)
    by_product: Floats = flows.sum(axis=0)
    if np.isnan(by_country).any():
        by_country, by_product = np.nansum(flows, axis=1), np.nansum(flows, axis=0)
    world = by_country.sum()
    if world == 0:
        raise DegenerateFlowsError("There are no exports at all to compare.")
    by_country[by_country == 0] = np.nan
    by_product[by_product == 0] = np.nan
    advantage: Floats = flows * (world / by_product)
    advantage /= by_country[:, None]
    return advantage


def presence(advantage: ArrayLike, threshold: float = 1.0) -> Presence:
    """Return M, whether RCA reaches the threshold; missing RCA is not presence.

    Examples
    --------
    >>> presence([[1.0, 0.99, float("nan")]]).tolist()
    [[True, False, False]]
    """
    if not threshold > 0:
        raise ArrayError(f"The RCA threshold is {threshold}; it has to be above zero.")
    values = read_array(advantage, "RCA", (None, None), missing=True)
    present: Presence = values >= threshold
    return present


def proximity(present: ArrayLike, *, self_proximity: bool = True) -> Floats:
    """Return the proximity of products, ``phi_kl = min(P(M_k | M_l), P(M_l | M_k))``.

    Parameters
    ----------
    present : array_like of bool, (N, P)
        M.
    self_proximity : bool
        Whether a product counts as its own neighbour (``phi_kk = 1``, as `ecomplexity` has it) or
        not (0, as `economic-complexity` has it).

    Returns
    -------
    ndarray, (P, P)
        Symmetric, 0 to 1; NaN for a product present nowhere.

    References
    ----------
    Hidalgo, Klinger, Barabasi & Hausmann (2007), The product space conditions the development of
    nations, Science 317.

    Examples
    --------
    >>> proximity([[1, 1, 0], [1, 0, 1], [1, 1, 0]])[0].round(3).tolist()
    [1.0, 0.667, 0.333]
    """
    M = _read_presence(present)
    ubiquity = M.sum(axis=0)
    # Counts stay below 2**24, so that single precision is exact and twice as fast.
    single = M.astype(np.float32)
    together = (single.T @ single).astype(np.float64)
    with np.errstate(invalid="ignore"):
        phi: Floats = together / np.maximum(ubiquity[:, None], ubiquity)
    nowhere = ubiquity == 0
    phi[nowhere] = np.nan
    phi[:, nowhere] = np.nan
    if not self_proximity:
        np.fill_diagonal(phi, np.where(nowhere, np.nan, 0.0))
    return phi


def density(present: ArrayLike, *, self_proximity: bool = True) -> Floats:
    """Return how near each product lies to what a country exports already.

    ``density_ik = sum_l M_il phi_lk / sum_l phi_lk``

    Returns
    -------
    ndarray, (N, P)
        0 to 1; NaN for countries with no product and products with no neighbour.
    """
    return _Neighbours(_read_presence(present), self_proximity).density()[0]


def eci_pci(present: ArrayLike) -> tuple[Floats, Floats]:
    """Return the complexity of countries and of products.

    ECI is the eigenvector to the second largest eigenvalue of ``D^-1 M U^-1 M'`` (D diversity, U
    ubiquity), found on the symmetric form ``D^-1/2 M U^-1 M' D^-1/2``, and standardised. PCI is
    ``U^-1 M' ECI`` on the scale on which a country's ECI is the mean PCI of its products. The sign
    makes ECI correlate with diversity.

    Returns
    -------
    eci : ndarray, (N,)
    pci : ndarray, (P,)
        NaN for countries and products without presence, and for those outside the largest set that
        hangs together: between separate sets there is nothing to compare.

    Raises
    ------
    DegenerateFlowsError
        If fewer than three countries or products are left, or if the second eigenvalue is not
        alone, as where all export the same.

    References
    ----------
    Hidalgo & Hausmann (2009), The building blocks of economic complexity, PNAS 106; Hausmann et al.
    (2014), The Atlas of Economic Complexity; Mealy, Farmer & Teytelboym (2019), Science Advances 5.
    """
    kc, kp = _eigenvectors(_read_presence(present))
    mean, deviation = np.nanmean(kc), np.nanstd(kc)
    return (kc - mean) / deviation, (kp - mean) / deviation


def complexity(
    exports: ArrayLike,
    *,
    threshold: float = 1.0,
    self_proximity: bool = True,
    outlook: bool = True,
) -> Complexity:
    """Return every complexity measure of one country-by-product table.

    ``COI_i = sum_k density_ik (1 - M_ik) PCI_k``, standardised;
    ``COG_ik = (1 - M_ik) sum_l (1 - M_il) phi_lk PCI_l / sum_m phi_ml``. Both take PCI before it is
    standardised, as `ecomplexity` and its Stata forerunner do.

    Parameters
    ----------
    exports : array_like, (N, P)
        Exports in any one currency; NaN is missing.
    threshold : float
        RCA from which a product counts as present.
    self_proximity : bool
        See `proximity`.
    outlook : bool
        Whether to compute COI and COG, half of the work; NaN without.

    Raises
    ------
    ArrayError, DegenerateFlowsError
        See `rca` and `eci_pci`.

    References
    ----------
    Hausmann et al. (2014), The Atlas of Economic Complexity, technical box 5.1 ff.
    """
    advantage = rca(exports)
    M = presence(advantage, threshold)
    space = _Neighbours(M, self_proximity)
    near, total, together = space.density()
    kc, kp = _eigenvectors(M, together)
    diversity = M.sum(axis=1).astype(np.float64)
    ubiquity = M.sum(axis=0).astype(np.float64)
    diversity[~np.isfinite(advantage).any(axis=1)] = np.nan
    ubiquity[~np.isfinite(advantage).any(axis=0)] = np.nan

    coi: Floats = np.full(len(kc), np.nan)
    cog: Floats = np.broadcast_to(coi[:, None], M.shape)
    if outlook:
        coi, cog = _look_out(space, near, total, kc, kp)
    mean, deviation = np.nanmean(kc), np.nanstd(kc)
    return Complexity(
        rca=advantage,
        presence=M,
        diversity=diversity,
        ubiquity=ubiquity,
        density=near,
        eci=(kc - mean) / deviation,
        pci=(kp - mean) / deviation,
        coi=coi,
        cog=cog,
    )


def _look_out(
    space: _Neighbours, near: Floats, total: Floats, kc: Floats, kp: Floats
) -> tuple[Floats, Floats]:
    """Return COI, standardised, and COG in standard deviations of kc."""
    known = np.nan_to_num(kp)
    absent = (~space.space.by_product).astype(np.float64)
    coi = np.einsum("k,kc,kc->c", known, np.nan_to_num(near.T), absent)
    weight = np.divide(known, total, out=np.zeros_like(known), where=total > 1e-12)
    gain = space.apply(weight[:, None] * absent)
    gain *= absent
    cog = gain.T
    no_country, no_product = np.isnan(kc), np.isnan(kp)
    coi[no_country] = np.nan
    cog[no_country] = np.nan
    cog[:, no_product] = np.nan
    return (coi - np.nanmean(coi)) / np.nanstd(coi), cog / np.nanstd(kc)


def _read_presence(present: ArrayLike) -> Presence:
    if isinstance(present, np.ndarray) and present.dtype == np.bool_ and present.ndim == 2:
        return present
    values = read_array(present, "presence", (None, None))
    if ((values != 0) & (values != 1)).any():
        raise ArrayError(
            "Presence holds values other than 0 and 1.", "Take presence(rca(exports))."
        )
    return values.astype(np.bool_)


def _eigenvectors(M: Presence, together: Floats | None = None) -> tuple[Floats, Floats]:
    """Return kc and kp with ``kc = D^-1 M kp``, NaN where undefined, sign set by diversity.

    `together` is ``M U^-1 M'`` where that is known already.
    """
    N, P = M.shape
    kc, kp = np.full(N, np.nan), np.full(P, np.nan)
    countries, products = M.any(axis=1), M.any(axis=0)
    for attempt in ("all", "largest"):
        whole = countries.all() and products.all()
        inner = M if whole else M[np.ix_(countries, products)]
        if min(inner.shape) < 3:
            raise DegenerateFlowsError(
                f"Only {inner.shape[0]} countries and {inner.shape[1]} products hang together; "
                "complexity compares three of each at least."
            )
        tall = inner.shape[0] > inner.shape[1]
        side = inner.T if tall else inner
        diversity, ubiquity = side.sum(axis=1), side.sum(axis=0)
        if together is not None and not tall and attempt == "all":
            shared = together[np.ix_(countries, countries)]
        else:
            shared = ProductSpace(side).meet(np.ascontiguousarray(side.T, dtype=np.float64))
        root = np.sqrt(diversity)
        # The three largest say all.
        last = len(root) - 1
        roots, vectors = eigh(
            shared / root / root[:, None], subset_by_index=(last - 2, last), check_finite=False
        )
        if roots[-2] < 1 - 1e-9 or attempt == "largest":
            break
        countries, products = _largest_component(M)
    if roots[-2] - roots[-3] < 1e-10:
        raise DegenerateFlowsError(
            "Countries differ in no one way more than in others: complexity is not defined.",
            "Products as coarse as these, or countries as alike, have no ranking.",
        )
    first = vectors[:, -2] / root
    # One side by eigenvector, the other as its mean over what is present.
    second = np.einsum("ck,c->k", side, first) / ubiquity
    if tall:
        inner_kc, inner_kp = second, first
    else:
        inner_kc, inner_kp = first * roots[-2], second
    spread = inner.sum(axis=1)
    if np.dot(spread - spread.mean(), inner_kc - inner_kc.mean()) < 0:
        inner_kc, inner_kp = -inner_kc, -inner_kp
    kc[countries], kp[products] = inner_kc, inner_kp
    return kc, kp


def _largest_component(M: Presence) -> tuple[Presence, Presence]:
    """Return the countries and products of the largest set that hangs together."""
    N, P = M.shape
    rows, columns = np.nonzero(M)
    graph = coo_array((np.ones(len(rows)), (rows, columns + N)), shape=(N + P, N + P))
    _, label = connected_components(graph, directed=False)
    largest = np.bincount(label[:N][M.any(axis=1)]).argmax()
    return label[:N] == largest, label[N:] == largest


class _Neighbours:
    """The product space of M with or without a product's nearness to itself."""

    def __init__(self, M: Presence, self_proximity: bool) -> None:
        self.M = M
        self.space = ProductSpace(M)
        self.self_proximity = self_proximity

    def apply(self, A: Floats) -> Floats:
        """Return ``phi @ A``, zero for products present nowhere."""
        out = self.space.apply(A)
        if not self.self_proximity:
            out[self.space.order] -= A[self.space.order]
        return out

    def density(self) -> tuple[Floats, Floats, Floats]:
        """Return the share of each product's proximity that M covers.

        Also that proximity, and ``M U^-1 M'``.
        """
        near, total, together = self.space.cover(self.self_proximity)
        near[:, ~self.M.any(axis=1)] = np.nan
        return near.T, total, together
