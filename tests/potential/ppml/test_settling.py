"""Sweeps of the two-way kernel against the same in NumPy, for counts that fill no register."""

import numpy as np
import pytest

from comity.potential.ppml import passes, settling, twoway
from comity.potential.ppml.rooms import widen
from comity.potential.ppml.stack import Stack


def draw(n: int, m: int, covariates: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return flows, covariates and exposure [2, n, m], some cells without exposure."""
    r = np.random.default_rng(n * 100 + m)
    exposure = (r.uniform(size=(2, n, m)) < 0.8).astype(float)
    x = r.normal(size=(covariates, 2, n, m))
    x[1] = x[1] > 0
    flow = r.gamma(1.0, 2.0, (2, n, m)) * exposure
    return widen(flow), widen(x), widen(exposure)


@pytest.mark.parametrize(("n", "m"), [(1, 3), (4, 8), (5, 9), (7, 16), (10, 23)])
def test_sums_of_four_rows_end_with_the_last(n: int, m: int) -> None:
    matrix = widen(np.random.default_rng(0).normal(size=(n, m)))
    vectors = widen(np.random.default_rng(1).normal(size=(2, m)))
    sums = np.empty(4)
    for first in range(0, n, 4):
        settling.sum_team(matrix, first, vectors, matrix.shape[1], sums)
        rows = matrix[first : first + 4]
        np.testing.assert_allclose(sums[: len(rows)], rows @ vectors[1], rtol=1e-13, atol=1e-13)
        factors = np.zeros(4)
        factors[: len(rows)] = np.arange(1.0, len(rows) + 1)
        onto = vectors.copy()
        settling.add_team(matrix, first, factors, onto, matrix.shape[1])
        np.testing.assert_allclose(onto[1], vectors[1] + factors[: len(rows)] @ rows, atol=1e-13)
        np.testing.assert_array_equal(onto[0], vectors[0])


@pytest.mark.parametrize(("n", "m"), [(3, 5), (8, 8), (9, 21)])
def test_tilt_is_the_exponential_of_centred_covariates(n: int, m: int) -> None:
    _, x, exposure = draw(n, m, 3)
    centre, beta = np.array([0.3, 0.5, -0.2]), np.array([-1.2, 0.4, 0.7])
    out = np.empty(exposure.shape[1:])
    twoway.tilt(1, exposure, x, centre, np.array([False, True, False]), beta, out)
    linear = np.tensordot(beta, x[:, 1] - centre[:, None, None], 1)
    np.testing.assert_allclose(out, exposure[1] * np.exp(linear), rtol=1e-13)


@pytest.mark.parametrize(("n", "m"), [(3, 5), (8, 8), (9, 21)])
def test_margins_and_moments_are_those_of_the_mean(n: int, m: int) -> None:
    _, x, exposure = draw(n, m, 3)
    W = x.shape[-1]
    r = np.random.default_rng(2)
    a, b, centre = r.uniform(1, 2, n), r.uniform(1, 2, W), r.normal(size=3)
    mean = exposure[1] * r.uniform(1, 2, (n, W))
    before = mean.copy()
    w_i, w_j, x_i, x_j = np.empty(n), np.empty(W), np.empty((3, n)), np.empty((3, W))
    moments = np.ones((3, 3))
    twoway.weigh(1, mean, a, b, x, centre, w_i, w_j, x_i, x_j, moments)
    expected = a[:, None] * before * b
    centred = x[:, 1] - centre[:, None, None]
    np.testing.assert_allclose(mean, expected, rtol=1e-14)
    np.testing.assert_allclose(w_i, expected.sum(1), rtol=1e-13)
    np.testing.assert_allclose(w_j, expected.sum(0), rtol=1e-13)
    np.testing.assert_allclose(x_i, (expected * centred).sum(2), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(x_j, (expected * centred).sum(1), rtol=1e-11, atol=1e-12)
    full = np.einsum("ij,kij,lij->kl", expected, centred, centred)
    np.testing.assert_allclose(np.tril(moments - 1), np.tril(full), rtol=1e-11, atol=1e-12)


def test_a_projection_leaves_nothing_of_the_effects() -> None:
    _, x, exposure = draw(9, 21, 3)
    stack = Stack(*draw(9, 21, 3))
    rest = stack.regress(x, exposure)
    for axis in (2, 3):
        np.testing.assert_allclose((rest * exposure).sum(axis), 0.0, atol=1e-8)


def test_what_a_stack_knows_beforehand() -> None:
    flow, x, exposure = draw(9, 21, 3)
    x[0] += 1e6
    stack = Stack(flow, x, exposure)
    np.testing.assert_allclose(stack.by_exporter, flow.sum(2), rtol=1e-13)
    np.testing.assert_allclose(stack.by_importer, flow.sum(1), rtol=1e-13)
    seen = x[:, exposure > 0]
    np.testing.assert_allclose(stack.centre, seen.mean(1), rtol=1e-13)
    np.testing.assert_allclose(stack.spread, seen.std(1), rtol=1e-9)
    np.testing.assert_allclose(stack.raw_flow, (x * flow).sum((1, 2, 3)), rtol=1e-12)
    assert stack.is_dummy.tolist() == [False, True, False]


def test_effects_follow_a_step_and_their_logs_are_added_up() -> None:
    r = np.random.default_rng(3)
    scales, effects, move = r.uniform(1, 2, (2, 5)), r.normal(size=(3, 2, 5)), r.normal(size=3)
    expected = scales * np.exp(-np.tensordot(move, effects, 1))
    twoway.follow(scales, effects, move)
    np.testing.assert_allclose(scales, expected, rtol=1e-13)
    weight = np.array([1.0, 2.0, 3.0])
    assert twoway.weigh_logs(weight, np.array([2.0, 0.0, 4.0])) == pytest.approx(
        np.log(2.0) + 3 * np.log(4.0)
    )


def test_a_stack_of_broken_rows_is_refused() -> None:
    flow = np.ones((1, 3, 5))
    with pytest.raises(ValueError, match="whole lanes"):
        Stack(flow, np.ones((1, 1, 3, 5)), flow)


def test_totals_are_written_afresh() -> None:
    flow = widen(np.arange(12.0).reshape(1, 3, 4))
    rows, columns = np.full((1, 3), 7.0), np.full((1, 8), 7.0)
    passes.add_margins(flow, rows, columns)
    np.testing.assert_allclose(rows, flow.sum(2))
    np.testing.assert_allclose(columns, flow.sum(1))
