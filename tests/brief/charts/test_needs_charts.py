"""Charts of dependence, arms, joint manufacturing and simulations: the title is the finding."""

from __future__ import annotations

import pandas as pd
import pytest

from comity import catalogue, starter
from comity.brief import charts
from comity.brief.charts import defence, dependence, manufacturing
from comity.brief.charts import simulation as drawn
from comity.brief.charts.theme import A, B, Pair
from comity.brief.render import svg
from comity.brief.simulation import percent, sentences
from comity.lake import Dossier, Store
from comity.potential.simulation import EMBARGO, Settings, read_scenario, simulate

PAIR = Pair(catalogue.country("IND"), catalogue.country("RUS"))


@pytest.fixture(scope="module")
def store():
    return Store(starter.path())


@pytest.mark.parametrize("pillar", ["dependence", "defence", "manufacturing"])
def test_a_brief_gets_charts_that_can_be_drawn(store, pillar):
    found = charts.draw(pillar, Dossier(store, "IND", "RUS"), [])
    assert found
    for chart in found:
        assert not chart.title.endswith(".")
        assert set(chart.sources) <= set(store.sources)
        assert "NaN" not in svg.draw(chart, 544)
        assert all(len(row) == len(chart.columns) for row in chart.rows)


def test_a_pair_without_figures_gets_none(store):
    nobody = Dossier(store, "NRU", "TUV")
    for pillar in ("dependence", "defence", "manufacturing"):
        assert charts.draw(pillar, nobody, []) == ()


def test_published_arms_shares_fall(store):
    (chart,) = charts.draw("defence", Dossier(store, "IND", "RUS"), [])
    assert chart.title == (
        "Russia's share in India's arms imports fell from 72 % (2010-14) to 36 % (2020-24)"
    )


def test_register_shows_the_largest_suppliers():
    rows = [
        ("IND", supplier, start, start + 4, 1.0, share)
        for start, shares in ((2015, {"RUS": 0.6, "FRA": 0.4}), (2020, {"RUS": 0.4, "FRA": 0.6}))
        for supplier, share in shares.items()
    ]
    columns = ["recipient", "supplier", "start", "end", "value", "share"]
    chart = defence.suppliers(PAIR, pd.DataFrame(rows, columns=columns), "sipri-arms-transfers")
    assert chart is not None
    assert "fell from 60 % (2015-19) to 40 % (2020-24)" in chart.title
    assert chart.rows == (("2015-2019", 60.0, 40.0), ("2020-2024", 40.0, 60.0))
    assert defence.suppliers(PAIR, pd.DataFrame(columns=columns), "s") is None


def test_dependence_names_the_buyer_and_the_seller_in_their_colours(store):
    found = charts.draw("dependence", Dossier(store, "IND", "RUS"), [])
    chart = next(c for c in found if c.id == "dependence-rus")
    assert chart.title.startswith("India buys 26 % of its mineral fuels and oils from Russia")
    assert "sells 24 % of its own there" in chart.title
    spec = str(chart.spec)
    assert A in spec
    assert B in spec
    assert (
        dependence.chapters(PAIR, pd.DataFrame(columns=["exporter", "import_share"]), "IND") is None
    )


def test_goods_both_ways_are_measured(store):
    (chart,) = charts.draw("manufacturing", Dossier(store, "IND", "RUS"), [])
    assert chart.title.startswith("3.4 % of what the two trade is in the same goods both ways")
    empty = pd.DataFrame(columns=["matched"])
    assert manufacturing.both_ways(PAIR, empty) is None


def test_products_of_one_member_are_not_laid_to_the_bloc(store):
    found = simulate(store, read_scenario("IND", "EAEU"), Settings(draws=0))
    titles = [chart.title for chart in drawn.draw(found)[1:]]
    assert titles[0].startswith("Through tariffs alone, India would sell $659 m more to Russia")
    assert titles[1].startswith("Through tariffs alone, Russia would sell $1.18 bn more to India")


@pytest.mark.parametrize("change", [{}, {"raise_": 0.1}, {"shock": EMBARGO}, {"cut": 0.5}], ids=str)
def test_simulations_are_drawn_and_said(store, change):
    found = simulate(store, read_scenario("IND", "RUS", **change), Settings(draws=20))
    made = drawn.draw(found)
    assert made[0].title.startswith("Real income: India ")
    for chart in made:
        assert set(chart.sources) <= set(store.sources)
        assert "NaN" not in svg.draw(chart, 544)
    said = sentences(found)
    assert said[0].startswith("Tier 3: with ")
    assert any(line.startswith("Tier 1") for line in said)
    assert "nan" not in " ".join(said)
    gain = found.worldwide.countries.set_index("code").loc["IND", "welfare"]
    assert percent(gain) in said[1]
