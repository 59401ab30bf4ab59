"""The market-clearing system of the one-sector model, and Newton's method on it.

Unknowns are log wages. Excess demand sums to zero over countries and is homogeneous of degree one,
so the Jacobian is singular in one direction; a rank-one term pins world output there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from comity.errors import NotConvergedError
from comity.potential.arrays import Floats


@dataclass(frozen=True, slots=True)
class Certificate:
    """How well a result solves its equations.

    Attributes
    ----------
    residual : float
        Largest excess demand relative to a country's income.
    step : float
        Largest last change of a log wage.
    iterations, factorisations : int
        Evaluations of the system, and Jacobians built.
    tolerance : float
        What both had to fall below.
    """

    residual: float
    step: float
    iterations: int
    factorisations: int
    tolerance: float


class System:
    """Excess demand at given wages, for one set of shares, elasticity and deficit rule."""

    def __init__(
        self, shares: Floats, output: Floats, expenditure: Floats, sigma: float, additive: bool
    ) -> None:
        self.shares = shares  # pi_ij T_ij, rows exporters
        self.output = output
        self.ratio = expenditure / output
        self.deficit = expenditure - output
        self.world = float(output.sum())
        self.sigma = sigma
        self.additive = additive

    def spend(self, income: Floats) -> Floats:
        """Return expenditure at these incomes; over the world it equals income."""
        if self.additive:
            spent: Floats = income + self.deficit * (income.sum() / self.world)
            return spent
        spent = self.ratio * income
        spent *= income.sum() / spent.sum()
        return spent

    def excess(self, u: Floats) -> tuple[Floats, Floats]:
        """Return excess demand and income at log wages u."""
        income = np.exp(u) * self.output
        weight = np.exp((1 - self.sigma) * u)
        spent = self.spend(income)
        if self.additive and spent.min() <= 0:
            # A surplus kept at its value has eaten up the income: no step may end here.
            return np.full_like(income, np.inf), income
        sales = weight * (self.shares @ (spent / (weight @ self.shares)))
        return sales - income, income

    def jacobian(self, u: Floats) -> Floats:
        """Return the derivative of excess demand with respect to log wages, made regular."""
        income = np.exp(u) * self.output
        weight = np.exp((1 - self.sigma) * u)
        bought = weight[:, None] * self.shares
        bought /= bought.sum(axis=0)
        spent = self.spend(income)
        flows = bought * spent
        sales = flows.sum(axis=1)
        J = (self.sigma - 1) * (flows @ bought.T)
        np.einsum("ii->i", J)[:] -= (self.sigma - 1) * sales + income
        if self.additive:
            J += bought * income
            J += np.outer(bought @ self.deficit, income / self.world)
        else:
            J += flows
            weighted = self.ratio * income
            J += np.outer(sales, income / income.sum() - weighted / weighted.sum())
        J -= np.outer(income, income / income.sum())
        return J


@np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore")
def solve(
    system: System,
    start: Floats,
    inverse: Floats | None = None,
    *,
    tolerance: float = 1e-10,
    limit: int = 200,
) -> tuple[Floats, Floats, Certificate]:
    """Return log wages that clear all markets, the inverse Jacobian last used, and a certificate.

    Newton's method with a step that is halved until it helps. A Jacobian is kept while it still
    brings the residual down by two thirds a step, so that a batch of similar systems shares one.
    Far from the solution, rounds of raising wages where demand exceeds supply come in between.

    Raises
    ------
    NotConvergedError
        If residual and step do not both fall below the tolerance. With additive deficits there may
        be nothing to find: a surplus that keeps its value can outgrow a fallen income.
    """
    u = start - np.log((np.exp(start) * system.output).sum() / system.world)
    if inverse is None:
        u = _grope(system, u, 3)
    over, income = system.excess(u)
    residual, step, built = _residual(over, income), np.inf, 0
    for count in range(1, limit + 1):
        fresh = inverse is None
        if inverse is None:
            try:
                inverse = invert(system.jacobian(u))
            except np.linalg.LinAlgError:
                break
            built += 1
        move: Floats = inverse @ -over
        largest = float(np.abs(move).max())
        if not np.isfinite(largest):
            break
        scale = min(1.0, 1.0 / largest) if largest > 0 else 1.0
        for _ in range(25):
            trial = u + scale * move
            trial_over, trial_income = system.excess(trial)
            trial_residual = _residual(trial_over, trial_income)
            if trial_residual < max(residual, 1e-13) or not fresh:
                break
            scale /= 2
        helped = trial_residual < residual / 3 or trial_residual < tolerance
        if not helped and not fresh:
            inverse = None
            continue
        u, over, income, residual = trial, trial_over, trial_income, trial_residual
        step = scale * largest
        if residual <= tolerance and step <= 100 * tolerance:
            certificate = Certificate(residual, step, count, built, tolerance)
            return u - np.log(income.sum() / system.world), inverse, certificate
        if not helped:
            u = _grope(system, u, 10)
            over, income = system.excess(u)
            residual, inverse = _residual(over, income), None
    hint = "Make the shock smaller, or check that every country sells to and buys from somebody."
    if system.additive and (system.spend(income) < 0.05 * income).any():
        hint = "A surplus that keeps its value eats up an income: take multiplicative deficits."
    raise NotConvergedError(
        f"The equilibrium was not found: markets miss clearing by {residual:.1e} of income.", hint
    )


def _grope(system: System, u: Floats, rounds: int) -> Floats:
    """Raise wages where demand exceeds supply, for some rounds."""
    for _ in range(rounds):
        over, income = system.excess(u)
        trial = u + np.log(np.clip(1 + over / income, 1e-2, 1e2)) / system.sigma
        if not np.isfinite(system.excess(trial)[0]).all():
            break
        u = trial
    return u


def invert(matrix: Floats) -> Floats:
    """Return the inverse of a matrix."""
    return np.linalg.inv(matrix).astype(np.float64, copy=False)


def _residual(over: Floats, income: Floats) -> float:
    worst = float(np.abs(over / income).max())
    return worst if np.isfinite(worst) else np.inf
