"""Panels whose rows come in blocks: one block a pair, with all its years, nothing to look up.

Most tables of thousands of products are like that, and a search for each row's place would
cost as much as half the fit. What comes out is the same as for rows in any order. A block is as
many rows as there are years; codes of countries, and of clusters that are the same throughout a
block, then have one entry for each.

Shapes: P blocks, T years, W years padded to whole lanes, n exporters, m importers.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from comity.potential.ppml.arithmetic import FAST
from comity.potential.ppml.columns import write_bits
from comity.potential.ppml.lanes import (
    WIDTH,
    add,
    fill,
    load,
    multiply,
    multiply_add,
    smaller,
    store,
    subtract,
    total,
    zeros,
)
from comity.potential.ppml.layout import SEPARATED
from comity.potential.ppml.parallel import run_all

# Pairs between two looks at whether a covariate still holds zeros and ones only.
_RUN = 64

Integers = NDArray[np.int64] | NDArray[np.int32]


def find_block(
    exporter: Integers, importer: Integers, year: Integers, others: Sequence[Integers],
    executor: Executor | None,
) -> int:  # fmt: skip
    """Return how many rows make a block; 0 where rows do not come in blocks.

    `others` are columns that have to be the same throughout a block too.
    """
    years = int(run_length(exporter, importer))
    if years < 2 or exporter.size % years or (np.diff(year[:years]) <= 0).any():
        return 0
    alike: list[bool] = []

    def look(values: Integers, *, repeated: bool) -> None:
        alike.append(bool((repeats if repeated else is_constant)(values, years)))

    tasks = [partial(look, v, repeated=False) for v in (exporter, importer, *others)]
    run_all(executor, [partial(look, year, repeated=True), *tasks])
    return years if all(alike) else 0


@nb.njit(cache=True, nogil=True)
def run_length(i: np.ndarray, j: np.ndarray) -> int:
    """Return how many rows at the start share exporter and importer."""
    r = 0
    while r < i.size and i[r] == i[0] and j[r] == j[0]:
        r += 1
    return r


@nb.njit(cache=True, nogil=True)
def is_constant(values: np.ndarray, years: int) -> bool:
    """Tell whether values change between blocks only."""
    anywhere = 0
    for r in range(1, values.size):
        anywhere += values[r] != values[r - 1]
    between = 0
    for r in range(years, values.size, years):
        between += values[r] != values[r - 1]
    return anywhere == between


@nb.njit(cache=True, nogil=True)
def repeats(values: np.ndarray, years: int) -> bool:
    """Tell whether each block holds the values of the first."""
    wrong = 0
    for r in range(years, values.size):
        wrong += values[r] != values[r - years]
    return wrong == 0


@nb.njit(cache=True, nogil=True)
def is_sorted(i: np.ndarray, j: np.ndarray) -> bool:
    """Tell whether blocks come by exporter, then importer, each pair once."""
    wrong = 0
    for p in range(1, i.size):
        wrong += i[p] < i[p - 1] or (i[p] == i[p - 1] and j[p] <= j[p - 1])
    return wrong == 0


@nb.njit(cache=True, nogil=True)
def drop_singles(i: np.ndarray, j: np.ndarray, n: int, m: int, alive: np.ndarray) -> int:
    """Mark blocks of countries with one partner only, again and again; return how many.

    Each row of such a block is alone in an effect, as its exporter or importer is in every year.
    """
    count_i, count_j = np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64)
    for p in range(i.size):
        count_i[i[p]] += 1
        count_j[j[p]] += 1
    dropped = 0
    lonely = (count_i == 1).any() or (count_j == 1).any()
    while lonely:
        lonely = False
        for p in range(i.size):
            if alive[p] and (count_i[i[p]] == 1 or count_j[j[p]] == 1):
                alive[p] = False
                lonely = True
                dropped += 1
                count_i[i[p]] -= 1
                count_j[j[p]] -= 1
    return dropped


@nb.njit(cache=True, nogil=True)
def judge(
    exporter: np.ndarray, importer: np.ndarray, by_exporter: np.ndarray,
    by_importer: np.ndarray, by_pair: np.ndarray, fate: np.ndarray, tally: np.ndarray,
) -> None:  # fmt: skip
    """Judge rows in blocks as `layout.judge_rows` does, once singles are dropped.

    From the totals [n, W], [m, W], [P]; `fate` [P, T] must be zero.
    """
    P, T = fate.shape
    n, m = by_exporter.shape[0], by_importer.shape[0]
    pairs_i, dead_i = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    pairs_j, dead_j = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64)
    for p in range(P):
        pairs_i[exporter[p]] += 1
        pairs_j[importer[p]] += 1
    for i in range(n):
        for t in range(T):
            dead_i[i] += by_exporter[i, t] == 0.0
        tally[5] += T - dead_i[i]
        tally[2] += dead_i[i] * pairs_i[i]
    for j in range(m):
        for t in range(T):
            dead_j[j] += by_importer[j, t] == 0.0
        tally[6] += T - dead_j[j]
        tally[3] += dead_j[j] * pairs_j[j]
    for p in range(P):
        i, j = exporter[p], importer[p]
        if by_pair[p] == 0.0:
            tally[4] += T
            fate[p] = SEPARATED
            continue
        # A pair with a flow has a cell in use: that of the flow.
        tally[7] += 1
        tally[0] += T
        if dead_i[i] or dead_j[j]:
            for t in range(T):
                if by_exporter[i, t] == 0.0 or by_importer[j, t] == 0.0:
                    fate[p, t] = SEPARATED
                    tally[0] -= 1


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def read_row(
    values: np.ndarray, first: int, mask: np.ndarray, spare: np.ndarray, lanes: tuple[int, ...]
) -> Any:  # noqa: ANN401 - a row in registers
    """Return the row of years that starts at `first`, zeros behind them."""
    if first + spare.size <= values.size:
        return multiply(load(values, first, lanes), load(mask, 0, lanes))
    # Near the end a whole row would reach beyond it.
    for t in range(spare.size):
        spare[t] = values[first + t] if mask[t] > 0.0 else 0.0
    return load(spare, 0, lanes)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def widen_flow(
    values: np.ndarray, kept: np.ndarray, years: int, exporter: np.ndarray, importer: np.ndarray,
    out: np.ndarray, by_exporter: np.ndarray, by_importer: np.ndarray, by_pair: np.ndarray,
    lanes: tuple[int, ...],
) -> bool:  # fmt: skip
    """Copy flows into padded rows `out` [P, W] and write their totals [n, W], [m, W], [P].

    `kept` [P], here and below: which block each pair is. Tells whether a flow is negative.
    """
    P, W = out.shape
    mask, spare = zeros(W), zeros(W)
    mask[:years] = 1.0
    by_exporter[:] = 0.0
    by_importer[:] = 0.0
    lowest = fill(0.0, lanes)
    for p in range(P):
        y = read_row(values, kept[p] * years, mask, spare, lanes)
        store(out, p * W, y)
        lowest = smaller(lowest, y)
        by_pair[p] = total(y)
        own, other = exporter[p] * W, importer[p] * W
        store(by_exporter, own, add(load(by_exporter, own, lanes), y))
        store(by_importer, other, add(load(by_importer, other, lanes), y))
    return bool(total(lowest) < 0.0)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def pack_covariate(
    values: np.ndarray, flow: np.ndarray, kept: np.ndarray, years: int, out: np.ndarray,
    lanes: tuple[int, ...],
) -> tuple[float, float, bool, float]:  # fmt: skip
    """Write a covariate of zeros and ones as bits [P, W / 8]; returns as `widen_covariate`.

    Ends where it meets another number: the third of what is returned says whether it did not.
    """
    P, L = out.shape
    mask, spare = zeros(L * WIDTH), zeros(L * WIDTH)
    mask[:years] = 1.0
    ones = fill(0.0, lanes)
    product = fill(0.0, lanes)
    for first in range(0, P, _RUN):
        strange = fill(0.0, lanes)
        for p in range(first, min(first + _RUN, P)):
            x = read_row(values, kept[p] * years, mask, spare, lanes)
            z = multiply(x, subtract(x, 1.0))
            strange = multiply_add(z, z, strange)
            write_bits(out, p * L, x)
            ones = add(ones, x)
            y = read_row(flow, kept[p] * years, mask, spare, lanes)
            product = multiply_add(x, y, product)
        if total(strange) != 0.0:
            return 0.0, 0.0, False, 0.0
    mean = total(ones) / (P * years)
    return mean, np.sqrt(mean * (1.0 - mean)), True, total(product)


@nb.njit(fastmath=FAST, cache=True, nogil=True)
def widen_covariate(
    values: np.ndarray, flow: np.ndarray, kept: np.ndarray, years: int, out: np.ndarray,
    lanes: tuple[int, ...],
) -> tuple[float, float, bool, float]:  # fmt: skip
    """Copy a covariate into padded rows [P, W].

    Returns its mean, deviation, whether it holds 0 and 1 only, and the sum of its product with the
    flows.
    """
    P, W = out.shape
    mask, spare = zeros(W), zeros(W)
    mask[:years] = 1.0
    inside = load(mask, 0, lanes)
    # Deviations from a first guess, so that one pass suffices without losing digits.
    guess = values[values.size // 2]
    added = fill(0.0, lanes)
    square = fill(0.0, lanes)
    strange = fill(0.0, lanes)
    product = fill(0.0, lanes)
    for p in range(P):
        x = read_row(values, kept[p] * years, mask, spare, lanes)
        store(out, p * W, x)
        y = read_row(flow, kept[p] * years, mask, spare, lanes)
        product = multiply_add(x, y, product)
        d = multiply(subtract(x, guess), inside)
        added = add(added, d)
        square = multiply_add(d, d, square)
        z = multiply(x, subtract(x, 1.0))
        strange = multiply_add(z, z, strange)
    count = P * years
    mean = total(added) / count
    deviation = np.sqrt(max(total(square) / count - mean * mean, 0.0))
    return guess + mean, deviation, total(strange) == 0.0, total(product)


@nb.njit(cache=True, nogil=True)
def is_nested(major: np.ndarray, size: int, codes: np.ndarray, fate: np.ndarray) -> bool:
    """Tell whether each effect (major, year) lies in one cluster, as `layout.is_nested` does.

    `major`, `codes` [P]; `fate` [P, T].
    """
    P, T = fate.shape
    first = np.full((size, T), -1, dtype=np.int32)
    for p in range(P):
        for t in range(T):
            if fate[p, t] != 0:
                continue
            if first[major[p], t] < 0:
                first[major[p], t] = codes[p]
            elif first[major[p], t] != codes[p]:
                return False
    return True


@nb.njit(cache=True, nogil=True)
def renumber(codes: np.ndarray, by_pair: np.ndarray, size: int, out: np.ndarray) -> int:
    """Give the codes [P] of pairs in use, those with a flow, numbers without gaps; count them.

    `size` is more than any code; `out` [P] keeps what it holds where a pair is not in use.
    """
    number = np.full(size, -1, dtype=np.int32)
    levels = 0
    for p in range(codes.size):
        if by_pair[p] > 0.0:
            if number[codes[p]] < 0:
                number[codes[p]] = levels
                levels += 1
            out[p] = number[codes[p]]
    return levels
