"""BACI in both layouts of its country file, every revision, from archives and bare files."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.lake.schema import TOTAL, WORLD
from comity.sources import baci
from comity.sources.publisher import Request, Wanted, take_sample

from ..invented_baci import FRANCE, ROWS, release, year_text
from .server import Reply


def found_in(path):
    found = baci.recognise(take_sample(path))
    assert found is not None
    return found


def read(path):
    return baci.read(path, found_in(path))


def values(rows, **wanted):
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    return rows["value_usd"].tolist()


def test_an_archive_says_what_it_is(tmp_path):
    found = found_in(release(tmp_path / "renamed"))
    assert found.what == "CEPII BACI, HS 2022, 2022-2023, release 202501"
    assert (found.source, found.version, found.years) == (
        "cepii-baci-hs22-202501", "202501", "2022-2023",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "source", "what"),
    [
        (
            "BACI_HS92_Y1995_V202401b.csv",
            "cepii-baci-hs92-202401b",
            "HS 1992, 1995, release 202401b",
        ),
        ("BACI_HS02_Y2002_V202501.csv", "cepii-baci-hs02-202501", "HS 2002, 2002, release 202501"),
        ("download.csv", "cepii-baci", "HS revision unknown, release unknown"),
    ],
)
def test_a_bare_file_is_known_by_its_header_and_its_name_adds_the_release(
    tmp_path, name, source, what
):
    path = tmp_path / name
    path.write_text(year_text(2002, quote='"'))
    found = found_in(path)
    assert found.source == source
    assert found.what == f"CEPII BACI, {what}"


def test_values_are_dollars_and_quantities_tons(tmp_path, fits):
    path = release(tmp_path / "a.zip")
    tables = read(path)
    fits(tables, found_in(path))
    details = tables["details"]
    assert len(details) == 2 * (len(ROWS) - 1)  # the area that is no country is left out
    one = details[(details["exporter"] == "FRA") & (details["year"] == 2022)]
    assert one["product"].tolist() == ["010121", "300490"]
    assert one["value_usd"].tolist() == [1500.0, 20_000.0]
    assert one["quantity_t"].iloc[0] == 13.235
    assert one["quantity_t"].isna().tolist() == [False, True]
    assert set(details["revision"]) == {"HS22"}


def test_codes_of_india_france_and_taiwan_are_not_those_of_the_united_nations(tmp_path):
    details = read(release(tmp_path / "a.zip"))["details"]
    assert set(details["exporter"]) == {"FRA", "IND", "RUS", "TWN"}
    assert set(details["importer"]) == {"IND", "RUS", "USA"}


def test_totals_are_sums_by_pair_and_with_the_world(tmp_path):
    flows = read(release(tmp_path / "a.zip", years=(2023,)))["flows"]
    assert values(flows, exporter="RUS", importer="IND", product=TOTAL) == [66_149_125.0]
    assert values(flows, exporter="RUS", importer="IND", product="27") == [66_149_125.0]
    assert values(flows, exporter="IND", importer=WORLD, product="30") == [4_157_001.0]
    assert values(flows, exporter=WORLD, importer="IND", product="2709") == [66_000_000.0]
    assert values(flows, exporter=WORLD, importer="IND", product="270112") == [149_125.0]
    assert values(flows, exporter=WORLD, importer="IND", product=TOTAL) == [66_170_625.0]


def test_what_goes_to_no_country_counts_in_trade_with_the_world_alone(tmp_path):
    tables = read(release(tmp_path / "a.zip", years=(2023,)))
    assert values(tables["flows"], exporter="IND", importer=WORLD, product=TOTAL) == [4_157_001.0]
    pairs = tables["flows"].query("exporter == 'IND' and importer != 'WLD' and product == 'TOTAL'")
    assert pairs["value_usd"].sum() == 4_154_001.0
    assert tables["details"].attrs["left_out"] == {
        "Areas, not elsewhere specified ('899'), 0.0 million dollars, in its partners' trade with "
        "the world alone": 1
    }


def test_an_area_that_only_the_publisher_knows_is_named_from_its_list(tmp_path):
    rows = (*ROWS, (FRANCE, 998, "10121", "5000.000", "NA"))
    left = read(release(tmp_path / "a.zip", (2023,), rows))["details"].attrs["left_out"]
    assert any(words.startswith("Isles, the ('998'), 5.0 million") for words in left)


def test_both_layouts_of_the_country_file_and_their_encodings_are_read(tmp_path):
    for old in (True, False):
        with zipfile.ZipFile(release(tmp_path / f"{old}.zip", old=old)) as archive:
            assert baci._read_countries(archive, archive.namelist())[792] == "Türkiye"


@pytest.mark.parametrize("name", ["all.csv", "all.csv.gz"])
def test_a_bare_file_of_several_years_is_read_year_by_year(tmp_path, name):
    text = year_text(2019) + year_text(2020).partition("\n")[2] + year_text(2021).partition("\n")[2]
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    years = list(baci.stream(path, found_in(path), Wanted(years=frozenset({2019, 2021}))))
    assert [year.year for year in years] == [2019, 2021]
    assert [year.value.sum() for year in years] == [70_334_626.0] * 2


def test_years_that_are_there_already_are_not_read_again(tmp_path):
    path = release(tmp_path / "a.zip", years=(2020, 2021, 2022))
    seen = []
    wanted = Wanted(frozenset({2020, 2021}), frozenset({2020}), seen.append)
    assert [year.year for year in baci.stream(path, found_in(path), wanted)] == [2021]
    with zipfile.ZipFile(path) as archive:  # what is skipped counts as done
        tables = [m.file_size for m in archive.infolist() if m.filename.startswith("BACI")]
    assert sum(seen) == sum(tables)


def test_none_of_the_years_asked_for(tmp_path):
    path = release(tmp_path / "a.zip")
    with pytest.raises(UsageError, match="none of the years") as refused:
        list(baci.stream(path, found_in(path), Wanted(frozenset({1995}))))
    assert "2022 to 2023" in refused.value.hint


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2022,699,643,300490,abc,1", r"line 3: 'abc' in column 'v' is not a number"),
        ("2022,699,643,3004.9,1,1", r"line 3: '3004\.9' in column 'k' is not a whole number"),
        ("2022,699,643,300490,1", r"line 3: 6 columns were expected, and this has 5"),
        ("2022,699,643,300490,-1,1", r"line 3: '-1\.0' in column 'v' is no amount of money"),
        ("2022,699,643,300490,1,-1", r"line 3: '-1\.0' in column 'q' is no weight"),
        ("2022,699,643,300490,NA,1", r"line 3: a value in column 'v' is missing"),
        ("2022,699,643,3004,1,1", r"line 3: '3004' in column 'k' is no HS subheading"),
        ("2022,699,997,300490,1,1", r"line 3: '997' in column 'j' is no country code"),
        ("2022,699,99999,300490,1,1", r"line 3: '99999' in column 'j' is out of range"),
        ("2023,699,643,300490,1,1", "a file of one year was expected, and this has 2022, 2023"),
    ],
)
def test_a_line_that_cannot_be_is_named(tmp_path, line, message):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        text = f"t,i,j,k,v,q\n2022,251,699,10121,1,1\n{line}\n"
        archive.writestr("BACI_HS22_Y2022_V202501.csv", text)
    with pytest.raises(InputFileError, match=message):
        read(path)


def test_a_file_broken_off_in_a_line_is_refused(tmp_path):
    path = tmp_path / "part.csv"
    path.write_text(year_text(2022)[:-20])
    with pytest.raises(InputFileError, match="line 9"):
        read(path)


def test_the_publishers_sample_is_read_whole(shared_data, tmp_path):
    path = shared_data / "trade/baci_hs6_sample/ExampleTradeData.csv.gz"
    tables = read(path)
    with gzip.open(path, "rt") as file:
        lines = [line.replace('"', "").split(",") for line in file][1:]
    details = tables["details"]
    assert len(details) == len(lines) == 71_192
    assert set(details["exporter"]) == {"AFG", "ZAF"}
    expected = sum(round(float(line[4]) * 1000) for line in lines)
    assert details["value_usd"].sum() == expected
    totals = tables["flows"].query("product == 'TOTAL' and importer == 'WLD'")
    assert totals["value_usd"].sum() == expected


def test_the_newest_revision_that_has_the_years_is_asked_for(
    server, fetcher, tmp_path, monkeypatch
):
    monkeypatch.setattr(baci, "SITE", server.url)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("BACI_HS12_Y2015_V202601.csv", year_text(2015))
    page = "<a href=x/BACI_HS12_V202501.zip> <a href=x/BACI_HS12_V202601.zip>"
    server.serve("/CEPII/en/bdd_modele/bdd_modele_item.asp", page)
    server.serve("/DATA_DOWNLOAD/baci/data/BACI_HS12_V202601.zip", Reply(packed.getvalue()))
    [path] = baci.fetch(fetcher, Request(years=(2015, 2024)), tmp_path)
    assert path.name == "BACI_HS12_V202601.zip"
    assert found_in(path).source == "cepii-baci-hs12-202601"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request(countries=("IND",)), "BACI comes whole"),
        (Request(options={"revision": "HS99"}), "BACI has no revision HS99"),
        (Request(years=(1996,), options={"revision": "HS17"}), "BACI in HS17 begins in 2017"),
    ],
)
def test_what_cannot_be_asked_for(fetcher, tmp_path, request_, message):
    with pytest.raises(UsageError, match=message):
        baci.fetch(fetcher, request_, tmp_path)


def test_a_page_without_releases_is_said(server, fetcher, tmp_path, monkeypatch):
    monkeypatch.setattr(baci, "SITE", server.url)
    server.serve("/CEPII/en/bdd_modele/bdd_modele_item.asp", "<html>nothing</html>")
    with pytest.raises(FetchError, match="names no release"):
        baci.fetch(fetcher, Request(), tmp_path)


def test_a_web_page_in_the_place_of_the_archive_is_refused(server, fetcher, tmp_path, monkeypatch):
    monkeypatch.setattr(baci, "SITE", server.url)
    server.serve("/DATA_DOWNLOAD/baci/data/BACI_HS92_V202601.zip", "<!doctype html><html>no</html>")
    wanted = Request(options={"revision": "HS92", "release": "V202601"})
    with pytest.raises(FetchError):
        baci.fetch(fetcher, wanted, tmp_path)
    assert not list(tmp_path.glob("*.zip"))
