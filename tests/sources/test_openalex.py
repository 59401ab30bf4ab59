"""OpenAlex: the interface asked page by page, its faults, and the networks of the starter."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import openalex
from comity.sources.answers import Answer, save_answers
from comity.sources.fetching import Client
from comity.sources.publisher import Request, take_sample
from comity.sources.registry import recognise

from .server import Reply, Server


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(timeout=5, pause=0, attempts=3, sleep=lambda _: None) as made:
        yield made


@pytest.fixture
def works(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that says what the interface answers; no key is set."""
    for name in ("OPENALEX_API_KEY", "OPENALEX_MAILTO"):
        monkeypatch.delenv(name, raising=False)

    def answer(*replies: Reply | str) -> None:
        monkeypatch.setattr(openalex, "API", server.serve("/works", *replies))

    return answer


def page(groups: dict[str, int], cursor: str | None = None) -> str:
    return json.dumps(
        {
            "meta": {"count": sum(groups.values()), "per_page": 200, "next_cursor": cursor},
            "results": [],
            "group_by": [
                {"key": key, "key_display_name": key, "count": count}
                for key, count in groups.items()
            ],
        }
    )


def value(frame, indicator, *key):
    rows = frame[frame["indicator"] == indicator]
    names = ["year", "origin", "destination"] if "origin" in rows else ["year", "country"]
    return rows.set_index(names)["value"].loc[key if len(key) > 1 else key[0]]


def test_one_question_a_year_gives_all_partners(works, server, client, tmp_path):
    works(
        page({"https://openalex.org/countries/IN": 900, "RU": 23, "NA": 4, "XX": 1}),
        page({"IN": 1000, "RU": 31}),
    )
    request = Request(countries=("IND",), years=(2022, 2023))
    (path,) = openalex.fetch(client, request, tmp_path)
    assert [asked.query["filter"] for asked in server.asked] == [
        "authorships.countries:IN,countries_distinct_count:>1,publication_year:2022",
        "authorships.countries:IN,countries_distinct_count:>1,publication_year:2023",
    ]
    assert {asked.query["group_by"] for asked in server.asked} == {"authorships.countries"}
    publisher, found = recognise(path)
    assert publisher.id == "openalex"
    assert found.catalogue == "openalex-works"
    tables = publisher.read(path, found)
    ties, facts = tables["ties"], tables["facts"]
    assert value(ties, "co_works", 2022, "IND", "RUS") == 23
    assert value(ties, "co_works", 2023, "RUS", "IND") == 31
    # Namibia's code is no gap; a code of no country is counted and left out.
    assert value(ties, "co_works", 2022, "NAM", "IND") == 4
    assert ties.attrs["left_out"] == {"works with 'XX', which is no country": 1}
    assert value(facts, "co_works_international", 2022, "IND") == 900
    assert set(ties["source"]) == {found.source}


def test_one_question_a_partner_gives_all_years(works, server, client, tmp_path):
    works(page({"2022": 500, "2023": 600}), page({"2022": 23, "2023": 31}))
    request = Request(countries=("IND",), partners=("RUS",), years=(2022, 2023))
    (path,) = openalex.fetch(client, request, tmp_path)
    assert [asked.query["filter"].split(",")[0] for asked in server.asked] == [
        "authorships.countries:IN",
        "authorships.countries:IN+RU",
    ]
    assert server.asked[0].query["group_by"] == "publication_year"
    tables = openalex.read_works(path)
    assert value(tables["ties"], "co_works", 2023, "IND", "RUS") == 31
    assert value(tables["facts"], "co_works_international", 2023, "IND") == 600


def test_more_groups_than_a_page_holds_are_paged_through(works, server, client, tmp_path):
    full = {f"{a}{b}": 1 for a in "BCDFGHJKLMNPQRST" for b in "ABCDEFGHIJKLM"}
    full = dict(list(full.items())[:199]) | {"IN": 7}
    works(page(full, "next"), page({"RU": 5}, "never asked"))
    (path,) = openalex.fetch(client, Request(countries=("IND",), years=(2022,)), tmp_path)
    assert [asked.query["cursor"] for asked in server.asked] == ["*", "next"]
    assert value(openalex.read_works(path)["ties"], "co_works", 2022, "IND", "RUS") == 5


def test_giant_collaborations_can_be_left_out(works, server, client, tmp_path):
    works(page({"IN": 10, "RU": 2}))
    request = Request(countries=("IND",), years=(2022,), options={"authors_below": "50"})
    (path,) = openalex.fetch(client, request, tmp_path)
    assert server.asked[0].query["filter"].endswith("authors_count:<50")
    tables = openalex.read_works(path)
    assert value(tables["ties"], "co_works_few_authors", 2022, "IND", "RUS") == 2
    assert value(tables["facts"], "co_works_international_few_authors", 2022, "IND") == 10


def test_key_and_address_come_from_the_environment(works, server, client, tmp_path, monkeypatch):
    works(page({"IN": 1}))
    monkeypatch.setenv("OPENALEX_API_KEY", "secret")
    monkeypatch.setenv("OPENALEX_MAILTO", "desk@example.org")
    (path,) = openalex.fetch(client, Request(countries=("IND",), years=(2022,)), tmp_path)
    assert server.asked[0].query["api_key"] == "secret"
    assert server.asked[0].query["mailto"] == "desk@example.org"
    assert "secret" not in path.read_text("utf-8")


def test_many_questions_need_a_key(works, server, client, tmp_path):
    works(page({"IN": 1}))
    request = Request(countries=("IND", "RUS"), years=tuple(range(1970, 2024)))
    with pytest.raises(FetchError, match="108 questions") as error:
        openalex.fetch(client, request, tmp_path)
    assert "OPENALEX_API_KEY" in error.value.hint
    assert server.asked == []


def test_what_is_there_is_not_asked_for_again(works, server, client, tmp_path):
    works(page({"IN": 1}))
    request = Request(countries=("IND",), years=(2022,))
    first = openalex.fetch(client, request, tmp_path)
    assert openalex.fetch(client, request, tmp_path) == first
    assert len(server.asked) == 1


def test_the_interfaces_own_words_reach_the_user(works, client, tmp_path):
    said = {"error": "Invalid query parameters error.", "message": "foo is not a valid field."}
    works(Reply(json.dumps(said).encode(), 403))
    with pytest.raises(FetchError, match=r"OpenAlex refuses: foo is not a valid field\."):
        openalex.fetch(client, Request(countries=("IND",), years=(2022,)), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reply", ["[]", '{"results": []}', '{"group_by": null}'])
def test_an_answer_without_groups_is_refused(works, client, tmp_path, reply):
    works(reply)
    with pytest.raises(FetchError, match="without groups"):
        openalex.fetch(client, Request(countries=("IND",), years=(2022,)), tmp_path)


def test_limits_are_waited_for(works, client, tmp_path):
    works(Reply(b"slow down", 429, {"Retry-After": "1"}), Reply(b"", 500), page({"IN": 4}))
    (path,) = openalex.fetch(client, Request(countries=("IND",), years=(2022,)), tmp_path)
    assert value(openalex.read_works(path)["facts"], "co_works_international", 2022, "IND") == 4


@pytest.mark.parametrize(
    "request_",
    [Request(), Request(countries=("IND",), products=("27",)),
     Request(countries=("IND",), options={"colour": "red"})],
)  # fmt: skip
def test_what_it_does_not_know_is_refused(client, tmp_path, request_):
    with pytest.raises(UsageError, match="OpenAlex is asked for countries"):
        openalex.fetch(client, request_, tmp_path)


def test_both_countries_answers_are_one_tie(tmp_path):
    body = [json.loads(page({"IN": 9, "RU": 3}))]
    answers = [Answer({"country": country, "year": "2022"}, body) for country in ("IND", "RUS")]
    ties = openalex.read_works(save_answers(tmp_path / "a.json", "openalex", answers))["ties"]
    assert not ties.duplicated(["indicator", "year", "origin", "destination"]).any()
    assert len(ties) == 2


@pytest.mark.parametrize("body", [[{"group_by": [{"key": "RU"}]}], [{}], 7])
def test_damaged_answers_are_named(tmp_path, body):
    path = save_answers(
        tmp_path / "a.json", "openalex", [Answer({"country": "IND", "year": "2022"}, body)]
    )
    with pytest.raises(InputFileError, match=r"a\.json.*IND"):
        openalex.read_works(path)


def test_a_file_that_broke_off_is_named(tmp_path):
    path = save_answers(tmp_path / "a.json", "openalex", [Answer({"country": "IND"}, [])])
    path.write_bytes(path.read_bytes()[:-9])
    assert openalex.recognise(take_sample(path)).layout == "works"
    with pytest.raises(InputFileError, match=r"a\.json holds no answers"):
        openalex.read_works(path)
    packed = tmp_path / "a.json.gz"
    packed.write_bytes(gzip.compress(b'{"answers_of": "openalex"}')[:20])
    with pytest.raises(InputFileError, match="holds no answers"):
        openalex.read_works(packed)


def test_answers_of_others_are_left_alone(tmp_path):
    path = save_answers(tmp_path / "a.json", "somebody", [])
    assert openalex.recognise(take_sample(path)) is None


FOLDER = "research/openalex_coauthorship"


def test_the_networks_of_2024(shared_data: Path):
    path = shared_data / FOLDER / "openalex_country_pairs_1990_2023.csv.gz"
    _, found = recognise(path)
    ties = openalex.read(path, found)["ties"]
    assert len(ties) == 2 * 265_281
    assert value(ties, "co_works", 2022, "IND", "RUS") == 2386
    assert value(ties, "co_works", 2023, "RUS", "IND") == 2186
    both = ties.merge(ties, left_on=["year", "origin", "destination"],
                      right_on=["year", "destination", "origin"])  # fmt: skip
    assert (both["value_x"] == both["value_y"]).all()
    path = shared_data / FOLDER / "openalex_country_totals_1990_2023.csv.gz"
    facts = openalex.read(path, recognise(path)[1])["facts"]
    assert value(facts, "co_works_international", 2023, "IND") == 93_185
