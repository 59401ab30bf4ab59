"""The answers that a worker keeps, within a limit of bytes, and what each takes of them."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from enum import Enum
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import pandas as pd

from comity.catalogue import Country
from comity.intent.ledger import Ledger
from comity.lake import Store
from comity.web.answers import Answer, Vintage

Key = tuple[Hashable, ...]

# What is there once for all answers, and code.
_SHARED = (Store, Ledger, Country, type, ModuleType, FunctionType, MethodType, Enum)
_LEAVES = frozenset({str, int, float, bool, bytes, type(None)})
_LISTS = frozenset({list, tuple, set, frozenset})
_WHOLE = (str, bytes, int, float, np.ndarray, pd.DataFrame, pd.Series, pd.Index)
"""What `sys.getsizeof` weighs with everything in it."""


class Answers:
    """Answers by what was asked, the longest unused going first.

    Those of earlier days stay beside those of today; all go when lake or ledger are others.

    Parameters
    ----------
    most : int
        Bytes that they may take; the newest one stays, whatever it takes.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.bytes = 0
        self._of: tuple[Store, Ledger] | None = None
        self._kept: OrderedDict[Key, tuple[Answer, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def get(self, vintage: Vintage, key: Key) -> Answer | None:
        """Return an answer that is kept; it then counts as used."""
        if self._of is None or self._of != (vintage.store, vintage.ledger):
            self.clear()
            self._of = vintage.store, vintage.ledger
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: Key, answer: Answer) -> None:
        """Keep an answer that was not kept."""
        size = weigh(answer)
        self._kept[key] = answer, size
        self.bytes += size
        while self.bytes > self.most and len(self._kept) > 1:
            _, (_, gone) = self._kept.popitem(last=False)
            self.bytes -= gone

    def clear(self) -> None:
        """Let go of all of them."""
        self._kept.clear()
        self.bytes = 0


def weigh(thing: object) -> int:
    """Return the bytes of an object and all that it holds, each thing once.

    Lake, ledger, catalogue and code are not of one answer, and are left out.
    """
    seen: set[int] = set()
    waiting: list[Any] = [thing]
    total = 0
    while waiting:
        one = waiting.pop()
        place = id(one)
        if place in seen:
            continue
        seen.add(place)
        kind = type(one)
        if kind in _LEAVES:
            total += sys.getsizeof(one)
        elif kind in _LISTS:
            total += sys.getsizeof(one)
            waiting += one
        elif kind is dict:
            total += sys.getsizeof(one)
            waiting += one
            waiting += one.values()
        elif not isinstance(one, _SHARED):
            total += sys.getsizeof(one)
            waiting += _parts(one)
    return total


def _parts(one: object) -> list[object]:
    """Return what a less common object holds."""
    if isinstance(one, _WHOLE):
        return []
    if isinstance(one, Mapping):
        return [*one.keys(), *one.values()]
    if isinstance(one, list | tuple | set | frozenset):
        return list(one)
    return _fields(one)


def _fields(one: object) -> list[object]:
    """Return what an object's attributes are."""
    slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    held = [getattr(one, name, None) for name in slots]
    return [*held, *vars(one).values()] if hasattr(one, "__dict__") else held
