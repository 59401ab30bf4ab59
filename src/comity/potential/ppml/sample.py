"""The columns of a gravity model, taken out of the table once and checked."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from comity.errors import FlowError, FormulaError
from comity.potential.ppml.formula import Formula, require_columns
from comity.potential.ppml.layout import MISSING, Axis, encode, survey
from comity.potential.ppml.newton import Floats
from comity.potential.ppml.parallel import run_all

# A matrix of all pairs larger than this is no gravity panel.
_MOST_PAIRS = 25_000_000


@dataclass(frozen=True)
class Sample:
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

    def take(self, rows: NDArray[np.int64] | slice) -> Sample:
        """Return the sample of some rows; a slice costs nothing."""

        def part(axis: Axis) -> Axis:
            return Axis(axis.codes[rows], axis.labels)

        exporter, importer, year = part(self.exporter), part(self.importer), part(self.year)
        return Sample(
            self.formula, exporter, importer, year,
            None if self.pair is None else part(self.pair), self.flow[rows],
            tuple(x[rows] for x in self.covariates),
            None if self.weights is None else self.weights[rows],
            None if self.offset is None else self.offset[rows], self.fate[rows],
            tuple(c if isinstance(c, str) else part(c) for c in self.clusters),
            self.index[rows],
        )  # fmt: skip


def read_sample(
    formula: Formula,
    data: pd.DataFrame,
    clusters: tuple[str, ...],
    weights: str | None,
    offset: str | None,
    executor: Executor | None,
) -> Sample:
    """Take the model's columns out of the table, checked."""
    if not isinstance(data, pd.DataFrame):
        raise FormulaError("The data must be a pandas DataFrame.")
    columns = list(data.columns)
    extra = [c for c in (weights, offset) if c is not None]
    require_columns([*formula.columns, *extra], columns)
    columns_of = {t.column: _numbers(data, t.column) for t in formula.terms}
    for name in (formula.flow, *extra):
        columns_of[name] = _numbers(data, name)
    counts: dict[str, tuple[int, int, int, int]] = {}

    def look(name: str) -> None:
        counts[name] = survey(columns_of[name])

    axes_of: dict[str, Axis] = {}
    keys = [formula.exporter, formula.importer, formula.year, formula.pair, *clusters]
    wanted = {k for k in keys if k is not None and k in columns}

    def number(name: str) -> None:
        axes_of[name] = encode(data[name])

    tasks = [partial(number, name) for name in sorted(wanted)]
    tasks += [partial(look, name) for name in columns_of]
    run_all(executor, tasks)
    _check(formula, counts, weights, offset)
    flow = columns_of[formula.flow]
    covariates = tuple(
        np.log(columns_of[t.column]) if t.log else columns_of[t.column] for t in formula.terms
    )
    w = None if weights is None else columns_of[weights]
    shift = None if offset is None else columns_of[offset]
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
    for name, (_, zero, _, missing) in counts.items():
        if missing:
            fate[np.isnan(columns_of[name])] = MISSING
        if zero and name == weights:
            fate[columns_of[name] == 0] = MISSING
    for axis in (exporter, importer, year, pair, *axes):
        if isinstance(axis, Axis) and axis.codes.size and axis.codes.min() < 0:
            fate[axis.codes < 0] = MISSING
    return Sample(
        formula, exporter, importer, year, pair, flow, covariates, w, shift, fate,
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


def _check(
    formula: Formula,
    counts: dict[str, tuple[int, int, int, int]],
    weights: str | None,
    offset: str | None,
) -> None:
    """Refuse numbers that PPML cannot take, column by column."""
    negative, _, infinite, _ = counts[formula.flow]
    if negative:
        raise FlowError(
            f"Column '{formula.flow}' holds negative flows.", "PPML takes flows of zero and more."
        )
    if infinite:
        raise FlowError(
            f"Column '{formula.flow}' holds infinite flows.", "Look for a division by zero."
        )
    for term in formula.terms:
        negative, zero, infinite, _ = counts[term.column]
        if term.log and (negative or zero):
            raise FlowError(f"{term.name} of zero or less.", "Drop those rows or shift them.")
        if infinite:
            raise FlowError(f"Column '{term.column}' is infinite.", "ln of zero is a usual cause.")
    if weights is not None and (counts[weights][0] or counts[weights][2]):
        raise FlowError(f"The weights '{weights}' must be finite and not negative.")
    if offset is not None and counts[offset][2]:
        raise FlowError(f"The offset '{offset}' must be finite.")
