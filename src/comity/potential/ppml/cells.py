"""A sample in its cells: rows judged, pairs numbered, numbers put where the kernels read them."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from comity.errors import EstimationError, FlowError, FormulaError
from comity.potential.ppml import complete, layout
from comity.potential.ppml.directed import Directed
from comity.potential.ppml.inference import Cluster
from comity.potential.ppml.lanes import empty, padded, zeros
from comity.potential.ppml.layout import SEPARATED, USED, Axis, encode
from comity.potential.ppml.parallel import run_all
from comity.potential.ppml.sample import Sample
from comity.potential.ppml.shared import Shared
from comity.potential.ppml.stack import Stack
from comity.potential.ppml.tensor import Tensor

_NONE = np.zeros(0, dtype=np.int32)
_TOO_FEW = "A gravity model needs two countries on each side at the least."


@dataclass(frozen=True)
class Laid:
    """A sample in its cells: the problem, and the way back to the rows."""

    problem: Stack | Tensor
    cell: NDArray[np.int64]
    fate: NDArray[np.uint8]
    tally: NDArray[np.int64]
    pair: NDArray[np.int64] | NDArray[np.int32]
    group: NDArray[np.int32]
    groups: int


def lay_out(sample: Sample, executor: Executor | None) -> Laid:
    """Give the pairs numbers, judge the rows, and put every number into its cell."""
    formula, i, j, t = sample.formula, sample.exporter, sample.importer, sample.year
    n, m, T = i.size, j.size, t.size
    three = formula.pair is not None
    if three and sample.pair is None and sample.weights is None and sample.offset is None:
        laid = _lay_out_complete(sample, executor)
        if laid is not None:
            return laid
    fate = sample.fate.copy()
    flow = sample.flow if sample.weights is None else sample.flow * sample.weights
    if not (flow[fate == 0] > 0).any():
        raise EstimationError("There is no trade: no positive flow in any usable row.")
    table = np.full((n, m), -1, dtype=np.int64)
    pairs = layout.number_pairs(i.codes, j.codes, fate, table)
    group, groups, of_pair = _NONE, 0, _NONE
    if three:
        group = np.empty(fate.size, dtype=np.int32)
        if sample.pair is None:
            layout.look_up_pairs(i.codes, j.codes, table, group)
            groups = pairs
        else:
            group, groups = sample.pair.codes, sample.pair.size
            number = np.empty(fate.size, dtype=np.int32)
            layout.look_up_pairs(i.codes, j.codes, table, number)
            of_pair = np.full(pairs, -1, dtype=np.int32)
            if not layout.spread_over_pairs(group, np.where(fate == 0, number, -1), of_pair):
                raise FormulaError(
                    f"The effect '{formula.pair}' changes within a pair of countries.",
                    "A pair effect must be a function of exporter and importer; for others use "
                    "pyfixest.",
                )
    tally = np.zeros(8, dtype=np.int64)
    layout.judge_rows(flow, i.codes, j.codes, t.codes, group, T, n, m, groups, fate, tally)
    if tally[0] == 0:
        raise EstimationError("No row is left: every effect is a singleton or has no flow.")
    cell = np.empty(fate.size, dtype=np.int64)
    W = padded(T)
    cells = pairs * W if three else T * n * m
    seen = np.zeros(cells, dtype=np.uint8)
    if three:
        twice = layout.place_in_tensor(i.codes, j.codes, t.codes, fate, table, W, cell, seen)
    else:
        twice = layout.place_in_stack(i.codes, j.codes, t.codes, fate, n, m, cell, seen)
    if twice >= 0:
        where = [i.labels[i.codes[twice]], j.labels[j.codes[twice]]]
        where += [t.labels[t.codes[twice]]] if formula.year is not None else []
        raise FlowError(
            f"The cell {', '.join(map(str, where))} is listed more than once.",
            "Add the rows up first, or split by what tells them apart."
            + ("" if formula.year else " For a panel write exporter^year + importer^year."),
        )
    if min(_live_levels(i.codes, fate, n), _live_levels(j.codes, fate, m)) < 2:
        raise EstimationError(_TOO_FEW)
    tensor = zeros(cells)
    x = zeros(len(sample.covariates) * cells).reshape(-1, cells)
    columns = [(flow, tensor), *zip(sample.covariates, x, strict=True)]
    run_all(executor, [partial(layout.scatter, v, cell, into) for v, into in columns])
    plain = three and sample.weights is None and sample.offset is None and seen.sum() == pairs * T
    exposure = np.zeros(0)
    if not plain:
        exposure = seen.astype(np.float64)
        if sample.weights is not None or sample.offset is not None:
            factor = np.ones(fate.size) if sample.weights is None else sample.weights
            if sample.offset is not None:
                factor = factor * np.exp(sample.offset - np.nanmax(sample.offset))
            layout.scatter(factor, cell, exposure)
    K = len(sample.covariates)
    if not three:
        shape = (T, n, m)
        stack = Stack(tensor.reshape(shape), x.reshape(K, *shape), exposure.reshape(shape))
        return Laid(stack, cell, fate, tally, _NONE, group, groups)
    who = np.argwhere(table >= 0)
    cube = (tensor.reshape(pairs, W), x.reshape(K, pairs, W), exposure.reshape(-1, W))
    problem: Tensor
    if sample.pair is None:
        problem = Directed(*cube, who[:, 0], who[:, 1], (n, m), T)
    else:
        problem = Shared(*cube, who[:, 0], who[:, 1], of_pair.astype(np.int64), (n, m), T)
    return Laid(problem, cell, fate, tally, cell // W, group, groups)


def _lay_out_complete(sample: Sample, executor: Executor | None) -> Laid | None:
    """Lay out rows that come in the order of the cells, without looking up; None where not so."""
    i, j, t, fate = sample.exporter, sample.importer, sample.year, sample.fate
    n, m, T = i.size, j.size, t.size
    if not complete.is_complete(i.codes, j.codes, t.codes, fate, T):
        return None
    W, fate = padded(T), fate.copy()
    exporter, importer = i.codes[::T].astype(np.int64), j.codes[::T].astype(np.int64)
    P = exporter.size
    sums = np.zeros((n, T)), np.zeros((m, T)), np.zeros(P)
    tally = np.zeros(8, dtype=np.int64)
    flow = np.ascontiguousarray(sample.flow).reshape(P, T)
    if (
        not complete.judge(flow, exporter, importer, fate.reshape(P, T), *sums, tally)
        or not tally[0]
    ):
        return None
    if min(s.any(axis=1).sum() for s in sums[:2]) < 2:
        raise EstimationError(_TOO_FEW)
    K = len(sample.covariates)
    room = empty((K + 1) * P * W).reshape(K + 1, P, W)
    columns = [sample.flow, *sample.covariates]
    run_all(
        executor,
        [partial(complete.widen, v, T, into) for v, into in zip(columns, room, strict=True)],
    )
    cell, pair = np.empty(fate.size, dtype=np.int64), np.empty(fate.size, dtype=np.int32)
    complete.number(T, W, cell, pair)
    problem = Directed(room[0], room[1:], np.zeros((0, W)), exporter, importer, (n, m), T)
    return Laid(problem, cell, fate, tally, pair, pair, P)


def remove(laid: Laid, cells: NDArray[np.bool_]) -> int:
    """Take separated cells out of the rows in use; return how many."""
    problem = laid.problem
    gone = np.zeros(problem.flow.shape, dtype=np.uint8)
    if isinstance(problem, Tensor):
        gone[problem.row] = cells
    else:
        gone[:] = cells
    hit = np.zeros(laid.fate.size, dtype=np.uint8)
    layout.gather(gone.reshape(-1), laid.cell, hit)
    hit[laid.fate != USED] = 0
    laid.fate[hit == 1] = SEPARATED
    count = int(hit.sum())
    laid.tally[0] -= count
    return count


def _live_levels(codes: NDArray[np.int32], fate: NDArray[np.uint8], size: int) -> int:
    return int(layout.count_levels(codes, fate, size))


def cluster_cells(sample: Sample, laid: Laid) -> list[Cluster]:
    """Turn cluster columns into codes by cell: one, or two and their intersection."""
    n, m, T = sample.exporter.size, sample.importer.size, sample.year.size
    rows: list[tuple[NDArray[np.int32], int]] = []
    for axis in sample.clusters:
        if isinstance(axis, Axis):
            rows.append((axis.codes, axis.size))
        else:
            directed = sample.exporter.codes * np.int32(m) + sample.importer.codes
            rows.append((directed, n * m))
    if len(rows) == 2:
        both = rows[0][0].astype(np.int64) * rows[1][1] + rows[1][0]
        axis = encode(pd.Series(both))
        rows.append((axis.codes, axis.size))
    clusters = []
    i, j, t = sample.exporter.codes, sample.importer.codes, sample.year.codes
    for codes, size in rows:
        nested = [
            layout.is_nested(i, t, T, n * T, codes, laid.fate),
            layout.is_nested(j, t, T, m * T, codes, laid.fate),
        ]
        if laid.groups:
            nested.append(layout.is_nested(laid.group, _NONE, 1, laid.groups, codes, laid.fate))
        by_cell, shaped = _shape_codes(laid, codes)
        levels = int(layout.count_levels(codes, laid.fate, size))
        clusters.append(Cluster(shaped, by_cell, size, levels, tuple(nested)))
    return clusters


def _shape_codes(laid: Laid, codes: NDArray[np.int32]) -> tuple[bool, NDArray[np.int32]]:
    """Put cluster codes into cells: one a pair where that suffices, else one a cell."""
    problem = laid.problem
    if isinstance(problem, Tensor):
        per_pair = np.full(problem.flow.shape[0], -1, dtype=np.int32)
        if layout.spread_over_pairs(codes, np.where(laid.fate == 0, laid.pair, -1), per_pair):
            return False, np.maximum(per_pair, 0)[:, None]
    else:
        n, m = problem.flow.shape[1:]
        per_pair = np.full(n * m, -1, dtype=np.int32)
        pair = np.where(laid.fate == 0, laid.cell % (n * m), -1)
        if layout.spread_over_pairs(codes, pair, per_pair):
            return False, np.maximum(per_pair, 0).reshape(1, n, m)
    every = np.zeros(problem.flow.size, dtype=np.int32)
    layout.scatter(codes, laid.cell, every)
    return True, every.reshape(problem.flow.shape)
