"""Items come in their order, made ahead, and what goes wrong comes in its place."""

from __future__ import annotations

import threading

import pytest

from comity.lake.ahead import take_ahead


def count(made, most, fail_at=-1):
    for number in range(1, most + 1):
        if number == fail_at:
            raise ValueError(number)
        made.append((number, threading.current_thread().name))
        yield number


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_items_come_in_order_from_another_thread(depth):
    made = []
    assert list(take_ahead(count(made, 4), depth)) == [1, 2, 3, 4]
    assert {name for _, name in made} == {"ahead_0"}


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_no_more_are_made_than_asked(depth):
    made = []
    items = take_ahead(count(made, 100), depth)
    assert [next(items), next(items)] == [1, 2]
    items.close()  # waits for the one that is being made
    assert len(made) <= 2 + depth


def test_a_fault_comes_in_its_place():
    items = take_ahead(count([], 4, fail_at=3), 2)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="3"):
        next(items)


def test_who_stops_early_closes_what_makes():
    closed = []

    def make():
        try:
            yield from range(1, 9)
        finally:
            closed.append(True)

    items = take_ahead(make())
    assert next(items) == 1
    items.close()
    assert closed == [True]


def test_what_makes_is_told_before_it_is_waited_for():
    told, heard = threading.Event(), []

    def make():
        yield 1
        heard.append(told.wait(60))
        yield 2

    items = take_ahead(make(), 1, told.set)
    assert next(items) == 1
    items.close()
    assert heard in ([], [True])  # not begun, or begun and told
