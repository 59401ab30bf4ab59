"""Headers of a request that matter here, and those that every response carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Raw = list[tuple[bytes, bytes]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing inline, nothing of other hosts, no frame around a page."""

_SAFE: Raw = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
]
_ONLY_HTTPS = (b"strict-transport-security", b"max-age=31536000")
_WANTED = frozenset(
    {b"host", b"accept-encoding", b"if-none-match", b"content-length", b"x-forwarded-for"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asking:
    """The headers of one request; the first of each name counts."""

    host: str
    gzip: bool
    known: tuple[str, ...]
    length: int | None
    forwarded: str


def read(raw: Iterable[tuple[bytes, bytes]]) -> Asking | None:
    """Return what a request says of itself; None where it contradicts itself.

    Parameters
    ----------
    raw : iterable of pairs of bytes
        As ASGI gives them: names in lower case.
    """
    found: dict[bytes, bytes] = {}
    for name, value in raw:
        if name in _WANTED:
            if name == b"host" and name in found:
                return None
            # Proxies that do not append to the header send one more of it.
            again = name in found and name == b"x-forwarded-for"
            found[name] = b",".join((found[name], value)) if again else found.get(name, value)
    length = found.get(b"content-length", b"")
    if length and not length.isdigit():
        return None
    return Asking(
        host=found.get(b"host", b"").decode("latin-1").lower(),
        gzip=b"gzip" in found.get(b"accept-encoding", b"").lower(),
        known=tuple(
            tag.strip().removeprefix("W/")
            for tag in found.get(b"if-none-match", b"").decode("latin-1").split(",")
            if tag.strip()
        ),
        length=int(length) if length else None,
        forwarded=found.get(b"x-forwarded-for", b"").decode("latin-1"),
    )


def name_of(host: str) -> str:
    """Return a host without its port.

    Examples
    --------
    >>> name_of("localhost:8000"), name_of("[::1]:8000"), name_of("example.org")
    ('localhost', '[::1]', 'example.org')
    """
    if host.startswith("["):
        return host.split("]", 1)[0] + "]"
    return host.rsplit(":", 1)[0]


def safe(*, https: bool) -> Raw:
    """Return the headers that every response carries."""
    return [*_SAFE, _ONLY_HTTPS] if https else list(_SAFE)
