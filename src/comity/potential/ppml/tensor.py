"""The three-way problem: exporter-year, importer-year and pair effects on the pair tensor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from comity.potential.ppml import threeway
from comity.potential.ppml.newton import Evaluation, Floats
from comity.potential.ppml.parallel import run_all
from comity.potential.ppml.stack import describe

Ints = NDArray[np.int64]


def kernel(compiled: object) -> Callable[..., Any]:
    """Return a compiled function as one that takes lists of arrays; types end at the kernels."""
    return cast(Callable[..., Any], compiled)


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
        self.A = np.zeros((n, K, T))
        self.B = np.zeros((m, K, T))
        self.C = np.zeros((self.by_group.size, K))
        self.mean = np.empty((self.row.size, T))
        self.worst = np.inf
        self.executor: Executor | None = None

    def evaluate(self, beta: Floats, margin: float, projection: float, sweeps: int) -> Evaluation:
        """Settle effects and projections at `beta`; keep them as the next warm start."""
        K = beta.size
        self._tilt(beta, self.mean)
        error, self.worst, used = threeway.settle(
            self.mean, self.start, self.importer, self.group, self.symmetric, self.by_exporter,
            self.by_importer, self.by_group, self.a, self.b, self.c, margin, sweeps, False,
        )  # fmt: skip
        w, wx, hessian = self._weigh()
        gap, more = self._project(w, wx, projection, sweeps)
        # As X~ = X - A - B - C is orthogonal to the effects, score and Hessian need no pass of
        # their own: see `twoway.evaluate_years`.
        score = self.onto_flow - wx[0].sum(axis=(0, 2))
        sides = (self.by_exporter, self.by_importer, self.by_group)
        for effect, observed, fitted, x_sums in zip(
            (self.A, self.B, self.C), sides, w, wx, strict=True
        ):
            flat = effect.swapaxes(0, 1).reshape(K, -1)
            score -= flat @ (observed - fitted).reshape(-1)
            hessian -= flat @ x_sums.swapaxes(0, 1).reshape(K, -1).T
        hessian = np.tril(hessian) + np.tril(hessian, -1).T
        total = float(self.by_exporter.sum())
        likelihood = -float(w[0].sum())
        likelihood += float(beta @ self.onto_flow)
        for sums, effects in (
            (self.by_exporter, self.a), (self.by_importer, self.b), (self.by_group, self.c),
        ):  # fmt: skip
            live = effects > 0
            likelihood += float(sums[live] @ np.log(effects[live]))
        return Evaluation(score, hessian, likelihood, total, error, gap, used + more)

    def _tilt(self, beta: Floats, out: Floats) -> None:
        P = self.row.size

        def part(first: int, last: int) -> None:
            threeway.tilt(
                first, last, self.exposure, self.covariates, self.row, self.centre,
                self.is_dummy, beta, out,
            )  # fmt: skip

        run_all(self.executor, [partial(part, 0, P // 2), partial(part, P // 2, P)])

    def _weigh(self) -> tuple[list[Floats], list[Floats], Floats]:
        """Turn the tilted tensor into the mean; return its margins, those of mean * X, X'WX."""
        sides = (self.by_exporter, self.by_importer, self.by_group)
        K, n = self.centre.size, self.start.size - 1

        def empty() -> tuple[list[Floats], list[Floats], Floats]:
            return (
                [np.zeros_like(s) for s in sides],
                [np.zeros_like(e) for e in (self.A, self.B, self.C)],
                np.zeros((K, K)),
            )

        def part(first: int, last: int, sums: tuple[list[Floats], list[Floats], Floats]) -> None:
            kernel(threeway.weigh)(
                first, last, self.mean, self.start, self.importer, self.row, self.group, self.a,
                self.b, self.c, self.covariates, self.centre, *sums[0], *sums[1], sums[2],
            )  # fmt: skip

        one = empty()
        if self.executor is None:
            part(0, n, one)
            return one
        # Halves of the pairs, not of the exporters, so that both threads end together.
        half = int(np.searchsorted(self.start, self.row.size // 2))
        two = empty()
        run_all(self.executor, [partial(part, 0, half, one), partial(part, half, n, two)])
        for mine, yours in zip([*one[0], *one[1], one[2]], [*two[0], *two[1], two[2]], strict=True):
            mine += yours
        return one

    def _project(
        self, w: list[Floats], wx: list[Floats], tolerance: float, sweeps: int
    ) -> tuple[float, int]:
        """Project the covariates, some on each thread; return the error and the sweeps."""
        K = self.centre.size
        effects = (self.A, self.B, self.C)
        cuts = [0, K] if self.executor is None or K < 2 else [0, (K + 1) // 2, K]
        found = [(0.0, 0)] * (len(cuts) - 1)

        def part(slot: int) -> None:
            k = slice(cuts[slot], cuts[slot + 1])
            mine = [np.ascontiguousarray(e[:, k]) for e in effects]
            found[slot] = kernel(threeway.project)(
                self.mean, self.start, self.importer, self.group, self.symmetric, *w,
                *[np.ascontiguousarray(x[:, k]) for x in wx], self.scale[k], *mine, tolerance,
                sweeps,
            )  # fmt: skip
            for effect, new in zip(effects, mine, strict=True):
                effect[:, k] = new

        run_all(self.executor, [partial(part, s) for s in range(len(found))])
        return max(f[0] for f in found), max(f[1] for f in found)

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
        tilted = np.empty_like(self.mean)
        self._tilt(beta, tilted)
        _, worst, _ = threeway.settle(
            tilted, self.start, self.importer, self.group, self.symmetric, self.by_exporter,
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
        K, P = columns.shape[:2]
        sides = (self.by_exporter, self.by_importer, self.by_group)
        effects = [np.zeros((s.shape[0], K, *s.shape[1:])) for s in sides]
        if start is not None:
            for effect, first in zip(effects, start, strict=True):
                effect[:] = first[:, None]
        w = [np.zeros_like(s) for s in sides]
        wx = [np.zeros_like(e) for e in effects]
        ones = [np.ones_like(s) for s in sides]
        kernel(threeway.weigh)(
            0, self.start.size - 1, weight.copy(), self.start, self.importer, np.arange(P),
            self.group, *ones, columns, np.zeros(K), *w, *wx, np.zeros((K, K)),
        )  # fmt: skip
        kernel(threeway.project)(
            weight, self.start, self.importer, self.group, self.symmetric, *w, *wx, np.ones(K),
            *effects, 1e-10, 500,
        )  # fmt: skip
        A, B, C = effects
        fit = A[self.exporter] + B[self.importer] + C[self.group][:, :, None]
        return np.asarray(columns - fit.transpose(1, 0, 2))

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

    def follow(self, move: Floats) -> None:
        """Let the effects follow a step of the coefficients; see `newton.Problem`."""
        self.a *= np.exp(-(move @ self.A))
        self.b *= np.exp(-(move @ self.B))
        self.c *= np.exp(-(self.C @ move))

    def restrict(self, keep: NDArray[np.bool_]) -> Self:
        """Return the same problem with some of the covariates."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.covariates = np.ascontiguousarray(self.covariates[keep])
        for name in ("centre", "spread", "is_dummy", "scale", "onto_flow", "raw_flow"):
            setattr(other, name, getattr(self, name)[keep])
        for name in ("A", "B", "C"):
            setattr(other, name, np.ascontiguousarray(getattr(self, name)[:, keep]))
        return other
