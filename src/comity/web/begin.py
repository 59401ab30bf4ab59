"""Imported once in the fork server of a service, before it forks any worker: see `begun`."""

import signal

import uvicorn  # noqa: F401 - what workers serve with

import comity.cli  # noqa: F401 - the program of which workers are forked
from comity.web import app, begun, server  # noqa: F401 - the application's modules, for all workers
from comity.web.settings import from_environment

# A service manager may tell all processes at once to stop; this one is needed until the last ends.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
begun.begin(from_environment())
