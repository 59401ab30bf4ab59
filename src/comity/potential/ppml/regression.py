"""`fepois`: gravity by PPML from a table of flows, in the idiom of fixest and pyfixest."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, overload

import numpy as np
import pandas as pd

from comity.errors import ComityError, EstimationError, NotConvergedError
from comity.potential.ppml.cells import cluster_cells, lay_out, remove
from comity.potential.ppml.formula import read_formula
from comity.potential.ppml.inference import VcovSpec, covariance, read_vcov
from comity.potential.ppml.newton import Tolerance
from comity.potential.ppml.parallel import THREADS, helper, keep_memory
from comity.potential.ppml.result import Dropped, GravityFit, GravityFits, Origin
from comity.potential.ppml.sample import Sample, read_sample
from comity.potential.ppml.separation import Separated, climb_apart


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
            sample = read_sample(formula, data, clusters, weights, offset, executor)
            fit = _fit(sample, kind, clusters, tolerance, executor)
        return replace(fit, origin=None) if keep is False else fit
    with helper(len(data)) as executor:
        sample = read_sample(formula, data, clusters, weights, offset, executor, split)
    return _fit_each(sample, split, kind, clusters, tolerance, keep is True)


def _fit_each(
    sample: Sample,
    split: str,
    kind: str,
    clusters: tuple[str, ...],
    tolerance: Tolerance | None,
    keep: bool,
) -> GravityFits:
    """Fit one model for each level of the split, products shared out over the threads."""
    by = sample.split
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

    # Large products first: the threads then end together.
    queue = np.argsort(-np.diff(bounds), kind="stable").tolist()
    keep_memory()
    with ThreadPoolExecutor(THREADS) as pool:
        done = dict(zip(queue, pool.map(one, queue), strict=True))
    results = [done[level] for level in range(by.size)]
    if any(isinstance(r, str) for r in results):
        # Numbers that PPML cannot take fail the whole table, not a product.
        sample.surveyed()
    labels = by.labels.tolist()
    return GravityFits(
        split,
        {k: r for k, r in zip(labels, results, strict=True) if isinstance(r, GravityFit)},
        {k: r for k, r in zip(labels, results, strict=True) if isinstance(r, str)},
    )


def _fit(
    sample: Sample,
    kind: str,
    clusters: tuple[str, ...],
    tolerance: Tolerance | None,
    executor: Executor | None,
) -> GravityFit:
    """Lay out, climb, and turn the end of the climb into a result."""
    laid = lay_out(sample, executor)
    laid.problem.executor = executor
    apart: Separated[Any] = climb_apart(laid.problem, None, tolerance)
    outcome = apart.outcome
    removed = remove(laid, apart.cells) if apart.cells.any() else 0
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
    groupings = cluster_cells(sample, laid)
    matrix = covariance(
        outcome.problem, outcome.hessian, kind, groupings, int(laid.tally[0]),
        list(levels.values()),
    )  # fmt: skip
    outcome.problem.executor = None
    dropped = Dropped(
        missing=laid.missing,
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
            outcome.problem, outcome.beta, laid, sample.weights, sample.index,
            (sample.exporter.labels, sample.importer.labels),
            sample.year.labels if formula.year is not None else None,
            0.0 if sample.offset is None else -float(np.nanmax(sample.offset)),
        ),
    )  # fmt: skip
