"""One polite way to a publisher's server, whatever the server does.

Every fetcher asks through `Client`: it waits between requests to one host, comes back after 429 and
5xx when the server says so, takes up a broken download where it stopped, and refuses what is not
the file that was asked for. Nothing here looks into a file's figures.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar

import httpx
import tenacity

from comity import __version__
from comity.errors import FetchError

if TYPE_CHECKING:
    from rich.progress import Progress

_REDIRECTS = 5
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT = 120.0  # seconds; a server that asks for more is asked again by the user
_SHORT_ANSWER = 256 * 2**20  # bytes; more than this is a download, not an answer
_CHUNK = 2**20
# What a file of a kind begins with. A CSV or JSON file has no such mark: it must not be a web page.
_MARKS = {"zip": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "7z": b"7z\xbc\xaf'\x1c", "gz": b"\x1f\x8b"}

Query = Mapping[str, str | int]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Body:
    """A server's answer whose body is still to come."""

    response: httpx.Response
    whole: int | None  # bytes of the body, where the server says


class _Retry(Exception):  # noqa: N818 - never seen by a caller
    """A fault that may pass: asked again after `after` seconds where the server named them."""

    def __init__(self, error: FetchError, after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


class Client:
    """Asks publishers' servers for answers and files.

    Parameters
    ----------
    timeout : float
        Seconds without a byte, or without a connection, after which a try is given up.
    attempts : int
        Tries for one request.
    pause : float
        Seconds between the starts of two requests to one host; `pauses` overrides it by host.
    floor : float
        Bytes a second; a body that comes in more slowly than this over `timeout` seconds is given
        up like one that stopped.
    progress : rich.progress.Progress, optional
        Where downloads show how far they are.
    sleep : callable
        How to wait; tests hand in one that does not.

    Examples
    --------
    >>> with Client() as client:  # doctest: +SKIP
    ...     client.get_json("https://api.worldbank.org/v2/country/IND", {"format": "json"})
    """

    def __init__(
        self,
        *,
        timeout: float = 30.0,
        attempts: int = 6,
        pause: float = 0.2,
        floor: float = 1024.0,
        progress: Progress | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.pauses: dict[str, float] = {}
        self._timeout = timeout
        self._attempts = attempts
        self._pause = pause
        self._floor = floor
        self._progress = progress
        self._sleep = sleep
        self._last: dict[str, float] = {}
        self._http = httpx.Client(
            timeout=timeout,
            follow_redirects=False,
            headers={"User-Agent": f"comity/{__version__}", "Accept-Encoding": "gzip"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get_bytes(
        self, url: str, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Return the body of an answer, up to 256 MiB.

        Raises
        ------
        FetchError
            The server refused, kept failing, or sent more than an answer should be.
        """

        def ask() -> bytes:
            with self._answer(url, params, headers) as body:
                parts, size = [], 0
                for chunk in self._chunks(url, body.response.iter_bytes(_CHUNK)):
                    size += len(chunk)
                    if size > _SHORT_ANSWER:
                        raise FetchError(f"{_public(url)} sent more than 256 MiB in one answer.")
                    parts.append(chunk)
                return b"".join(parts)

        return self._again(ask)

    def get_json(
        self, url: str, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:  # noqa: ANN401 - JSON is anything
        """Return an answer's JSON.

        Raises
        ------
        FetchError
            As `get_bytes`, or the answer is not JSON.
        """
        body = self.get_bytes(url, params, headers)
        _refuse_page(url, body)
        try:
            return json.loads(body)
        except ValueError as error:
            raise FetchError(
                f"{_public(url)} sent what is not JSON ({error}).",
                "Try again later; the publisher may have changed its service.",
            ) from None

    def download(
        self,
        url: str,
        target: Path,
        *,
        expect: str = "csv",
        checksum: str | None = None,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        fresh: bool = False,
    ) -> Path:
        """Bring a file to disk; whole, or not at all.

        The body goes to ``target.part`` and gets its name only when it is whole and its checksum
        right, so a file of the target's name is always complete. A part left by an interrupted run
        is taken up where it ended if the server still has the same version of the file.

        Parameters
        ----------
        expect : str
            "csv", "json", "zip", "xlsx", "7z" or "gz": what the file must look like.
        checksum : str, optional
            "md5:..." or "sha256:..." as the publisher states it.
        fresh : bool
            Fetch again even though the file is there.

        Raises
        ------
        FetchError
            The server refused or kept failing, sent something else, or the checksum is wrong.
        """
        if target.exists() and not fresh and _has_checksum(target, checksum):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        with _alone(part) as file:
            self._again(lambda: self._continue(url, file, part, expect, params, headers))
            file.flush()
            os.fsync(file.fileno())
            if not _has_checksum(part, checksum):
                _drop(part)
                raise FetchError(
                    f"{target.name} from {_public(url)} does not have the checksum that the "
                    "publisher states.",
                    "Fetch it again; if that does not help, the publisher's file has changed.",
                )
            part.replace(target)
            _validator_file(part).unlink(missing_ok=True)
        return target

    def _continue(
        self,
        url: str,
        file: IO[bytes],
        part: Path,
        expect: str,
        params: Query | None,
        headers: Mapping[str, str] | None,
    ) -> None:
        """Write what is still missing of a part."""
        held, validator = part.stat().st_size, _validator(part)
        resume = {"Range": f"bytes={held}-", "If-Range": validator} if held and validator else {}
        # A range counts the bytes of the file itself, so the body must not be packed on the way.
        asked = {**(headers or {}), **resume, "Accept-Encoding": "identity"}
        with _started_over(part), self._answer(url, params, asked) as body:
            if body.response.status_code != httpx.codes.PARTIAL_CONTENT:
                held = 0
                file.truncate(0)
            _keep_validator(part, body.response)
            total = None if body.whole is None else held + body.whole
            with self._shown(part.stem, held, total) as advance:
                for chunk in self._chunks(url, body.response.iter_bytes(_CHUNK)):
                    if held == 0:
                        _refuse_other(url, chunk, expect)
                    file.write(chunk)
                    held += len(chunk)
                    advance(len(chunk))
        if held == 0:
            raise _Retry(FetchError(f"{_public(url)} sent an empty file.", "Try again later."))

    @contextmanager
    def _answer(
        self, url: str, params: Query | None, headers: Mapping[str, str] | None
    ) -> Iterator[_Body]:
        """Give a good answer of the server, redirects followed; faults that may pass as `_Retry`.

        Headers of the caller's, which may hold a key, go to the host that was asked and to no other
        that it points to.
        """
        asked = httpx.URL(url, params={**httpx.URL(url).params, **(params or {})})
        sent = dict(headers or {})
        try:
            for _ in range(_REDIRECTS + 1):
                self._wait_for(asked.host)
                with self._http.stream("GET", asked, headers=sent) as response:
                    if response.next_request is None:
                        _refuse_status(url, response)
                        size = response.headers.get("Content-Length", "")
                        yield _Body(response, int(size) if size.isdigit() else None)
                        return
                    there = response.next_request.url
                if asked.scheme == "https" and there.scheme != "https":
                    raise FetchError(f"{_public(url)} points to a page without encryption.")
                if there.host != asked.host:
                    kept = ("Range", "If-Range", "Accept-Encoding")
                    sent = {name: value for name, value in sent.items() if name in kept}
                asked = there
        except httpx.TransportError as error:
            # httpx's own words may repeat the address with its key.
            said = f"{_public(url)} could not be reached or broke off ({type(error).__name__})."
            raise _Retry(
                FetchError(said, "Look at the network connection and try again.")
            ) from None
        raise FetchError(f"{_public(url)} points from page to page without an end.")

    def _wait_for(self, host: str) -> None:
        """Keep the pause between two requests to one host."""
        now = time.monotonic()
        due = self._last.get(host, -1e9) + self.pauses.get(host, self._pause)
        if due > now:
            self._sleep(due - now)
        self._last[host] = time.monotonic()

    def _chunks(self, url: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Pass chunks on; a body that only drips is given up."""
        since, size = time.monotonic(), 0
        for chunk in chunks:
            yield chunk
            size += len(chunk)
            spent = time.monotonic() - since
            if spent >= self._timeout:
                if size < self._floor * spent:
                    raise _Retry(
                        FetchError(
                            f"{_public(url)} sends fewer than {self._floor:,.0f} bytes a second.",
                            "Try again later: what has come in so far is kept.",
                        )
                    )
                since, size = time.monotonic(), 0

    def _again(self, ask: Callable[[], _T]) -> _T:
        """Ask until it works, with longer and longer waits, or as the server says."""
        backoff = tenacity.wait_exponential_jitter(initial=1, max=60)

        def wait(state: tenacity.RetryCallState) -> float:
            fault = state.outcome.exception() if state.outcome else None
            named = fault.after if isinstance(fault, _Retry) else None
            return backoff(state) if named is None else named

        try:
            return tenacity.Retrying(
                retry=tenacity.retry_if_exception_type(_Retry),
                stop=tenacity.stop_after_attempt(self._attempts),
                wait=wait,
                sleep=self._sleep,
                reraise=True,
            )(ask)
        except _Retry as fault:
            raise fault.error from None

    @contextmanager
    def _shown(self, name: str, held: int, total: int | None) -> Iterator[Callable[[int], None]]:
        """Show a download in the progress bars, if there are any."""
        if self._progress is None:
            yield lambda _size: None
            return
        progress = self._progress
        task = progress.add_task(name, total=total, completed=held)
        try:
            yield lambda size: progress.advance(task, size)
        finally:
            progress.stop_task(task)


def api_key(variable: str, publisher: str, register: str) -> str:
    """Return a key from the environment.

    Parameters
    ----------
    variable : str
        Name of the environment variable, such as "COMTRADE_API_KEY".
    publisher, register : str
        Whose key it is and where to get one, for the error sentence.

    Raises
    ------
    FetchError
        The variable is not set.
    """
    if key := os.environ.get(variable, "").strip():
        return key
    raise FetchError(
        f"{publisher} asks for a key, and {variable} is not set.",
        f"Register at {register} and set {variable} in the environment.",
    )


def _public(url: str) -> str:
    """Return an address without its query: keys may stand there."""
    return url.partition("?")[0]


def _refuse_status(url: str, response: httpx.Response) -> None:
    status = response.status_code
    if response.is_success:
        return
    said = f"{_public(url)} answered {status} ({response.reason_phrase or 'no reason given'})"
    if status in _RETRIED:
        after = _retry_after(response.headers.get("Retry-After", ""))
        error = FetchError(f"{said}, time after time.", "Try again later.", status=status)
        if after is not None and after > _LONGEST_WAIT:
            raise FetchError(
                f"{said} and asks for {after / 60:,.0f} minutes of patience.",
                "Try again after that time, or ask for less.",
                status=status,
            )
        raise _Retry(error, after)
    if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise _Retry(FetchError(f"{said}.", "Fetch it again.", status=status))
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


def _refuse_page(url: str, start: bytes) -> None:
    if start[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        raise FetchError(
            f"{_public(url)} sent a web page instead of data.",
            "The publisher may ask for a log-in or have moved the file: open the address in a "
            "browser, save the file and use 'comity add FILE'.",
        )


def _refuse_other(url: str, start: bytes, expect: str) -> None:
    _refuse_page(url, start)
    if not start.startswith(_MARKS.get(expect, b"")):
        raise FetchError(
            f"{_public(url)} sent what is no {expect} file.",
            "Open the address in a browser, save the file and use 'comity add FILE'.",
        )


@contextmanager
def _alone(part: Path) -> Iterator[IO[bytes]]:
    """Open a part for appending, for this process alone."""
    with part.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FetchError(
                f"{part.stem} is being fetched by another comity.", "Wait until it is done."
            ) from None
        yield file


def _validator_file(part: Path) -> Path:
    return part.with_name(part.name + ".version")


def _validator(part: Path) -> str | None:
    """Which version of the file a part belongs to; None where nobody knows."""
    try:
        return _validator_file(part).read_text("utf-8") or None
    except FileNotFoundError:
        return None


def _keep_validator(part: Path, response: httpx.Response) -> None:
    """Remember the version: a strong ETag, else the date of the last change."""
    etag = response.headers.get("ETag", "")
    version = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified")
    _validator_file(part).write_text(version or "", "utf-8")


@contextmanager
def _started_over(part: Path) -> Iterator[None]:
    """Let the next try begin anew where the server has nothing after what a part holds."""
    try:
        yield
    except _Retry as fault:
        if fault.error.status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            _validator_file(part).unlink(missing_ok=True)
        raise


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    _validator_file(part).unlink(missing_ok=True)


def _has_checksum(path: Path, checksum: str | None) -> bool:
    """Whether a file has the checksum "ALGORITHM:HEX"; True where none is stated."""
    if checksum is None:
        return True
    algorithm, _, digest = checksum.partition(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == digest.lower()
