"""Newton's method on the coefficients, with everything else concentrated out.

At given coefficients b the effects have one answer (their totals match) and so do the
projections of the covariates on the effects. With those in hand

    score   S = X~'(y - mu)         Hessian   H = X~' diag(mu) X~         b <- b + H^-1 S

An error in the effects reaches S only multiplied by an error in X~, so both may be loose until
the steps are small. That is where the speed is: a handful of steps, a few sweeps each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from comity.potential.ppml import algebra

Floats = NDArray[np.float64]

# Share of a covariate's own variance that must be left after the effects and the covariates
# before it; below that it is taken for collinear (its standard error would be 3e4 times larger).
COLLINEAR = 1e-9
# From here on the projection is solved to the end before anything is called collinear.
_SUSPECT = 1e-3
_LOOSE = 1e-2
_LOOSEST = 0.1
_LONGEST_STEP = 2.0
# Newton squares the step: after one this short, the next is the last.
_LAST = 3e-4
# Gaps of the totals are about so many times their square after Newton's step.
_CURVED = 4.0
# Totals that another step brings no nearer than this share of their gaps run away, perhaps: where
# cells are separated each step takes them down by a factor of e, for ever.
_STALLED = 0.25
# A total missed by more than this share of itself, where all together are missed by less than that
# share of the flows, may be one of them.
_LAGS, _MET = 1e-3, 1e-4
# It is one if it is missed so many times more than all together.
_LONE = 1e3
# Weights that moved by less than this share of what a projection has to be good for leave it as
# it is: it changes with them, no more than in proportion.
STANDS = 0.1


@dataclass(frozen=True)
class Certificate:
    """How far a fit is from its own first-order conditions.

    Attributes
    ----------
    converged : bool
        Whether every tolerance below was met.
    step : float
        Last Newton step: largest root-mean-square change of the linear predictor that one
        coefficient makes (dimensionless). Newton squares it, so the error left is about step**2.
    margin_error : float
        Largest relative gap between a fitted and an observed total of any effect.
    projection_error : float
        Last change of the projected covariates, in their own standard deviations; with directed
        pair effects what is left to change, estimated from the last two.
    steps, sweeps : int
        Newton steps; passes over the tensor, scaling and projection together (the year with the
        most, where years are settled apart).
    reason : str
        Empty, or why the fit is not to be trusted.
    """

    converged: bool
    step: float
    margin_error: float
    projection_error: float
    steps: int
    sweeps: int
    reason: str = ""

    def __str__(self) -> str:
        verdict = "converged" if self.converged else f"NOT CONVERGED ({self.reason})"
        return (
            f"{verdict}: step {self.step:.1e}, margins {self.margin_error:.1e}, "
            f"projection {self.projection_error:.1e}; {self.steps} steps, {self.sweeps} sweeps"
        )


@dataclass(frozen=True)
class Tolerance:
    """When a fit counts as done; see `Certificate` for the units."""

    step: float = 1e-7
    margin: float = 3e-9
    projection: float = 1e-7
    steps: int = 40
    sweeps: int = 5000


@dataclass(frozen=True)
class Evaluation:
    """What a kernel found at one set of coefficients."""

    score: Floats
    hessian: Floats
    likelihood: float
    total: float
    margin_error: float
    projection_error: float
    sweeps: int


class Problem(Protocol):
    """A gravity model with its effects concentrated out; two kernels offer this."""

    @property
    def spread(self) -> Floats:
        """Standard deviation of each covariate over the observed cells, shape (K,)."""

    scale: Floats
    worst: float
    """Largest relative gap of a total at the last evaluation."""
    joint: bool
    """Whether `follow` improves the totals too, so that `evaluate` need not settle them."""

    def evaluate(self, beta: Floats, margin: float, projection: float, sweeps: int) -> Evaluation:
        """Settle effects and projections at `beta`; keep them as the next warm start."""

    def follow(self, move: Floats) -> None:
        """Let the effects follow a step of the coefficients, to first order.

        X~ = X - A - B - C says by how much: ln a falls by A move, and so on. After that the
        totals are off by the square of the step and no longer by the step.
        """

    def retreat(self, move: Floats) -> None:
        """Let the effects follow a part of a step back: the step was too long."""

    def restrict(self, keep: NDArray[np.bool_]) -> Self:
        """Return the same problem with some of the covariates."""


P = TypeVar("P", bound=Problem)


@dataclass(frozen=True)
class Outcome(Generic[P]):
    """Where the climb ended.

    Attributes
    ----------
    problem : Problem
        The problem in its last state, restricted to the covariates in `kept`.
    beta : ndarray, shape (K kept,)
    hessian : ndarray, shape (K kept, K kept)
    kept : ndarray of bool, shape (K,)
        False for covariates that are collinear with the effects or with those before them.
    move : ndarray, shape (K kept,)
        The last step. If it stays large while `Certificate.step` is small, it only moves cells
        that run away to zero: separation.
    """

    problem: P
    beta: Floats
    hessian: Floats
    kept: NDArray[np.bool_]
    certificate: Certificate
    move: Floats

    @property
    def drift(self) -> float:
        """The last step in standard deviations of the covariates; large under separation."""
        return float((np.abs(self.move) * self.problem.spread).max(initial=0.0))


def climb(
    problem: P,
    start: Floats | None = None,
    tolerance: Tolerance | None = None,
    *,
    wary: bool = False,
) -> Outcome[P]:
    """Run Newton's method until the coefficients, the margins and the projections are settled.

    Parameters
    ----------
    problem : Problem
    start : ndarray, shape (K,), optional
        Coefficients to start from; zeros by default.
    tolerance : Tolerance, optional
    wary : bool
        Stop, unconverged, where effects and coefficients move together and a total stays out of
        reach: before the climb goes on somebody should look for separated cells.

    Returns
    -------
    Outcome
        Also when the climb fails: the certificate says so, and nobody may ignore it.

    Notes
    -----
    The concentrated likelihood is concave, so a step that lowers it is too long and is halved.
    Newton squares the step: once one is short enough the next is the last, and everything is
    solved to the end for it. Until then the margins need a twentieth of the step and the
    projection half of it: the next step is about the largest of step**2, step * projection and
    margin * projection.
    """
    goal = tolerance or Tolerance()
    if problem.joint:
        # Newton's steps on effects are cheap, and totals that still drift move the coefficients.
        goal = replace(goal, margin=goal.margin / 6)
    names = np.arange(problem.spread.size)
    kept = np.ones(names.size, dtype=np.bool_)
    beta = np.zeros(names.size) if start is None else np.array(start, dtype=np.float64)
    margin, projection = (_LOOSE, _LOOSE) if start is None else (1e-4, 1e-4)
    if problem.joint:
        projection, margin = _LOOSEST, margin if start is None else goal.margin
    first = True
    best = Evaluation(np.zeros(0), np.zeros((0, 0)), -np.inf, 0.0, np.inf, np.inf, 0)
    move = np.zeros_like(beta)
    sweeps = 0
    reason = ""
    step = np.inf
    worst = np.inf
    taken = 0
    while taken < goal.steps:
        taken += 1
        now = problem.evaluate(beta, margin, projection, goal.sweeps)
        sweeps += now.sweeps
        if not first and now.likelihood < best.likelihood - _slack(now, margin):
            move = move / 2
            beta = beta - move
            problem.retreat(-move)
            continue
        if not algebra.is_finite(now.score, now.hessian):
            reason = "the fitted flows overflow"
            break
        if first:
            first = False
            stays = _independent(now, problem.spread)
            if stays.size < names.size:
                projection = min(projection, 1e-2 * goal.projection)
                now = problem.evaluate(beta, margin, projection, goal.sweeps)
                sweeps += now.sweeps
                if not np.isfinite(now.hessian).all():
                    reason = "the projection of the covariates failed"
                    break
                stays = _independent(now, problem.spread, certain=True)
            if not stays.all():
                kept = stays
                problem = problem.restrict(stays)
                beta = beta[stays]
                # A start that used a dropped covariate has a likelihood out of reach.
                now = replace(
                    now,
                    score=now.score[stays],
                    hessian=now.hessian[np.ix_(stays, stays)],
                    likelihood=-np.inf,
                )
            own = np.sqrt(now.hessian.diagonal() / now.total)
            problem.scale = np.maximum(own, 1e-6 * problem.spread)
        best = now
        move = _solve(now)
        step, drift = algebra.measure(move, now.hessian, now.total, problem.spread)
        if drift > _LONGEST_STEP:
            move = move * (_LONGEST_STEP / drift)
        beta = beta + move
        problem.follow(move)
        if now.margin_error > margin and not problem.joint:
            reason = "the sweeps ran out before the totals matched"
            break
        tight = now.margin_error <= goal.margin and now.projection_error <= goal.projection
        # Standard errors are those before the step: no single cell may move much with it either.
        if step < goal.step and tight and (not problem.joint or drift < goal.step):
            break
        if problem.joint:
            # Below its tolerance nobody closes a gap any more.
            met = step < _LAST and goal.margin < now.margin_error < _MET
            if wary and met and problem.worst > max(_STALLED * worst, _LAGS):
                reason = "some totals stay out of reach"
                break
            nearing = problem.worst < _STALLED * worst
            worst = problem.worst
            margin = goal.margin
            # A projection this loose is off by its square in score and Hessian (see `close`).
            nearly = max(step * step, now.margin_error) < _LAST
            projection = max(goal.projection, 0.5 * step if nearly else 0.3 * np.sqrt(step))
            if step < _LAST:
                projection = goal.projection
                far = _CURVED * now.margin_error**2 > goal.step
                lags = wary and met and worst > max(_LAGS, _LONE * now.margin_error)
                moves = max(drift, now.margin_error)
                stands = moves < STANDS * now.projection_error
                if (far and (nearing or stands)) or (lags and stands):
                    # One step more first, with the projections at hand: it costs the least. Where
                    # no total runs away they are good for as much as the weights move.
                    projection = max(now.projection_error, 2.0 * moves / STANDS if far else 0.0)
        elif step < _LAST:
            if margin <= goal.margin and step < goal.step:
                reason = "the sweeps ran out before the projection was done"
                break
            margin, projection = goal.margin, goal.projection
        else:
            margin = max(goal.margin, min(_LOOSE, 0.05 * step))
            projection = max(goal.projection, min(5 * _LOOSE, 0.5 * step))
    else:
        reason = "the Newton steps ran out"
    certificate = Certificate(
        converged=not reason,
        step=step,
        margin_error=best.margin_error,
        projection_error=best.projection_error,
        steps=taken,
        sweeps=sweeps,
        reason=reason,
    )
    return Outcome(problem, beta, best.hessian, kept, certificate, move)


def _slack(now: Evaluation, margin: float) -> float:
    """How much a likelihood may fall only because the effects were solved loosely."""
    return now.total * (max(margin, now.margin_error) ** 2 + 1e-12)


def _independent(now: Evaluation, spread: Floats, *, certain: bool = False) -> NDArray[np.bool_]:
    """Tell which covariates have variation of their own; nothing where that is not yet certain.

    Cholesky of the Hessian in the order of the covariates, each pivot against the covariate's
    own variance: of two collinear covariates the later one goes, as in the peers.
    """
    keep = np.zeros(spread.size, dtype=np.bool_)
    smallest = algebra.pivot(now.hessian, now.total, spread, COLLINEAR, keep)
    return keep if certain or smallest > _SUSPECT else keep[:0]


def _solve(now: Evaluation) -> Floats:
    """Newton's step in scaled units; the Hessian may be as uneven as the covariates' units."""
    step = np.empty_like(now.score)
    if algebra.solve(now.hessian, now.score, step):
        return step
    with np.errstate(invalid="ignore"):  # a step that is no number ends the climb
        size = np.sqrt(now.hessian.diagonal())
    size[size == 0.0] = 1.0
    scaled = now.hessian / np.outer(size, size)
    try:
        step = np.linalg.solve(scaled, now.score / size)
    except np.linalg.LinAlgError:
        step = np.linalg.lstsq(scaled, now.score / size, rcond=None)[0]
    return np.asarray(step / size, dtype=np.float64)
