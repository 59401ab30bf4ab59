"""DuckDB over files is closed between questions, and opens again with what it needs."""

from __future__ import annotations

import threading

import pytest

from comity import starter
from comity.lake import Store
from comity.lake.opened import Opened


@pytest.fixture
def facts():
    store = Store(starter.path())
    return [str(store.folder / file.name) for file in store.files["facts"]]


def test_it_is_closed_only_when_nobody_asks(facts):
    opened, closed = Opened(), threading.Event()

    def close():
        opened.close()
        closed.set()

    with opened.asking("facts", facts) as cursor:
        first = opened.database
        closing = threading.Thread(target=close)
        closing.start()
        rows = cursor.sql("SELECT count(*) FROM facts").fetchone()
        assert not closed.is_set()  # nor will it be while this one asks
    closing.join()
    assert closed.is_set()
    with opened.asking("facts", facts) as cursor:
        assert opened.database is not first
        assert cursor.sql("SELECT count(*) FROM facts").fetchone() == rows


def test_a_question_that_fails_does_not_keep_it_open(facts):
    opened = Opened()
    with pytest.raises(KeyError), opened.asking("facts", facts):
        raise KeyError
    opened.close()
    opened.close()
    assert opened.backend.list_tables() == []


def test_views_are_made_once(facts):
    opened = Opened()
    for _ in range(2):
        opened.view("facts", facts)
    assert opened.backend.list_tables() == ["facts"]
