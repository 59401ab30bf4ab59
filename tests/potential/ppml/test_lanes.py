"""Rows in registers, against NumPy."""

import numba as nb
import numpy as np
import pytest

from comity.potential.ppml import lanes
from comity.potential.ppml.lanes import exponential, load, store


@nb.njit
def raise_rows(x, out, row):
    for q in range(0, x.size, 8 * len(row)):
        store(out, q, exponential(load(x, q, row)))


def test_exponential_is_right_to_about_a_unit_in_the_last_place():
    rng = np.random.default_rng(0)
    ends = [0.0, -0.0, 1.0, -1.0, 700.0, -700.0, 1e-300, -1e-17]
    x = np.concatenate([rng.uniform(-700, 700, 8000), rng.normal(size=7992), ends])
    out = np.empty_like(x)
    raise_rows(x, out, lanes.lanes_of(16))
    exact = np.exp(x.astype(np.longdouble))
    assert np.abs((out - exact) / np.spacing(out)).max() < 1.5


def test_exponential_stays_finite_beyond_its_range_and_keeps_nan():
    x = np.array([1e4, -1e4, np.inf, -np.inf, np.nan, 701.0, -701.0, 3.0])
    out = np.empty_like(x)
    raise_rows(x, out, lanes.lanes_of(8))
    clipped = np.exp(np.clip(x, -700, 700))
    np.testing.assert_allclose(out, clipped, rtol=4e-16)


@pytest.mark.parametrize("years", [1, 8, 9, 20])
def test_a_padded_row_holds_all_years_in_whole_lanes(years):
    width = lanes.padded(years)
    assert width >= years > width - lanes.WIDTH
    assert len(lanes.lanes_of(width)) * lanes.WIDTH == width
