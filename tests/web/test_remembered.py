"""Kept answers stay within their bytes, and none of a lake that has been replaced stays."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from comity import catalogue
from comity.web.remembered import Answers, weigh

NOW = SimpleNamespace(store="a lake", ledger="a ledger")


@dataclass(frozen=True, slots=True)
class Held:
    cells: object
    more: object = None


def test_what_is_held_is_weighed_once_and_shared_things_never():
    cells = np.zeros(10_000)
    assert 80_000 < weigh(Held(cells)) < 81_000
    assert weigh(Held(cells, [cells, {"again": cells}])) - weigh(Held(cells)) < 1_000
    assert weigh(Held(["x" * 1000, "y" * 1000])) > 2_000
    assert weigh(Held(catalogue.country("IND"))) == weigh(Held(None))
    assert weigh(SimpleNamespace(cells=cells)) > 80_000


def test_the_longest_unused_go_when_there_are_too_many_bytes():
    kept = Answers(most=250_000)
    for number in range(5):
        kept.get(NOW, ("first",))
        kept.put((number,) if number else ("first",), Held(np.zeros(10_000)))
        assert kept.bytes <= 250_000
    assert ("first",) in kept
    assert (4,) in kept
    assert len(kept) == 3
    assert kept.bytes == pytest.approx(240_000, rel=0.02)


def test_an_answer_above_the_limit_is_kept_alone():
    kept = Answers(most=1_000)
    for name in ("one", "two"):
        kept.put((name,), Held(np.zeros(10_000)))
    assert kept.get(NOW, ("one",)) is None
    assert len(kept) <= 1


@pytest.mark.parametrize("changed", ["store", "ledger"])
def test_answers_of_other_data_go(changed):
    kept = Answers(most=1_000_000)
    assert kept.get(NOW, ("one",)) is None
    kept.put(("one",), Held(np.zeros(100)))
    assert kept.get(NOW, ("one",)) is not None
    other = SimpleNamespace(**(vars(NOW) | {changed: "another"}))
    assert kept.get(other, ("two",)) is None
    assert (len(kept), kept.bytes) == (0, 0)
