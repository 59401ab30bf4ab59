"""`sources`, `add`, `fetch` and `lake` as a user types them."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from comity.cli import app
from comity.errors import ComityError, LakeError, UnknownNameError, UsageError
from comity.lake import Store
from comity.sources import baci

from ..invented_baci import release


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def said(*words):
    result = run(*words)
    assert result.exception is None, result.exception
    return result.stdout


def refused(*words):
    result = run(*words)
    assert isinstance(result.exception, ComityError), result.output
    return result.exception


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    path = release(folder / "a.zip")
    result = run("add", path, "--lake", folder / "lake")
    assert result.exception is None
    return folder / "lake", result


def test_add_says_what_it_found_and_what_it_wrote(lake):
    folder, result = lake
    assert "a.zip: CEPII BACI, HS 2022, 2022-2023, release 202501" in result.stdout
    assert result.stdout.index("CEPII BACI") < result.stdout.index(f"in {folder}")
    assert "2022: " in result.stderr
    assert "left out, 1 rows: Areas, not elsewhere specified ('899')" in result.stderr
    assert "in the lake already" in said("add", folder.parent / "a.zip", "--lake", folder)


def test_a_dry_run_writes_nothing(tmp_path):
    path = release(tmp_path / "a.zip")
    assert "CEPII BACI" in said("add", path, "--dry-run", "--lake", tmp_path / "lake")
    assert not (tmp_path / "lake").exists()


def test_nothing_is_written_where_one_of_the_files_is_strange(tmp_path):
    path = release(tmp_path / "a.zip")
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    error = refused("add", path, tmp_path / "b.csv", "--lake", tmp_path / "lake")
    assert "b.csv is no publisher's file" in error.message
    assert not (tmp_path / "lake").exists()


def test_sources_lists_what_is_there_and_what_can_be_had(lake):
    folder, _ = lake
    tables = json.loads(said("sources", "--lake", folder, "--format", "json"))["tables"]
    held = {row["source"]: row for row in tables["held"]}
    mine = held["cepii-baci-hs22-202501"]
    assert (mine["licence"], mine["years"], mine["age"]) == (
        "Etalab Open Licence 2.0", "2022-2023", 0,
    )  # fmt: skip
    assert mine["rows"] == Store(folder).manifest["additions"][0]["rows"]["flows"] + 14
    assert held["un-desa-migrants-2024"]["added"] == "with comity"
    offered = {row["id"]: row for row in tables["offered"]}
    assert offered["baci"]["how"] == "comity fetch baci"
    assert offered["baci"]["licence"] == "Etalab Open Licence 2.0"


def test_info_names_what_was_added(lake):
    folder, _ = lake
    tables = json.loads(said("lake", "info", "--lake", folder, "--format", "json"))["tables"]
    [one] = tables["additions"]
    assert (one["file"], one["years"], one["whole"]) == ("a.zip", "2022-2023", "yes")
    assert {row["table"] for row in tables["tables"]} >= {"flows", "details"}


def test_verify_names_every_damaged_file(lake, tmp_path):
    import shutil

    folder = tmp_path / "lake"
    shutil.copytree(lake[0], folder)
    assert "all as written" in said("lake", "verify", "--lake", folder)
    for path in (next(folder.glob("details-*2022*")), next(folder.glob("ties-*"))):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    error = refused("lake", "verify", "--lake", folder)
    assert isinstance(error, LakeError)
    assert error.message.startswith("2 of ")
    for path in (next(folder.glob("details-*2022*")), next(folder.glob("ties-*"))):
        assert path.name in error.message


def test_fetch_brings_the_file_and_adds_the_years(tmp_path, monkeypatch):
    path = release(tmp_path / "a.zip", years=(2021, 2022))
    asked = []

    def bring(client, request, folder):
        asked.append(request)
        return [path]

    monkeypatch.setattr(
        "comity.sources.registry.publisher",
        lambda _: baci.Publisher(
            "baci", ("cepii-baci",), baci.recognise, baci.read, bring, baci.stream
        ),
    )
    said("fetch", "baci", "--years", "2022", "--option", "release=202501", "--lake", tmp_path / "l")
    assert asked[0].years == (2022,)
    assert asked[0].options == {"release": "202501"}
    assert Store(tmp_path / "l").manifest["additions"][0]["years"] == [2022]


def test_what_cannot_be_fetched(tmp_path):
    assert isinstance(refused("fetch", "nobody"), UnknownNameError)
    error = refused("fetch", "baci", "--country", "India", "--to", tmp_path)
    assert isinstance(error, UsageError)
    assert "BACI comes whole" in error.message
    for words in (["--years", "20-24"], ["--years", "2024-2015"], ["--option", "release"]):
        assert isinstance(refused("fetch", "baci", *words, "--to", tmp_path), UsageError)
