"""What is counted of requests, as Prometheus reads it; the workers of a service count together.

Each worker leaves its counters in the service's folder; whichever is asked adds the others' up.
Counters of a worker that has ended stay in the sum, so that no counter ever falls.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from bisect import bisect_left
from collections import Counter
from contextlib import suppress
from pathlib import Path

from comity import __version__

EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ABOUT = {
    "comity_requests_total": ("counter", "Requests, by kind, method and status."),
    "comity_request_seconds": ("histogram", "Time from a request to its whole response."),
    "comity_response_bytes_total": ("counter", "Bytes of response bodies."),
    "comity_pages_total": ("counter", "Answers from kept pages (hit), or made anew (miss)."),
    "comity_refused_total": ("counter", "Requests refused at the gate, by reason."),
    "comity_in_flight": ("gauge", "Requests being answered."),
    "comity_kept_bytes": ("gauge", "Bytes of kept pages."),
    "comity_resident_bytes": ("gauge", "Memory of the worker."),
    "comity_workers": ("gauge", "Workers that answer."),
}
_OWN = frozenset({"comity_in_flight", "comity_kept_bytes", "comity_resident_bytes"})


class Metrics:
    """The counters of one worker.

    Parameters
    ----------
    folder : str
        Where the workers of a service leave their counters; "" for one worker.
    """

    def __init__(self, folder: str = "") -> None:
        self.folder = Path(folder) if folder else None
        self.counts: Counter[str] = Counter()
        self.gauges: dict[str, float] = {"comity_in_flight": 0}
        self._left = 0.0
        self._due: asyncio.TimerHandle | None = None

    def count(self, kind: str, method: str, status: int, seconds: float, size: int) -> None:
        """Count one request."""
        counts = self.counts
        counts[f'comity_requests_total{{kind="{kind}",method="{method}",status="{status}"}}'] += 1
        place = bisect_left(EDGES, seconds)
        edge = f"{EDGES[place]:g}" if place < len(EDGES) else "+Inf"
        counts[f'comity_request_seconds_bucket{{kind="{kind}",le="{edge}"}}'] += 1
        counts[f'comity_request_seconds_sum{{kind="{kind}"}}'] += seconds  # type: ignore[assignment]
        counts["comity_response_bytes_total"] += size

    def add(self, name: str) -> None:
        """Count one of something else."""
        self.counts[name] += 1

    def leave(self) -> None:
        """Leave the counters for the other workers; if that was less than a second ago, soon."""
        if self.folder is None or self._due is not None:
            return
        wait = self._left + 1.0 - time.monotonic()
        if wait > 0:
            self._due = asyncio.get_running_loop().call_later(wait, self.leave_now)
        else:
            self.leave_now()

    def leave_now(self) -> None:
        """Leave the counters at once."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self.folder is None:
            return
        self._left = time.monotonic()
        place = self.folder / f"{os.getpid()}.json"
        part = place.with_suffix(".part")
        with suppress(OSError):
            part.write_text(json.dumps({"counts": self.counts, "gauges": self._measured()}))
            part.replace(place)

    def text(self) -> str:
        """Return the counters of all workers in Prometheus' text format."""
        counts, gauges, workers = Counter(self.counts), [self._measured()], 1
        for left, measured in self._others():
            counts.update(left)
            if measured is not None:
                gauges.append(measured)
                workers += 1
        lines: dict[str, list[str]] = {name: [] for name in _ABOUT}
        for name in sorted(counts):
            if not name.startswith("comity_request_seconds"):
                lines[name.split("{", 1)[0]].append(f"{name} {counts[name]}")
        lines["comity_request_seconds"] = _histogram(counts)
        for name in sorted(_OWN):
            lines[name].append(f"{name} {sum(gauge.get(name, 0) for gauge in gauges):.0f}")
        lines["comity_workers"].append(f"comity_workers {workers}")
        out = [f'# TYPE comity_build_info gauge\ncomity_build_info{{version="{__version__}"}} 1']
        for name, (kind, words) in _ABOUT.items():
            if lines[name]:
                out += [f"# HELP {name} {words}", f"# TYPE {name} {kind}", *lines[name]]
        return "\n".join(out) + "\n"

    def _measured(self) -> dict[str, float]:
        return self.gauges | {"comity_resident_bytes": _resident()}

    def _others(self) -> list[tuple[dict[str, int], dict[str, float] | None]]:
        """Return the other workers' counters, and the gauges of those that live."""
        found = []
        for place in sorted(self.folder.glob("*.json")) if self.folder else ():
            if place.stem != str(os.getpid()):
                with suppress(OSError, ValueError):
                    left = json.loads(place.read_text())
                    alive = _is_alive(int(place.stem))
                    found.append((left["counts"], left["gauges"] if alive else None))
        return found


def _histogram(counts: Counter[str]) -> list[str]:
    """Return the buckets, each with all below it, as the format wants them."""
    lines = []
    kinds = sorted({n.split('"')[1] for n in counts if n.startswith("comity_request_seconds_sum")})
    for kind in kinds:
        total = 0
        for edge in (*(f"{edge:g}" for edge in EDGES), "+Inf"):
            total += counts[f'comity_request_seconds_bucket{{kind="{kind}",le="{edge}"}}']
            lines.append(f'comity_request_seconds_bucket{{kind="{kind}",le="{edge}"}} {total}')
        spent = counts[f'comity_request_seconds_sum{{kind="{kind}"}}']
        lines.append(f'comity_request_seconds_sum{{kind="{kind}"}} {spent:.6f}')
        lines.append(f'comity_request_seconds_count{{kind="{kind}"}} {total}')
    return lines


def _resident() -> float:
    """Return the memory of this process in bytes; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
