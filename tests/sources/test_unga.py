"""Votes and ideal points of the UN General Assembly, in every layout that is about."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import dataverse, unga
from comity.sources.fetching import Client
from comity.sources.publisher import Request, take_sample
from comity.sources.registry import recognise

from .server import Reply, Server

LIBRARY = (
    "undl_id,ms_code,ms_name,ms_vote,date,session,resolution,draft,committee_report,meeting,title,"
    "agenda_title,subjects,vote_note,total_yes,total_no,total_abstentions,total_non_voting,total_ms,"
    "undl_link\n"
)


def cast(call, state, vote, date="2023-12-04", session="78", resolution="A/RES/78/1"):
    return (
        f'{call},{state},NAME,{vote},{date},{session},{resolution},A/78/L.1,,A/78/PV.5,"Title, of",'
        "agenda,SUBJECT,,1,1,1,1,4,https://example.org/1\n"
    )


def tables_of(path: Path):
    publisher, found = recognise(path)
    assert publisher.id == "unga"
    return publisher.read(path, found)


def votes_of(tables):
    return tables["votes"].set_index(["rollcall", "country"])["vote"].to_dict()


def test_the_librarys_votes(written: Callable[..., Path]):
    path = written(
        LIBRARY
        + cast(11, "IND", "Y")
        + cast(11, "RUS", "N")
        + cast(11, "NAM", "A")
        + cast(11, "USA", "X")
        + cast(12, "IND", "Y", "2023-10-27", "ES-10", "A/RES/ES-10/21")
        + cast(12, "RUS", "Y", "2023-10-27", "ES-10", "A/RES/ES-10/21")
        + cast(13, "SUN", "N", "1985-02-03", "39", "")
        + cast(13, "XXX", "N", "1985-02-03", "39", "")
        + cast(14, "IND", "Y", "2022-03-02", "ES-11")
    )
    tables = tables_of(path)
    assert votes_of(tables) == {
        (11, "IND"): 1, (11, "RUS"): 3, (11, "NAM"): 2, (12, "IND"): 1, (12, "RUS"): 1,
        (13, "SUN"): 3, (14, "IND"): 1,
    }  # fmt: skip
    assert tables["votes"].attrs["left_out"] == {"votes of the unknown code 'XXX'": 1}
    calls = tables["rollcalls"].set_index("rollcall")
    # An emergency session counts to the regular one that was open: the 78th opened in September
    # 2023, the 76th in September 2021.
    assert calls["session"].to_dict() == {11: 78, 12: 78, 13: 39, 14: 76}
    assert calls["year"].to_dict() == {11: 2023, 12: 2023, 13: 1985, 14: 2022}
    assert calls["unanimous"].to_dict() == {11: False, 12: True, 13: True, 14: True}
    assert calls.loc[13, "resolution"] is pd.NA or pd.isna(calls.loc[13, "resolution"])
    assert calls["important"].isna().all()


RAW = "rcid,ccode,member,vote,Country,year,session,importantvote,date,unres,me,nu,di,hr,co,ec\n"


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_raw_votes(written, separator, packed):
    text = RAW + (
        "7,365,1,3,RUS,1990,45,1,1990-11-01,R/45/1,0,1,1,0,0,0\n"
        "8,365,1,1,RUS,1992,47,0,1992-11-01,R/47/1,0,0,0,0,0,0\n"
        "7,750,1,2,IND,1990,45,1,1990-11-01,R/45/1,0,1,1,0,0,0\n"
        "8,750,1,8,IND,1992,47,0,1992-11-01,R/47/1,0,0,0,0,0,0\n"
        "7,565,0,9,NAM,1990,45,1,1990-11-01,R/45/1,0,1,1,0,0,0\n"
        "9,565,1,1,NAM,1991,46,NA,NA,NA,NA,0,0,0,0,0\n"
    )
    path = written(text.replace(",", separator), "votes.gz" if packed else "votes.txt")
    tables = tables_of(path)
    # One code for the Soviet Union and Russia: the year of the vote tells them apart.
    assert votes_of(tables) == {(7, "SUN"): 3, (8, "RUS"): 1, (7, "IND"): 2, (9, "NAM"): 1}
    calls = tables["rollcalls"].set_index("rollcall")
    assert calls["issues"].fillna("").to_dict() == {7: "nu;di", 8: "", 9: ""}
    assert calls["important"].fillna(False).to_dict() == {7: True, 8: False, 9: False}
    assert calls["year"].to_dict() == {7: 1990, 8: 1992, 9: 1991}
    assert set(tables["votes"]["source"]) == {"un-votes-raw"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LIBRARY + cast(11, "IND", "Q"), "line 2: 'Q' in column 'ms_vote' is no vote"),
        (LIBRARY + cast(11, "IND", "Y") + cast(11, "IND", "N"), "IND votes in two ways"),
        (LIBRARY + cast("x", "IND", "Y"), "line 2: 'x' in column 'undl_id'"),
        (LIBRARY + cast(11, "IND", "Y", "soon"), "'soon' in column 'date'"),
        (RAW + "7,365,1,5,RUS,1990,45,1,1990-11-01,R,0,1,1,0,0,0\n", "'5' in column 'vote'"),
        (RAW + "7,9999,1,1,?,1990,45,1,1990-11-01,R,0,1,1,0,0,0\n", "'9999' in column 'ccode'"),
    ],
)
def test_damaged_votes_are_named_with_their_line(written, text, said):
    path = written(text)
    with pytest.raises(InputFileError) as error:
        tables_of(path)
    assert said in error.value.message


def test_the_same_vote_twice_is_one(written):
    path = written(LIBRARY + cast(11, "IND", "Y") * 2)
    assert votes_of(tables_of(path)) == {(11, "IND"): 1}


POINTS = "ccode\tiso3c\tCountryname\tyear\tNVotesFP\tIdealPointFP\tQ5%FP\n"


def test_annual_points_keep_a_scale_of_their_own(written):
    path = written(
        POINTS
        + '365\t"RUS"\t"Russia"\t1990\t9\t-1.5\t-2\n365\t"RUS"\t"Russia"\t2024\t9\t-0.8\t-1\n'
        '565\t"NAM"\t"Namibia"\t2024\t0\tNA\tNA\n'
    )
    _, found = recognise(path)
    assert (found.layout, found.source) == ("by-year", "un-ideal-points-2024")
    facts = tables_of(path)["facts"]
    assert facts.set_index(["country", "year"])["value"].to_dict() == {
        ("SUN", 1990): -1.5,
        ("RUS", 2024): -0.8,
    }


def test_the_release_of_july_2025_has_two_estimates(written):
    path = written("ccode,year,idealpointall,idealpointfp\n750,2024,0.5,0.25\n")
    assert list(tables_of(path)["facts"]["value"]) == [0.25]
    path = written("ccode,year,idealpointall\n750,2024,0.5\n")
    assert list(tables_of(path)["facts"]["value"]) == [0.5]


def test_dyads_are_not_taken_for_countries(written):
    path = written(
        "ccode1,ccode2,session.x,agree,year,IdealPoint.x,IdealPoint.y\n2,20,1,0.5,1946,1,1\n"
    )
    assert unga.recognise(take_sample(path)) is None


def test_one_file_of_three_says_so(written):
    path = written('"rcid","country","country_code","vote"\n7,"India","IN","yes"\n', "v.csv.gz")
    with pytest.raises(InputFileError, match="one of the three files") as error:
        tables_of(path)
    assert "zip" in error.value.hint


def test_three_files_in_an_archive(tmp_path):
    path = tmp_path / "three"
    calls = '"rcid","session","importantvote","date","unres"\n7,45,1,1990-11-01,"R/45/1"\n'
    issues = '"rcid","short_name","issue"\n7,"nu","Nuclear"\n'
    votes = b'"rcid","country","country_code","vote"\n7,"Russia","RU","no"\n7,"India","IN","yes"\n'
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("../../a.csv", calls)  # a path that would lead out of the folder
        packed.writestr("b.csv", issues)
        packed.writestr("c.csv.gz", gzip.compress(votes))
    tables = tables_of(path)
    assert votes_of(tables) == {(7, "SUN"): 3, (7, "IND"): 1}
    assert not tables["rollcalls"]["unanimous"].any()


@pytest.fixture
def client() -> Client:
    with Client(timeout=5, pause=0, attempts=2, sleep=lambda _: None) as made:
        yield made


def listing(*files: dict[str, object]) -> str:
    entries = [{"label": file["filename"], "dataFile": file} for file in files]
    return json.dumps({"status": "OK", "data": {"latestVersion": {"files": entries}}})


def test_the_newest_points_are_fetched_from_the_dataverse(
    server: Server, client, tmp_path, monkeypatch
):
    monkeypatch.setattr(dataverse, "SERVER", server.url)
    body = b"ccode\tyear\tIdealPointFP\n750\t2024\t0.1\n"
    server.serve(
        "/datasets/:persistentId/",
        listing(
            {"id": 1, "filename": "IdealpointestimatesAll_Jun2024.tab",
             "creationDate": "2024-06-01"},
            {"id": 2, "filename": "IdealPointsJuly2026.tab", "creationDate": "2026-07-01",
             "originalFileFormat": "text/csv", "md5": "of-another-file"},
            {"id": 3, "filename": "IdealPointDyads1946-2025.tab", "creationDate": "2026-07-30"},
            {"id": 4, "filename": "UNVotes2026.csv", "creationDate": "2026-07-30",
             "md5": hashlib.md5(body).hexdigest()},
        ),
    )  # fmt: skip
    server.serve("/access/datafile/2", Reply(b"", 503), body)
    server.serve("/access/datafile/4", body)
    (path,) = unga.fetch(client, Request(), tmp_path)
    assert path.name == "IdealPointsJuly2026.tab"
    assert server.asked[0].query == {"persistentId": "doi:10.7910/DVN/LEJUQZ"}
    (path,) = unga.fetch(client, Request(options={"what": "votes"}), tmp_path)
    assert path.name == "UNVotes2026.csv"


def test_a_wrong_checksum_is_refused(server: Server, client, tmp_path, monkeypatch):
    monkeypatch.setattr(dataverse, "SERVER", server.url)
    server.serve(
        "/datasets/:persistentId/",
        listing({"id": 4, "filename": "UNVotes.csv", "md5": "0" * 32}),
    )
    server.serve("/access/datafile/4", b"rcid\n")
    with pytest.raises(FetchError, match="checksum"):
        unga.fetch(client, Request(options={"what": "votes"}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_without_a_list(server, client, tmp_path, monkeypatch):
    monkeypatch.setattr(dataverse, "SERVER", server.url)
    server.serve("/datasets/:persistentId/", "{}")
    with pytest.raises(FetchError, match="has no list of files"):
        unga.fetch(client, Request(), tmp_path)


@pytest.mark.parametrize("answer", [listing(), listing({"id": 1, "filename": "Readme.txt"})])
def test_a_listing_without_it_says_where_to_look(server, client, tmp_path, monkeypatch, answer):
    monkeypatch.setattr(dataverse, "SERVER", server.url)
    server.serve("/datasets/:persistentId/", answer)
    with pytest.raises(FetchError, match="lists no file of ideal-points") as error:
        unga.fetch(client, Request(), tmp_path)
    assert "https://doi.org/10.7910/DVN/LEJUQZ" in error.value.hint


@pytest.mark.parametrize("request_", [Request(years=(2020,)), Request(options={"what": "all"})])
def test_what_it_does_not_know_is_refused(client, tmp_path, request_):
    with pytest.raises(UsageError, match="one file each"):
        unga.fetch(client, request_, tmp_path)


def test_points_of_2025(shared_data):
    path = shared_data / "diplomacy" / "unga_ideal_points" / "ideal_points_1946_2025.tab"
    _, found = recognise(path)
    assert found.source == "un-ideal-points-2025"
    facts = tables_of(path)["facts"]
    assert len(facts) == 11_610
    assert (facts["year"].min(), facts["year"].max()) == (1946, 2025)
    assert not facts.duplicated(["year", "country"]).any()
    latest = facts[facts["year"] == 2024].set_index("country")["value"]
    assert latest["USA"] > latest["IND"] > latest["RUS"]


def test_points_of_2020(shared_data):
    path = shared_data / "diplomacy" / "unga_ideal_points" / "IdealpointestimatesAll_Apr2020.csv"
    facts = tables_of(path)["facts"]
    assert set(facts["source"]) == {"un-ideal-points"}
    assert facts["year"].max() == 2019


def test_votes_of_the_starter_in_an_archive(shared_data, tmp_path):
    path = tmp_path / "votes.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for file in sorted((shared_data / "diplomacy" / "unga_votes").iterdir()):
            packed.write(file, file.name)
    tables = tables_of(path)
    calls = tables["rollcalls"]
    assert len(calls) == calls["rollcall"].nunique()
    both = tables["votes"].pivot_table(index="rollcall", columns="country", values="vote")
    both = both[["IND", "RUS"]].dropna()
    assert len(both) > 1500
    # India and Russia vote alike far more often than not.
    assert (both["IND"] == both["RUS"]).mean() > 0.6
