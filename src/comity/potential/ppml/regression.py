"""`fepois`: gravity by PPML from a table of flows, in the idiom of fixest and pyfixest."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from comity.errors import ComityError, EstimationError, FlowError, FormulaError, NotConvergedError
from comity.potential.ppml import layout
from comity.potential.ppml.directed import Directed
from comity.potential.ppml.formula import Formula, read_formula, require_columns
from comity.potential.ppml.inference import Cluster, VcovSpec, covariance, read_vcov
from comity.potential.ppml.lanes import padded, zeros
from comity.potential.ppml.layout import MISSING, SEPARATED, USED, Axis, encode
from comity.potential.ppml.newton import Floats, Tolerance
from comity.potential.ppml.parallel import THREADS, helper, run_all
from comity.potential.ppml.result import Dropped, GravityFit, GravityFits, Origin
from comity.potential.ppml.separation import Separated, climb_apart
from comity.potential.ppml.shared import Shared
from comity.potential.ppml.stack import Stack
from comity.potential.ppml.tensor import Tensor

# A matrix of all pairs larger than this is no gravity panel.
_MOST_PAIRS = 25_000_000
_NONE = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class _Sample:
    """The columns of the model, once: codes and numbers, row by row."""

    formula: Formula
    exporter: Axis
    importer: Axis
    year: Axis
    pair: Axis | None
    flow: Floats
    covariates: tuple[Floats, ...]
    weights: Floats | None
    offset: Floats | None
    fate: NDArray[np.uint8]
    clusters: tuple[Axis | str, ...]
    index: pd.Index[Any]

    def take(self, rows: NDArray[np.int64] | slice) -> _Sample:
        """Return the sample of some rows; a slice costs nothing."""

        def part(axis: Axis) -> Axis:
            return Axis(axis.codes[rows], axis.labels)

        exporter, importer, year = part(self.exporter), part(self.importer), part(self.year)
        return _Sample(
            self.formula, exporter, importer, year,
            None if self.pair is None else part(self.pair), self.flow[rows],
            tuple(x[rows] for x in self.covariates),
            None if self.weights is None else self.weights[rows],
            None if self.offset is None else self.offset[rows], self.fate[rows],
            tuple(c if isinstance(c, str) else part(c) for c in self.clusters),
            self.index[rows],
        )  # fmt: skip


@overload
def fepois(
    fml: str, data: pd.DataFrame, vcov: VcovSpec = ..., *, split: None = ...,
    weights: str | None = ..., offset: str | None = ..., tolerance: Tolerance | None = ...,
    keep: bool | None = ...,
) -> GravityFit: ...  # fmt: skip
@overload
def fepois(
    fml: str, data: pd.DataFrame, vcov: VcovSpec = ..., *, split: str,
    weights: str | None = ..., offset: str | None = ..., tolerance: Tolerance | None = ...,
    keep: bool | None = ...,
) -> GravityFits: ...  # fmt: skip
def fepois(
    fml: str,
    data: pd.DataFrame,
    vcov: VcovSpec = "hetero",
    *,
    split: str | None = None,
    weights: str | None = None,
    offset: str | None = None,
    tolerance: Tolerance | None = None,
    keep: bool | None = None,
) -> GravityFit | GravityFits:
    """Fit a gravity model by Poisson pseudo-maximum likelihood with high-dimensional effects.

    E[y_ijt] = exp(x_ijt'b + exporter_it + importer_jt + pair_ij + offset_ijt)

    Parameters
    ----------
    fml : str
        ``"flow ~ x1 + log(x2) | effects"``. Effects that fit:

        - ``exporter + importer``: a cross-section, one row a pair;
        - ``exporter^year + importer^year``: a panel;
        - ``exporter^year + importer^year + exporter^importer``: with pair effects, directed;
        - ``exporter^year + importer^year + pair_id``: with pair effects that a column names, such
          as one for both directions.

        The names are those of your columns, whatever they are.
    data : DataFrame
        One row for each exporter, importer and year. A row that is not there is not observed,
        which is not the same as zero.
    vcov : str or dict
        ``"hetero"`` (default), ``"iid"``, ``{"CRV1": "a"}``, ``{"CRV1": "a + b"}`` with columns, or
        ``"pair"`` for the directed pair where no column has that name.
    split : str, optional
        Fit one model for each value of this column (say, products), on two threads.
    weights : str, optional
        Column of weights, zero or more.
    offset : str, optional
        Column added to the linear predictor.
    tolerance : Tolerance, optional
    keep : bool, optional
        Whether a fit keeps its tensor, for `fitted`, `used` and `effects`. By default yes for one
        model, no for a split: thousands of tensors are many gigabytes.

    Returns
    -------
    GravityFit, or GravityFits where `split` is given

    Raises
    ------
    FormulaError
        The formula cannot be read, names unknown columns, or has effects that do not fit a
        gravity panel; the hint names pyfixest, which takes the same formula.
    FlowError
        Negative or infinite flows, infinite covariates, cells listed twice.
    EstimationError
        No trade, too few countries, or no covariate left.
    NotConvergedError
        The fit did not reach its tolerance.

    Notes
    -----
    Singletons and rows of all-zero effects are dropped first, as pyfixest does; then cells that
    covariates or several effects together separate (Correia, Guimaraes & Zylkin 2019).

    References
    ----------
    Santos Silva & Tenreyro (2006), Rev. Econ. Stat. 88(4); Correia, Guimaraes & Zylkin (2020),
    Stata J. 20(1); Larch, Wanner, Yotov & Zylkin (2019), Oxf. Bull. Econ. Stat. 81(3).
    """
    formula = read_formula(fml)
    kind, clusters = read_vcov(vcov)
    if split is None:
        with helper(len(data)) as executor:
            sample = _read(formula, data, clusters, weights, offset, executor)
            fit = _fit(sample, kind, clusters, tolerance, executor)
        return replace(fit, origin=None) if keep is False else fit
    with helper(len(data)) as executor:
        sample = _read(formula, data, clusters, weights, offset, executor)
    require_columns([split], list(data.columns))
    return _fit_each(sample, split, encode(data[split]), kind, clusters, tolerance, keep is True)


def _fit_each(
    sample: _Sample,
    split: str,
    by: Axis,
    kind: str,
    clusters: tuple[str, ...],
    tolerance: Tolerance | None,
    keep: bool,
) -> GravityFits:
    """Fit one model for each level of the split, products shared out over the threads."""
    in_order = bool((by.codes[1:] >= by.codes[:-1]).all())
    order = np.zeros(0, dtype=np.int64) if in_order else np.argsort(by.codes, kind="stable")
    bounds = np.searchsorted(by.codes if in_order else by.codes[order], np.arange(by.size + 1))

    def one(level: int) -> GravityFit | str:
        try:
            rows = slice(bounds[level], bounds[level + 1])
            part = sample.take(rows if in_order else order[rows])
            fit = _fit(part, kind, clusters, tolerance, None)
            return fit if keep else replace(fit, origin=None)
        except ComityError as error:
            return str(error)

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(one, range(by.size)))
    labels = by.labels.tolist()
    return GravityFits(
        split,
        {k: r for k, r in zip(labels, results, strict=True) if isinstance(r, GravityFit)},
        {k: r for k, r in zip(labels, results, strict=True) if isinstance(r, str)},
    )


def _read(
    formula: Formula,
    data: pd.DataFrame,
    clusters: tuple[str, ...],
    weights: str | None,
    offset: str | None,
    executor: Executor | None,
) -> _Sample:
    """Take the model's columns out of the table, checked."""
    if not isinstance(data, pd.DataFrame):
        raise FormulaError("The data must be a pandas DataFrame.")
    columns = list(data.columns)
    extra = [c for c in (weights, offset) if c is not None]
    require_columns([*formula.columns, *extra], columns)
    flow = _numbers(data, formula.flow)
    layout.check_flow(flow, formula.flow)
    covariates = []
    for term in formula.terms:
        x = _numbers(data, term.column)
        if term.log:
            if (x <= 0).any():
                raise FlowError(f"{term.name} of zero or less.", "Drop those rows or shift them.")
            x = np.log(x)
        if np.isinf(x).any():
            raise FlowError(f"Column '{term.column}' is infinite.", "ln of zero is a usual cause.")
        covariates.append(x)
    w = None if weights is None else _numbers(data, weights)
    if w is not None and ((w < 0).any() or np.isinf(w).any()):
        raise FlowError(f"The weights '{weights}' must be finite and not negative.")
    shift = None if offset is None else _numbers(data, offset)
    if shift is not None and np.isinf(shift).any():
        raise FlowError(f"The offset '{offset}' must be finite.")
    axes_of: dict[str, Axis] = {}
    keys = [formula.exporter, formula.importer, formula.year, formula.pair, *clusters]
    wanted = {k for k in keys if k is not None and k in columns}

    def number(name: str) -> None:
        axes_of[name] = encode(data[name])

    run_all(executor, [partial(number, name) for name in sorted(wanted)])
    exporter, importer = axes_of[formula.exporter], axes_of[formula.importer]
    if formula.year is None:
        year = Axis(np.zeros(flow.size, dtype=np.int32), np.zeros(1, dtype=np.int64))
    else:
        year = axes_of[formula.year]
    if exporter.size * importer.size > _MOST_PAIRS:
        raise FormulaError(
            f"{exporter.size:,} exporters by {importer.size:,} importers are no gravity panel.",
            "For large sparse networks use pyfixest.",
        )
    pair = None if formula.pair in (None, "^") else axes_of[str(formula.pair)]
    axes: list[Axis | str] = []
    for name in clusters:
        if name in axes_of:
            axes.append(axes_of[name])
        elif name == "pair" or set(name.split("^")) == {formula.exporter, formula.importer}:
            axes.append("pair")
        else:
            require_columns([name], columns)
    fate = np.zeros(flow.size, dtype=np.uint8)
    for numbers in (flow, *covariates, w, shift):
        if numbers is not None:
            gone = np.isnan(numbers)
            if gone.any():
                fate[gone] = MISSING
    if w is not None:
        fate[w == 0] = MISSING
    for axis in (exporter, importer, year, pair, *axes):
        if isinstance(axis, Axis) and axis.codes.size and axis.codes.min() < 0:
            fate[axis.codes < 0] = MISSING
    return _Sample(
        formula, exporter, importer, year, pair, flow, tuple(covariates), w, shift, fate,
        tuple(axes), data.index,
    )  # fmt: skip


def _numbers(data: pd.DataFrame, name: str) -> Floats:
    """Return a column as floats; missing values as NaN."""
    column = data[name]
    if column.ndim != 1:
        raise FormulaError(f"The data have more than one column '{name}'.")
    try:
        return np.ascontiguousarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise FormulaError(f"Column '{name}' does not hold numbers.") from error


@dataclass(frozen=True)
class _Laid:
    """A sample in its cells: the problem, and the way back to the rows."""

    problem: Stack | Tensor
    cell: NDArray[np.int64]
    fate: NDArray[np.uint8]
    tally: NDArray[np.int64]
    pair: NDArray[np.int64] | NDArray[np.int32]
    group: NDArray[np.int32]
    groups: int


def _fit(
    sample: _Sample,
    kind: str,
    clusters: tuple[str, ...],
    tolerance: Tolerance | None,
    executor: Executor | None,
) -> GravityFit:
    """Lay out, climb, and turn the end of the climb into a result."""
    laid = _lay_out(sample, executor)
    laid.problem.executor = executor
    apart: Separated[Any] = climb_apart(laid.problem, None, tolerance)
    apart.outcome.problem.executor = None
    outcome = apart.outcome
    removed = _remove(laid, apart.cells) if apart.cells.any() else 0
    if not outcome.certificate.converged:
        raise NotConvergedError(
            f"The gravity model did not converge: {outcome.certificate.reason}.",
            f"Certificate: {outcome.certificate}.",
        )
    formula = sample.formula
    names = [t.name for t in formula.terms]
    kept = tuple(n for n, keep in zip(names, outcome.kept, strict=True) if keep)
    if names and not kept:
        raise EstimationError(
            f"No covariate is left: {', '.join(names)} are constant within the effects.",
            "Drop an effect, or use covariates that vary within all of them.",
        )
    levels = dict(zip(formula.effects, laid.tally[5:8].tolist(), strict=False))
    groupings = _clusters(sample, laid)
    matrix = covariance(
        outcome.problem, outcome.hessian, kind, groupings, int(laid.tally[0]),
        list(levels.values()),
    )  # fmt: skip
    dropped = Dropped(
        missing=int((laid.fate == MISSING).sum()),
        singletons=int(laid.tally[1]),
        by_effect=dict(zip(formula.effects, laid.tally[2:5].tolist(), strict=False)),
        by_separation=removed,
        separated=tuple(n for n, told in zip(names, apart.told_apart, strict=True) if told),
        collinear=tuple(
            n
            for n, keep, told in zip(names, outcome.kept, apart.told_apart, strict=True)
            if not (keep or told)
        ),
    )
    return GravityFit(
        formula.text, kept, outcome.beta, matrix,
        f"CRV1 by {' and '.join(clusters)}" if clusters else kind,
        int(laid.tally[0]), levels, dropped, outcome.certificate,
        Origin(
            outcome.problem, outcome.beta, laid.cell, laid.fate, sample.weights, sample.index,
            (sample.exporter.labels, sample.importer.labels),
            sample.year.labels if formula.year is not None else None,
            0.0 if sample.offset is None else -float(np.nanmax(sample.offset)),
        ),
    )  # fmt: skip


def _lay_out(sample: _Sample, executor: Executor | None) -> _Laid:
    """Give the pairs numbers, judge the rows, and put every number into its cell."""
    formula, i, j, t = sample.formula, sample.exporter, sample.importer, sample.year
    n, m, T = i.size, j.size, t.size
    fate = sample.fate.copy()
    flow = sample.flow if sample.weights is None else sample.flow * sample.weights
    if not (flow[fate == 0] > 0).any():
        raise EstimationError("There is no trade: no positive flow in any usable row.")
    three = formula.pair is not None
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
        raise EstimationError("A gravity model needs two countries on each side at the least.")
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
        return _Laid(stack, cell, fate, tally, _NONE, group, groups)
    who = np.argwhere(table >= 0)
    cube = (tensor.reshape(pairs, W), x.reshape(K, pairs, W), exposure.reshape(-1, W))
    problem: Tensor
    if sample.pair is None:
        problem = Directed(*cube, who[:, 0], who[:, 1], (n, m), T)
    else:
        problem = Shared(*cube, who[:, 0], who[:, 1], of_pair.astype(np.int64), (n, m), T)
    return _Laid(problem, cell, fate, tally, cell // W, group, groups)


def _remove(laid: _Laid, cells: NDArray[np.bool_]) -> int:
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


def _clusters(sample: _Sample, laid: _Laid) -> list[Cluster]:
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


def _shape_codes(laid: _Laid, codes: NDArray[np.int32]) -> tuple[bool, NDArray[np.int32]]:
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
