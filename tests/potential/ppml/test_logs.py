"""Sums of logarithms by registers, against NumPy's."""

import numpy as np
import pytest

from comity.potential.ppml.logs import add_logs


@pytest.mark.parametrize("width", [1e-9, 1.0, 300.0])
def test_a_logarithm_is_that_of_numpy_to_its_last_places(width):
    x = np.exp(np.random.default_rng(0).uniform(-width, width, 800))
    found = [add_logs(np.eye(8)[q % 8], x[q - q % 8 : q - q % 8 + 8]) for q in range(x.size)]
    np.testing.assert_allclose(found, np.log(x), rtol=1e-15)


@pytest.mark.parametrize("size", [0, 3, 8, 21])
def test_sums_are_weighted_and_leave_out_effects_that_are_not_positive(size):
    rng = np.random.default_rng(size)
    weight, effects = rng.uniform(size=size), rng.gamma(1.0, 1.0, size)
    effects[1::5] = 0.0
    effects[2::7] = np.nan
    expected = (weight * np.log(np.where(effects > 0.0, effects, 1.0))).sum()
    np.testing.assert_allclose(add_logs(weight, effects), expected, rtol=1e-14, atol=1e-15)
