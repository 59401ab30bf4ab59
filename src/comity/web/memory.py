"""Memory that is free is given back to the system, where its allocator does not do so itself."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache

EVERY = 20.0
"""Seconds from one time to the next; each takes a few milliseconds."""


def give_back() -> bool:
    """Give free memory back; return whether there was any to give."""
    trim = _trim()
    return trim is not None and bool(trim(0))


@cache
def _trim() -> Callable[[int], int] | None:
    """Return the function of the GNU C library; None with any other."""
    if sys.platform != "linux":
        return None
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    return found
