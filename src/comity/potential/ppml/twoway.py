"""Kernel for two effects: exporter-year and importer-year, one dense matrix a year.

Given the coefficients the years do not touch each other, so each year is settled while its
matrix sits in the cache: exponential, scaling sweeps, margins, projection, score. The full
panel is read once for every Newton step, whatever the number of sweeps.

Shapes throughout: T years, n exporters, m importers, K covariates. m is a multiple of a lane of
eight doubles, so that rows are read by whole registers (see `lanes`): importers who trade nothing
fill it up. `exposure` is weight times exp(offset), 0 where a cell is not observed; `flow` is weight
times the observed flow, 0 there. Everything is in those weighted units: `mean` is
exposure * exp(x'b + effects).
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST, exponential
from comity.potential.ppml.lanes import (
    ONE,
    WIDTH,
    add,
    empty,
    fill,
    load,
    multiply,
    multiply_add,
    store,
    subtract,
    total,
)
from comity.potential.ppml.lanes import exponential as exponentials
from comity.potential.ppml.settling import project, settle


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def tilt(
    t: int, exposure: np.ndarray, covariates: np.ndarray, centre: np.ndarray, is_dummy: np.ndarray,
    beta: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write exposure * exp(sum_k beta_k (x_k - centre_k)) of year t into `out` [n, m].

    A 0/1 column multiplies by 1 or e**b and needs no exponential of its own.
    """
    K, T, n, m = covariates.shape
    size = n * m
    smooth, zero_one = np.empty(K, dtype=np.int64), np.empty(K, dtype=np.int64)
    smooths, zero_ones = 0, 0
    low, lift = np.empty(K), np.empty(K)
    for k in range(K):
        if beta[k] == 0.0:
            continue
        if is_dummy[k]:
            zero_one[zero_ones] = k
            zero_ones += 1
            low[k] = np.exp(-beta[k] * centre[k])
            lift[k] = low[k] * (np.exp(beta[k]) - 1.0)
        else:
            smooth[smooths] = k
            smooths += 1
    for q in range(0, size, WIDTH):
        mean = load(exposure, t * size + q, ONE)
        if smooths:
            linear = fill(0.0, ONE)
            for c in range(smooths):
                k = smooth[c]
                x = load(covariates, (k * T + t) * size + q, ONE)
                linear = multiply_add(subtract(x, centre[k]), beta[k], linear)
            mean = multiply(mean, exponentials(linear))
        for c in range(zero_ones):
            k = zero_one[c]
            x = load(covariates, (k * T + t) * size + q, ONE)
            mean = multiply(mean, multiply_add(x, lift[k], low[k]))
        store(out, q, mean)


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
    K, T = covariates.shape[:2]
    by_importer[:] = 0.0
    x_by_importer[:] = 0.0
    x = empty(K * m)
    weighted = empty(m)
    for i in range(n):
        row = i * m
        added = fill(0.0, ONE)
        for q in range(0, m, WIDTH):
            w = multiply(load(mean, row + q, ONE), multiply(load(b, q, ONE), a[i]))
            store(mean, row + q, w)
            store(by_importer, q, add(load(by_importer, q, ONE), w))
            added = add(added, w)
        by_exporter[i] = total(added)
        for k in range(K):
            start = ((k * T + t) * n + i) * m
            onto = fill(0.0, ONE)
            square = fill(0.0, ONE)
            for q in range(0, m, WIDTH):
                v = subtract(load(covariates, start + q, ONE), centre[k])
                store(x, k * m + q, v)
                w = multiply(v, load(mean, row + q, ONE))
                store(weighted, q, w)
                store(x_by_importer, k * m + q, add(load(x_by_importer, k * m + q, ONE), w))
                onto = add(onto, w)
                square = multiply_add(v, w, square)
            x_by_exporter[k, i] = total(onto)
            moments[k, k] += total(square)
            for l in range(k):
                product = fill(0.0, ONE)
                for q in range(0, m, WIDTH):
                    v = load(x, l * m + q, ONE)
                    product = multiply_add(v, load(weighted, q, ONE), product)
                moments[k, l] += total(product)


# In loops: to assign a slice brings in Numba's message about shapes, six seconds to compile.
@nb.njit(cache=True, nogil=True)
def read_year(effects: np.ndarray, t: int, out: np.ndarray) -> None:
    """Copy the effects [K, T, n] of one year to `out` [K, n]."""
    for k in range(effects.shape[0]):
        for i in range(effects.shape[2]):
            out[k, i] = effects[k, t, i]


@nb.njit(cache=True, nogil=True)
def write_year(values: np.ndarray, t: int, effects: np.ndarray) -> None:
    """Copy `values` [K, n] to one year of the effects [K, T, n]."""
    for k in range(effects.shape[0]):
        for i in range(effects.shape[2]):
            effects[k, t, i] = values[k, i]


@nb.njit(cache=True, nogil=True)
def weigh_logs(weight: np.ndarray, effects: np.ndarray) -> float:
    """Return the sum of weight * ln effect over the effects that are positive."""
    out = 0.0
    for q in range(effects.size):
        if effects[q] > 0.0:
            out += weight[q] * np.log(effects[q])
    return out


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def follow(scales: np.ndarray, effects: np.ndarray, move: np.ndarray) -> None:
    """Let scales [T, n] follow a step of the coefficients by which `effects` [K, T, n] say."""
    T, n = scales.shape
    K = effects.shape[0]
    for t in range(T):
        for i in range(n):
            change = 0.0
            for k in range(K):
                change += move[k] * effects[k, t, i]
            scales[t, i] *= exponential(-change)


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
    w_exporter = np.empty(n)
    w_importer = empty(m)
    x_exporter = np.empty((K, n))
    x_importer = empty(K * m).reshape(K, m)
    a_year = np.empty((K, n))
    b_year = empty(K * m).reshape(K, m)
    for t in range(first, last):
        w = mean[t]
        tilt(t, exposure, covariates, centre, is_dummy, beta, w)
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
        report[4] += w_exporter.sum()
        report[6] += weigh_logs(by_exporter[t], a[t]) + weigh_logs(by_importer[t], b[t])
        read_year(A, t, a_year)
        read_year(B, t, b_year)
        error, sweeps = project(
            w, w_exporter, w_importer, x_exporter, x_importer, scale, a_year, b_year,
            projection_tolerance, most,
        )  # fmt: skip
        report[1] = max(report[1], error)
        report[3] = max(report[3], sweeps)
        write_year(a_year, t, A)
        write_year(b_year, t, B)
        close_year(
            by_exporter[t], by_importer[t], w_exporter, w_importer, x_exporter, x_importer,
            a_year, b_year, score, hessian,
        )  # fmt: skip
    for k in range(K):
        for l in range(k):
            hessian[l, k] = hessian[k, l]
