"""Runs the service: one process, or several that share a port."""

from __future__ import annotations

import socket
import sys
import tempfile
from dataclasses import replace

from comity import starter
from comity.errors import OutputError
from comity.intent.ledger import open as open_ledger
from comity.lake import Store
from comity.lake.places import find_lake
from comity.web.settings import Settings, from_environment
from comity.web.workers import FAILED, Workers

BACKLOG = 2048
GRACE = 20
"""Seconds that requests under way have to end when the service is told to stop."""


def run(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Listen until told to stop.

    Parameters
    ----------
    settings : Settings
    host : str
        Address to listen on.
    port : int
        0 for a free one.
    workers : int
        Processes that answer.

    Raises
    ------
    LakeError, LedgerError
        Lake or ledger cannot be read.
    OutputError
        The address cannot be listened on.
    """
    _check(settings)
    bound = _bind(host, port)
    with tempfile.TemporaryDirectory(prefix="comity-") as folder:
        replace(settings, folder=folder).to_environment()
        address = bound.getsockname()
        sys.stderr.write(f"comity: http://{_written(address[0])}:{address[1]}/\n")
        sys.stderr.flush()
        if workers == 1:
            serve(bound)
        else:
            early = stand_in if settings.warm else None
            Workers(serve, bound, workers, GRACE + 5, early).run()


def serve(bound: socket.socket) -> None:
    """Answer on a socket until told to stop, in this process."""
    # Not for the process that only watches over others.
    import uvicorn

    from comity.web.listening import Server

    config = uvicorn.Config(
        "comity.web.app:create_app",
        factory=True,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # believed by the gate, from the proxies that were named
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=32_768,
    )
    server = Server(config)
    server.run(sockets=[bound])
    if not server.started:
        sys.exit(FAILED)


def stand_in(bound: socket.socket) -> None:
    """Answer what needs no loading, in a process of its own, while the workers load."""
    replace(from_environment(), warm=False, loading=True).to_environment()
    serve(bound)


def _check(settings: Settings) -> None:
    """Say what is wrong with lake or ledger before anything listens."""
    Store(find_lake(settings.lake or None) or starter.path())
    if settings.write:
        from comity.intent.ledger import writing

        writing.prepare(settings.ledger or None)
    open_ledger(settings.ledger or None)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host.strip("[]"), port))
        listening.listen(BACKLOG)  # visitors wait while the workers load
    except OSError as error:
        listening.close()
        raise OutputError(
            f"{host} cannot be listened on at port {port}: {error.strerror}.",
            "Choose another with --port, or an address of this machine with --host.",
        ) from None
    listening.set_inheritable(True)
    return listening


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host
