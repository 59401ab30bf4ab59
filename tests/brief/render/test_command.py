"""The command: what it writes where, and what it says when it cannot."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

import comity
from comity import cli
from comity.brief.render import html


@pytest.fixture
def comity_brief(brief, monkeypatch, capsys):
    """Run `comity brief` on the invented brief; return exit code, output and errors."""

    def made(year=None, **more):
        return brief

    pair = SimpleNamespace(brief=made, to_html=lambda year=None: html.render(brief))
    lake = SimpleNamespace(pair=lambda a, b: pair)
    monkeypatch.setattr(comity, "open", lambda path=None: lake, raising=False)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["comity", "brief", "IND", "RUS", *map(str, words)])
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        else:
            code = 0
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("b.html", b"<!doctype html>"),
        ("b.xlsx", b"PK"),
        ("b.json", b"{"),
        ("b.csv", b"pillar,indicator"),
        ("b.txt", b"India and Russia"),
    ],
)
def test_writes_what_the_name_ends_in(comity_brief, tmp_path, name, start):
    assert comity_brief("--out", tmp_path / name)[0] == 0
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_prints_the_scorecard(comity_brief):
    code, out, _ = comity_brief()
    assert code == 0
    assert "India → Russia" in " ".join(out.split()) or "India →" in out
    assert "\x1b[" not in out


@pytest.mark.parametrize(
    ("words", "expected", "says"),
    [
        (["--out", "b.docx"], 2, "does not say in which format"),
        (["--format", "xlsx"], 2, "needs a file"),
        (["--out", "absent/folder/b.html"], 1, "could not be written"),
        (["--format", "pdf"], 2, "pdf"),
        (["--year", "soon"], 2, "--year"),
    ],
)
def test_says_in_a_sentence_why_not(comity_brief, tmp_path, monkeypatch, words, expected, says):
    monkeypatch.chdir(tmp_path)
    code, out, err = comity_brief(*words)
    assert code == expected
    assert says in err
    assert "Traceback" not in err
    assert not out
    assert not list(tmp_path.iterdir())


def test_a_folder_is_not_written_over(comity_brief, tmp_path):
    (tmp_path / "b.html").mkdir()
    code, _, err = comity_brief("--out", tmp_path / "b.html")
    assert code == 1
    assert "could not be written" in err
    assert [path.name for path in tmp_path.iterdir()] == ["b.html"]
