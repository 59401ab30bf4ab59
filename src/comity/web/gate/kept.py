"""Pages in memory, compressed where that pays, until the vintage changes."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from comity.web.gate.headers import Raw

_LEAST = 600  # bytes from which on compressing pays
_COMPRESSIBLE = (b"text/", b"application/json", b"application/javascript", b"image/svg")
_OVERHEAD = 1_000  # bytes of an entry beside its bodies, roughly


@dataclass(frozen=True, slots=True)
class Page:
    """One response, ready to be sent: plain, compressed, or as "you have it".

    ``body`` is None where it is kept compressed: few visitors ask for it otherwise.
    """

    tag: str
    headers: Raw
    body: bytes | None
    small_headers: Raw
    small: bytes | None
    unchanged: Raw

    @property
    def size(self) -> int:
        """What it takes of the memory."""
        return _OVERHEAD + len(self.body or b"") + len(self.small or b"")

    @property
    def plain(self) -> bytes:
        """The response's body, not compressed."""
        return gzip.decompress(self.small or b"") if self.body is None else self.body

    def tags(self) -> tuple[str, str]:
        """Return the tags of both forms."""
        return f'"{self.tag}"', f'"{self.tag}-gz"'


def make(headers: Raw, body: bytes) -> Page:
    """Return a page from a response, with its tag; compressed where that pays."""
    tag = hashlib.sha256(body).hexdigest()[:20]
    kind = next((value for name, value in headers if name == b"content-type"), b"")
    rest = [(n, v) for n, v in headers if n not in (b"content-length", b"etag", b"vary")]
    small = None
    if len(body) >= _LEAST and kind.startswith(_COMPRESSIBLE):
        small = gzip.compress(body, 6, mtime=0)
    vary = [(b"vary", b"accept-encoding")]
    plain = (b"etag", f'"{tag}"'.encode())
    packed = (b"etag", f'"{tag}-gz"'.encode())
    unchanged = [h for h in rest if not h[0].startswith(b"content-")] + vary
    return Page(
        tag=tag,
        headers=[*rest, *vary, plain, (b"content-length", b"%d" % len(body))],
        body=body if small is None else None,
        small_headers=[
            *rest,
            *vary,
            packed,
            (b"content-encoding", b"gzip"),
            (b"content-length", b"%d" % len(small or b"")),
        ],
        small=small,
        unchanged=unchanged,
    )


class Pages:
    """The pages that are kept, the least used ones going first.

    Parameters
    ----------
    most : int
        Bytes that they may take.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.bytes = 0
        self.vintage = ""
        self._kept: OrderedDict[tuple[str, bytes], Page] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, vintage: str, key: tuple[str, bytes]) -> Page | None:
        """Return a page of this vintage; those of another one are dropped."""
        if vintage != self.vintage:
            self.vintage, self.bytes = vintage, 0
            self._kept.clear()
            return None
        page = self._kept.get(key)
        if page is not None:
            self._kept.move_to_end(key)
        return page

    def put(self, vintage: str, key: tuple[str, bytes], page: Page) -> None:
        """Keep a page, unless the vintage has changed meanwhile or it alone is too large."""
        if vintage != self.vintage or page.size > self.most // 4:
            return
        old = self._kept.pop(key, None)
        self.bytes += _size(key, page) - (_size(key, old) if old else 0)
        self._kept[key] = page
        while self.bytes > self.most:
            self.bytes -= _size(*self._kept.popitem(last=False))


def _size(key: tuple[str, bytes], page: Page) -> int:
    """Return what a page takes with its address, which a visitor may make long."""
    return page.size + len(key[0]) + len(key[1])
