"""Sweeps over one year's matrix: scaling it to its totals, projecting covariates on its effects.

Four exporters are taken together, and whole registers of importers: a row's sum is one chain of
additions, each of which waits for the one before, and four chains wait no longer than one.

Shapes: n exporters, m importers (whole lanes, see `twoway`), K covariates.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST, MEMORY, accelerate, exponential, log_ratio
from comity.potential.ppml.lanes import (
    ONE,
    WIDTH,
    empty,
    fill,
    load,
    multiply_add,
    store,
    total,
)

_TEAM = 4


@nb.njit(fastmath=FAST, cache=True, nogil=True, forceinline=True)
def sum_team(
    matrix: np.ndarray, first: int, vectors: np.ndarray, start: int, sums: np.ndarray
) -> None:
    """Write the products of four rows from `first` on with a vector into `sums` [4].

    The vector begins at element `start` of `vectors`. Beyond the last row that one counts again.
    """
    n, m = matrix.shape
    last = n - 1
    at_0, at_1 = first * m, min(first + 1, last) * m
    at_2, at_3 = min(first + 2, last) * m, min(first + 3, last) * m
    s_0, s_1, s_2, s_3 = fill(0.0, ONE), fill(0.0, ONE), fill(0.0, ONE), fill(0.0, ONE)
    for q in range(0, m, WIDTH):
        v = load(vectors, start + q, ONE)
        s_0 = multiply_add(load(matrix, at_0 + q, ONE), v, s_0)
        s_1 = multiply_add(load(matrix, at_1 + q, ONE), v, s_1)
        s_2 = multiply_add(load(matrix, at_2 + q, ONE), v, s_2)
        s_3 = multiply_add(load(matrix, at_3 + q, ONE), v, s_3)
    sums[0], sums[1], sums[2], sums[3] = total(s_0), total(s_1), total(s_2), total(s_3)


@nb.njit(fastmath=FAST, cache=True, nogil=True, forceinline=True)
def add_team(
    matrix: np.ndarray, first: int, factors: np.ndarray, sums: np.ndarray, start: int
) -> None:
    """Add four rows from `first` on, times their factors [4], to `sums` from element `start` on.

    The factors of rows beyond the last must be 0.
    """
    n, m = matrix.shape
    last = n - 1
    at_0, at_1 = first * m, min(first + 1, last) * m
    at_2, at_3 = min(first + 2, last) * m, min(first + 3, last) * m
    f_0, f_1, f_2, f_3 = factors[0], factors[1], factors[2], factors[3]
    for q in range(0, m, WIDTH):
        s = load(sums, start + q, ONE)
        s = multiply_add(load(matrix, at_0 + q, ONE), f_0, s)
        s = multiply_add(load(matrix, at_1 + q, ONE), f_1, s)
        s = multiply_add(load(matrix, at_2 + q, ONE), f_2, s)
        s = multiply_add(load(matrix, at_3 + q, ONE), f_3, s)
        store(sums, start + q, s)


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
    sums = empty(m)
    team = empty(_TEAM)
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
        sums[:] = 0.0
        for first in range(0, n, _TEAM):
            sum_team(tilted, first, b, 0, team)
            for i in range(first, min(first + _TEAM, n)):
                goal = by_exporter[i]
                s = team[i - first]
                if goal > 0.0:
                    gap = abs(a[i] * s - goal)
                    error += gap
                    worst = max(worst, gap / goal)
                a[i] = goal / s if goal > 0.0 and s > 0.0 else 0.0
                team[i - first] = a[i]
            team[n - first :] = 0.0
            add_team(tilted, first, team, sums, 0)
        error /= everything
        if error < tolerance and (worst < 100.0 * tolerance or sweep == most):
            for j in range(m):
                b[j] = by_importer[j] / sums[j] if sums[j] > 0.0 else 0.0
            break
        if error > 2.0 * previous:
            seen = 0
        for j in range(m):
            fresh = by_importer[j] / sums[j] if sums[j] > 0.0 else 0.0
            moves = (fresh > 0.0) & (b[j] > 0.0)
            residual[j] = log_ratio(fresh, b[j]) if moves else 0.0
            movement[j] = log_ratio(fresh, last[j]) if moves else 0.0
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
    sums = empty(K * m).reshape(K, m)
    team = empty(_TEAM)
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
        for first in range(0, n, _TEAM):
            for k in range(K):
                if done[k]:
                    continue
                sum_team(mean, first, B, k * m, team)
                for i in range(first, min(first + _TEAM, n)):
                    weight = by_exporter[i]
                    s = team[i - first]
                    fresh = (x_by_exporter[k, i] - s) / weight if weight > 0.0 else 0.0
                    change[k] += weight * (fresh - A[k, i]) ** 2
                    A[k, i] = fresh
                    team[i - first] = fresh
                team[n - first :] = 0.0
                add_team(mean, first, team, sums, k * m)
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
