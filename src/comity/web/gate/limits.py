"""How often one address may ask: a bucket of tokens each, filled steadily."""

from __future__ import annotations

import math
from collections import OrderedDict

MOST = 20_000
"""Addresses that are remembered; those longest silent are forgotten, with full buckets."""


class Buckets:
    """A bucket of tokens for each address.

    Parameters
    ----------
    rate : float
        Tokens a second; 0 for no limit.
    burst : int
        What a bucket holds.
    """

    def __init__(self, rate: float, burst: int) -> None:
        self.rate = rate
        self.burst = float(burst)
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, now: float) -> int:
        """Take a token; return 0, or after how many whole seconds there is one.

        Parameters
        ----------
        address : str
        now : float
            Seconds of a clock that never goes back.

        Examples
        --------
        >>> few = Buckets(rate=0.5, burst=1)
        >>> few.take("192.0.2.1", 10.0), few.take("192.0.2.1", 10.0), few.take("192.0.2.1", 12.0)
        (0, 2, 0)
        """
        if not self.rate:
            return 0
        tokens, then = self._kept.pop(address, (self.burst, now))
        tokens = min(self.burst, tokens + (now - then) * self.rate)
        enough = tokens >= 1.0
        self._kept[address] = (tokens - 1.0 if enough else tokens, now)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return 0 if enough else math.ceil((1.0 - tokens) / self.rate)


def client(peer: str, forwarded: str, proxies: frozenset[str]) -> str:
    """Return who asks: the peer, or whom a proxy that is believed names last.

    Examples
    --------
    >>> client("127.0.0.1", "203.0.113.9, 198.51.100.7", frozenset({"127.0.0.1"}))
    '198.51.100.7'
    >>> client("198.51.100.7", "127.0.0.1", frozenset())
    '198.51.100.7'
    """
    if peer not in proxies:
        return peer
    for named in reversed([part.strip() for part in forwarded.split(",")]):
        if named and named not in proxies:
            return named[:64]
    return peer
