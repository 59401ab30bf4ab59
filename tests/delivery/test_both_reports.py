"""A source that has both reports of a flow: neither is added to the other, nor mixed with it."""

from __future__ import annotations

import json

import pytest

from comity.delivery import trade
from comity.delivery.entries import measures
from comity.lake import Dossier

COMMON = {
    "typeCode": "C",
    "freqCode": "A",
    "partner2Code": 0,
    "classificationCode": "H6",
    "cmdCode": "TOTAL",
    "customsCode": "C00",
    "motCode": 0,
    "fobvalue": None,
    "netWgt": None,
}
IND, RUS, CHN = 699, 643, 156


def row(year, reporter, flow, partner, value):
    ends = {"reporterCode": reporter, "partnerCode": partner, "flowCode": flow}
    cif = None if flow == "X" else value
    return {
        **COMMON,
        **ends,
        "refYear": year,
        "period": str(year),
        "primaryValue": value,
        "cifvalue": cif,
    }


def answer():
    rows = []
    for year in range(2016, 2025):
        grown = 1.1 ** (year - 2016)
        # India's own report grows by 10 % a year; Russia's report of the same is twice it.
        rows.append(row(year, IND, "X", RUS, 3e6 * grown))
        rows.append(row(year, IND, "X", CHN, 9e6 * grown))
        if year < 2022:
            rows.append(row(year, RUS, "M", IND, 6e6 * grown))
            rows.append(row(year, CHN, "M", IND, 18e6 * grown))
        # What Russia sells is India's report alone from 2022 on.
        rows.append(row(year, IND, "M", RUS, 50e6 * grown))
        if year < 2022:
            rows.append(row(year, RUS, "X", IND, 40e6 * grown))
    return json.dumps({"elapsedTime": "0", "count": len(rows), "data": rows, "error": ""})


@pytest.fixture(scope="module")
def pair(grown, tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    (folder / "answer.json").write_text(answer())
    store = grown(folder / "lake", folder / "answer.json")
    return Dossier(store, "IND", "RUS")


def test_the_exporters_own_report_is_the_headline(pair):
    found = {
        (m.origin, m.period): (m.value, m.flags[0])
        for m in measures(trade.goods_exports(pair))
        if m.source == "un-comtrade"
    }
    assert found["IND", "2024"] == (pytest.approx(3e6 * 1.1**8), "reported")
    assert found["RUS", "2024"] == (pytest.approx(50e6 * 1.1**8), "mirror")


def test_growth_is_within_one_report(pair):
    growth = {m.origin: m.value for m in measures(trade.trade_growth(pair))}
    assert growth == {"IND": pytest.approx(0.1), "RUS": pytest.approx(0.1)}


def test_a_pair_with_two_reports_is_one_pair(pair):
    held = {
        holding.year: holding.pairs
        for holding in pair.store.holdings["flows"]
        if holding.source == "un-comtrade"
    }
    assert held == dict.fromkeys(range(2016, 2025), 3)


def test_partners_are_not_counted_twice(pair):
    partners = pair.partners("un-comtrade", 2020)
    assert not partners.duplicated(["exporter", "importer"]).any()
    shares = {m.origin: m.value for m in measures(trade.export_share(pair))}
    assert shares["IND"] == pytest.approx(0.25)


def test_a_yardstick_reads_one_report(pair):
    from comity.potential.yardstick.matrices import Proximity, Series, read_flows
    from comity.potential.yardstick.ties import list_ties

    tie = next(tie for tie in list_ties() if tie.table == "flows" and tie.product == "TOTAL")
    series = Series(tie=tie, product="", source="un-comtrade", years=(2020,), thin=True, pairs=3)
    proximity = Proximity(pair.store)
    read = read_flows(pair.store, [(series, [2020])], proximity)[series, 2020]
    place = {code: number for number, code in enumerate(proximity.countries)}
    assert read[place["IND"], place["RUS"]] == pytest.approx(3e6 * 1.1**4)
    assert read[place["RUS"], place["IND"]] == pytest.approx(40e6 * 1.1**4)
