"""The kernels that eliminate pairs and exporter-years, against dense algebra."""

import numpy as np
import pytest

from comity.potential.ppml import blocks as systems
from comity.potential.ppml import gradients, lanes, weighing
from comity.potential.ppml.bundles import HALF, WHOLE
from comity.potential.ppml.columns import columns_of, find_changes


def draw(n=6, m=7, years=5, seed=0):
    rng = np.random.default_rng(seed)
    W = lanes.padded(years)
    exporter, importer = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(m), indexing="ij"))
    mean = np.zeros((n * m, W))
    mean[:, :years] = rng.gamma(0.5, 1.0, (n * m, years)) * 10.0 ** rng.uniform(-3, 2, (n * m, 1))
    return exporter.astype(np.int64), importer.astype(np.int64), mean


def dummies(exporter, importer, years):
    """One column for each exporter-year, importer-year and pair; rows are pair by year."""
    pair = np.repeat(np.arange(exporter.size), years)
    year = np.tile(np.arange(years), exporter.size)
    levels = [exporter[pair] * years + year, importer[pair] * years + year, pair]
    return np.hstack([np.eye(v.max() + 1)[v] for v in levels])


def weighed(years, seed=0, mean=None):
    """What `regress` needs about two random columns on a random tensor."""
    exporter, importer, drawn = draw(years=years, seed=seed)
    mean = drawn if mean is None else mean
    P, W = mean.shape
    n, m = 6, 7
    x = np.zeros((2, P, W))
    x[:, :, :years] = np.random.default_rng(1).normal(size=(2, P, years))
    start = np.searchsorted(exporter, np.arange(n + 1)).astype(np.int64)
    w_i, w_j = np.zeros((n, W)), np.zeros((m, W))
    right_i, right_j = np.zeros((2, n, W)), np.zeros((2, m, W))
    blocks, onto, moments = np.zeros((n, W, W)), np.zeros(2), np.zeros((2, 2))
    by_pair = mean.sum(axis=1)
    columns = columns_of(x)
    weighing.weigh(
        0, n, True, True, mean, start, importer, np.arange(P), by_pair, 1.0 / by_pair,
        np.ones((n, W)), np.ones((m, W)), np.ones(P), np.zeros((0, W)), *columns,
        find_changes(columns, years), np.zeros(2), np.zeros(2), years, lanes.lanes_of(W), w_i, w_j,
        right_i, right_j, blocks, onto, moments,
    )  # fmt: skip
    system = (mean, start, importer, 1.0 / by_pair, blocks, w_j, right_i, right_j)
    return exporter, importer, x, system


def regress(system, tolerance, years, *, certain=True, rough=False, bundle=HALF):
    (n, W), m, G = system[6].shape[1:], system[7].shape[1], len(bundle)

    def whole(columns):
        return np.concatenate([columns, np.zeros((G - 2, *columns.shape[1:]))])

    A, B, rest = np.zeros((G, n, W)), np.zeros((G, m, W)), np.zeros((G, m, W))
    left = np.zeros(G)
    equations = (*system[:6], whole(system[6]), whole(system[7]))
    asked = np.append(np.full(2, tolerance), np.full(G - 2, np.inf))
    passes = gradients.regress(
        equations, A, B, asked, 500, left, rest, years, bundle, certain=certain, rough=rough
    )
    return A, B, rest, left, passes


def leftover(x, A, B, exporter, importer, mean, years):
    """Return the columns less their effects, pairs too, times the root of the weights."""
    left = (x - A[:2, exporter] - B[:2, importer])[:, :, :years]
    w = mean[:, :years]
    left -= ((left * w).sum(axis=2) / w.sum(axis=1))[:, :, None]
    return left.reshape(2, -1) * np.sqrt(w).ravel()


@pytest.mark.parametrize("bundle", [HALF, WHOLE])
@pytest.mark.parametrize("years", [5, 11])
def test_regression_on_three_effects_is_that_of_dense_least_squares(years, bundle):
    target = draw(years=years, seed=years)[2]
    exporter, importer, x, system = weighed(years, seed=years, mean=target.copy())
    mean = system[0]
    np.testing.assert_allclose(mean, target, rtol=1e-13)
    A, B, _, left, _ = regress(system, 1e-13, years, bundle=bundle)
    found = leftover(x, A, B, exporter, importer, mean, years)
    root = np.sqrt(mean[:, :years]).ravel()
    D = dummies(exporter, importer, years) * root[:, None]
    for k in range(2):
        dense = x[k][:, :years].ravel() * root
        dense = dense - D @ np.linalg.lstsq(D, dense, rcond=None)[0]
        np.testing.assert_allclose(found[k], dense, atol=1e-9)
    assert (left[:2] < 1e-13).all()
    assert not A[2:].any()
    assert not B[2:].any()


@pytest.mark.parametrize("bundle", [HALF, WHOLE])
@pytest.mark.parametrize("rough", [False, True])
def test_singles_are_enough_for_a_loose_regression_and_its_estimate_of_the_error_holds(
    rough, bundle
):
    exporter, importer, x, system = weighed(11)
    mean = system[0]
    exact = regress(system, 1e-13, 11)
    loose = regress(system, 1e-4, 11, certain=False, rough=rough, bundle=bundle)
    assert loose[4] < exact[4]
    gap = np.subtract(*(leftover(x, *f[:2], exporter, importer, mean, 11) for f in (loose, exact)))
    error = np.sqrt((gap**2).sum(axis=1) / mean.sum())
    assert (error < 3e-4).all()
    assert (error > 1e-10).all()


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_regression_does_not_depend_on_the_unit_of_the_weights(size):
    system = weighed(5)[3]
    other = weighed(5, mean=system[0] * size)[3]
    here, there = (regress(s, 1e-3, 5, certain=False, rough=True) for s in (system, other))
    for a, b, unit in zip(here[:3], there[:3], (1.0, 1.0, size), strict=True):
        np.testing.assert_allclose(a * unit, b, atol=1e-4 * unit * np.abs(a).max())
    _, B, _, left, _ = regress(other, 1e-12, 5)
    expected = regress(system, 1e-12, 5)
    np.testing.assert_allclose(B, expected[1], atol=1e-9 * np.abs(expected[1]).max())
    assert (left < 1e-12).all()


@pytest.mark.parametrize("rough", [False, True])
def test_regression_falls_back_on_doubles_where_singles_cannot_tell_years_apart(rough):
    # One exporter's years hang together by a thread: to singles they are two systems.
    exporter, importer, mean = draw(years=6, seed=4)
    first = (exporter == 2) & (importer < 4)
    rest = (exporter == 2) & (importer >= 4)
    mean[first, 3:6] *= 1e-7
    mean[rest, :3] *= 1e-7
    exporter, importer, x, system = weighed(6, mean=mean)
    A, B, _, left, _ = regress(system, 1e-9, 6, rough=rough)
    assert (left < 1e-9).all()
    found = leftover(x, A, B, exporter, importer, mean, 6).reshape(2, -1, 6)
    found *= np.sqrt(mean[:, :6])
    for codes, size in ((exporter, 6), (importer, 7)):
        sums = np.zeros((2, size, 6))
        np.add.at(sums.swapaxes(0, 1), codes, found.swapaxes(0, 1))
        np.testing.assert_allclose(sums, 0.0, atol=1e-8 * np.abs(found).max())


def test_inverse_of_a_system_that_hangs_by_a_thread_keeps_its_digits():
    # Two years tied by 1, a third to them by 1e-12: the diagonal alone would round the tie away.
    tie = 1e-12
    W = lanes.padded(3)
    block = np.zeros((W, W))
    block[:3, :3] = [[1 + tie, -1, -tie], [-1, 1 + tie, -tie], [-tie, -tie, 2 * tie]]
    systems.invert(block, np.ones(W), 3, *systems.masks(W), lanes.lanes_of(W))
    # Pinned at the third year, what is left is [[1 + tie, -1], [-1, 1 + tie]].
    expected = np.array([[1 + tie, 1.0], [1.0, 1 + tie]]) / (tie * (2 + tie))
    np.testing.assert_allclose(block[:2, :2], expected, rtol=1e-12)
    assert not block[2].any()
    assert not block[:, 2].any()


def test_scaling_meets_the_totals_and_reports_the_worst_gap_before_its_last_sweep():
    exporter, importer, target = draw(years=5, seed=3)
    n, m, (P, W) = 6, 7, target.shape
    start = np.searchsorted(exporter, np.arange(n + 1)).astype(np.int64)
    by_exporter, by_importer = np.zeros((n, W)), np.zeros((m, W))
    np.add.at(by_exporter, exporter, target)
    np.add.at(by_importer, importer, target)
    by_pair = target.sum(axis=1)
    tilted = np.ones((P, W))

    def fitted(a, b, c):
        return tilted * a[exporter] * b[importer] * c[:, None]

    def scale(sweeps, enough):
        a, b, c = np.ones((n, W)), by_importer / by_importer.sum(), np.ones(P)
        report = weighing.scale(
            tilted, start, importer, by_exporter, by_importer, by_pair, a, b, c, enough, sweeps,
            lanes.lanes_of(W),
        )  # fmt: skip
        return (a, b, c), report

    (a, b, c), (error, worst, sweeps) = scale(2000, 1e-12)
    assert error <= 1e-12
    assert sweeps < 2000
    np.testing.assert_allclose(fitted(a, b, c).sum(axis=1), by_pair, rtol=1e-9)
    before, _ = scale(3, -1.0)
    _, (error, worst, sweeps) = scale(4, -1.0)
    assert sweeps == 4
    gap_i = np.zeros((n, W))
    np.add.at(gap_i, exporter, fitted(*before))
    gap_i = np.abs(gap_i - by_exporter)
    assert error == pytest.approx(gap_i.sum() / by_pair.sum(), rel=1e-10)
    assert worst >= (gap_i[:, :5] / by_exporter[:, :5]).max() * (1 - 1e-10)
