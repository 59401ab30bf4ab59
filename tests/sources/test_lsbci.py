"""UNCTAD's connectivity index: its bulk archive, its text, and archives that mean harm."""

from __future__ import annotations

import sys
from pathlib import Path

import py7zr
import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import lsbci, sevenzip
from comity.sources.publisher import Request, take_sample

HEADER = (
    "Quarter,Quarter Label,Economy,Economy Label,Partner,Partner Label,Index,Index Footnote,"
    "Index Missing value\n"
)
ROWS = (
    "202201,Q1 2022,356,India,643,Russian Federation,0.25,,\n"
    "202202,Q2 2022,356,India,643,Russian Federation,0.15,,\n"
    "202201,Q1 2022,643,Russian Federation,356,India,0.25,,\n"
    "202202,Q2 2022,643,Russian Federation,356,India,,,Not available\n"
    '202201,Q1 2022,842,"United States, with Puerto Rico",251,France,0.4,,\n'
    '202201,Q1 2022,516,Namibia,158,"China, Taiwan Province of",0.1,,\n'
    "202201,Q1 2022,0000,World,356,India,0.1,,\n"
)


def archive(path: Path, text: str = HEADER + ROWS, name: str = "US_LSBCI.csv") -> Path:
    with py7zr.SevenZipFile(path, "w") as made:
        made.writestr(text.encode(), name)
    return path


def read(path):
    found = lsbci.recognise(take_sample(path))
    return lsbci.read(path, found)["ties"]


@pytest.mark.parametrize("packing", ["7z", "csv", "csv with mark"])
def test_each_packing_is_the_same(tmp_path, fits, packing):
    path = tmp_path / "download"
    if packing == "7z":
        archive(path)
    else:
        mark = b"\xef\xbb\xbf" if "mark" in packing else b""
        path.write_bytes(mark + (HEADER + ROWS).encode())
    found = lsbci.recognise(take_sample(path))
    tables = lsbci.read(path, found)
    fits(tables, found)
    ties = tables["ties"]
    assert {(r.origin, r.destination, r.year): r.value for r in ties.itertuples()} == {
        ("IND", "RUS", 2022): pytest.approx(0.2),
        ("RUS", "IND", 2022): pytest.approx(0.25),
        ("USA", "FRA", 2022): pytest.approx(0.4),
        ("NAM", "TWN", 2022): pytest.approx(0.1),
    }
    assert list(ties.attrs["left_out"].values()) == [1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ROWS.replace("0.15", "15"), "15 of 356 and 643, Q2 2022, is no index"),
        (ROWS.replace("0.15", "high"), "line 3: 'high' in column 'Index' is not a number"),
        (ROWS.replace("Q2 2022", "Q2"), "'Q2' in column 'Quarter Label' has no year"),
        (ROWS.splitlines()[-1], "no index of two countries"),
        (ROWS.replace("0.15,,", "0.15"), "line 3: 7 cells where the header has 9"),
    ],
)
def test_what_cannot_be_read(written, text, words):
    with pytest.raises(InputFileError, match=words):
        read(written(HEADER + text))


def test_archives_of_others_are_not_claimed(tmp_path):
    assert lsbci.recognise(take_sample(archive(tmp_path / "a", "a,b\n1,2\n"))) is None
    assert lsbci.recognise(take_sample(archive(tmp_path / "b", HEADER + ROWS, "a.txt"))) is None


def test_a_damaged_archive(tmp_path):
    path = archive(tmp_path / "download")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputFileError, match="cannot be unpacked") as raised:
        lsbci.recognise(take_sample(path))
    assert raised.value.hint == "Download the file again."


def test_an_archive_that_would_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(sevenzip, "MOST_RATIO", 100)
    path = archive(tmp_path / "bomb", HEADER + "0" * 1_000_000)
    with pytest.raises(InputFileError, match="times its size: no table does"):
        lsbci.recognise(take_sample(path))


def test_only_the_beginning_is_unpacked_to_look(tmp_path):
    path = archive(tmp_path / "download", HEADER + ROWS * 3000)
    assert len(sevenzip.head(path, "US_LSBCI.csv")) == 65_536


def test_what_is_unpacked_is_gone_afterwards(tmp_path):
    path = archive(tmp_path / "download")
    with sevenzip.unpacked(path, "US_LSBCI.csv") as text:
        assert text.read_text() == HEADER + ROWS
    assert not text.exists()


def test_without_the_extra_it_says_what_to_do(tmp_path, monkeypatch):
    path = archive(tmp_path / "download")
    monkeypatch.setitem(sys.modules, "py7zr", None)
    with pytest.raises(InputFileError, match="is not installed") as raised:
        lsbci.recognise(take_sample(path))
    assert "'unctad'" in raised.value.hint


def test_the_archive_is_asked_for(server, fetcher, tmp_path, monkeypatch):
    monkeypatch.setattr(lsbci, "SITE", server.url)
    content = archive(tmp_path / "made").read_bytes()
    server.serve("/bulkdownload/US.LSBCI/US_LSBCI", content)
    (path,) = lsbci.fetch(fetcher, Request(), tmp_path / "new")
    assert lsbci.recognise(take_sample(path)).publisher == "lsbci"
    with pytest.raises(UsageError, match="cannot be asked for by countries"):
        lsbci.fetch(fetcher, Request(countries=("IND",)), tmp_path)
    server.serve("/bulkdownload/US.LSBCI/US_LSBCI", HEADER + ROWS)
    with pytest.raises(FetchError, match="no 7z file"):
        lsbci.fetch(fetcher, Request(), tmp_path / "other")
