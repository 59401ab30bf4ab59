"""The charts of a page, drawn by another process while the page is put together."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from functools import cache
from queue import SimpleQueue
from types import TracebackType
from typing import Any

from comity.brief.charts.theme import NARROW, WIDE
from comity.brief.content import Chart
from comity.brief.render import engine, svg

_WIDTHS = [WIDE, NARROW]

Drawn = list[list[str]] | str


class EngineGoneError(Exception):
    """The process that draws could not be started, or has ended."""


class Drawing:
    """Charts of one page, drawn from the moment they are known.

    They are drawn by a process that is kept for the next page; where there cannot be one, by this.
    Use it in a ``with``: what is not drawn yet when that ends is not drawn any more.

    Examples
    --------
    >>> with Drawing() as drawing:
    ...     drawing.begin(())
    """

    def __init__(self) -> None:
        self._begun: dict[str, Future[Drawn]] = {}
        with contextlib.suppress(EngineGoneError):
            painter()  # takes its time to start

    def begin(self, charts: Iterable[Chart]) -> None:
        """Have charts drawn for a wide and for a narrow column, and return at once."""
        for chart in charts:
            if chart.id not in self._begun:
                with contextlib.suppress(EngineGoneError):
                    self._begun[chart.id] = painter().submit(chart.spec)

    def of(self, chart: Chart) -> str:
        """Return both drawings of a chart, when they are done.

        Raises
        ------
        ValueError
            The chart cannot be drawn.
        """
        try:
            drawn = self._begun[chart.id].result()
        except (KeyError, EngineGoneError):
            return svg.both(chart)
        if isinstance(drawn, str):
            raise ValueError(f"The chart {chart.id} cannot be drawn: {drawn}")  # noqa: TRY004
        return "".join(
            svg.frame(chart, width, box, content)
            for width, (box, content) in zip(_WIDTHS, drawn, strict=True)
        )

    def __enter__(self) -> Drawing:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for future in self._begun.values():
            future.cancel()


class Painter:
    """A process that draws one chart after the other.

    Requests are written and answers read by threads of their own: neither side ever waits for the
    other to read.

    Raises
    ------
    EngineGoneError
        There cannot be another process here.
    """

    def __init__(self) -> None:
        if not sys.executable:  # Python inside another program
            raise EngineGoneError
        try:
            self.process = subprocess.Popen(  # noqa: S603  # our own file
                # -P: the engine's folder must not stand before the standard library's.
                [sys.executable, "-P", engine.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        except OSError as error:
            raise EngineGoneError(str(error)) from None
        self._asked: SimpleQueue[tuple[Future[Drawn], bytes] | None] = SimpleQueue()
        self._sent: deque[Future[Drawn]] = deque()
        self._waited_for: set[Future[Drawn]] = set()
        self._lock = threading.RLock()
        self._gone = False
        self.threads = [
            threading.Thread(target=work, name="drawing", daemon=True)
            for work in (self._write, self._read)
        ]
        for thread in self.threads:
            thread.start()

    def submit(self, spec: dict[str, Any]) -> Future[Drawn]:
        """Have a specification drawn; the future may be cancelled until its turn comes.

        Raises
        ------
        EngineGoneError
            The process has ended. Its futures end with the same.
        """
        future: Future[Drawn] = Future()
        line = json.dumps([spec, _WIDTHS]).encode() + b"\n"
        with self._lock:
            if self._gone:
                raise EngineGoneError
            self._waited_for.add(future)
            self._asked.put((future, line))
        future.add_done_callback(self._waited_for.discard)
        return future

    def close(self) -> None:
        """End the process, whatever it is drawing."""
        self.process.kill()
        self.process.wait()

    def _write(self) -> None:
        requests = self.process.stdin
        assert requests is not None  # noqa: S101  # a pipe, see above
        while (asked := self._asked.get()) is not None:
            future, line = asked
            with self._lock:
                if self._gone or not future.set_running_or_notify_cancel():
                    continue
                self._sent.append(future)
            with contextlib.suppress(OSError):  # it is gone: the reader sees it too
                requests.write(line)
                requests.flush()
        with contextlib.suppress(OSError):
            requests.close()

    def _read(self) -> None:
        answers = self.process.stdout
        assert answers is not None  # noqa: S101  # a pipe, see above
        with answers:
            for line in answers:
                self._sent.popleft().set_result(json.loads(line))
        with self._lock:
            self._gone = True
            self._asked.put(None)
            for future in list(self._waited_for):
                if not future.done():
                    future.set_exception(EngineGoneError())


_STARTING = threading.Lock()


def painter() -> Painter:
    """Return this process's painter, started when first asked for.

    Raises
    ------
    EngineGoneError
        It cannot be started.
    """
    with _STARTING:
        return _painter(os.getpid())


@cache
def _painter(process: int) -> Painter:  # noqa: ARG001  # a fork needs its own
    made = Painter()
    atexit.register(made.close)
    return made
