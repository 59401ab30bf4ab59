"""What one worker keeps between requests: the lake, the ledger, answers, and the thread for them.

DuckDB's connection and the numerical kernels are used by one thread at a time, so answers are
computed in one thread, whoever asks; two visitors who ask the same at once get the same answer.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from fastapi.responses import HTMLResponse
from starlette.types import Scope

from comity import starter
from comity.brief.render import engine
from comity.errors import ComityError
from comity.intent.ledger import Ledger, writing
from comity.intent.ledger import open as open_ledger
from comity.lake import Store
from comity.lake.manifest import MANIFEST
from comity.lake.places import find_lake
from comity.web import answers, memory, workers
from comity.web.answers import Answer, Vintage
from comity.web.costs import Costs
from comity.web.remembered import Answers
from comity.web.settings import Settings
from comity.web.thread import Thread

P = ParamSpec("P")
T = TypeVar("T")

CHECK = 1.0
"""Seconds after which a change of lake or ledger is seen."""
REOPEN = 500
"""Pieces of work after which DuckDB is opened anew, which takes 0.1 s: it remembers each buffer
that it has let go of, 1 kB and more a question, until there are tens of thousands."""
MANY = 50
"""Refusals a second that are sent at once; further ones wait, as does who sends them."""
_LIGHT = 0.1
"""Seconds below which work is light: the pictures of a page that is there already."""


Who = Callable[[Scope], Awaitable[str]]
"""Says which user a request's session is of; "" for nobody."""


class Visit:
    """The request that is being answered: when it came, and whether its work was taken on."""

    __slots__ = ("admitted", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.admitted = False


came: ContextVar[Visit | None] = ContextVar("came", default=None)
"""The request that is being answered."""
KEPT = "public, max-age=0, must-revalidate"
"""What marks a response whose bytes may be kept until the vintage changes."""


class BusyError(ComityError):
    """More is asked than can be computed in time."""

    code = "busy"

    def __init__(self, message: str, hint: str = "", wait: float = 5.0) -> None:
        super().__init__(message, hint)
        self.wait = max(1, round(wait))


class OtherVintageError(ComityError):
    """A permanent link to data that are no longer what the service has.

    Parameters
    ----------
    asked, held : str
        Ids of the vintage that the link names, and of the one that there is.
    """

    code = "other_vintage"

    def __init__(self, asked: str, held: str) -> None:
        super().__init__(
            f"This link names the data of vintage {asked}, and this service has {held}.",
            "Leave the vintage out of the link for the figures of today.",
        )
        self.asked = asked
        self.held = held


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


class State:
    """A worker's lake, ledger and answers.

    Parameters
    ----------
    settings : Settings
    today : callable
        Says which day it is.
    """

    def __init__(self, settings: Settings, today: Callable[[], dt.date] = _today) -> None:
        self.settings = settings
        self.today = today
        self._folder = find_lake(settings.lake or None) or starter.path()
        self._thread = Thread()
        self._costs = Costs()
        self._refused = (0.0, 0)
        self._computing = threading.RLock()
        self._kept = Answers(settings.answers)
        self._done = 0
        self._stamp = self._lake_stamp()
        self._refreshing = threading.Lock()
        if settings.write:
            writing.prepare(settings.ledger or None)
        self.vintage = Vintage(
            Store(self._folder, memory=settings.memory),
            self._read_ledger(),
            today(),
            settings.write,
        )
        self._first = self.vintage.store
        self.trouble = ""
        self.begun = False
        self.loading = settings.loading
        self.who: Who | None = None

    def refresh(self) -> Vintage:
        """Look whether lake, ledger or day have changed, and take what there is now.

        Answers under way end on what they began with. Where lake or ledger cannot be read, the
        service goes on with what it has, and ``trouble`` says so.
        """
        with self._refreshing:
            held = self.vintage
            try:
                stamp, store = self._lake_stamp(), held.store
                if stamp != self._stamp:
                    store = Store(self._folder, memory=self.settings.memory)
                ledger, day = self._read_ledger(), self.today()
            except ComityError as error:
                self.trouble = error.message
                return held
            self.trouble, self._stamp = "", stamp
            if store is not held.store or ledger.id != held.ledger.id or day != held.day:
                self.vintage = Vintage(store, ledger, day, held.desk)
            return self.vintage

    def warm(self) -> None:
        """Begin to compute and draw one pair, so that tables, fits and kernels load.

        Pages that need none of them are shown meanwhile, and ``loading`` says so, unless the state
        was begun elsewhere and has them all.
        """
        self.loading = not self.begun

        def first() -> None:
            try:
                with suppress(ComityError):  # a lake of one's own may not have the two
                    self.answer(answers.pair, "IND", "RUS")
                self.vintage.store.table("flows")
                engine.start()
            finally:
                self.loading = False

        self._thread.submit(0.0, first)

    async def watch(self) -> None:
        """Refresh once a second and give memory back now and then, until cancelled."""
        given = time.monotonic()
        while True:
            await asyncio.sleep(CHECK)
            await asyncio.to_thread(self.refresh)
            if time.monotonic() - given > memory.EVERY:
                await asyncio.to_thread(memory.give_back)
                given = time.monotonic()

    def at(self, asked: str) -> Vintage:
        """Return the vintage that a link names; "" asks for that of today.

        Raises
        ------
        OtherVintageError
            The service has other data, or the day has not come.
        """
        held = self.vintage
        found = held.of_day(asked) if asked else held
        if found is None:
            raise OtherVintageError(asked, held.id)
        return found

    def answer(
        self,
        ask: Callable[..., Answer],
        *args: object,
        at: Vintage | None = None,
        **given: object,
    ) -> Answer:
        """Return an answer, from what is kept or computed in this thread.

        Parameters
        ----------
        ask : callable
            A function of `comity.web.answers`; the vintage is put before the arguments.
        at : Vintage, optional
            What the answer rests on; by default what there is today.
        """
        vintage = at or self.vintage
        key = self._key(vintage, ask, args, given)
        with self._computing:
            made = self._kept.get(vintage, key)
            if made is None:
                made = ask(vintage, *args, **given)
                self._kept.put(key, made)
            return made

    @staticmethod
    def _key(
        vintage: Vintage,
        ask: Callable[..., Answer],
        args: tuple[object, ...],
        given: Mapping[str, object],
    ) -> tuple[Any, ...]:
        return (vintage.id, ask.__name__, args, tuple(sorted(given.items())))

    async def ask(
        self,
        ask: Callable[..., Answer],
        *args: object,
        at: Vintage | None = None,
        **given: object,
    ) -> Answer:
        """Return an answer without holding up other visitors.

        Raises
        ------
        BusyError
            Too many are waiting, or it takes too long.
        """
        return await self.run(self.answer, ask, *args, at=at, **given)

    async def run(self, work: Callable[P, T], *args: P.args, **given: P.kwargs) -> T:
        """Run a function in the thread that computes.

        A request whose first piece of work was taken on has all its further ones done, too.

        Raises
        ------
        BusyError
            What waits already takes too long, or this does.
        """
        kind, seconds = self._expect(work, args, given)
        visit = came.get() or Visit(time.monotonic())
        if not visit.admitted:
            if busy := self.crowded(seconds):
                raise busy
            visit.admitted = True
        left = max(0.0, visit.since + self.settings.seconds - time.monotonic())

        def timed() -> T:
            began = time.perf_counter()
            try:
                return work(*args, **given)
            finally:
                if seconds:
                    self._costs.learn(kind, time.perf_counter() - began)
                    self._count()

        future = self._thread.submit(visit.since, timed, seconds)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), left)
        except TimeoutError:
            raise BusyError(
                f"This answer takes longer than {self.settings.seconds:g} seconds.",
                "Try again: it may be ready by then.",
            ) from None

    def _count(self) -> None:
        """Count a piece of work that was done, in the thread that does it."""
        self._done += 1
        if self._done % REOPEN == 0:
            self.vintage.store.close()
        # One that takes its place would have to load a newer lake before it answers.
        if self._done == self.settings.renew and self.vintage.store is self._first:
            workers.ask_for_another()

    def _expect(
        self, work: Callable[..., object], args: tuple[Any, ...], given: dict[str, Any]
    ) -> tuple[str, float]:
        """Return what kind of work this is, and how long it should take; 0 for a kept answer."""
        if work != self.answer:
            kind = work.__qualname__ if hasattr(work, "__qualname__") else type(work).__name__
            return kind, self._costs.of(kind)
        ask = args[0]
        rest = {name: value for name, value in given.items() if name != "at"}
        key = self._key(given.get("at") or self.vintage, ask, args[1:], rest)
        kind = ask.__name__
        return kind, 0.0 if key in self._kept else self._costs.of(kind)

    def crowded(self, seconds: float = 1.0) -> BusyError | None:
        """Return what a new visitor is told whose answer takes so long; None where it is taken on.

        Light work is taken on longer: the pictures of a page that was just sent.
        """
        waiting = self._thread.expected()
        patience = self.settings.patience * (3 if seconds < _LIGHT else 1)
        if waiting <= patience and len(self._thread) < self.settings.queue:
            return None
        return BusyError(
            "Too many answers are being computed at the moment.",
            "Try again in a few seconds.",
            waiting,
        )

    async def pace(self) -> None:
        """Wait a second before a refusal, where very many are sent.

        Who asks again at once would else take the time that answers need.
        """
        second = time.monotonic() // 1
        self._refused = (second, self._refused[1] + 1 if self._refused[0] == second else 1)
        if self._refused[1] > MANY:
            await asyncio.sleep(1.0)

    async def page(
        self, render: Callable[..., str], *args: object, **given: object
    ) -> HTMLResponse:
        """Return a page that may be kept until the vintage changes, rendered off the loop."""
        written = await self.run(render, *args, **given)
        return HTMLResponse(written, headers={"Cache-Control": KEPT})

    async def light(
        self, render: Callable[..., str], *args: object, **given: object
    ) -> HTMLResponse:
        """Return a page without figures that may be kept; it waits for no computing."""
        written = await asyncio.to_thread(render, *args, **given)
        return HTMLResponse(written, headers={"Cache-Control": KEPT})

    def close(self) -> None:
        """Let what is being computed end, and drop what waits."""
        self._thread.stop()

    def _lake_stamp(self) -> tuple[int, int]:
        try:
            about = (self._folder / MANIFEST).stat()
        except OSError:
            return (0, 0)
        return about.st_mtime_ns, about.st_ino

    def _read_ledger(self) -> Ledger:
        return open_ledger(self.settings.ledger or None)
