"""Goods without fuels: what is usual from totals and coefficients alone."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from comity import starter
from comity.errors import EstimationError
from comity.lake import Store
from comity.potential.ppml import cross_section
from comity.potential.yardstick.fits import Fits
from comity.potential.yardstick.remainder import stand_without_fuels
from comity.potential.yardstick.totals import expect_from_totals

_spec = importlib.util.spec_from_file_location("worlds", Path(__file__).with_name("worlds.py"))
worlds = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(worlds)


def _tilt(beta, x):
    tilt = np.exp(np.einsum("k,kij->ij", beta, x))
    np.fill_diagonal(tilt, 0.0)
    return tilt


@pytest.mark.parametrize("seed", [0, 4])
def test_totals_and_coefficients_say_the_same_as_the_flows(seed):
    flow, x = worlds.make_world(seed=seed)
    seen = ~np.isnan(flow)
    seen[2, 6] = False
    refit = cross_section(flow, x, seen)
    known = np.nan_to_num(flow)
    found = expect_from_totals(
        known.sum(axis=1), known.sum(axis=0), _tilt(refit.beta, x), known[2, 6], 2, 6
    )
    assert found == pytest.approx(refit.fitted[2, 6], rel=1e-6)


def test_the_unit_does_not_matter_and_the_pairs_own_flow_is_out():
    flow, x = worlds.make_world(seed=1)
    known, tilt = np.nan_to_num(flow), _tilt(cross_section(flow, x).beta, x)
    one = expect_from_totals(known.sum(1), known.sum(0), tilt, known[3, 4], 3, 4)
    more = expect_from_totals(1e6 * known.sum(1), 1e6 * known.sum(0), tilt, 1e6 * known[3, 4], 3, 4)
    assert more == pytest.approx(1e6 * one, rel=1e-6)
    grown = known.copy()
    grown[3, 4] *= 30
    again = expect_from_totals(grown.sum(1), grown.sum(0), tilt, grown[3, 4], 3, 4)
    assert again == pytest.approx(one, rel=1e-6)


def test_a_total_that_is_all_the_pairs_says_nothing():
    flow, x = worlds.make_world(seed=1)
    known, tilt = np.nan_to_num(flow), _tilt(cross_section(flow, x).beta, x)
    known[5] = 0.0
    known[5, 1] = 3.0
    with pytest.raises(EstimationError, match="Nothing is left"):
        expect_from_totals(known.sum(1), known.sum(0), tilt, 3.0, 5, 1)


def test_india_and_russia_without_fuels():
    fits = Fits(Store(starter.path()))
    there, back = stand_without_fuels(fits, "IND", "RUS")
    assert there.period == back.period == "FY2024-25"
    assert "estimate" in there.flags
    assert "cif" in back.flags
    # 63.8 bn dollars of goods, 56.9 bn of them fuels.
    assert back.value == pytest.approx(6.938e9, rel=1e-3)
    assert 1.5 < back.intensity < 3
    assert 0.8 < there.intensity < 1.5
    assert set(back.sources) <= set(fits.store.sources)
    assert stand_without_fuels(fits, "FJI", "TON") == []
    assert stand_without_fuels(fits, "IND", "RUS", until=2016) == []
