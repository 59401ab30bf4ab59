"""Cross-sections: one exporter-by-importer matrix, its usual flows, and refits without a cell."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from comity.errors import ArrayError, EstimationError, NotConvergedError
from comity.potential.ppml.newton import Certificate, Floats, Tolerance, climb
from comity.potential.ppml.parallel import THREADS
from comity.potential.ppml.rooms import widen
from comity.potential.ppml.separation import Separated, climb_apart
from comity.potential.ppml.stack import Stack


@dataclass(frozen=True)
class CrossSection:
    """One fitted matrix of flows between n exporters and m importers.

    Attributes
    ----------
    beta : ndarray, shape (K,)
        Coefficients; NaN for a covariate collinear with the effects or with those before it.
    fitted : ndarray, shape (n, m)
        Expected flow exp(exporter_i + importer_j + x_ij b + offset_ij) in the unit of the flows,
        for *every* cell, also those masked or missing. 0 where a country's observed flows are
        all zero (its effect is minus infinity); NaN where an effect is not identified.
    exporter_effect : ndarray, shape (n,)
    importer_effect : ndarray, shape (m,)
        Log effects; the finite importer effects average zero. -inf for a country with observed
        cells but no flow, NaN for a country with no observed cell.
    certificate : Certificate
    separated : ndarray of bool, shape (n, m)
        Observed zero cells that the effects or the covariates fit perfectly (expected flow 0).
    """

    beta: Floats
    fitted: Floats
    exporter_effect: Floats
    importer_effect: Floats
    certificate: Certificate
    separated: NDArray[np.bool_]

    @property
    def converged(self) -> bool:
        """Whether the fit may be used."""
        return self.certificate.converged


def cross_section(
    flow: ArrayLike,
    covariates: ArrayLike,
    observed: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    start: CrossSection | None = None,
    tolerance: Tolerance | None = None,
    on_failure: str = "raise",
) -> CrossSection:
    """Fit E[y_ij] = exp(exporter_i + importer_j + x_ij b + offset_ij) by Poisson PML.

    Parameters
    ----------
    flow : array, shape (n, m)
        Flows y >= 0 in any unit; NaN where not known (missing is not zero).
    covariates : array, shape (K, n, m)
        K may be 0. NaN counts as not observed, and then has no fitted value either.
    observed : array of bool, shape (n, m), optional
        False masks a cell: it does not count in the fit, and is still predicted. Mask the
        diagonal yourself if domestic flows are not meant.
    weights : array, shape (n, m), optional
        Non-negative weights of the cells.
    offset : array, shape (n, m), optional
        Added to the linear predictor.
    start : CrossSection, optional
        A fit of nearly the same data to start from.
    tolerance : Tolerance, optional
    on_failure : {"raise", "flag"}
        What to do with a fit that does not converge: raise, or return it with
        ``converged=False`` and every number NaN.

    Returns
    -------
    CrossSection

    Raises
    ------
    ArrayError
        Shapes that do not fit, negative or infinite flows or weights, infinite covariates.
    EstimationError
        No positive flow, or fewer than two countries on either side.
    NotConvergedError
        The fit did not reach its tolerance.

    References
    ----------
    Santos Silva & Tenreyro (2006), "The log of gravity", Rev. Econ. Stat. 88(4);
    Fally (2015), "Structural gravity and fixed effects", J. Int. Econ. 97(1).

    Examples
    --------
    >>> import numpy as np
    >>> flow = np.array([[np.nan, 8.0, 4.0], [6.0, np.nan, 2.0], [2.0, 1.0, np.nan]])
    >>> fit = cross_section(flow, np.zeros((0, 3, 3)))
    >>> bool(np.allclose(np.nansum(fit.fitted * ~np.isnan(flow), axis=1), [12.0, 8.0, 3.0]))
    True
    """
    y, x, exposure, seen, e_offset = _arrays(flow, covariates, observed, weights, offset)
    problem = _problem(y, x, exposure)
    first = None
    if start is not None:
        first = _warm(problem, start, y.shape)
    return _finish(climb_apart(problem, first, tolerance), y, seen, e_offset, on_failure)


@dataclass(frozen=True)
class LeaveOneOut:
    """What each cell would be expected to hold, judged by all the others.

    Attributes
    ----------
    expected : ndarray, shape (n, m)
        Fitted flow of a cell from a fit in which that cell was masked; NaN for cells that were
        not asked for, whose effects are not identified without them, or that did not converge.
    converged : ndarray of bool, shape (n, m)
        False where a refit failed or was not asked for.
    full : CrossSection
        The fit with every observed cell.
    """

    expected: Floats
    converged: NDArray[np.bool_]
    full: CrossSection


def leave_one_out(
    flow: ArrayLike,
    covariates: ArrayLike,
    cells: Sequence[tuple[int, int]] | NDArray[np.bool_] | None = None,
    observed: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    tolerance: Tolerance | None = None,
) -> LeaveOneOut:
    """Refit a cross-section once for each cell, without that cell, and predict it. Exact.

    Parameters
    ----------
    flow, covariates, observed, weights, offset, tolerance
        As for `cross_section`.
    cells : sequence of (exporter, importer), or ndarray of bool of shape (n, m), optional
        Which cells to leave out, each on its own; all observed ones by default.

    Returns
    -------
    LeaveOneOut
    """
    y, x, exposure, seen, e_offset = _arrays(flow, covariates, observed, weights, offset)
    apart = climb_apart(_problem(y, x, exposure), None, tolerance)
    outcome = apart.outcome
    full = _finish(apart, y, seen, e_offset, "raise")
    if cells is None:
        wanted = np.argwhere(exposure > 0)
    elif isinstance(cells, np.ndarray) and cells.dtype == np.bool_:
        wanted = np.argwhere(cells)
    else:
        wanted = np.asarray(list(cells), dtype=np.int64).reshape(-1, 2)
    expected = np.full(y.shape, np.nan)
    converged = np.zeros(y.shape, dtype=np.bool_)

    def refit(share: NDArray[np.int64]) -> None:
        problem = outcome.problem.copy()
        calm = (problem.a.copy(), problem.b.copy(), problem.A.copy(), problem.B.copy())
        for i, j in share:
            old = problem.mask(i, j)
            problem.a[:], problem.b[:], problem.A[:], problem.B[:] = calm
            again = climb(problem, outcome.beta, tolerance)
            if again.certificate.converged and again.kept.all() and again.drift < _RUNNING:
                expected[i, j] = again.problem.predict_cell(i, j, again.beta) * e_offset[i, j]
                converged[i, j] = True
            problem.unmask(i, j, old)

    shares = [wanted[k::THREADS] for k in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(refit, shares))
    return LeaveOneOut(expected, converged, full)


# A linear predictor that still moves this much in the last step belongs to a cell that runs away.
_RUNNING = 1e-3


def _arrays(
    flow: ArrayLike,
    covariates: ArrayLike,
    observed: ArrayLike | None,
    weights: ArrayLike | None,
    offset: ArrayLike | None,
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_], Floats]:
    """Check what a caller handed in; return flow, covariates, exposure, seen, exp(offset)."""
    raw = np.asarray(flow, dtype=np.float64)
    if raw.ndim != 2:
        raise ArrayError(f"Flows must be a matrix; these have {raw.ndim} dimensions.")
    x = np.array(covariates, dtype=np.float64, ndmin=3)
    if x.size == 0:
        x = np.zeros((0, *raw.shape))
    if x.shape[1:] != raw.shape:
        raise ArrayError(
            f"Covariates must have shape (K, {raw.shape[0]}, {raw.shape[1]}), not {x.shape}."
        )
    seen = ~np.isnan(raw)
    if (raw < 0).any() or np.isinf(raw).any():
        raise ArrayError("Flows must be finite and not negative.", "Use NaN for what is unknown.")
    finite = np.isfinite(x)
    known = finite.all(axis=0)
    if not known.all():
        if not np.isnan(x[~finite]).all():
            raise ArrayError(
                "Covariates must be finite.", "ln of a zero distance is a usual cause."
            )
        x[~finite] = 0.0  # x is a copy
    weight = np.ones_like(raw) if weights is None else np.asarray(weights, dtype=np.float64)
    shift = np.zeros_like(raw) if offset is None else np.asarray(offset, dtype=np.float64)
    mask = np.ones_like(seen) if observed is None else np.asarray(observed, dtype=np.bool_)
    for name, array in (("weights", weight), ("offset", shift), ("observed", mask)):
        if array.shape != raw.shape:
            raise ArrayError(f"The {name} must have the flows' shape {raw.shape}.")
    if not (weight[seen & mask] >= 0).all() or np.isinf(weight).any():
        raise ArrayError("Weights must be finite and not negative.")
    if np.isinf(shift).any():
        raise ArrayError("The offset must be finite.")
    used = seen & mask & known & (weight > 0) & np.isfinite(shift)
    exposure = np.where(used, weight, 0.0)
    y = exposure * np.where(used, raw, 0.0)
    # Refits come by the dozen and without an offset: no exponentials of zero then.
    factor = np.where(known, 1.0 if offset is None else np.exp(shift), np.nan)
    if offset is not None:
        exposure = exposure * np.nan_to_num(factor)
    if not y.any():
        raise EstimationError("There is no positive flow among the observed cells.")
    if min((exposure.sum(axis=1) > 0).sum(), (exposure.sum(axis=0) > 0).sum()) < 2:
        raise EstimationError("A gravity model needs two countries on each side at the least.")
    return y, x, exposure, used, factor


def _problem(y: Floats, x: Floats, exposure: Floats) -> Stack:
    return Stack(widen(y[None]), widen(x[:, None]), widen(exposure[None]))


def _warm(problem: Stack, start: CrossSection, shape: tuple[int, ...]) -> Floats:
    """Take over the scales and the coefficients of an earlier fit where they are usable."""
    if start.fitted.shape != shape or start.beta.size != problem.spread.size:
        raise ArrayError("The fit to start from has another shape.")
    beta = np.nan_to_num(start.beta)
    with np.errstate(over="ignore"):
        b = np.exp(start.importer_effect)
    usable = np.isfinite(b) & (b > 0)
    own = problem.b[0, : b.size]
    own[:] = np.where(usable, b, own)
    return beta


def _finish(
    apart: Separated[Stack],
    y: Floats,
    seen: NDArray[np.bool_],
    e_offset: Floats,
    on_failure: str,
) -> CrossSection:
    """Turn the end of a climb into effects and expected flows of every cell."""
    outcome = apart.outcome
    problem, certificate = outcome.problem, outcome.certificate
    if not certificate.converged and on_failure == "raise":
        raise NotConvergedError(
            f"The gravity model did not converge: {certificate.reason}.",
            "Look for covariates that are never positive where there is trade.",
        )
    beta = np.full(outcome.kept.size, np.nan)
    m = y.shape[1]
    a, b = problem.a[0], problem.b[0, :m]
    fitted = problem.predict(outcome.beta)[:, :m] * e_offset
    # With the last step's coefficients the fitted flows are those the certificate speaks of.
    with np.errstate(divide="ignore"):
        exporter, importer = np.log(a), np.log(b)
    live = np.isfinite(importer)
    level = importer[live].mean() if live.any() else 0.0
    exporter = exporter + level - float(outcome.beta @ problem.centre)
    importer = importer - level
    lone_i, lone_j = ~seen.any(axis=1), ~seen.any(axis=0)
    exporter[lone_i], importer[lone_j] = np.nan, np.nan
    fitted[lone_i], fitted[:, lone_j] = np.nan, np.nan
    fitted[_unlinked(seen, a > 0, b > 0)] = np.nan
    if certificate.converged:
        beta[outcome.kept] = outcome.beta
    else:
        fitted[:], exporter[:], importer[:] = np.nan, np.nan, np.nan
    fitted[apart.cells[0, :, :m]] = 0.0
    separated = seen & (y == 0) & (fitted == 0)
    return CrossSection(beta, fitted, exporter, importer, certificate, separated)


def _unlinked(
    seen: NDArray[np.bool_], rows: NDArray[np.bool_], columns: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Mark cells whose exporter and importer no chain of observed cells connects.

    Their two effects are only known up to different constants.
    """
    edge = seen & rows[:, None] & columns[None, :]
    out = np.zeros_like(seen)
    group_i = np.full(seen.shape[0], -1)
    group_j = np.full(seen.shape[1], -1)
    group = 0
    for root in np.flatnonzero(rows):
        if group_i[root] >= 0:
            continue
        in_i = np.zeros(seen.shape[0], dtype=np.bool_)
        in_i[root] = True
        while True:
            in_j = edge[in_i].any(axis=0)
            wider = in_i | edge[:, in_j].any(axis=1)
            if (wider == in_i).all():
                break
            in_i = wider
        group_i[in_i], group_j[in_j] = group, group
        group += 1
    if group > 1:
        out = (group_i[:, None] != group_j[None, :]) & rows[:, None] & columns[None, :]
    return out
