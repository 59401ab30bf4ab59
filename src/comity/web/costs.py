"""What an answer costs, as learned from those before it: who asks too much is told at once."""

from __future__ import annotations

_FIRST = 0.3
"""Seconds that work of which nothing is known is taken to need."""
_NEW = 0.3
"""Weight of the newest time in what is expected of the next."""


class Costs:
    """Seconds that each kind of work takes, the newest weighing most.

    Examples
    --------
    >>> costs = Costs()
    >>> costs.learn("pair", 1.0), costs.learn("pair", 2.0)
    (None, None)
    >>> round(costs.of("pair"), 2), costs.of("never seen")
    (0.96, 0.3)
    """

    def __init__(self) -> None:
        self._known: dict[str, float] = {}

    def of(self, kind: str) -> float:
        """Return what work of a kind is expected to take, in seconds."""
        return self._known.get(kind, _FIRST)

    def learn(self, kind: str, seconds: float) -> None:
        """Take in how long work of a kind took.

        The first of a kind counts no more than any other: it may have waited for what is loaded
        once, and would have the next ones refused.
        """
        old = self.of(kind)
        self._known[kind] = old + _NEW * (seconds - old)
