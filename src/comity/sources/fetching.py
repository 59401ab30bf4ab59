"""One polite way to a publisher's server, whatever the server does.

Every fetcher asks through `Client`: it waits between requests to one host, comes back after 429 and
5xx when the server says so, takes up a broken download where it stopped, and refuses what is not
the file that was asked for. Nothing here looks into a file's figures.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar

import httpx
import tenacity

from comity import __version__
from comity.errors import FetchError
from comity.sources.parts import (
    alone,
    drop,
    has_checksum,
    keep_validator,
    validator,
    validator_file,
)
from comity.sources.refusals import Passing, public, refuse_other, refuse_page, refuse_status

if TYPE_CHECKING:
    from rich.progress import Progress

_REDIRECTS = 5
_SHORT_ANSWER = 256 * 2**20  # bytes; more than this is a download, not an answer

Query = Mapping[str, str | int]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Body:
    """A server's answer whose body is still to come."""

    response: httpx.Response
    whole: int | None  # bytes of the body, where the server says


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
        self,
        url: str,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body of an answer, up to 256 MiB.

        A question that needs more than an address is posted: `form` is its JSON.

        Raises
        ------
        FetchError
            The server refused, kept failing, or sent more than an answer should be.
        """

        def ask() -> bytes:
            with self._answer(url, params, headers, form) as body:
                parts, size = [], 0
                for chunk in self._chunks(url, body.response.iter_bytes()):
                    size += len(chunk)
                    if size > _SHORT_ANSWER:
                        raise FetchError(f"{public(url)} sent more than 256 MiB in one answer.")
                    parts.append(chunk)
                return b"".join(parts)

        return self._again(ask)

    def get_json(
        self,
        url: str,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON is anything
        """Return an answer's JSON; `form` as for `get_bytes`.

        Raises
        ------
        FetchError
            As `get_bytes`, or the answer is not JSON.
        """
        body = self.get_bytes(url, params, headers, form)
        refuse_page(url, body)
        try:
            return json.loads(body)
        except ValueError as error:
            raise FetchError(
                f"{public(url)} sent what is not JSON ({error}).",
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
        if target.exists() and not fresh and has_checksum(target, checksum):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        with alone(part) as file:
            self._again(lambda: self._continue(url, file, part, expect, params, headers))
            file.flush()
            os.fsync(file.fileno())
            if not has_checksum(part, checksum):
                drop(part)
                raise FetchError(
                    f"{target.name} from {public(url)} does not have the checksum that the "
                    "publisher states.",
                    "Fetch it again; if that does not help, the publisher's file has changed.",
                )
            part.replace(target)
            validator_file(part).unlink(missing_ok=True)
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
        held, version = part.stat().st_size, validator(part)
        resume = {"Range": f"bytes={held}-", "If-Range": version} if held and version else {}
        # A range counts the bytes of the file itself, so the body must not be packed on the way.
        asked = {**(headers or {}), **resume, "Accept-Encoding": "identity"}
        with _started_over(part), self._answer(url, params, asked) as body:
            if body.response.status_code != httpx.codes.PARTIAL_CONTENT:
                held = 0
                file.truncate(0)
            keep_validator(part, body.response.headers)
            total = None if body.whole is None else held + body.whole
            with self._shown(part.stem, held, total) as advance:
                for chunk in self._chunks(url, body.response.iter_bytes()):
                    if held == 0:
                        refuse_other(url, chunk, expect)
                    file.write(chunk)
                    held += len(chunk)
                    advance(len(chunk))
        if held == 0:
            raise Passing(FetchError(f"{public(url)} sent an empty file.", "Try again later."))

    @contextmanager
    def _answer(
        self,
        url: str,
        params: Query | None,
        headers: Mapping[str, str] | None,
        form: Mapping[str, Any] | None = None,
    ) -> Iterator[_Body]:
        """Give a good answer of the server, redirects followed; faults that may pass as `Passing`.

        Headers of the caller's, which may hold a key, go to the host that was asked and to no other
        that it points to.
        """
        asked = httpx.URL(url, params={**httpx.URL(url).params, **(params or {})})
        sent = dict(headers or {})
        try:
            for _ in range(_REDIRECTS + 1):
                self._wait_for(asked.host)
                how = "GET" if form is None else "POST"
                with self._http.stream(how, asked, headers=sent, json=form) as response:
                    if response.next_request is None:
                        refuse_status(url, response)
                        size = response.headers.get("Content-Length", "")
                        yield _Body(response, int(size) if size.isdigit() else None)
                        return
                    there = response.next_request.url
                if asked.scheme == "https" and there.scheme != "https":
                    raise FetchError(f"{public(url)} points to a page without encryption.")
                if there.host != asked.host:
                    kept = ("Range", "If-Range", "Accept-Encoding")
                    sent = {name: value for name, value in sent.items() if name in kept}
                asked = there
        except httpx.TransportError as error:
            # httpx's own words may repeat the address with its key.
            said = f"{public(url)} could not be reached or broke off ({type(error).__name__})."
            raise Passing(
                FetchError(said, "Look at the network connection and try again.")
            ) from None
        raise FetchError(f"{public(url)} points from page to page without an end.")

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
                    raise Passing(
                        FetchError(
                            f"{public(url)} sends fewer than {self._floor:,.0f} bytes a second.",
                            "Try again later: what has come in so far is kept.",
                        )
                    )
                since, size = time.monotonic(), 0

    def _again(self, ask: Callable[[], _T]) -> _T:
        """Ask until it works, with longer and longer waits, or as the server says."""
        backoff = tenacity.wait_exponential_jitter(initial=1, max=60)

        def wait(state: tenacity.RetryCallState) -> float:
            fault = state.outcome.exception() if state.outcome else None
            named = fault.after if isinstance(fault, Passing) else None
            return backoff(state) if named is None else named

        try:
            return tenacity.Retrying(
                retry=tenacity.retry_if_exception_type(Passing),
                stop=tenacity.stop_after_attempt(self._attempts),
                wait=wait,
                sleep=self._sleep,
                reraise=True,
            )(ask)
        except Passing as fault:
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


@contextmanager
def _started_over(part: Path) -> Iterator[None]:
    """Let the next try begin anew where the server has nothing after what a part holds."""
    try:
        yield
    except Passing as fault:
        if fault.error.status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            validator_file(part).unlink(missing_ok=True)
        raise
