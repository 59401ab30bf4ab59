"""Keys as codes, and where rows are put: what a table of any order comes to."""

import numpy as np
import pandas as pd
import pytest

from comity.potential.ppml import layout


@pytest.mark.parametrize(
    "values",
    [
        np.array([7, 5, 6, 5, 7]),
        np.array([-3, 900, 4, 900, -3]),
        np.array([2, 2, 2], dtype=np.uint8),
        np.array([2**62, -(2**62) - 1, 2**62]),
        np.array([5, 2**40, 5]),
        np.array(["b", "a", "c", "a"]),
    ],
)
def test_codes_lead_back_to_the_column(values: np.ndarray) -> None:
    axis = layout.encode(pd.Series(values))
    np.testing.assert_array_equal(axis.labels, np.unique(values))
    np.testing.assert_array_equal(axis.labels[axis.codes], values)


def test_only_whole_numbers_are_known_to_have_no_holes() -> None:
    assert layout.encode(pd.Series([3, 1, 3])).whole
    holes = layout.encode(pd.Series(["a", None, "b"]))
    assert not holes.whole
    assert holes.codes.tolist() == [0, -1, 1]


def test_the_first_row_met_twice_is_named() -> None:
    i, j, t = (np.array(v, dtype=np.int32) for v in ([0, 1, 0, 1, 0], [0, 1, 0, 1, 0], [0] * 5))
    fate = np.zeros(5, dtype=np.uint8)
    cell, seen = np.empty(5, dtype=np.int64), np.zeros(8, dtype=np.uint8)
    assert layout.place_in_stack(i, j, t, fate, 2, 4, cell, seen) == 2
    fate[[2, 3, 4]] = [layout.MISSING, layout.SINGLETON, layout.MISSING]
    seen[:] = 0
    assert layout.place_in_stack(i, j, t, fate, 2, 4, cell, seen) == -1
    assert cell.tolist() == [0, 5, -1, -1, -1]
    assert np.flatnonzero(seen).tolist() == [0, 5]


def test_codes_that_change_within_a_pair_do_not_fit_a_matrix() -> None:
    i, j = np.array([0, 0, 1], dtype=np.int32), np.array([1, 1, 0], dtype=np.int32)
    codes = np.array([4, 5, 6], dtype=np.int32)
    fate, out = np.array([0, 0, 0], dtype=np.uint8), np.full((2, 2), -1, dtype=np.int32)
    assert not layout.spread_over_matrix(codes, i, j, fate, out)
    fate[1] = layout.SEPARATED
    out[:] = -1
    assert layout.spread_over_matrix(codes, i, j, fate, out)
    np.testing.assert_array_equal(out, [[-1, 4], [6, -1]])
