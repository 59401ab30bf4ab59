"""What is kept of a lake is what would be worked out again, and never that of another lake."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

import comity
from comity import starter
from comity.brief.render import plain
from comity.lake import Store, kept, write
from comity.lake.kept import Arrays, Kept

from .test_store import flows, lake


class Maker:
    """Makes an array, and counts how often."""

    def __init__(self, value: float) -> None:
        self.value = value
        self.times = 0

    def __call__(self) -> Arrays:
        self.times += 1
        return {"value": np.array([self.value, np.nan]), "name": np.array("Ö")}


def test_is_made_once_and_comes_back_bit_by_bit(tmp_path: Path) -> None:
    make = Maker(0.1 + 0.2)
    first = Kept(tmp_path).arrays("a", make)
    again = Kept(tmp_path).arrays("a", make)
    assert make.times == 1
    assert first["value"].tobytes() == again["value"].tobytes()
    assert str(again["name"]) == "Ö"
    assert Kept(tmp_path).has("a")
    assert not Kept(tmp_path).has("b")


def test_nothing_at_all_can_be_kept_too(tmp_path: Path) -> None:
    Kept(tmp_path).keep("none", {})
    assert Kept(tmp_path).find("none") == {}


@pytest.mark.parametrize("damage", [b"", b"not a file of arrays", None])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: bytes | None) -> None:
    Kept(tmp_path).arrays("a", Maker(1.0))
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert Kept(tmp_path).arrays("a", Maker(2.0))["value"][0] == 2.0
    assert Kept(tmp_path).arrays("a", Maker(3.0))["value"][0] == 2.0


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    Kept(tmp_path).keep("a", {"value": np.zeros(1000)})
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert Kept(tmp_path).find("a") is None


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    make = Maker(1.0)
    held = Kept(tmp_path / "file" / "folder")
    assert held.arrays("a", make)["value"][0] == 1.0
    assert held.arrays("a", make)["value"][0] == 1.0
    assert make.times == 2


def test_many_at_once_leave_whole_files_and_no_others(tmp_path: Path) -> None:
    held = Kept(tmp_path)
    seen: list[float] = []

    def work() -> None:
        for _ in range(20):
            seen.append(float(held.arrays("a", Maker(1.0))["value"][0]))
            held.keep("a", Maker(1.0)())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1.0] * 80
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


def test_another_content_has_another_folder(tmp_path: Path) -> None:
    one = lake(tmp_path / "lake").kept.folder
    assert one is not None
    assert Store(tmp_path / "lake").kept.folder == one
    assert lake(tmp_path / "lake", flows=flows(2.0)).kept.folder != one


def test_a_file_written_over_has_another_folder(tmp_path: Path) -> None:
    """The manifest says nothing of it and the size is the same: its time on disk tells."""
    one = lake(tmp_path).kept.folder
    (path,) = tmp_path.glob("flows-*.parquet")
    before = path.stat().st_mtime_ns
    os.utime(path, ns=(before, before + 1))
    assert Store(tmp_path).kept.folder != one


def test_other_code_has_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = lake(tmp_path).kept.folder
    monkeypatch.setattr(kept, "_code", lambda: "another version")
    assert Store(tmp_path).kept.folder != one


def test_the_folder_is_the_users_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "here"))
    assert kept.cache_folder() == tmp_path / "here"
    monkeypatch.setenv(kept.VARIABLE, "OFF")
    assert kept.cache_folder() is None
    assert lake(tmp_path).kept.folder is None
    monkeypatch.delenv(kept.VARIABLE)
    found = kept.cache_folder()
    assert found is not None
    assert found.name == "comity"


def test_the_longest_unused_go_when_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for age, name in enumerate(("new", "old")):
        Kept(tmp_path / name).keep("a", {"value": np.zeros(1000)})
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    monkeypatch.setattr(kept, "MOST_BYTES", 10_000)
    Kept(tmp_path / "own").keep("a", {"value": np.zeros(1000)})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "own"]


def test_a_brief_is_the_same_from_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anything kept, on first use, and on the next: byte for byte."""

    def brief() -> str:
        return plain.to_json(comity.open().pair("IND", "RUS").brief(draw=False))

    monkeypatch.setenv(kept.VARIABLE, kept.OFF)
    without = brief()
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path))
    assert [brief(), brief()] == [without] * 2
    assert len(list(tmp_path.glob("*/*.npz"))) >= 10


def test_a_changed_lake_never_reads_what_was_kept_of_the_old(tmp_path: Path) -> None:
    """One year of goods from the starter, then with India's sales to Russia doubled."""
    store = Store(starter.path())
    newest, year = store.newest_totals or ("", 0)
    flows = store.table("flows")
    frames = {name: store.table(name).to_pyarrow().to_pandas() for name in ("proximity", "sources")}
    goods = flows.filter(flows.source == newest, flows.year == year, flows.product == "TOTAL")
    frames["flows"] = goods.to_pyarrow().to_pandas()

    def sold() -> tuple[float, float]:
        write(tmp_path, frames, built="2026-01-01")
        table = comity.open(tmp_path).pair("IND", "RUS").yardstick()
        mine = table[(table["indicator"] == "goods_exports") & (table["origin"] == "IND")].iloc[0]
        return float(mine["value"]), float(mine["intensity"])

    value, intensity = sold()
    rows = frames["flows"]
    rows.loc[(rows["exporter"] == "IND") & (rows["importer"] == "RUS"), "value_usd"] *= 2
    doubled, more = sold()
    assert doubled == 2 * value
    assert more == pytest.approx(2 * intensity, rel=0.05)
