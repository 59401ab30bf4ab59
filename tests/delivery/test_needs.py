"""Dependence, joint manufacturing, arms and carriers: every direction by hand in a small lake."""

from __future__ import annotations

import pandas as pd
import pytest

from comity import starter
from comity.delivery import carriers, defence, dependence, manufacturing
from comity.delivery.carriers import Actor
from comity.delivery.entries import absences, measures
from comity.lake import Dossier, Store, write
from comity.measure import Measure

SIPRI = "sipri-arms-transfers"
SOURCES = ("dgcis-tradestat", "cepii-baci-hs92-2024", "cepii-baci-202501", SIPRI, "page-example")


def flow(exporter, importer, product, millions, source="dgcis-tradestat", year=2024, **other):
    fiscal = source == "dgcis-tradestat"
    return {
        "year": year,
        "exporter": exporter,
        "importer": importer,
        "product": product,
        "value_usd": millions * 1e6,
        "valuation": "fob",
        "basis": "reported" if fiscal else "reconciled",
        "revision": "HS92",
        "period": f"FY{year}-{(year + 1) % 100}" if fiscal else str(year),
        "source": source,
        **other,
    }


def flows():
    rows = [
        flow("IND", "RUS", "30", 6.0),
        flow("IND", "RUS", "84", 4.0),
        flow("RUS", "IND", "27", 50.0, valuation="cif"),
        flow("RUS", "IND", "84", 1.0, valuation="cif"),
        # All that India buys is known from the same source, all that it sells is not.
        flow("WLD", "IND", "27", 200.0, valuation="cif"),
        flow("WLD", "IND", "84", 10.0, valuation="cif"),
        flow("WLD", "RUS", "30", 60.0, "cepii-baci-hs92-2024"),
        flow("WLD", "RUS", "84", 100.0, "cepii-baci-hs92-2024"),
        flow("IND", "WLD", "30", 24.0, "cepii-baci-hs92-2024"),
        flow("IND", "WLD", "84", 3.0, "cepii-baci-hs92-2024"),
        flow("RUS", "WLD", "27", 500.0, "cepii-baci-hs92-2024"),
        flow("RUS", "WLD", "84", 8.0, "cepii-baci-hs92-2024"),
    ]
    for exporter, importer, millions in (
        ("IND", "RUS", 4.0),
        ("IND", "USA", 36.0),
        ("RUS", "IND", 60.0),
        ("RUS", "USA", 40.0),
        ("USA", "IND", 60.0),
        ("USA", "RUS", 36.0),
    ):
        rows.append(
            flow(exporter, importer, "TOTAL", millions, "cepii-baci-202501", 2023, revision="TOTAL")
        )
    return pd.DataFrame(rows)


def arms():
    """Russia and France deliver to India; what Russia delivers to armed groups is in its whole."""
    rows = []
    for year, russia, france in (
        (2011, 0.0, 0.0),
        (2014, 70.0, 30.0),
        (2018, 30.0, 20.0),
        (2020, 10.0, 40.0),
    ):
        rows += [
            ("arms_tiv", year, "RUS", "IND", russia, None),
            ("arms_tiv", year, "FRA", "IND", france, None),
            ("arms_tiv_all", year, "WLD", "IND", russia + france, None),
            ("arms_tiv_all", year, "RUS", "WLD", russia + 60, None),
            ("arms_tiv_all", year, "FRA", "WLD", france, None),
        ]
    rows += [
        ("arms_tiv_licensed", 2018, "RUS", "IND", 24.0, None),
        ("arms_orders", 2016, "RUS", "IND", 5.0, None),
        ("arms_orders_licensed", 2016, "RUS", "IND", 2.0, None),
    ]
    names = ["indicator", "year", "origin", "destination", "value", "text"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(unit="TIV million", source=SIPRI)


def statements():
    common = {"indicator": "arms_share", "origin": "RUS", "destination": "IND", "unit": "share",
              "said_by": "SIPRI", "source": "page-example"}  # fmt: skip
    return pd.DataFrame(
        [
            {"id": "S1", "claim": "36 percent", "period": "2020-24", "value": 0.36, **common},
            {"id": "S2", "claim": "55 percent", "period": "2015-19", "value": 0.55, **common},
            {"id": "S3", "claim": "38 percent", "period": "2020-24", "value": 0.38,
             **common, "indicator": "India share of Russian arms exports"},
            {"id": "S4", "claim": "three", "period": "2025-06", "value": 3.0,
             **common, "indicator": "S-400 squadrons delivered"},
        ]
    )  # fmt: skip


def sources(names=SOURCES):
    common = {"publisher": "P", "title": "T", "licence": "invented", "citation": "C"}
    return pd.DataFrame([{"id": name, **common, "redistributable": True} for name in names])


def built(folder, names=SOURCES, **tables):
    return write(folder, {"sources": sources(names), **tables}, built="2026-01-01")


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return built(
        tmp_path_factory.mktemp("needs"), flows=flows(), ties=arms(), statements=statements()
    )


@pytest.fixture(scope="module")
def pair(store):
    return Dossier(store, "IND", "RUS")


@pytest.fixture(scope="module")
def swapped(store):
    return Dossier(store, "RUS", "IND")


def by_product(entries):
    return {(m.origin, m.destination, m.product): m for m in measures(entries)}


# Dependence


def test_shares_by_chapter_in_both_directions(pair, swapped):
    for dossier in (pair, swapped):
        bought = by_product(dependence.import_share_hs2(dossier))
        assert bought["RUS", "IND", "27"].value == 50 / 200
        assert bought["RUS", "IND", "84"].value == 1 / 10
        assert bought["IND", "RUS", "30"].value == 6 / 60
        sold = by_product(dependence.export_share_hs2(dossier))
        assert sold["RUS", "IND", "27"].value == 50 / 500
        assert sold["IND", "RUS", "30"].value == 6 / 24


def test_a_part_above_its_whole_of_another_source_is_left_out(pair):
    # India sells Russia 4 of chapter 84, and the other source has 3 with the world.
    assert ("IND", "RUS", "84") not in by_product(dependence.export_share_hs2(pair))


def test_two_sources_are_named_and_marked(pair):
    own = by_product(dependence.import_share_hs2(pair))["RUS", "IND", "27"]
    assert own.also == ()
    assert "estimate" not in own.flags
    crossed = by_product(dependence.import_share_hs2(pair))["IND", "RUS", "30"]
    assert crossed.also == ("cepii-baci-hs92-2024",)
    assert "estimate" in crossed.flags
    assert "two sources" in crossed.note


def test_asymmetry_is_the_buyers_share_less_the_sellers(pair):
    found = {(m.origin, m.destination): m.value for m in measures(dependence.asymmetry(pair))}
    # India buys 60 of 120 from Russia, which sells 60 of 100 there.
    assert found["RUS", "IND"] == pytest.approx(60 / 120 - 60 / 100)
    assert found["IND", "RUS"] == pytest.approx(4 / 40 - 4 / 40)


def test_no_products_is_a_gap_each_way(tmp_path):
    store = built(tmp_path, flows=flows().query("product == 'TOTAL'"))
    gaps = absences(dependence.import_share_hs2(Dossier(store, "IND", "RUS")))
    assert {(g.origin, g.destination) for g in gaps} == {("IND", "RUS"), ("RUS", "IND")}


# Joint manufacturing


def test_grubel_lloyd_by_hand(pair, swapped):
    # Matched: 1 of 84 both ways; 2 of 61 in all.
    for dossier in (pair, swapped):
        (found,) = measures(manufacturing.intra_industry(dossier))
        assert found.value == pytest.approx(2 * 1 / (6 + 4 + 50 + 1))
        assert "upper bound" in found.note
    table = manufacturing.by_product(pair).set_index("product")
    assert table.loc["84", "there"] == 4e6
    assert table.loc["84", "index"] == pytest.approx(2 / 5)
    assert manufacturing.by_product(swapped).set_index("product").loc["84", "there"] == 1e6


def test_parts_need_subheadings(pair, tmp_path):
    (gap,) = absences(manufacturing.parts_share(pair))
    assert "six digits" in gap.reason
    fine = [
        # 870899 parts of vehicles (53), 840991 parts of engines (42 and 53), 270900 oil (31).
        flow("IND", "RUS", "870899", 2.0),
        flow("IND", "RUS", "270900", 6.0),
        flow("RUS", "IND", "870899", 3.0),
    ]
    store = built(tmp_path, flows=pd.DataFrame(fine))
    found = measures(manufacturing.parts_share(Dossier(store, "IND", "RUS")))
    assert {(m.origin, m.destination): m.value for m in found} == {
        ("IND", "RUS"): 0.25,
        ("RUS", "IND"): 1.0,
    }
    # With subheadings known, intra-industry trade is measured on them.
    (index,) = measures(manufacturing.intra_industry(Dossier(store, "IND", "RUS")))
    assert index.value == pytest.approx(4 / 11)


def test_one_direction_alone_has_no_index(tmp_path):
    store = built(tmp_path, flows=pd.DataFrame([flow("IND", "RUS", "84", 1.0)]))
    (gap,) = manufacturing.intra_industry(Dossier(store, "IND", "RUS"))
    assert gap in absences([gap])


def test_licensed_production_over_ten_years(pair):
    (found,) = measures(manufacturing.licensed_production(pair))
    assert (found.origin, found.destination, found.period) == ("RUS", "IND", "2011/2020")
    assert found.value == pytest.approx(24 / 110)
    assert "2 of 5 orders" in found.note


# Arms


def test_arms_by_window_and_direction(pair, swapped):
    for dossier in (pair, swapped):
        shares = {m.period: m for m in measures(defence.arms_share(dossier))}
        assert set(shares) == {"2016/2020", "2011/2015"}
        assert shares["2016/2020"].value == pytest.approx(40 / 100)
        assert shares["2016/2020"].previous == pytest.approx(70 / 100)
        assert shares["2016/2020"].origin == "RUS"
        sold = {m.period: m.value for m in measures(defence.arms_export_share(dossier))}
        assert sold["2016/2020"] == pytest.approx(40 / 160)
        volume = {(m.origin, m.destination): m for m in measures(defence.arms_tiv(dossier))}
        assert volume["RUS", "IND"].value == 40
        assert volume["RUS", "IND"].previous == 70
        (gap,) = absences(defence.arms_tiv(dossier))
        assert (gap.origin, gap.destination) == ("IND", "RUS")
        (spread,) = measures(defence.arms_supplier_hhi(dossier))
        assert spread.origin == "IND"
        assert spread.value == pytest.approx(0.4**2 + 0.6**2)


def test_until_moves_the_windows(store):
    early = Dossier(store, "IND", "RUS", until=2018)
    (first, *_) = measures(defence.arms_share(early))
    assert first.period == "2014/2018"
    assert first.value == pytest.approx(100 / 150)


def test_a_table_of_one_supplier_gives_no_share_of_imports(tmp_path):
    rows = arms()
    rows = rows[(rows["origin"] == "RUS")]
    dossier = Dossier(built(tmp_path, flows=flows(), ties=rows), "IND", "RUS")
    assert not measures(defence.arms_share(dossier))
    assert measures(defence.arms_export_share(dossier))
    assert not measures(defence.arms_supplier_hhi(dossier))


def test_orders_split_over_years_are_estimates(tmp_path):
    rows = arms()
    rows.loc[rows["indicator"] == "arms_tiv", "text"] = "split evenly over the years of delivery"
    dossier = Dossier(built(tmp_path, flows=flows(), ties=rows), "IND", "RUS")
    assert all(m.flags == ("estimate",) for m in measures(defence.arms_share(dossier)))


def test_published_shares_stand_where_there_is_no_register(tmp_path):
    names = [name for name in SOURCES if name != SIPRI]
    store = built(tmp_path, names, flows=flows(), statements=statements())
    dossier = Dossier(store, "IND", "RUS")
    found = measures(defence.arms_share(dossier))
    assert [(m.period, m.value) for m in found] == [("2020-24", 0.36), ("2015-19", 0.55)]
    assert found[0].previous == 0.55
    assert all("quoted" in m.flags and m.source == "page-example" for m in found)
    (sold,) = measures(defence.arms_export_share(dossier))
    assert sold.value == 0.38
    assert defence.arms_tiv(dossier) == []
    (gap,) = absences(manufacturing.licensed_production(dossier))
    assert "register" in gap.reason


def test_nothing_at_all_is_a_gap(tmp_path):
    dossier = Dossier(built(tmp_path, flows=flows()), "IND", "RUS")
    assert absences(defence.arms_share(dossier))
    assert absences(defence.arms_tiv(dossier))


def test_the_embedded_data_quote_sipri():
    dossier = Dossier(Store(starter.path()), "IND", "RUS")
    shares = {m.period: m.value for m in measures(defence.arms_share(dossier))}
    # Windows that overlap these stand among the published figures.
    assert shares == {"2020-24": 0.36, "2015-19": 0.55, "2010-14": 0.72}
    assert measures(dependence.import_share_hs2(dossier))
    nobody = Dossier(Store(starter.path()), "NRU", "TUV")
    for function in (
        dependence.import_share_hs2,
        dependence.asymmetry,
        manufacturing.intra_industry,
        manufacturing.parts_share,
        defence.arms_share,
    ):
        assert not measures(function(nobody))


# Carriers


def measure(indicator, value=1.0, origin="IND", destination="RUS", **other):
    return Measure(
        pillar="trade", indicator=indicator, origin=origin, destination=destination,
        value=value, unit="USD", source="page-example", **{"period": "2023", **other},
    )  # fmt: skip


def test_ties_by_actor():
    found = carriers.ties(
        [
            measure("co_works"),
            measure("goods_exports", intensity=2.0),
            measure("goods_exports", period="FY2025-26"),
            measure("goods_exports", origin="IND", destination="USA"),
            measure("un_agreement"),
            measure("refugees"),
            measure("export_share"),
            measure("migrants", product="30"),
        ],
        ("IND", "RUS"),
    )
    assert [(t.actor, t.measure.indicator) for t in found] == [
        (Actor.government, "un_agreement"),
        (Actor.business, "goods_exports"),
        (Actor.society, "co_works"),
    ]
    # The one that was set against what is usual goes before a later one that was not.
    assert found[1].measure.intensity == 2.0
    standing = carriers.standing([measure("goods_exports", intensity=2.0)], ("IND", "RUS"))
    assert standing.loc[0, "actor"] == "business"
