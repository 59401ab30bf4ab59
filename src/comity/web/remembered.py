"""The answers that a worker keeps, within a limit of bytes, and what each takes of them."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from enum import Enum
from types import FunctionType, MethodType, ModuleType

import numpy as np
import pandas as pd

from comity.catalogue import Country
from comity.intent.ledger import Ledger
from comity.lake import Store
from comity.web.answers import Answer, Vintage

Key = tuple[Hashable, ...]

# What is there once for all answers, and code.
_SHARED = (Store, Ledger, Country, type, ModuleType, FunctionType, MethodType, Enum)
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
    waiting, total = [thing], 0
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen or isinstance(one, _SHARED):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        if isinstance(one, _WHOLE):
            continue
        if isinstance(one, Mapping):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            waiting += one
        else:
            waiting += _fields(one)
    return total


def _fields(one: object) -> list[object]:
    """Return what an object's attributes are."""
    slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    held = [getattr(one, name, None) for name in slots]
    return [*held, *vars(one).values()] if hasattr(one, "__dict__") else held
