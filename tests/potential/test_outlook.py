"""The IMF's outlook in a lake: growth over five years, used without being told."""

from __future__ import annotations

import pandas as pd
import pytest

from comity import starter
from comity.lake import Store
from comity.lake.addition import Addition
from comity.lake.growth import grow
from comity.potential.opportunities import opportunities
from comity.potential.opportunity_files import Growth
from comity.potential.outlook import read_outlook

SOURCE = "imf-weo"


def series(country, rates, people, base=2024):
    rows = []
    for step, rate in enumerate(rates):
        end = "" if step == 0 else "_projection"
        rows.append(("gdp_growth" + end, base + step, country, rate, "share"))
    for step, number in people.items():
        end = "" if step == 0 else "_projection"
        rows.append(("population" + end, base + step, country, number, "persons"))
    return rows


def store_with(folder, rows, source=SOURCE):
    names = ["indicator", "year", "country", "value", "unit"]
    table = pd.DataFrame(rows, columns=names).assign(source=source)
    about = {
        "id": source,
        "publisher": "IMF",
        "title": "WEO",
        "licence": "terms",
        "citation": "IMF.",
        "redistributable": False,
    }
    with grow(folder, starter.path(), 10.0) as lake:
        lake.add_tables({"facts": table}, about, Addition("w.csv", "0" * 64, "imf", "WEO", source))
    return Store(folder)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    rows = [
        *series("IND", [0.09, 0.06, 0.06, 0.06, 0.06, 0.06], {0: 1.4e9, 5: 1.47e9}),
        *series("RUS", [0.04, 0.01, 0.01, 0.01, 0.01, 0.01], {0: 1.46e8, 5: 1.44e8}),
        # A country of which a year is missing has no growth over five years.
        *series("CHN", [0.05, 0.04, 0.04], {0: 1.4e9}),
    ]
    return store_with(tmp_path_factory.mktemp("outlook") / "lake", rows)


def test_growth_is_compounded_after_the_last_actual_year(store):
    notes = []
    growth = read_outlook(store, notes)
    assert growth.gdp == {"IND": pytest.approx(1.06**5), "RUS": pytest.approx(1.01**5)}
    assert growth.population == {
        "IND": pytest.approx(1.47 / 1.4),
        "RUS": pytest.approx(1.44 / 1.46),
    }
    assert growth.source == SOURCE
    assert "2024 to 2029" in notes[0]


def test_without_an_outlook_there_is_none():
    assert read_outlook(Store(starter.path()), []) is None


def test_the_newest_outlook_counts(store, tmp_path):
    folder = tmp_path / "lake"
    store_with(folder, series("IND", [0, *[0.01] * 5], {0: 1.0, 5: 1.0}, base=2023))
    newer = store_with(
        folder, series("IND", [0, *[0.02] * 5], {0: 1.0, 5: 1.0}, base=2025), "imf-weo-2026-oct"
    )
    growth = read_outlook(newer, [])
    assert growth.source == "imf-weo-2026-oct"
    assert growth.gdp == {"IND": pytest.approx(1.02**5)}


def test_opportunities_use_it_unless_the_user_says_otherwise(store):
    found = opportunities(store, "RUS", "IND", new=False)
    plain = opportunities(Store(starter.path()), "RUS", "IND", new=False)
    assert (found.products["demand_growth"] > 1).all()
    assert (plain.products["demand_growth"] == 1).all()
    assert found.growth_source == SOURCE
    assert SOURCE in found.sources
    assert any("IMF's outlook" in note for note in found.notes)
    mine = opportunities(store, "RUS", "IND", growth=Growth({"IND": 1.0}, {}), new=False)
    assert mine.growth_source == ""
    assert (mine.products["demand_growth"] == 1).all()
