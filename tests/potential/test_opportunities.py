"""Opportunities: by hand on three countries, and on the embedded data for India and Russia."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import comity
from comity.errors import (
    ArrayError,
    ElasticityError,
    InputFileError,
    NegativeTariffError,
    NoDataError,
    UnknownNameError,
    UsageError,
)
from comity.lake import Dossier, Store, write
from comity.potential.opportunities import opportunities
from comity.potential.opportunity_files import Growth, Tariffs, read_growth, read_tariffs
from comity.potential.world import world_of

_spec = importlib.util.spec_from_file_location(
    "golden_cases", Path(__file__).with_name("golden_cases.py")
)
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)

EXPORTS = {"IND": {"30": 60, "84": 40}, "RUS": {"27": 80, "84": 20},
           "USA": {"27": 20, "30": 40, "84": 60}}  # fmt: skip
IMPORTS = {"IND": {"27": 60, "84": 40}, "RUS": {"30": 50, "84": 50},
           "USA": {"27": 40, "30": 40, "84": 60}}  # fmt: skip
TOTALS = {("IND", "RUS"): 12, ("USA", "RUS"): 48, ("RUS", "IND"): 30, ("USA", "IND"): 20}
KM = {("IND", "RUS"): 4000, ("USA", "RUS"): 8000, ("IND", "USA"): 12000}
SOLD = {("IND", "RUS"): {"30": 3, "84": 20}, ("RUS", "IND"): {"27": 18, "84": 2}}


def lake(folder, *, split=True, totals=TOTALS):
    rows = []

    def add(year, exporter, importer, product, millions, source, **other):
        row = {"year": year, "exporter": exporter, "importer": importer, "product": product,
               "value_usd": millions * 1e6, "valuation": "fob", "basis": "reconciled",
               "revision": "HS92", "period": str(year), "source": source}  # fmt: skip
        rows.append(row | other)

    for country, products in EXPORTS.items():
        for product, millions in products.items():
            add(2024, country, "WLD", product, millions, "world")
        add(2024, country, "WLD", "TOTAL", sum(products.values()), "world")
    for country, products in IMPORTS.items():
        for product, millions in products.items():
            add(2024, "WLD", country, product, millions, "world")
    for (exporter, importer), millions in totals.items():
        add(2023, exporter, importer, "TOTAL", millions, "pairs", revision="TOTAL")
    for (exporter, importer), products in SOLD.items() if split else ():
        for product, millions in products.items():
            add(2024, exporter, importer, product, millions, "split", period="FY2024-25",
                basis="reported")  # fmt: skip
    ways = [(a, b, km) for (a, b), km in KM.items()] + [(b, a, km) for (a, b), km in KM.items()]
    return write(
        folder,
        {
            "flows": pd.DataFrame(rows),
            "proximity": pd.DataFrame(
                [
                    {"origin": a, "destination": b, "distance_km": float(km), "source": "far"}
                    for a, b, km in ways
                ]
            ),
            "sources": pd.DataFrame(
                {
                    "id": ["world", "pairs", "split", "far"],
                    "publisher": "P",
                    "title": "T",
                    "licence": "invented",
                    "citation": "C",
                    "redistributable": True,
                }
            ),
        },
        built="2026-01-01",
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Store:
    return lake(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def starter() -> Store:
    return comity.open().store


def by_product(found, column):
    return found.products.set_index("product")[column]


@pytest.mark.parametrize(
    "case", golden.golden_cases("opportunities"), ids=lambda c: f"{c['exporter']}-{c['importer']}"
)
def test_cases_by_hand(small, case):
    found = opportunities(small, case["exporter"], case["importer"])
    assert found.ease.expected == pytest.approx(golden.number(case["expected"]) * 1e6)
    assert found.ease.trade == pytest.approx(golden.number(case["trade"]))
    assert found.ease.distance == pytest.approx(golden.number(case["distance"]))
    assert found.ease.trade_without_fuels == pytest.approx(golden.number(case["without_fuels"]))
    for column in ("net_exporter", "unrealised_normal"):
        for code, value in case[column].items():
            scale = 1 if column == "net_exporter" else 1e6
            assert by_product(found, column)[code] == pytest.approx(golden.number(value) * scale)
    for code, value in case["normal"].items():
        millions = golden.number(value)
        assert by_product(found, "potential_normal")[code] == pytest.approx(millions * 1e6)
        assert by_product(found, "potential")[code] == pytest.approx(
            millions * 1e6 * found.ease.actual
        )


def test_directions_are_not_mixed_up(small):
    there, back = opportunities(small, "IND", "RUS"), opportunities(small, "RUS", "IND")
    assert by_product(there, "exports")["30"] == 60e6
    assert by_product(there, "imports")["30"] == 50e6
    assert by_product(back, "exports")["27"] == 80e6
    assert by_product(back, "imports")["27"] == 60e6
    assert (there.ease.total, back.ease.total) == (12e6, 30e6)
    assert by_product(there, "actual")["84"] == 20e6
    assert by_product(back, "actual")["84"] == 2e6


def test_a_product_that_the_source_does_not_list_was_not_traded(small):
    assert by_product(opportunities(small, "IND", "RUS"), "actual")["27"] == 0


def test_shares_sum_to_one_in_every_product(starter):
    from comity.potential import export_potential as kernel

    world = world_of(starter)
    shares = kernel.supply(world.exports, world.imports).share
    assert shares.sum(axis=0) == pytest.approx(np.ones(len(world.products)))


def test_ease_can_be_replaced(small):
    found = opportunities(small, "IND", "RUS", ease=1.0)
    assert found.ease.replaced
    assert found.total("potential") == pytest.approx(found.total("potential_normal"))
    assert found.ease.actual != 1.0
    with pytest.raises(UsageError, match="no meaning"):
        opportunities(small, "IND", "RUS", ease=-1)


def test_growth_moves_supply_and_demand(small):
    plain = opportunities(small, "IND", "RUS", ease=1.0)
    grown = opportunities(
        small, "IND", "RUS", ease=1.0, growth=Growth({"IND": 1.5, "RUS": 1.21}, {"RUS": 1.1})
    )
    # The world of chapter 30 is 60 x 1.5 + 40; Russia buys 1.1 (richer) x 1.1 (more heads).
    assert by_product(grown, "market_share")["30"] == pytest.approx(90 / 130)
    assert by_product(grown, "demand_growth")["30"] == pytest.approx(1.21)
    assert by_product(grown, "potential")["30"] == pytest.approx(90 / 130 * 50e6 * 1.21)
    assert by_product(plain, "potential")["30"] == pytest.approx(30e6)
    assert any("2 of 3 countries" in note for note in grown.notes)


def test_tariffs_give_an_advantage_on_their_products_alone(small):
    tariffs = Tariffs({"30": 0.10}, {"30": 0.0}, {"30": 2.0})
    found = opportunities(small, "IND", "RUS", ease=1.0, tariffs=tariffs)
    assert by_product(found, "potential")["30"] == pytest.approx(30e6 * 1.21)
    assert by_product(found, "advantage")["84"] == 1.0
    elsewhere = Tariffs({"99": 0.10}, {"99": 0.0}, {"99": 2.0})
    with pytest.raises(UsageError, match="None of the products"):
        opportunities(small, "IND", "RUS", tariffs=elsewhere)


def test_what_is_not_known_is_said_and_not_zero(tmp_path):
    bare = lake(tmp_path / "bare", split=False)
    found = opportunities(bare, "IND", "RUS")
    assert not found.knows_actual
    assert math.isnan(found.total("actual"))
    assert math.isnan(found.total("unrealised_normal"))
    assert math.isnan(found.ease.without_fuels)
    assert any("No source splits" in note for note in found.notes)
    lone = lake(tmp_path / "lone", totals={("USA", "RUS"): 48, ("RUS", "IND"): 30})
    found = opportunities(lone, "IND", "RUS")
    assert math.isnan(found.ease.actual)
    assert math.isnan(found.total("potential"))
    assert found.total("potential_normal") == pytest.approx(30e6 + 50e6 / 3)
    assert opportunities(lone, "IND", "RUS", ease=2).total("potential") > 0


def test_countries_that_the_table_lacks(starter):
    with pytest.raises(NoDataError, match="no exports of Bhutan by product"):
        opportunities(starter, "Bhutan", "IND")
    with pytest.raises(UsageError, match="Both are India"):
        opportunities(starter, "India", "IND")
    with pytest.raises(UnknownNameError):
        opportunities(starter, "Atlantis", "IND")


def test_an_empty_table_of_products(tmp_path):
    store = write(
        tmp_path,
        {
            "sources": pd.DataFrame(
                {"id": ["x"], "publisher": "P", "title": "T", "licence": "L", "citation": "C",
                 "redistributable": True}
            )
        },
        built="2026-01-01",
    )  # fmt: skip
    with pytest.raises(NoDataError, match="no table of what every country trades"):
        opportunities(store, "IND", "RUS")


def test_india_and_russia_in_the_embedded_data(starter):
    there = opportunities(starter, "IND", "RUS")
    pharma = there.products.set_index("product").loc["30"]
    # India sold 29.1055 of the world's 894.094 billion dollars; Russia bought 11.774 billion.
    assert pharma["market_share"] == pytest.approx(0.032553, abs=1e-6)
    assert pharma["imports"] == pytest.approx(11.774e9, rel=1e-3)
    assert pharma["potential_normal"] == pytest.approx(383.3e6, rel=1e-3)
    assert pharma["actual"] == pytest.approx(421.09e6)
    assert there.ease.trade == pytest.approx(4.05398e9 / 4.02368e9, rel=1e-4)
    assert there.total("potential_normal") == pytest.approx(3.368e9, rel=1e-3)
    assert there.total("actual") == pytest.approx(4.88e9, rel=1e-3)
    assert there.total("unrealised_normal") == pytest.approx(0.9446e9, rel=1e-3)
    back = opportunities(starter, "RUS", "IND")
    assert back.ease.trade == pytest.approx(2.837, abs=1e-3)
    assert back.ease.without_fuels == pytest.approx(1.124, abs=1e-3)
    assert back.ease.fuels == pytest.approx(56.873 / 63.811, rel=1e-3)
    assert back.actual_valuation == "cif"


def test_at_actual_ease_potentials_add_up_to_trade_times_distance(starter):
    found = opportunities(starter, "IND", "RUS")
    before_re_exports = (found.products["potential"] / found.products["net_exporter"]).sum()
    assert before_re_exports == pytest.approx(found.ease.total * found.ease.distance)


def test_the_op_eds_sectors_against_the_ranking(starter):
    found = opportunities(starter, "IND", "RUS")
    named = found.named(("pharmaceuticals", "machinery", "marine", "processed_food"))
    room = dict(zip(named["sector"], named["unrealised_normal"], strict=True))
    assert room["processed_food"] == pytest.approx(22.0e6, rel=1e-2)
    assert room["pharmaceuticals"] == room["machinery"] == room["marine"] == 0
    assert list(found.sectors["sector"].head(2)) == ["textiles", "vehicles"]
    assert found.new["product"].iloc[0] == "84"
    with pytest.raises(UnknownNameError):
        found.named(("unicorns",))


def test_new_products_are_a_score_and_lack_advantage(starter):
    new = opportunities(starter, "IND", "RUS").new
    assert (new["rca"] < 1).all()
    assert new["score"].max() == 1.0
    quick = opportunities(starter, "IND", "RUS", new=False)
    assert quick.new.empty


GROWTH = [
    ("country,gdp\nIND,0.06\n", "line 2, column 'gdp'.*no level"),
    ("country,gdp\nIND,6.5\n", "no level"),
    ("country,gdp\nAtlantis,1.1\n", "line 2, column 'country'.*Atlantis"),
    ("country,gdp\nKorea,1.1\n", "more than one"),
    ("country,gdp\nIND,1.1\nIndia,1.2\n", "line 3.*second time"),
    ("country,gdp\nIND,much\n", "not a number"),
    ("country,gdp\nIND,inf\n", "finite"),
    ("land,gdp\nIND,1.1\n", "no column country"),
    ("country,gdp\n", "no rows"),
]


@pytest.mark.parametrize(("text", "message"), GROWTH)
def test_growth_files_that_cannot_be(tmp_path, text, message):
    path = tmp_path / "growth.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFileError, match=message):
        read_growth(path)


TARIFFS = [
    ("product,levied,on_pair,substitution\n30,-0.1,0,2\n", NegativeTariffError, "below zero"),
    ("product,levied,on_pair,substitution\n30,0.1,0,0\n", ElasticityError, "no meaning"),
    ("product,levied,on_pair,substitution\n30,25,0,2\n", InputFileError, "2500%"),
    ("product,levied,on_pair,substitution\nXY,0.1,0,2\n", InputFileError, "no HS code"),
    ("product,levied,on_pair,substitution\n30,0.1,0,2\n30,0.1,0,2\n", InputFileError, "second"),
    ("product,levied\n30,0.1\n", InputFileError, "no column on_pair, substitution"),
]


@pytest.mark.parametrize(("text", "error", "message"), TARIFFS)
def test_tariff_files_that_cannot_be(tmp_path, text, error, message):
    path = tmp_path / "tariffs.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message):
        read_tariffs(path)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputFileError, match="cannot be read"):
        read_growth(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("country,gdp\nCôte,1\n".encode("latin-1"))
    with pytest.raises(InputFileError, match="UTF-8"):
        read_growth(tmp_path / "latin.csv")


def test_files_that_can(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("\ufeffcountry,gdp,population\nIndia,1.35,1.04\nRUS,1.05,\n", encoding="utf-8")
    found = read_growth(path)
    assert found.gdp == {"IND": 1.35, "RUS": 1.05}
    assert found.population == {"IND": 1.04}
    path.write_text(
        "product,levied,on_pair,substitution,exporter\n3,0.1,0,2,IND\n30,0.2,0.1,3,RUS\n",
        encoding="utf-8",
    )
    assert read_tariffs(path, "IND").levied == {"03": 0.1}
    assert read_tariffs(path, "RUS").on_pair == {"30": 0.1}


def test_a_level_below_a_fifth_does_not_pass_the_kernel_either(small):
    with pytest.raises(ArrayError, match="fall to a fifth"):
        opportunities(small, "IND", "RUS", growth=Growth({"IND": 0.1}, {}))


def test_the_chart_leaves_room_for_all_but_the_giant(starter):
    from comity.brief.charts import opportunities as charts
    from comity.brief.charts.theme import Pair

    pair = Pair(comity.catalogue.country("IND"), comity.catalogue.country("RUS"))
    there = charts.potential(pair, opportunities(starter, "IND", "RUS", new=False))
    back = charts.potential(pair, opportunities(starter, "RUS", "IND", new=False))
    assert there.title.startswith("India's unused room in Russia is largest in vehicles")
    assert "would dwarf the rest" not in there.note
    assert "Mineral fuels and oils ($17.3 bn at normal ease, $56.9 bn sold)" in back.note
    assert "Mineral fuels and oils" in {row[0] for row in back.rows}
    for chart in (there, back):
        sold, room, marks = (layer["data"]["values"] for layer in chart.spec["layer"][:3])
        assert "Mineral fuels and oils" not in {value["name"] for value in (*sold, *room, *marks)}
        assert all(bar["from"] < bar["value"] for bar in room)
        unused = [bar["value"] - bar["from"] for bar in room]
        assert unused == sorted(unused, reverse=True)  # as the title has it: the most room first
        assert len(sold) == len(marks) > len(room)  # some sell more than their potential
        named = [value["name"].lower() for value in marks[:3]]
        assert all(name in chart.title for name in named)


def test_the_section_tells_directions_and_gaps_apart(starter):
    from comity.brief import opportunities as section_of

    section = section_of.section(Dossier(starter, "IND", "RUS"), draw=False)
    sold = {(m.indicator, m.origin): m.value for m in section.measures}
    assert sold["export_potential", "IND"] == pytest.approx(3.368e9, rel=1e-3)
    assert sold["export_potential", "RUS"] == pytest.approx(22.99e9, rel=1e-3)
    assert all(m.flags == ("estimate",) for m in section.measures)
    assert section_of.section(Dossier(starter, "IND", "RUS", 2023)) is None
    bare = section_of.section(Dossier(starter, "BRA", "VNM"), draw=False)
    assert {gap.indicator for gap in bare.absences} == {"unrealised_potential"}
    lacking = section_of.section(Dossier(starter, "BTN", "IND"), draw=False)
    assert "no exports of Bhutan" in lacking.absences[0].reason
