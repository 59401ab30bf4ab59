"""`opportunities`, `settle` and `route` as a user types them."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from typer.testing import CliRunner

from comity.cli import app
from comity.errors import ComityError

run = CliRunner().invoke


def said(*words):
    result = run(app, [str(word) for word in words])
    assert result.exception is None, result.exception
    return result.stdout


def refused(*words):
    result = run(app, [str(word) for word in words])
    assert isinstance(result.exception, ComityError), result.exception
    return result.exception


def test_opportunities_in_the_terminal():
    words = said("opportunities", "IND", "RUS", "--top", 5, "--both", "--named", "machinery")
    assert "What India could sell Russia and What Russia could sell India" in words
    assert "at normal ease" in words
    assert "Machinery: $1.14 bn sold against a benchmark of $280 m" in words
    assert "An HS chapter holds goods as unlike as tractors and computers" in words
    assert max(len(line) for line in words.splitlines()) <= 110


def test_opportunities_as_json_shows_every_factor():
    whole = json.loads(said("opportunities", "India", "Russia", "-f", "json"))
    assert whole["schema"] == 1
    row = next(r for r in whole["tables"]["products"] if r["product"] == "30")
    product = row["market_share"] * row["net_exporter"] * row["supply_tariff"]
    product *= row["imports"] * row["demand_growth"] * row["advantage"]
    assert row["potential_normal"] == pytest.approx(product)
    assert row["potential"] == pytest.approx(product * row["ease"])
    assert whole["directions"][0]["ease"]["without_hs27"] == pytest.approx(0.836, abs=0.001)
    assert set(whole["sources"]) >= {"cepii-baci-hs92-2024", "cepii-baci-202501"}


def test_opportunities_where_nothing_is_split_by_product():
    whole = json.loads(said("opportunities", "BRA", "VNM", "-f", "json"))
    assert whole["directions"][0]["totals"]["actual"] is None
    assert whole["tables"]["products"][0]["actual"] is None
    assert whole["tables"]["products"][0]["potential"] > 0
    assert "unknown by product" in said("opportunities", "BRA", "VNM", "--top", 3)


def test_opportunities_take_the_users_factors(tmp_path):
    growth = tmp_path / "growth.csv"
    growth.write_text("country,gdp,population\nIND,1.35,1.04\nRUS,1.08,0.99\n", encoding="utf-8")
    tariff = tmp_path / "tariff.csv"
    tariff.write_text("product,levied,on_pair,substitution\n30,0.05,0,3\n", encoding="utf-8")
    files = ("--growth", growth, "--tariff", tariff, "--ease", 1)
    whole = json.loads(said("opportunities", "IND", "RUS", *files, "-f", "json"))
    row = next(r for r in whole["tables"]["products"] if r["product"] == "30")
    assert row["advantage"] == pytest.approx(1.05**3)
    assert row["demand_growth"] == pytest.approx(1.08)
    assert whole["directions"][0]["ease"]["replaced"] is True
    assert "--ease 1 --growth growth.csv --tariff tariff.csv" in whole["command"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("product,levied,on_pair,substitution\n30,-0.1,0,2\n", "below zero"),
        ("product,levied,on_pair,substitution\nQQ,0.1,0,2\n", "no HS code"),
        ("product,levied,on_pair,substitution,exporter\n30,0.1,0,2,Atlantis\n", "Atlantis"),
    ],
)
def test_opportunities_refuse_a_wrong_tariff_file(tmp_path, text, message):
    path = tmp_path / "tariff.csv"
    path.write_text(text, encoding="utf-8")
    assert message in refused("opportunities", "IND", "RUS", "--tariff", path).message


def test_opportunities_explain_a_growth_rate(tmp_path):
    path = tmp_path / "growth.csv"
    path.write_text("country,gdp\nIND,0.065\n", encoding="utf-8")
    error = refused("opportunities", "IND", "RUS", "--growth", path)
    assert "Give levels, not rates: +10 % in five years is 1.10" in error.hint


def test_settle_in_the_terminal():
    words = said("settle", "IND", "RUS", "--with", "BRICS")
    assert "96 percent of commercial transactions in national currencies" in words
    assert "15 % of the two-way trade can net" in " ".join(words.split())
    assert "BRA > CHN > IND > RUS > BRA" in words


def test_settle_as_json():
    whole = json.loads(said("settle", "IND", "RUS", "--with", "EAEU", "--interest", 0.05,
                            "-f", "json"))  # fmt: skip
    assert whole["group"]["share"] > whole["group"]["bilateral_share"]
    assert whole["assumptions"]["currency_of"] == "IND"
    assert whole["command"] == "comity settle IND RUS --with EAEU --interest 0.05"


def test_settle_refuses():
    assert "No country or bloc is known as 'BRIXX'" in refused(
        "settle", "IND", "RUS", "--with", "BRIXX"
    ).message  # fmt: skip
    assert "above 1" in refused("settle", "IND", "RUS", "--invoicing", 90).message


def test_route_in_the_terminal():
    words = said("route", "Mumbai", "Saint Petersburg")
    assert "14,136 km (7,633 nautical miles)" in words
    assert "16,066 km said, 14,136 km computed (−12 %)" in words
    assert "no page says" in words


def test_route_as_json():
    whole = json.loads(said("route", "Chennai", "Vladivostok", "--avoid", "malacca", "-f", "json"))
    assert (whole["start"], whole["end"]) == ("INMAA", "RUVVO")
    assert whole["tables"]["routes"][0]["avoiding"] == "Malacca"
    assert "PortNews" in json.dumps(whole["tables"]["said"])


def test_route_refuses():
    assert refused("route", "Atlantis", "Mumbai").code == "unknown_name"
    assert refused("route", "Mumbai", "Astrakhan").code == "route"
    assert refused("route", "Mumbai", "Chennai", "--knots", 0).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [("opportunities", "IND", "RUS"), ("settle", "IND", "RUS", "--with", "BRICS"),
     ("route", "Mumbai", "Saint Petersburg")],
)  # fmt: skip
def test_every_format(tmp_path, words):
    page = tmp_path / "a.html"
    said(*words, "--out", page)
    html = page.read_text(encoding="utf-8")
    assert html.count("<svg") >= 1
    assert "<script" not in html
    book = tmp_path / "a.xlsx"
    said(*words, "--out", book)
    assert "xl/workbook.xml" in zipfile.ZipFile(book).namelist()
    rows = list(csv.reader(io.StringIO(said(*words, "-f", "csv"))))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1
