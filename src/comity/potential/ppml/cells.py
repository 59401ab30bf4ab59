"""A sample in its cells: rows judged, pairs numbered, numbers put where the kernels read them."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from comity.errors import EstimationError, FlowError, FormulaError
from comity.potential.ppml import complete, layout
from comity.potential.ppml.columns import Columns
from comity.potential.ppml.directed import Directed
from comity.potential.ppml.inference import Cluster
from comity.potential.ppml.lanes import WIDTH, lanes_of, padded
from comity.potential.ppml.layout import MISSING, SEPARATED, SINGLETON, USED, Axis, encode
from comity.potential.ppml.newton import Floats
from comity.potential.ppml.parallel import run_all
from comity.potential.ppml.rooms import cleared, room
from comity.potential.ppml.sample import Sample
from comity.potential.ppml.shared import Shared
from comity.potential.ppml.stack import Stack
from comity.potential.ppml.tensor import Summary, Tensor, kernel

_NONE = np.zeros(0, dtype=np.int32)
_EMPTY = np.zeros(0, dtype=np.int64)
_NO_TRADE = "There is no trade: no positive flow in any usable row."
_TOO_FEW = "A gravity model needs two countries on each side at the least."


@dataclass(frozen=True)
class Laid:
    """A sample in its cells: the problem, and the way back to the rows.

    Rows in blocks need no list of their cells (`placed` is empty): where they lie can be counted.
    `kept` are the blocks that have a row of the tensor, `by_block` the flows of all blocks.
    `fate` says for each row why it is left out; `tally` is that of `layout.judge_rows`.
    """

    problem: Stack | Tensor
    placed: NDArray[np.int64]
    fate: NDArray[np.uint8]
    tally: NDArray[np.int64]
    group: NDArray[np.int32]
    groups: int
    by_block: Floats | None = None
    kept: NDArray[np.int64] | None = None

    @cached_property
    def cell(self) -> NDArray[np.int64]:
        """Cell of each row; -1 where it has none."""
        if self.by_block is None or self.kept is None:
            return self.placed
        blocks, width = self.by_block.size, self.problem.flow.shape[1]
        cell = np.full((blocks, self.fate.size // blocks), -1, dtype=np.int64)
        cell[self.kept] = np.arange(self.kept.size)[:, None] * width + np.arange(cell.shape[1])
        return cell.reshape(-1)

    @property
    def pair(self) -> NDArray[np.int64]:
        """Row of the tensor that each row lies in."""
        return np.asarray(self.cell // self.problem.flow.shape[-1])

    @property
    def missing(self) -> int:
        """How many rows lack a value; rows in blocks are never short of one."""
        return 0 if self.by_block is not None else int(np.count_nonzero(self.fate == MISSING))


def lay_out(sample: Sample, executor: Executor | None) -> Laid:
    """Give the pairs numbers, judge the rows, and put every number into its cell."""
    if sample.formula.pair is None:
        return _lay_out_stack(sample, executor)
    blocks = sample if sample.block else sample.in_blocks()
    laid = _lay_out_blocks(blocks, executor) if blocks.block else None
    if laid is not None:
        return laid
    sample = sample.surveyed(executor)
    return _lay_out_rows(sample.by_row() if sample.block else sample, executor)


def _lay_out_stack(sample: Sample, executor: Executor | None) -> Laid:
    """Lay out rows in any order for two effects."""
    i, j, t = sample.exporter, sample.importer, sample.year
    m = padded(j.size)
    shape = (t.size, i.size, m)
    fate = sample.fate.copy()
    flow = sample.flow if sample.weights is None else sample.flow * sample.weights
    cell = np.empty(fate.size, dtype=np.int64)
    seen = np.zeros(shape, dtype=np.uint8)
    twice = layout.place_in_stack(
        i.codes, j.codes, t.codes, fate, i.size, m, cell, seen.reshape(-1)
    )  # fmt: skip
    _refuse_twice(sample, twice)
    cube = cleared(2 + len(sample.covariates), *shape)
    tensor, exposure, x = cube[0], cube[1], cube[2:]
    layout.scatter(flow, cell, tensor.reshape(-1))
    tally = np.zeros(8, dtype=np.int64)
    live = np.zeros(i.size, dtype=np.bool_), np.zeros(m, dtype=np.bool_)
    if layout.judge_cells(tensor, seen, tally, *live) and tally[0]:
        levels = int(np.count_nonzero(live[0])), int(np.count_nonzero(live[1]))
    else:
        if not tensor.any():
            raise EstimationError(_NO_TRADE)
        tally[:] = 0
        layout.judge_rows(
            flow, i.codes, j.codes, t.codes, _NONE, t.size, i.size, j.size, 0, fate, tally
        )  # fmt: skip
        alone = fate == SINGLETON
        for values in (tensor.reshape(-1), seen.reshape(-1)):
            values[cell[alone]] = 0
        cell[alone] = -1
        levels = _live_levels(i, fate), _live_levels(j, fate)
    _require_rows(tally, *levels)
    columns = zip(sample.covariates, x.reshape(-1, seen.size), strict=True)
    run_all(executor, [partial(layout.scatter, v, cell, into) for v, into in columns])
    _expose(sample, cell, seen.reshape(-1), exposure.reshape(-1))
    return Laid(Stack(tensor, x, exposure, executor), cell, fate, tally, _NONE, 0)


def _lay_out_rows(sample: Sample, executor: Executor | None) -> Laid:
    """Lay out rows in any order for three effects."""
    formula, i, j, t = sample.formula, sample.exporter, sample.importer, sample.year
    n, m, T = i.size, j.size, t.size
    fate = sample.fate.copy()
    flow = sample.flow if sample.weights is None else sample.flow * sample.weights
    if not (flow[fate == 0] > 0).any():
        raise EstimationError(_NO_TRADE)
    table = np.full((n, m), -1, dtype=np.int64)
    pairs = layout.number_pairs(i.codes, j.codes, fate, table)
    group, groups, of_pair = np.empty(fate.size, dtype=np.int32), pairs, _NONE
    if sample.pair is None:
        layout.look_up_pairs(i.codes, j.codes, table, group)
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
    cell = np.empty(fate.size, dtype=np.int64)
    W = padded(T)
    seen = np.zeros(pairs * W, dtype=np.uint8)
    _refuse_twice(
        sample, layout.place_in_tensor(i.codes, j.codes, t.codes, fate, table, W, cell, seen)
    )  # fmt: skip
    _require_rows(tally, _live_levels(i, fate), _live_levels(j, fate))
    tensor = cleared(pairs * W)
    x = cleared(len(sample.covariates), pairs * W)
    columns = [(flow, tensor), *zip(sample.covariates, x, strict=True)]
    run_all(executor, [partial(layout.scatter, v, cell, into) for v, into in columns])
    plain = sample.weights is None and sample.offset is None and seen.sum() == pairs * T
    exposure = room(0 if plain else seen.size)
    if not plain:
        _expose(sample, cell, seen, exposure)
    who = np.argwhere(table >= 0)
    cube = (tensor.reshape(pairs, W), x.reshape(-1, pairs, W), exposure.reshape(-1, W))
    problem: Tensor
    if sample.pair is None:
        problem = Directed(*cube, who[:, 0], who[:, 1], (n, m), T)
    else:
        problem = Shared(*cube, who[:, 0], who[:, 1], of_pair.astype(np.int64), (n, m), T)
    return Laid(problem, cell, fate, tally, group, groups)


def _expose(
    sample: Sample, cell: NDArray[np.int64], seen: NDArray[np.uint8], exposure: Floats
) -> None:
    """Write weight times exp(offset) of each cell, 0 where not observed."""
    exposure[:] = seen
    if sample.weights is not None or sample.offset is not None:
        factor = np.ones(cell.size) if sample.weights is None else sample.weights
        if sample.offset is not None:
            factor = factor * np.exp(sample.offset - np.nanmax(sample.offset))
        layout.scatter(factor, cell, exposure)


def _refuse_twice(sample: Sample, row: int) -> None:
    """Refuse a table in which a row's cell was listed before; -1 where there is none."""
    if row < 0:
        return
    i, j, t, formula = sample.exporter, sample.importer, sample.year, sample.formula
    where = [i.labels[i.codes[row]], j.labels[j.codes[row]]]
    where += [t.labels[t.codes[row]]] if formula.year is not None else []
    raise FlowError(
        f"The cell {', '.join(map(str, where))} is listed more than once.",
        "Add the rows up first, or split by what tells them apart."
        + ("" if formula.year else " For a panel write exporter^year + importer^year."),
    )


def _require_rows(tally: NDArray[np.int64], exporters: int, importers: int) -> None:
    """Refuse a sample in which too little is left."""
    if tally[0] == 0:
        raise EstimationError("No row is left: every effect is a singleton or has no flow.")
    if min(exporters, importers) < 2:
        raise EstimationError(_TOO_FEW)


def _lay_out_blocks(sample: Sample, executor: Executor | None) -> Laid | None:
    """Lay out rows in blocks, without looking up; None where that cannot be."""
    n, m, T = sample.exporter.size, sample.importer.size, sample.block
    exporter, importer = (x.codes.astype(np.int64) for x in (sample.exporter, sample.importer))
    if (sample.is_surveyed and sample.fate.any()) or not complete.is_sorted(exporter, importer):
        return None
    blocks = exporter.size
    alive = np.ones(blocks, dtype=np.bool_)
    singles = int(complete.drop_singles(exporter, importer, n, m, alive))
    kept = np.flatnonzero(alive)
    if not kept.size:
        return None
    if singles:
        if not _are_plain(sample, ~alive):
            return None
        exporter, importer = exporter[kept], importer[kept]
    P, K, W = kept.size, len(sample.covariates), padded(T)
    lanes = lanes_of(W)
    cube = room(K + 1, P, W)
    sums = cleared(n, W), cleared(m, W), np.empty(P)
    about: list[tuple[float, float, bool, float]] = [(0.0, 0.0, False, 0.0)] * K

    bits = np.empty((K, P, W // WIDTH), dtype=np.uint8)
    place = np.arange(K)

    def widen(k: int) -> None:
        column = (sample.covariates[k], sample.flow, kept, T)
        about[k] = kernel(complete.pack_covariate)(*column, bits[k], lanes)
        if about[k][2]:
            place[k] = -1 - k
        else:
            about[k] = kernel(complete.widen_covariate)(*column, cube[k + 1], lanes)

    negative: list[bool] = []

    def widen_flow() -> None:
        found = kernel(complete.widen_flow)(
            sample.flow, kept, T, exporter, importer, cube[0], *sums, lanes
        )
        negative.append(found)

    run_all(executor, [widen_flow, *(partial(widen, k) for k in range(K))])
    trade = float(sums[2].sum())
    # A number that is infinite or missing shows in the sums.
    if negative[0] or trade == 0.0 or not np.isfinite([trade, *(x[0] for x in about)]).all():
        return None
    judged = np.zeros((P, T), dtype=np.uint8)
    tally = np.zeros(8, dtype=np.int64)
    complete.judge(exporter, importer, *sums, judged, tally)
    _require_rows(tally, *(int(s.any(axis=1).sum()) for s in sums[:2]))
    centre, spread, is_dummy, onto = (np.array([x[q] for x in about]) for q in range(4))
    summary = Summary(*sums, centre, spread, is_dummy.astype(np.bool_), onto)
    problem = Directed(
        cube[0], Columns(cube[1:], bits, place), np.zeros((0, W)), exporter, importer, (n, m), T,
        summary,
    )  # fmt: skip
    fate, by_block = judged, sums[2]
    if singles:
        tally[1] = singles * T
        fate = np.full((blocks, T), SINGLETON, dtype=np.uint8)
        fate[kept] = judged
        by_block = np.zeros(blocks)
        by_block[kept] = sums[2]
    return Laid(problem, _EMPTY, fate.reshape(-1), tally, _NONE, P, by_block, kept)


def _are_plain(sample: Sample, blocks: NDArray[np.bool_]) -> bool:
    """Tell whether all numbers of some blocks are finite, and the flows not negative."""
    flow, *others = (x.reshape(blocks.size, -1)[blocks] for x in (sample.flow, *sample.covariates))
    return bool((flow >= 0.0).all()) and all(np.isfinite(x).all() for x in (flow, *others))


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


def _live_levels(axis: Axis, fate: NDArray[np.uint8]) -> int:
    return int(layout.count_levels(axis.codes, fate, axis.size))


def cluster_cells(sample: Sample, laid: Laid) -> list[Cluster]:
    """Turn cluster columns into codes by cell: one, or two and their intersection."""
    if laid.by_block is None:
        sample = sample.by_row() if sample.block else sample
    elif not sample.block:
        sample = sample.in_blocks()
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
    if laid.by_block is not None:
        return [_cluster_blocks(sample, laid, laid.by_block, *row) for row in rows]
    clusters = []
    i, j, t = sample.exporter.codes, sample.importer.codes, sample.year.codes
    for codes, size in rows:
        nested = [
            layout.is_nested(i, t, T, n * T, codes, laid.fate),
            layout.is_nested(j, t, T, m * T, codes, laid.fate),
        ]
        if laid.groups:
            nested.append(layout.is_nested(laid.group, _NONE, 1, laid.groups, codes, laid.fate))
        by_cell, shaped = _shape_codes(laid, i, j, codes)
        levels = int(layout.count_levels(codes, laid.fate, size))
        clusters.append(Cluster(shaped, by_cell, size, levels, tuple(nested)))
    return clusters


def _cluster_blocks(
    sample: Sample, laid: Laid, by_block: Floats, codes: NDArray[np.int32], size: int
) -> Cluster:
    """Make a cluster of codes that are given block by block.

    Those of all products of a split reach far beyond what one uses, so they are numbered afresh.
    """
    cells = laid.fate.reshape(by_block.size, -1)
    nested = [
        bool(complete.is_nested(axis.codes, axis.size, codes, cells))
        for axis in (sample.exporter, sample.importer)
    ]
    fresh = np.zeros(laid.problem.flow.shape[0], dtype=np.int32)
    levels = int(complete.renumber(codes[laid.kept], by_block[laid.kept], size, fresh))
    return Cluster(fresh[:, None], False, levels, levels, (*nested, True))


def _shape_codes(
    laid: Laid, i: NDArray[np.int32], j: NDArray[np.int32], codes: NDArray[np.int32]
) -> tuple[bool, NDArray[np.int32]]:
    """Put cluster codes into cells: one a pair where that suffices, else one a cell."""
    problem = laid.problem
    if isinstance(problem, Tensor):
        per_pair = np.full(problem.flow.shape[0], -1, dtype=np.int32)
        if layout.spread_over_pairs(codes, np.where(laid.fate == 0, laid.pair, -1), per_pair):
            return False, np.maximum(per_pair, 0)[:, None]
    else:
        per_pair = np.full(problem.flow.shape[1:], -1, dtype=np.int32)
        if layout.spread_over_matrix(codes, i, j, laid.fate, per_pair):
            return False, np.maximum(per_pair, 0)[None]
    every = np.zeros(problem.flow.size, dtype=np.int32)
    layout.scatter(codes, laid.cell, every)
    return True, every.reshape(problem.flow.shape)
