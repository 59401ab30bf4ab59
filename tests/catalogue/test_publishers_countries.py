"""Every country in the publishers' files is known to the catalogue, or known to be none."""

from __future__ import annotations

import pandas as pd
import pytest

from comity.catalogue import countries as crosswalk


def read(path, columns, **options):
    return pd.read_csv(path, usecols=columns, dtype=str, keep_default_na=False, **options)


ISO3_FILES = {
    "trade/baci_2023_totals/baci_hs22_2023_bilateral_totals_long.csv.gz": ["iso3_o", "iso3_d"],
    "trade/penppml/trade.csv.gz": ["exp", "imp"],
    "trade/itpd_e_aggregated/itpd_e_aggregated_long.csv.gz": ["exporter_iso3", "importer_iso3"],
    "trade_products/oec_baci_2024_hs2/country_hs2_2024_long.csv.gz": ["iso3"],
    "people/undesa_2024/undesa_stocks.csv.gz": ["geo", "from"],
    "people/unhcr/population.csv.gz": ["coo_iso", "coa_iso"],
    "people/passport_index/passport-index-tidy-iso3.csv": ["Passport", "Destination"],
    "gravity/thgaskin/dist.csv.gz": ["Origin ISO", "Destination ISO"],
    "nomenclature/wdi/gdp.csv": ["Country Code"],
    "nomenclature/wdi/population.csv": ["Country Code"],
}


@pytest.mark.parametrize("file", ISO3_FILES)
def test_every_iso3_in_a_publishers_file_is_known(shared_data, file):
    frame = read(shared_data / file, ISO3_FILES[file])
    for column in frame:
        assert crosswalk.unmapped(frame[column], "iso3") == []


def test_geodist_uses_palau_s_and_yugoslavia_s_codes_for_others(shared_data):
    frame = read(shared_data / "gravity/geodist/dist_cepii.csv.gz", ["iso_o"], sep=";")
    assert crosswalk.unmapped(frame["iso_o"], "cepii") == []
    assert {"PSE", "SCG"} <= set(crosswalk.to_iso3(frame["iso_o"], "cepii"))


@pytest.mark.parametrize(
    ("file", "column", "scheme", "options"),
    [
        ("trade/baci_2023_totals/country_codes_V202501.csv", "country_code", "baci", {}),
        (
            "trade/baci_hs6_sample/country_codes_V202201.csv",
            "country_code",
            "baci",
            {"encoding": "latin-1"},
        ),
        ("research/openalex_coauthorship/ISO2codes.csv", "code", "openalex", {"sep": ";"}),
        ("diplomacy/unga_votes/un_votes.csv.gz", "country", "unvotes", {}),
        ("agreements/desta/desta_dyads.csv.gz", "country2", "desta", {}),
        ("people/unhcr/population.csv.gz", "coo_name", "name", {}),
        (
            "trade_products/india_monthly_hs2_and_country/Year-Country-Value.csv.gz",
            "Country",
            "dgcis",
            {},
        ),
        ("arms/sipri_tiv/sipri-exports-processed.csv.gz", "recipient", "sipri", {}),
        (
            "trade_products/wits_summary_all/wits_summary_all_countries_long.csv.gz",
            "iso3",
            "wits",
            {},
        ),
        ("tariffs_logistics/lpi/lpi.csv", "Code", "wb", {}),
        (
            "people/students_oecd/OECD_Intl_Student_Enrollment_2013_2019.csv.gz",
            "COUNTRY_OF_ORIGIN",
            "name",
            {},
        ),
        ("trade/itpd_e_aggregated/itpd_e_aggregated_long.csv.gz", "exporter", "name", {}),
    ],
)
def test_every_code_or_name_in_a_publishers_file_is_known(
    shared_data, file, column, scheme, options
):
    codes = read(shared_data / file, [column], **options)[column]
    assert crosswalk.unmapped(codes, scheme) == []


def test_baci_codes_and_iso3_agree(shared_data):
    path = shared_data / "trade/baci_2023_totals/country_codes_V202501.csv"
    frame = read(path, ["country_code", "country_iso3"])
    got = crosswalk.to_iso3(frame["country_code"], "baci")
    want = crosswalk.to_iso3(frame["country_iso3"], "iso3")
    differ = frame[(got != want).fillna(value=False)]
    assert set(differ["country_code"]) == {"58"}  # Belgium-Luxembourg, labelled BEL by CEPII


def test_cow_codes_and_iso3_of_the_ideal_points_agree(shared_data):
    path = shared_data / "diplomacy/unga_ideal_points/ideal_points_1946_2025.tab"
    frame = read(path, ["ccode", "iso3c", "year"], sep="\t")
    got = crosswalk.to_iso3(frame["ccode"], "cow", frame["year"].astype(int))
    differ = frame[(got != frame["iso3c"]).fillna(value=True)]
    # The publisher follows one seat through the successions; the catalogue names each state.
    assert set(differ["ccode"]) == {"345", "365"}
