"""The database: alike on SQLite and PostgreSQL, append-only, safe from crowds and crashes."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from comity.errors import AppendOnlyError, LedgerError
from comity.intent import ledger as ledgers
from comity.intent.ledger import Assessment, Ledger, Promise, Status
from comity.intent.ledger.database import Database, Written
from comity.intent.ledger.fields import Record, build
from comity.intent.ledger.tables import Base

SOURCE = build("sources", {"id": "s1", "publisher": "A ministry", "date": "2025"})
PARTIES = [build("parties", {"id": id, "kind": "country", "name": id}) for id in ("AAA", "BBB")]


def promise(id: str = "p1", **more: object) -> Promise:
    row = {
        "id": id,
        "kind": "project",
        "pillar": "trade",
        "text": "Build a bridge.",
        "parties": ("AAA", "BBB"),
        "promised_by": ("BBB", "AAA"),
        "due": "2030",
        "source": "s1",
    }
    made = build("promises", row | more)
    assert isinstance(made, Promise)
    return made


def assessment(id: str = "a1", **more: object) -> Assessment:
    row = {
        "id": id,
        "promise": "p1",
        "by": "somebody",
        "assessed_on": "2025-12-05",
        "status": "pending",
        "source": "s1",
    }
    made = build("assessments", row | more)
    assert isinstance(made, Assessment)
    return made


def filled(place: str, *more: Record) -> Database:
    database = Database(place)
    database.write([*PARTIES, SOURCE, promise(), assessment(), *more])
    return database


def everything(ledger: Ledger) -> list[Record]:
    return [record for rows in ledger.records().values() for record in rows]


def test_starter_goes_in_and_comes_out_the_same(place: str, starter: Ledger) -> None:
    database = Database(place)
    first = database.write(everything(starter))
    assert first.new["promises"] == len(starter)
    assert database.read().id == starter.id
    again = database.write(everything(starter))
    assert again == Written(dict.fromkeys(first.new, 0), first.new, dict.fromkeys(first.new, 0))


def test_a_ledger_that_was_not_made_yet_is_empty_and_stays_unmade(place: str) -> None:
    database = Database(place)
    assert len(database.read_if_there()) == 0
    with pytest.raises(LedgerError):
        database.read()
    filled(place)
    assert len(database.read_if_there()) == 1


def test_lists_keep_their_order(place: str) -> None:
    database = filled(place)
    assert database.read().promise("p1").promised_by == ("BBB", "AAA")


def test_migrations_make_the_tables_of_the_models(place: str) -> None:
    database = filled(place)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": False, "include_object": _not_alembic}
        )
        assert compare_metadata(context, Base.metadata) == []


def _not_alembic(_thing: object, name: str, kind: str, *_: object) -> bool:
    return not (kind == "table" and name == "alembic_version")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assessments SET status = 'delivered'",
        "DELETE FROM assessments",
        "DELETE FROM promises",
        "UPDATE promises SET due = '2035'",
    ],
)
def test_database_itself_keeps_what_was_said(place: str, statement: str) -> None:
    database = filled(place)
    before = database.read().id
    with pytest.raises(sa.exc.DBAPIError), database.engine.begin() as connection:
        connection.execute(sa.text(statement))
    assert database.read().id == before


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_postgres_refuses_to_truncate(place: str) -> None:
    database = filled(place)
    with pytest.raises(sa.exc.DBAPIError), database.engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE assessments"))


def test_an_assessment_with_a_known_id_is_never_changed(place: str) -> None:
    database = filled(place)
    with pytest.raises(AppendOnlyError, match="never changed"):
        database.write([assessment(status="delivered")], update=True)
    assert database.read().status("p1") is Status.pending


def test_the_original_due_date_stays_and_the_new_one_stands_beside_it(place: str) -> None:
    database = filled(place)
    with pytest.raises(AppendOnlyError, match="was due 2030"):
        database.write([promise(due="2035")], update=True)
    database.write([promise(due_now="2035")], update=True)
    held = database.read().promise("p1")
    assert (held.due, held.due_now) == ("2030", "2035")


def test_other_content_needs_update(place: str) -> None:
    database = filled(place)
    with pytest.raises(LedgerError, match="another text"):
        database.write([promise(text="Build two bridges.")])
    done = database.write([promise(text="Build two bridges.", promised_by=("AAA",))], update=True)
    assert done.changed["promises"] == 1
    assert database.read().promise("p1").promised_by == ("AAA",)


def test_a_write_is_all_or_nothing(place: str) -> None:
    database = filled(place)
    before = database.read().id
    lost = promise("p3", source="nowhere")
    with pytest.raises(LedgerError):
        database.write([promise("p2"), lost])
    assert database.read().id == before


def test_the_latest_assessment_holds(place: str) -> None:
    later = assessment("a2", assessed_on="2026-01-01", status="delivered")
    database = filled(place, later)
    ledger = database.read()
    assert ledger.status("p1") is Status.delivered
    assert [a.id for a in ledger.assessments("p1")] == ["a1", "a2"]


WRITER = """
import sys
from comity.intent.ledger.database import Database
from comity.intent.ledger.fields import build

place, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
database = Database(place)
for n in range(count):
    row = dict(promise="p1", by=name, assessed_on="2026-01-01", status="pending",
               evidence=f"{name} {n}", source="s1")
    database.write([build("assessments", row)])
"""


def test_two_who_write_at_once_lose_nothing(place: str) -> None:
    filled(place)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, place, name, "15"], stderr=subprocess.PIPE, text=True
        )
        for name in ("Asha", "Boris")
    ]
    for writer in writers:
        _, said = writer.communicate(timeout=600)
        assert writer.returncode == 0, said
    evidence = {a.evidence for a in Database(place).read().assessments("p1")}
    assert evidence - {""} == {f"{name} {n}" for name in ("Asha", "Boris") for n in range(15)}


def test_two_who_make_the_ledger_at_once_make_one(place: str) -> None:
    code = (
        "import sys; from comity.intent.ledger.database import Database; "
        "from comity.intent.ledger import open; L = open('starter'); "
        "Database(sys.argv[1]).write(r for rows in L.records().values() for r in rows)"
    )
    makers = [
        subprocess.Popen([sys.executable, "-c", code, place], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for maker in makers:
        _, said = maker.communicate(timeout=600)
        assert maker.returncode == 0, said
    assert Database(place).read().id == ledgers.open("starter").id


HALF = """
import sys, time
from pathlib import Path
from comity.cli import main
from comity.intent.ledger import database

whole = database._insert
file, place, mark = sys.argv[1:]
def half(connection, name, records):
    whole(connection, name, records)
    if name == "promises":
        Path(mark).write_text("half")
        time.sleep(600)
database._insert = half
sys.argv = ["comity", "promises", "import", file, "--ledger", place]
main()
"""


def test_an_import_that_is_killed_half_way_leaves_the_ledger_as_it_was(
    place: str, starter: Ledger, tmp_path: Path
) -> None:
    from comity.intent.ledger import files

    database = filled(place)
    before = database.read().id
    files.write(starter.records(), tmp_path / "all.json", "json")
    mark = tmp_path / "mark"
    importer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HALF), str(tmp_path / "all.json"), place, str(mark)],
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 300
    while not mark.exists() and importer.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    if not mark.exists():
        importer.kill()
        pytest.fail(importer.communicate()[1])
    os.kill(importer.pid, signal.SIGKILL)
    importer.wait()
    if importer.stderr:
        importer.stderr.close()
    assert Database(place).read().id == before
    database.write(everything(starter))
    assert len(database.read()) == len(starter) + 1


def test_errors_are_sentences_without_passwords(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="There is no ledger"):
        Database(tmp_path / "none.sqlite").read()
    (tmp_path / "noise").write_bytes(os.urandom(4096))
    with pytest.raises(LedgerError, match="not a database"):
        Database(tmp_path / "noise").read()
    empty = tmp_path / "empty.sqlite"
    empty.touch()
    with pytest.raises(LedgerError, match="not a ledger"):
        Database(empty).read()
    with pytest.raises(LedgerError, match="cannot be kept in mysql"):
        Database("mysql://x@y/z")
    with pytest.raises(LedgerError, match="not the address"):
        Database("postgresql+nonsense://x")
    with pytest.raises(LedgerError) as refused:
        Database("postgresql+psycopg://me:secret@127.0.0.1:1/none").read()
    assert "secret" not in str(refused.value)
    assert "127.0.0.1" in str(refused.value)


def test_a_ledger_of_a_newer_comity_is_refused(place: str) -> None:
    database = filled(place)
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerError, match="version 9999"):
        database.read()
    with pytest.raises(LedgerError, match="does not know"):
        database.write([promise("p2")])


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be made"):
        Database(tmp_path / "file" / "ledger.sqlite").upgrade()


def test_records_with_the_same_content_are_the_same_record() -> None:
    assert promise() == dataclasses.replace(promise())
    assert assessment("").id == assessment("").id != assessment("", status="missed").id
