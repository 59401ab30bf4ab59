"""Kernel for three effects: exporter-year, importer-year and pair, on the pair-by-year tensor.

Only pairs with trade in some year are here; all others are fitted by minus infinity. Pairs come
in exporter order, so one pass over the tensor updates an exporter's years, then its pairs, and
gathers what the importers need: a full scaling sweep reads each number once.

Shapes throughout: P pairs, T years, n exporters, m importers, K covariates, G pair effects.
`start` [n + 1] delimits each exporter's pairs, `importer` [P] names the other side, `row` [P] is
where a pair lies in `flow`, `exposure` [rows, T] and `covariates` [K, rows, T]; `group` [P] is
the pair effect it belongs to, which is the pair itself unless effects are symmetric. Where
every cell is observed with weight 1 and no offset, `exposure` has no rows and is not read.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST, exponential


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def totals(
    flow: np.ndarray, start: np.ndarray, importer: np.ndarray, row: np.ndarray,
    group: np.ndarray, by_exporter: np.ndarray, by_importer: np.ndarray, by_group: np.ndarray,
) -> None:  # fmt: skip
    """Write the totals of the flows by exporter-year, importer-year and pair effect."""
    T = flow.shape[1]
    for i in range(start.size - 1):
        for p in range(start[i], start[i + 1]):
            j = importer[p]
            r = row[p]
            s = 0.0
            for t in range(T):
                y = flow[r, t]
                by_exporter[i, t] += y
                by_importer[j, t] += y
                s += y
            by_group[group[p]] += s


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def tilt(
    first: int, last: int, exposure: np.ndarray, covariates: np.ndarray, row: np.ndarray,
    centre: np.ndarray, is_dummy: np.ndarray, beta: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write exposure * exp(sum_k beta_k (x_k - centre_k)) into `out` [P, T], pairs first to last.

    A 0/1 column multiplies by 1 or e**b and needs no exponential of its own.
    """
    T = out.shape[1]
    flat = out.reshape(-1)
    K = beta.size
    plain = exposure.shape[0] == 0
    p = first
    while p < last:
        # Pairs whose rows follow each other make one long run; a year range is too short for
        # SIMD to get going.
        r = row[p]
        run = 1
        while p + run < last and run < 64 and row[p + run] == r + run:
            run += 1
        here = flat[p * T : (p + run) * T]
        continuous = False
        for k in range(K):
            b = beta[k]
            if not is_dummy[k] and b != 0.0:
                x = covariates[k].reshape(-1)[r * T : (r + run) * T]
                shift = centre[k]
                if continuous:
                    for q in range(run * T):
                        here[q] += b * (x[q] - shift)
                else:
                    for q in range(run * T):
                        here[q] = b * (x[q] - shift)
                continuous = True
        if continuous:
            for q in range(run * T):
                here[q] = exponential(here[q])
        else:
            here[:] = 1.0
        for k in range(K):
            if is_dummy[k] and beta[k] != 0.0:
                x = covariates[k].reshape(-1)[r * T : (r + run) * T]
                low = np.exp(-beta[k] * centre[k])
                lift = low * (np.exp(beta[k]) - 1.0)
                for q in range(run * T):
                    here[q] *= low + lift * x[q]
        if not plain:
            e = exposure.reshape(-1)[r * T : (r + run) * T]
            for q in range(run * T):
                here[q] *= e[q]
        p += run


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def cluster_scores(
    flow: np.ndarray, mean: np.ndarray, covariates: np.ndarray, start: np.ndarray,
    importer: np.ndarray, row: np.ndarray, group: np.ndarray, centre: np.ndarray,
    A: np.ndarray, B: np.ndarray, C: np.ndarray, codes: np.ndarray, by_cell: bool,
    sums: np.ndarray, meat: np.ndarray,
) -> None:  # fmt: skip
    """Add up the scores x~ (y - mean) by cluster, or their squares cell by cell.

    `codes` [rows, T] where `by_cell`, else [rows, 1], else [0, 0] for one cluster a cell;
    `sums` [clusters, K] is added to, or `meat` [K, K] in the last case.
    """
    K, T = A.shape[1], mean.shape[1]
    score = np.empty((K, T))
    alone = codes.shape[0] == 0
    for i in range(start.size - 1):
        for p in range(start[i], start[i + 1]):
            j = importer[p]
            r = row[p]
            for k in range(K):
                shift = centre[k] + C[group[p], k]
                s = 0.0
                for t in range(T):
                    v = covariates[k, r, t] - shift - A[i, k, t] - B[j, k, t]
                    v *= flow[r, t] - mean[p, t]
                    score[k, t] = v
                    s += v
                if not alone and not by_cell:
                    sums[codes[r, 0], k] += s
            if by_cell:
                for t in range(T):
                    if mean[p, t] > 0.0:
                        for k in range(K):
                            sums[codes[r, t], k] += score[k, t]
            if alone:
                for k in range(K):
                    for l in range(K):
                        s = 0.0
                        for t in range(T):
                            s += score[k, t] * score[l, t]
                        meat[k, l] += s


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def describe(
    covariates: np.ndarray, flow: np.ndarray, exposure: np.ndarray, years: int,
    centre: np.ndarray, spread: np.ndarray, is_dummy: np.ndarray, onto_flow: np.ndarray,
) -> None:  # fmt: skip
    """Write mean, deviation, "holds only 0 and 1" and product with the flows of each covariate.

    Over the observed cells of covariates [K, rows, W]: all `years` of all rows where `exposure` has
    no rows.
    """
    K, rows, _ = covariates.shape
    everywhere = exposure.shape[0] == 0
    for k in range(K):
        count = 0.0
        total = 0.0
        square = 0.0
        product = 0.0
        strange = 0
        # Deviations from a first guess, so that one pass suffices without losing digits.
        guess = covariates[k, rows // 2, 0]
        for r in range(rows):
            if everywhere:
                for t in range(years):
                    x = covariates[k, r, t]
                    product += x * flow[r, t]
                    d = x - guess
                    total += d
                    square += d * d
                    strange += 0 if x * (x - 1.0) == 0.0 else 1
                count += years
            else:
                for t in range(years):
                    x = covariates[k, r, t]
                    product += x * flow[r, t]
                    seen = 1.0 if exposure[r, t] > 0.0 else 0.0
                    d = seen * (x - guess)
                    count += seen
                    total += d
                    square += d * d
                    strange += 0 if x * (x - 1.0) == 0.0 else 1
        mean = total / count if count > 0.0 else 0.0
        centre[k] = guess + mean
        spread[k] = np.sqrt(max(square / count - mean * mean, 0.0)) if count > 0.0 else 0.0
        is_dummy[k] = strange == 0
        onto_flow[k] = product
