"""Two engines' answers, equal but for what the order of a sum may change."""

from __future__ import annotations

import json
import math


def assert_same(ours: str, theirs: str) -> None:
    """Hold two JSON texts against each other: numbers within 1e-12, everything else alike."""
    _compare(json.loads(ours), json.loads(theirs), "$")


def _compare(ours: object, theirs: object, place: str) -> None:
    if isinstance(ours, float) and isinstance(theirs, float):
        # Each engine's lake has fits of its own, whose last digit may fall either way.
        assert math.isclose(ours, theirs, rel_tol=1e-12), f"{place}: {ours!r} and {theirs!r}"
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        assert list(ours) == list(theirs), place
        for key in ours:
            _compare(ours[key], theirs[key], f"{place}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list):
        assert len(ours) == len(theirs), place
        for number, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            _compare(mine, other, f"{place}[{number}]")
    else:
        assert ours == theirs, place
