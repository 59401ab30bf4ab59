"""Charts as files: each light has its own colours, and each mark says what it is."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

import comity
from comity.brief.charts import theme
from comity.brief.content import Chart
from comity.web.pages import pictures


@pytest.fixture(scope="module")
def charts() -> dict[str, Chart]:
    brief = comity.open().pair("IND", "RUS").brief()
    return {chart.id: chart for section in brief.sections for chart in section.charts}


def _colors(drawn: str) -> set[str]:
    return set(re.findall(r"#[0-9a-f]{6}", drawn))


def test_every_picture_is_a_file_of_its_size(charts: dict[str, Chart]) -> None:
    for chart in list(charts.values())[:6]:
        for which in pictures.SIZES:
            root = ET.fromstring(pictures.picture(chart, which))
            assert float(root.get("width", "0")) == pictures.size(chart, which).width
            assert float(root.get("height", "0")) == pictures.size(chart, which).height
            assert root.find("{http://www.w3.org/2000/svg}title") is not None


def test_a_dark_picture_has_no_colour_of_the_light_page(charts: dict[str, Chart]) -> None:
    chart = charts["signature"]
    light, dark = (pictures.picture(chart, "wide", name) for name in pictures.LIGHTS)
    assert theme.A in _colors(light)
    assert _colors(dark) & {theme.A, theme.B, theme.INK, theme.QUIET, theme.RULE} == set()


def test_estimates_stay_hatched(charts: dict[str, Chart]) -> None:
    for chart in charts.values():
        drawn = pictures.picture(chart)
        assert theme.A_ESTIMATE not in drawn
        assert theme.B_ESTIMATE not in drawn


def test_a_mark_says_whose_it_is_when_and_how_much(charts: dict[str, Chart]) -> None:
    def tips(name: str) -> list[str]:
        spec = pictures.interactive(charts[name], "wide")
        return [
            row["tip"] for layer in spec["layer"] for row in layer["data"]["values"] if "tip" in row
        ]

    assert "2023, India → Russia: $4.05 bn" in tips("trade-balance")
    assert "India → Russia, 2023: 4.05" in tips("trade-history")
    assert any("Goods" in tip and "7.1×" in tip for tip in tips("signature"))


def test_a_specification_for_the_browser_leaves_the_chart_as_it_was(
    charts: dict[str, Chart],
) -> None:
    before = str(charts["signature"].spec)
    pictures.interactive(charts["signature"], "narrow")
    assert str(charts["signature"].spec) == before
