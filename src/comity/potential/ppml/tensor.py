"""The three-way problem: exporter-year, importer-year and pair effects on the pair tensor."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from comity.potential.ppml import threeway
from comity.potential.ppml.newton import Evaluation, Floats
from comity.potential.ppml.stack import describe

Ints = NDArray[np.int64]


class Tensor:
    """PPML with exporter-year, importer-year and pair effects; shapes as in `threeway`.

    Parameters
    ----------
    flow : ndarray, shape (rows, T)
        Weight times observed flow; 0 where not observed.
    covariates : ndarray, shape (K, rows, T)
        Finite everywhere. May be shared by many products: only rows in `row` are read.
    exposure : ndarray, shape (rows, T) or (0, T)
        Weight times exp(offset), 0 where not observed; no rows where it is 1 throughout.
    exporter, importer : ndarray of int, shape (rows,)
        Countries of each row; rows in exporter order.
    group : ndarray of int, shape (rows,), optional
        Pair effect of each row; by default each row has its own.
    size : (int, int), optional
        Number of exporters and importers; by default what occurs.
    moments : tuple, optional
        Mean, standard deviation and "is 0/1" of each covariate, where they are known already.
    """

    def __init__(
        self,
        flow: Floats,
        covariates: Floats,
        exposure: Floats,
        exporter: Ints,
        importer: Ints,
        group: Ints | None = None,
        size: tuple[int, int] | None = None,
        moments: tuple[Floats, Floats, NDArray[np.bool_]] | None = None,
    ) -> None:
        K = covariates.shape[0]
        rows, T = flow.shape
        n, m = size or (int(exporter.max()) + 1, int(importer.max()) + 1)
        self.symmetric = group is not None
        by_row = flow.sum(axis=1)
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
        self.by_exporter = np.zeros((n, T))
        self.by_importer = np.zeros((m, T))
        self.by_group = np.zeros(int(self.group.max()) + 1)
        threeway.totals(
            flow, self.start, self.importer, self.row, self.group,
            self.by_exporter, self.by_importer, self.by_group,
        )  # fmt: skip
        if moments is None:
            moments = describe(
                covariates.reshape(K, rows * T), (exposure if exposure.size else flow).reshape(-1),
                everywhere=not exposure.size,
            )  # fmt: skip
        self.centre, self.spread, self.is_dummy = moments
        self.scale = np.maximum(self.spread, 1e-300)
        self.raw_flow = np.asarray(
            threeway.correlate(covariates, flow, self.row, np.zeros_like(self.centre))
        )
        self.onto_flow = self.raw_flow - self.centre * by_row[live].sum()
        year = np.maximum(self.by_importer.sum(axis=0), 1e-300)
        self.a = np.ones((n, T))
        self.b = self.by_importer / year
        self.c = np.ones(self.by_group.size)
        self.A = np.zeros((K, n, T))
        self.B = np.zeros((K, m, T))
        self.C = np.zeros((K, self.by_group.size))
        self.mean = np.empty((self.row.size, T))
        self.worst = np.inf

    def evaluate(self, beta: Floats, margin: float, projection: float, sweeps: int) -> Evaluation:
        """Settle effects and projections at `beta`; keep them as the next warm start."""
        K = beta.size
        shape = (self.start, self.importer, self.group)
        w = [np.empty_like(s) for s in (self.by_exporter, self.by_importer, self.by_group)]
        wx = [np.empty_like(s) for s in (self.A, self.B, self.C)]
        score, hessian = np.zeros(K), np.zeros((K, K))
        threeway.tilt(
            self.exposure, self.covariates, self.row, self.centre, self.is_dummy, beta, self.mean
        )
        error, self.worst, used = threeway.settle(
            self.mean, *shape, self.symmetric, self.by_exporter, self.by_importer,
            self.by_group, self.a, self.b, self.c, margin, sweeps, False,
        )  # fmt: skip
        threeway.weigh(
            self.mean, self.start, self.importer, self.row, self.group, self.a, self.b, self.c,
            self.covariates, self.centre, *w, *wx,
        )  # fmt: skip
        gap, more = threeway.project(
            self.mean, *shape, self.symmetric, *w, *wx, self.scale, self.A, self.B, self.C,
            projection, sweeps,
        )  # fmt: skip
        threeway.collect(
            self.flow, self.mean, self.covariates, self.start, self.importer, self.row,
            self.group, self.centre, self.A, self.B, self.C, score, hessian,
        )  # fmt: skip
        total = float(self.by_exporter.sum())
        likelihood = -float(w[0].sum())
        likelihood += float(beta @ self.onto_flow)
        for sums, effects in (
            (self.by_exporter, self.a), (self.by_importer, self.b), (self.by_group, self.c),
        ):  # fmt: skip
            live = effects > 0
            likelihood += float(sums[live] @ np.log(effects[live]))
        return Evaluation(score, hessian, likelihood, total, error, gap, used + more)

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

    def _scores(self, codes: NDArray[np.int32], by_cell: bool, sums: Floats, meat: Floats) -> None:
        threeway.cluster_scores(
            self.flow, self.mean, self.covariates, self.start, self.importer, self.row,
            self.group, self.centre, self.A, self.B, self.C, codes, by_cell, sums, meat,
        )  # fmt: skip

    def fitted_cells(self) -> Floats:
        """Return the fitted mean of every cell, in weighted units, shape (rows * T,)."""
        out = np.zeros(self.flow.shape)
        out[self.row] = self.mean
        return out.reshape(-1)

    @property
    def cell_shape(self) -> tuple[int, ...]:
        """Shape of the cells that the methods below speak of, (P, T)."""
        return self.mean.shape

    @property
    def cell_flow(self) -> Floats:
        """Flow of the cells that the methods below speak of, shape (P, T)."""
        return self.flow[self.row]

    def observed_cells(self) -> NDArray[np.bool_]:
        """Whether each of those cells is in the fit: observed, and in no all-zero effect."""
        live = (self.by_exporter[self.exporter] > 0) & (self.by_importer[self.importer] > 0)
        return live & (self.exposure[self.row] > 0) if self.exposure.size else live

    def relax(self, beta: Floats, sweeps: int) -> float:
        """Run plain scaling sweeps at `beta`, to see which way the effects are drifting."""
        threeway.tilt(
            self.exposure, self.covariates, self.row, self.centre, self.is_dummy, beta, self.mean
        )
        _, worst, _ = threeway.settle(
            self.mean, self.start, self.importer, self.group, self.symmetric, self.by_exporter,
            self.by_importer, self.by_group, self.a, self.b, self.c, 0.0, sweeps, True,
        )  # fmt: skip
        return float(worst)

    def log_effects(self) -> list[Floats]:
        """Return the log effects; 0 where the effect is minus infinity."""
        return [np.log(np.where(e > 0, e, 1.0)) for e in (self.a, self.b, self.c)]

    def regress(self, columns: Floats, weight: Floats, start: list[Floats] | None = None) -> Floats:
        """Return columns minus their regression on the effects, weighted, shape (K, P, T).

        `columns` [K, P, T]; `start` holds effects [n, T], [m, T], [G] to begin with.
        """
        K, P, T = columns.shape
        sides = (self.by_exporter, self.by_importer, self.by_group)
        effects = [np.zeros((K, *s.shape)) for s in sides]
        if start is not None:
            for effect, first in zip(effects, start, strict=True):
                effect[:] = first
        w = [np.empty_like(s) for s in sides]
        wx = [np.empty_like(e) for e in effects]
        ones = [np.ones_like(s) for s in sides]
        threeway.weigh(
            weight.copy(), self.start, self.importer, np.arange(P), self.group, *ones, columns,
            np.zeros(K), *w, *wx,
        )  # fmt: skip
        threeway.project(
            weight, self.start, self.importer, self.group, self.symmetric, *w, *wx, np.ones(K),
            *effects, 1e-10, 500,
        )  # fmt: skip
        A, B, C = effects
        return columns - A[:, self.exporter] - B[:, self.importer] - C[:, self.group, None]

    def spread_effects(self, effects: list[Floats]) -> Floats:
        """Return the sum of effects [n, T], [m, T], [G] in each cell, shape (P, T)."""
        A, B, C = effects
        return np.asarray(A[self.exporter] + B[self.importer] + C[self.group, None])

    def cell_covariates(self) -> Floats:
        """Return the covariates of those cells, centred, shape (K, P, T)."""
        return self.covariates[:, self.row] - self.centre[:, None, None]

    def without(self, cells: NDArray[np.bool_]) -> Self:
        """Return the same problem with some cells (P, T) not observed."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.exposure = self.exposure.copy() if self.exposure.size else np.ones_like(self.flow)
        part = other.exposure[self.row]
        part[cells] = 0.0
        other.exposure[self.row] = part
        return other

    def restrict(self, keep: NDArray[np.bool_]) -> Self:
        """Return the same problem with some of the covariates."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.covariates = np.ascontiguousarray(self.covariates[keep])
        for name in (
            "centre", "spread", "is_dummy", "scale", "onto_flow", "raw_flow", "A", "B", "C",
        ):  # fmt: skip
            setattr(other, name, np.ascontiguousarray(getattr(self, name)[keep]))
        return other
