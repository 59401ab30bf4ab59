"""Pages for somebody who is signed in: those of everybody, with the user's name in them.

Pages are kept for all. A request with a session gets them plain, and the place where they offer to
sign in holds the name; such a response is the user's own, and kept by nobody.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Message, Scope, Send

from comity.web.gate.headers import Raw

_COOKIE = b"comity_session="
_NOT_ASKED = frozenset({b"accept-encoding", b"if-none-match"})
_NOT_SENT = frozenset({b"content-length", b"etag", b"cache-control", b"vary"})


def has_session(headers: Raw) -> bool:
    """Say whether a request comes with a session's cookie."""
    return any(name == b"cookie" and _COOKIE in value for name, value in headers)


def plain(scope: Scope) -> Scope:
    """Return a request that asks for the page itself: not packed, and whether known or not."""
    headers = [(n, v) for n, v in scope["headers"] if n not in _NOT_ASKED]
    return {**scope, "headers": headers}


def named(send: Send, put: Callable[[bytes], bytes]) -> Send:
    """Return what sends pages with a name in them, and everything else as it is.

    Parameters
    ----------
    send : callable
        Of the connection.
    put : callable
        Puts the name into a page.
    """
    start: list[Message] = []
    parts: list[bytes] = []

    async def out(message: Message) -> None:
        if message["type"] == "http.response.start":
            kinds = [value for name, value in message["headers"] if name == b"content-type"]
            if not kinds or not kinds[0].startswith(b"text/html"):
                await send(message)
            else:
                start.append(message)
            return
        if not start:
            await send(message)
            return
        parts.append(message.get("body", b""))
        if message.get("more_body"):
            return
        body = put(b"".join(parts))
        first = start.pop()
        headers = [(n, v) for n, v in first["headers"] if n not in _NOT_SENT]
        headers += [
            (b"cache-control", b"private, no-store"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({**first, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return out
