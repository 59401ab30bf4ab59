"""Numbers as they are written."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.brief import text
from comity.brief.charts import theme
from comity.brief.promises import charts as promises
from comity.brief.promises import view as promised
from comity.brief.render import html, names, view
from comity.measure import Measure


@pytest.mark.parametrize("module", [text, theme, html, names, promises, promised, view])
def test_examples(module):
    assert doctest.testmod(module).failed == 0


@given(st.floats(min_value=-1e15, max_value=1e15, allow_nan=False))
def test_any_number_is_written_without_exponent(value):
    for written in (text.number(value), text.money(value), text.share(value), text.growth(value)):
        assert (
            "e"
            not in written.replace("one", "")
            .replace("trillion dollars", "")
            .replace("dollar", "")
            .lower()
            or "illion" in written
        )
        assert "nan" not in written
        assert "-" not in written


@given(st.floats(min_value=1.0, max_value=1e14))
def test_money_keeps_three_digits(value):
    written = text.money(value, short=True)
    scales = {"tn": 1e12, "bn": 1e9, "m": 1e6}
    amount, _, scale = written.removeprefix("$").partition(" ")
    back = float(amount.replace(",", "")) * scales.get(scale, 1.0)
    assert back == pytest.approx(value, rel=6e-3, abs=0.5)


@pytest.mark.parametrize(
    ("unit", "value", "previous", "change"),
    [
        ("USD", 110.0, 100.0, "+10 %"),
        ("share", 0.32, 0.30, "+2.0 pp"),
        ("index", 0.22, 0.19, "+0.03"),
        ("rank", 2, 5, "−3"),
        ("USD", 5.0, 0.0, ""),
        ("USD", -5.0, 4.0, ""),
        ("persons", 100, 100, "±0 %"),
    ],
)
def test_changes_by_unit(unit, value, previous, change):
    made = Measure(
        pillar="x", indicator="x", origin="A", destination="B", period="2023", value=value,
        unit=unit, source="s", previous=previous, previous_period="2022",
    )  # fmt: skip
    assert text.change_of(made) == change
