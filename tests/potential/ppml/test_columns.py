"""Covariates as numbers or bits: the same rows either way."""

import numba as nb
import numpy as np
import pytest

from comity.potential.ppml import complete
from comity.potential.ppml.columns import (
    ALWAYS,
    CHANGES,
    NEVER,
    Columns,
    column_row,
    columns_of,
    find_changes,
    spread_columns,
)
from comity.potential.ppml.lanes import lanes_of, padded, store


@nb.njit
def read_rows(numbers, bits, places, out, row):
    K, rows, W = out.shape
    for k in range(K):
        for r in range(rows):
            store(out, (k * rows + r) * W, column_row(numbers, bits, places[k], r, row))


def draw(years, rows=150, seed=0):
    """One column of numbers, two of zeros and ones; padded, and as bits where they can be."""
    rng = np.random.default_rng(seed)
    W = padded(years)
    full = np.zeros((3, rows, W))
    full[0, :, :years] = rng.normal(size=(rows, years))
    full[1:, :, :years] = rng.integers(0, 2, (2, rows, years))
    bits = np.empty((2, rows, W // 8), dtype=np.uint8)
    flow = rng.gamma(1.0, 1.0, rows * years)
    shape = (flow, np.arange(rows), years)
    told = [
        complete.pack_covariate(
            np.ascontiguousarray(full[k, :, :years]).ravel(), *shape, bits[k - 1], lanes_of(W)
        )
        for k in (1, 2)
    ]
    return full, Columns(full[:1].copy(), bits, np.array([0, -1, -2])), flow, told


@pytest.mark.parametrize("years", [3, 11])
def test_bits_hold_what_numbers_hold(years):
    full, columns, flow, told = draw(years)
    np.testing.assert_array_equal(spread_columns(columns), full)
    out = np.empty_like(full)
    read_rows(*columns, out, lanes_of(full.shape[2]))
    np.testing.assert_array_equal(out, full)
    for k, (mean, deviation, dummy, product) in enumerate(told, start=1):
        x = full[k, :, :years]
        assert dummy
        np.testing.assert_allclose(
            [mean, deviation, product], [x.mean(), x.std(), x.ravel() @ flow], rtol=1e-12
        )


def test_any_other_number_is_noticed():
    years, rows = 3, 150
    for where in (0, 200, rows * years - 1):
        x = np.ones(rows * years)
        x[where] = 0.5
        bits = np.empty((rows, 1), dtype=np.uint8)
        assert not complete.pack_covariate(x, x, np.arange(rows), years, bits, lanes_of(8))[2]


def test_columns_can_be_left_out_without_moving_any():
    full, columns, _, _ = draw(5)
    fewer = columns._replace(place=columns.place[[2, 0]])
    np.testing.assert_array_equal(spread_columns(fewer), full[[2, 0]])
    np.testing.assert_array_equal(spread_columns(columns_of(full)), full)


@pytest.mark.parametrize("years", [3, 8, 11])
def test_bits_tell_in_which_pairs_they_change(years):
    x = np.random.default_rng(3).integers(0, 2, (150, years)).astype(float)
    x[::3] = 0.0
    x[1::3] = 1.0
    bits = np.empty((1, 150, padded(years) // 8), dtype=np.uint8)
    assert complete.pack_covariate(
        x.ravel(), x.ravel(), np.arange(150), years, bits[0], lanes_of(padded(years))
    )[2]
    numbers = np.zeros((1, 150, padded(years)))
    told = find_changes(Columns(numbers, bits, np.array([-1, 0])), years)
    ones = x.sum(axis=1)
    np.testing.assert_array_equal(
        told[0], np.where(ones == 0, NEVER, np.where(ones == years, ALWAYS, CHANGES))
    )
    assert (told[1] == CHANGES).all()
