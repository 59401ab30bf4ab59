"""Questions about a pair: what is kept as SQL answers as the Ibis expression does."""

from __future__ import annotations

import pandas as pd
import pytest

from comity import starter
from comity.lake import Dossier, Store, engine
from comity.lake.kept import VARIABLE
from comity.lake.questions import QUESTIONS, until_year


@pytest.fixture(scope="module")
def store():
    return Store(starter.path())


def by_ibis(store, name, a, b, until):
    question = QUESTIONS[name]
    asked = question.ask(store.table(question.table, leave=question.leave), a, b)
    return until_year(asked, until).to_pyarrow()


@pytest.mark.parametrize("until", [None, 2016])
@pytest.mark.parametrize("name", QUESTIONS)
def test_what_is_written_out_answers_as_the_expression_does(store, name, until):
    for a, b in (("IND", "RUS"), ("NRU", "DEU")):
        found, expected = store.ask(name, a, b, until), by_ibis(store, name, a, b, until)
        assert found.schema == expected.schema
        assert found.equals(expected)
    assert store.ask(name, "IND", "RUS", until).num_rows > 0


def test_a_year_leaves_out_what_is_later(store):
    whole, past = (store.ask("ties", "IND", "RUS", until) for until in (None, 2016))
    years = past["year"].to_pylist()
    assert max(years) <= 2016
    assert len(years) == sum(year <= 2016 for year in whole["year"].to_pylist())


@pytest.mark.parametrize("kept", ["off", "on"])
def test_a_lake_that_was_closed_answers_again(kept, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "off" if kept == "off" else str(tmp_path))
    store = Store(starter.path())
    first = store.ask("facts", "IND", "RUS")
    table = store.table("facts").count().to_pyarrow().as_py()
    store.close()
    store.close()
    assert store.ask("facts", "IND", "RUS").equals(first)
    assert store.table("facts").count().to_pyarrow().as_py() == table


def test_what_is_kept_needs_no_ibis(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    first = Store(starter.path()).ask("ties", "IND", "RUS")

    def fail(_):
        raise AssertionError("Ibis is not needed for this")

    monkeypatch.setattr(engine, "over", fail)
    assert Store(starter.path()).ask("ties", "IND", "RUS").equals(first)
    with pytest.raises(AssertionError):
        Store(starter.path()).table("ties")


def test_reading_ahead_gives_the_same_rows(store):
    plain, ahead = (Dossier(store, "IND", "RUS", until=2020) for _ in range(2))
    ahead.read_ahead()
    assert ahead.flows == plain.flows
    for name in ("ties", "facts", "statements"):
        pd.testing.assert_frame_equal(getattr(ahead, name), getattr(plain, name))
    assert ahead.proximity == plain.proximity
    pd.testing.assert_frame_equal(ahead.ties_of("migrants"), plain.ties_of("migrants"))
    assert ahead.facts_of("no such indicator").empty


def test_a_thread_may_ask_while_ibis_reads(monkeypatch):
    """On a lake just opened, with nothing kept: views are made while other tables are read."""
    monkeypatch.setenv(VARIABLE, "off")
    for _ in range(5):
        store = Store(starter.path())
        dossier = Dossier(store, "IND", "RUS")
        dossier.read_ahead()
        counts = [store.table(name).count().to_pyarrow().as_py() for name in ("votes", "facts")]
        assert counts == [store.rows("votes"), store.rows("facts")]
        assert dossier.proximity["distance_km"] > 0
        assert len(dossier.statements)
