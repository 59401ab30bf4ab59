"""The service's memory while everything is asked of it: a part of ``benchmarks.web``."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import re
import threading
import time
from pathlib import Path

import psutil

from benchmarks.web import comity, get, keep, warm, workers
from comity.web.settings import Settings

LOOKS = 6
"""Times a minute that memory is measured."""
_seen: set[int] = set()
"""The workers that there were."""


def soak(minutes):
    """Ask everything for some minutes; return the memory by the minute."""
    from comity import catalogue

    codes = [country.iso3 for country in catalogue.list_countries()][:120]
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")[:4000]
    body = json.dumps({"text": "India and Russia trade. " + text, "a": "IND", "b": "RUS"})
    pairs = itertools.cycle(itertools.combinations(codes, 2))
    lock, stop = threading.Lock(), threading.Event()
    counts = {"answers": 0, "new_pairs": 0, "failed": 0, "busy": 0}

    def ask(kind):
        n = 0
        while not stop.is_set():
            n += 1
            method, path, data = "GET", "/pairs/IND/RUS", None
            if kind == "first":
                with lock:
                    a, b = next(pairs)
                path = f"/pairs/{a}/{b}" if n % 2 else f"/api/v1/pairs/{a}/{b}"
            elif kind == "asks":
                method, path, data = "POST", "/api/v1/check", body
                if n % 3 == 1:
                    path = f"/api/v1/pairs/IND/RUS/simulation?draws=50&theta={4 + n % 50 / 10}"
                    method, data = "GET", None
                elif n % 3 == 2:
                    path = "/api/v1/pairs/IND/RUS?format=png&chart=signature"
                    method, data = "GET", None
            else:
                time.sleep(0.02)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            try:
                headers = {"Content-Type": "application/json"} if data else {}
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                answer.read()
                # Not every pair has data; who is told to come again is counted apart.
                good, busy = answer.status in (200, 404, 503), answer.status == 503
            except (OSError, http.client.HTTPException):
                good, busy = False, False
            finally:
                connection.close()
            with lock:
                counts["answers"] += 1
                counts["new_pairs"] += kind == "first"
                counts["failed"] += not good
                counts["busy"] += busy

    by_minute = []
    with comity("--no-log") as (process, port):
        warm(port, "/pairs/IND/RUS")
        fill(port)
        threads = [threading.Thread(target=ask, args=(k,)) for k in ("warm", "first", "asks")]
        for thread in threads:
            thread.start()
        for minute in range(minutes + 1):
            seen = [measure(process)]
            for _ in range(LOOKS - 1 if minute else 0):
                time.sleep(60 / LOOKS)
                seen.append(measure(process))
            # What requests under way take for a moment is no growth: the least of a minute counts.
            least = least_of(seen)
            kept_mb = round(kept_bytes(port) / 2**20, 1)
            by_minute.append(
                {
                    "minute": minute,
                    **least,
                    "kept_mb": kept_mb,
                    "workers_seen": len(_seen),
                    **counts,
                }
            )
            print(by_minute[-1], flush=True)
            keep("soak", summary(by_minute))
            time.sleep(60 / LOOKS if minute else 0)
        stop.set()
        for thread in threads:
            thread.join()
    return summary(by_minute)


def fill(port):
    """Ask for light pages until the workers keep as many as they may: no growth comes of them."""
    bound = 2 * Settings().pages
    for number in range(30_000):
        get(port, f"/api/v1/countries?limit=200&offset={number}")
        if number % 200 == 0 and kept_bytes(port) > 0.97 * bound:
            return


def kept_bytes(port):
    """Return what the workers' kept pages take."""
    found = re.search(r"comity_kept_bytes (\d+)", get(port, "/metrics")[1].decode())
    return int(found[1]) if found else 0


def measure(process):
    """Return the memory of the service's processes, what they share counted once.

    ``anonymous_mb`` is what they hold of their own; the rest of ``together_mb`` is program code
    and other files, which the system reads in and drops as it sees fit.
    """
    found = {"rss_mb": [], "own_mb": []}
    for worker in workers(process):
        _seen.add(worker.pid)
        with contextlib.suppress(psutil.Error, OSError):
            found["rss_mb"].append(round(worker.memory_info().rss / 2**20))
            found["own_mb"].append(round(rollup(worker.pid)["Anonymous"], 1))
    every = [process.pid, *(c.pid for c in psutil.Process(process.pid).children(True))]
    parts = []
    for pid in every:
        with contextlib.suppress(OSError):  # one that has just ended
            parts.append(rollup(pid))
    found["together_mb"] = round(sum(part["Pss"] for part in parts), 1)
    found["anonymous_mb"] = round(sum(part["Pss_Anon"] for part in parts), 1)
    return found


def least_of(seen):
    """Return the least of each figure, of each worker where a figure has one a worker."""
    return {
        name: [min(each) for each in zip(*values, strict=False)]
        if isinstance(values[0], list)
        else min(values)
        for name, values in ((name, [one[name] for one in seen]) for name in seen[0])
    }


def rollup(pid):
    """Return what Linux says of a process's memory, in MB; shared pages counted in part in Pss."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return {name: int(kb) / 1024 for name, kb in re.findall(r"(\w+):\s+(\d+) kB", text)}


def slope(values):
    """Return the growth from one value to the next, by least squares."""
    if len(values) < 3:
        return 0.0
    mean_x, mean_y = (len(values) - 1) / 2, sum(values) / len(values)
    above = sum((x - mean_x) * (y - mean_y) for x, y in enumerate(values))
    return round(above / sum((x - mean_x) ** 2 for x in range(len(values))), 2)


def by_third(values):
    """Return mean and most of each third: what goes up and down has no slope worth the name."""
    third = max(1, len(values) // 3)
    parts = [values[k * third : (k + 1) * third if k < 2 else None] or [0.0] for k in range(3)]
    return {
        "mean": [round(sum(part) / len(part)) for part in parts],
        "most": [round(max(part)) for part in parts],
    }


def summary(by_minute):
    """Return the growth of memory once everything is loaded: over the last two thirds."""
    third = len(by_minute) // 3
    last = by_minute[third:]
    loaded = by_minute[1:]
    return {
        "minutes": len(by_minute) - 1,
        "answers": by_minute[-1]["answers"],
        "new_pairs": by_minute[-1]["new_pairs"],
        "failed": by_minute[-1]["failed"],
        "workers_replaced": by_minute[-1]["workers_seen"] - 2,
        "told_to_come_again": by_minute[-1]["busy"],
        "anonymous_mb_by_third": by_third([row["anonymous_mb"] for row in loaded]),
        "together_mb_by_third": by_third([row["together_mb"] for row in loaded]),
        "anonymous_mb_last": by_minute[-1]["anonymous_mb"],
        "growth_of_anonymous_mb_a_minute": slope([row["anonymous_mb"] for row in last]),
        "together_mb_last": by_minute[-1]["together_mb"],
        "growth_mb_a_minute": slope([row["together_mb"] for row in last]),
        # What workers began with in common becomes each one's own when it is written to: that
        # takes memory once, while what each of them has does not grow.
        "growth_of_workers_mb_a_minute": slope([sum(row["own_mb"]) for row in last]),
        "growth_without_kept_pages": slope([r["together_mb"] - r["kept_mb"] for r in last]),
        "by_minute": by_minute,
    }
