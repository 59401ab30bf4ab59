"""UNHCR: the interface page by page, and the statistics as a file."""

from __future__ import annotations

import json

import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import unhcr
from comity.sources.answers import Answer, save_answers
from comity.sources.fetching import Client
from comity.sources.publisher import Request
from comity.sources.registry import recognise

from .server import Reply, Server


@pytest.fixture
def client() -> Client:
    with Client(timeout=5, pause=0, attempts=3, sleep=lambda _: None) as made:
        yield made


def page(last: int, *items: tuple[str, str, object, object], year: int = 2024) -> str:
    rows = [
        {
            "year": year,
            "coo_iso": coo,
            "coa_iso": coa,
            "refugees": refugees,
            "asylum_seekers": asked,
        }
        for coo, coa, refugees, asked in items
    ]
    return json.dumps({"page": 1, "maxPages": last, "items": rows})


def found_in(path):
    publisher, found = recognise(path)
    assert publisher.id == "unhcr"
    ties = publisher.read(path, found)["ties"]
    key = ["indicator", "year", "origin", "destination"]
    assert not ties.duplicated(key).any()
    return ties, ties.set_index(key)["value"].to_dict()


def test_every_page_of_every_year(server: Server, client, tmp_path, monkeypatch):
    monkeypatch.setattr(
        unhcr,
        "API",
        server.serve(
            "/population/",
            Reply(b"", 429, {"Retry-After": "0"}),
            page(2, ("RUS", "IND", 5, "329"), ("UNK", "IND", 9, 9), year=2023),
            page(2, ("AFG", "NAM", "0", "-"), year=2023),
            page(1, ("AFG", "IND", 7, 8)),
        ),
    )
    (path,) = unhcr.fetch(client, Request(years=(2023, 2024)), tmp_path)
    asked = [(a.query["yearFrom"], a.query["page"]) for a in server.asked[1:]]
    assert asked == [("2023", "1"), ("2023", "2"), ("2024", "1")]
    assert {(a.query["coo_all"], a.query["coa_all"]) for a in server.asked} == {("true", "true")}
    ties, values = found_in(path)
    assert values == {
        ("refugees", 2023, "RUS", "IND"): 5,
        ("asylum_seekers", 2023, "RUS", "IND"): 329,
        # A printed zero is a zero; a dash is not known.
        ("refugees", 2023, "AFG", "NAM"): 0,
        ("refugees", 2024, "AFG", "IND"): 7,
        ("asylum_seekers", 2024, "AFG", "IND"): 8,
    }
    assert sum(ties.attrs["left_out"].values()) == 1
    assert unhcr.fetch(client, Request(years=(2023, 2024)), tmp_path) == [path]
    assert len(server.asked) == 4


@pytest.mark.parametrize("answer", ["[]", '{"items": null}', "{}"])
def test_an_answer_without_items_is_refused(server, client, tmp_path, monkeypatch, answer):
    monkeypatch.setattr(unhcr, "API", server.serve("/population/", answer))
    with pytest.raises(FetchError, match="without items"):
        unhcr.fetch(client, Request(years=(2024,)), tmp_path)


def test_what_it_does_not_know_is_refused(client, tmp_path):
    with pytest.raises(UsageError, match="asked for years"):
        unhcr.fetch(client, Request(countries=("IND",)), tmp_path)


@pytest.mark.parametrize("body", [[{"items": [{"year": 2024}]}], 5, [{}]])
def test_damaged_answers_are_named(tmp_path, body):
    path = save_answers(tmp_path / "a.json", "unhcr", [Answer({"year": "2024"}, body)])
    with pytest.raises(InputFileError, match=r"a\.json"):
        found_in(path)


def test_the_statistics_as_a_file(shared_data):
    ties, values = found_in(shared_data / "people" / "unhcr" / "population.csv.gz")
    assert set(ties["source"]) == {"unhcr-refugees"}
    assert values["asylum_seekers", 2025, "RUS", "IND"] == 329
    assert (ties["year"].min(), ties["year"].max()) == (1990, 2025)
