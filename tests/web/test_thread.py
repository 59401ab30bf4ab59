"""Work goes by when its request came, and what nobody waits for is not done."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from functools import partial

import pytest

from comity import starter
from comity.web.costs import Costs
from comity.web.settings import Settings
from comity.web.state import MANY, BusyError, State, Visit, came
from comity.web.thread import Thread


def test_the_second_piece_of_an_earlier_request_comes_before_the_first_of_a_later_one():
    thread, gate, done = Thread(), threading.Event(), []
    held = thread.submit(0.0, gate.wait)
    futures = [
        thread.submit(since, partial(done.append, name))
        for since, name in ((2.0, "b asks"), (3.0, "c asks"), (1.0, "a renders"))
    ]
    gate.set()
    for future in (held, *futures):
        future.result(60)
    assert done == ["a renders", "b asks", "c asks"]
    thread.stop()


def test_cancelled_work_is_not_done_and_does_not_count():
    thread, gate, done = Thread(), threading.Event(), []
    held = thread.submit(0.0, gate.wait)
    while len(thread):
        time.sleep(0.001)
    left = thread.submit(1.0, partial(done.append, "left"), 2.0)
    stays = thread.submit(2.0, partial(done.append, "stays"), 3.0)
    assert (len(thread), thread.expected()) == (2, 5.0)
    left.cancel()
    assert (len(thread), thread.expected()) == (1, 3.0)
    gate.set()
    stays.result(60)
    assert done == ["stays"]
    assert held.result()
    thread.stop()


def test_an_error_reaches_whoever_asked_and_the_thread_goes_on():
    thread = Thread()
    with pytest.raises(ZeroDivisionError):
        thread.submit(0.0, lambda: 1 // 0).result(60)
    assert thread.submit(0.0, lambda: 7).result(60) == 7
    thread.stop()
    assert thread.submit(0.0, lambda: 8).result(60) == 8
    thread.stop()


@pytest.fixture
def state():
    state = State(Settings(lake="starter", ledger="starter", patience=1.0, seconds=0.5))
    yield state
    state.close()


async def visit(state, work, *args):
    """Ask as one visitor: what is asked within belongs to one request."""
    came.set(Visit(time.monotonic()))
    return await state.run(work, *args)


def test_too_many_who_wait_are_told_to_come_again_and_too_long_is_said(state, run):
    gate = threading.Event()
    state._costs.learn("Event.wait", 1.3)  # then 0.6 is expected

    async def go():
        first, second, third = (asyncio.create_task(visit(state, gate.wait)) for _ in range(3))
        await asyncio.sleep(0.05)
        return await asyncio.gather(first, second, third, return_exceptions=True)

    found = run(go())
    gate.set()
    assert all(isinstance(one, BusyError) for one in found)
    assert "longer than 0.5 seconds" in found[0].message
    assert "longer than 0.5 seconds" in found[1].message
    assert "Too many" in found[2].message
    assert found[2].wait == 1


def test_a_first_answer_that_waited_for_what_is_loaded_does_not_turn_others_away():
    costs = Costs()
    costs.learn("pair", 6.0)
    assert 3 * costs.of("pair") < Settings().patience
    for _ in range(10):
        costs.learn("pair", 6.0)
    assert costs.of("pair") == pytest.approx(6.0, abs=0.2)


def test_done_work_is_no_longer_expected_when_its_answer_is_there():
    thread, seen = Thread(), []
    for _ in range(200):
        done = thread.submit(0.0, partial(time.sleep, 0.0), 5.0)
        done.add_done_callback(lambda _: seen.append(thread.expected()))
        done.result(60)
    thread.stop()
    assert seen == [0.0] * 200


def test_a_request_that_was_taken_on_is_answered_to_the_end(run):
    state = State(Settings(lake="starter", ledger="starter", patience=1.0, seconds=60.0))

    def slow():
        time.sleep(0.05)
        return "slow"

    state._costs.learn(slow.__qualname__, 5.0)

    async def both():
        came.set(Visit(time.monotonic()))
        await state.run(slow)
        other = asyncio.create_task(visit(state, slow))
        await asyncio.sleep(0)
        mine = await state.run(slow)  # though more waits by now than a new visitor may add to
        return mine, await other

    async def go():
        return await asyncio.create_task(both())

    assert run(go()) == ("slow", "slow")
    state.close()


def test_what_is_kept_costs_nothing_and_what_is_new_what_such_cost_before(state):
    from comity.web import answers

    def expected(*args):
        return state._expect(state.answer, args, {})[1]

    state._costs.learn("sources", 2.0)
    assert expected(answers.sources) == pytest.approx(0.81)
    state.answer(answers.sources)
    assert expected(answers.sources) == 0.0


def test_duckdb_is_opened_anew_after_some_work(run, monkeypatch):
    monkeypatch.setattr("comity.web.state.REOPEN", 2)
    state, used = State(Settings(lake="starter", ledger="starter", seconds=60.0)), []

    def ask():
        used.append(state.vintage.store.database)
        return state.vintage.store.ask("facts", "IND", "RUS").num_rows

    async def go():
        return {await state.run(ask) for _ in range(3)}

    assert len(run(go())) == 1
    assert used[0] is used[1] is not used[2]
    state.close()


def test_a_worker_asks_for_another_once_unless_that_one_would_have_to_load_a_newer_lake(
    run, tmp_path, monkeypatch
):
    asked = []
    monkeypatch.setattr("comity.web.workers.ask_for_another", lambda: asked.append(1))
    folder = tmp_path / "lake"
    shutil.copytree(starter.path(), folder)
    for changes in (False, True):
        state = State(Settings(lake=str(folder), ledger="starter", renew=3))
        if changes:
            manifest = folder / "manifest.json"
            os.utime(manifest, ns=(1, 1))
            state.refresh()

        async def go(held):
            for number in range(8):
                await held.run(str, number)

        run(go(state))
        state.close()
    assert len(asked) == 1


def test_refusals_are_sent_at_once_until_they_are_very_many(state, run, monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: 100.5)

    async def go():
        for _ in range(MANY + 3):
            await state.pace()

    run(go())
    assert slept == [1.0] * 3


def test_warming_up_comes_first_and_may_take_longer_than_an_answer(monkeypatch):
    state = State(Settings(lake="starter", ledger="starter", seconds=0.01))
    begun, go_on = [], threading.Event()

    def answer(*_):
        begun.append(state.loading)
        go_on.wait(60)

    monkeypatch.setattr(state, "answer", answer)
    state.warm()
    after = state._thread.submit(1.0, lambda: state.loading)
    go_on.set()
    assert after.result() is False
    assert begun == [True]
    state.close()
