"""Separation: zero flows that the model can fit perfectly, and only by running off to infinity.

A Poisson likelihood has no maximum where some direction z = X g + effects is zero in every cell
with a flow and not positive, somewhere negative, in the cells without: along it the fitted flows
of those cells fall to zero for ever (Correia, Guimaraes & Zylkin 2019). Those cells say nothing
about the other coefficients; they are found and left out.

Looking for such a direction in every model would cost more than the model. But a fit that meets
all its totals with finite effects *is* the proof that there is none. So the search starts only
where a fit lingers: its own drift names the candidates, and a projection decides. With the
candidates left out, a direction must vanish exactly in every cell that stays; among such
directions the drift is the point to start from, and what is left of it in the candidates has to
be negative throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from comity.potential.ppml.newton import Floats, Outcome, Problem, Tolerance, climb

# A total that is missed by more than this and hardly gets closer, or a last step longer than
# that, calls for a search.
_WORST = 1e-4
_DRIFT = 1e-3
_LINGERS = 0.8
# No cell moved by more than this: nothing drifts.
_STILL = 1e-8
# Scaling sweeps before a lingering fit is searched for separation, and plain ones to see a drift.
_PATIENCE = 60
_PLAIN = 20
_ROUNDS = 6


class Separable(Problem, Protocol):
    """A problem that can show its cells."""

    worst: float
    is_dummy: NDArray[np.bool_]
    raw_flow: Floats
    centre: Floats

    @property
    def cell_shape(self) -> tuple[int, ...]:
        """Shape of the cells."""

    @property
    def cell_flow(self) -> Floats:
        """Flow of each cell."""

    def observed_cells(self) -> NDArray[np.bool_]:
        """Whether each cell is in the fit: observed, and in no all-zero effect."""

    def cell_covariates(self) -> Floats:
        """Covariates of each cell."""

    def relax(self, beta: Floats, sweeps: int) -> float:
        """Run plain scaling sweeps; return the worst relative gap of a total."""

    def log_effects(self) -> list[Floats]:
        """Log effects."""

    def regress(self, columns: Floats, weight: Floats, start: list[Floats] | None = None) -> Floats:
        """Return columns less their regression on the effects."""

    def spread_effects(self, effects: list[Floats]) -> Floats:
        """Return the sum of effects in each cell."""

    def without(self, cells: NDArray[np.bool_]) -> Self:
        """Return the problem without some cells."""


P = TypeVar("P", bound=Separable)


@dataclass(frozen=True)
class Separated(Generic[P]):
    """A fit on the cells that are not separated.

    Attributes
    ----------
    outcome : Outcome
        `kept` speaks of all covariates.
    cells : ndarray of bool
        Separated cells, in the shape of the problem's cells.
    told_apart : ndarray of bool, shape (K,)
        Covariates that lost all their variation with those cells.
    """

    outcome: Outcome[P]
    cells: NDArray[np.bool_]
    told_apart: NDArray[np.bool_]


def climb_apart(
    problem: P, start: Floats | None = None, tolerance: Tolerance | None = None
) -> Separated[P]:
    """Fit a problem; where it lingers, find separated cells, leave them out, and go on.

    Parameters
    ----------
    problem : Separable
    start : ndarray, shape (K,), optional
    tolerance : Tolerance, optional

    Returns
    -------
    Separated
    """
    goal = tolerance or Tolerance()
    cells = np.zeros(problem.cell_shape, dtype=np.bool_)
    apart = np.zeros(problem.spread.size, dtype=np.bool_)
    for k in np.flatnonzero(problem.is_dummy & (problem.raw_flow == 0) & (problem.spread > 0)):
        # A dummy that is 1 only where there is no flow: plain to see, and common.
        hit = (problem.cell_covariates()[k] + problem.centre[k] > 0.5) & problem.observed_cells()
        apart[k] = hit.any()
        cells |= hit
    if cells.any():
        problem = problem.without(cells)
    hasty = replace(goal, sweeps=min(_PATIENCE, goal.sweeps))
    patience = hasty
    outcome = climb(problem, start, patience, wary=True)
    kept = outcome.kept
    apart |= kept
    for _ in range(_ROUNDS):
        done = outcome.certificate.converged
        if done and not _lingers(outcome):
            break
        fresh = find_separated(outcome)
        if not fresh.any() and (done or patience is goal):
            break
        patience = hasty if fresh.any() else goal
        cells |= fresh
        spent = outcome.certificate
        going_on = outcome.problem.without(fresh) if fresh.any() else outcome.problem
        outcome = climb(going_on, outcome.beta, patience, wary=patience is hasty)
        certificate = replace(
            outcome.certificate,
            steps=outcome.certificate.steps + spent.steps,
            sweeps=outcome.certificate.sweeps + spent.sweeps,
        )
        outcome = replace(outcome, certificate=certificate)
        kept = _widen(kept, outcome.kept)
    return Separated(replace(outcome, kept=kept), cells, apart & ~kept)


def _lingers(outcome: Outcome[P]) -> bool:
    """Tell whether a converged fit still has something that runs away."""
    problem = outcome.problem
    if outcome.drift > _DRIFT:
        return True
    if problem.worst < _WORST:
        return False
    # A total that can be met is approached geometrically, one that cannot ever more slowly.
    first = problem.relax(outcome.beta, 2)
    return problem.relax(outcome.beta, 4) > _LINGERS * first


def _widen(kept: NDArray[np.bool_], again: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Combine what is kept of all covariates with what is kept of those."""
    out = kept.copy()
    out[kept] = again
    return out


def find_separated(outcome: Outcome[P]) -> NDArray[np.bool_]:
    """Return the cells that the drift of a lingering fit shows to be separated.

    Parameters
    ----------
    outcome : Outcome
        Where a climb ended; its effects belong to the coefficients before the last step.

    Returns
    -------
    ndarray of bool, in the shape of the problem's cells
    """
    problem, beta = outcome.problem, outcome.beta
    flow, inside = problem.cell_flow, problem.observed_cells()
    zeros = inside & (flow == 0)
    problem.relax(beta, 1)
    before = problem.log_effects()
    problem.relax(beta, _PLAIN)
    start = [old - new for old, new in zip(before, problem.log_effects(), strict=True)]
    # A long last step that hardly moves the fit moves cells on their way to zero.
    covariates_drift = outcome.drift > _DRIFT and outcome.certificate.step < _DRIFT
    gamma = outcome.move if covariates_drift else np.zeros_like(outcome.move)
    x = problem.cell_covariates() if covariates_drift else np.zeros((0, *flow.shape))
    direction = np.tensordot(gamma, x, 1) if covariates_drift else np.zeros(flow.shape)
    drift = direction - problem.spread_effects(start)
    deepest = float(-drift[zeros].min(initial=0.0))
    if deepest < _STILL:
        return np.zeros_like(zeros)
    candidates = zeros & (drift < -0.05 * deepest)
    for _ in range(_ROUNDS):
        if not candidates.any():
            break
        weight = np.where(inside & ~candidates, 1.0, 0.0)
        if covariates_drift:
            gamma = _vanishing(problem.regress(x, weight), weight, outcome.move)
            direction = np.tensordot(gamma, x, 1)
        z = problem.regress(direction[None], weight, start)[0]
        outside = float(np.abs(z[weight > 0]).max(initial=0.0))
        depth = float(-z[candidates].min(initial=0.0))
        if depth < 1e-6 * deepest or outside > 1e-4 * depth:
            # Some of the candidates were needed to let the direction vanish elsewhere.
            return np.zeros_like(candidates)
        wrong = candidates & (z > 1e-3 * depth)
        if not wrong.any():
            return np.asarray(candidates & (z < -1e-3 * depth))
        candidates = candidates & ~wrong
    return np.zeros_like(zeros)


def _vanishing(rest: Floats, weight: Floats, towards: Floats) -> Floats:
    """Project a step onto the combinations of covariates that vanish where `weight` is 1."""
    K = rest.shape[0]
    flat = rest.reshape(K, -1)
    moments = (flat * weight.reshape(-1)) @ flat.T
    size = np.sqrt((flat * flat).sum(axis=1))
    size[size == 0] = 1.0
    values, vectors = np.linalg.eigh(moments / np.outer(size, size))
    null = vectors[:, values < 1e-12]
    return np.asarray(null @ (null.T @ (towards * size)) / size)
