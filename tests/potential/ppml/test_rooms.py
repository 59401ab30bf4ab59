"""Room for large arrays: where it starts, and what lies behind widened rows."""

import numpy as np
import pytest

from comity.potential.ppml import rooms


@pytest.mark.parametrize("shape", [(0, 8), (3, 8), (2, 5, 16), (600_000,)])
def test_rooms_start_at_a_cache_line(shape: tuple[int, ...]) -> None:
    for room in (rooms.room(*shape), rooms.cleared(*shape), rooms.aligned(np.ones(shape))):
        assert room.shape == shape
        assert room.flags.c_contiguous
        assert room.ctypes.data % 64 == 0 or not room.size
    assert not rooms.cleared(*shape).any()
    np.testing.assert_array_equal(rooms.aligned(np.ones(shape)), np.ones(shape))


def test_rows_are_widened_with_zeros() -> None:
    values = np.arange(1.0, 19.0).reshape(2, 9)
    wide = rooms.widen(values)
    assert wide.shape == (2, 16)
    np.testing.assert_array_equal(wide[:, :9], values)
    assert not wide[:, 9:].any()
