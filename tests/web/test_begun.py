"""What workers begin with: the same answers, from memory filled before they were forked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from comity.lake import Store
from comity.starter import path as starter
from comity.web import begun
from comity.web.settings import Settings

SETTINGS = Settings(warm=False, log=False, rate=0, lake="starter", ledger="starter")


@pytest.fixture
def held(monkeypatch):
    """Begin without freezing this process's memory, and leave nothing behind."""
    monkeypatch.setattr(begun.gc, "freeze", lambda: None)
    yield begun._held
    begun._held.clear()


def test_a_closed_lake_opens_again():
    store = Store(starter())
    rows, before = store.table("facts").count().to_pyarrow(), store.database
    store.close()
    assert store.database is not before
    store.close()
    assert store.table("facts").count().to_pyarrow() == rows


def test_a_worker_takes_the_state_that_was_begun_for_its_settings(held):
    begun.begin(SETTINGS)
    (made,) = held
    assert begun.state_of(replace(SETTINGS, rate=1.0)) is not made
    assert begun.state_of(SETTINGS) is made
    assert begun.state_of(SETTINGS) is not made  # one process, one worker


def test_a_lake_that_changed_since_is_loaded_before_the_worker_serves(held, tmp_path):
    lake = tmp_path / "lake"
    shutil.copytree(starter(), lake)
    settings = replace(SETTINGS, lake=str(lake))
    for changes in (False, True):
        begun.begin(settings)
        held[0].begun = True
        manifest = lake / "manifest.json"
        if changes:
            about = json.loads(manifest.read_text()) | {"built": "2030-01-01"}
            manifest.write_text(json.dumps(about))
        state = begun.state_of(settings)
        assert state.begun is not changes
        assert (state.vintage.store.built == "2030-01-01") is changes


def test_what_is_wrong_is_left_for_the_workers_to_say(held, tmp_path):
    begun.begin(replace(SETTINGS, lake=str(tmp_path)))
    assert not held


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_worker_answers_as_the_process_it_came_from():
    # In a process of its own: this one has threads of other tests.
    words = [sys.executable, "-c", _FORKED]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    right, answered = done.stdout.splitlines()
    assert json.loads(right)["measures"]
    assert answered == right


_FORKED = """
import json, os
from comity.web import answers, begun
from comity.web.settings import Settings
settings = Settings(warm=False, log=False, rate=0, lake="starter", ledger="starter")
begun.begin(settings)
state = begun._held[0]
told = lambda: json.dumps(state.answer(answers.pair, "DEU", "FRA").data(), default=str)
print(told(), flush=True)
state.vintage.store.close()
state._kept.clear()
if not (child := os.fork()):
    state = begun.state_of(settings)
    print(told(), flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
