"""Work goes by when its request came, and what nobody waits for is not done."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from comity.web.settings import Settings
from comity.web.state import BusyError, State, came
from comity.web.thread import Thread


def test_the_second_piece_of_an_earlier_request_comes_before_the_first_of_a_later_one():
    thread, gate, done = Thread(), threading.Event(), []
    held = thread.submit(0.0, gate.wait)
    futures = [
        thread.submit(since, done.append, name)
        for since, name in ((2.0, "b asks"), (3.0, "c asks"), (1.0, "a renders"))
    ]
    gate.set()
    for future in (held, *futures):
        future.result(5)
    assert done == ["a renders", "b asks", "c asks"]
    thread.stop()


def test_cancelled_work_is_not_done_and_does_not_count():
    thread, gate, done = Thread(), threading.Event(), []
    held = thread.submit(0.0, gate.wait)
    while len(thread):
        time.sleep(0.001)
    left = thread.submit(1.0, done.append, "left")
    stays = thread.submit(2.0, done.append, "stays")
    assert len(thread) == 2
    left.cancel()
    assert len(thread) == 1
    gate.set()
    stays.result(5)
    assert done == ["stays"]
    assert held.result()
    thread.stop()


def test_an_error_reaches_whoever_asked_and_the_thread_goes_on():
    thread = Thread()
    with pytest.raises(ZeroDivisionError):
        thread.submit(0.0, lambda: 1 // 0).result(5)
    assert thread.submit(0.0, lambda: 7).result(5) == 7
    thread.stop()
    assert thread.submit(0.0, lambda: 8).result(5) == 8
    thread.stop()


def test_too_many_who_wait_are_told_to_come_again_and_too_long_is_said(run):
    state = State(Settings(lake="starter", ledger="starter", queue=2, seconds=0.3))
    gate = threading.Event()

    async def go():
        came.set(time.monotonic())
        first = asyncio.create_task(state.run(gate.wait))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(state.run(int)) for _ in range(3)]
        return await asyncio.gather(first, *others, return_exceptions=True)

    found = run(go())
    gate.set()
    assert all(isinstance(one, BusyError) for one in found)
    assert "Too many" in found[3].message
    assert "longer than 0.3 seconds" in found[0].message
    state.close()


def test_warming_up_may_take_longer_than_an_answer(monkeypatch, run):
    state = State(Settings(lake="starter", ledger="starter", seconds=0.01))
    made = []
    monkeypatch.setattr(state, "answer", lambda *_: made.append(time.sleep(0.1)))
    run(state.warm())
    assert made == [None]
    state.close()
