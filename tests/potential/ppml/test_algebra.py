"""The small algebra of Newton's step against NumPy's, and what it leaves to NumPy."""

import numpy as np
import pytest

from comity.potential.ppml import algebra


def draw(size: int, seed: int) -> np.ndarray:
    """Return a positive definite matrix of uneven units."""
    r = np.random.default_rng(seed)
    x = r.normal(size=(size + 20, size)) * 10.0 ** r.integers(-6, 6, size)
    matrix: np.ndarray = x.T @ x
    return matrix


@pytest.mark.parametrize("size", [0, 1, 3, 8])
def test_a_step_solves_the_normal_equations(size: int) -> None:
    hessian, score = draw(size, size), np.arange(1.0, size + 1)
    step = np.empty(size)
    assert algebra.solve(hessian, score, step)
    np.testing.assert_allclose(step, np.linalg.solve(hessian, score), rtol=1e-9)


@pytest.mark.parametrize(
    "hessian", [np.ones((2, 2)), np.zeros((2, 2)), np.diag([1.0, -1.0]), np.full((2, 2), np.nan)]
)
def test_a_weak_pivot_is_left_to_others(hessian: np.ndarray) -> None:
    assert not algebra.solve(hessian, np.ones(2), np.empty(2))


def test_a_move_is_measured_by_both_spreads() -> None:
    hessian, spread = np.diag([4.0, 9.0]), np.array([5.0, 1.0])
    step, drift = algebra.measure(np.array([-1.0, 2.0]), hessian, 4.0, spread)
    assert (step, drift) == (pytest.approx(3.0), pytest.approx(5.0))
    assert algebra.measure(np.zeros(0), np.zeros((0, 0)), 1.0, np.zeros(0)) == (0.0, 0.0)


def test_a_move_that_is_no_number_is_no_small_step() -> None:
    for move in ([np.nan, 0.0], [0.0, np.inf]):
        assert algebra.measure(np.array(move), np.eye(2), 1.0, np.ones(2)) == (np.inf, np.inf)


def test_of_two_collinear_covariates_the_later_one_goes() -> None:
    x = np.random.default_rng(1).normal(size=(50, 3))
    x = np.column_stack([x[:, 0], x[:, 1], x[:, 0] - 2 * x[:, 1], x[:, 2], np.zeros(50)])
    keep = np.zeros(5, dtype=np.bool_)
    smallest = algebra.pivot(x.T @ x, 50.0, x.std(0), 1e-9, keep)
    assert keep.tolist() == [True, True, False, True, False]
    assert smallest == pytest.approx(0.0, abs=1e-12)


def test_finite_numbers_are_told_from_others() -> None:
    assert algebra.is_finite(np.ones(2), np.ones((2, 2)))
    assert not algebra.is_finite(np.array([1.0, np.inf]), np.ones((2, 2)))
    assert not algebra.is_finite(np.ones(2), np.full((2, 2), np.nan))
