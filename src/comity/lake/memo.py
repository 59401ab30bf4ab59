"""What is worked out for a lake or for a pair is kept on that object, and goes when it goes.

A cache beside the function, such as `functools.lru_cache`, would hold on to the last objects that
it was asked about: to pairs that nobody asks for any more, and to lakes that have been replaced.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Memo = dict[Callable[..., Any], OrderedDict[tuple[Hashable, ...], Any]]
"""Results by function, then by the arguments after the first; the last used come last."""


class Keeps(Protocol):
    """Whatever has a memo of its own, such as a `Store` and a `Dossier`."""

    memo: Memo


H = TypeVar("H", bound=Keeps)


def on_its_own(
    most: int | None = None,
) -> Callable[[Callable[Concatenate[H, P], T]], Callable[Concatenate[H, P], T]]:
    """Keep a function's results on its first argument.

    What it raises is raised, and nothing is kept. Safe with several threads: what two work out at
    once is worked out twice.

    Parameters
    ----------
    most : int, optional
        Results that each such object keeps, the longest unused going first; by default all. To be
        given where a visitor chooses the further arguments and the object stays.
    """

    def keeping(function: Callable[Concatenate[H, P], T]) -> Callable[Concatenate[H, P], T]:
        @wraps(function)
        def kept(holder: H, /, *args: P.args, **given: P.kwargs) -> T:
            found = holder.memo.setdefault(function, OrderedDict())
            key = (args, tuple(sorted(given.items()))) if given else args
            try:
                result: T = found[key]
            except KeyError:
                result = found[key] = function(holder, *args, **given)
            with suppress(KeyError):  # another thread may have dropped it just now
                found.move_to_end(key)
                while most is not None and len(found) > most:
                    found.popitem(last=False)
            return result

        return kept

    return keeping
