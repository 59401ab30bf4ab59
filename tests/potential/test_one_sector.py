"""One-sector equilibrium: what must hold in any world, and what cannot be solved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import (
    ArrayError,
    DegenerateFlowsError,
    ElasticityError,
    NotConvergedError,
)
from comity.potential.equilibrium import (
    newton,
    solve_conditional,
    solve_draws,
    solve_one_sector,
)

DEFICITS = ("multiplicative", "additive")


def world(seed: int, N: int = 9) -> np.ndarray:
    """Return flows of N unlike countries, each with domestic trade and a deficit or surplus."""
    generator = np.random.default_rng(seed)
    size = generator.lognormal(0, 1.5, N)
    flows = np.outer(size, size) * generator.lognormal(0, 1, (N, N))
    flows += 3 * flows.T
    np.fill_diagonal(flows, 15 * size**2)
    return flows


def shock(seed: int, N: int = 9, spread: float = 0.5) -> np.ndarray:
    effect = np.exp(np.random.default_rng(seed + 1).normal(0, spread, (N, N)))
    np.fill_diagonal(effect, 1.0)
    return effect


@pytest.mark.parametrize("deficits", DEFICITS)
def test_no_change_changes_nothing(deficits: Any) -> None:
    X = world(0)
    same = solve_one_sector(X, np.ones_like(X), sigma=5.0, deficits=deficits)
    np.testing.assert_allclose(same.wage, 1.0, atol=1e-9)
    np.testing.assert_allclose(same.welfare, 1.0, atol=1e-9)
    np.testing.assert_allclose(same.trade, X, rtol=1e-8)


@pytest.mark.parametrize("deficits", DEFICITS)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), sigma=st.floats(1.5, 12))
def test_markets_clear_and_deficits_stay(deficits: Any, seed: int, sigma: float) -> None:
    X = world(seed)
    Y, E = X.sum(axis=1), X.sum(axis=0)
    after = solve_one_sector(X, shock(seed), sigma=sigma, deficits=deficits)
    np.testing.assert_allclose(after.trade.sum(axis=1), after.output, rtol=1e-8)
    np.testing.assert_allclose(after.trade.sum(axis=0), after.expenditure, rtol=1e-8)
    np.testing.assert_allclose(after.output, after.wage * Y)
    np.testing.assert_allclose(after.output.sum(), Y.sum())
    if deficits == "additive":
        np.testing.assert_allclose(after.expenditure - after.output, E - Y, rtol=1e-6, atol=1e-9)
    else:
        ratio = after.expenditure / after.output / (E / Y)
        np.testing.assert_allclose(ratio, ratio[0])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), sigma=st.floats(1.5, 12))
def test_welfare_is_read_off_the_domestic_share(seed: int, sigma: float) -> None:
    """Arkolakis, Costinot & Rodriguez-Clare: ``W = pi_jj ** (1 / (1-s))``, in hats."""
    X = world(seed)
    after = solve_one_sector(X, shock(seed), sigma=sigma)
    domestic = np.diag(after.trade) / after.expenditure / (np.diag(X) / X.sum(axis=0))
    np.testing.assert_allclose(after.welfare, domestic ** (1 / (1 - sigma)), rtol=1e-8)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    sigma=st.sampled_from([1.05, 1.2, 2.0, 5.0, 20.0]),
    spread=st.sampled_from([0.1, 1.0, 3.0]),
    home=st.sampled_from([0.01, 1.0, 1000.0]),
)
def test_wild_worlds_are_solved(seed: int, sigma: float, spread: float, home: float) -> None:
    """Multiplicative deficits always leave an equilibrium, and it is found."""
    generator = np.random.default_rng(seed)
    N = int(generator.integers(2, 30))
    size = generator.lognormal(0, 2, N)
    X = np.outer(size, size) * generator.lognormal(0, 1.5, (N, N))
    X[np.diag_indices(N)] *= home
    after = solve_one_sector(X, shock(seed, N, spread), sigma=sigma)
    assert after.certificate.residual <= after.certificate.tolerance
    np.testing.assert_allclose(after.trade.sum(axis=1), after.output, rtol=1e-8)


def test_the_unit_of_account_does_not_matter() -> None:
    X, T = world(3), shock(3)
    one, other = (solve_one_sector(scale * X, T, sigma=4.0) for scale in (1.0, 1e9))
    np.testing.assert_allclose(one.welfare, other.welfare, rtol=1e-9)


def test_both_rules_agree_when_trade_balances() -> None:
    X = world(5)
    X = X + X.T
    results = [solve_one_sector(X, shock(5), sigma=6.0, deficits=rule) for rule in DEFICITS]
    np.testing.assert_allclose(results[0].welfare, results[1].welfare, rtol=1e-8)
    np.testing.assert_allclose(results[0].real_expenditure, results[0].welfare, rtol=1e-8)


def test_an_agreement_has_winners_and_third_countries_that_lose() -> None:
    X = world(7) + world(7).T
    T = np.ones_like(X)
    T[0, 1] = T[1, 0] = np.exp(0.5)
    after = solve_one_sector(X, T, sigma=5.0)
    assert (after.welfare[:2] > 1).all()
    assert (after.welfare[2:] < 1).mean() > 0.5


def test_an_embargo() -> None:
    X, T = world(11), np.ones((9, 9))
    T[0, 1] = T[1, 0] = 0.0
    after = solve_one_sector(X, T, sigma=5.0)
    assert after.trade[0, 1] == 0
    assert (after.welfare[:2] < 1).all()


@pytest.mark.parametrize("deficits", DEFICITS)
def test_the_jacobian_is_the_derivative(deficits: str) -> None:
    X = world(2)
    Y, E = X.sum(axis=1), X.sum(axis=0)
    system = newton.System(X / E * shock(2), Y, E, 4.5, deficits == "additive")
    u = np.random.default_rng(0).normal(0, 0.2, 9)
    income = np.exp(u) * Y
    exact = system.jacobian(u) + np.outer(income, income / income.sum())
    step = 1e-6 * np.eye(9)
    numeric = [(system.excess(u + h)[0] - system.excess(u - h)[0]) / 2e-6 for h in step]
    np.testing.assert_allclose(exact, np.transpose(numeric), atol=1e-6 * Y.max())


@pytest.mark.parametrize("deficits", DEFICITS)
def test_draws_equal_single_solves(deficits: Any) -> None:
    X = world(13)
    generator = np.random.default_rng(1)
    patterns = np.zeros((2, 9, 9))
    patterns[0, :3, :3], patterns[1, 4, 5] = 1, -1
    for k in range(2):
        np.fill_diagonal(patterns[k], 0)
    b, sigma = generator.normal(0.4, 0.3, (20, 2)), generator.uniform(3, 8, 20)
    draws = solve_draws(X, patterns, b, sigma=sigma, deficits=deficits, cells=[[0, 1], [4, 5]])
    assert draws.residual.max() <= 1e-10
    for d in range(20):
        T = np.exp(np.tensordot(b[d], patterns, axes=1))
        one = solve_one_sector(X, T, sigma=sigma[d], deficits=deficits)
        np.testing.assert_allclose(draws.welfare[d], one.welfare, rtol=1e-8)
        np.testing.assert_allclose(draws.flows[d], [one.trade[0, 1], one.trade[4, 5]], rtol=1e-8)
        exports = one.trade.sum(axis=1) - np.diag(one.trade)
        np.testing.assert_allclose(draws.exports[d], exports, rtol=1e-8)


def test_no_draws() -> None:
    draws = solve_draws(world(1), np.zeros((1, 9, 9)), np.zeros((0, 1)), sigma=5.0)
    assert draws.welfare.shape == (0, 9)


def test_conditional_keeps_output_and_expenditure() -> None:
    X, T = world(17), shock(17)
    after = solve_conditional(X, T, sigma=5.0, reference=2)
    np.testing.assert_allclose(after.trade.sum(axis=0), X.sum(axis=0), rtol=1e-10)
    np.testing.assert_allclose(after.trade.sum(axis=1), X.sum(axis=1), rtol=1e-10)
    assert after.inward[2] == 1
    rebuilt = X * T * np.outer(after.outward, after.inward) ** 4.0
    np.testing.assert_allclose(after.trade, rebuilt, rtol=1e-10)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"sigma": 1.0}, ElasticityError, "is 1; it has to be above 1"),
        ({"sigma": 0.5}, ElasticityError, "above 1"),
        ({"sigma": np.nan}, ArrayError, "sigma is missing"),
        ({"trade": np.ones((2, 3))}, ArrayError, "square"),
        ({"trade": [[1.0, -1.0], [1.0, 1.0]]}, ArrayError, "trade is negative at \\[0, 1\\]"),
        ({"trade": [[1.0, np.nan], [1.0, 1.0]]}, ArrayError, "trade is missing at \\[0, 1\\]"),
        ({"cost_effect": np.ones((3, 3))}, ArrayError, "cost effect should be 2 x 2"),
        ({"cost_effect": [[1.0, np.inf], [1.0, 1.0]]}, ArrayError, "infinite"),
        ({"trade": [[1.0]], "cost_effect": [[1.0]]}, DegenerateFlowsError, "nobody to trade"),
        ({"trade": [[0.0, 0.0], [1.0, 1.0]]}, DegenerateFlowsError, "0 sells nothing"),
        ({"trade": [[0.0, 1.0], [0.0, 1.0]]}, DegenerateFlowsError, "0 buys nothing"),
        ({"cost_effect": np.zeros((2, 2))}, DegenerateFlowsError, "after the change"),
        ({"deficits": "none"}, ArrayError, "multiplicative"),
    ],
)
def test_bad_input(wrong: dict[str, Any], error: type[Exception], words: str) -> None:
    good: dict[str, Any] = {
        "trade": [[8.0, 2.0], [2.0, 8.0]],
        "cost_effect": [[1.0, 2.0], [2.0, 1.0]],
        "sigma": 5.0,
    }
    with pytest.raises(error, match=words):
        solve_one_sector(**{**good, **wrong})


def test_an_equilibrium_that_is_not_found_is_not_returned() -> None:
    X = world(1)
    E = X.sum(axis=0)
    system = newton.System(X / E * shock(1), X.sum(axis=1), E, 5.0, additive=False)
    with pytest.raises(NotConvergedError, match="miss clearing"):
        newton.solve(system, np.zeros(9), limit=1, tolerance=1e-14)


def test_a_surplus_that_outgrows_income() -> None:
    """A country that keeps lending what it no longer earns has no equilibrium."""
    X = np.array([[0.2, 9.0, 9.0], [0.1, 20.0, 5.0], [0.1, 5.0, 20.0]])
    T = np.array([[1.0, 0.01, 0.01], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    solve_one_sector(X, T, sigma=5.0)
    with pytest.raises(NotConvergedError, match="take multiplicative deficits"):
        solve_one_sector(X, T, sigma=5.0, deficits="additive")


def test_separate_worlds_have_no_common_wage() -> None:
    X = np.kron(np.eye(2), np.array([[8.0, 2.0], [2.0, 8.0]]))
    with pytest.raises(DegenerateFlowsError, match=r"2 parts .* country 2 is cut off"):
        solve_one_sector(X, np.ones((4, 4)), sigma=5.0)


def test_resistances_that_cannot_add_up() -> None:
    X = np.array([[1.0, 9.0], [5.0, 1.0]])
    with pytest.raises(NotConvergedError, match="embargo"):
        solve_conditional(X, [[1, 0], [1, 1]], sigma=5.0, limit=500)
    with pytest.raises(ArrayError, match="reference"):
        solve_conditional(X, np.ones((2, 2)), sigma=5.0, reference=2)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cells": [[0, 9]]}, "beyond the 9"),
        ({"cells": [[0.5, 1.0]]}, "positions?|position"),
        ({"sigma": [5.0, 6.0]}, "one for each draw"),
        ({"coefficients": [[0.1, 0.2]]}, "patterns should be 2"),
    ],
)
def test_bad_draws(wrong: dict[str, Any], words: str) -> None:
    good: dict[str, Any] = {
        "patterns": np.zeros((1, 9, 9)),
        "coefficients": [[0.1], [0.2], [0.3]],
        "sigma": 5.0,
    }
    with pytest.raises(ArrayError, match=words):
        solve_draws(world(1), **{**good, **wrong})
