"""The ledger that comes with comity: built from the facts, complete, every id resolving."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from comity import catalogue
from comity.errors import LedgerError, NoDataError
from comity.intent import ledger as ledgers
from comity.intent.ledger import Ledger, files
from comity.intent.ledger.check import check
from comity.intent.ledger.dates import first_day, last_day
from comity.intent.ledger.fields import PILLARS
from comity.starter.ledger import build

HERE = Path(build.__file__).parent
DOCS = Path(__file__).parents[3] / "docs" / "promises.md"


@pytest.fixture(scope="module")
def facts(shared_data: Path) -> Path:
    return shared_data.parent / "facts"


def test_the_facts_give_the_same_bytes(facts: Path, tmp_path: Path) -> None:
    build.build(facts, tmp_path)
    for name in ("parties", "sources", "promises", "assessments"):
        assert (tmp_path / f"{name}.csv").read_bytes() == (HERE / f"{name}.csv").read_bytes(), name


def test_every_row_of_the_facts_is_there_or_said_to_be_dropped(starter: Ledger) -> None:
    dropped = [id for id, change in build.read_corrections().items() if "drop" in change]
    merged = 8
    assert len(starter) == 108 + 151 - len(dropped) - merged


def test_the_files_pass_the_checks_of_an_import() -> None:
    assert check(files.read(HERE))


def test_every_correction_is_in_the_docs() -> None:
    text = DOCS.read_text(encoding="utf-8")
    missing = [id for id in build.read_corrections() if f"`{id}`" not in text]
    assert missing == []


def test_everything_named_resolves(starter: Ledger) -> None:
    for promise in starter:
        assert all(starter.source(id) for id in promise.sources)
        assert all(starter.promise(id) for id in (*promise.repeats, *promise.part_of))
        for assessment in starter.assessments(promise):
            assert starter.source(assessment.source)
        assert starter.assessments(promise), promise.id
        for party in promise.parties:
            assert starter.members(party)


def test_no_outcome_rests_on_a_page_that_is_older(starter: Ledger) -> None:
    for promise in starter:
        for assessment in starter.assessments(promise):
            page = starter.source(assessment.source)
            if assessment.evidence_on and page.date:
                assert last_day(page.date) >= first_day(assessment.evidence_on), promise.id


def test_pillars_are_the_catalogue_s() -> None:
    assert all(catalogue.pillar(name) for name in PILLARS)


def test_reading_it_needs_no_database() -> None:
    code = (
        "import sys; from comity.intent import ledger; ledger.open('starter'); "
        "sys.exit(bool({'sqlalchemy', 'alembic', 'yaml', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_it_cannot_be_written_to() -> None:
    from comity.intent.ledger.places import locate

    with pytest.raises(LedgerError, match="cannot be written"):
        locate("starter", writing=True)


def test_the_ledger_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from comity.intent.ledger.places import locate, user_ledger

    assert locate() == "starter"
    assert locate(writing=True) == str(user_ledger())
    user_ledger().parent.mkdir(parents=True)
    user_ledger().touch()
    assert locate() == str(user_ledger())
    monkeypatch.setenv("COMITY_LEDGER", "postgresql+psycopg://x/y")
    assert locate() == "postgresql+psycopg://x/y"
    assert locate("starter") == "starter"


def test_a_promise_that_is_not_there_is_a_sentence(starter: Ledger) -> None:
    with pytest.raises(NoDataError, match="no promise 'x'"):
        starter.promise("x")
    assert "IR-001" not in starter
    assert ledgers.open("starter") is starter


def test_pairs_are_found_in_either_order(starter: Ledger) -> None:
    assert starter.promises("RUS", "IND") == starter.promises("IND", "RUS")
    assert len(starter.promises("IND")) > len(starter.promises("IND", "RUS"))
    assert ("AFR", "CHN") in starter.pairs()
