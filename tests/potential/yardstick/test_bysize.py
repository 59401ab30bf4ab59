"""The gravity equation by size, and the models a referee would ask for."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from comity.errors import EstimationError
from comity.potential.yardstick.bysize import expect_by_size
from comity.potential.yardstick.dense import invert, multiply

_spec = importlib.util.spec_from_file_location("worlds", Path(__file__).with_name("worlds.py"))
worlds = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(worlds)


def test_it_is_poisson_on_size_and_nearness_without_the_cell():
    flow, x = worlds.make_world(seed=2)
    size = np.random.default_rng(3).lognormal(0, 1, len(flow)) * 1e12
    seen = ~np.isnan(flow)
    seen[1, 8] = False
    rows, columns = np.nonzero(seen)
    logs = np.log(size)
    design = np.column_stack([np.ones(rows.size), logs[rows], logs[columns], *x[:, rows, columns]])
    beta = worlds.fit_plainly(flow[seen], design)
    expected = np.exp(beta @ np.array([1.0, logs[1], logs[8], *x[:, 1, 8]]))
    assert expect_by_size(flow, size, x, 1, 8) == pytest.approx(expected, rel=1e-6)


def test_the_unit_of_gdp_does_not_matter_and_a_missing_one_is_said_so():
    flow, x = worlds.make_world(seed=2)
    size = np.random.default_rng(3).lognormal(0, 1, len(flow))
    one = expect_by_size(flow, size, x, 1, 8)
    assert expect_by_size(flow, size * 1e9, x, 1, 8) == pytest.approx(one, rel=1e-6)
    size[8] = np.nan
    with pytest.raises(EstimationError, match="size of one"):
        expect_by_size(flow, size, x, 1, 8)


@pytest.mark.parametrize("n", [1, 3, 40])
def test_the_compiled_algebra_is_that_of_numpy(n):
    rng = np.random.default_rng(n)
    left, right = rng.normal(size=(n, n + 2)), rng.normal(size=(n + 2, n))
    np.testing.assert_allclose(multiply(left, right), left @ right, atol=1e-12)
    matrix = left @ left.T + np.eye(n)
    np.testing.assert_allclose(invert(matrix), np.linalg.inv(matrix), rtol=1e-9, atol=1e-12)
