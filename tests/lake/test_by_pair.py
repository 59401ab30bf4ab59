"""Years put together by pair have the rows of the years, and never of years that are gone."""

from __future__ import annotations

import json

import pytest

from comity.errors import LakeError, OutputError
from comity.intake import add, look
from comity.lake import Dossier, Store, by_pair

from ..invented_baci import FRANCE, INDIA, ROWS, release

ORDER = ["exporter", "importer", "year", "product", "source", "basis"]
YEARS = (2019, 2020, 2021, 2022)


def took(path, folder, **more):
    return list(add(look(path), folder, **more))


def in_order(table):
    return table.to_pyarrow().sort_by([(name, "ascending") for name in ORDER])


def in_order_rows(table):
    return sorted(table.to_pylist(), key=lambda row: [str(row[name]) for name in ORDER])


def assert_same(store):
    rows = in_order(store.flows_by_pair())
    assert rows.equals(in_order(store.table("flows", leave="world")))
    assert rows.num_rows > store.rows("details")


def files(store):
    return {path.name for path in store.folder.glob("*.parquet")}


@pytest.mark.parametrize(("rows", "group"), [(4_000_000, 32_768), (20, 7)])
def test_rows_are_those_of_the_years_in_the_order_of_pairs(tmp_path, monkeypatch, rows, group):
    monkeypatch.setattr(by_pair, "_ROWS", rows)
    monkeypatch.setattr(by_pair, "_GROUP", group)
    took(release(tmp_path / "a.zip", years=YEARS), tmp_path / "lake")
    store = Store(tmp_path / "lake")
    [held] = store.by_pair
    assert len(held.files) == 1 if rows > 20 else len(held.files) > 1
    assert sum(pairs.file.rows for pairs in held.files) == sum(
        f.rows for f in store.files["flows"] if f.name in held.of
    )
    assert len(held.of) == 2 * len(YEARS)
    assert_same(store)
    keys = []
    for pairs in held.files:
        own = store.connection.read_parquet(str(store.folder / pairs.file.name)).to_pyarrow()
        assert all(pairs.may_have([exporter]) for exporter in own["exporter"].to_pylist())
        keys += zip(*(own[name].to_pylist() for name in ORDER[:3]), strict=True)
    assert keys == sorted(keys)
    store.verify()


def test_a_pair_reads_the_files_of_its_own_exporters_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(by_pair, "_ROWS", 20)
    monkeypatch.setattr(by_pair, "_GROUP", 7)
    path = release(tmp_path / "a.zip", years=YEARS)
    took(path, tmp_path / "with")
    monkeypatch.setattr(by_pair, "_LEAST_YEARS", 100)
    took(path, tmp_path / "without")
    with_, without = (Store(tmp_path / name) for name in ("with", "without"))
    [held] = with_.by_pair
    for a, b in (("IND", "RUS"), ("FRA", "USA"), ("TWN", "RUS")):
        assert sum(pairs.may_have([a, b, "WLD"]) for pairs in held.files) < len(held.files)
        assert in_order_rows(with_.ask("flows", a, b)) == in_order_rows(without.ask("flows", a, b))


def test_a_lake_of_before_has_them_in_one_file(tmp_path):
    took(release(tmp_path / "a.zip", years=YEARS), tmp_path / "lake")
    path = tmp_path / "lake" / "manifest.json"
    manifest = json.loads(path.read_text())
    [entry] = manifest["by_pair"]
    [pairs] = entry.pop("files")
    entry["file"] = pairs["file"]
    path.write_text(json.dumps(manifest))
    assert_same(Store(tmp_path / "lake"))
    assert Dossier(Store(tmp_path / "lake"), "IND", "RUS").flows["RUS", "IND"]


def test_a_pair_reads_the_same_in_the_same_order_without_them(tmp_path, monkeypatch):
    path = release(tmp_path / "a.zip", years=YEARS)
    took(path, tmp_path / "with")
    monkeypatch.setattr(by_pair, "_LEAST_YEARS", 100)
    took(path, tmp_path / "without")
    with_, without = (Store(tmp_path / name) for name in ("with", "without"))
    assert (len(with_.by_pair), len(without.by_pair)) == (1, 0)
    assert Dossier(with_, "IND", "RUS").flows == Dossier(without, "IND", "RUS").flows
    assert with_.id == without.id  # what can be made from the rest is no content of its own


def test_few_years_are_not_worth_it(tmp_path):
    took(release(tmp_path / "a.zip", years=YEARS[:3]), tmp_path / "lake")
    store = Store(tmp_path / "lake")
    assert store.by_pair == []
    assert_same(store)


def test_what_comes_later_is_put_together_once_it_is_worth_it(tmp_path):
    lake = tmp_path / "lake"
    took(release(tmp_path / "a.zip", years=YEARS), lake)
    path = release(tmp_path / "b.zip", years=range(2010, 2016))
    took(path, lake, years=frozenset({2010, 2011}))
    assert len(Store(lake).by_pair) == 1
    assert_same(Store(lake))
    took(path, lake)
    store = Store(lake)
    assert [len(pairs.of) for pairs in store.by_pair] == [20]  # few that were there, anew
    assert_same(store)
    many = release(tmp_path / "c.zip", years=range(2030, 2034))
    took(many, lake)
    store = Store(lake)
    assert [len(pairs.of) for pairs in store.by_pair] == [20, 8]  # many that were there, left
    assert_same(store)
    store.verify()


def test_a_year_that_is_replaced_takes_them_along(tmp_path):
    lake = tmp_path / "lake"
    took(release(tmp_path / "a.zip", years=YEARS), lake)
    [before] = Store(lake).by_pair
    reader = Store(lake)
    more = (*ROWS, (FRANCE, INDIA, "880240", "9.000", "NA"))
    steps = add(look(release(tmp_path / "b.zip", years=(2022,), rows=more)), lake)
    next(steps)
    steps.close()  # broken off before they are put together again
    assert Store(lake).by_pair == []
    assert_same(Store(lake))
    assert_same(reader)  # who came before still reads
    took(tmp_path / "b.zip", lake)
    store = Store(lake)
    [after] = store.by_pair
    assert not after.names() & before.names()
    assert_same(store)
    took(release(tmp_path / "c.zip", years=(2015,)), lake)
    assert not before.names() & files(store)


def test_a_damaged_one_is_named(tmp_path):
    took(release(tmp_path / "a.zip", years=YEARS), tmp_path / "lake")
    store = Store(tmp_path / "lake")
    path = store.folder / store.by_pair[0].files[0].file.name
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    assert list(store.find_damage()) == [path.name]
    path.unlink()
    with pytest.raises(LakeError, match="is missing"):
        Store(tmp_path / "lake")


def test_a_full_disk_while_they_are_written_keeps_the_years_and_the_same_command_goes_on(
    tmp_path, monkeypatch
):
    path, lake = release(tmp_path / "a.zip", years=YEARS), tmp_path / "lake"

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(by_pair, "write_table", fail)
        with pytest.raises(OutputError, match="No space left"):
            took(path, lake)
    store = Store(lake)
    [addition] = store.manifest["additions"]
    assert (addition["years"], addition["whole"]) == (list(YEARS), True)
    assert store.by_pair == []
    assert_same(store)
    assert files(store) >= {file.name for file in store.all_files()}
    assert took(path, lake) == []
    assert len(Store(lake).by_pair) == 1
    assert_same(Store(lake))
