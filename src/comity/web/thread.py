"""The one thread that computes: whoever came first is served first, to the end.

A page is several pieces of work. Taken in the order in which they are handed in, everybody's first
piece would come before anybody's second one, and under load nobody would be served; so work goes
by when its request came.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")
_Work = Callable[[], Callable[[], None]]
"""Does a piece of work, and returns what hands it out."""


class Thread:
    """One thread, and the work that waits for it.

    It starts with the first work, and again after it was stopped.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, _Work, Future[Any], float]] = []
        self._under_way = 0.0
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._running: threading.Thread | None = None
        self._stopped = False

    def __len__(self) -> int:
        """Return how many pieces of work wait."""
        with self._changed:
            self._drop_cancelled()
            return len(self._waiting)

    def expected(self) -> float:
        """Return how many seconds all that waits or is under way is expected to take."""
        with self._changed:
            self._drop_cancelled()
            return self._under_way + sum(entry[4] for entry in self._waiting)

    def submit(self, since: float, work: Callable[[], T], seconds: float = 0.0) -> Future[T]:
        """Hand in work; it is dropped if its future is cancelled before it begins.

        Parameters
        ----------
        since : float
            When its request came, in seconds of any one clock.
        work : callable
            What is to be run.
        seconds : float
            How long it is expected to take.
        """
        future: Future[T] = Future()

        def run() -> Callable[[], None]:
            """Do the work, and return what hands it out."""
            if not future.set_running_or_notify_cancel():
                return lambda: None
            try:
                return partial(future.set_result, work())
            except BaseException as error:
                return partial(future.set_exception, error)

        with self._changed:
            self._stopped = False
            heapq.heappush(self._waiting, (since, next(self._numbers), run, future, seconds))
            if self._running is None:
                self._running = threading.Thread(target=self._serve, name="answers", daemon=True)
                self._running.start()
            self._changed.notify()
        return future

    def stop(self) -> None:
        """Let what is being computed end, and drop what waits."""
        with self._changed:
            self._stopped = True
            for entry in self._waiting:
                entry[3].cancel()
            self._waiting.clear()
            running = self._running
            self._changed.notify()
        if running is not None:
            running.join()

    def _serve(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._stopped:
                    self._changed.wait()
                if not self._waiting:
                    self._running = None
                    return
                _, _, run, _, self._under_way = heapq.heappop(self._waiting)
            hand_out = run()
            self._under_way = 0.0  # before anybody learns of it and asks for more
            hand_out()
            del run, hand_out

    def _drop_cancelled(self) -> None:
        kept = [entry for entry in self._waiting if not entry[3].cancelled()]
        if len(kept) < len(self._waiting):
            heapq.heapify(kept)
            self._waiting = kept
