"""One line of JSON for each request, on standard error: no query, no body, no cookie."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Any


def write(event: str, **about: Any) -> None:  # noqa: ANN401 - whatever JSON takes
    """Write one line.

    Parameters
    ----------
    event : str
        What happened.
    **about
        Plain JSON types.
    """
    when = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    line = json.dumps({"time": when, "event": event, **about}, ensure_ascii=True)
    sys.stderr.write(f"{line}\n")
