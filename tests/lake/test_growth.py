"""A lake takes in files one after the other: whole, once, and each on top of what was there."""

from __future__ import annotations

import json
import multiprocessing
import threading

import pandas as pd
import pytest

from comity import api, starter
from comity.errors import InputFileError, LakeError, OutputError, SchemaError
from comity.intake import add, look, source_row
from comity.lake import TOTAL, WORLD, Store
from comity.lake.addition import Addition
from comity.lake.growth import grow
from comity.lake.lock import locked

from ..invented_baci import FRANCE, INDIA, ROWS, release

SOURCE = {
    "id": "invented", "publisher": "Nobody", "title": "Invented", "licence": "CC0 1.0",
    "citation": "Nobody.", "redistributable": True,
}  # fmt: skip


def took(path, folder, **more):
    return list(add(look(path), folder, **more))


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


def facts(value, country="IND", source="invented"):
    row = {"indicator": "gdp", "year": 2030, "country": country, "value": value, "unit": "USD"}
    return pd.DataFrame([row | {"source": source}])


def put(folder, tables, sha256, **source):
    with grow(folder, starter.path()) as lake:
        row = SOURCE | source
        done = Addition("a.csv", sha256, "nobody", "a table", str(row["id"]))
        return lake.add_tables(tables, row, done)


def ask(store, name, **wanted):
    rows = store.table(name)
    for column, value in wanted.items():
        rows = rows.filter(rows[column] == value)
    return rows.to_pyarrow().to_pandas()


def test_a_new_lake_begins_with_the_embedded_data(tmp_path):
    folder = tmp_path / "new" / "lake"
    took(release(tmp_path / "a.zip"), folder)
    mine, embedded = Store(folder), Store(starter.path())
    for name in ("ties", "facts", "votes", "proximity", "agreements"):
        assert mine.rows(name) == embedded.rows(name)
    assert set(embedded.sources) < set(mine.sources)
    assert mine.id != embedded.id
    mine.verify()


def test_each_year_is_a_step_and_its_rows_are_there(tmp_path):
    steps = took(release(tmp_path / "a.zip"), tmp_path / "lake")
    assert [step.year for step in steps] == [2022, 2023]
    store = Store(tmp_path / "lake")
    source = "cepii-baci-hs22-202501"
    assert store.sources[source]["publisher"] == "CEPII"
    details = ask(store, "details", source=source, year=2023)
    assert len(details) == len(ROWS) - 1
    total = ask(store, "flows", source=source, year=2023, exporter="RUS", importer="IND")
    assert total.set_index("product")["value_usd"][TOTAL] == 66_149_125.0
    world = ask(store, "flows", source=source, year=2022, exporter=WORLD, importer="IND")
    assert world.set_index("product")["value_usd"]["270900"] == 66_000_000.0
    held = [h for h in store.holdings["flows"] if h.source == source and h.what == TOTAL]
    assert [(h.year, h.pairs, h.origins, h.destinations) for h in held] == [
        (2022, 5, 4, 3),
        (2023, 5, 4, 3),
    ]
    assert {(w.year, w.level) for w in store.worlds if w.source == source} == {
        (year, level) for year in (2022, 2023) for level in (2, 4, 6)
    }
    counted = {s["id"]: s["rows"] for s in store.manifest["sources"]}[source]
    assert counted["details"] == 2 * (len(ROWS) - 1)
    assert counted["flows"] == len(ask(store, "flows", source=source))


def test_a_large_year_is_cut_in_files_that_are_written_at_once(tmp_path, monkeypatch):
    from comity.lake import growth

    path = release(tmp_path / "a.zip", years=(2022,))
    took(path, tmp_path / "whole")
    monkeypatch.setattr(growth, "_MOST_ROWS", 3)
    took(path, tmp_path / "cut")
    cut, whole = Store(tmp_path / "cut"), Store(tmp_path / "whole")
    assert len(cut.files["details"]) == 3
    cut.verify()
    for name in ("details", "flows"):
        rows = [
            store.table(name).filter(lambda t: t.source == "cepii-baci-hs22-202501").to_pyarrow()
            for store in (cut, whole)
        ]
        order = [(c, "ascending") for c in ("exporter", "importer", "product")]
        assert rows[0].sort_by(order).equals(rows[1].sort_by(order))
    assert cut.holdings == whole.holdings
    assert cut.worlds == whole.worlds
    took(release(tmp_path / "b.zip", years=(2022,), rows=ROWS[:3]), tmp_path / "cut")
    assert Store(tmp_path / "cut").rows("details") == 3


def test_a_second_add_of_the_same_file_changes_nothing(tmp_path):
    path = release(tmp_path / "a.zip")
    took(path, tmp_path / "lake")
    before = content(tmp_path / "lake")
    assert took(path.rename(tmp_path / "other name.zip"), tmp_path / "lake") == []
    assert content(tmp_path / "lake") == before


def test_an_addition_goes_on_where_it_was_broken_off(tmp_path):
    path = release(tmp_path / "a.zip", years=(2021, 2022, 2023))
    steps = add(look(path), tmp_path / "lake")
    assert next(steps).year == 2021
    steps.close()  # as if the command had been stopped
    store = Store(tmp_path / "lake")
    assert [one["years"] for one in store.manifest["additions"]] == [[2021]]
    assert [step.year for step in took(path, tmp_path / "lake")] == [2022, 2023]
    [one] = Store(tmp_path / "lake").manifest["additions"]
    assert (one["years"], one["whole"]) == ([2021, 2022, 2023], True)


def test_years_asked_for_and_more_of_them_later(tmp_path):
    path = release(tmp_path / "a.zip", years=(2021, 2022, 2023))
    lake = tmp_path / "lake"
    assert [s.year for s in took(path, lake, years=frozenset({2022}))] == [2022]
    assert took(path, lake, years=frozenset({2022})) == []
    assert [s.year for s in took(path, lake)] == [2021, 2023]


def test_a_year_of_the_same_release_in_another_archive_takes_the_old_ones_place(tmp_path):
    lake = tmp_path / "lake"
    took(release(tmp_path / "a.zip", years=(2023,)), lake)
    more = (*ROWS, (FRANCE, INDIA, "880240", "9.000", "NA"))
    took(release(tmp_path / "b.zip", years=(2023,), rows=more), lake)
    store = Store(lake)
    assert len(ask(store, "details", year=2023)) == len(more) - 1
    hashes = store.sources["cepii-baci-hs22-202501"]["sha256"].split(";")
    assert hashes == [look(tmp_path / f"{name}.zip").sha256 for name in "ab"]


def test_what_a_year_holds_is_counted_as_any_table_is(tmp_path):
    from comity.lake.contents import count_holdings, count_worlds

    took(release(tmp_path / "a.zip"), tmp_path / "lake")
    store = Store(tmp_path / "lake")
    flows = store.table("flows").filter(lambda t: t.source == "cepii-baci-hs22-202501").to_pyarrow()
    mine = [h for h in store.holdings["flows"] if h.source == "cepii-baci-hs22-202501"]
    short = [h for h in count_holdings("flows", flows) if len(h.what) <= 2 or h.what == TOTAL]
    assert mine == short
    worlds = [w for w in store.worlds if w.source == "cepii-baci-hs22-202501"]
    assert sorted(worlds, key=lambda w: (w.year, w.level)) == count_worlds(flows)


def test_two_releases_stand_beside_each_other(tmp_path):
    lake = tmp_path / "lake"
    took(release(tmp_path / "a.zip", years=(2023,)), lake)
    took(release(tmp_path / "b.zip", years=(2023,), version="202601"), lake)
    rows = ask(Store(lake), "flows", exporter="RUS", importer="IND", product=TOTAL, year=2023)
    assert sorted(rows["source"]) == [
        "cepii-baci-202501", "cepii-baci-hs22-202501", "cepii-baci-hs22-202601",
    ]  # fmt: skip


def test_a_flow_that_occurs_twice_is_refused_and_nothing_is_written(tmp_path):
    lake = tmp_path / "lake"
    took(release(tmp_path / "a.zip", years=(2022,)), lake)
    before = content(lake)
    twice = release(tmp_path / "b.zip", (2023,), (*ROWS, ROWS[0]))
    with pytest.raises(SchemaError, match="010121 from FRA to IND in 2023 occurs more than once"):
        took(twice, lake)
    assert content(lake) == before


def test_unsorted_rows_come_sorted(tmp_path):
    path = tmp_path / "shuffled.csv"
    lines = [f"2023,{i},{j},{k},{v},{q}" for i, j, k, v, q in reversed(ROWS)]
    path.write_text("\n".join(["t,i,j,k,v,q", *lines]) + "\n")
    took(path, tmp_path / "lake")
    rows = Store(tmp_path / "lake").table("details").to_pyarrow().to_pandas()
    keys = list(zip(rows["exporter"], rows["importer"], rows["product"], strict=True))
    assert keys == sorted(keys)


def test_a_row_with_the_same_key_takes_the_old_ones_place(tmp_path):
    lake = tmp_path / "lake"
    put(lake, {"facts": facts(1.0)}, "1" * 64)
    both = pd.concat([facts(2.0), facts(5.0, "RUS")])
    put(lake, {"facts": both}, "2" * 64)
    store = Store(lake)
    rows = ask(store, "facts", year=2030).set_index("country")["value"]
    assert rows.to_dict() == {"IND": 2.0, "RUS": 5.0}
    assert store.rows("facts") == Store(starter.path()).rows("facts") + 2
    assert store.sources["invented"]["sha256"] == f"{'1' * 64};{'2' * 64}"


def test_a_row_of_an_embedded_source_is_brought_up_to_date(tmp_path):
    lake, embedded = tmp_path / "lake", Store(starter.path())
    old = embedded.table("facts").filter(lambda t: t.indicator == "gdp").limit(1)
    frame = old.to_pyarrow().to_pandas()
    put(
        lake, {"facts": frame.assign(value=42.0)}, "1" * 64,
        **{k: v for k, v in embedded.sources[frame["source"][0]].items() if v and k != "sha256"},
    )  # fmt: skip
    key = {name: frame[name][0] for name in ("indicator", "country", "source")}
    rows = ask(Store(lake), "facts", year=int(frame["year"][0]), **key)
    assert rows["value"].tolist() == [42.0]
    assert Store(lake).rows("facts") == embedded.rows("facts")


def test_distances_brought_anew_keep_what_the_new_source_does_not_know(tmp_path):
    embedded = ask(Store(starter.path()), "proximity", origin="IND", destination="RUS").iloc[0]
    new = pd.DataFrame([{"origin": "IND", "destination": "RUS", "distance_km": 1.0}])
    put(tmp_path / "lake", {"proximity": new.assign(source="invented")}, "1" * 64)
    [row] = ask(Store(tmp_path / "lake"), "proximity", origin="IND", destination="RUS").to_dict(
        "records"
    )
    assert row["distance_km"] == 1.0
    assert row["common_spoken_language"] == embedded["common_spoken_language"]
    assert set(row["also"].split(";")) == {
        embedded["source"], *filter(None, embedded["also"].split(";")),
    }  # fmt: skip


def test_tables_that_do_not_fit_leave_the_lake_as_it_was(tmp_path):
    lake = tmp_path / "lake"
    put(lake, {"facts": facts(1.0)}, "1" * 64)
    before = content(lake)
    with pytest.raises(SchemaError):
        put(lake, {"facts": facts(1.0, country="XXX")}, "2" * 64)
    assert content(lake) == before


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(LakeError, match=r"is no lake, and holds other things \(letters.txt\)"):
        took(release(tmp_path / "a.zip"), tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".lock", "a.zip", "letters.txt"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be made"):
        took(release(tmp_path / "a.zip"), tmp_path / "file" / "lake")


def test_files_of_nobody_and_files_that_are_not_there(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputFileError, match="no publisher's file that comity knows"):
        look(tmp_path / "a.csv")
    with pytest.raises(InputFileError, match="is not there"):
        look(tmp_path / "b.csv")
    with pytest.raises(InputFileError, match="is a folder"):
        look(tmp_path)


def test_a_reader_who_opened_the_lake_before_still_reads_it(tmp_path):
    lake = tmp_path / "lake"
    put(lake, {"facts": facts(1.0)}, "1" * 64)
    opened = Store(lake)
    put(lake, {"facts": facts(2.0)}, "2" * 64)
    assert ask(opened, "facts", year=2030)["value"].tolist() == [1.0]
    put(lake, {"facts": facts(3.0)}, "3" * 64)
    named = {f.name for files in Store(lake).files.values() for f in files}
    retired = set(json.loads((lake / "manifest.json").read_text())["retired"])
    assert {path.name for path in lake.glob("*.parquet")} == named | retired


def _hold(folder, entered, leave):
    with locked(folder):
        entered.set()
        leave.wait(20)


def test_one_writer_at_a_time(tmp_path):
    context = multiprocessing.get_context("spawn")
    entered, leave = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, entered, leave))
    other.start()
    try:
        assert entered.wait(30)
        with (
            pytest.raises(LakeError, match="Another process is adding"),
            grow(tmp_path, starter.path(), 0.1),
        ):
            pass
        leave.set()
        other.join(20)
        with grow(tmp_path, starter.path(), 0.1) as lake:  # the lock went with the process
            assert lake.additions == []
    finally:
        leave.set()
        other.join(20)


def test_which_lake_is_meant(tmp_path, monkeypatch):
    from comity.lake.places import user_lake, writable_lake

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("COMITY_LAKE")
    embedded = Store(starter.path()).id
    assert api.open().store.id == embedded
    took(release(tmp_path / "a.zip"), writable_lake())
    mine = Store(user_lake()).id
    assert api.open().store.id == mine != embedded
    assert api.open("starter").store.id == embedded
    monkeypatch.setenv("COMITY_LAKE", "starter")
    assert api.open().store.id == embedded
    with pytest.raises(LakeError, match="cannot be added to"):
        writable_lake()
    monkeypatch.setenv("COMITY_LAKE", str(tmp_path / "nowhere"))
    assert writable_lake() == tmp_path / "nowhere"
    with pytest.raises(LakeError, match="is not a lake"):
        api.open()


def test_the_source_row_is_the_catalogues(tmp_path):
    row = source_row(look(release(tmp_path / "a.zip")).found)
    assert (row["publisher"], row["licence"]) == ("CEPII", "Etalab Open Licence 2.0")
    assert (row["version"], row["years"]) == ("202501", "2022-2023")


def test_sums_are_not_made_in_the_thread_that_an_interruption_reaches(tmp_path, monkeypatch):
    from comity.lake import growth

    made, threads = growth.make_parts, []

    def make(*given):
        threads.append(threading.current_thread())
        return made(*given)

    monkeypatch.setattr(growth, "make_parts", make)
    took(release(tmp_path / "a.zip", years=(2022,)), tmp_path / "lake")
    assert threads
    assert threading.main_thread() not in threads
