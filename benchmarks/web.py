"""The service under load, with a worker killed, and over half an hour.

``python -m benchmarks.web`` measures load, first-time pairs, the killed worker and the start,
beside a bare FastAPI that says hello in the same run; ``python -m benchmarks.web soak`` watches
memory for 30 minutes, and ``soak --minutes 5`` for a look. They need ``wrk``, and each writes its
part of ``benchmarks/results/web.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from fastapi import FastAPI

from benchmarks import RESULTS, machine, save

hello = FastAPI()
WARM = {
    "hello (bare FastAPI)": "/",
    "pair page, warm": "/pairs/IND/RUS",
    "pair JSON, warm": "/api/v1/pairs/IND/RUS",
    "country page, warm": "/countries/IND",
    "pair page, not modified": "/pairs/IND/RUS",
}
WORDS = (
    sys.executable, "-m", "comity", "serve", "--port", "0", "--rate", "0", "--lake", "starter",
    "--ledger", "starter",
)  # fmt: skip
SECONDS = 6
FIRST_SECONDS = 16
MINUTES = 30
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@hello.get("/")
async def say() -> dict[str, str]:
    return {"hello": "world"}


@contextlib.contextmanager
def serving(*words, cwd=None, env=None):
    """Run a server; give its process and port."""
    process = subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, cwd=cwd, env=os.environ | (env or {})
    )
    try:
        port = 0
        for line in process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                port = int(found[1])
                break
        assert port, "the server did not start"
        drain = threading.Thread(target=lambda: process.stderr.read(), daemon=True)
        drain.start()
        yield process, port
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(40)
        process.kill()


@contextlib.contextmanager
def comity(*more):
    """Run the service, and give it when its workers have loaded."""
    with serving(*WORDS, "--workers", "2", *more) as (process, port):
        while get(port, "/readyz")[0] != 200:
            time.sleep(0.1)
        time.sleep(1)  # the process that stood in ends
        yield process, port


def bare():
    words = ("-m", "uvicorn", "benchmarks.web:hello", "--port", "0", "--workers", "2")
    return serving(sys.executable, *words, "--no-access-log", cwd=Path(__file__).parents[1])


def get(port, path, headers=None, timeout=300):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def warm(port, *paths):
    """Ask until every worker has kept the pages."""
    for path in paths:
        for _ in range(24):
            assert get(port, path)[0] in (200, 304)


def wrk(port, path, connections, seconds=SECONDS, headers=(), script=""):
    words = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    words += [word for header in headers for word in ("-H", header)]
    words += ["-s", script] if script else []
    done = subprocess.run(
        [*words, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
    ).stdout
    return read(done)


def read(text):
    """Return what wrk says: requests a second, p50 and p99 in ms, what failed."""

    def ms(name):
        value, unit = re.search(rf"\s{name}%\s+([\d.]+)(us|ms|s|m)", text).groups()
        return round(float(value) * _UNITS[unit], 2)

    total = int(re.search(r"(\d+) requests in", text)[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    told = re.search(r"served (\d+) busy (\d+) other (\d+)", text)
    counts = (
        dict(zip(("served", "busy", "other"), map(int, told.groups()), strict=True)) if told else {}
    )
    return counts | {
        "requests_a_second": round(float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), 1),
        "p50_ms": ms("50"),
        "p99_ms": ms("99"),
        "requests": total,
        "refused": int(refused[1]) if refused else 0,
        "socket_errors": sum(map(int, broken.groups())) if broken else 0,
    }


def load():
    """Return the table of warm answers."""
    found = {}
    with bare() as (_, other), comity("--no-log") as (_, port):
        warm(port, "/pairs/IND/RUS", "/api/v1/pairs/IND/RUS", "/countries/IND")
        warm(other, "/")
        tag = get(port, "/pairs/IND/RUS")[2].get("etag", "")
        for connections in (50, 500):
            for name, path in WARM.items():
                headers = ("Accept-Encoding: gzip",)
                if "not modified" in name:
                    headers = (f"If-None-Match: {tag}",)
                at = other if "bare" in name else port
                found[f"{name}, {connections}"] = wrk(at, path, connections, headers=headers)
                print(f"{name}, {connections}", found[f"{name}, {connections}"], flush=True)
    return _beside_hello(found)


def first():
    """Return the table of first-time answers: each of a pair that nobody has asked for yet."""
    found = {}
    with bare() as (_, other), comity("--no-log") as (_, port):
        warm(other, "/")
        warm(port, "/pairs/IND/RUS")
        for connections in (50, 500):
            hello_name = f"hello (bare FastAPI), {connections}"
            found[hello_name] = wrk(other, "/", connections, 4)
            for kind, start in (("page", "/pairs"), ("JSON", "/api/v1/pairs")):
                name = f"pair {kind}, first-time, {connections}"
                with script(start, skip=connections) as lua:
                    row = found[name] = wrk(port, "/", connections, FIRST_SECONDS, script=lua)
                row["answers_a_second"] = round(row["served"] / FIRST_SECONDS, 2)
                row["share_told_to_come_again"] = round(row["busy"] / max(1, row["requests"]), 3)
                if row["busy"]:  # the latencies are of refusals
                    row.pop("p50_ms")
                    row.pop("p99_ms")
                print(name, row, flush=True)
    return _beside_hello(found)


def _beside_hello(found):
    for name, row in found.items():
        other = found[f"hello (bare FastAPI), {name.rsplit(', ', 1)[1]}"]
        rate = row.get("answers_a_second", row["requests_a_second"])
        row["share_of_hello"] = round(rate / other["requests_a_second"], 4)
    return found


@contextlib.contextmanager
def script(start, skip=0):
    """Give a script that asks wrk's threads for pairs that nobody has asked for yet."""
    from comity import catalogue

    codes = [country.iso3 for country in catalogue.list_countries()][:180]
    pairs = [f"{start}/{a}/{b}" for a, b in itertools.combinations(codes, 2)]
    pairs = pairs[skip * 7 :: 3]
    listed = ",".join(f'"{pair}"' for pair in pairs)
    text = (
        f"local paths = {{{listed}}}\nlocal threads = {{}}\n"
        "function setup(thread) thread:set('id', #threads); table.insert(threads, thread) end\n"
        "local n = -1\n"
        "served, busy, other = 0, 0, 0\n"
        "response = function(status)\n"
        "  if status == 200 then served = served + 1\n"
        "  elseif status == 503 then busy = busy + 1 else other = other + 1 end\n"
        "end\n"
        "done = function()\n"
        "  local a, b, c = 0, 0, 0\n"
        "  for _, thread in ipairs(threads) do\n"
        "    a = a + thread:get('served'); b = b + thread:get('busy')\n"
        "    c = c + thread:get('other')\n"
        "  end\n"
        "  print('served ' .. a .. ' busy ' .. b .. ' other ' .. c)\n"
        "end\n"
        "request = function()\n"
        "  n = n + 1\n"
        "  return wrk.format('GET', paths[(2 * n + id) % #paths + 1])\n"
        "end\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(text)
        file.flush()
        yield file.name


def killed():
    """Kill a worker under load; return wrong answers and recovery."""
    paths = ("/pairs/IND/RUS", "/api/v1/pairs/IND/RUS", "/api/v1/targets")
    rounds = []
    with comity("--no-log") as (process, port):
        right = {path: get(port, path)[1] for path in paths}
        warm(port, *paths)
        for _ in range(1):
            rounds.append(_kill_once(process, port, right))
            print(rounds[-1], flush=True)
    return {
        "rounds": rounds,
        "answers": sum(one["answers"] for one in rounds),
        "wrong_answers": sum(one["wrong"] for one in rounds),
        "connections_lost": sum(one["lost"] for one in rounds),
        "longest_without_an_answer_ms": max(one["longest_gap_ms"] for one in rounds),
        "worker_back_after_s": max(one["back_after_s"] for one in rounds),
    }


def _kill_once(process, port, right):
    counts, times, stop, lock = {"answers": 0, "wrong": 0, "lost": 0}, [], threading.Event(), None
    lock = threading.Lock()

    def ask(paths):
        for path in itertools.cycle(paths):
            if stop.is_set():
                return
            try:
                status, body, _ = get(port, path, timeout=30)
            except (OSError, http.client.HTTPException):
                with lock:
                    counts["lost"] += 1
                continue
            with lock:
                counts["answers"] += 1
                counts["wrong"] += status != 200 or body != right[path]
                times.append(time.monotonic())

    paths = list(right)
    threads = [
        threading.Thread(target=ask, args=(paths[n % 3 :] + paths[: n % 3],)) for n in range(16)
    ]
    for thread in threads:
        thread.start()
    time.sleep(2)
    before = {child.pid for child in workers(process)}
    victim = min(before)
    at = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    back = None
    while back is None and time.monotonic() - at < 300:
        time.sleep(0.1)
        new = {child.pid for child in workers(process)} - before
        # A worker accepts when it has loaded its tables; it leaves counters from then on.
        if new and answers_from(port, new):
            back = time.monotonic() - at
    time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join()
    seen = sorted(moment for moment in times if moment > at - 1)
    gaps = [later - earlier for earlier, later in itertools.pairwise(seen)]
    return counts | {
        "longest_gap_ms": round(max(gaps) * 1000, 1),
        "back_after_s": round(back if back is not None else float("inf"), 2),
    }


def answers_from(port, processes):
    """Return whether one of the processes has answered: it has connections of its own."""
    for pid in processes:
        with contextlib.suppress(psutil.Error):
            held = psutil.Process(pid).net_connections(kind="tcp")
            if any(c.status == psutil.CONN_ESTABLISHED and c.laddr.port == port for c in held):
                return True
    return False


def workers(process):
    """Return the processes that answer: those from which no other was started."""
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):  # one that has just died
            serves = child.status() != psutil.STATUS_ZOMBIE and not child.children()
            if serves and "resource_tracker" not in " ".join(child.cmdline()):
                found.append(child)
    return found


def soak(minutes):
    """Return the growth of memory: see `benchmarks.soak`."""
    from benchmarks.soak import soak as watch

    return watch(minutes)


def start():
    """Return the seconds to the first pages: see `benchmarks.start`."""
    from benchmarks.start import start as watch

    return watch()


def keep(part, found):
    path = RESULTS / "web.json"
    whole = json.loads(path.read_text("utf-8")) if path.exists() else {}
    save("web", whole | {"machine": machine(), part: found})


PARTS = {
    "load": load,
    "first_time": first,
    "killed_worker": killed,
    "start": start,
    "soak": soak,
}


QUICK = ("load", "first_time", "killed_worker", "start")


def main(parts=QUICK, minutes=MINUTES):
    if shutil.which("wrk") is None:
        print("wrk is not installed (Debian: apt-get install wrk)")
        return
    for part in parts:
        keep(part, PARTS[part](minutes) if part == "soak" else PARTS[part]())


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("parts", nargs="*", help=", ".join(PARTS))
    asked.add_argument("--minutes", type=int, default=MINUTES, help="of the soak")
    given = asked.parse_args()
    main(tuple(given.parts) or QUICK, given.minutes)
