"""Two threads for one large fit; kernels release the interpreter, so plain threads will do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

THREADS = 2
# Larger than the arrays of one fit, and no larger than the thresholds of glibc may grow.
_KEPT = 31 << 20
# Below this many cells a hand-over costs more than it saves.
_WORTH_IT = 100_000


@contextmanager
def helper(cells: int) -> Iterator[Executor | None]:
    """Lend a second thread to a fit with many cells.

    It lives as long as the fit: an executor kept for good would hang in a forked child.
    """
    if cells < _WORTH_IT:
        yield None
        return
    with ThreadPoolExecutor(THREADS - 1) as executor:
        yield executor


def keep_memory() -> None:
    """Let threads keep what they free for their next fit, where the allocator is glibc's.

    It returns to the system what lies free at the end of a thread's memory once that is more than
    twice the largest block it ever saw freed (mallopt(3), M_MMAP_THRESHOLD). So fits one after the
    other get the same pages again and again, a fifteenth of their time, until one block as large as
    all of a fit was freed. It is never written to, so it takes no memory.
    """
    np.empty(_KEPT, dtype=np.uint8)


def run_all(executor: Executor | None, tasks: Sequence[Callable[[], None]]) -> None:
    """Run tasks that do not touch each other's arrays; who is done takes the next."""
    if executor is None:
        for task in tasks:
            task()
        return
    waiting = deque(tasks)

    def work() -> None:
        while waiting:
            try:
                task = waiting.popleft()
            except IndexError:  # the other one was faster
                return
            task()

    other = executor.submit(work)
    work()
    other.result()
