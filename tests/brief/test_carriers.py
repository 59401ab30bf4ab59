"""Who carries the relationship: promises by who would have to keep them, ties by who makes them."""

from __future__ import annotations

import doctest
from dataclasses import dataclass

import pytest

from comity.brief import carriers, simulation
from comity.measure import Measure


@dataclass(frozen=True)
class Promise:
    kind: str
    pillar: str


@dataclass(frozen=True)
class Row:
    promise: Promise
    standing: str


ROWS = [
    Row(Promise("quantified-target", "trade"), "missed"),
    Row(Promise("quantified-target", "trade"), "delivered late"),
    Row(Promise("agreement-signed", "trade"), "delivered"),
    Row(Promise("project", "energy"), "overdue"),
    Row(Promise("project", "research"), "unknown"),
]


def tie(indicator, intensity=None):
    return Measure(
        pillar="trade", indicator=indicator, origin="IND", destination="RUS", period="2023",
        value=2.0, unit="USD", source="s", intensity=intensity,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "pillar", "actor"),
    [
        ("quantified-target", "trade", "business"),
        ("institution", "trade", "government"),
        ("project", "people", "society"),
        ("project", "defence", "government"),
        ("project", "elsewhere", "government"),
    ],
)
def test_keepers(kind, pillar, actor):
    assert carriers.keeper(kind, pillar).value == actor


def test_promises_are_tallied_by_what_became_of_them():
    assert carriers.tally(ROWS) == {
        "government": {"delivered": 1, "missed": 1},
        "business": {"missed": 1, "delivered": 1},
        "society": {"open": 1},
    }


def test_section_puts_both_together():
    section = carriers.section([tie("goods_exports", 3.0), tie("co_works")], ("IND", "RUS"), ROWS)
    assert section is not None
    assert section.measures == ()
    (chart,) = section.charts
    assert chart.title.startswith("2 of 5 promises are for governments to keep")
    assert [row[0] for row in chart.rows] == ["business", "society"]
    assert chart.sources == ("s",)
    words = " ".join(section.notes)
    assert "governments 2 (1 delivered), firms 2 (1 delivered)" in words
    assert "firms 1 of 1" in words
    assert "Nothing is measured of ties made by governments." in words


def test_nothing_known_is_no_section():
    assert carriers.section([], ("IND", "RUS")) is None


@pytest.mark.parametrize("module", [carriers, simulation], ids=["carriers", "simulation"])
def test_examples(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
