"""The gate itself."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comity.errors import ComityError
from comity.web.answers import API
from comity.web.api.envelope import failure
from comity.web.gate import logs, named
from comity.web.gate.headers import Asking, Raw, name_of, read, safe
from comity.web.gate.kept import Page, Pages, make
from comity.web.gate.limits import Buckets, client
from comity.web.gate.metrics import Metrics
from comity.web.gate.shared import Shared
from comity.web.state import BusyError, State, Visit, came

_PERSONAL = ("/desk", "/sign-", f"{API}/session", f"{API}/trail")
"""What depends on who asks; everything else is the same for all."""
_HEAVY = ("/pairs/", "/countries/", f"{API}/pairs/", f"{API}/countries/")
"""What takes long to compute, charts by themselves apart."""
_UNNAMED = (API, "/static/")
_OPEN = ("/healthz", "/readyz", "/metrics")


Refusal = Callable[[ComityError, int], bytes]
"""Writes the page for those who are turned away: why, and with which status."""


Put = Callable[[str, bytes], bytes]
"""Puts a user's name into a page."""


class _Told:
    """What became of one request, for log and counters."""

    __slots__ = ("began", "host", "id", "kept", "sent", "size", "status")

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.id = uuid4().hex[:16]
        self.status, self.size, self.sent, self.kept, self.host = 500, 0, False, "", ""


class Gate:
    """The outermost layer of the service.

    Parameters
    ----------
    app : ASGI application
    state : State
    refusal : callable, optional
        Writes the page for those who are told to come again; without it they get JSON.
    put : callable, optional
        Puts the name of who is signed in into a page.
    """

    def __init__(
        self,
        app: ASGIApp,
        state: State,
        refusal: Refusal | None = None,
        put: Put | None = None,
    ) -> None:
        self.app = app
        self.put = put
        self.refusal = refusal
        self.state = state
        settings = self.settings = state.settings
        self.pages = Pages(settings.pages)
        self.shared = Shared(settings.folder, settings.shared)
        self.metrics = Metrics(settings.folder)
        self.buckets = Buckets(settings.rate, settings.burst)
        self.proxies = frozenset(settings.proxies)
        self.hosts = frozenset(name.lower() for name in settings.hosts)
        self.safe = safe(https=settings.secure)
        self._making: dict[tuple[str, bytes], asyncio.Future[None]] = {}
        self._followers: dict[asyncio.Future[None], int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            self.metrics.leave_now()
            return
        if scope["type"] != "http":
            return
        told = _Told()
        came.set(Visit(time.monotonic()))
        gauges = self.metrics.gauges
        gauges["comity_in_flight"] += 1
        head = scope["method"] == "HEAD"

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                told.status, told.sent = message["status"], True
                message = dict(message)
                own = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(header for header in self.safe if header[0] not in own),
                    (b"x-request-id", told.id.encode()),
                ]
            else:
                told.size += len(message.get("body", b""))
                if head:
                    message = {**message, "body": b""}
            await send(message)

        try:
            await self._answer(scope, receive, out, told)
        except Exception as error:
            await self._failed(error, told, out)
        finally:
            gauges["comity_in_flight"] -= 1
            self._count(scope, told)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, told: _Told) -> None:
        asking = read(scope["headers"])
        if asking is None:
            await self._refuse(send, 400, "headers", "The request's headers contradict each other.")
            return
        peer = scope["client"][0] if scope["client"] else ""
        told.host = client(peer, asking.forwarded, self.proxies)
        scope.setdefault("state", {})["address"] = told.host
        if name_of(asking.host) not in self.hosts:
            told_name = "This service does not answer under that name."
            await self._refuse(send, 400, "host", told_name, "Its operator names it with --name.")
            return
        if scope["path"] in _OPEN:
            await self._open(scope["path"], send)
            return
        if wait := self.buckets.take(told.host, time.monotonic()):
            await self._refuse(
                send, 429, "rate", "Too many requests from this address.",
                f"Wait {wait} seconds.", [(b"retry-after", b"%d" % wait)],
            )  # fmt: skip
            return
        if asking.length is not None and asking.length > self.settings.body:
            large = ComityError(f"{self._large}.", "Send the text in parts.")
            large.code = "body"
            await self._turn_away(scope["path"], large, 413, send)
            return
        if (who := await self._who(scope)) and self.put is not None:
            scope, asking = named.plain(scope), replace(asking, gzip=False, known=())
            send = named.named(send, partial(self.put, who))
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        if scope["method"] == "GET" and not scope["path"].startswith(_PERSONAL):
            await self._kept(scope, receive, send, asking, told)
            return
        await self.app(scope, self._limited(receive), send)

    async def _who(self, scope: Scope) -> str:
        """Return who is signed in, where people sign in and a page is asked for."""
        if self.state.who is None or scope["path"].startswith(_UNNAMED):
            return ""
        return await self.state.who(scope) if named.has_session(scope["headers"]) else ""

    async def _kept(
        self, scope: Scope, receive: Receive, send: Send, asking: Asking, told: _Told
    ) -> None:
        """Answer from memory, or make the page once, whoever else asks for it meanwhile."""
        key = (scope["path"], scope["query_string"])
        vintage = self.state.vintage.id
        page = self.pages.get(vintage, key) or self._found(vintage, key)
        if page is None and (making := self._making.get(key)) is not None:
            self._followers[making] = self._followers.get(making, 0) + 1
            await asyncio.shield(making)
            page = self.pages.get(vintage, key)
        if page is not None:
            told.kept = "hit"
            self.metrics.add('comity_pages_total{from="hit"}')
            await _send_page(page, asking, send)
            return
        if (busy := self._crowded(*key)) is not None:
            await self._come_again(scope["path"], busy, send)
            return
        told.kept = "miss"
        self.metrics.add('comity_pages_total{from="miss"}')
        made: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._making[key] = made
        try:
            page = await self._make_unless_left(scope, receive, send, made)
            if page is not None:
                self.pages.put(vintage, key, page)
                await asyncio.to_thread(self.shared.put, vintage, key, page)
                self.metrics.gauges["comity_kept_bytes"] = self.pages.bytes
        finally:
            if self._making.get(key) is made:
                del self._making[key]
            self._followers.pop(made, None)
            made.set_result(None)
        if page is not None:
            await _send_page(page, asking, send)
        elif not told.sent:
            told.status = 499  # the visitor left

    def _found(self, vintage: str, key: tuple[str, bytes]) -> Page | None:
        """Return a page that another worker has made, and keep it here, too."""
        page = self.shared.get(vintage, key)
        if page is not None:
            self.pages.put(vintage, key, page)
        return page

    def _crowded(self, path: str, query: bytes) -> BusyError | None:
        """Return why no more of what takes long is taken on: said before it costs anything."""
        charts = "/charts/" in path or b"chart=" in query
        return self.state.crowded() if path.startswith(_HEAVY) and not charts else None

    async def _come_again(self, path: str, busy: BusyError, send: Send) -> None:
        await self.state.pace()
        again = [(b"retry-after", b"%d" % busy.wait)]
        await self._turn_away(path, busy, 503, send, again)

    async def _turn_away(
        self, path: str, error: ComityError, status: int, send: Send, more: Raw | None = None
    ) -> None:
        """Refuse with a page, and in the API with an error of its shape."""
        if self.refusal is None or path.startswith(API):
            await self._refuse(send, status, error.code, error.message, error.hint, more)
            return
        self.metrics.add(f'comity_refused_total{{reason="{error.code}"}}')
        page = self.refusal(error, status)
        await _send(send, status, page, b"text/html; charset=utf-8", more)

    async def _make_unless_left(
        self, scope: Scope, receive: Receive, send: Send, made: asyncio.Future[None]
    ) -> Page | None:
        """Make a page, but not for a visitor who has left, where nobody else waits for it."""
        making = asyncio.ensure_future(self._make(scope, _nothing, send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({making, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not making.done() and not self._followers.get(made):
                making.cancel()
                self.metrics.add('comity_refused_total{reason="left"}')
            return await making
        except asyncio.CancelledError:
            if asyncio.current_task() is not None and making.cancelled():
                return None
            raise
        finally:
            leaving.cancel()

    async def _make(self, scope: Scope, receive: Receive, send: Send) -> Page | None:
        """Return the application's response as a page; None where it was sent, unkept."""
        held: list[Message] = []
        parts: list[bytes] = []

        async def take(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 200 and _may_be_kept(message["headers"]):
                    held.append(message)
                else:
                    await send(message)
            elif held:
                parts.append(message.get("body", b""))
            else:
                await send(message)

        await self.app(scope, receive, take)
        if not held:
            return None
        return await asyncio.to_thread(make, list(held[0]["headers"]), b"".join(parts))

    @property
    def _large(self) -> str:
        return f"The request is larger than {self.settings.body:,} bytes"

    def _limited(self, receive: Receive) -> Receive:
        """Return the request's body, up to the limits of size and time."""
        size, until = 0, time.monotonic() + self.settings.seconds

        async def limited() -> Message:
            nonlocal size
            try:
                message = await asyncio.wait_for(receive(), max(0.1, until - time.monotonic()))
            except TimeoutError:
                raise HTTPException(408, "The request's body did not arrive in time") from None
            size += len(message.get("body", b""))
            if size > self.settings.body:
                raise HTTPException(413, self._large)
            return message

        return limited

    async def _open(self, path: str, send: Send) -> None:
        """Answer those who watch over the service."""
        if path == "/metrics":
            text = self.metrics.text().encode()
            await _send(send, 200, text, b"text/plain; version=0.0.4; charset=utf-8")
            return
        about: dict[str, Any] = {"status": "ok"}
        status = 200
        if path == "/readyz":
            trouble = self.state.trouble or ("loading" if self.state.loading else "")
            status = 503 if trouble else 200
            about = {"status": trouble or "ready", "vintage": self.state.vintage.id}
        await _send(send, status, json.dumps(about).encode(), b"application/json")

    async def _refuse(
        self, send: Send, status: int, why: str, words: str, hint: str = "", more: Raw | None = None
    ) -> None:
        self.metrics.add(f'comity_refused_total{{reason="{why}"}}')
        body = json.dumps(failure(why, words, hint)).encode()
        await _send(send, status, body, b"application/json", more)

    async def _failed(self, error: Exception, told: _Told, send: Send) -> None:
        """Say that something went wrong, and nothing of what; the log has it."""
        # Not the error's words: they may hold what a visitor sent.
        where = [f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-6:]]
        logs.write("error", id=told.id, kind=type(error).__name__, where=where)
        if not told.sent:
            words = f"Something went wrong here; the log has it under {told.id}."
            body = json.dumps(failure("internal", words)).encode()
            await _send(send, 500, body, b"application/json")

    def _count(self, scope: Scope, told: _Told) -> None:
        seconds = time.perf_counter() - told.began
        path = scope["path"]
        kind = "page"
        if path in _OPEN:
            kind = "watch"
        elif path.startswith(API):
            kind = "api"
        elif path.startswith("/static/"):
            kind = "static"
        method = scope["method"]
        known = method if method in ("GET", "HEAD", "POST") else "other"
        self.metrics.count(kind, known, told.status, seconds, told.size)
        self.metrics.leave()
        if self.settings.log and kind != "watch":
            logs.write(
                "request", id=told.id, client=told.host, method=method[:16], path=path[:200],
                status=told.status, ms=round(seconds * 1000, 2), bytes=told.size, kept=told.kept,
            )  # fmt: skip


async def _nothing() -> Message:
    """Return the body of a GET: there is none."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def _left(receive: Receive) -> None:
    """Wait until a visitor has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _may_be_kept(headers: Raw) -> bool:
    return any(name == b"cache-control" and value.startswith(b"public") for name, value in headers)


async def _send_page(page: Page, asking: Asking, send: Send) -> None:
    if asking.known and not {*page.tags(), "*"}.isdisjoint(asking.known):
        tag = page.tags()[1 if asking.gzip and page.small is not None else 0]
        headers = [*page.unchanged, (b"etag", tag.encode())]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    small = page.small if asking.gzip else None
    headers = page.headers if small is None else page.small_headers
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": page.plain if small is None else small})


async def _send(send: Send, status: int, body: bytes, kind: bytes, more: Raw | None = None) -> None:
    headers = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *(more or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
