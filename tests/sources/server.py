"""A publisher's server on the loopback that misbehaves as told, one reply a request."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_PIECE = 64


@dataclass(frozen=True)
class Reply:
    """What the server answers.

    ``stop_after`` breaks the connection after so many bytes though more were promised; ``pause``
    waits between pieces of 64 bytes; ``ranges`` honours a Range header, as good servers do.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stop_after: int | None = None
    pause: float = 0.0
    ranges: bool = True


@dataclass(frozen=True)
class Asked:
    """A request as it arrived: the query's values one a name, headers in small letters."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    at: float


class Server:
    """Replies by path: the first request gets the first reply, and the last reply stays."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._replies: dict[str, list[Reply]] = {}
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def serve(self, path: str, *replies: Reply | bytes | str) -> str:
        """Answer a path with these replies in turn; return its address."""
        self._replies[path] = [
            reply
            if isinstance(reply, Reply)
            else Reply(reply.encode() if isinstance(reply, str) else reply)
            for reply in replies
        ]
        return self.url + path

    def asked_for(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    def take(self, target: str, headers: Mapping[str, str]) -> Reply:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, True).items()}
        plain = {name.lower(): value for name, value in headers.items()}
        with self._lock:
            self.asked.append(Asked(parts.path, query, plain, time.monotonic()))
            replies = self._replies.get(parts.path)
            if not replies:
                return Reply(b"<html><body>Not found</body></html>", 404)
            return replies.pop(0) if len(replies) > 1 else replies[0]

    def start(self) -> None:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def running() -> Iterator[Server]:
    """Run a server on a free port of the loopback."""
    server = Server()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(server.take(self.path, self.headers))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(server.take(self.path, self.headers))

        def do_HEAD(self) -> None:
            self._answer(server.take(self.path, self.headers), body=False)

        def log_message(self, *args: object) -> None:
            pass

        def _answer(self, reply: Reply, *, body: bool = True) -> None:
            content, status, extra = reply.body, reply.status, dict(reply.headers)
            wanted = self.headers.get("Range", "")
            if wanted.startswith("bytes=") and reply.ranges and status == 200:
                start = int(wanted.removeprefix("bytes=").partition("-")[0])
                extra["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
                content, status = content[start:], 206
                if not content:
                    extra["Content-Range"] = f"bytes */{len(reply.body)}"
                    status = 416
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                for name, value in extra.items():
                    self.send_header(name, value)
                self.end_headers()
                if body:
                    self._send(content[: reply.stop_after], reply.pause)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            if reply.stop_after is not None:
                self.close_connection = True

        def _send(self, content: bytes, pause: float) -> None:
            if not pause:
                self.wfile.write(content)
                return
            for start in range(0, len(content), _PIECE):
                self.wfile.write(content[start : start + _PIECE])
                self.wfile.flush()
                time.sleep(pause)

    return Handler
