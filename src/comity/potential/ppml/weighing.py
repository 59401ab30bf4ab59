"""The weighted tensor: scaled to its totals, summed, and each exporter's system inverted.

For directed pairs; shapes as in `elimination`.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.blocks import build, invert, masks
from comity.potential.ppml.columns import ALWAYS, CHANGES, column_row
from comity.potential.ppml.lanes import (
    add,
    dot,
    exponential,
    fill,
    load,
    multiply,
    multiply_add,
    peek,
    store,
    subtract,
    total,
    zeros,
)

# Pairs whose covariates are summed up together.
_RUN = 32


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def tilt(
    first: int, last: int, mean: np.ndarray, row: np.ndarray, exposure: np.ndarray,
    numbers: np.ndarray, bits: np.ndarray, places: np.ndarray, centre: np.ndarray,
    beta: np.ndarray, lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Write exposure * exp(sum_k beta_k (x_k - centre_k)) into `mean`, pairs first to last."""
    W = mean.shape[1]
    for p in range(first, last):
        store(
            mean, p * W, tilted_row(row[p], exposure, numbers, bits, places, centre, beta, lanes)
        )  # fmt: skip


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def tilted_row(
    r: int, exposure: np.ndarray, numbers: np.ndarray, bits: np.ndarray, places: np.ndarray,
    centre: np.ndarray, beta: np.ndarray, lanes: tuple[int, ...],
) -> Any:  # noqa: ANN401 - a row in registers  # fmt: skip
    """Return what `tilt` writes for the pair in row r of the covariates."""
    linear = fill(0.0, lanes)
    for k in range(beta.size):
        x = subtract(column_row(numbers, bits, places[k], r, lanes), centre[k])
        linear = multiply_add(x, beta[k], linear)
    v = exponential(linear)
    return multiply(v, load(exposure, r * exposure.shape[1], lanes)) if exposure.shape[0] else v


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def scale(
    tilted: np.ndarray, start: np.ndarray, importer: np.ndarray, by_exporter: np.ndarray,
    by_importer: np.ndarray, by_pair: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray,
    enough: float, most: int, lanes: tuple[int, ...],
) -> tuple[float, float, int]:  # fmt: skip
    """Scale the tensor to its totals by exporter-year, pair and importer-year, in turn.

    Sweeps of iterative proportional fitting of a_it * tilted_ijt * b_jt * c_ij; `a`, `b` [n, W],
    [m, W] and `c` [P] are the start and the result. Returns the gaps of the exporter-years before
    the last sweep, summed, as a share of all flows; the worst relative gap of an exporter-year or
    a pair then; and the sweeps. Ends where the first is at most `enough`.
    """
    n, W = a.shape
    sums = zeros(b.size).reshape(b.shape)
    gather = zeros(W)
    everything = by_exporter.sum()
    error, worst, sweep = np.inf, np.inf, 0
    while sweep < most and error > enough:
        sweep += 1
        error, worst = 0.0, 0.0
        sums[:] = 0.0
        for i in range(n):
            if start[i] == start[i + 1]:
                continue
            added = fill(0.0, lanes)
            for p in range(start[i], start[i + 1]):
                v = multiply(load(tilted, p * W, lanes), load(b, importer[p] * W, lanes))
                added = multiply_add(v, c[p], added)
            store(gather, 0, added)
            for t in range(W):
                observed = by_exporter[i, t]
                gap = abs(a[i, t] * gather[t] - observed)
                error += gap
                worst = max(worst, gap / observed if observed > 0.0 else 0.0)
                gather[t] = observed / gather[t] if gather[t] > 0.0 else 0.0
                a[i, t] = gather[t]
            own = load(gather, 0, lanes)
            for p in range(start[i], start[i + 1]):
                there = importer[p] * W
                v = multiply(load(tilted, p * W, lanes), own)
                fitted = dot(v, load(b, there, lanes))
                fresh = by_pair[p] / fitted if fitted > 0.0 else 0.0
                worst = max(worst, abs(c[p] - fresh) / fresh if fresh > 0.0 else 0.0)
                c[p] = fresh
                store(sums, there, multiply_add(v, fresh, load(sums, there, lanes)))
        for j in range(b.shape[0]):
            for t in range(W):
                b[j, t] = by_importer[j, t] / sums[j, t] if sums[j, t] > 0.0 else 0.0
        error /= everything
    return error, worst, sweep


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def meet_pairs(
    tilted: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    a: np.ndarray, b: np.ndarray, c: np.ndarray, lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Write the pair effects `c` [P] that meet the pairs' totals at `a` [n, W] and `b` [m, W]."""
    n, W = a.shape
    for i in range(n):
        own = load(a, i * W, lanes)
        for p in range(start[i], start[i + 1]):
            v = multiply(load(tilted, p * W, lanes), own)
            fitted = dot(v, load(b, importer[p] * W, lanes))
            c[p] = by_pair[p] / fitted if fitted > 0.0 else 0.0


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def reweigh(
    mean: np.ndarray, start: np.ndarray, importer: np.ndarray, by_pair: np.ndarray,
    a: np.ndarray, b: np.ndarray, c: np.ndarray, by_exporter: np.ndarray,
    by_importer: np.ndarray, lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Multiply the mean by `a` [n, W] and `b` [m, W], meet the pairs' totals, write the margins.

    `c` [P] is multiplied by what the pairs needed.
    """
    n, W = a.shape
    by_importer[:] = 0.0
    for i in range(n):
        added = fill(0.0, lanes)
        own = load(a, i * W, lanes)
        for p in range(start[i], start[i + 1]):
            here, there = p * W, importer[p] * W
            v = multiply(multiply(load(mean, here, lanes), own), load(b, there, lanes))
            factor = by_pair[p] / total(v)
            c[p] *= factor
            v = multiply(v, factor)
            store(mean, here, v)
            added = add(added, v)
            store(by_importer, there, add(load(by_importer, there, lanes), v))
        store(by_exporter, i * W, added)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def find_gaps(observed: np.ndarray, fitted: np.ndarray, gaps: np.ndarray) -> tuple[float, float]:
    """Write observed less fitted totals; return their absolute sum and the worst relative one."""
    here, there, into = observed.reshape(-1), fitted.reshape(-1), gaps.reshape(-1)
    added = 0.0
    worst = 0.0
    for q in range(here.size):
        into[q] = here[q] - there[q]
        gap = abs(into[q])
        added += gap
        worst = max(worst, gap / here[q] if here[q] > 0.0 else 0.0)
    return added, worst


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def choose(
    low: int, high: int, row: np.ndarray, by_pair: np.ndarray, changes: np.ndarray, k: int,
    chosen: np.ndarray,
) -> tuple[int, float]:  # fmt: skip
    """Write which pairs covariate k changes in; return how many, and the totals where it is 1."""
    rows = changes.shape[1]
    some, level = 0, 0.0
    for p in range(low, high):
        what = peek(changes, k * rows + peek(row, p))
        chosen[some] = p
        some += what == CHANGES
        level += peek(by_pair, p) if what == ALWAYS else 0.0
    return some, level


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def sum_pairs(
    i: int, low: int, high: int, mean: np.ndarray, importer: np.ndarray, row: np.ndarray,
    by_pair: np.ndarray, share: np.ndarray, numbers: np.ndarray, bits: np.ndarray,
    places: np.ndarray, changes: np.ndarray, x_by_exporter: np.ndarray,
    x_by_importer: np.ndarray, onto: np.ndarray, moments: np.ndarray, apart: np.ndarray,
    weighted: np.ndarray, chosen: np.ndarray, lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Add the covariates of some pairs of exporter i, less their weighted means, to `weigh`'s sums.

    Column by column, so that sums stay in registers. Most agreements hold in no year of a pair or
    in all: such a pair has nothing to tell of them but its total. `apart` [K, _RUN, W], `weighted`
    [_RUN, W] and `chosen` [_RUN] are room that stays in the first cache.
    """
    K, run, W = apart.shape
    n, m = x_by_exporter.shape[1], x_by_importer.shape[1]
    for k in range(K):
        some, level = choose(low, high, row, by_pair, changes, k, chosen)
        if some < high - low:
            apart[k] = 0.0
        added = fill(0.0, lanes)
        for s in range(some):
            p = peek(chosen, s)
            w = load(mean, p * W, lanes)
            x = column_row(numbers, bits, places[k], peek(row, p), lanes)
            middle = dot(w, x)
            level += middle
            x = subtract(x, middle * peek(share, p))
            store(apart, (k * run + p - low) * W, x)
            v = multiply(w, x)
            store(weighted, s * W, v)
            added = add(added, v)
            other = (k * m + peek(importer, p)) * W
            store(x_by_importer, other, add(load(x_by_importer, other, lanes), v))
        onto[k] += level
        own = (k * n + i) * W
        store(x_by_exporter, own, add(load(x_by_exporter, own, lanes), added))
        for l in range(k + 1):
            products = fill(0.0, lanes)
            for s in range(some):
                x = load(apart, (l * run + peek(chosen, s) - low) * W, lanes)
                products = multiply_add(load(weighted, s * W, lanes), x, products)
            moments[k, l] += total(products)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def weigh(
    first: int, last: int, tilted: bool, whole: bool, mean: np.ndarray, start: np.ndarray,
    importer: np.ndarray, row: np.ndarray, by_pair: np.ndarray, share: np.ndarray, a: np.ndarray,
    b: np.ndarray, c: np.ndarray, exposure: np.ndarray, numbers: np.ndarray, bits: np.ndarray,
    places: np.ndarray, changes: np.ndarray, centre: np.ndarray, beta: np.ndarray, years: int,
    lanes: tuple[int, ...],
    by_exporter: np.ndarray, by_importer: np.ndarray, x_by_exporter: np.ndarray,
    x_by_importer: np.ndarray, blocks: np.ndarray, onto: np.ndarray, moments: np.ndarray,
) -> None:  # fmt: skip
    """Write the fitted mean, with the pairs' totals met exactly, and what is summed from it.

    For the exporters first to last; `tilted` says that `mean` holds the tilted tensor already.
    All sums are added to: the margins of the mean [n, W], [m, W] and sum of mean * x_k, `onto`
    [K]; where `whole` also the margins of mean * (x_k - its weighted pair mean), [C, n, W] and
    [C, m, W], and the sum of mean * (x_k - pair mean) * (x_l - pair mean), `moments` [K, K],
    diagonal and below. There `blocks` [n, W, W] receives the inverse of each exporter's system.
    `share` [P] is one over the pairs' totals, `changes` [K, rows] from `columns.find_changes`.
    """
    K, W = beta.size, mean.shape[1]
    apart, weighted = zeros(K * _RUN * W).reshape(K, _RUN, W), zeros(_RUN * W).reshape(_RUN, W)
    chosen = np.empty(_RUN, dtype=np.int64)
    others, later = masks(W)
    for i in range(first, last):
        low, high = start[i], start[i + 1]
        if low == high:
            continue
        own = load(a, i * W, lanes)
        added = fill(0.0, lanes)
        for p in range(low, high):
            here, there = p * W, peek(importer, p) * W
            if tilted:
                v = load(mean, here, lanes)
            else:
                v = tilted_row(peek(row, p), exposure, numbers, bits, places, centre, beta, lanes)
            v = multiply(multiply(v, own), load(b, there, lanes))
            fitted = total(v)
            factor = peek(by_pair, p) / fitted if fitted > 0.0 else 0.0
            c[p] = factor
            v = multiply(v, factor)
            store(mean, here, v)
            added = add(added, v)
            store(by_importer, there, add(load(by_importer, there, lanes), v))
            if not whole:
                for k in range(K):
                    onto[k] += dot(v, column_row(numbers, bits, places[k], row[p], lanes))
        store(by_exporter, i * W, added)
        if whole:
            for p in range(low, high, _RUN):
                sum_pairs(
                    i, p, min(p + _RUN, high), mean, importer, row, by_pair, share, numbers,
                    bits, places, changes, x_by_exporter, x_by_importer, onto, moments, apart,
                    weighted, chosen, lanes,
                )  # fmt: skip
            build(i, mean, low, high, share, years, blocks)
            invert(blocks[i], by_exporter[i], years, others, later, lanes)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def invert_all(
    mean: np.ndarray, start: np.ndarray, share: np.ndarray, by_exporter: np.ndarray,
    years: int, blocks: np.ndarray, lanes: tuple[int, ...],
) -> None:  # fmt: skip
    """Write the inverse of each exporter's system, as `weigh` does."""
    others, later = masks(mean.shape[1])
    for i in range(blocks.shape[0]):
        if start[i] < start[i + 1]:
            build(i, mean, start[i], start[i + 1], share, years, blocks)
            invert(blocks[i], by_exporter[i], years, others, later, lanes)
