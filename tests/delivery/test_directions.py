"""Directions are never mixed up: one test for each indicator that has one."""

from __future__ import annotations

import pytest

from comity.delivery import diplomacy, people, products, research, size, trade
from comity.delivery.entries import measures


def value(entries, origin, destination, period=None, product=""):
    found = [
        m
        for m in measures(entries)
        if (m.origin, m.destination, m.product) == (origin, destination, product)
        and (period is None or m.period == period)
    ]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture(params=["as named", "the other way round"])
def pair(request, dossier, mirrored):
    return dossier if request.param == "as named" else mirrored


def test_goods_exports(pair):
    entries = trade.goods_exports(pair)
    assert value(entries, "IND", "RUS", "2023").value == 4.0e6
    assert value(entries, "RUS", "IND", "2023").value == 60.0e6
    assert value(entries, "IND", "RUS", "FY2024-25").value == 5.0e6
    last = value(entries, "RUS", "IND", "FY2025-26")
    assert (last.value, last.previous, last.previous_period) == (56.7e6, 63.0e6, "FY2024-25")
    assert "cif" in last.flags
    assert "cif" not in value(entries, "IND", "RUS", "FY2025-26").flags


def test_goods_trade_total_is_the_same_from_both_sides(dossier, mirrored):
    there, back = trade.goods_trade_total(dossier)[0], trade.goods_trade_total(mirrored)[0]
    assert there.value == back.value == 64.0e6


def test_trade_balance_changes_its_sign_with_the_side(dossier, mirrored):
    assert trade.trade_balance(dossier)[0].value == -56.0e6
    assert trade.trade_balance(mirrored)[0].value == 56.0e6


def test_trade_growth(pair):
    entries = trade.trade_growth(pair)
    assert value(entries, "IND", "RUS").value == pytest.approx(2 ** (1 / 10) - 1)
    assert value(entries, "RUS", "IND").value == pytest.approx(4 ** (1 / 10) - 1)
    assert value(entries, "RUS", "IND").period == "2006/2016"


def test_export_share_divides_by_the_exporters_sales(pair):
    entries = trade.export_share(pair)
    assert value(entries, "IND", "RUS").value == pytest.approx(4 / 80)
    assert value(entries, "RUS", "IND").value == pytest.approx(60 / 200)


def test_import_share_divides_by_the_importers_purchases(pair):
    entries = trade.import_share(pair)
    assert value(entries, "IND", "RUS").value == pytest.approx(4 / 114)
    assert value(entries, "RUS", "IND").value == pytest.approx(60 / 200)


def test_ranks(pair):
    assert value(trade.customer_rank(pair), "IND", "RUS").value == 2
    assert value(trade.customer_rank(pair), "RUS", "IND").value == 2
    assert value(trade.supplier_rank(pair), "IND", "RUS").value == 2
    assert value(trade.supplier_rank(pair), "RUS", "IND").value == 2


def test_supplier_hhi_is_of_the_importer(pair):
    entries = trade.supplier_hhi(pair)
    assert value(entries, "IND", "").value == pytest.approx(0.3**2 + 0.2**2 + 0.5**2)
    assert value(entries, "RUS", "").value == pytest.approx((4 / 114) ** 2 + (110 / 114) ** 2)


def test_goods_by_chapter(pair):
    entries = products.goods_exports_hs2(pair)
    assert value(entries, "RUS", "IND", "FY2024-25", "27").value == 56.0e6
    assert value(entries, "IND", "RUS", "FY2024-25", "30").value == 3.0e6
    later = value(entries, "IND", "RUS", "FY2025-26", "30")
    assert (later.value, later.previous) == (pytest.approx(2.7e6), 3.0e6)


def test_goods_by_sector(pair):
    entries = products.goods_exports_sector(pair)
    assert value(entries, "RUS", "IND", product="energy").value == pytest.approx(50.4e6)
    assert value(entries, "IND", "RUS", product="pharmaceuticals").value == pytest.approx(2.7e6)


def test_product_hhi(pair):
    entries = products.product_hhi(pair)
    assert value(entries, "IND", "RUS").value == pytest.approx(0.6**2 + 0.4**2)
    assert value(entries, "RUS", "WLD").value == pytest.approx(0.8**2 + 0.2**2)


def test_complementarity_sets_sales_against_purchases(pair):
    entries = products.complementarity(pair)
    # India sells 30: 60 %, 84: 40 %; Russia buys 30: 30 %, 84: 70 %.
    assert value(entries, "IND", "RUS").value == pytest.approx(0.7)
    # Russia sells 27: 80 %, 31: 20 %; India buys 27: 90 %, 84: 10 %.
    assert value(entries, "RUS", "IND").value == pytest.approx(0.8)


def test_migrants_run_from_where_they_were_born(pair):
    entries = people.migrants(pair)
    there = value(entries, "IND", "RUS")
    assert (there.value, there.previous, there.previous_period) == (800.0, 700.0, "2015")
    assert value(entries, "RUS", "IND").value == 60.0


def test_migrants_share_is_of_the_destinations_foreign_born(pair):
    entries = people.migrants_share(pair)
    assert value(entries, "IND", "RUS").value == pytest.approx(0.1)
    assert value(entries, "RUS", "IND").value == pytest.approx(0.5)


def test_refugees_and_asylum_seekers(pair):
    assert value(people.refugees(pair), "IND", "RUS").value == 5.0
    assert value(people.asylum_seekers(pair), "RUS", "IND").value == 9.0


def test_a_pair_that_a_source_does_not_list_is_absent_and_not_zero(pair):
    entries = people.refugees(pair)
    assert [m.origin for m in measures(entries)] == ["IND"]
    gaps = [entry for entry in entries if entry not in measures(entries)]
    assert [(gap.origin, gap.destination) for gap in gaps] == [("RUS", "IND")]


def test_visa_rule_is_of_the_origins_citizens(pair):
    entries = people.visa_rule(pair)
    assert value(entries, "IND", "RUS").text == "e-visa"
    assert value(entries, "RUS", "IND").value == 30.0


def test_co_works_are_the_same_from_both_sides(dossier, mirrored):
    assert {m.period: m.value for m in research.co_works(dossier)} == {
        m.period: m.value for m in research.co_works(mirrored)
    }
    assert research.co_works(dossier)[-1].previous == 100.0


def test_co_works_share_is_of_the_origins_works(pair):
    entries = research.co_works_share(pair)
    assert value(entries, "IND", "RUS").value == pytest.approx(200 / 8000)
    assert value(entries, "RUS", "IND").value == pytest.approx(200 / 4000)


def test_votes_drop_the_unanimous(pair):
    agree = measures(diplomacy.un_agreement(pair))[0]
    assert agree.value == pytest.approx(2 / 3)
    assert "15 votes" in agree.note


def test_votes_with_third_powers_are_of_the_origin(pair):
    entries = diplomacy.un_agreement_powers(pair)
    assert value(entries, "IND", "USA").value == 0.0
    assert value(entries, "RUS", "USA").value == pytest.approx(1 / 3)


def test_ideal_point_distance(pair):
    entries = diplomacy.ideal_point_distance(pair)
    assert value(entries, pair.a, pair.b).value == pytest.approx(0.3)
    assert value(entries, pair.a, pair.b).previous == pytest.approx(0.4)
    assert value(entries, "IND", "USA").value == pytest.approx(3.0)


def test_size_is_of_each(pair):
    assert value(size.gdp(pair), "IND", "").value == 3.5e12
    assert value(size.gdp(pair), "RUS", "").previous == 1.0e12
    assert value(size.population(pair), "RUS", "").value == 1.44e8
