"""ICEWS: sectors say who acts, and events become shares."""

from __future__ import annotations

import doctest
import gzip
import hashlib
import json
import zipfile

import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import dataverse, icews
from comity.sources.fetching import Client
from comity.sources.publisher import Request, take_sample
from comity.sources.registry import recognise

from .server import Reply

HEADER = (
    "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\t"
)
HEADER += "Intensity\tTarget Name\tTarget Sectors\tTarget Country\n"


def event(number, sectors, first="India", second="Russian Federation", day="2018-06-01"):
    return f"{number}\t{day}\tA\t{sectors}\t{first}\tConsult\t040\t1\tB\tNA\t{second}\n"


def ties_of(path):
    publisher, found = recognise(path)
    assert publisher.id == "icews"
    ties = publisher.read(path, found)["ties"]
    assert not ties.duplicated(["indicator", "year", "origin", "destination"]).any()
    return ties.set_index(["indicator", "year", "origin", "destination"])["value"].to_dict()


@pytest.mark.parametrize(
    ("sectors", "actor"),
    [
        ("Executive,Foreign Ministry,Government", "government"),
        ("Elite,Business,Parties", "business"),
        ("Multinational Corporation", "business"),
        ("Business,Finance / Economy / Commerce / Trade Ministry", "government"),
        ("Nongovernmental Organizations / Activists", "society"),
        ("General Population / Civilian / Social,Social", "society"),
        ("International Government Organization,Global Diplomatic IGOs", ""),
        ("Parties,(National) Major Party,Government Major Party (In Government)", ""),
        ("Unidentified Forces", ""),
        ("NA", ""),
    ],
)
def test_who_acts(sectors, actor):
    assert icews.actor_of(sectors) == actor


def test_events_become_shares(written):
    path = written(
        HEADER
        + event(1, "Foreign Ministry")
        + event(1, "Foreign Ministry")  # the same event twice
        + event(2, "Business", "Russian Federation", "India")
        + event(3, "NA")
        + event(4, "Military", "NA", "India"),
        "events.tab",
    )
    million = 1e6
    assert ties_of(path) == pytest.approx(
        {
            ("news_events", 2018, "IND", "RUS"): 2 / 4 * million,
            ("news_events", 2018, "RUS", "IND"): 1 / 4 * million,
            ("news_events_government", 2018, "IND", "RUS"): 1 / 4 * million,
            ("news_events_business", 2018, "RUS", "IND"): 1 / 4 * million,
        }
    )


@pytest.mark.parametrize("packed", ["gz", "zip"])
def test_packed_tables_are_read(tmp_path, packed):
    text = HEADER + event(1, "Military")
    path = tmp_path / "download"
    if packed == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("events.2018.tab", text)
    assert ties_of(path)["news_events_government", 2018, "IND", "RUS"] == 1e6


@pytest.fixture
def client():
    with Client(timeout=5, pause=0, attempts=3, sleep=lambda _: None) as made:
        yield made


def test_years_are_fetched_from_the_dataverse(server, client, tmp_path, monkeypatch):
    monkeypatch.setattr(dataverse, "SERVER", server.url)
    packed = tmp_path / "made.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("events.2018.tab", HEADER + event(1, "Military"))
    body = packed.read_bytes()
    names = ["events.2017.20190101.tab.zip", "events.2018.20180101.tab.zip",
             "events.2018.20200427.tab.zip", "CAMEO.2018.pdf"]  # fmt: skip
    files = [
        {"id": place, "filename": name, "creationDate": f"2020-0{place}-01",
         "md5": hashlib.md5(body).hexdigest()}
        for place, name in enumerate(names, 1)
    ]  # fmt: skip
    entries = [{"dataFile": file} for file in files]
    server.serve(
        "/datasets/:persistentId/",
        json.dumps({"data": {"latestVersion": {"files": entries}}}),
    )
    server.serve("/access/datafile/3", Reply(body, stop_after=90), body)
    (path,) = icews.fetch(client, Request(years=(2018,)), tmp_path / "in")
    assert path.name == "events.2018.20200427.tab.zip"
    assert server.asked[0].query == {"persistentId": "doi:10.7910/DVN/28075"}
    assert ties_of(path)["news_events", 2018, "IND", "RUS"] == 1e6
    with pytest.raises(FetchError, match="lists no file of 1999"):
        icews.fetch(client, Request(years=(1999,)), tmp_path / "in")


def test_years_must_be_named(client, tmp_path):
    with pytest.raises(UsageError, match="asked for years"):
        icews.fetch(client, Request(), tmp_path)


def test_a_date_that_is_none_is_named(written):
    path = written(HEADER + event(1, "NA") + event(2, "NA", day="June"), "events.tab")
    with pytest.raises(InputFileError, match=r"line 3: 'June' in column 'Event Date'"):
        ties_of(path)


def test_others_are_left_alone(written):
    assert icews.recognise(take_sample(written("Event ID\tEvent Date\n1\t2018-06-01\n"))) is None


def test_sample_of_two_days(shared_data):
    path = shared_data / "events" / "icews" / "events.2018.sample.tab"
    _, found = recognise(path)
    assert (found.source, found.years) == ("icews-events-20180601", "2018")
    ties = ties_of(path)
    # The Singapore summit is near: what the United States and North Korea do to each other leads.
    pair = [key for key in ties if key[0] == "news_events"]
    assert max(pair, key=ties.get)[2:] in {("USA", "PRK"), ("PRK", "USA")}
    everyone = sum(value for key, value in ties.items() if key[0] == "news_events")
    assert everyone < 1e6
    by_actor = sum(value for key, value in ties.items() if key[0] != "news_events")
    assert by_actor < everyone


def test_examples():
    assert doctest.testmod(icews).failed == 0
