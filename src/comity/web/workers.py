"""Several processes on one port: started, started again where one dies, stopped together."""

from __future__ import annotations

import multiprocessing
import signal
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from types import FrameType

from comity.errors import OutputError

FAILED = 3
"""Exit code of a worker that could not start."""
PAUSE = 2.0
"""Seconds before a worker that died young is started again."""
_LOOK = 0.5


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
    """

    def __init__(
        self, work: Callable[[socket.socket], None], bound: socket.socket, many: int, grace: float
    ) -> None:
        self.work = work
        self.bound = bound
        self.many = many
        self.grace = grace
        self._context = multiprocessing.get_context("spawn")
        self._running: dict[SpawnProcess, float] = {}
        self._told = False

    def run(self) -> None:
        """Keep the workers running until a signal says to stop.

        Raises
        ------
        OutputError
            A worker could not start, and none had before.
        """
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._tell)
        for _ in range(self.many):
            self._start()
        first = set(self._running)
        try:
            while not self._told:
                # A process that dies is seen at once: its sentinel becomes ready.
                wait([process.sentinel for process in self._running], _LOOK)
                dead = [process for process in self._running if not process.is_alive()]
                for process in dead:
                    self._replace(process, at_start=process in first)
        finally:
            self._stop()

    def _start(self) -> None:
        process = self._context.Process(target=self.work, args=(self.bound,), name="worker")
        process.start()
        self._running[process] = time.monotonic()

    def _replace(self, process: SpawnProcess, *, at_start: bool) -> None:
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

    def _stop(self) -> None:
        for process in self._running:
            process.terminate()
        until = time.monotonic() + self.grace
        for process in self._running:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()

    def _tell(self, _number: int, _frame: FrameType | None) -> None:
        self._told = True
