"""Two reports of a flow: freight taken out, reporters weighed, and BACI as the measure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.delivery.reconciliation import (
    MOST_MARGIN,
    asymmetry,
    estimate_margin,
    reconcile,
    weigh_reporters,
)
from comity.errors import ArrayError, EstimationError


def world(seed=0, countries=40, noise=None):
    """Return flows of which the truth is known: exporter, importer, X, M, km, border, truth."""
    random = np.random.default_rng(seed)
    i, j = (index[~np.eye(countries, dtype=bool)] for index in np.indices((countries, countries)))
    km = random.uniform(200, 18_000, i.size)
    border = (km < 1500).astype(float)
    truth = np.exp(random.normal(20, 1.5, i.size))
    margin = -0.35 + 0.05 * np.log(km) - 0.02 * border
    noise = np.full((2, countries), 0.05) if noise is None else noise
    exports = truth * np.exp(noise[0][i] * random.normal(size=i.size))
    imports = truth * np.exp(margin + noise[1][j] * random.normal(size=i.size))
    return i, j, exports, imports, km, border, truth


def test_the_margin_that_was_put_in_comes_out():
    _, _, exports, imports, km, border, _ = world()
    found = estimate_margin(exports, imports, km, border)
    assert found.slope == pytest.approx(0.05, abs=0.01)
    assert found.constant == pytest.approx(-0.35, abs=0.08)
    factor = found.factor(np.array([10.0, 5000.0, 1e9]), np.zeros(3))
    assert factor[0] == 1.0
    assert factor[1] == pytest.approx(np.exp(-0.35 + 0.05 * np.log(5000)), abs=0.01)
    assert factor[2] == pytest.approx(1 + MOST_MARGIN)


def test_reporters_are_told_apart_by_how_far_they_are_from_their_partners():
    noise = np.full((2, 40), 0.05)
    noise[0, 3] = noise[1, 7] = 0.6
    i, j, exports, imports, km, border, _ = world(1, noise=noise)
    made = reconcile(i, j, exports, imports, km, border)
    assert made.export_variance[3] > 3 * np.delete(made.export_variance, 3).max()
    assert made.import_variance[7] > 3 * np.delete(made.import_variance, 7).max()
    assert made.weight[(i == 3) & (j != 7)].max() < 0.2
    assert made.weight[(j == 7) & (i != 3)].min() > 0.8


def test_the_reconciled_figure_is_nearer_to_the_truth_than_either_report():
    noise = np.random.default_rng(3).uniform(0.02, 0.5, (2, 40))
    i, j, exports, imports, km, border, truth = world(2, noise=noise)
    made = reconcile(i, j, exports, imports, km, border)

    def off(values):
        return np.sqrt(np.mean(np.log(values / truth) ** 2))

    assert off(made.value) < 0.8 * min(off(exports), off(imports / made.factor))
    assert off(made.value) < 0.95 * off(np.sqrt(exports * imports / made.factor))
    # Its own spread is about right.
    assert np.mean(np.abs(np.log(made.value / truth)) < 1.96 * made.spread) > 0.85


def test_one_report_stands_alone_and_none_is_no_figure():
    i, j, exports, imports, km, border, _ = world(4)
    exports[0], imports[1] = np.nan, np.nan
    exports[2] = imports[2] = np.nan
    exports[3] = 0.0
    made = reconcile(i, j, exports, imports, km, border)
    assert made.value[0] == imports[0] / made.factor[0]
    assert made.value[1] == exports[1]
    assert np.isnan(made.value[2])
    assert np.isnan(made.spread[2])
    assert 0 < made.value[3] < imports[3]
    assert list(made.weight[:3]) == [0.0, 1.0, 0.0]


def test_a_flow_without_a_distance_gets_the_typical_margin():
    i, j, exports, imports, km, border, _ = world(5)
    km[0] = np.nan
    made = reconcile(i, j, exports, imports, km, border)
    assert made.factor[0] == pytest.approx(np.median(made.factor), rel=1e-3)


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 10_000),
    st.floats(0.1, 10.0),
    st.permutations(range(20)),
)
def test_units_and_the_order_of_countries_do_not_matter(seed, scale, order):
    i, j, exports, imports, km, border, _ = world(seed, countries=20)
    one = reconcile(i, j, exports * 1e3, imports * 1e3, km, border)
    # All flows stay above the least flow, so that the same ones are used.
    other = reconcile(i, j, exports * 1e3 * scale, imports * 1e3 * scale, km, border)
    np.testing.assert_allclose(other.value, one.value * scale, rtol=1e-6)
    names = np.array(order)
    swapped = reconcile(names[i], names[j], exports * 1e3, imports * 1e3, km, border)
    np.testing.assert_allclose(swapped.value, one.value, rtol=1e-5)
    low = np.fmin(exports, imports / one.factor) * 1e3
    high = np.fmax(exports, imports / one.factor) * 1e3
    assert ((one.value >= low * (1 - 1e-12)) & (one.value <= high * (1 + 1e-12))).all()


def test_what_cannot_be_reconciled_is_refused():
    i, j, exports, imports, km, border, _ = world(countries=5)
    with pytest.raises(EstimationError, match="takes 30 flows that both sides report; here are 20"):
        reconcile(i, j, exports, imports, km, border)
    with pytest.raises(ArrayError, match="one value a flow"):
        reconcile(i, j, exports[1:], imports, km, border)
    with pytest.raises(ArrayError, match="negative"):
        reconcile(i, j, -exports, imports, km, border)
    with pytest.raises(ArrayError, match="no flow with two reports"):
        weigh_reporters(i[:0], j[:0], exports[:0], 5)


def test_asymmetry_is_between_nothing_and_two():
    found = asymmetry(np.array([5.0, 90.0, 0.0, 0.0]), np.array([5.0, 110.0, 7.0, 0.0]))
    np.testing.assert_allclose(found[:3], [0.0, 0.2, 2.0])
    assert np.isnan(found[3])


def test_against_baci_where_both_reports_exist(shared_data):
    """CEPII Gravity 2015-2021 of nine countries: both reports and BACI's own reconciliation."""
    frame = pd.read_stata(shared_data / "gravity" / "cepii_gravity_slice" / "gravity.dta")
    frame = frame[frame["iso3_o"] != frame["iso3_d"]].dropna(
        subset=["tradeflow_comtrade_o", "tradeflow_comtrade_d", "tradeflow_baci"]
    )
    order = pd.Index(sorted(frame["iso3_o"].unique()))
    exports, imports, baci = (
        1000 * frame[f"tradeflow_{name}"].to_numpy(dtype=float)
        for name in ("comtrade_o", "comtrade_d", "baci")
    )
    made = reconcile(
        order.get_indexer(frame["iso3_o"]), order.get_indexer(frame["iso3_d"]), exports, imports,
        frame["dist"].to_numpy(dtype=float), frame["contig"].to_numpy(dtype=float),
    )  # fmt: skip

    def off(values):
        return np.abs(np.log(values / baci))

    assert len(frame) == 432
    assert made.margin.slope > 0
    # In all, and in the tail, nearer to BACI than either report is; see docs/methods/mirror.md.
    assert made.value.sum() / baci.sum() == pytest.approx(1, abs=0.05)
    tails = [
        np.quantile(off(v), 0.9) for v in (made.value, exports, imports, imports / made.factor)
    ]
    assert tails[0] < 0.95 * min(tails[1:])
    assert np.median(off(made.value)) < np.median(off(imports / made.factor))
