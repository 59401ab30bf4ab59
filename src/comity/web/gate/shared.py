"""Pages that the workers of a service make for each other: on disk, in the service's own folder.

A page that one worker has made, the others find there; so does one that takes a dead one's place.
Nothing of a request is in a file's name but a hash of it, and the folder goes with the service.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from comity.web.gate.headers import Raw
from comity.web.gate.kept import Page

_END = ".page"
_LOOKS = 8
"""The folder is looked through whenever a worker has written this part of what it may hold."""


class Shared:
    """The folder of pages.

    Parameters
    ----------
    folder : str
        Of the service; "" where there is one worker, which shares nothing.
    most : int
        Bytes that the pages may take; the oldest go first.
    """

    def __init__(self, folder: str, most: int) -> None:
        self.folder = Path(folder) if folder else None
        self.most = most
        self._written = 0

    def get(self, vintage: str, key: tuple[str, bytes]) -> Page | None:
        """Return a page that some worker has made, if it is there and whole."""
        place = self._place(vintage, key)
        if place is None:
            return None
        try:
            with place.open("rb") as file:
                return _read(json.loads(file.readline()), file.read())
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, vintage: str, key: tuple[str, bytes], page: Page) -> None:
        """Leave a page for the others; where the disk will not have it, nothing happens."""
        place = self._place(vintage, key)
        if place is None or page.size > self.most // _LOOKS:
            return
        part = place.with_suffix(f".{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                file.write(json.dumps(_about(page)).encode() + b"\n")
                file.write(page.body if page.small is None else page.small)  # type: ignore[arg-type]
            part.replace(place)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            return
        self._written += page.size
        if self._written > self.most // _LOOKS:
            self._written = 0
            self._sweep()

    def _place(self, vintage: str, key: tuple[str, bytes]) -> Path | None:
        if self.folder is None:
            return None
        told = b"\0".join((vintage.encode(), key[0].encode("utf-8", "replace"), key[1]))
        return self.folder / f"{hashlib.sha256(told).hexdigest()}{_END}"

    def _sweep(self) -> None:
        """Remove the oldest pages until the others fit, with room for what comes next."""
        assert self.folder is not None  # noqa: S101 - only called after a page was written
        found = []
        for place in self.folder.glob(f"*{_END}"):
            with suppress(OSError):
                about = place.stat()
                found.append((about.st_mtime_ns, about.st_size, place))
        total = sum(size for _, size, _ in found)
        for _, size, place in sorted(found):
            if total <= self.most - self.most // _LOOKS:
                return
            with suppress(OSError):
                place.unlink()
            total -= size


def _about(page: Page) -> dict[str, object]:
    body = page.small if page.small is not None else page.body or b""
    return {
        "tag": page.tag,
        "size": len(body),
        "small": page.small is not None,
        "headers": _texts(page.headers),
        "small_headers": _texts(page.small_headers),
        "unchanged": _texts(page.unchanged),
    }


def _read(about: dict[str, object], body: bytes) -> Page | None:
    if len(body) != about["size"]:
        return None
    return Page(
        tag=str(about["tag"]),
        headers=_bytes(about["headers"]),
        body=None if about["small"] else body,
        small_headers=_bytes(about["small_headers"]),
        small=body if about["small"] else None,
        unchanged=_bytes(about["unchanged"]),
    )


def _texts(headers: Raw) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _bytes(headers: object) -> Raw:
    assert isinstance(headers, list)  # noqa: S101 - as it was written
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
