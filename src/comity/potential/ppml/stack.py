"""The two-way problem: a stack of exporter-by-importer matrices that share coefficients."""

from __future__ import annotations

from concurrent.futures import Executor
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from comity.potential.ppml import passes, settling, twoway
from comity.potential.ppml.lanes import WIDTH
from comity.potential.ppml.newton import Evaluation, Floats
from comity.potential.ppml.parallel import run_all
from comity.potential.ppml.rooms import aligned, room


class Stack:
    """PPML with exporter-year and importer-year effects on dense matrices, one a year.

    Parameters
    ----------
    flow : ndarray, shape (T, n, m)
        Weight times observed flow; 0 where not observed. Rows are whole lanes: see `rooms.widen`.
    covariates : ndarray, shape (K, T, n, m)
        Finite everywhere, also where not observed.
    exposure : ndarray, shape (T, n, m)
        Weight times exp(offset); 0 where not observed.
    """

    joint = False

    def __init__(
        self, flow: Floats, covariates: Floats, exposure: Floats, executor: Executor | None = None
    ) -> None:
        if flow.shape[2] % WIDTH:
            raise ValueError("Rows of a stack are whole lanes.")
        self.flow = flow
        self.covariates = covariates
        self.exposure = exposure
        self.executor = executor
        K, T, n, m = covariates.shape
        self.by_exporter = np.empty((T, n))
        self.by_importer = np.empty((T, m))
        about = np.empty((K, 4))

        def describe(k: int) -> None:
            about[k] = passes.describe(
                covariates[k].reshape(-1), exposure.reshape(-1), flow.reshape(-1)
            )

        margins = partial(passes.add_margins, flow, self.by_exporter, self.by_importer)
        run_all(executor, [margins, *(partial(describe, k) for k in range(K))])
        self.centre, self.spread, is_dummy, self.raw_flow = np.ascontiguousarray(about.T)
        self.is_dummy: NDArray[np.bool_] = is_dummy > 0
        by_year = self.by_importer.sum(axis=1, keepdims=True)
        self.total = float(by_year.sum())
        self.scale = np.maximum(self.spread, 1e-300)
        self.onto_flow = self.raw_flow - self.centre * self.total
        self.a = np.ones((T, n))
        self.b = aligned(self.by_importer / np.maximum(by_year, 1e-300))
        self.A = np.zeros((K, T, n))
        self.B = np.zeros((K, T, m))
        self.mean = room(*flow.shape)
        self.worst = np.inf

    def evaluate(self, beta: Floats, margin: float, projection: float, sweeps: int) -> Evaluation:
        """Settle effects and projections at `beta`; keep them as the next warm start."""
        K = beta.size
        spans = self._spans()
        parts = [(np.zeros(K), np.zeros((K, K)), np.zeros(7)) for _ in spans]

        def part(slot: int) -> None:
            twoway.evaluate_years(
                *spans[slot], self.flow, self.covariates, self.exposure,
                self.by_exporter, self.by_importer, self.centre, self.scale, self.is_dummy, beta,
                self.a, self.b, self.A, self.B, self.mean, margin, projection, sweeps,
                *parts[slot],
            )  # fmt: skip

        run_all(self.executor, [partial(part, s) for s in range(len(parts))])
        score, hessian, report = parts[0]
        for other in parts[1:]:
            score += other[0]
            hessian += other[1]
            added = report[[4, 6]] + other[2][[4, 6]]
            np.maximum(report, other[2], out=report)
            report[[4, 6]] = added
        score += self.onto_flow
        error, rest, scaled, projected, fitted, worst, of_effects = report.tolist()
        self.worst = worst
        likelihood = float(beta @ self.onto_flow) - fitted + of_effects
        return Evaluation(
            score, hessian, likelihood, self.total, error, rest, int(scaled + projected)
        )

    def cluster_scores(self, codes: NDArray[np.int32], size: int, *, by_cell: bool) -> Floats:
        """Return the scores x~ (y - mean) added up by cluster, shape (size, K)."""
        sums = np.zeros((size, self.centre.size))
        self._add_scores(codes, by_cell, sums, np.zeros((0, 0)))
        return sums

    def squared_scores(self) -> Floats:
        """Return the sum over cells of score times score', shape (K, K)."""
        K = self.centre.size
        meat = np.zeros((K, K))
        self._add_scores(np.zeros((0, 0, 0), dtype=np.int32), False, np.zeros((0, K)), meat)
        return meat

    def _add_scores(
        self, codes: NDArray[np.int32], by_cell: bool, sums: Floats, meat: Floats
    ) -> None:
        """Add up scores by cluster, or their squares, some years on each thread."""
        spans = self._spans()
        parts = [(sums, meat), *((np.zeros_like(sums), np.zeros_like(meat)) for _ in spans[1:])]

        def part(slot: int) -> None:
            passes.cluster_scores(
                *spans[slot], self.flow, self.mean, self.covariates, self.centre, self.A, self.B,
                codes, by_cell, *parts[slot],
            )  # fmt: skip

        run_all(self.executor, [partial(part, s) for s in range(len(spans))])
        for other in parts[1:]:
            sums += other[0]
            meat += other[1]

    def _spans(self) -> list[tuple[int, int]]:
        """Return the first year and the one after the last for each thread."""
        T = int(self.flow.shape[0])
        if self.executor is None or T < 2:
            return [(0, T)]
        return [(0, T // 2), (T // 2, T)]

    def fitted_cells(self) -> Floats:
        """Return the fitted mean of every cell, in weighted units, shape (T * n * m,)."""
        return self.mean.reshape(-1)

    @property
    def cell_shape(self) -> tuple[int, ...]:
        """Shape of the cells that the methods below speak of, (T, n, m)."""
        return self.flow.shape

    @property
    def cell_flow(self) -> Floats:
        """Flow of every cell, shape (T, n, m)."""
        return self.flow

    def observed_cells(self) -> NDArray[np.bool_]:
        """Whether each cell is in the fit: observed, and in no all-zero effect."""
        live = (self.by_exporter > 0)[:, :, None] & (self.by_importer > 0)[:, None, :]
        return np.asarray(live & (self.exposure > 0))

    def relax(self, beta: Floats, sweeps: int) -> float:
        """Run plain scaling sweeps at `beta`, to see which way the effects are drifting."""
        furthest = 0.0
        tilted = np.empty(self.flow.shape[1:])
        for t in range(self.flow.shape[0]):
            twoway.tilt(t, self.exposure, self.covariates, self.centre, self.is_dummy, beta, tilted)
            _, worst, _ = settling.settle(
                tilted, self.by_exporter[t], self.by_importer[t], self.a[t], self.b[t], 0.0,
                sweeps, True,
            )  # fmt: skip
            furthest = max(furthest, worst)
        return furthest

    def log_effects(self) -> list[Floats]:
        """Return the log effects; 0 where the effect is minus infinity."""
        return [np.log(np.where(e > 0, e, 1.0)) for e in (self.a, self.b)]

    def regress(self, columns: Floats, weight: Floats, start: list[Floats] | None = None) -> Floats:
        """Return columns minus their regression on the effects, weighted, shape (K, T, n, m).

        `columns` [K, T, n, m]; `start` holds effects [T, n], [T, m] to begin with.
        """
        K = columns.shape[0]
        T, n, m = self.flow.shape
        out = np.empty_like(columns)
        for t in range(T):
            A, B = np.zeros((K, n)), np.zeros((K, m))
            if start is not None:
                A[:], B[:] = start[0][t], start[1][t]
            x = np.ascontiguousarray(columns[:, t])
            w_i, w_j, x_i, x_j = np.empty(n), np.empty(m), np.empty((K, n)), np.empty((K, m))
            twoway.weigh(
                0, weight[t].copy(), np.ones(n), np.ones(m), x[:, None], np.zeros(K), w_i, w_j,
                x_i, x_j, np.zeros((K, K)),
            )  # fmt: skip
            settling.project(weight[t], w_i, w_j, x_i, x_j, np.ones(K), A, B, 1e-10, 500)
            out[:, t] = x - A[:, :, None] - B[:, None, :]
        return out

    def spread_effects(self, effects: list[Floats]) -> Floats:
        """Return the sum of effects [T, n], [T, m] in each cell, shape (T, n, m)."""
        return np.asarray(effects[0][:, :, None] + effects[1][:, None, :])

    def cell_covariates(self) -> Floats:
        """Return the covariates of every cell, centred, shape (K, T, n, m)."""
        return np.asarray(self.covariates - self.centre[:, None, None, None])

    def without(self, cells: NDArray[np.bool_]) -> Self:
        """Return the same problem with some cells (T, n, m) not observed."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.exposure = np.where(cells, 0.0, self.exposure)
        return other

    def follow(self, move: Floats) -> None:
        """Let the effects follow a step of the coefficients; see `newton.Problem`."""
        twoway.follow(self.a, self.A, move)
        twoway.follow(self.b, self.B, move)

    def retreat(self, move: Floats) -> None:
        """Let the effects follow a part of a step back."""
        self.follow(move)

    def restrict(self, keep: NDArray[np.bool_]) -> Self:
        """Return the same problem with some of the covariates."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.covariates = np.ascontiguousarray(self.covariates[keep])
        for name in ("centre", "spread", "is_dummy", "scale", "onto_flow", "raw_flow", "A", "B"):
            setattr(other, name, np.ascontiguousarray(getattr(self, name)[keep]))
        return other

    def copy(self) -> Self:
        """Return a problem with its own flows, exposure and effects; covariates are shared."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        for name in ("flow", "exposure", "by_exporter", "by_importer", "a", "b", "A", "B", "scale"):
            setattr(other, name, aligned(getattr(self, name)))
        other.mean = room(*self.flow.shape)
        return other

    def mask(self, i: int, j: int, t: int = 0) -> tuple[float, float, Floats]:
        """Take one cell out of the fit; return what `unmask` needs to put it back."""
        old = (float(self.flow[t, i, j]), float(self.exposure[t, i, j]), self.onto_flow)
        x = self.covariates[:, t, i, j] - self.centre
        self._set(t, i, j, 0.0, 0.0, self.onto_flow - old[0] * x)
        return old

    def unmask(self, i: int, j: int, old: tuple[float, float, Floats], t: int = 0) -> None:
        """Put a cell back."""
        self._set(t, i, j, *old)

    def _set(self, t: int, i: int, j: int, flow: float, exposure: float, onto: Floats) -> None:
        # Totals are summed afresh: a difference would leave dust where a zero must be.
        self.flow[t, i, j] = flow
        self.exposure[t, i, j] = exposure
        self.onto_flow = onto
        self.by_exporter[t, i] = self.flow[t, i].sum()
        self.by_importer[t, j] = self.flow[t, :, j].sum()
        self.total = float(self.by_exporter.sum())

    def predict_cell(self, i: int, j: int, beta: Floats, t: int = 0) -> float:
        """Return exp(x'b) times the two effects for one cell; NaN where one is not observed."""
        if not self.exposure[t, i].any() or not self.exposure[t, :, j].any():
            return float("nan")
        tilt = np.exp(float(beta @ (self.covariates[:, t, i, j] - self.centre)))
        return float(self.a[t, i] * tilt * self.b[t, j])

    def predict(self, beta: Floats, t: int = 0) -> Floats:
        """Return exp(x'b) times the two effects for every cell of a year, shape (n, m)."""
        out = np.empty(self.flow.shape[1:])
        passes.predict(
            t, np.ones_like(self.exposure), self.covariates, self.centre, self.is_dummy, beta,
            self.a[t], self.b[t], out,
        )  # fmt: skip
        return out
