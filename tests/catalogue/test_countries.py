from __future__ import annotations

import contextlib
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity import catalogue
from comity.catalogue import countries as crosswalk
from comity.catalogue._names import name_key
from comity.catalogue._tables import read_table
from comity.errors import AmbiguousNameError, UnknownNameError

EVERY = catalogue.list_countries()
NAMES = (
    [(c.name, c.iso3) for c in EVERY]
    + [(c.iso3, c.iso3) for c in EVERY]
    + [(c.iso2, c.iso3) for c in EVERY if c.iso2]
    + [(row["alias"], row["iso3"]) for row in read_table("country_aliases")]
)
AMBIGUOUS = {name_key(row["text"]) for row in read_table("country_ambiguous")}
CASES = [str, str.lower, str.upper, str.title, str.swapcase, lambda text: f"  {text}. "]


def test_there_are_193_members_of_the_un_and_every_iso_code_once():
    assert sum(c.sovereign for c in EVERY) == 193
    assert len([c for c in EVERY if c.current]) == 250
    assert len({c.iso3 for c in EVERY}) == len(EVERY) == 274
    assert len(catalogue.list_countries(current=True)) == 250


@pytest.mark.parametrize(
    "column", ["iso2", "m49", "comtrade", "baci", "imf", "fips", "cameo", "cow"]
)
def test_a_code_is_one_country_s_and_comes_back_as_it(column):
    codes = [(r[column], r["iso3"]) for r in read_table("countries") if r[column]]
    assert len({code for code, _ in codes}) == len(codes)
    for code, iso3 in codes:
        assert crosswalk.from_code(code, column) == iso3


def test_codes_are_texts_that_exist():
    for row in read_table("countries"):
        assert len(row["iso3"]) == 3
        for column in ("m49", "comtrade", "baci", "imf", "cow"):
            assert row[column] == "" or row[column].isdigit()
        assert row["currency"] == "" or row["currency"].isupper()
        for successor in row["successors"].split():
            assert catalogue.countries.by_iso3(successor)


@given(st.sampled_from(NAMES), st.sampled_from(CASES))
def test_every_name_and_code_in_any_case_finds_its_country(pair, change):
    text, iso3 = pair
    if name_key(text) in AMBIGUOUS:
        with pytest.raises(AmbiguousNameError):
            catalogue.country(change(text))
    else:
        assert catalogue.country(change(text)).iso3 == iso3


@given(st.text(max_size=200))
def test_whatever_is_typed_is_a_country_or_a_plain_error(text):
    found = None
    with contextlib.suppress(UnknownNameError, AmbiguousNameError):
        found = catalogue.country(text)
    assert found is None or found in set(EVERY)


def test_a_name_that_cannot_be_placed_is_a_usage_error():
    assert UnknownNameError.exit_code == AmbiguousNameError.exit_code == 2
    with pytest.raises(UnknownNameError) as caught:
        catalogue.country("123")
    assert "India or IND" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("U.S.A.", "USA"),
        ("the United States of America", "USA"),
        ("Cote d'Ivoire", "CIV"),
        ("Ivory Coast", "CIV"),
        ("Burma", "MMR"),
        ("UAE", "ARE"),
        ("Britain", "GBR"),
        ("Holland", "NLD"),
        ("Bharat", "IND"),
        ("भारत", "IND"),
        ("New Delhi", "IND"),
        ("Kremlin", "RUS"),
        ("Россия", "RUS"),
        ("Turkey", "TUR"),
        ("turkiye", "TUR"),
        ("NA", "NAM"),
        ("Soviet Union", "SUN"),
        ("St Kitts & Nevis", "KNA"),
        ("Kosovo", "XKX"),
        ("Congo-Brazzaville", "COG"),
        ("DRC", "COD"),
        ("South Korea", "KOR"),
        ("Guinea-Bissau", "GNB"),
        ("GIN", "GIN"),
    ],
)
def test_common_names(text, iso3):
    assert catalogue.country(text).iso3 == iso3


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Korea", "KOR PRK"),
        ("congo", "COG COD"),
        ("Guinea", "GIN GNB GNQ PNG"),
        ("Virgin Islands", "VGB VIR"),
    ],
)
def test_an_ambiguous_name_lists_the_countries_with_their_codes(text, codes):
    with pytest.raises(AmbiguousNameError) as caught:
        catalogue.country(text)
    for code in codes.split():
        assert f"({code})" in caught.value.hint


@pytest.mark.parametrize(
    ("typo", "meant"),
    [("Rusia", "Russia (RUS)"), ("Inda", "India (IND)"), ("Unted Kingdom", "United Kingdom (GBR)")],
)
def test_a_typo_is_met_with_what_was_meant(typo, meant):
    with pytest.raises(UnknownNameError) as caught:
        catalogue.country(typo)
    assert caught.value.suggestions[0] == meant


@pytest.mark.parametrize(
    ("code", "scheme", "iso3"),
    [
        (356, "m49", "IND"),
        (699, "comtrade", "IND"),
        ("699", "baci", "IND"),
        (842, "baci", "USA"),
        (840, "m49", "USA"),
        (251, "baci", "FRA"),
        (579, "baci", "NOR"),
        (757, "baci", "CHE"),
        (490, "comtrade", "TWN"),
        (158, "m49", "TWN"),
        ("S19", "iso3", "TWN"),
        ("NA", "iso2", "NAM"),
        ("004", "m49", "AFG"),
        (4.0, "m49", "AFG"),
        (365, "cow", "RUS"),
        (750, "cow", "IND"),
        (922, "imf", "RUS"),
        ("RS", "fips", "RUS"),
        ("TMP", "cameo", "TLS"),
        ("ROM", "wits", "ROU"),
        (58, "baci", "BLX"),
        ("KOS", "iso3", "XKX"),
        ("Soviet Union", "sipri", "SUN"),
        ("Turkiye", "sipri", "TUR"),
        ("Guinea", "sipri", "GIN"),
        ("Congo", "name", "COG"),
        ("Côte d’Ivoire", "unvotes", "CIV"),
        ("Korea", "name", None),
        ("U S A", "dgcis", "USA"),
        ("USA", "name", "USA"),
        ("NA", "name", None),
        ("STATE OF PALEST", "dgcis", "PSE"),
        (899, "baci", None),
        ("WLD", "iso3", None),
    ],
)
def test_publishers_codes(code, scheme, iso3):
    assert crosswalk.from_code(code, scheme) == iso3


@pytest.mark.parametrize(
    ("code", "scheme", "year", "iso3"),
    [
        (365, "cow", 1980, "SUN"),
        (365, "cow", 1992, "RUS"),
        (345, "cow", 1985, "YUG"),
        (345, "cow", 2000, "SCG"),
        (345, "cow", 2010, "SRB"),
        ("Yugoslavia", "unvotes", 2015, "SRB"),
        ("Russia", "unvotes", 1962, "SUN"),
    ],
)
def test_codes_that_changed_hands_follow_the_year(code, scheme, year, iso3):
    assert crosswalk.from_code(code, scheme, year) == iso3


def test_a_column_is_mapped_with_its_gaps_kept():
    codes = pd.Series(["NA", "IN", None, "ZZ"], index=[3, 1, 4, 0], name="iso2")
    got = crosswalk.to_iso3(codes, "iso2")
    assert got.index.tolist() == [3, 1, 4, 0]
    assert got.name == "iso2"
    assert got.tolist()[:2] == ["NAM", "IND"]
    assert got.isna().tolist() == [False, False, True, True]
    assert crosswalk.unmapped(codes, "iso2") == ["ZZ"]
    years = pd.Series([1980, 2000])
    assert crosswalk.to_iso3(pd.Series([365, 365]), "cow", years).tolist() == ["SUN", "RUS"]


def test_regions_and_residuals_are_known_to_be_no_countries():
    assert crosswalk.area("SSF", "iso3").kind == "aggregate"
    assert crosswalk.area(837, "comtrade").kind == "bunkers"
    assert crosswalk.area("IND", "iso3") is None
    assert crosswalk.area("Stateless", "name").kind == "people"
    assert crosswalk.area("African Union**", "sipri").kind == "organisation"
    assert crosswalk.area("Hezbollah (Lebanon)*", "sipri").kind == "armed group"


def test_an_unknown_scheme_or_code_is_named():
    with pytest.raises(UnknownNameError, match="code scheme"):
        crosswalk.from_code("1", "isoo3")
    with pytest.raises(UnknownNameError, match="country code"):
        crosswalk.by_iso3("ZZZ")


def test_a_former_state_names_its_years_and_successors():
    union = catalogue.country("USSR")
    assert (union.valid_to, union.current) == (1991, False)
    assert "RUS" in union.successors
    assert union.exists_in(1980)
    assert not union.exists_in(2000)
    assert catalogue.country("US").with_article == "the United States"


def test_importing_the_catalogue_is_light():
    code = (
        "import sys, comity.catalogue; print([m for m in ('pandas', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
