"""Several processes on one port: started, started again where one dies, stopped together.

On Linux they are forked from a process that has loaded everything and serves nobody (`begin`), so
that one that takes a dead one's place answers at once; elsewhere each loads everything itself.

A worker that has worked enough asks for another in its place, which is there before it ends: what
allocators cannot give back, and what was shared until it was written to, ends with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from types import FrameType

from comity.errors import OutputError

FAILED = 3
"""Exit code of a worker that could not start."""
PAUSE = 2.0
"""Seconds before a worker that died young is started again."""
_LOOK = 0.5
_BEGIN = "comity.web.begin"
"""What the process that workers are forked from imports."""
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Each worker computes in one thread; several would fight for the cores, and not outlive a fork."""
_MEMORY = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""All that a worker allocates comes from one place, which can be given back (`memory`)."""

_above: list[Connection] = []
"""Where this process, as one of several workers, says that it has worked enough."""


class _ToldError(Exception):
    """A signal says to stop."""


class Workers:
    """The processes of one service.

    Parameters
    ----------
    work : callable
        What each runs; importable, as it is called in a new process, with the socket.
    bound : socket
        What they accept on.
    many : int
        How many there are.
    grace : float
        Seconds that they have to end when told to.
    early : callable, optional
        What answers in one more process until they do, where they are forked and so take their
        time; importable, as well.
    """

    def __init__(
        self,
        work: Callable[[socket.socket], None],
        bound: socket.socket,
        many: int,
        grace: float,
        early: Callable[[socket.socket], None] | None = None,
    ) -> None:
        self.work = work
        self.bound = bound
        self.many = many
        self.grace = grace
        self.early = early
        self._context = _context()
        self._standing_in: BaseProcess | None = None
        self._running: dict[BaseProcess, float] = {}
        self._wishes, self._wishing = self._context.Pipe(duplex=False)
        self._leaving: tuple[BaseProcess, float] | None = None
        self._told = self._starting = False

    def run(self) -> None:
        """Keep the workers running until a signal says to stop.

        Raises
        ------
        OutputError
            A worker could not start, and none had before.
        """
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._tell)
        try:
            self._stand_in()
            self._begin()
            if self._standing_in is not None:
                self._standing_in.terminate()  # it ends what it has begun
            first = set(self._running)
            while not self._told:
                # A process that dies is seen at once: its sentinel becomes ready.
                wait([process.sentinel for process in self._running], _LOOK)
                if self._standing_in is not None and not self._standing_in.is_alive():
                    self._standing_in = None
                dead = [process for process in self._running if not process.is_alive()]
                for process in dead:
                    self._replace(process, at_start=process in first)
                self._renew()
        except _ToldError:
            pass
        finally:
            self._starting = False
            self._stop()

    def _begin(self) -> None:
        """Start all; the first one waits until everything is loaded: a signal ends that, too."""
        self._starting = True
        if self._told:
            raise _ToldError
        for _ in range(self.many):
            self._start()
        self._starting = False

    def _stand_in(self) -> None:
        """Start what answers while the others load: it shares nothing with them but the socket.

        A signal waits for that: a process that has half begun can be neither ended nor joined.
        """
        if self.early is None or self._context.get_start_method() == "spawn":
            return
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=(self.early, self.bound, None), name="early", daemon=False
        )
        process.start()
        self._standing_in = process

    def _start(self) -> None:
        process = self._context.Process(
            target=_work, args=(self.work, self.bound, self._wishing), name="worker", daemon=False
        )
        process.start()
        self._running[process] = time.monotonic()

    def _replace(self, process: BaseProcess, *, at_start: bool) -> None:
        began = self._running.pop(process)
        if self._told:
            return
        if at_start and process.exitcode == FAILED:
            raise OutputError(
                "A worker could not start; its own lines above say why.",
                "Mend that, and try again.",
            )
        sys.stderr.write(
            f"comity: worker {process.pid} ended ({process.exitcode}), starting another\n"
        )
        if time.monotonic() - began < PAUSE:
            time.sleep(PAUSE)
        self._start()

    def _renew(self) -> None:
        """Start another worker for one that has worked enough, and only then tell that one to stop.

        One after the other, so that there are always some that answer: wishes wait in their pipe.
        """
        if self._leaving is not None:
            process, until = self._leaving
            if process.is_alive() and time.monotonic() < until:
                return
            _end(process, until)
            self._leaving = None
        if not self._wishes.poll():
            return
        worn = self._wishes.recv()
        for process in [process for process in self._running if process.pid == worn]:
            sys.stderr.write(
                f"comity: worker {process.pid} has worked enough, another takes its place\n"
            )
            self._start()
            del self._running[process]
            process.terminate()
            self._leaving = process, time.monotonic() + self.grace

    def _stop(self) -> None:
        every = [*self._running]
        every += [self._standing_in] if self._standing_in else []
        every += [self._leaving[0]] if self._leaving else []
        for process in every:
            process.terminate()
        until = time.monotonic() + self.grace
        for process in every:
            _end(process, until)

    def _tell(self, _number: int, _frame: FrameType | None) -> None:
        self._told = True
        if self._starting:
            raise _ToldError


def ask_for_another() -> None:
    """Say that this worker has worked enough; alone, it goes on."""
    for above in _above:
        with suppress(OSError):  # the one above may just have ended: then this one does, too
            above.send(os.getpid())


def set_up() -> None:
    """Say to numerical libraries, before any is loaded, how much of the machine a worker takes."""
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    for name, value in _MEMORY.items():
        os.environ.setdefault(name, value)


def _context() -> ForkServerContext | SpawnContext:
    """Return how processes are started."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_BEGIN])
    return context


def _end(process: BaseProcess, until: float) -> None:
    """Wait until a process ends that was told to, and kill it if it does not."""
    process.join(max(0.0, until - time.monotonic()))
    if process.is_alive():
        process.kill()
        process.join()


def _work(
    work: Callable[[socket.socket], None], bound: socket.socket, wishes: Connection | None
) -> None:
    """Work in a new process, but no longer than the one that watches over it lives."""
    _above[:] = [wishes] if wishes is not None else []
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the fork server heeds its parent's end alone
    above = multiprocessing.parent_process()
    if above is not None:
        threading.Thread(target=_outlive, args=(above,), name="above", daemon=True).start()
    work(bound)


def _outlive(above: BaseProcess) -> None:
    """Stop this process when the one above is gone."""
    wait([above.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
