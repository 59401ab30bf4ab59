"""Bars to both sides of a middle: one scale, and room for the longer side."""

from __future__ import annotations

import pytest

from comity.brief.charts.rows import columns
from comity.brief.charts.sides import mirrored

_COLORS = ("#0072b2", "#b84e00")
_KEY = [("there", _COLORS[0]), ("back", _COLORS[1])]


def domain(*rows: tuple[str, float | None, float | None]) -> list[float]:
    spec = mirrored([(n, a, b, "$1 bn", "$1 bn") for n, a, b in rows], _COLORS, _KEY)
    return list(spec["layer"][0]["encoding"]["x"]["scale"]["domain"])


def test_sides_that_are_alike_share_the_width():
    low, high = domain(("2023", 5.0, 5.0))
    assert low == pytest.approx(-high)
    assert high > 5


def test_the_longer_side_gets_the_more_room():
    low, high = domain(("2023", 4.0, 66.0))
    assert -low < high
    pixels = 300 / (high - low)
    assert 66 * pixels > 160  # half the width would have been 92
    # Both labels find their room beyond the ends of the bars.
    assert (high - 66) * pixels >= 57.9
    assert (-low - 4) * pixels >= 57.9


def test_a_long_name_is_not_cut_by_the_edge():
    name = "Electrical and electronic goods"
    low, high = domain((name, 0.0, 9.0))
    assert -low / (high - low) * 300 >= len(name) * 6 / 2


def test_one_side_alone_and_nothing_at_all_have_a_scale():
    for rows in ([("a", None, 3.0)], [("a", 3.0, None)], [("a", None, None)], []):
        low, high = domain(*rows)
        assert low < 0 < high


def test_columns_of_a_few_years_and_counts_do_not_touch_and_have_no_halves():
    spec = columns([(1996.0, 1.0, "#818b98"), (2013.0, 1.0, "#818b98"), (2022.0, 2.0, "#818b98")])
    bars = spec["layer"][0]
    low, high = bars["encoding"]["x"]["scale"]["domain"]
    assert bars["mark"]["width"] < 284 / (high - low)
    assert bars["encoding"]["y"]["axis"]["values"] == [0, 1, 2]
