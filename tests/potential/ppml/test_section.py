"""Cross-sections: adding up, masks, refits without a cell, bad input."""

from __future__ import annotations

import numpy as np
import pytest

from comity.errors import ArrayError, EstimationError
from comity.potential.ppml import cross_section, leave_one_out


def matrix(n: int = 30, seed: int = 0, zeros: float = 0.4):
    rng = np.random.default_rng(seed)
    distance = np.abs(rng.normal(size=(n, n))) + 0.1
    border = (rng.uniform(size=(n, n)) < 0.1).astype(float)
    size = rng.normal(0, 1.5, n)
    mean = np.exp(size[:, None] + size[None, :] - np.log(distance) + 0.5 * border)
    flow = mean * rng.gamma(1.0, 1.0, (n, n)) * (rng.uniform(size=(n, n)) > zeros)
    np.fill_diagonal(flow, np.nan)
    return flow, np.stack([np.log(distance), border])


def test_totals_add_up():
    flow, x = matrix()
    fit = cross_section(flow, x)
    here = np.where(np.isnan(flow), 0, fit.fitted)
    np.testing.assert_allclose(here.sum(1), np.nansum(flow, 1), rtol=1e-8)
    np.testing.assert_allclose(here.sum(0), np.nansum(flow, 0), rtol=1e-8)
    assert fit.converged


def test_score_is_zero():
    flow, x = matrix(seed=3)
    fit = cross_section(flow, x)
    gap = np.where(np.isnan(flow), 0, flow - fit.fitted)
    assert np.abs((x * gap).sum((1, 2))).max() < 1e-7 * np.nansum(flow)


def test_effects_and_coefficients_give_the_fitted_flows():
    flow, x = matrix()
    fit = cross_section(flow, x)
    by_hand = np.exp(
        np.tensordot(fit.beta, x, 1) + fit.exporter_effect[:, None] + fit.importer_effect[None, :]
    )
    np.testing.assert_allclose(by_hand, fit.fitted, rtol=1e-6)


def test_a_masked_cell_is_predicted_and_does_not_count():
    flow, x = matrix()
    loud = flow.copy()
    loud[2, 5] *= 1000
    mask = np.ones(flow.shape, dtype=bool)
    mask[2, 5] = False
    np.testing.assert_allclose(
        cross_section(loud, x, observed=mask).fitted,
        cross_section(flow, x, observed=mask).fitted,
        rtol=1e-8,
    )


def test_leave_one_out_equals_a_refit():
    flow, x = matrix()
    out = leave_one_out(flow, x, [(0, 1), (4, 7)])
    for cell in [(0, 1), (4, 7)]:
        without = flow.copy()
        without[cell] = np.nan
        assert out.expected[cell] == pytest.approx(cross_section(without, x).fitted[cell], rel=1e-7)
    assert np.isnan(out.expected[1, 2])
    assert out.converged.sum() == 2


def test_silent_and_unseen_countries():
    flow, x = matrix()
    flow[3, :] = np.where(np.isnan(flow[3]), np.nan, 0.0)
    flow[6, :] = np.nan
    fit = cross_section(flow, x)
    assert (fit.fitted[3] == 0).all()
    assert fit.exporter_effect[3] == -np.inf
    assert np.isnan(fit.fitted[6]).all()
    assert fit.separated[3, 0]


def test_unconnected_blocs_are_not_predicted_across():
    flow, x = matrix(12)
    flow[:6, 6:] = np.nan
    flow[6:, :6] = np.nan
    fit = cross_section(flow, x)
    assert np.isnan(fit.fitted[:6, 6:]).all()
    assert np.isfinite(fit.fitted[:6, :6]).all()


def test_collinear_covariate_has_no_coefficient():
    flow, x = matrix()
    n = flow.shape[0]
    constant = np.broadcast_to(np.arange(n)[:, None] * 1.0, (n, n))
    fit = cross_section(flow, np.stack([x[0], constant, x[1], 2 * x[0] - 3 * x[1]]))
    assert list(np.isnan(fit.beta)) == [False, True, False, True]
    np.testing.assert_allclose(fit.beta[[0, 2]], cross_section(flow, x).beta, rtol=1e-8)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda y, x: (np.where(np.isnan(y), y, -1.0), x), ArrayError),
        (lambda y, x: (np.where(np.isnan(y), np.inf, y), x), ArrayError),
        (lambda y, x: (y, x[:, :5]), ArrayError),
        (lambda y, x: (y, np.full_like(x, np.inf)), ArrayError),
        (lambda y, x: (y * 0, x), EstimationError),
        (lambda y, x: (y[:, :1], x[:, :, :1]), EstimationError),
    ],
)
def test_bad_input_is_named(spoil, error):
    with pytest.raises(error):
        cross_section(*spoil(*matrix()))
