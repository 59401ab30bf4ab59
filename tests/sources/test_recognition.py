"""Files are known by their content: every publisher's own, and no two publishers claim one."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity import catalogue
from comity.errors import InputFileError
from comity.sources.publisher import take_sample
from comity.sources.registry import PUBLISHERS, recognise

# Of the publishers' files that tests read: whose each is, and the row of the catalogue.
REAL = [
    ("people/unhcr/population.csv.gz", "unhcr", "unhcr-refugees"),
    ("events/icews/events.2018.sample.tab", "icews", "icews-events"),
    ("agreements/desta/DESTA.csv", "desta", "desta"),
    ("agreements/desta/desta.csv", "desta", "desta"),
    ("agreements/desta/desta_dyads.csv.gz", "desta", "desta"),
    ("agreements/desta/desta_withdrawals.csv.gz", "desta", "desta"),
    ("diplomacy/cow/atop_alliance.csv.gz", "cow", "atop"),
    ("diplomacy/cow/cow_contdir.csv.gz", "cow", "cow-contiguity"),
    ("diplomacy/cow/cow_igo_ndy.csv.gz", "cow", "cow-igo"),
    ("diplomacy/cow/cow_mid_ddydisps.csv.gz", "cow", "cow-mid"),
    ("diplomacy/cow/cow_nmc.csv.gz", "cow", "cow-nmc"),
    ("diplomacy/cow/gml_mid_ddydisps.csv.gz", "cow", "gml-mid"),
    ("diplomacy/cow_alliances/alliance_v4.1_by_member.csv", "cow", "cow-alliances"),
    ("diplomacy/cow_mid_raw/MIDB_4.2.csv", "cow", "cow-mid"),
    ("trade/cow_dyadic_trade/cow_trade_ddy.csv.gz", "cow", "cow-trade"),
    ("diplomacy/unga_ideal_points/IdealpointestimatesAll_Apr2020.csv", "unga", "un-ideal-points"),
    ("diplomacy/unga_ideal_points/ideal_points_1946_2025.tab", "unga", "un-ideal-points"),
    ("diplomacy/unga_votes/un_roll_calls.csv.gz", "unga", "un-votes"),
    ("diplomacy/unga_votes/un_roll_call_issues.csv.gz", "unga", "un-votes"),
    ("diplomacy/unga_votes/un_votes.csv.gz", "unga", "un-votes"),
    ("people/students_uis/popular-destinations-by-origin.csv.gz", "uis", "uis-students"),
    ("people/students_uis/popular-origins-by-destination.csv", "uis", "uis-students"),
    (
        "people/undesa_2019/migrants_by_origin_and_destination_total.csv",
        "undesa",
        "un-desa-migrants",
    ),
    ("people/undesa_2020/undesa_stocks_2020.csv.gz", "undesa", "un-desa-migrants"),
    ("people/undesa_2024/undesa_stocks.csv.gz", "undesa", "un-desa-migrants-2024"),
    (
        "research/openalex_coauthorship/openalex_country_pairs_1990_2023.csv.gz",
        "openalex",
        "openalex-coauthorship-2024",
    ),
    (
        "research/openalex_coauthorship/openalex_country_totals_1990_2023.csv.gz",
        "openalex",
        "openalex-coauthorship-2024",
    ),
    ("arms/sipri_register_1995_2025/trade_register.csv.gz", "sipri", "sipri-arms-transfers"),
    ("arms/sipri_register_2025_03/trade-register.csv.gz", "sipri", "sipri-arms-transfers"),
    ("arms/sipri_tiv/TIV-Export-RUS-1950-2021.csv", "sipri", "sipri-arms-transfers"),
    ("arms/sipri_tiv/TIV-Export-USR-1950-2021.csv", "sipri", "sipri-arms-transfers"),
    ("arms/sipri_tiv/sipri-exports-processed.csv.gz", "sipri", "sipri-arms-transfers"),
    ("trade/comtrade_extracts/comtrade.csv.gz", "comtrade", "un-comtrade"),
    ("trade/comtrade_extracts/comtrade (7).csv.gz", "comtrade", "un-comtrade"),
    ("trade/baci_2023_totals/GDP_wdi_raw.xls", "worldbank", "worldbank-wdi-gdp"),
    (
        "trade_products/wits_trains_sample/sample_tariff_data.json.gz",
        "trains",
        "unctad-trains",
    ),
    ("gravity/cepii_gravity_slice/gravity.dta", "gravity", "cepii-gravity-panel"),
    ("gravity/geodist/dist_cepii.csv.gz", "geodist", "cepii-geodist"),
    ("gravity/geodist/dist_cepii.zip", "geodist", "cepii-geodist"),
    ("trade/baci_hs6_sample/ExampleTradeData.csv.gz", "baci", "cepii-baci"),
]


def claims(path):
    sample = take_sample(path)
    return {known.id: found for known in PUBLISHERS if (found := known.recognise(sample))}


@pytest.mark.parametrize(("name", "publisher", "row"), REAL)
def test_every_real_file_is_known_to_one_publisher(shared_data, tmp_path, name, publisher, row):
    # The name says nothing: the same bytes under another one are known as well.
    renamed = tmp_path / "download"
    renamed.symlink_to(shared_data / name)
    found = claims(renamed)
    assert set(found) == {publisher}
    assert found[publisher].publisher == publisher
    assert found[publisher].catalogue == row
    assert found[publisher].source.startswith(row)


def test_no_two_publishers_claim_any_file(shared_data):
    shared = {}
    for path in sorted(shared_data.rglob("*")):
        if path.is_file() and path.stat().st_size:
            ids = sorted(claims(path))
            if len(ids) > 1:
                shared[path.name] = ids
    assert shared == {}


def test_publishers_have_one_id_each():
    ids = [known.id for known in PUBLISHERS]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "content",
    [b"a,b\n1,2\n", b"<!doctype html><html></html>", b"{}", b"[]", b"\x00\x01\x02" * 100, b"PK"],
)
def test_a_strangers_file_is_refused_with_what_it_begins_with(tmp_path, content):
    path = tmp_path / "strange.csv"
    path.write_bytes(content)
    assert claims(path) == {}
    with pytest.raises(InputFileError, match=r"no publisher's file that comity knows"):
        recognise(path)


def test_the_list_of_publishers_has_each_with_its_licence_and_its_tests():
    root = Path(__file__).parents[2]
    rows = (root / "docs/publishers/README.md").read_text(encoding="utf-8").splitlines()
    for known in PUBLISHERS:
        [row] = [row for row in rows if f"]({known.id}.md)" in row]
        assert (root / "docs/publishers" / f"{known.id}.md").exists()
        assert (f"`comity fetch {known.id}`" in row) == (known.fetch is not None)
        assert all(catalogue.source(name).licence in row for name in known.catalogue)
        assert (root / row.rpartition("`")[0].rpartition("`")[2]).exists()
