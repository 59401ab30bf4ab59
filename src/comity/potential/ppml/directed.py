"""The three-way problem with one effect for each directed pair: pairs and exporters eliminated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from comity.potential.ppml import elimination, gradients, weighing
from comity.potential.ppml.bundles import COLUMNS, HALF, WHOLE
from comity.potential.ppml.columns import Columns, columns_of, find_changes, spread_columns
from comity.potential.ppml.lanes import lanes_of
from comity.potential.ppml.newton import STANDS, Evaluation, Floats
from comity.potential.ppml.parallel import run_all
from comity.potential.ppml.rooms import cleared, room
from comity.potential.ppml.tensor import Ints, Summary, Tensor, kernel

# Newton's steps on effects work from here on; scaling gets there from anywhere.
_NEAR = 0.1
# How near scaling goes after a step that was too long.
_CAREFUL = 1e-3
_MOST_SWEEPS = 50
# Projections as good as this are computed in doubles in the end.
_CERTAIN = 1e-5
# Gaps of the totals whose square, what the next step leaves of them, is more than singles do.
_ROUGH = 1e-3
# Totals this close need no further step of the coefficients to be met.
_CLOSE = 1e-5


@dataclass(frozen=True)
class Held:
    """What a call of `evaluate` found out about the covariates: Hessian and projections, where."""

    beta: Floats
    hessian: Floats
    reached: float
    error: float


class Directed(Tensor):
    """PPML with exporter-year, importer-year and directed pair effects; see `Tensor`.

    Effects and coefficients move together: the gaps of the totals are one more column beside the
    covariates, and its regression on the effects is Newton's step for them.
    """

    joint = True
    columns: Columns

    def __init__(
        self,
        flow: Floats,
        covariates: Floats | Columns,
        exposure: Floats,
        exporter: Ints,
        importer: Ints,
        size: tuple[int, int] | None = None,
        years: int | None = None,
        summary: Summary | None = None,
    ) -> None:
        columns = covariates if isinstance(covariates, Columns) else columns_of(covariates)
        super().__init__(
            flow, columns.numbers, exposure, exporter, importer, None, size, years, summary
        )  # fmt: skip
        self.columns = columns
        self.changes = find_changes(columns, self.years)
        self.share = 1.0 / self.by_group
        C = _room_for(columns.place.size)
        self.A = cleared(C, *self.a.shape)
        self.B = cleared(C, *self.b.shape)
        self.blocks = room(*self.a.shape, self.a.shape[1])
        self._near, self._far = _NEAR, np.inf
        self.lanes = lanes_of(self.a.shape[1])
        self._last: Held | None = None
        self._rooms: dict[str, Floats] = {}

    def _cleared(self, name: str, *shape: int) -> Floats:
        """Return zeros that the next call under this name may overwrite."""
        held = self._rooms.get(name)
        if held is None or held.shape != shape:
            held = self._rooms[name] = cleared(*shape)
        else:
            held[:] = 0.0
        return held

    @property
    def covariates(self) -> Floats:
        """All covariates as numbers, (K, rows, W); made afresh, and large, where some are bits."""
        return spread_columns(self.columns)

    @covariates.setter
    def covariates(self, values: Floats) -> None:
        self.columns = columns_of(values)

    def _cut(self, keep: NDArray[np.bool_]) -> None:
        self.columns = self.columns._replace(place=self.columns.place[keep])
        self.changes = self.changes[keep]

    def _tilt(self, beta: Floats, out: Floats) -> None:
        if not beta.any() and not self.exposure.shape[0]:
            out[:] = 1.0
            return
        P = self.row.size

        def part(first: int, last: int) -> None:
            kernel(weighing.tilt)(
                first, last, out, self.row, self.exposure, *self.columns, self.centre, beta,
                self.lanes,
            )  # fmt: skip

        run_all(self.executor, [partial(part, 0, P // 2), partial(part, P // 2, P)])

    def evaluate(self, beta: Floats, margin: float, projection: float, sweeps: int) -> Evaluation:
        """Project covariates and gaps of the totals on the effects, at `beta`.

        `margin` is what the next step is to reach; the effects come as near as the last one left
        them. Where the last call projected well enough and hardly anything moved since, its
        projections and its Hessian stand, and only the gaps are projected.
        """
        K, held = beta.size, self._held(beta, projection)
        scaled = 0
        if self._far > self._near:
            self._tilt(beta, self.mean)
            self._far, _, scaled = self._scale(self.mean, self._near, _MOST_SWEEPS)
        self._near = _NEAR
        w_i, w_j, right_i, right_j, onto, hessian = self._weigh(
            beta, tilted=scaled > 0, whole=held is None
        )
        total = float(self.by_group.sum())
        error = self._find_gaps(w_i, w_j, right_i[K], right_j[K]) / total
        self.A[K] = 0.0
        self.B[K] = 0.0
        tolerance = np.full(self.A.shape[0], np.inf)
        if held is None:
            tolerance[:K] = projection * self.scale
        if error >= margin:
            if held is not None:
                # Tiny totals may have moved by their own size: their systems are others now.
                kernel(weighing.invert_all)(
                    self.mean, self.start, self.share, w_i, self.years, self.blocks, self.lanes
                )
            share = max(min(0.3, error), min(projection, 0.01) if held is not None else 0.0)
            tolerance[K] = max(0.3 * margin, share * error)
        certain = projection < _CERTAIN
        # Two threads would hold the equations in singles twice at the same time.
        alone = self.executor is None
        left, rest, passes = self._regress(
            w_j, right_i, right_j, tolerance, sweeps, certain=certain,
            rough=alone and not certain and error > _ROUGH,
        )  # fmt: skip
        score = self.raw_flow - onto
        flat = [
            x.reshape(x.shape[0], -1) for x in (self.A, self.B, right_i, right_j, rest)
        ]  # fmt: skip
        kernel(elimination.close)(*flat, score, hessian)
        likelihood = self._likelihood(beta, total)
        if held is None:
            reached = float((left[:K] / self.scale).max(initial=0.0))
            held = Held(beta.copy(), hessian, reached, error)
        self._last = held
        if margin < error < _CLOSE:
            # The coefficients need no more of so short a step; the totals take it now.
            self._apply(w_i, w_j)
            error = self._find_gaps(w_i, w_j, right_i[K], right_j[K]) / total
        return Evaluation(
            score, held.hessian, likelihood, total, error, held.reached, scaled + passes
        )

    def _scale(self, tilted: Floats, enough: float, most: int) -> tuple[float, float, int]:
        """Scale to the totals; see `weighing.scale`."""
        found = kernel(weighing.scale)(
            tilted, self.start, self.importer, self.by_exporter, self.by_importer,
            self.by_group, self.a, self.b, self.c, enough, most, self.lanes,
        )  # fmt: skip
        return float(found[0]), float(found[1]), int(found[2])

    def relax(self, beta: Floats, sweeps: int) -> float:
        """Run plain scaling sweeps at `beta`, to see which way the effects are drifting."""
        tilted = cleared(*self.mean.shape)
        self._tilt(beta, tilted)
        # A step moves exporters and importers; pairs that lag behind would look like a drift.
        kernel(weighing.meet_pairs)(
            tilted, self.start, self.importer, self.by_group, self.a, self.b, self.c, self.lanes
        )
        return self._scale(tilted, -1.0, sweeps)[1]

    def _held(self, beta: Floats, projection: float) -> Held | None:
        """Return what the last call found out about the covariates, if it still stands."""
        last = self._last
        near = STANDS * projection
        if last is None or last.reached > projection or last.error > near:
            return None
        moved = float((np.abs(beta - last.beta) * self.spread).max(initial=0.0))
        return last if moved < near else None

    def _find_gaps(self, w_i: Floats, w_j: Floats, gaps_i: Floats, gaps_j: Floats) -> float:
        """Write the gaps of the totals, keep the worst, and return their absolute sum."""
        find_gaps = kernel(weighing.find_gaps)
        added_i, worst_i = find_gaps(self.by_exporter, w_i, gaps_i)
        added_j, worst_j = find_gaps(self.by_importer, w_j, gaps_j)
        self.worst = float(max(worst_i, worst_j))
        return float(added_i + added_j)

    def _apply(self, w_i: Floats, w_j: Floats) -> None:
        """Let the mean take Newton's step of the effects; write its margins."""
        before = self.a.copy(), self.b.copy()
        K = self.centre.size
        self._shift(np.append(np.zeros(K), 1.0))
        self.A[K] = 0.0
        self.B[K] = 0.0
        ratios = [self._cleared(f"ratios {q}", *old.shape) for q, old in enumerate(before)]
        for new, old, ratio in zip((self.a, self.b), before, ratios, strict=True):
            np.divide(new, old, out=ratio, where=old > 0)
        kernel(weighing.reweigh)(
            self.mean, self.start, self.importer, self.by_group, *ratios, self.c, w_i, w_j,
            self.lanes,
        )  # fmt: skip

    def _weigh(
        self, beta: Floats, *, tilted: bool, whole: bool
    ) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        """Write the mean; return its margins and those of mean * x."""
        K, (n, W), m = self.centre.size, self.a.shape, self.b.shape[0]
        weigh = kernel(weighing.weigh)
        by_exporter = self._cleared("mean by exporter", n, W)
        C = self.A.shape[0]
        x_by_exporter = self._cleared("x by exporter", C, n, W)

        def fresh(who: str) -> tuple[Floats, Floats, Floats, Floats]:
            by_importer = self._cleared(f"mean by importer, {who}", m, W)
            x_by_importer = self._cleared(f"x by importer, {who}", C, m, W)
            return by_importer, x_by_importer, np.zeros(K), np.zeros((K, K))

        def part(first: int, last: int, sums: tuple[Floats, Floats, Floats, Floats]) -> None:
            by_importer, x_by_importer, onto, moments = sums
            weigh(
                first, last, tilted, whole, self.mean, self.start, self.importer, self.row,
                self.by_group, self.share, self.a, self.b, self.c, self.exposure, *self.columns,
                self.changes, self.centre, beta, self.years, self.lanes, by_exporter, by_importer,
                x_by_exporter, x_by_importer, self.blocks, onto, moments,
            )  # fmt: skip

        one = fresh("mine")
        if self.executor is None:
            part(0, n, one)
        else:
            # Halves of the pairs, not of the exporters, so that both threads end together.
            half = int(np.searchsorted(self.start, self.row.size // 2))
            two = fresh("yours")
            run_all(self.executor, [partial(part, 0, half, one), partial(part, half, n, two)])
            for mine, yours in zip(one, two, strict=True):
                mine += yours
        return by_exporter, one[0], x_by_exporter, one[1], one[2], one[3]

    def _regress(
        self,
        w_j: Floats,
        right_i: Floats,
        right_j: Floats,
        tolerance: Floats,
        most: int,
        *,
        certain: bool,
        rough: bool,
    ) -> tuple[Floats, Floats, int]:
        """Regress the columns on the effects, some on each thread; return errors, rest, passes."""
        C = tolerance.size
        bundle = WHOLE if self.executor is None else HALF
        G = len(bundle)
        left, rest = np.zeros(C), self._cleared("rest", *self.B.shape)
        passes = [0] * (C // G)

        def part(slot: int) -> None:
            k = slice(slot * G, slot * G + G)
            equations = (
                self.mean, self.start, self.importer, self.share, self.blocks, w_j, right_i[k],
                right_j[k],
            )  # fmt: skip
            passes[slot] = gradients.regress(
                equations, self.A[k], self.B[k], tolerance[k], most, left[k], rest[k], self.years,
                bundle, certain=certain, rough=rough,
            )  # fmt: skip

        run_all(self.executor, [partial(part, s) for s in range(len(passes))])
        return left, rest, max(passes)

    def _scores(self, codes: NDArray[np.int32], by_cell: bool, sums: Floats, meat: Floats) -> None:
        K = self.centre.size
        elimination.cluster_scores(
            self.flow, self.mean, *self.columns, self.start, self.importer, self.row,
            self.by_group, self.A[:K], self.B[:K], codes, by_cell, sums, meat,
            self.lanes,
        )  # fmt: skip

    def follow(self, move: Floats) -> None:
        """Let the effects take Newton's step with the coefficients; see `newton.Problem`."""
        self._shift(np.append(-move, 1.0))

    def retreat(self, move: Floats) -> None:
        """Let the effects follow a part of a step back, and come nearer by scaling first."""
        self._near, self._far, self._last = _CAREFUL, np.inf, None
        self._shift(np.append(-move, 0.0))

    def without(self, cells: NDArray[np.bool_]) -> Self:
        """Return the same problem with some cells (P, W) not observed."""
        other = super().without(cells)
        other._last, other._rooms = None, {}
        return other

    def _shift(self, along: Floats) -> None:
        for scales, effect, weight in (
            (self.a, self.A, self.by_exporter), (self.b, self.B, self.by_importer)
        ):  # fmt: skip
            kernel(elimination.shift)(scales, along, effect, weight, self.lanes)

    def restrict(self, keep: NDArray[np.bool_]) -> Self:
        """Return the same problem with some of the covariates."""
        other = self._restricted(keep)
        columns = np.flatnonzero(np.append(keep, True))
        C = _room_for(columns.size - 1)
        other.A, other.B = cleared(C, *self.a.shape), cleared(C, *self.b.shape)
        other.A[: columns.size] = self.A[columns]
        other.B[: columns.size] = self.B[columns]
        other._last, other._rooms = None, {}
        return other


def _room_for(covariates: int) -> int:
    """Count the columns to make room for: whole bundles, the gaps of the totals in the last."""
    return -(-(covariates + 1) // COLUMNS) * COLUMNS
