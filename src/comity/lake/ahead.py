"""Some things made ahead while another is being worked on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def _wait() -> None:
    """Let the one that is being made be made to its end."""


def take_ahead(
    items: Generator[T, None, None], depth: int = 1, stop: Callable[[], None] = _wait
) -> Generator[T, None, None]:
    """Give items in their order, while those after them are being made in a thread of its own.

    Who stops early, or is interrupted, waits for the one that is being made. What goes wrong in
    making one is raised in its place.

    Parameters
    ----------
    items : generator
        Of anything but None.
    depth : int
        So many, at most, are made or being made before they are asked for.
    stop : callable
        Called before that wait: to tell what makes them that nobody wants them any more.

    Examples
    --------
    >>> list(take_ahead(letter.upper() for letter in "abc"))
    ['A', 'B', 'C']
    """
    coming: deque[Future[T | None]] = deque()
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
            coming.extend(pool.submit(next, items, None) for _ in range(depth))
            try:
                while (item := coming.popleft().result()) is not None:
                    coming.append(pool.submit(next, items, None))
                    yield item
            finally:
                stop()
                for future in coming:
                    future.cancel()
    finally:
        items.close()
