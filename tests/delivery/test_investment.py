"""What only users bring: direct investment, projections, exchange rates, container lines."""

from __future__ import annotations

import pytest

from comity.brief import assemble
from comity.brief.render import html
from comity.delivery import investment, logistics, outlook
from comity.lake import Dossier, Store

_DIP = "DATAFLOW,COUNTRY,DV_TYPE,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE\n"
# (reporter, whose report, partner, year, dollars)
_POSITIONS = [
    ("IND", "INWD_D_NETLA_FALL_ALL", "RUS", 2012, 1e9),
    ("IND", "INWD_D_NETLA_FALL_ALL", "RUS", 2022, 2e9),
    ("RUS", "INWD_D_NETLA_FALL_ALL", "IND", 2012, 4e9),
    ("RUS", "INWD_D_NETLA_FALL_ALL", "IND", 2022, 16e9),
    ("RUS", "OUTWD_D_NETAL_FALL_ALL", "IND", 2022, 9e9),
]
_WEO = (
    "DATAFLOW,COUNTRY,INDICATOR,FREQUENCY,TIME_PERIOD,OBS_VALUE,LATEST_ACTUAL_ANNUAL_DATA\n"
    "IMF.RES:WEO(9.0.0),IND,NGDP_RPCH,A,2023,6.5,2023\n"
    "IMF.RES:WEO(9.0.0),IND,NGDPD,A,2030,6800000000000,2023\n"
    "IMF.RES:WEO(9.0.0),RUS,LP,A,2030,142000000,2023\n"
)
_ER = (
    "DATAFLOW,COUNTRY,INDICATOR,TYPE_OF_TRANSFORMATION,FREQUENCY,TIME_PERIOD,OBS_VALUE\n"
    "IMF.STA:ER(4.0.1),IND,XDC_USD,PA_RT,A,2023,82.6\n"
    "IMF.STA:ER(4.0.1),RUS,XDC_USD,PA_RT,A,2023,85.2\n"
)
_LINES = (
    "Quarter,Quarter Label,Economy,Economy Label,Partner,Partner Label,Index\n"
    "2023Q1,Q1 2023,356,India,643,Russian Federation,0.30\n"
    "2023Q2,Q2 2023,356,India,643,Russian Federation,0.34\n"
    "2023Q1,Q1 2023,643,Russian Federation,356,India,0.32\n"
)


@pytest.fixture(scope="module")
def brought(grown, tmp_path_factory) -> Store:
    """Return the small lake with the four files."""
    folder = tmp_path_factory.mktemp("brought")
    positions = _DIP + "".join(
        f"IMF.STA:DIP(12.0.1),{reporter},O,{report},{partner},A,{year},{value:.0f}\n"
        for reporter, report, partner, year, value in _POSITIONS
    )
    texts = {"dip": positions, "weo": _WEO, "er": _ER, "lines": _LINES}
    files = []
    for name, text in texts.items():
        files.append(folder / f"{name}.csv")
        files[-1].write_text(text, "utf-8")
    return grown(folder / "lake", *files)


def test_investment_runs_from_the_owner_to_the_host(brought):
    found = investment.fdi_position(Dossier(brought, "IND", "RUS"))
    assert [(m.origin, m.destination, m.value, m.previous) for m in found] == [
        ("IND", "RUS", 16e9, 4e9),
        ("RUS", "IND", 2e9, 1e9),
    ]
    (mirror,) = investment.fdi_position_by_investor(Dossier(brought, "IND", "RUS"))
    assert (mirror.origin, mirror.destination, mirror.value) == ("RUS", "IND", 9e9)


def test_a_year_leaves_out_what_came_after(brought):
    found = investment.fdi_position(Dossier(brought, "IND", "RUS", until=2015))
    assert [(m.period, m.value) for m in found] == [("2012", 4e9), ("2012", 1e9)]


def test_projections_and_rates_are_each_sides_own(brought):
    dossier = Dossier(brought, "IND", "RUS")
    (growth,) = outlook.gdp_growth(dossier)
    assert (growth.origin, growth.value) == ("IND", pytest.approx(0.065))
    (projected,) = outlook.gdp_projection(dossier)
    assert (projected.period, projected.value) == ("2030", 6.8e12)
    (people,) = outlook.population_projection(dossier)
    assert (people.origin, people.value) == ("RUS", 142e6)
    rates = {m.origin: m.value for m in outlook.exchange_rate(dossier)}
    assert rates == {"IND": 82.6, "RUS": 85.2}


def test_container_lines_are_the_mean_of_the_quarters(brought):
    (lines,) = logistics.liner_connectivity(Dossier(brought, "IND", "RUS"))
    assert lines.value == pytest.approx(0.32)
    assert lines.source == "unctad-lsbci"


def test_the_brief_shows_all_of_it_with_its_sources(brought):
    brief = assemble(brought, "IND", "RUS")
    held = {section.pillar: {m.indicator for m in section.measures} for section in brief.sections}
    assert held["investment"] == {"fdi_position", "fdi_position_by_investor"}
    assert {"gdp_growth", "gdp_projection", "population_projection"} <= held["size"]
    assert "exchange_rate" in held["settlement"]
    assert "liner_connectivity" in held["logistics"]
    assert {"imf-dip", "imf-weo", "imf-er", "unctad-lsbci"} <= set(brief.sources)
    (chart,) = next(s for s in brief.sections if s.pillar == "investment").charts
    assert chart.title == (
        "16.0 billion dollars of direct investment from India are in Russia (up from 4.00 billion "
        "dollars in 2012), 2.00 billion dollars the other way"
    )
    assert chart.rows[0] == ("2022", 16e9, 2e9)
    said = [f.text for f in brief.findings if f.pillar == "investment"]
    assert said == [
        "Direct investment from India in Russia stood at 16.0 billion dollars, and from Russia in "
        "India at 2.00 billion dollars, as each host reports it (end of 2022)."
    ]
    assert "direct-investment" in html.render(brief)


def test_without_the_files_nothing_is_said(toy):
    dossier = Dossier(toy, "IND", "RUS")
    for indicator in (
        investment.fdi_position,
        investment.fdi_position_by_investor,
        outlook.gdp_growth,
        outlook.exchange_rate,
        logistics.liner_connectivity,
    ):
        assert indicator(dossier) == []
