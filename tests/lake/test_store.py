"""A lake is the old one or the new one, never half of either, and says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from comity.errors import LakeError, OutputError, SchemaError
from comity.lake import TABLES, Store, store, write

SOURCES = pd.DataFrame(
    [
        {
            "id": "invented",
            "publisher": "Nobody",
            "title": "Invented",
            "licence": "CC0 1.0",
            "citation": "Nobody.",
            "redistributable": True,
        }
    ]
)


def flows(value: float = 1.0, **columns: object) -> pd.DataFrame:
    row = {
        "year": 2020,
        "exporter": "IND",
        "importer": "NAM",
        "product": "0101",
        "value_usd": value,
        "valuation": "fob",
        "basis": "reported",
        "revision": "HS22",
        "period": "2020",
        "source": "invented",
    }
    return pd.DataFrame([row | columns])


def lake(folder: Path, **tables: pd.DataFrame) -> Store:
    return write(folder, {"flows": flows(), "sources": SOURCES} | tables, built="2026-01-01")


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    opened = Store(lake(tmp_path / "new").folder)
    row = opened.table("flows").to_pyarrow().to_pylist()[0]
    assert (row["exporter"], row["importer"], row["product"]) == ("IND", "NAM", "0101")
    assert row["quantity_t"] is None
    assert opened.built == "2026-01-01"
    assert opened.sources["invented"]["publisher"] == "Nobody"
    opened.verify()


def test_tables_left_out_are_there_and_empty(tmp_path: Path) -> None:
    opened = lake(tmp_path)
    for name in TABLES:
        assert opened.table(name).count().to_pyarrow().as_py() == opened.rows(name)
    assert opened.rows("ties") == 0


def test_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    rows = pd.concat([flows(product="02"), flows(), flows(exporter="RUS")], ignore_index=True)
    one = lake(tmp_path / "a", flows=rows)
    two = lake(tmp_path / "b", flows=rows.sample(frac=1, random_state=1))
    assert one.id == two.id
    for path in one.folder.iterdir():
        assert path.read_bytes() == (two.folder / path.name).read_bytes()


def test_rows_come_sorted_by_the_key(tmp_path: Path) -> None:
    rows = pd.concat([flows(exporter="RUS"), flows(product="02"), flows()], ignore_index=True)
    opened = lake(tmp_path, flows=rows)
    table = opened.table("flows").to_pyarrow().to_pandas()
    assert list(table["exporter"] + table["product"]) == ["IND0101", "IND02", "RUS0101"]


def test_the_manifest_counts_rows_by_source(tmp_path: Path) -> None:
    manifest = lake(tmp_path).manifest
    assert manifest["sources"][0]["rows"] == {"flows": 1}
    assert manifest["tables"]["flows"][0]["rows"] == 1


def test_rows_that_a_source_only_adds_to_are_counted_apart(tmp_path: Path) -> None:
    pair = {"origin": "IND", "destination": "NAM", "distance_km": 1.0, "source": "invented"}
    back = {"origin": "NAM", "destination": "IND", "also": "other;third"}
    sources = pd.concat([SOURCES.assign(id=name) for name in ("invented", "other", "third")])
    opened = lake(tmp_path, proximity=pd.DataFrame([pair, pair | back]), sources=sources)
    counted = {source["id"]: source["rows"] for source in opened.manifest["sources"]}
    assert counted["invented"] == {"flows": 1, "proximity": 2}
    assert counted["other"] == counted["third"] == {"proximity.also": 1}


def test_a_new_lake_replaces_the_old_one_whole(tmp_path: Path) -> None:
    old = lake(tmp_path)
    new = lake(tmp_path, flows=flows(2.0))
    assert new.id != old.id
    named = {file["name"] for files in new.manifest["tables"].values() for file in files}
    assert {path.name for path in tmp_path.glob("*.parquet")} == named
    assert not list(tmp_path.glob(".*"))


def test_a_build_killed_before_the_manifest_leaves_the_old_lake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = lake(tmp_path)

    class Killed(BaseException):
        """As a signal would."""

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(store, "swap_manifest", die)
    with pytest.raises(Killed):
        lake(tmp_path, flows=flows(2.0))
    opened = Store(tmp_path)
    assert opened.id == old.id
    assert opened.table("flows").to_pyarrow()["value_usd"].to_pylist() == [1.0]
    opened.verify()


def test_a_frame_that_does_not_fit_leaves_the_old_lake(tmp_path: Path) -> None:
    old = lake(tmp_path)
    with pytest.raises(SchemaError):
        lake(tmp_path, flows=flows(-1.0))
    assert Store(tmp_path).id == old.id


def test_a_folder_that_is_no_lake(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match=r"is not a lake: it has no manifest\.json"):
        Store(tmp_path)
    with pytest.raises(LakeError, match="is not a lake"):
        Store(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1}', "\x00", '{"schema": 1, "tab'])
def test_a_manifest_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    lake(tmp_path)
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(LakeError, match="manifest"):
        Store(tmp_path)


def test_another_schema_version(tmp_path: Path) -> None:
    lake(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    with pytest.raises(LakeError, match="has schema version 99, this comity reads version 1") as e:
        Store(tmp_path)
    assert "Build the lake again" in e.value.hint


def test_a_missing_table(tmp_path: Path) -> None:
    lake(tmp_path)
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["tables"]["votes"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(LakeError, match="lacks the table votes"):
        Store(tmp_path)


def test_a_manifest_that_does_not_say_what_its_tables_hold(tmp_path: Path) -> None:
    lake(tmp_path)
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["holdings"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(LakeError, match="does not say what flows and ties hold"):
        Store(tmp_path)


def test_a_missing_file(tmp_path: Path) -> None:
    lake(tmp_path)
    gone = next(tmp_path.glob("flows-*"))
    gone.unlink()
    with pytest.raises(LakeError, match=rf"{gone.name} is missing"):
        Store(tmp_path)


def test_a_truncated_file_is_met_on_opening(tmp_path: Path) -> None:
    lake(tmp_path)
    cut = next(tmp_path.glob("flows-*"))
    cut.write_bytes(cut.read_bytes()[:-10])
    with pytest.raises(LakeError, match=rf"{cut.name} is damaged: .* bytes instead of"):
        Store(tmp_path)


def test_a_changed_byte_is_met_by_verify(tmp_path: Path) -> None:
    opened = lake(tmp_path)
    changed = next(tmp_path.glob("flows-*"))
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(bytes(content))
    with pytest.raises(LakeError, match="its content has changed"):
        opened.verify()


def test_a_table_that_no_lake_has(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="has no table 'weather'"):
        lake(tmp_path).table("weather")
    with pytest.raises(LakeError, match="There is no table weather"):
        lake(tmp_path, weather=flows())


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="could not be written"):
        lake(tmp_path / "file" / "lake")


def test_a_lake_takes_no_more_memory_than_it_may_and_prints_nothing() -> None:
    from comity.starter import path

    database = Store(path(), memory="300MB").database
    settings = "SELECT current_setting('memory_limit'), current_setting('enable_progress_bar')"
    assert database.execute(settings).fetchone() == ("286.1 MiB", False)
