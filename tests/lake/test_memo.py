"""What is worked out for a pair or a lake goes with it, and nothing else holds on to either."""

from __future__ import annotations

import ast
import gc
import threading
import weakref
from pathlib import Path

import pytest

import comity
from comity.lake import Dossier, Store
from comity.lake.memo import on_its_own
from comity.starter import path as starter

SOURCES = sorted(Path(comity.__file__).parent.rglob("*.py"))


class Holder:
    def __init__(self):
        self.memo = {}


def counted(most=None):
    calls = []

    @on_its_own(most)
    def double(holder, number, *, plus=0):
        calls.append(number)
        if number < 0:
            raise ValueError(number)
        return 2 * number + plus

    return double, calls


def test_the_same_question_is_worked_out_once_for_each_object():
    double, calls = counted()
    one, other = Holder(), Holder()
    assert [double(one, 3), double(one, 3), double(one, 3, plus=1), double(other, 3)] == [
        6,
        6,
        7,
        6,
    ]
    assert calls == [3, 3, 3]
    assert double.__name__ == "double"


def test_the_longest_unused_go_first():
    double, calls = counted(most=2)
    one = Holder()
    for number in (1, 2, 1, 3, 1, 2):
        double(one, number)
    assert calls == [1, 2, 3, 2]


def test_what_fails_is_not_kept():
    double, calls = counted()
    one = Holder()
    for _ in range(2):
        with pytest.raises(ValueError, match="-1"):
            double(one, -1)
    assert calls == [-1, -1]


def test_a_lake_and_a_pair_are_let_go_after_a_brief():
    from comity.brief import assemble

    store = Store(starter())
    assemble(store, "IND", "RUS")
    for thread in threading.enumerate():
        if thread.name.startswith("reading"):
            thread.join()
    gc.collect()
    assert not [o for o in gc.get_objects() if isinstance(o, Dossier) and o.store is store]
    held = weakref.ref(store)
    store.close()
    del store
    gc.collect()
    assert held() is None


def _cached_over(tree):
    """Give the functions of a module that a cache beside them keeps, and what they are asked of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            marks = {ast.unparse(mark).split("(")[0].split(".")[-1] for mark in node.decorator_list}
            if marks & {"cache", "lru_cache"}:
                named = {ast.unparse(a.annotation) for a in node.args.args if a.annotation}
                yield node.name, named


def test_no_cache_beside_a_function_holds_on_to_lakes_pairs_or_ledgers():
    found = {
        f"{path.stem}.{name}"
        for path in SOURCES
        for name, named in _cached_over(ast.parse(path.read_text("utf-8")))
        if named & {"Store", "Dossier", "Ledger", "Vintage", "World"}
    }
    assert found == set()
    assert len(SOURCES) > 300
