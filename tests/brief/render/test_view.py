"""Rows of the scorecard: what shares a row, what opens another, what fills a gap."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from comity.brief.content import Section
from comity.brief.render.view import view

_spec = importlib.util.spec_from_file_location("invented", Path(__file__).parent / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
invented = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(invented)
measure = invented.measure


def rows(brief, *measures):
    section = Section(pillar="trade", title="Trade", measures=tuple(measures))
    return view(replace(brief, sections=(section,), findings=())).groups[0].rows


def test_both_directions_share_a_row(brief):
    (row,) = rows(
        brief,
        measure("goods_exports", "IND", "RUS", 4e9),
        measure("goods_exports", "RUS", "IND", 6e9),
    )
    assert row.a.text == "$4.00 bn"
    assert row.b.text == "$6.00 bn"
    assert row.split == pytest.approx(0.4)


def test_directions_are_never_mixed_up(brief):
    (row,) = rows(brief, measure("goods_exports", "RUS", "IND", 6e9))
    assert row.a is None
    assert row.b.text == "$6.00 bn"
    assert row.split is None


def test_another_source_opens_another_row(brief):
    found = rows(
        brief,
        measure("goods_exports", "IND", "RUS", 4e9),
        measure("goods_exports", "RUS", "IND", 6e9, source="dgcis"),
    )
    assert [(row.a is None, row.b is None) for row in found] == [(False, True), (True, False)]


def test_periods_that_differ_stay_with_their_cells(brief):
    (row,) = rows(
        brief,
        measure("refugees", "IND", "RUS", 5, unit="persons", period="2011"),
        measure("refugees", "RUS", "IND", 0, unit="persons", period="2025"),
    )
    assert (row.a.period, row.b.period, row.period) == ("2011", "2025", "")
    assert row.split is None
    assert row.b.text == "0"


def test_third_parties_have_rows_of_their_own(brief):
    found = rows(
        brief,
        measure("un_agreement", "IND", "RUS", 0.7, unit="share"),
        measure("un_agreement", "IND", "USA", 0.3, unit="share"),
        measure("un_agreement", "RUS", "USA", 0.2, unit="share"),
    )
    assert found[0].both.text == "70 %"
    assert found[1].label == "Agreement in UN votes, with the United States"
    assert (found[1].a.text, found[1].b.text) == ("30 %", "20 %")


def test_only_the_latest_of_a_source_is_shown(brief):
    found = rows(
        brief,
        measure("goods_exports", "IND", "RUS", 3e9, period="FY2023-24"),
        measure("goods_exports", "IND", "RUS", 4e9, period="FY2024-25"),
        measure("goods_exports", "IND", "RUS", 1e9, period="2016", source="dgcis"),
    )
    assert [row.a.text for row in found] == ["$4.00 bn"]


def test_a_gap_stands_beside_the_other_direction(brief):
    people = view(brief).groups[1]
    migrants = people.rows[0]
    assert migrants.b.missing
    assert migrants.b.value is None
    assert [gap.text for gap in people.gaps] == ["The source does not list this pair."]
    assert [gap.label for gap in people.gaps] == ["Refugees, both ways"]


def test_gaps_of_one_reason_are_said_once(brief):
    reason = "No source splits it."
    section = Section(
        pillar="dependence",
        title="Dependence",
        measures=(),
        absences=tuple(
            invented.Absence(
                pillar="dependence",
                indicator=name,
                origin=a,
                destination=b,
                reason=reason,
                source="",
            )
            for name, a, b in (
                ("import_share_hs2", "IND", "RUS"),
                ("import_share_hs2", "RUS", "IND"),
                ("export_share_hs2", "RUS", "IND"),
                ("export_share_hs2", "IND", "RUS"),
                ("asylum_seekers", "IND", "RUS"),
            )
        ),
    )
    gaps = view(replace(brief, sections=(section,))).groups[0].gaps
    assert [gap.label for gap in gaps] == [
        "Share of imports by product and share of exports by product, both ways; "
        "Asylum seekers, India → Russia"
    ]


def test_every_source_has_one_number(brief):
    shown = view(brief)
    assert sorted(shown.numbers.values()) == list(range(1, len(brief.sources) + 1))
    assert shown.numbers["baci"] == 1
    assert shown.cited == frozenset()
