from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity import catalogue
from comity.catalogue._names import name_key
from comity.catalogue._tables import read_table
from comity.errors import AmbiguousNameError, UnknownNameError

DAYS = st.dates(dt.date(1945, 1, 1), dt.date(2030, 12, 31))


@pytest.mark.parametrize(
    ("bloc", "count"),
    [
        ("EAEU", 5),
        ("EU27", 27),
        ("BRICS", 10),
        ("ASEAN", 11),
        ("GCC", 6),
        ("SAARC", 8),
        ("NATO", 32),
        ("SCO", 10),
        ("G7", 7),
        ("G20", 19),
        ("EURO", 21),
        ("African Union", 55),
    ],
)
def test_members_today(bloc, count):
    assert len(catalogue.bloc(bloc).members()) == count


@pytest.mark.parametrize(
    ("bloc", "iso3", "last_without", "first_with"),
    [
        ("EAEU", "KGZ", "2015-08-11", "2015-08-12"),
        ("EU27", "HRV", "2013-06-30", "2013-07-01"),
        ("BRICS", "ZAF", "2010-12-23", "2010-12-24"),
        ("BRICS", "EGY", "2023-12-31", "2024-01-01"),
        ("BRICS", "IDN", "2025-01-05", "2025-01-06"),
        ("ASEAN", "TLS", "2025-10-25", "2025-10-26"),
        ("SAARC", "AFG", "2007-04-02", "2007-04-03"),
        ("NATO", "FIN", "2023-04-03", "2023-04-04"),
        ("NATO", "SWE", "2024-03-06", "2024-03-07"),
        ("SCO", "IND", "2017-06-08", "2017-06-09"),
    ],
)
def test_a_member_counts_from_the_day_it_joined(bloc, iso3, last_without, first_with):
    members = catalogue.bloc(bloc).members
    assert iso3 not in members(dt.date.fromisoformat(last_without))
    assert iso3 in members(dt.date.fromisoformat(first_with))


def test_the_united_kingdom_was_in_the_union_until_the_end_of_january_2020():
    union = catalogue.bloc("European Union")
    assert "GBR" in union.members(dt.date(2020, 1, 31))
    assert "GBR" not in union.members(dt.date(2020, 2, 1))
    assert "GBR" in union.members(2019)
    assert "GBR" not in union.members(2020)
    assert len(union.members(2019)) == 28


def test_who_is_invited_or_a_partner_is_no_member():
    brics = catalogue.bloc("brics")
    assert "SAU" not in brics.members()
    assert "SAU" in brics.members(statuses=("invited",))
    assert set(brics.members(2023)) == {"BRA", "RUS", "IND", "CHN", "ZAF"}
    assert "VEN" not in catalogue.bloc("Mercosur").members()


def test_every_member_is_a_country_and_no_country_is_in_twice_at_once():
    for bloc in catalogue.blocs():
        assert bloc.kind
        for membership in bloc.memberships:
            catalogue.countries.by_iso3(membership.iso3)
            assert membership.left is None or membership.joined < membership.left


@given(st.sampled_from(catalogue.blocs()), DAYS)
def test_on_any_day_members_are_sorted_and_single(bloc, day):
    members = bloc.members(day)
    assert list(members) == sorted(set(members))


@given(st.sampled_from(catalogue.blocs()))
def test_a_bloc_is_found_by_id_and_name_and_is_no_country(bloc):
    for text in (bloc.id, bloc.id.lower(), bloc.name, bloc.name.upper(), f"the {bloc.name}"):
        assert catalogue.bloc(text) is bloc
        assert catalogue.is_bloc(text)
        with pytest.raises(UnknownNameError, match="bloc of countries"):
            catalogue.country(text)


def test_no_name_of_a_bloc_is_a_country_s_too():
    names = {name_key(a) for row in read_table("blocs") for a in row["aliases"].split(";") if a}
    assert names.isdisjoint(name_key(c.iso2 or "") for c in catalogue.list_countries())
    assert catalogue.parties("AU") == ("AUS",)
    assert catalogue.parties("EC") == ("ECU",)


def test_parties_are_a_country_or_the_members_of_a_bloc():
    assert catalogue.parties("russia") == ("RUS",)
    assert catalogue.parties("Eurasian Economic Union") == ("ARM", "BLR", "KAZ", "KGZ", "RUS")
    assert len(catalogue.parties("EU", 2012)) == 27
    with pytest.raises(AmbiguousNameError):
        catalogue.parties("Korea")
    with pytest.raises(UnknownNameError, match=r"Did you mean .*Mercosur"):
        catalogue.parties("Mercosure")
    with pytest.raises(UnknownNameError, match="No bloc is known"):
        catalogue.bloc("India")
