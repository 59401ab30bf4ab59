"""The page of a report: whole, escaped, every figure with its source."""

from __future__ import annotations

import pytest

from comity.brief.render import report_page
from comity.brief.reports.report import Report, Sheet, written

from .conftest import HOSTILE, chart, source
from .test_html import Page


@pytest.fixture
def report():
    columns = (("flow", "Flow", ""), ("value", "Value", "USD"), ("source", "Source", ""))
    rows = (("IND-RUS", 4.05e9, "baci"), (HOSTILE, None, "page-a"), ("RUS-IND", 66.1e9, "none"))
    return Report(
        title=f"Trade {HOSTILE}",
        command="comity mirror IND RUS",
        findings=("India sold Russia 4.05 billion dollars in FY2024-25.", HOSTILE),
        sheets=(Sheet(id="flows", title="Flows", columns=columns, rows=rows, note=HOSTILE),),
        sources={
            "page-a": {"publisher": "TASS", "url": "javascript:alert(1)", "citation": HOSTILE},
            "baci": source("CEPII"),
        },
        facts={},
        notes=(HOSTILE,),
        charts=(chart(),),
    )


@pytest.fixture
def text(report):
    return report_page.render(report)


def test_is_well_formed_and_its_links_lead_somewhere(text):
    page = Page(text)
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")} <= set(ids)


def test_nothing_hostile_gets_through(text):
    assert "<script" not in text
    assert "javascript:" not in text
    assert "{{ 7*7 }}" in text  # as it was written, not worked out
    assert text.count("&lt;script&gt;") >= 6


def test_figures_carry_units_and_sources_their_numbers(text):
    assert "$4.05\xa0bn" in text
    assert "FY\xa02024–25" in text
    # Data come first in the list, whatever the order in which they were used.
    assert 'CEPII<a class="m" href="#s1"' in text
    assert 'TASS<a class="m" href="#s2"' in text
    assert '<li id="s2" value="2">' in text
    assert ">none</td>" in text


def test_goes_with_a_dark_screen_and_a_narrow_one(text):
    assert "prefers-color-scheme: dark" in text
    assert text.count('<svg class="w" role="img"') == text.count('<svg class="n" role="img"') == 1


@pytest.mark.parametrize(
    ("cell", "shown"),
    [(4053982495.0, "4.05 bn"), (7456.0, "7,456"), (0.243, "0.243"), (None, "–"), (329, "329")],
)
def test_what_has_a_unit_of_its_own_is_written_in_sensible_digits(cell, shown):
    assert written(cell, "as said") == shown
