"""The pair left out: exactly, quickly, and of a tie without direction."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.potential.ppml import cross_section
from comity.potential.yardstick.leaveout import leave_out, leave_pair_out

_spec = importlib.util.spec_from_file_location("worlds", Path(__file__).with_name("worlds.py"))
worlds = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(worlds)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_exact_way_equals_a_fit_by_dummies_that_never_saw_the_cell(seed):
    flow, x = worlds.make_world(seed=seed)
    fit = cross_section(flow, x)
    seen = ~np.isnan(flow)
    biggest = np.unravel_index(np.nanargmax(flow), flow.shape)
    for i, j in [biggest, (0, 1), (3, 7)]:
        keep = seen.copy()
        keep[i, j] = False
        expected = worlds.two_effects(flow, x, keep)[i, j]
        assert leave_pair_out(flow, x, fit, i, j) == pytest.approx(expected, rel=1e-6)


def test_the_cell_that_was_never_observed_is_read_off_the_fit():
    flow, x = worlds.make_world()
    flow[2, 5] = np.nan
    fit = cross_section(flow, x)
    assert leave_pair_out(flow, x, fit, 2, 5) == fit.fitted[2, 5]


def test_the_value_of_the_cell_does_not_matter():
    flow, x = worlds.make_world()
    one = leave_pair_out(flow, x, cross_section(flow, x), 4, 9)
    flow[4, 9] *= 50
    assert leave_pair_out(flow, x, cross_section(flow, x), 4, 9) == pytest.approx(one, rel=1e-7)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("seed", [0, 3])
def test_the_quick_way_is_close_to_the_exact_one_in_every_cell(seed, symmetric):
    flow, x = worlds.make_world(seed=seed, symmetric=symmetric)
    fit = cross_section(flow, x)
    quick = leave_out(flow, x, fit, symmetric=symmetric)
    off = []
    for i, j in np.argwhere(~np.isnan(flow)):
        exact = leave_pair_out(flow, x, fit, int(i), int(j), symmetric=symmetric)
        off.append(abs(np.log(quick[i, j] / exact)))
    # Two dozen countries: one cell is a tenth of a row, far more than in the world.
    assert np.median(off) < 2e-4
    assert np.quantile(off, 0.99) < 0.03
    assert max(off) < 0.2


def test_fitted_totals_are_observed_totals():
    flow, x = worlds.make_world(seed=5)
    seen = ~np.isnan(flow)
    mu = np.where(seen, cross_section(flow, x).fitted, 0.0)
    np.testing.assert_allclose(mu.sum(axis=1), np.nansum(flow, axis=1), rtol=1e-7)
    np.testing.assert_allclose(mu.sum(axis=0), np.nansum(flow, axis=0), rtol=1e-7)


def test_a_symmetric_matrix_fitted_as_it_is_has_one_set_of_effects():
    flow, x = worlds.make_world(seed=7, symmetric=True)
    fit = cross_section(flow, x)
    upper = np.triu(np.ones_like(flow, dtype=bool), 1)
    one_set = worlds.two_effects(flow, x, upper, one_set=True)
    np.testing.assert_allclose(fit.fitted[upper], one_set[upper], rtol=1e-6)
    np.testing.assert_allclose(fit.fitted, fit.fitted.T, rtol=1e-6)


def test_a_tie_without_direction_is_left_out_both_times_it_is_written():
    flow, x = worlds.make_world(seed=8, symmetric=True)
    fit = cross_section(flow, x)
    i, j = np.unravel_index(np.nanargmax(flow), flow.shape)
    keep = np.triu(~np.isnan(flow), 1)
    keep[min(i, j), max(i, j)] = False
    expected = worlds.two_effects(flow, x, keep, one_set=True)[i, j]
    found = leave_pair_out(flow, x, fit, int(i), int(j), symmetric=True)
    assert found == pytest.approx(expected, rel=1e-6)
    assert found == pytest.approx(
        leave_pair_out(flow, x, fit, int(j), int(i), symmetric=True), rel=1e-6
    )


def test_a_country_whose_whole_trade_is_the_pair_cannot_be_judged():
    flow, x = worlds.make_world(seed=9)
    flow[3] = np.where(np.isnan(flow[3]), np.nan, 0.0)
    flow[3, 8] = 100.0
    fit = cross_section(flow, x)
    assert np.isnan(leave_out(flow, x, fit)[3, 8])
    assert leave_pair_out(flow, x, fit, 3, 8) == 0


@settings(max_examples=15, deadline=None)
@given(scale=st.floats(1e-6, 1e9), seed=st.integers(0, 50))
def test_units_do_not_matter(scale, seed):
    flow, x = worlds.make_world(n=14, seed=seed)
    one = leave_out(flow, x, cross_section(flow, x))
    other = leave_out(flow * scale, x, cross_section(flow * scale, x))
    np.testing.assert_allclose(other, one * scale, rtol=1e-5)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 50))
def test_the_order_of_countries_does_not_matter(seed):
    flow, x = worlds.make_world(n=14, seed=seed)
    order = np.random.default_rng(seed).permutation(14)
    one = leave_out(flow, x, cross_section(flow, x))
    turned = flow[np.ix_(order, order)], x[:, order][:, :, order]
    other = leave_out(*turned, cross_section(*turned))
    np.testing.assert_allclose(other, one[np.ix_(order, order)], rtol=1e-5)
