"""Answers that are not what was asked for, and whether asking again may help."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import httpx

from comity.errors import FetchError

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT = 120.0  # seconds; a server that asks for more is asked again by the user
# What a file of a kind begins with. A CSV or JSON file has no such mark: it must not be a web page.
_MARKS = {"zip": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "7z": b"7z\xbc\xaf'\x1c", "gz": b"\x1f\x8b"}


class Passing(Exception):  # noqa: N818 - never seen by a caller
    """A fault that may pass: asked again after `after` seconds where the server named them."""

    def __init__(self, error: FetchError, after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


def public(url: str) -> str:
    """Return an address without its query: keys may stand there."""
    return url.partition("?")[0]


def refuse_status(url: str, response: httpx.Response) -> None:
    """Raise unless the server gave what was asked for; `Passing` where asking again may help."""
    status = response.status_code
    if response.is_success:
        return
    said = f"{public(url)} answered {status} ({response.reason_phrase or 'no reason given'})"
    if status in _RETRIED:
        after = _retry_after(response.headers.get("Retry-After", ""))
        error = FetchError(f"{said}, time after time.", "Try again later.", status=status)
        if after is not None and after > _LONGEST_WAIT:
            raise FetchError(
                f"{said} and asks for {after / 60:,.0f} minutes of patience.",
                "Try again after that time, or ask for less.",
                status=status,
            )
        raise Passing(error, after)
    if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise Passing(FetchError(f"{said}.", "Fetch it again.", status=status))
    response.read()
    hint = {
        401: "Look at the key in the environment: the publisher does not take it.",
        403: "The publisher does not give this to everyone: look at its terms, or at the key.",
        404: "Look at the years and codes that were asked for; the publisher may have moved it.",
    }.get(status, "Look at what was asked for.")
    raise FetchError(f"{said}.", hint, status=status, body=response.text[:2000])


def _retry_after(text: str) -> float | None:
    """Seconds of a Retry-After header: a number, or a date."""
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def refuse_page(url: str, start: bytes) -> None:
    """Raise where an answer is a web page."""
    if start[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        raise FetchError(
            f"{public(url)} sent a web page instead of data.",
            "The publisher may ask for a log-in or have moved the file: open the address in a "
            "browser, save the file and use 'comity add FILE'.",
        )


def refuse_other(url: str, start: bytes, expect: str) -> None:
    """Raise where a file does not begin as one of its kind."""
    refuse_page(url, start)
    if not start.startswith(_MARKS.get(expect, b"")):
        raise FetchError(
            f"{public(url)} sent what is no {expect} file.",
            "Open the address in a browser, save the file and use 'comity add FILE'.",
        )
