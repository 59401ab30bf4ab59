"""Sweeps for three effects: scaling and projecting by turns, accelerated.

For pair effects that several pairs share, and for the search for separation; see `threeway` for
the shapes. One sweep reads each number of the tensor once.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST, MEMORY, accelerate, exponential, log_ratio


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def settle(
    tilted: np.ndarray, start: np.ndarray, importer: np.ndarray, group: np.ndarray,
    symmetric: bool, by_exporter: np.ndarray, by_importer: np.ndarray, by_group: np.ndarray,
    a: np.ndarray, b: np.ndarray, c: np.ndarray, tolerance: float, most: int, plain: bool,
) -> tuple[float, float, int]:  # fmt: skip
    """Scale the tensor until its totals by exporter-year, pair and importer-year are observed.

    Iterative proportional fitting of a_it * tilted_ijt * b_jt * c_ij, accelerated in log b
    unless `plain`.

    Returns
    -------
    error : float
        Gaps between fitted and observed totals of exporter-years and pairs, summed, as a share
        of all flows (the importer-years are exact after each sweep). This is what reaches the
        coefficients.
    worst : float
        Largest relative gap of one total. Where it lingers while `error` vanishes, a small
        total cannot be met at all: the sign of separation.
    sweeps : int
    """
    n, T = a.shape
    m = b.shape[0]
    sums = np.empty((m, T))
    gather = np.empty(T)
    by_pair = np.empty(c.size if symmetric else 0)
    last = b.copy()
    residual = np.zeros((m, T))
    movement = np.zeros((m, T))
    last_residual = np.empty(m * T)
    d_residual = np.empty((MEMORY, m * T))
    d_image = np.empty((MEMORY, m * T))
    gram = np.empty((MEMORY, MEMORY))
    seen = 0
    error = np.inf
    worst = np.inf
    everything = by_group.sum()
    sweep = 0
    while sweep < most:
        sweep += 1
        previous = error
        error = 0.0
        worst = 0.0
        sums[:] = 0.0
        by_pair[:] = 0.0
        for i in range(n):
            gather[:] = 0.0
            for p in range(start[i], start[i + 1]):
                j = importer[p]
                scale = c[group[p]]
                for t in range(T):
                    gather[t] += tilted[p, t] * b[j, t] * scale
            for t in range(T):
                total = by_exporter[i, t]
                fresh = total / gather[t] if gather[t] > 0.0 else 0.0
                if total > 0.0:
                    gap = abs(a[i, t] * gather[t] - total)
                    error += gap
                    worst = max(worst, gap / total)
                a[i, t] = fresh
            for p in range(start[i], start[i + 1]):
                j = importer[p]
                s = 0.0
                for t in range(T):
                    s += tilted[p, t] * a[i, t] * b[j, t]
                if symmetric:
                    by_pair[group[p]] += s
                    continue
                g = group[p]
                gap = abs(c[g] * s - by_group[g])
                error += gap
                worst = max(worst, gap / by_group[g])
                scale = by_group[g] / s if s > 0.0 else 0.0
                c[g] = scale
                for t in range(T):
                    sums[j, t] += tilted[p, t] * a[i, t] * scale
        if symmetric:
            # A pair effect reaches over two exporters: it is known only after the whole pass.
            for g in range(c.size):
                gap = abs(c[g] * by_pair[g] - by_group[g])
                error += gap
                worst = max(worst, gap / by_group[g])
                c[g] = by_group[g] / by_pair[g] if by_pair[g] > 0.0 else 0.0
            for i in range(n):
                for p in range(start[i], start[i + 1]):
                    j = importer[p]
                    scale = c[group[p]]
                    for t in range(T):
                        sums[j, t] += tilted[p, t] * a[i, t] * scale
        error /= everything
        if error > 2.0 * previous:
            seen = 0
        for j in range(m):
            for t in range(T):
                fresh = by_importer[j, t] / sums[j, t] if sums[j, t] > 0.0 else 0.0
                if fresh > 0.0 and b[j, t] > 0.0:
                    residual[j, t] = log_ratio(fresh, b[j, t])
                    movement[j, t] = log_ratio(fresh, last[j, t])
                b[j, t] = fresh
                last[j, t] = fresh
        if error < tolerance:
            break
        # Far from the answer the map bends too much for a linear forecast.
        if error < 0.5 and sweep > 1 and not plain:
            flat = movement.reshape(m * T)
            if accelerate(
                residual.reshape(m * T), flat, by_importer.reshape(m * T), seen, last_residual,
                d_residual, d_image, gram,
            ):  # fmt: skip
                scales = b.reshape(m * T)
                for q in range(m * T):
                    scales[q] *= exponential(flat[q])
            seen += 1
    return error, worst, sweep


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def weigh(
    first: int, last: int, tilted: np.ndarray, start: np.ndarray, importer: np.ndarray,
    row: np.ndarray, group: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray,
    covariates: np.ndarray, centre: np.ndarray,
    by_exporter: np.ndarray, by_importer: np.ndarray, by_group: np.ndarray,
    x_by_exporter: np.ndarray, x_by_importer: np.ndarray, x_by_group: np.ndarray,
    moments: np.ndarray,
) -> None:  # fmt: skip
    """Turn `tilted` into the fitted mean, in place; add up its margins and those of mean * x_k.

    For the exporters first to last.

    `moments` [K, K], below the diagonal and on it: the sum of mean * x_k * x_l.

    `x_by_exporter` [n, K, T], `x_by_importer` [m, K, T], `x_by_group` [G, K]: what one pair needs
    lies together.
    """
    K, T = covariates.shape[0], tilted.shape[1]
    x = np.empty((K, T))
    weighted = np.empty(T)
    for i in range(first, last):
        for p in range(start[i], start[i + 1]):
            j = importer[p]
            g = group[p]
            r = row[p]
            scale = c[g]
            s = 0.0
            for t in range(T):
                w = tilted[p, t] * a[i, t] * b[j, t] * scale
                tilted[p, t] = w
                by_exporter[i, t] += w
                by_importer[j, t] += w
                s += w
            by_group[g] += s
            for k in range(K):
                shift = centre[k]
                s = 0.0
                for t in range(T):
                    v = covariates[k, r, t] - shift
                    x[k, t] = v
                    v *= tilted[p, t]
                    weighted[t] = v
                    x_by_exporter[i, k, t] += v
                    x_by_importer[j, k, t] += v
                    s += v
                x_by_group[g, k] += s
                for l in range(k + 1):
                    s = 0.0
                    for t in range(T):
                        s += weighted[t] * x[l, t]
                    moments[k, l] += s


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def project(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, group: np.ndarray,
    symmetric: bool, by_exporter: np.ndarray, by_importer: np.ndarray, by_group: np.ndarray,
    x_by_exporter: np.ndarray, x_by_importer: np.ndarray, x_by_group: np.ndarray,
    scale: np.ndarray, A: np.ndarray, B: np.ndarray, C: np.ndarray,
    tolerance: float, most: int,
) -> tuple[float, int]:  # fmt: skip
    """Regress each covariate on the three effects, weighted by the fitted mean.

    Gauss-Seidel on the normal equations for K covariates at once, accelerated one by one. The
    coefficients `A` [n, K, T], `B` [m, K, T], `C` [G, K] are the start and the result.

    Returns
    -------
    error : float
        Root-mean-square change that the exporter-years' coefficients made to a projected
        covariate in the last sweep, weighted by the mean, in units of `scale_k`.
    sweeps : int
    """
    n, K, T = A.shape
    m = B.shape[0]
    sums = np.empty((m, K, T))
    gather = np.empty((K, T))
    onto_pair = np.empty((C.shape[0] if symmetric else 0, K))
    last = B.copy()
    residual = np.zeros((K, m, T))
    movement = np.zeros((K, m, T))
    last_residual = np.empty((K, m * T))
    d_residual = np.empty((K, MEMORY, m * T))
    d_image = np.empty((K, MEMORY, m * T))
    gram = np.empty((K, MEMORY, MEMORY))
    done = np.zeros(K, dtype=np.bool_)
    change = np.zeros(K)
    seen = np.zeros(K, dtype=np.int64)
    last_gap = np.full(K, np.inf)
    everything = by_group.sum()
    sweep = 0
    error = np.inf
    while sweep < most:
        sweep += 1
        sums[:] = 0.0
        change[:] = 0.0
        onto_pair[:] = 0.0
        for i in range(n):
            gather[:] = 0.0
            for p in range(start[i], start[i + 1]):
                j = importer[p]
                for k in range(K):
                    if not done[k]:
                        level = C[group[p], k]
                        for t in range(T):
                            gather[k, t] += mean[p, t] * (B[j, k, t] + level)
            for k in range(K):
                if done[k]:
                    continue
                for t in range(T):
                    weight = by_exporter[i, t]
                    if weight > 0.0:
                        fresh = (x_by_exporter[i, k, t] - gather[k, t]) / weight
                        change[k] += weight * (fresh - A[i, k, t]) ** 2
                        A[i, k, t] = fresh
            for p in range(start[i], start[i + 1]):
                j = importer[p]
                g = group[p]
                for k in range(K):
                    if done[k]:
                        continue
                    s = 0.0
                    for t in range(T):
                        s += mean[p, t] * (A[i, k, t] + B[j, k, t])
                    if symmetric:
                        onto_pair[g, k] += s
                        continue
                    if by_group[g] > 0.0:
                        C[g, k] = (x_by_group[g, k] - s) / by_group[g]
                    level = C[g, k]
                    for t in range(T):
                        sums[j, k, t] += mean[p, t] * (A[i, k, t] + level)
        if symmetric:
            for k in range(K):
                for g in range(C.shape[0]):
                    if by_group[g] > 0.0 and not done[k]:
                        C[g, k] = (x_by_group[g, k] - onto_pair[g, k]) / by_group[g]
            for i in range(n):
                for p in range(start[i], start[i + 1]):
                    j = importer[p]
                    for k in range(K):
                        level = C[group[p], k]
                        for t in range(T):
                            sums[j, k, t] += mean[p, t] * (A[i, k, t] + level)
        error = 0.0
        for k in range(K):
            if done[k]:
                continue
            for j in range(m):
                for t in range(T):
                    weight = by_importer[j, t]
                    if weight > 0.0:
                        fresh = (x_by_importer[j, k, t] - sums[j, k, t]) / weight
                        residual[k, j, t] = fresh - B[j, k, t]
                        movement[k, j, t] = fresh - last[j, k, t]
                        B[j, k, t] = fresh
                        last[j, k, t] = fresh
            gap = np.sqrt(change[k] / everything) / scale[k]
            done[k] = gap < tolerance
            error = max(error, gap)
            if gap > 2.0 * last_gap[k]:
                seen[k] = 0
            last_gap[k] = gap
            if not done[k] and sweep > 1:
                flat = movement[k].reshape(m * T)
                helped = accelerate(
                    residual[k].reshape(m * T), flat, by_importer.reshape(m * T), seen[k],
                    last_residual[k], d_residual[k], d_image[k], gram[k],
                )  # fmt: skip
                seen[k] += 1
                if helped:
                    for j in range(m):
                        for t in range(T):
                            B[j, k, t] += flat[j * T + t]
        if error < tolerance:
            break
    return error, sweep
