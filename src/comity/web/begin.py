"""Imported once in the fork server of a service, before it forks any worker: see `begun`."""

import os
import signal

_parent = os.getppid()


def _look(*_: object) -> None:
    """End where the service was told to stop before everything was loaded."""
    if os.getppid() != _parent:
        os._exit(0)


def _begin() -> None:
    """Load the program of which workers are forked, and what they begin with."""
    import uvicorn  # noqa: F401

    import comity.cli  # noqa: F401
    from comity.web import app, begun, listening, server  # noqa: F401
    from comity.web.settings import from_environment

    begun.begin(from_environment())


# A service manager may tell all processes at once to stop; this one is needed until the last ends.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGALRM, _look)
signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
_begin()
signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_DFL)
