"""Kernel for two effects: exporter-year and importer-year, one dense matrix a year.

Given the coefficients the years do not touch each other, so each year is settled while its
matrix sits in the cache: exponential, scaling sweeps, margins, projection, score. The full
panel is read once for every Newton step, whatever the number of sweeps. A year is taken by its
number, not as a slice: a slice of covariates forgets that its rows are contiguous, and loops over
it are then not vectorised.

Shapes throughout: T years, n exporters, m importers, K covariates. `exposure` is weight times
exp(offset), 0 where a cell is not observed; `flow` is weight times the observed flow, 0 there.
Everything is in those weighted units: `mean` is exposure * exp(x'b + effects).
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST, MEMORY, accelerate, exponential, log_ratio
from comity.potential.ppml.lanes import exponential as exponentials
from comity.potential.ppml.lanes import lanes_of, load, store

_TWO = lanes_of(16)


@nb.njit(cache=True, nogil=True)
def raise_all(values: np.ndarray) -> None:
    """Replace each value by its exponential, sixteen at a time."""
    whole = values.size // 16 * 16
    for q in range(0, whole, 16):
        store(values, q, exponentials(load(values, q, _TWO)))
    for q in range(whole, values.size):
        values[q] = exponential(values[q])


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def tilt(
    t: int,
    exposure: np.ndarray,
    covariates: np.ndarray,
    centre: np.ndarray,
    is_dummy: np.ndarray,
    beta: np.ndarray,
    linear: np.ndarray,
    out: np.ndarray,
) -> None:
    """Write exposure * exp(sum_k beta_k (x_k - centre_k)) of year t into `out` [n, m].

    A 0/1 column multiplies by 1 or e**b and needs no exponential of its own.
    """
    _, n, m = exposure.shape
    continuous = False
    for k in range(beta.size):
        continuous = continuous or (not is_dummy[k] and beta[k] != 0.0)
    for i in range(n):
        if continuous:
            for j in range(m):
                linear[j] = 0.0
            for k in range(beta.size):
                b = beta[k]
                if not is_dummy[k] and b != 0.0:
                    shift = centre[k]
                    for j in range(m):
                        linear[j] += b * (covariates[k, t, i, j] - shift)
            raise_all(linear)
            for j in range(m):
                out[i, j] = exposure[t, i, j] * linear[j]
        else:
            for j in range(m):
                out[i, j] = exposure[t, i, j]
        for k in range(beta.size):
            if is_dummy[k] and beta[k] != 0.0:
                low = np.exp(-beta[k] * centre[k])
                lift = low * (np.exp(beta[k]) - 1.0)
                for j in range(m):
                    out[i, j] *= low + lift * covariates[k, t, i, j]


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def settle(
    tilted: np.ndarray,
    by_exporter: np.ndarray,
    by_importer: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    tolerance: float,
    most: int,
    plain: bool,
) -> tuple[float, float, int]:
    """Scale rows and columns of one year until its totals are the observed ones.

    Iterative proportional fitting of a_i * tilted_ij * b_j, accelerated in log b unless `plain`.
    A row or a column without any flow gets scale 0: that is separation by effects.

    Returns
    -------
    error : float
        Gaps between fitted and observed exporter totals, summed, as a share of all flows (the
        importer totals are exact after each sweep). This is what reaches the coefficients.
    worst : float
        Largest relative gap of one total. Where it lingers while `error` vanishes, a small
        total cannot be met at all: the sign of separation.
    sweeps : int
    """
    n, m = tilted.shape
    sums = np.empty(m)
    last = b.copy()
    residual = np.zeros(m)
    movement = np.zeros(m)
    last_residual = np.empty(m)
    d_image = np.empty((MEMORY, m))
    d_residual = np.empty((MEMORY, m))
    gram = np.empty((MEMORY, MEMORY))
    seen = 0
    error = np.inf
    worst = np.inf
    everything = max(by_exporter.sum(), 1e-300)
    sweep = 0
    while sweep < most:
        sweep += 1
        previous = error
        error = 0.0
        worst = 0.0
        for j in range(m):
            sums[j] = 0.0
        for i in range(n):
            total = by_exporter[i]
            if total <= 0.0:
                a[i] = 0.0
                continue
            s = 0.0
            for j in range(m):
                s += tilted[i, j] * b[j]
            scale = total / s if s > 0.0 else 0.0
            gap = abs(a[i] * s - total)
            error += gap
            worst = max(worst, gap / total)
            a[i] = scale
            for j in range(m):
                sums[j] += scale * tilted[i, j]
        error /= everything
        if error < tolerance and (worst < 100.0 * tolerance or sweep == most):
            for j in range(m):
                b[j] = by_importer[j] / sums[j] if sums[j] > 0.0 else 0.0
            break
        if error > 2.0 * previous:
            seen = 0
        for j in range(m):
            fresh = by_importer[j] / sums[j] if sums[j] > 0.0 else 0.0
            if fresh > 0.0 and b[j] > 0.0:
                residual[j] = log_ratio(fresh, b[j])
                movement[j] = log_ratio(fresh, last[j])
            b[j] = fresh
            last[j] = fresh
        # Far from the answer the map bends too much for a linear forecast.
        if error < 0.5 and sweep > 1 and not plain:
            if accelerate(
                residual, movement, by_importer, seen, last_residual, d_residual, d_image, gram
            ):
                for j in range(m):
                    b[j] *= exponential(movement[j])
            seen += 1
    return error, worst, sweep


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def weigh(
    t: int, mean: np.ndarray, a: np.ndarray, b: np.ndarray, covariates: np.ndarray,
    centre: np.ndarray, by_exporter: np.ndarray, by_importer: np.ndarray,
    x_by_exporter: np.ndarray, x_by_importer: np.ndarray, moments: np.ndarray,
) -> None:  # fmt: skip
    """Write the fitted mean of year t, its margins, and those of mean * (x_k - centre_k).

    `mean` [n, m] holds the tilted exposure before, and the mean after.
    `moments` [K, K], below the diagonal and on it, is added to: the sum of mean * x_k * x_l.
    """
    n, m = mean.shape
    K = covariates.shape[0]
    by_importer[:] = 0.0
    x_by_importer[:] = 0.0
    x = np.empty((K, m))
    weighted = np.empty(m)
    for i in range(n):
        total = 0.0
        for j in range(m):
            w = a[i] * mean[i, j] * b[j]
            mean[i, j] = w
            total += w
            by_importer[j] += w
        by_exporter[i] = total
        for k in range(K):
            onto = 0.0
            shift = centre[k]
            for j in range(m):
                v = covariates[k, t, i, j] - shift
                x[k, j] = v
                v *= mean[i, j]
                weighted[j] = v
                onto += v
                x_by_importer[k, j] += v
            x_by_exporter[k, i] = onto
            for l in range(k + 1):
                s = 0.0
                for j in range(m):
                    s += weighted[j] * x[l, j]
                moments[k, l] += s


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def project(
    mean: np.ndarray, by_exporter: np.ndarray, by_importer: np.ndarray,
    x_by_exporter: np.ndarray, x_by_importer: np.ndarray, scale: np.ndarray,
    A: np.ndarray, B: np.ndarray, tolerance: float, most: int,
) -> tuple[float, int]:  # fmt: skip
    """Regress each covariate on the two effects of one year, weighted by the fitted mean.

    Gauss-Seidel on the normal equations for K covariates at once, accelerated one by one.

    Returns
    -------
    error : float
        Root-mean-square change that the exporters' coefficients made to a projected covariate
        in the last sweep, weighted by the mean, in units of `scale_k`.
    sweeps : int
    """
    n, m = mean.shape
    K = A.shape[0]
    sums = np.empty((K, m))
    last = B.copy()
    residual = np.zeros((K, m))
    movement = np.zeros((K, m))
    last_residual = np.empty((K, m))
    d_image = np.empty((K, MEMORY, m))
    d_residual = np.empty((K, MEMORY, m))
    gram = np.empty((K, MEMORY, MEMORY))
    done = np.zeros(K, dtype=np.bool_)
    change = np.zeros(K)
    seen = np.zeros(K, dtype=np.int64)
    last_gap = np.full(K, np.inf)
    everything = max(by_exporter.sum(), 1e-300)
    sweep = 0
    error = np.inf
    while sweep < most:
        sweep += 1
        sums[:] = 0.0
        change[:] = 0.0
        for i in range(n):
            total = by_exporter[i]
            if total <= 0.0:
                continue
            for k in range(K):
                if done[k]:
                    continue
                s = 0.0
                for j in range(m):
                    s += mean[i, j] * B[k, j]
                fresh = (x_by_exporter[k, i] - s) / total
                change[k] += total * (fresh - A[k, i]) ** 2
                A[k, i] = fresh
                for j in range(m):
                    sums[k, j] += mean[i, j] * fresh
        error = 0.0
        for k in range(K):
            if done[k]:
                continue
            for j in range(m):
                if by_importer[j] > 0.0:
                    fresh = (x_by_importer[k, j] - sums[k, j]) / by_importer[j]
                    residual[k, j] = fresh - B[k, j]
                    movement[k, j] = fresh - last[k, j]
                    B[k, j] = fresh
                    last[k, j] = fresh
            gap = np.sqrt(change[k] / everything) / scale[k]
            done[k] = gap < tolerance
            error = max(error, gap)
            if gap > 2.0 * last_gap[k]:
                seen[k] = 0
            last_gap[k] = gap
            if not done[k] and sweep > 1:
                helped = accelerate(
                    residual[k], movement[k], by_importer, seen[k], last_residual[k],
                    d_residual[k], d_image[k], gram[k],
                )  # fmt: skip
                seen[k] += 1
                if helped:
                    for j in range(m):
                        B[k, j] += movement[k, j]
        if error < tolerance:
            break
    return error, sweep


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def close_year(
    by_exporter: np.ndarray, by_importer: np.ndarray, w_exporter: np.ndarray,
    w_importer: np.ndarray, x_exporter: np.ndarray, x_importer: np.ndarray,
    A: np.ndarray, B: np.ndarray, score: np.ndarray, hessian: np.ndarray,
) -> None:  # fmt: skip
    """Take the effects' part of one year out of the score and of the Hessian; margins suffice."""
    K = A.shape[0]
    for k in range(K):
        s = 0.0
        for i in range(A.shape[1]):
            s += x_exporter[k, i] + A[k, i] * (by_exporter[i] - w_exporter[i])
        for j in range(B.shape[1]):
            s += B[k, j] * (by_importer[j] - w_importer[j])
        score[k] -= s
        for l in range(k + 1):
            h = 0.0
            for i in range(A.shape[1]):
                h += A[k, i] * x_exporter[l, i]
            for j in range(B.shape[1]):
                h += B[k, j] * x_importer[l, j]
            hessian[k, l] -= h


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def evaluate_years(
    first: int, last: int, flow: np.ndarray, covariates: np.ndarray, exposure: np.ndarray,
    by_exporter: np.ndarray, by_importer: np.ndarray, centre: np.ndarray, scale: np.ndarray,
    is_dummy: np.ndarray, beta: np.ndarray, a: np.ndarray, b: np.ndarray,
    A: np.ndarray, B: np.ndarray, mean: np.ndarray,
    margin_tolerance: float, projection_tolerance: float, most: int,
    score: np.ndarray, hessian: np.ndarray, report: np.ndarray,
) -> None:  # fmt: skip
    """Settle years `first` to `last` at `beta`: effects, projections, score and Hessian.

    Both come from margins alone, with no pass of their own. As X~ = X - A - B is orthogonal to
    the effects, the score X~'(y - mean) is X'(y - mean) less A and B times the gaps of the totals,
    and the Hessian X~'diag(mean) X~ is X'diag(mean) X less A and B times the margins of mean * X.
    `score` and `hessian` are added to; X'y is left to the caller.

    `flow`, `exposure` [T, n, m], `covariates` [K, T, n, m], `by_exporter`, `a` [T, n],
    `by_importer`, `b` [T, m], `A` [K, T, n], `B` [K, T, m]; `mean` [T, n, m] is
    written. `report` [6]: margin error, projection error, most sweeps of either, total
    of the fitted mean, worst margin.
    """
    n, m = flow.shape[1], flow.shape[2]
    K = covariates.shape[0]
    linear = np.empty(m)
    w_exporter = np.empty(n)
    w_importer = np.empty(m)
    x_exporter = np.empty((K, n))
    x_importer = np.empty((K, m))
    a_year = np.empty((K, n))
    b_year = np.empty((K, m))
    for t in range(first, last):
        w = mean[t]
        tilt(t, exposure, covariates, centre, is_dummy, beta, linear, w)
        error, worst, sweeps = settle(
            w, by_exporter[t], by_importer[t], a[t], b[t], margin_tolerance, most, False
        )
        report[0] = max(report[0], error)
        report[2] = max(report[2], sweeps)
        report[5] = max(report[5], worst)
        weigh(
            t, w, a[t], b[t], covariates, centre, w_exporter, w_importer, x_exporter, x_importer,
            hessian,
        )  # fmt: skip
        for i in range(n):
            report[4] += w_exporter[i]
        a_year[:] = A[:, t]
        b_year[:] = B[:, t]
        error, sweeps = project(
            w, w_exporter, w_importer, x_exporter, x_importer, scale, a_year, b_year,
            projection_tolerance, most,
        )  # fmt: skip
        report[1] = max(report[1], error)
        report[3] = max(report[3], sweeps)
        A[:, t] = a_year
        B[:, t] = b_year
        close_year(
            by_exporter[t], by_importer[t], w_exporter, w_importer, x_exporter, x_importer,
            a_year, b_year, score, hessian,
        )  # fmt: skip
    for k in range(K):
        for l in range(k):
            hessian[l, k] = hessian[k, l]
