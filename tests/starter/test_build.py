"""The embedded data is what its build gives, byte for byte, and is small and sourced."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from comity import catalogue, starter
from comity.errors import InputFileError
from comity.lake import TABLES, Store
from comity.starter import build
from comity.starter.build import main
from comity.starter.check import Check
from comity.starter.inputs import INPUTS, RETRIEVED
from comity.starter.report import BEGIN, COVERAGE, describe, renew_page

LIMIT = 15_000_000


@pytest.fixture(scope="module")
def embedded() -> Store:
    return Store(starter.path())


def test_building_again_gives_the_same_bytes(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(shared_data), "--out", str(tmp_path)]) == 0
    embedded = {path.name: path.read_bytes() for path in starter.path().iterdir()}
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert built.keys() == embedded.keys()
    assert built == embedded
    out = capsys.readouterr()
    assert "built 2026" in out.out
    assert "FAILED" not in out.err


def test_a_folder_without_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--out", str(tmp_path / "lake")]) == 1
    assert "of the publishers' files" in capsys.readouterr().err
    assert not (tmp_path / "lake").exists()


def test_it_is_small_and_whole(embedded: Store) -> None:
    assert sum(path.stat().st_size for path in starter.path().iterdir()) < LIMIT
    embedded.verify()
    for name in TABLES:
        assert embedded.rows(name) > 0 or TABLES[name].optional


def test_nothing_else_lies_in_the_folder(embedded: Store) -> None:
    files = {file["name"] for rows in embedded.manifest["tables"].values() for file in rows}
    assert {path.name for path in starter.path().iterdir()} == files | {"manifest.json", COVERAGE}


def test_every_source_says_who_what_and_on_what_terms(embedded: Store) -> None:
    sources = {source["id"]: source for source in embedded.manifest["sources"]}
    assert set(INPUTS) <= set(sources)
    for source in sources.values():
        for column in ("publisher", "title", "licence", "citation", "sha256"):
            assert source[column], (source["id"], column)
        assert source["redistributable"]
        assert source["rows"], f"{source['id']} gave no row"
        hashes = source["sha256"].split(";")
        assert all(len(digest) == 64 for digest in hashes)
        if source["id"] in INPUTS:
            assert len(hashes) == len(INPUTS[source["id"]])
            assert source["years"] or "proximity" in "".join(source["rows"])
            assert source["url"]
            assert source["retrieved"] == RETRIEVED.get(source["id"])
            assert source["licence_note"] == catalogue.source(source["id"]).note
    assert not {"sipri-arms-transfers", "un-comtrade", "desta"} & set(sources)


def test_rows_by_source_add_up(embedded: Store) -> None:
    for name in set(TABLES) - {"sources"}:
        counted = sum(source["rows"].get(name, 0) for source in embedded.manifest["sources"])
        assert counted == embedded.rows(name)


def test_indian_figures_say_how_their_licence_was_answered(embedded: Store) -> None:
    source = embedded.sources["dgcis-tradestat"]
    assert "GODL-India" in source["licence"]
    assert "could not be read" in source["licence_note"]


def test_what_the_sources_lack_is_written_beside_them() -> None:
    coverage = json.loads((starter.path() / COVERAGE).read_text(encoding="utf-8"))
    assert len(coverage["checks"]) > 40
    lacks = coverage["lacks"]
    assert "TWN" in lacks["cepii-baci-202501"]["flows.exporter"]
    assert "XKX" in lacks["un-desa-migrants-2024"]["ties.origin"]
    assert {"PSE", "VAT", "XKX"} <= set(lacks["un-votes"]["votes.country"])
    for gaps in lacks.values():
        assert not {"IND", "RUS"} & {code for codes in gaps.values() for code in codes}


def test_a_check_that_fails_leaves_the_old_lake(
    shared_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tables = {"flows": pd.DataFrame()}
    failing = Check("two and two", "4", "5", passed=False)
    monkeypatch.setattr(build, "read_tables", lambda *_: tables)
    monkeypatch.setattr(build, "run_checks", lambda _: [failing])
    assert main([str(shared_data), "--out", str(tmp_path / "lake")]) == 1
    assert "The tables fail 1 checks: two and two." in capsys.readouterr().err
    assert not (tmp_path / "lake").exists()


def test_the_page_describes_the_data_that_is_there() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "starter.md"
    text = page.read_text(encoding="utf-8")
    assert text.split(BEGIN)[1].strip() == describe(starter.path()).strip()


def test_a_page_without_its_marker(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    with pytest.raises(InputFileError, match="cannot be read"):
        renew_page(page, starter.path())
    page.write_text("# A page\n")
    with pytest.raises(InputFileError, match="has no line"):
        renew_page(page, starter.path())
