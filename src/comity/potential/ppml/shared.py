"""The three-way problem where one pair effect spans several pairs: both directions, say.

Such an effect reaches over exporters, so it cannot be eliminated exporter by exporter; scaling
and projecting go in accelerated sweeps.
"""

from __future__ import annotations

from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from comity.potential.ppml import sweeps as kernels
from comity.potential.ppml import threeway
from comity.potential.ppml.newton import Evaluation, Floats
from comity.potential.ppml.parallel import run_all
from comity.potential.ppml.tensor import Ints, Tensor, kernel


class Shared(Tensor):
    """PPML with exporter-year, importer-year and shared pair effects; see `Tensor`."""

    joint = False

    def __init__(
        self,
        flow: Floats,
        covariates: Floats,
        exposure: Floats,
        exporter: Ints,
        importer: Ints,
        group: Ints,
        size: tuple[int, int] | None = None,
        years: int | None = None,
    ) -> None:
        super().__init__(flow, covariates, exposure, exporter, importer, group, size, years)
        K, (n, W) = covariates.shape[0], self.a.shape
        self.A = np.zeros((n, K, W))
        self.B = np.zeros((self.b.shape[0], K, W))
        self.C = np.zeros((self.by_group.size, K))

    def evaluate(self, beta: Floats, margin: float, projection: float, sweeps: int) -> Evaluation:
        """Settle effects and projections at `beta`; keep them as the next warm start."""
        K = beta.size
        self._tilt(beta, self.mean)
        error, self.worst, used = kernels.settle(
            self.mean, self.start, self.importer, self.group, True, self.by_exporter,
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
            flat = effect.swapaxes(0, 1).reshape(K, observed.size)
            score -= flat @ (observed - fitted).reshape(-1)
            hessian -= flat @ x_sums.swapaxes(0, 1).reshape(K, observed.size).T
        hessian = np.tril(hessian) + np.tril(hessian, -1).T
        total = float(self.by_exporter.sum())
        likelihood = self._likelihood(beta, float(w[0].sum()))
        return Evaluation(score, hessian, likelihood, total, error, gap, used + more)

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
            kernel(kernels.weigh)(
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
            found[slot] = kernel(kernels.project)(
                self.mean, self.start, self.importer, self.group, True, *w,
                *[np.ascontiguousarray(x[:, k]) for x in wx], self.scale[k], *mine, tolerance,
                sweeps,
            )  # fmt: skip
            for effect, new in zip(effects, mine, strict=True):
                effect[:, k] = new

        run_all(self.executor, [partial(part, s) for s in range(len(found))])
        return max(f[0] for f in found), max(f[1] for f in found)

    def _scores(self, codes: NDArray[np.int32], by_cell: bool, sums: Floats, meat: Floats) -> None:
        threeway.cluster_scores(
            self.flow, self.mean, self.covariates, self.start, self.importer, self.row,
            self.group, self.centre, self.A, self.B, self.C, codes, by_cell, sums, meat,
        )  # fmt: skip

    def follow(self, move: Floats) -> None:
        """Let the effects follow a step of the coefficients; see `newton.Problem`."""
        self.a *= np.exp(-(move @ self.A))
        self.b *= np.exp(-(move @ self.B))
        self.c *= np.exp(-(self.C @ move))

    def retreat(self, move: Floats) -> None:
        """Let the effects follow a part of a step back."""
        self.follow(move)

    def restrict(self, keep: NDArray[np.bool_]) -> Self:
        """Return the same problem with some of the covariates."""
        other = self._restricted(keep)
        for name in ("A", "B", "C"):
            setattr(other, name, np.ascontiguousarray(getattr(self, name)[:, keep]))
        return other
