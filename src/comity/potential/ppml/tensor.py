"""What the three-way problems share: exporter-year, importer-year and pair effects on a tensor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from comity.potential.ppml import sweeps as kernels
from comity.potential.ppml import threeway
from comity.potential.ppml.logs import add_logs
from comity.potential.ppml.newton import Evaluation, Floats
from comity.potential.ppml.parallel import run_all
from comity.potential.ppml.rooms import room

Ints = NDArray[np.int64]
Compiled = Callable[..., Any]


@dataclass(frozen=True)
class Summary:
    """What one reading of flows and covariates tells: totals, and each covariate's moments.

    Attributes
    ----------
    by_exporter, by_importer, by_row : ndarray, shape (n, W), (m, W), (rows,)
        Totals of the flows.
    centre, spread, is_dummy, raw_flow : ndarray, shape (K,)
        Mean and deviation over the observed cells, "holds only 0 and 1", product with the flows.
    """

    by_exporter: Floats
    by_importer: Floats
    by_row: Floats
    centre: Floats
    spread: Floats
    is_dummy: NDArray[np.bool_]
    raw_flow: Floats


def kernel(compiled: object) -> Compiled:
    """Return a compiled function as one that takes lists of arrays; types end at the kernels."""
    return cast(Compiled, compiled)


class Tensor(ABC):
    """PPML with exporter-year, importer-year and pair effects; shapes as in `threeway`.

    Parameters
    ----------
    flow : ndarray, shape (rows, W)
        Weight times observed flow; 0 where not observed. The first T columns are years, the others
        only fill up whole lanes and hold zeros.
    covariates : ndarray, shape (K, rows, W)
        Finite everywhere. Only rows in `row` are read.
    exposure : ndarray, shape (rows, W) or (0, W)
        Weight times exp(offset), 0 where not observed; no rows where it is 1 throughout.
    exporter, importer : ndarray of int, shape (rows,)
        Countries of each row; rows in exporter order.
    group : ndarray of int, shape (rows,), optional
        Pair effect of each row; by default each row has its own.
    size : (int, int), optional
        Number of exporters and importers; by default what occurs.
    years : int, optional
        T; by default all columns.
    summary : Summary, optional
        Where flows and covariates were summed up before.
    """

    joint: bool

    def __init__(
        self,
        flow: Floats,
        covariates: Floats,
        exposure: Floats,
        exporter: Ints,
        importer: Ints,
        group: Ints | None = None,
        size: tuple[int, int] | None = None,
        years: int | None = None,
        summary: Summary | None = None,
    ) -> None:
        W = flow.shape[1]
        self.years = W if years is None else years
        n, m = size or (int(exporter.max()) + 1, int(importer.max()) + 1)
        by_row = flow.sum(axis=1) if summary is None else summary.by_row
        if group is None:
            live = by_row > 0
        else:
            live = np.bincount(group, by_row)[group] > 0
            if exposure.shape[0]:
                live &= exposure.any(axis=1)
        self.row = np.flatnonzero(live)
        if group is None:
            self.group = np.arange(self.row.size)
        else:
            self.group = np.unique(group[self.row], return_inverse=True)[1].astype(np.int64)
        self.flow, self.covariates, self.exposure = flow, covariates, exposure
        self.exporter = exporter[self.row]
        self.importer = importer[self.row]
        self.start = np.searchsorted(self.exporter, np.arange(n + 1)).astype(np.int64)
        if summary is None:
            self._sum_up(n, m)
        else:
            self.by_exporter, self.by_importer = summary.by_exporter, summary.by_importer
            self.by_group = summary.by_row[self.row]
            self.centre, self.spread = summary.centre, summary.spread
            self.is_dummy, self.raw_flow = summary.is_dummy, summary.raw_flow
        self.scale = np.maximum(self.spread, 1e-300)
        self.onto_flow = self.raw_flow - self.centre * by_row[live].sum()
        year = np.maximum(self.by_importer.sum(axis=0), 1e-300)
        self.a = room(n, W)
        self.a[:] = 1.0
        self.b = room(m, W)
        np.divide(self.by_importer, year, out=self.b)
        self.c = np.ones(self.by_group.size)
        self.mean = room(self.row.size, W)
        self.worst = np.inf
        self.executor: Executor | None = None

    def _sum_up(self, n: int, m: int) -> None:
        """Sum flows and covariates up."""
        K, W = self.covariates.shape[0], self.flow.shape[1]
        self.by_exporter = np.zeros((n, W))
        self.by_importer = np.zeros((m, W))
        self.by_group = np.zeros(int(self.group.max()) + 1)
        threeway.totals(
            self.flow, self.start, self.importer, self.row, self.group,
            self.by_exporter, self.by_importer, self.by_group,
        )  # fmt: skip
        self.centre, self.spread, self.raw_flow = np.empty(K), np.empty(K), np.empty(K)
        self.is_dummy = np.empty(K, dtype=np.bool_)
        kernel(threeway.describe)(
            self.covariates, self.flow, self.exposure, self.years, self.centre, self.spread,
            self.is_dummy, self.raw_flow,
        )  # fmt: skip

    @abstractmethod
    def evaluate(self, beta: Floats, margin: float, projection: float, sweeps: int) -> Evaluation:
        """See `newton.Problem`."""

    @abstractmethod
    def _scores(self, codes: NDArray[np.int32], by_cell: bool, sums: Floats, meat: Floats) -> None:
        """Add up scores by cluster, or their squares."""

    def _tilt(self, beta: Floats, out: Floats) -> None:
        P = self.row.size

        def part(first: int, last: int) -> None:
            threeway.tilt(
                first, last, self.exposure, self.covariates, self.row, self.centre,
                self.is_dummy, beta, out,
            )  # fmt: skip

        run_all(self.executor, [partial(part, 0, P // 2), partial(part, P // 2, P)])

    def cluster_scores(self, codes: NDArray[np.int32], size: int, *, by_cell: bool) -> Floats:
        """Return the scores x~ (y - mean) added up by cluster, shape (size, K)."""
        sums = np.zeros((size, self.centre.size))
        self._scores(codes, by_cell, sums, np.zeros((0, 0)))
        return sums

    def squared_scores(self) -> Floats:
        """Return the sum over cells of score times score', shape (K, K)."""
        K = self.centre.size
        meat = np.zeros((K, K))
        self._scores(np.zeros((0, 0), dtype=np.int32), False, np.zeros((0, K)), meat)
        return meat

    def fitted_cells(self) -> Floats:
        """Return the fitted mean of every cell, in weighted units, shape (rows * W,)."""
        out = np.zeros(self.flow.shape)
        out[self.row] = self.mean
        return out.reshape(-1)

    @property
    def cell_shape(self) -> tuple[int, ...]:
        """Shape of the cells that the methods below speak of, (P, W)."""
        return self.mean.shape

    @property
    def cell_flow(self) -> Floats:
        """Flow of the cells that the methods below speak of, shape (P, W)."""
        return self.flow[self.row]

    def observed_cells(self) -> NDArray[np.bool_]:
        """Whether each of those cells is in the fit: observed, and in no all-zero effect."""
        live = (self.by_exporter[self.exporter] > 0) & (self.by_importer[self.importer] > 0)
        return live & (self.exposure[self.row] > 0) if self.exposure.size else live

    def relax(self, beta: Floats, sweeps: int) -> float:
        """Run plain scaling sweeps at `beta`, to see which way the effects are drifting."""
        tilted = np.empty_like(self.mean)
        self._tilt(beta, tilted)
        _, worst, _ = kernels.settle(
            tilted, self.start, self.importer, self.group, not self.joint, self.by_exporter,
            self.by_importer, self.by_group, self.a, self.b, self.c, 0.0, sweeps, True,
        )  # fmt: skip
        return float(worst)

    def log_effects(self) -> list[Floats]:
        """Return the log effects; 0 where the effect is minus infinity."""
        return [np.log(np.where(e > 0, e, 1.0)) for e in (self.a, self.b, self.c)]

    def regress(self, columns: Floats, weight: Floats, start: list[Floats] | None = None) -> Floats:
        """Return columns minus their regression on the effects, weighted, shape (K, P, W).

        `columns` [K, P, W]; `start` holds effects [n, W], [m, W], [G] to begin with.
        """
        K, P = columns.shape[:2]
        sides = (self.by_exporter, self.by_importer, self.by_group)
        effects = [np.zeros((s.shape[0], K, *s.shape[1:])) for s in sides]
        if start is not None:
            for effect, first in zip(effects, start, strict=True):
                effect[:] = first[:, None]
        w = [np.zeros_like(s) for s in sides]
        wx = [np.zeros_like(e) for e in effects]
        ones = [np.ones_like(s) for s in sides]
        kernel(kernels.weigh)(
            0, self.start.size - 1, weight.copy(), self.start, self.importer, np.arange(P),
            self.group, *ones, columns, np.zeros(K), *w, *wx, np.zeros((K, K)),
        )  # fmt: skip
        kernel(kernels.project)(
            weight, self.start, self.importer, self.group, not self.joint, *w, *wx, np.ones(K),
            *effects, 1e-10, 500,
        )  # fmt: skip
        A, B, C = effects
        fit = A[self.exporter] + B[self.importer] + C[self.group][:, :, None]
        return np.asarray(columns - fit.transpose(1, 0, 2))

    def spread_effects(self, effects: list[Floats]) -> Floats:
        """Return the sum of effects [n, W], [m, W], [G] in each cell, shape (P, W)."""
        A, B, C = effects
        return np.asarray(A[self.exporter] + B[self.importer] + C[self.group, None])

    def cell_covariates(self) -> Floats:
        """Return the covariates of those cells, centred, shape (K, P, W)."""
        return self.covariates[:, self.row] - self.centre[:, None, None]

    def without(self, cells: NDArray[np.bool_]) -> Self:
        """Return the same problem with some cells (P, W) not observed."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.exposure = self.exposure.copy() if self.exposure.size else np.ones_like(self.flow)
        part = other.exposure[self.row]
        part[cells] = 0.0
        other.exposure[self.row] = part
        return other

    def _restricted(self, keep: NDArray[np.bool_]) -> Self:
        """Return the same problem with some of the covariates, its projections still to be cut."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._cut(keep)
        for name in ("centre", "spread", "is_dummy", "scale", "onto_flow", "raw_flow"):
            setattr(other, name, getattr(self, name)[keep])
        return other

    def _cut(self, keep: NDArray[np.bool_]) -> None:
        """Keep some of the covariates' cells."""
        self.covariates = np.ascontiguousarray(self.covariates[keep])

    def _likelihood(self, beta: Floats, fitted: float) -> float:
        """Return the Poisson log-likelihood at these effects, less what depends on the flows."""
        likelihood = float(beta @ self.onto_flow) - fitted
        for sums, effects in (
            (self.by_exporter, self.a), (self.by_importer, self.b), (self.by_group, self.c),
        ):  # fmt: skip
            likelihood += add_logs(sums.reshape(-1), effects.reshape(-1))
        return likelihood
