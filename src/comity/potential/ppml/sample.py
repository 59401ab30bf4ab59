"""The columns of a gravity model, taken out of the table once and checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from comity.errors import FlowError, FormulaError
from comity.potential.ppml.complete import find_block
from comity.potential.ppml.formula import Formula, require_columns
from comity.potential.ppml.layout import MISSING, Axis, encode, survey
from comity.potential.ppml.newton import Floats
from comity.potential.ppml.parallel import run_all

# A matrix of all pairs larger than this is no gravity panel.
_MOST_PAIRS = 25_000_000

Task = Callable[[], None]
_NO_SPLIT = Axis(np.zeros(0, dtype=np.int32), np.zeros(0))


class Counts(NamedTuple):
    """How many numbers of a column are negative, zero, infinite, missing."""

    negative: int
    zero: int
    infinite: int
    missing: int


@dataclass(frozen=True)
class Sample:
    """The columns of the model, once: codes and numbers, row by row.

    Where `block` is not 0, rows come in blocks of so many: one exporter, one importer, all years.
    The codes of countries, clusters and split then have one entry for each block, those of years
    one for each row of a block. Where `is_surveyed` is false nobody has looked at the numbers yet:
    to lay them out tells whether all can be used.
    """

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
    split: Axis
    index: pd.Index[Any]
    block: int
    is_surveyed: bool

    def surveyed(self, executor: Executor | None = None) -> Sample:
        """Return the sample with rows that lack a number marked.

        Raises
        ------
        FlowError
            Numbers that PPML cannot take.
        """
        if self.is_surveyed:
            return self
        columns = {t.column: x for t, x in zip(self.formula.terms, self.covariates, strict=True)}
        columns[self.formula.flow] = self.flow
        counts = _survey(columns, executor)
        _check(self.formula, counts, None, None)
        fate = self.fate.copy()
        _mark_missing(columns, counts, fate)
        return replace(self, fate=fate, is_surveyed=True)

    def take(self, units: NDArray[np.int64] | slice) -> Sample:
        """Return the sample of some rows, or of some blocks; a slice costs nothing."""
        width = self.block or 1
        rows: NDArray[np.int64] | slice = units
        if isinstance(units, slice):
            rows = slice(units.start * width, units.stop * width)
        elif self.block:
            rows = (units[:, None] * width + np.arange(width)).reshape(-1)

        def part(axis: Axis) -> Axis:
            return Axis(axis.codes[units], axis.labels)

        def cut(values: Floats | None) -> Floats | None:
            return None if values is None else values[rows]

        return replace(
            self,
            exporter=part(self.exporter),
            importer=part(self.importer),
            year=self.year if self.block else part(self.year),
            pair=None if self.pair is None else part(self.pair),
            flow=self.flow[rows],
            covariates=tuple(x[rows] for x in self.covariates),
            weights=cut(self.weights),
            offset=cut(self.offset),
            fate=self.fate[rows],
            clusters=tuple(c if isinstance(c, str) else part(c) for c in self.clusters),
            split=_NO_SPLIT,
            index=self.index[rows],
        )

    def by_row(self) -> Sample:
        """Return a sample in blocks as one of rows."""

        def each(axis: Axis) -> Axis:
            return Axis(np.repeat(axis.codes, self.block), axis.labels)

        blocks = self.flow.size // self.block
        return replace(
            self,
            exporter=each(self.exporter),
            importer=each(self.importer),
            year=Axis(np.tile(self.year.codes, blocks), self.year.labels),
            clusters=tuple(c if isinstance(c, str) else each(c) for c in self.clusters),
            block=0,
        )

    def in_blocks(self) -> Sample:
        """Return a sample of rows as one in blocks, where they come like that."""
        axes = [c for c in self.clusters if isinstance(c, Axis)]
        others = [c.codes for c in axes]
        block = 0
        if _may_have_blocks(self.formula, self.weights, self.offset) and self.flow.size:
            keys = (self.exporter.codes, self.importer.codes, self.year.codes)
            block = find_block(*keys, others, None)
        if not block or block != self.year.size:
            return self

        def first(axis: Axis) -> Axis:
            return Axis(np.ascontiguousarray(axis.codes[::block]), axis.labels)

        return replace(
            self,
            exporter=first(self.exporter),
            importer=first(self.importer),
            year=Axis(self.year.codes[:block], self.year.labels),
            clusters=tuple(c if isinstance(c, str) else first(c) for c in self.clusters),
            block=block,
        )


def _may_have_blocks(formula: Formula, weights: object, offset: object) -> bool:
    """Tell whether a model is one for which blocks save anything."""
    return formula.pair == "^" and weights is None and offset is None


def _look_for_block(
    formula: Formula, data: pd.DataFrame, keys: set[str], executor: Executor | None
) -> int:
    """Return how many rows of the table make a block, 0 for none; only whole numbers are tried."""
    raw = {name: data[name].to_numpy() for name in keys}
    if not len(data) or any(v.ndim != 1 or v.dtype.kind != "i" for v in raw.values()):
        return 0
    wide = {name: np.ascontiguousarray(v, dtype=np.int64) for name, v in raw.items()}
    main = [wide.pop(name) for name in (formula.exporter, formula.importer, str(formula.year))]
    return find_block(main[0], main[1], main[2], list(wide.values()), executor)


def read_sample(
    formula: Formula,
    data: pd.DataFrame,
    clusters: tuple[str, ...],
    weights: str | None,
    offset: str | None,
    executor: Executor | None,
    split: str | None = None,
) -> Sample:
    """Take the model's columns out of the table, checked."""
    if not isinstance(data, pd.DataFrame):
        raise FormulaError("The data must be a pandas DataFrame.")
    columns = data.columns.tolist()
    extra = [c for c in (weights, offset) if c is not None]
    require_columns([*formula.columns, *extra], columns)
    require_columns([] if split is None else [split], columns)
    columns_of = {t.column: _numbers(data, t.column) for t in formula.terms}
    for name in (formula.flow, *extra):
        columns_of[name] = _numbers(data, name)
    axes_of: dict[str, Axis] = {}
    keys = [formula.exporter, formula.importer, formula.year, formula.pair, split, *clusters]
    wanted = {k for k in keys if k is not None and k in columns}
    block = 0
    if _may_have_blocks(formula, weights, offset) and formula.year not in (split, *clusters):
        block = _look_for_block(formula, data, wanted, executor)

    def number(name: str) -> None:
        column = data[name]
        if block:
            column = column.iloc[:block] if name == formula.year else column.iloc[::block]
        axes_of[name] = encode(column)

    numbering = [partial(number, name) for name in sorted(wanted)]
    # Where rows come in blocks, to lay them out tells as much; the log of zero is told here.
    later = bool(block) and not any(t.log for t in formula.terms)
    counts = _survey({} if later else columns_of, executor, numbering)
    if not later:
        _check(formula, counts, weights, offset)
    flow = columns_of[formula.flow]
    covariates = tuple(
        np.log(columns_of[t.column]) if t.log else columns_of[t.column] for t in formula.terms
    )
    w = None if weights is None else columns_of[weights]
    shift = None if offset is None else columns_of[offset]
    exporter, importer = axes_of[formula.exporter], axes_of[formula.importer]
    if formula.year is None:
        year = Axis(np.zeros(flow.size, dtype=np.int32), np.zeros(1, dtype=np.int64), whole=True)
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
    _mark_missing(columns_of, counts, fate)
    if weights is not None and counts[weights].zero:
        fate[columns_of[weights] == 0] = MISSING
    for axis in (exporter, importer, year, pair, *axes):
        if not block and isinstance(axis, Axis) and not axis.whole:
            fate[axis.codes < 0] = MISSING
    return Sample(
        formula, exporter, importer, year, pair, flow, covariates, w, shift, fate,
        tuple(axes), _NO_SPLIT if split is None else axes_of[split], data.index, block,
        not later,
    )  # fmt: skip


def _numbers(data: pd.DataFrame, name: str) -> Floats:
    """Return a column as floats; missing values as NaN."""
    column = data[name]
    if column.ndim != 1:
        raise FormulaError(f"The data have more than one column '{name}'.")
    if column.dtype == np.float64:
        return np.ascontiguousarray(column.to_numpy())
    try:
        return np.ascontiguousarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise FormulaError(f"Column '{name}' does not hold numbers.") from error


def _survey(
    columns: dict[str, Floats], executor: Executor | None, others: Sequence[Task] = ()
) -> dict[str, Counts]:
    """Count what is strange in each column, beside other tasks."""
    counts: dict[str, Counts] = {}

    def look(name: str) -> None:
        counts[name] = Counts(*survey(columns[name]))

    run_all(executor, [*others, *(partial(look, name) for name in columns)])
    return counts


def _mark_missing(
    columns: dict[str, Floats], counts: dict[str, Counts], fate: NDArray[np.uint8]
) -> None:
    """Mark the rows that lack a number."""
    for name, found in counts.items():
        if found.missing:
            fate[np.isnan(columns[name])] = MISSING


def _check(
    formula: Formula,
    counts: dict[str, Counts],
    weights: str | None,
    offset: str | None,
) -> None:
    """Refuse numbers that PPML cannot take, column by column."""
    flow = counts[formula.flow]
    if flow.negative:
        raise FlowError(
            f"Column '{formula.flow}' holds negative flows.", "PPML takes flows of zero and more."
        )
    if flow.infinite:
        raise FlowError(
            f"Column '{formula.flow}' holds infinite flows.", "Look for a division by zero."
        )
    for term in formula.terms:
        column = counts[term.column]
        if term.log and (column.negative or column.zero):
            raise FlowError(f"{term.name} of zero or less.", "Drop those rows or shift them.")
        if column.infinite:
            raise FlowError(f"Column '{term.column}' is infinite.", "ln of zero is a usual cause.")
    if weights is not None and (counts[weights].negative or counts[weights].infinite):
        raise FlowError(f"The weights '{weights}' must be finite and not negative.")
    if offset is not None and counts[offset].infinite:
        raise FlowError(f"The offset '{offset}' must be finite.")
