"""One figure out of two reports of the same flow: freight taken out, reporters weighed.

Kernels over arrays: no tables, no files. The steps are those that CEPII documents for BACI
(Gaulier & Zignago 2010), on totals instead of products; see ``docs/methods/mirror.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comity.errors import ArrayError, EstimationError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Flows below a million dollars say more about rounding than about freight.
LEAST_FLOW = 1e6
LEAST_PAIRS = 30
# Freight and insurance of more than a quarter of the goods' value are errors of reporting.
MOST_MARGIN = 0.25
_TAIL = 0.1
_WRONG = 0.01
_PRIOR = 3.0
_ROUNDS = 500
_SETTLED = 1e-5


@dataclass(frozen=True, slots=True)
class Margin:
    """The c.i.f. margin by distance: ln(cif / fob) = constant + slope ln km + border contiguous.

    Attributes
    ----------
    constant, slope, border : float
    pairs : int
        Flows that it was estimated on.
    """

    constant: float
    slope: float
    border: float
    pairs: int

    def factor(self, distance_km: Floats, contiguous: Floats) -> Floats:
        """Return cif / fob, between 1 and 1.25; NaN where the distance is not known."""
        log = self.constant + self.slope * np.log(distance_km) + self.border * contiguous
        return np.exp(np.clip(log, 0.0, np.log1p(MOST_MARGIN)))


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What two reports make together, one element a flow.

    Attributes
    ----------
    value : ndarray, shape (N,)
        US dollars f.o.b.; NaN where nobody reports.
    factor : ndarray, shape (N,)
        c.i.f. over f.o.b. that was taken out of the importer's report.
    weight : ndarray, shape (N,)
        Of the exporter's report, 0 to 1; 1 or 0 where it is the only one or there is none.
    spread : ndarray, shape (N,)
        Standard deviation of ln value.
    margin : Margin
    export_variance, import_variance : ndarray, shape (C,)
        Of ln of what a country reports as exporter and as importer.
    """

    value: Floats
    factor: Floats
    weight: Floats
    spread: Floats
    margin: Margin
    export_variance: Floats
    import_variance: Floats


def asymmetry(one: Floats, other: Floats) -> Floats:
    """Return how far two reports are apart: |a - b| / ((a + b) / 2), 0 to 2.

    Examples
    --------
    >>> asymmetry(np.array([90.0]), np.array([110.0]))
    array([0.2])
    """
    middle = (one + other) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(middle > 0, np.abs(one - other) / middle, np.nan)


def estimate_margin(
    exports: Floats, imports: Floats, distance_km: Floats, contiguous: Floats
) -> Margin:
    """Regress the ratio of mirror flows on distance.

    ln(M_ij / X_ij) = a + b ln d_ij + c contiguous_ij, by least squares on flows that both sides put
    at a million dollars or more, the ratios cut at their 10th and 90th percentiles.

    Parameters
    ----------
    exports, imports : ndarray, shape (N,)
        As the exporter reports f.o.b. and the importer c.i.f.; NaN where there is no report.
    distance_km, contiguous : ndarray, shape (N,)

    Raises
    ------
    EstimationError
        Fewer than 30 flows with both reports.

    References
    ----------
    Gaulier & Zignago (2010), CEPII Working Paper 2010-23, section 2.3, which works by product and
    also has distance squared, landlocked countries, unit values and years.
    """
    with np.errstate(invalid="ignore"):
        both = (exports >= LEAST_FLOW) & (imports >= LEAST_FLOW) & (distance_km > 0)
    both &= np.isfinite(contiguous)
    if both.sum() < LEAST_PAIRS:
        raise EstimationError(
            f"A c.i.f. margin takes {LEAST_PAIRS} flows that both sides report; here are "
            f"{int(both.sum())}.",
            "Add a year of UN Comtrade, or of another source of both reports, for all countries.",
        )
    ratio = np.log(imports[both] / exports[both])
    ratio = np.clip(ratio, *np.quantile(ratio, [_TAIL, 1 - _TAIL]))
    x = np.column_stack([np.ones(ratio.size), np.log(distance_km[both]), contiguous[both]])
    constant, slope, border = np.linalg.lstsq(x, ratio, rcond=None)[0]
    return Margin(float(constant), float(slope), float(border), int(both.sum()))


def weigh_reporters(
    exporter: Ints, importer: Ints, gap: Floats, size: int
) -> tuple[Floats, Floats]:
    """Split the variance of gaps between two reports into the two reporters' shares.

    gap_ij = ln X_ij - ln M_ij (f.o.b.) is u_i + v_j, u_i ~ N(0, s_i), v_j ~ N(0, t_j): maximum
    likelihood by expectation and maximisation, which keeps every variance positive. Three flows'
    worth of the average is added to each country, so that one with a single flow is near it. The
    largest hundredth of the squares is cut back: wrong rows must not stand for a country.

    Parameters
    ----------
    exporter, importer : ndarray of int, shape (N,)
        Positions of countries, 0 to size - 1.
    gap : ndarray, shape (N,)
        Finite.
    size : int
        Number of countries, C.

    Returns
    -------
    (ndarray, ndarray), each of shape (C,)
        Variances of what each country reports as exporter and as importer.
    """
    if gap.size == 0:
        raise ArrayError("There is no flow with two reports.")
    # The largest hundredth of gaps are wrong rows, which would each stand for a whole country.
    square = np.minimum(gap**2, np.quantile(gap**2, 1 - _WRONG))
    half = max(float(square.mean()) / 2, 1e-12)
    s, t = np.full(size, half), np.full(size, half)
    sold = np.bincount(exporter, minlength=size) + _PRIOR
    bought = np.bincount(importer, minlength=size) + _PRIOR
    for _ in range(_ROUNDS):
        one, other = s[exporter], t[importer]
        share = one / (one + other)
        # What is expected of each part's square, given the square of their sum.
        within = one * other / (one + other)
        u = np.bincount(exporter, share**2 * square + within, size)
        v = np.bincount(importer, (1 - share) ** 2 * square + within, size)
        before = s, t
        s, t = (u + _PRIOR * half) / sold, (v + _PRIOR * half) / bought
        if max(np.abs(s - before[0]).max(), np.abs(t - before[1]).max()) < _SETTLED * half:
            break
    return s, t


def reconcile(
    exporter: Ints,
    importer: Ints,
    exports: Floats,
    imports: Floats,
    distance_km: Floats,
    contiguous: Floats,
) -> Reconciled:
    """Make one f.o.b. figure of each flow out of what its two ends report.

    ln R_ij = w_ij ln X_ij + (1 - w_ij) ln(M_ij / f_ij), w_ij = t_j / (s_i + t_j): the mean with the
    least variance. Where only one side reports, it stands alone.

    Parameters
    ----------
    exporter, importer : ndarray of int, shape (N,)
        Positions of countries; a flow may occur in several years.
    exports, imports : ndarray, shape (N,)
        US dollars, f.o.b. by the exporter and c.i.f. by the importer; NaN where not reported.
    distance_km, contiguous : ndarray, shape (N,)

    Raises
    ------
    ArrayError
        Shapes that differ, negative flows.
    EstimationError
        Fewer than 30 flows with both reports.

    References
    ----------
    Gaulier & Zignago (2010), CEPII Working Paper 2010-23, sections 2.3 and 2.4.
    """
    arrays = (exporter, importer, exports, imports, distance_km, contiguous)
    if len({array.shape for array in arrays}) != 1 or exports.ndim != 1:
        raise ArrayError("Flows, countries and distances must have one value a flow.")
    if (exports < 0).any() or (imports < 0).any():
        raise ArrayError("Flows may not be negative.")
    margin = estimate_margin(exports, imports, distance_km, contiguous)
    size = int(max(exporter.max(), importer.max())) + 1
    # Without a distance the typical margin stands in.
    factor = margin.factor(distance_km, contiguous)
    factor = np.where(np.isfinite(factor), factor, np.nanmedian(factor))
    fob = imports / factor
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = np.log(exports) - np.log(fob)
        large = np.isfinite(gap) & (exports >= LEAST_FLOW) & (imports >= LEAST_FLOW)
    s, t = weigh_reporters(exporter[large], importer[large], gap[large], size)
    mine, yours = s[exporter], t[importer]
    weight = yours / (mine + yours)
    has_x, has_m = np.isfinite(exports), np.isfinite(fob)
    weight = np.where(has_x & has_m, weight, has_x.astype(float))
    with np.errstate(divide="ignore", invalid="ignore"):
        log = weight * np.log(exports) + (1 - weight) * np.log(fob)
    value = np.where(has_x & has_m, np.exp(log), np.where(has_x, exports, fob))
    # A reported zero against a positive report has no logarithm: the arithmetic mean then.
    zero = has_x & has_m & ((exports == 0) | (fob == 0))
    value = np.where(zero, weight * exports + (1 - weight) * fob, value)
    variance = np.where(has_x & has_m, mine * yours / (mine + yours), np.where(has_x, mine, yours))
    spread = np.where(has_x | has_m, np.sqrt(variance), np.nan)
    return Reconciled(value, factor, weight, spread, margin, s, t)
