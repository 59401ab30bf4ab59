"""The API: the same answers as the commands, in one envelope."""

from __future__ import annotations

import csv
import io
import json

import pytest

import comity
from comity.brief.render import plain
from comity.brief.reports.settlement import Terms
from comity.web.api.pairs import AskedOfSettlement


@pytest.fixture(scope="module")
def brief():
    return comity.open().pair("IND", "RUS").brief()


def test_a_pair_is_the_brief_of_the_command(client, brief):
    answer = client.get("/api/v1/pairs/IND/RUS")
    assert answer.status_code == 200
    told = answer.json()
    assert told["data"] == json.loads(plain.to_json(brief))
    assert told["meta"]["lake"] == {"id": brief.lake_id, "built": brief.built}


def test_every_source_of_an_answer_is_in_its_envelope(client):
    told = client.get("/api/v1/pairs/IND/RUS").json()
    named = {measure["source"] for measure in told["data"]["measures"]}
    assert named <= set(told["meta"]["sources"])


def test_names_and_codes_are_the_same_question(client):
    assert (
        client.get("/api/v1/pairs/India/Russia").json()["data"]
        == client.get("/api/v1/pairs/in/rus").json()["data"]
    )


def test_a_download_in_csv_holds_the_numbers_of_the_json(client, brief):
    answer = client.get("/api/v1/pairs/IND/RUS", params={"format": "csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="IND-RUS.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    values = [float(row["value"]) for row in rows if row["value"]]
    assert values == [m.value for m in brief.measures if m.value is not None]


@pytest.mark.parametrize(
    ("path", "status", "code", "hint"),
    [
        ("/api/v1/pairs/IND/Rusia", 404, "unknown_name", "Russia"),
        ("/api/v1/pairs/IND/Korea", 400, "ambiguous_name", "South Korea"),
        ("/api/v1/pairs/IND/IND", 400, "usage", "second country"),
        ("/api/v1/pairs/IND/RUS?year=1901", 404, "no_data", ""),
        ("/api/v1/pairs/IND/RUS?yaer=2020", 422, "invalid", "schema"),
        ("/api/v1/pairs/IND/RUS?vintage=old", 409, "other_vintage", "today"),
        ("/api/v1/pairs/IND/RUS?format=svg", 400, "usage", "chart="),
        ("/api/v1/nothing", 404, "not_found", ""),
    ],
)
def test_errors_are_sentences_in_one_envelope(client, path, status, code, hint):
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}
    assert answer.json()["error"]["code"] == code
    assert hint in answer.json()["error"]["hint"]


def test_what_is_assumed_of_settlement_is_the_same_in_form_and_command():
    usual = AskedOfSettlement().model_dump(exclude={"format", "chart", "vintage"})
    assert Terms(**usual) == Terms()
    assert Terms(years=7, group="BRICS").changed == {"years": 7, "group": "BRICS"}
