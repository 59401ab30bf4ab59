"""Restatement chains: the same promise made again, and how far its date slipped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from comity.intent.ledger import dates
from comity.intent.ledger.model import Promise


@dataclass(frozen=True, slots=True)
class Chain:
    """One promise with its restatements, the oldest first."""

    promises: tuple[Promise, ...]

    @property
    def first(self) -> Promise:
        """The promise as it was first made."""
        return self.promises[0]

    @property
    def last(self) -> Promise:
        """The promise as it was last made."""
        return self.promises[-1]

    @property
    def restatements(self) -> int:
        """How often it was made again."""
        return len(self.promises) - 1

    @property
    def dues(self) -> tuple[str, ...]:
        """The dates named, in the order in which they were named; moved dates included."""
        named = [due for p in self.promises for due in (p.due, p.due_now) if due]
        return tuple(dict.fromkeys(named))

    @property
    def slip(self) -> float:
        """Years from the first date named to the last; 0 where the date stood, below if earlier."""
        named = self.dues
        if len(named) < 2:
            return 0.0
        gap = dates.last_day(named[-1]) - dates.last_day(named[0])
        return round(gap.days / 365.25, 1)


def chains(promises: Iterable[Promise]) -> list[Chain]:
    """Return the chains among the promises, the most often restated first.

    Two promises are in one chain where one repeats the other, directly or through a third.

    Examples
    --------
    >>> from comity.intent import ledger
    >>> chains(ledger.open("starter").promises("IND", "RUS"))[0].first.id
    'IR-004'
    """
    held = {promise.id: promise for promise in promises}
    root = {id: id for id in held}  # noqa: A001

    def find(id: str) -> str:  # noqa: A002
        while root[id] != id:
            root[id] = root[root[id]]
            id = root[id]  # noqa: A001
        return id

    for promise in held.values():
        for earlier in promise.repeats:
            if earlier in held:
                root[find(promise.id)] = find(earlier)
    groups: dict[str, list[Promise]] = {}
    for promise in held.values():
        groups.setdefault(find(promise.id), []).append(promise)
    found = [Chain(tuple(sorted(group, key=_made))) for group in groups.values() if len(group) > 1]
    return sorted(found, key=lambda c: (-c.restatements, _made(c.first)))


def _made(promise: Promise) -> tuple[str, bool, str, str]:
    """Order by the year, then the one that repeats none, then the day."""
    made = promise.announced or promise.signed or "9999"
    return (made[:4], bool(promise.repeats), made, promise.id)
