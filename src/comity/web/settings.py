"""How the service runs: where it listens, what it may do, how much of it one visitor gets."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

from comity.errors import UsageError

VARIABLE = "COMITY_WEB"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set; the defaults are safe on a desk.

    Attributes
    ----------
    lake : str
        Folder of a lake; "" for the one that the commands read.
    ledger : str
        File or URL of a ledger; "" for the one that the commands use.
    write : bool
        Whether signed-in users may add promises and assess them.
    hosts : tuple of str
        Names under which the service answers, without ports; others get 400.
    proxies : tuple of str
        Addresses of reverse proxies whose forwarding headers are believed.
    user_header : str
        Header in which such a proxy names the signed-in user; "" for passwords.
    secure : bool
        Whether visitors come by HTTPS: cookies are then sent by it alone.
    rate : float
        Requests a second that one address may make on average; 0 for no limit.
    burst : int
        Requests that it may make at once.
    body : int
        Largest request body, in bytes.
    seconds : float
        How long an answer may take.
    patience : float
        Seconds of work that may wait to be computed; visitors beyond it get 503 at once.
    queue : int
        How many pieces of work may wait, however light.
    pages : int
        Bytes of kept pages, compressed, that one worker holds: some 300 pairs. Where there is a
        folder, those that go from here are still there.
    shared : int
        Bytes of pages that the workers of a service leave for each other on disk.
    answers : int
        Bytes of answers that one worker keeps, for the files and pictures of a page: each takes
        0.1 to 2 MB.
    renew : int
        Pieces of work after which one of several workers is replaced by a new one; 0 for never.
        Answers from kept pages do not count.
    memory : str
        What the database of one worker may take, as DuckDB writes it.
    warm : bool
        Whether to load tables, fits and kernels before they are asked for.
    loading : bool
        Whether this process answers while the workers load: it shows what needs no loading, and
        says that the service is not ready.
    log : bool
        Whether to write a line of JSON for each request.
    folder : str
        Where the workers of one service leave their counters; "" for one worker.
    """

    lake: str = ""
    ledger: str = ""
    write: bool = False
    hosts: tuple[str, ...] = LOOPBACK
    proxies: tuple[str, ...] = ()
    user_header: str = ""
    secure: bool = False
    rate: float = 20.0
    burst: int = 200
    body: int = 2_000_000
    seconds: float = 30.0
    patience: float = 8.0
    queue: int = 256
    pages: int = 16_000_000
    shared: int = 128_000_000
    answers: int = 24_000_000
    renew: int = 1_000
    memory: str = "1GB"
    warm: bool = True
    loading: bool = False
    log: bool = True
    folder: str = ""

    def __post_init__(self) -> None:
        if self.user_header and not self.proxies:
            raise UsageError(
                "A header that names the user is believed from a reverse proxy alone.",
                "Name the proxy's address with --proxy.",
            )

    def to_environment(self) -> None:
        """Leave the settings where the workers find them."""
        os.environ[VARIABLE] = json.dumps(asdict(self))


def from_environment() -> Settings:
    """Return the settings that `Settings.to_environment` left."""
    kept = json.loads(os.environ.get(VARIABLE, "{}"))
    lists = {name: tuple(value) for name, value in kept.items() if isinstance(value, list)}
    return Settings(**{**kept, **lists})
