"""`simulate` as a user types it."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from typer.testing import CliRunner

from comity.cli import app
from comity.errors import ComityError, ElasticityError, UnknownNameError, UsageError

run = CliRunner().invoke


def said(*words):
    result = run(app, ["simulate", *(str(word) for word in words), "--draws", "50"])
    assert result.exception is None, result.exception
    return result.stdout


def refused(*words):
    result = run(app, ["simulate", *(str(word) for word in words)])
    assert isinstance(result.exception, ComityError), result.exception
    return result.exception


def test_terminal_shows_three_tiers_and_what_each_leaves_out():
    words = said("IND", "EAEU")
    for tier in (1, 2, 3):
        assert f"Tier {tier} leaves out:" in words
    assert "+12.6 %" in words
    assert "Real income" in words
    assert max(len(line) for line in words.splitlines()) <= 110


def test_json_carries_assumptions_and_every_table():
    answer = json.loads(said("IND", "EAEU", "--format", "json"))
    assert answer["scenario"]["b"]["members"] == ["ARM", "BLR", "KAZ", "KGZ", "RUS"]
    assert answer["assumptions"]["sigma"] == 5
    assert set(answer["leaves_out"]) == {"1", "2", "3"}
    assert len(answer["tables"]["countries"]) > 180
    assert {row["tier"][0] for row in answer["tables"]["summary"]} == {"1", "2", "3"}
    assert set(answer["sources"]) >= {"cepii-baci-202501", "penppml-1964-2016"}


def test_csv_html_and_spreadsheet(tmp_path):
    rows = list(csv.DictReader(io.StringIO(said("IND", "EAEU", "--format", "csv"))))
    assert {row["seller"] for row in rows} == {"IND", "EAEU"}
    page = tmp_path / "simulation.html"
    said("IND", "EAEU", "--out", page)
    text = page.read_text(encoding="utf-8")
    assert text.count("<figure") == 3
    assert "<script" not in text
    book = tmp_path / "simulation.xlsx"
    said("IND", "EAEU", "--out", book)
    assert len([n for n in zipfile.ZipFile(book).namelist() if "worksheets/" in n]) == 5


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--raise", "10%"), "raised by 10 percentage points"),
        (("--shock", "25%"), "raised by 25% of the price"),
        (("--shock", "embargo"), "an embargo between"),
        (("--cut", "50%"), "cut by 50%"),
        (("--ways", "there"), "only on what India sells"),
        (("--sigma", "7", "--deficits", "additive"), "deficits additive; elasticity of"),
        (("--depth", "deep"), "the deep agreements"),
    ],
)
def test_changes_and_choices(words, expected):
    assert expected in " ".join(said("IND", "RUS", *words).split())


def test_tariffs_of_ones_own(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("product,importer,exporter,rate\n30,EAEU,IND,6.5%\n", encoding="utf-8")
    answer = json.loads(said("IND", "EAEU", "--tariff", path, "--format", "json"))
    line = next(
        row
        for row in answer["tables"]["products"]
        if (row["exporter"], row["importer"], row["product"]) == ("IND", "RUS", "30")
    )
    assert line["tariff_before"] == 0.065
    assert line["tariff_source"] == "user"


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (("IND", "Atlantic Union"), UnknownNameError, "Atlantic Union"),
        (("IND", "IND"), UsageError, "no two different"),
        (("IND", "RUS", "--sigma", "1"), ElasticityError, "above 1"),
        (("IND", "RUS", "--theta", "0"), ElasticityError, "above 1"),
        (("IND", "RUS", "--theta", "4", "--sigma", "5"), UsageError, "Both"),
        (("IND", "RUS", "--raise", "much"), UsageError, "not a share"),
        (("IND", "RUS", "--raise", "-10%"), UsageError, "above 0"),
        (("IND", "RUS", "--cut", "50%", "--withdraw"), UsageError, "More than one"),
        (("IND", "RUS", "--demand", "2"), ElasticityError, "cannot be above zero"),
        (("IND", "RUS", "--gross-output", "0"), UsageError, "not possible"),
        (("IND", "RUS", "--draws", "-1"), UsageError, "draws"),
        (("IND", "RUS", "--tariff", "/nowhere.csv"), ComityError, "not there"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(words, error, message):
    found = refused(*words)
    assert isinstance(found, error)
    assert message in found.message
