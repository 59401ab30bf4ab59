"""From the start of the service to its first pages: a part of ``benchmarks.web``."""

from __future__ import annotations

import http.client
import tempfile
import time

from benchmarks.web import WORDS, get, serving

PATHS = {"home": "/", "methods": "/methods", "first pair": "/pairs/DEU/FRA"}


def start():
    """Return the seconds to each first answer, with nothing kept of earlier starts and with all."""
    found = {}
    with tempfile.TemporaryDirectory() as cache:
        for workers in (2, 1):
            for kept in ("nothing kept", "kept") if workers == 2 else ("kept",):
                name = f"{workers} workers, {kept}"
                found[name] = once(workers, {"COMITY_CACHE": cache})
                print(name, found[name], flush=True)
    return found


def once(workers, more):
    """Start the service, ask, and stop it."""
    began = time.monotonic()

    def passed():
        return round(time.monotonic() - began, 2)

    with serving(*WORDS, "--workers", str(workers), env=more) as (_, port):
        seconds = {"listens": passed()}
        for name, path in PATHS.items():
            while not answered(port, path):
                time.sleep(0.05)
            seconds[name] = passed()
        while get(port, "/readyz")[0] != 200:
            time.sleep(0.05)
        return seconds | {"ready": passed()}


def answered(port, path):
    """Return whether a page was given: one that takes longer than 30 seconds is asked for again."""
    try:
        return get(port, path)[0] == 200
    except (OSError, http.client.HTTPException):
        return False
