"""Readers of people, research, facts, proximity, votes and published figures."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InputFileError
from comity.sources import (
    cepii,
    claims,
    openalex,
    passport_index,
    undesa,
    unga,
    unhcr,
    worldbank,
)

Written = Callable[..., Path]


def test_migrants_are_born_in_the_origin(written: Written) -> None:
    path = written(
        '"geo","t","from","sex","n"\n"RUS",2024,"IND","female",1883\n"RUS",2024,"IND","male",5573\n'
        '"RUS",2024,"OOO","male",10\n"NAM",2024,"IND","male",0\n'
    )
    ties, facts = undesa.read_migrants(path)
    found = ties.set_index(["origin", "destination"])["value"]
    assert found.to_dict() == {("IND", "RUS"): 7456, ("IND", "NAM"): 0}
    totals = facts.set_index(["indicator", "country"])["value"].to_dict()
    assert totals == {
        ("migrants_hosted", "RUS"): 7466,
        ("migrants_hosted", "NAM"): 0,
        ("migrants_hosted", "WLD"): 7466,
        ("migrants_abroad", "IND"): 7456,
    }


def test_refugees_since_1990_by_origin(written: Written) -> None:
    path = written(
        "year,coo_iso,coa_iso,refugees,asylum_seekers\n1989,AFG,IND,5,0\n2020,AFG,IND,7,0\n"
        "2020,UNK,IND,9,9\n2020,TIB,IND,9,9\n"
    )
    ties = unhcr.read_population(path).set_index("indicator")
    assert ties["value"].to_dict() == {"refugees": 7, "asylum_seekers": 0}
    assert set(ties["origin"] + ties["destination"]) == {"AFGIND"}


def test_co_works_go_both_ways_and_namibia_stays(written: Written) -> None:
    ties = openalex.read_co_works(written('"year","iso2_a","iso2_b","works"\n2022,"IN","NA",3\n'))
    assert set(ties["origin"] + ties["destination"]) == {"INDNAM", "NAMIND"}
    assert list(ties["value"]) == [3, 3]


def test_visas_in_words_and_days(written: Written) -> None:
    path = written(
        "Passport,Destination,Requirement\nIND,RUS,e-visa\nRUS,NAM,90\nIND,IND,-1\n"
        "IND,NAM,Visa Free\n"
    )
    ties = passport_index.read_visas(path, 2025)
    rules = ties.set_index(["origin", "destination"])
    assert rules["text"].to_dict() == {
        ("IND", "RUS"): "e-visa",
        ("RUS", "NAM"): "visa free",
        ("IND", "NAM"): "visa free",
    }
    assert rules["value"].dropna().to_dict() == {("RUS", "NAM"): 90}


def test_wdi_leaves_regions_out_and_keeps_the_world(written: Written) -> None:
    path = written(
        "Country Name,Country Code,Year,Value\nIndia,IND,2020,1\nNamibia,NAM,2020,\n"
        "Arab World,ARB,2020,5\nWorld,WLD,2020,9\n"
    )
    facts = worldbank.read_wdi(path, "gdp", "USD", "invented")
    assert list(facts["country"]) == ["IND", "WLD"]


def test_tariffs_are_fractions_of_all_products(written: Written) -> None:
    path = written(
        "iso3,Reporter,Partner,Product categories,Indicator Type,Indicator,year,value\n"
        "IND,India,World,All Products,Tariff,Simple Average (%),2019,10.21\n"
        "IND,India,World,Raw materials,Tariff,Weighted Average (%),2019,1\n"
        "ROM,Romania,World,All Products,Tariff,Maximum Rate (%),2001,3000\n"
        "IND,India,World,All Products,Import,Import (US$ Thousand),2019,1\n"
        "EUN,EU,World,All Products,Tariff,Simple Average (%),2019,5\n"
    )
    facts = worldbank.read_tariffs(path)
    assert facts["indicator"].to_list() == ["tariff_simple", "tariff_maximum"]
    assert facts["value"].to_list() == pytest.approx([0.1021, 30.0])
    assert facts["country"].to_list() == ["IND", "ROU"]


CALLS = "rcid,session,importantvote,date,unres\n"
ISSUES = '"rcid","short_name","issue"\n7,"nu","Nuclear"\n7,"di","Arms"\n'


def test_votes_go_to_the_state_that_cast_them(written: Written) -> None:
    calls = written(
        f"{CALLS}7,45,1,1990-11-01,R/45/1\n8,47,0,1992-11-01,\n9,61,,2006-11-01,R/61/1\n", "c.csv"
    )
    rollcalls = unga.read_rollcalls(calls, written(ISSUES, "i.csv"))
    assert rollcalls["issues"].dropna().to_dict() == {0: "di;nu"}
    assert rollcalls["important"].to_list() == [True, False, pd.NA]
    assert rollcalls["resolution"].isna().to_list() == [False, True, False]
    votes = unga.read_votes(
        written(
            "rcid,country,country_code,vote\n7,Russia,RU,no\n8,Russia,RU,yes\n7,Yugoslavia,YU,no\n"
            "8,Yugoslavia,YU,yes\n9,Yugoslavia,YU,abstain\n7,Yemen Arab Republic,,no\n"
            "7,Yemen People's Republic,YD,no\n9,Namibia,NA,yes\n"
            "7,Federal Republic of Germany,,no\n",
            "v.csv",
        ),
        rollcalls,
    )
    assert list(votes["country"]) == [
        "SUN", "RUS", "YUG", "SCG", "SRB", "YAR", "YMD", "NAM", "DEU",
    ]  # fmt: skip
    assert list(votes["vote"]) == [3, 1, 3, 1, 2, 3, 3, 1, 3]
    marked = unga.mark_unanimous(rollcalls, votes)
    assert marked["unanimous"].to_list() == [True, True, False]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("7,India,IN,perhaps", r"line 2: 'perhaps' is no vote"),
        ("99,India,IN,yes", "roll call 99 is not in the list"),
        ("7,Atlantis,AT,yes", "line 2: 'Atlantis' in column 'country' is no country code"),
    ],
)
def test_a_vote_that_cannot_be_read(written: Written, row: str, message: str) -> None:
    calls = written(f"{CALLS}7,45,1,1990-11-01,R/45/1\n", "c.csv")
    rollcalls = unga.read_rollcalls(calls, written(ISSUES, "i.csv"))
    with pytest.raises(InputFileError, match=message):
        unga.read_votes(written(f"rcid,country,country_code,vote\n{row}\n", "v.csv"), rollcalls)


def test_ideal_points_by_the_state_of_the_session(written: Written) -> None:
    path = written(
        "Row,ccode,session,NVotes,IdealPoint,iso3c,Countryname\n1,365,46,60,-1.5,RUS,Russia\n"
        "2,365,47,60,0.5,RUS,Russia\n3,680,30,60,-1,YAR,Yemen People's Republic\n"
        "4,437,30,60,1,CIV,C\xf4te d'Ivoire\n",
        encoding="latin-1",
    )
    facts = unga.read_ideal_points(path)
    assert list(facts["country"]) == ["SUN", "RUS", "YMD", "CIV"]
    assert list(facts["year"]) == [1991, 1992, 1975, 1975]


GEODIST = "iso_o;iso_d;contig;comlang_off;comlang_ethno;colony;comcol;dist;distcap;distwces\n"


def test_geodist_in_its_own_codes(written: Written) -> None:
    path = written(
        f"{GEODIST}ROM;ZAR;0;0;0;0;0;1;2;3.00\nZAR;ROM;0;0;0;0;0;1;2;3.02\n"
        "PAL;TMP;1;0;0;1;0;1;2;.\nYUG;NAM;0;0;0;0;0;1;2;3\n"
    )
    frame = cepii.read_geodist(path)
    assert list(frame["origin"] + frame["destination"]) == [
        "ROUCOD", "CODROU", "PSETLS", "SCGNAM",
    ]  # fmt: skip
    assert frame["within_km"].to_list()[:2] == pytest.approx([3.01, 3.01])
    assert frame["within_km"].isna()[2]
    assert frame["contiguous"].to_list() == [False, False, True, False]


CLAIMS = (
    "id,claim,indicator,value,unit,period,said_by,source_title,source_publisher,source_date,"
    "source_url,agrees_with,conflicts_with\n"
)


def test_claims_in_base_units_with_their_pages(written: Written) -> None:
    path = written(
        f"{CLAIMS}A,Trade of 68.72,"
        "bilateral goods trade total,68.72,USD bn,FY2024-25,X,T,P,2025,u,,\n"
        "B,Nine in ten,"
        "share of settlements in national currencies,90-95,percent,2025,X,T2,P,2025,u,,\n"
        "C,A gap,India trade deficit with Russia,58.9,USD bn,FY2024-25,X,T,P,2025,,,c\n"
        "D,A step,RELOS ratification step,,,2025,X,,Näme,2025-12,,a,\n"
        "E,A talk,RELOS ratification step,,,2025,X,,Q,,v,,\n"
    )
    statements, pages = claims.read_statements(path)
    first, second, third, fourth, _ = (row for _, row in statements.iterrows())
    assert (first["indicator"], first["value"], first["unit"]) == (
        "goods_trade_total", 68_720_000_000, "USD",
    )  # fmt: skip
    assert (second["value_low"], second["value"], second["value_high"]) == pytest.approx(
        (0.9, 0.925, 0.95)
    )
    assert (third["indicator"], third["origin"], third["value"]) == ("trade_balance", "RUS", 58.9e9)
    assert pd.isna(fourth["value"])
    assert fourth["indicator"] == "RELOS ratification step"
    # The same address is the same page; without one, publisher and title tell pages apart.
    assert first["source"] == second["source"] != third["source"]
    assert list(pages["id"]) == ["page-p-t", "page-p-t-2", "page-name-2025-12", "page-q"]
    assert list(pages["citation"])[2:] == ["Näme (2025-12). Page of 2025-12.", "Q. Undated page. v"]


def test_a_claim_that_is_no_number(written: Written) -> None:
    row = "A,Lots,bilateral goods trade total,about 60,USD bn,2024,X,T,P,2025,u,,\n"
    with pytest.raises(InputFileError, match="line 2: 'about 60' in column 'value' is neither"):
        claims.read_statements(written(CLAIMS + row))


@given(st.decimals(0, 999, places=1), st.decimals(0, 999, places=1))
def test_a_range_holds_its_middle(
    tmp_path_factory: pytest.TempPathFactory, a: Decimal, b: Decimal
) -> None:
    low, high = sorted((a, b))
    path = tmp_path_factory.mktemp("claims") / "claims.csv"
    path.write_text(
        f"{CLAIMS}A,S,bilateral goods trade total,{low}-{high},USD bn,2024,X,T,P,2025,u,,\n"
    )
    statement = claims.read_statements(path)[0].iloc[0]
    assert statement["value_low"] == float(low * 10**9)
    assert statement["value_high"] == float(high * 10**9)
    assert statement["value_low"] <= statement["value"] <= statement["value_high"]


def test_a_range_upside_down(written: Written) -> None:
    row = "A,Lots,bilateral goods trade total,90-60,USD bn,2024,X,T,P,2025,u,,\n"
    with pytest.raises(InputFileError, match="line 2: '90-60'"):
        claims.read_statements(written(CLAIMS + row))
