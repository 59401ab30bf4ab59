"""Tariffs that the lake holds: found by product, and used without being told."""

from __future__ import annotations

import pandas as pd
import pytest

from comity import starter
from comity.lake import Store
from comity.lake.addition import Addition
from comity.lake.growth import grow
from comity.potential.lake_tariffs import Duty, LakeTariffs
from comity.potential.opportunities import opportunities
from comity.potential.opportunity_files import Tariffs
from comity.potential.simulation import read_scenario, simulate, simulate_products
from comity.potential.simulation.tariff_file import Rate

SOURCE = "unctad-trains"
ROWS = [
    (2019, "RUS", "WLD", "300490", "MFN", 0.90),
    (2021, "RUS", "WLD", "300490", "MFN", 0.10),
    (2021, "RUS", "WLD", "300420", "MFN", 0.20),
    (2021, "RUS", "WLD", "030617", "MFN", 0.08),
    (2021, "RUS", "WLD", "2709", "MFN", 0.00),
    (2021, "RUS", "IND", "300490", "PREF", 0.04),
    (2021, "RUS", "USA", "300490", "MFN", 0.10),
]


def table(rows):
    names = ["year", "importer", "exporter", "product", "kind", "rate"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(estimated=False, revision="HS17", source=SOURCE)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tariffs") / "lake"
    source = {
        "id": SOURCE,
        "publisher": "UNCTAD",
        "title": "TRAINS",
        "licence": "terms",
        "citation": "UNCTAD.",
        "redistributable": False,
    }
    addition = Addition("t.json", "0" * 64, "trains", "tariffs", SOURCE)
    with grow(folder, starter.path(), 10.0) as lake:
        lake.add_tables({"tariffs": table(ROWS)}, source, addition)
    return Store(folder)


@pytest.mark.parametrize(
    ("product", "exporter", "rate", "count"),
    [
        ("300490", "WLD", 0.10, 1),
        ("300490", "IND", 0.04, 1),
        ("300490", "CHN", 0.10, 1),
        ("30", "WLD", 0.15, 2),
        ("30", "IND", 0.12, 2),
        ("3004", "USA", 0.15, 2),
        ("300431", "WLD", 0.15, 2),
        ("270900", "WLD", 0.00, 1),
        ("27", "WLD", 0.00, 1),
    ],
)
def test_a_rate_is_the_sellers_own_and_the_finest(store, product, exporter, rate, count):
    duty = LakeTariffs(store, {"RUS"}).find(product, "RUS", exporter)
    assert duty == Duty(pytest.approx(rate), count, SOURCE)


@pytest.mark.parametrize(("product", "importer"), [("TOTAL", "RUS"), ("99", "RUS"), ("30", "IND")])
def test_what_nobody_knows(store, product, importer):
    assert LakeTariffs(store, {"RUS", "IND"}).find(product, importer) is None


def test_a_lake_without_tariffs():
    levied = LakeTariffs(Store(starter.path()), {"RUS"})
    assert levied.find("30", "RUS") is None
    assert levied.said(["RUS"]) == ""


def test_the_years_are_said(store):
    levied = LakeTariffs(store, {"RUS", "IND"})
    assert levied.said(["RUS", "IND"]) == "Russia 2021"
    assert levied.preferences("RUS", "IND")
    assert not levied.preferences("RUS", "USA")


@pytest.fixture(scope="module")
def agreement(store):
    return simulate(store, read_scenario("IND", "RUS"))


def test_a_simulation_uses_them_by_chapter_and_averages_elsewhere(agreement):
    rows = agreement.products.rows.set_index(["exporter", "importer", "product"])
    medicines = rows.loc[("IND", "RUS", "30")]
    assert medicines["tariff_before"] == pytest.approx(0.12)
    assert medicines["tariff_source"] == SOURCE
    assert medicines["flags"].endswith("mean of 2 rates")
    assert rows.loc[("IND", "RUS", "84"), "tariff_source"] == "worldbank-wits"
    assert rows.loc[("RUS", "IND", "31"), "tariff_source"] == "worldbank-wits"
    assert any("(Russia 2021)" in note for note in agreement.products.notes)
    assert any("weighted average" in note for note in agreement.products.notes)
    assert SOURCE in agreement.sources


def test_the_users_own_come_first(store):
    mine = [Rate("30", "RUS", "", 0.5, 2)]
    found = simulate_products(store, read_scenario("IND", "RUS"), tariffs=mine).rows
    rows = found.set_index(["exporter", "product"])
    assert rows.loc[("IND", "30"), ["tariff_before", "tariff_source"]].to_list() == [0.5, "user"]
    assert rows.loc[("IND", "03"), "tariff_source"] == SOURCE


def test_a_preference_is_an_advantage(store):
    found = opportunities(store, "IND", "RUS", new=False)
    plain = opportunities(Store(starter.path()), "IND", "RUS", new=False)
    mine, usual = (one.products.set_index("product") for one in (found, plain))
    assert mine.loc["30", "advantage"] == pytest.approx((1.15 / 1.12) ** 1.5)
    assert mine.loc["03", "advantage"] == 1
    assert mine.loc["30", "potential_normal"] == pytest.approx(
        usual.loc["30", "potential_normal"] * (1.15 / 1.12) ** 1.5
    )
    assert found.tariff_source == SOURCE
    assert SOURCE in found.sources
    assert plain.tariff_source == ""
    assert any("(Russia 2021)" in note for note in found.notes)


def test_without_a_preference_nobody_has_an_advantage(store):
    found = opportunities(store, "CHN", "RUS", new=False)
    assert (found.products["advantage"] == 1).all()
    assert any("no preference of Russia for China" in note for note in found.notes)


def test_the_users_tariffs_replace_the_lakes(store):
    mine = Tariffs({"30": 0.2}, {"30": 0.1}, {"30": 2.0})
    found = opportunities(store, "IND", "RUS", tariffs=mine, new=False)
    assert found.products.set_index("product").loc["30", "advantage"] == pytest.approx(
        (1.2 / 1.1) ** 2
    )
    assert found.tariff_source == ""
    assert SOURCE not in found.sources


def test_after_an_agreement_ends_there_are_no_preferences(store):
    ended = read_scenario("IND", "RUS", withdraw=True)
    rows = simulate_products(store, ended).rows.set_index(["exporter", "product"])
    assert rows.loc[("IND", "30"), ["tariff_before", "tariff_after"]].to_list() == [
        0,
        pytest.approx(0.15),
    ]
