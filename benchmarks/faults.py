"""Kill what writes a lake, at a hundred random moments, and see what is left; then worse.

``python -m benchmarks.faults`` prints a table and writes ``benchmarks/results/faults.json``.
Additions, fetches and builds are killed with SIGKILL; after each the lake (or the file) must be as
it was or as it was to become, every byte as written. `benchmarks.hostile` has what follows.
"""

from __future__ import annotations

import http.server
import io
import multiprocessing
import random
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import pandas as pd

from benchmarks import machine, save

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["comity.intake", "comity.lake.growth", "comity.sources.fetching"])
ADDS, FETCHES, BUILDS = 60, 20, 20  # killed at work: who had ended before does not count
YEARS = (2020, 2021, 2022)
NAME = "BACI_HS22_V209901.zip"


def release(version="209901"):
    """Return a small archive of three years in BACI's layout."""
    content = io.BytesIO()
    rows = [
        f"{i},{j},{k},{1 + k % 977}.5,       1.000"
        for i in (251, 643, 699, 842)
        for j in (251, 643, 699, 842)
        if i != j
        for k in range(10_121, 13_121)
    ]
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for year in YEARS:
            lines = ["t,i,j,k,v,q", *(f"{year},{row}" for row in rows)]
            archive.writestr(f"BACI_HS22_Y{year}_V{version}.csv", "\n".join(lines) + "\n")
    return content.getvalue()


def take_in(path, folder):
    from comity.intake import add, look

    for _ in add(look(path), folder):
        pass


def build(folder, seed):
    """Write a lake of its own in the place of the one that is there."""
    from comity.lake import write

    source = {
        "id": "invented", "publisher": "Nobody", "title": "Invented", "licence": "CC0 1.0",
        "citation": "Nobody.", "redistributable": True,
    }  # fmt: skip
    chance = random.Random(seed)
    facts = [
        {"indicator": f"invented_{k}", "year": year, "country": country,
         "value": chance.random(), "unit": "index", "source": "invented"}
        for k in range(200) for year in range(1990, 2020) for country in ("IND", "RUS", "USA")
    ]  # fmt: skip
    write(
        folder,
        {"facts": pd.DataFrame(facts), "sources": pd.DataFrame([source])},
        built=f"2026-01-{seed % 28 + 1:02d}",
    )


def bring(url, folder):
    from comity.sources.fetching import Client

    with Client(pause=0) as client:
        client.download(url, folder / NAME, expect="zip")


def state(folder):
    """Return what a lake is, after reading every byte of it; None for no lake."""
    from comity.lake import Store

    if not (folder / "manifest.json").exists():
        return None
    store = Store(folder)
    store.verify()
    held = {(f.source, f.year) for f in store.files.get("details", ()) if f.year}
    parts = [f.part for files in store.files.values() for f in files if f.year]
    rows = store.table("details").count().to_pyarrow().as_py()
    whole = len(parts) == 4 * len(held) and rows == 36_000 * len(held)
    return store.id, tuple(sorted({year for _, year in held})), whole, len(held)


def kill(target, arguments, seconds):
    """Start something and kill it; say whether it was still at work."""
    process = SERVER.Process(target=target, args=arguments)
    process.start()
    time.sleep(seconds)
    process.kill()
    process.join()
    return process.exitcode != 0


def whole_time(target, arguments):
    process = SERVER.Process(target=target, args=arguments)
    process.start()
    start = time.perf_counter()
    process.join()
    return time.perf_counter() - start


def kill_additions(folder, chance):
    path = folder / NAME
    path.write_bytes(release())
    whole_time(take_in, (path, folder / "warm"))
    usual = whole_time(take_in, (path, folder / "usual"))
    tried = killed = lost = 0
    lakes = [folder / "lake-0"]
    while killed < ADDS:  # up to six kills on each lake
        lake = lakes[-1]
        before = state(lake)
        hit = kill(take_in, (path, lake), chance.uniform(0.0, usual))
        after = state(lake)
        tried, killed = tried + 1, killed + hit
        kept = before is None or (after is not None and set(before[1]) <= set(after[1]))
        lost += not (kept and (after is None or after[2]))
        if not hit or tried % 6 == 0:
            lakes.append(folder / f"lake-{tried}")
    for lake in lakes:
        take_in(path, lake)
        after = state(lake)
        lost += after[1] != YEARS or not after[2]
    return tried, killed, lost


class _Slow(http.server.BaseHTTPRequestHandler):
    """Serves one archive in small pieces, from where it is asked to."""

    content = b""

    def do_GET(self):
        start = int(self.headers.get("Range", "bytes=0-")[6:-1] or 0)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(self.content) - start))
        self.send_header("ETag", '"one"')
        size = len(self.content)
        self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        try:
            for at in range(start, size, size // 40):
                self.wfile.write(self.content[at : at + size // 40])
                time.sleep(0.01)
        except OSError:
            pass  # the reader was killed

    def log_message(self, *_):
        """Say nothing."""


def kill_fetches(folder, chance):
    _Slow.content = release()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/a.zip"
    usual = whole_time(bring, (url, folder / "usual"))
    tried = killed = lost = 0
    places = [folder / "fetch-0"]
    while killed < FETCHES:
        place = places[-1]
        target = place / NAME
        hit = kill(bring, (url, place), chance.uniform(0.0, usual))
        tried, killed = tried + 1, killed + hit
        lost += target.exists() and target.read_bytes() != _Slow.content
        if not hit or tried % 4 == 0:
            places.append(folder / f"fetch-{tried}")
    for place in places:
        bring(url, place)
        lost += (place / NAME).read_bytes() != _Slow.content
    server.shutdown()
    return tried, killed, lost


def kill_builds(folder, chance):
    lake = folder / "built"
    build(lake, 0)
    usual = whole_time(build, (folder / "usual build", 0))
    known = {state(lake)[0]}
    tried = killed = lost = 0
    while killed < BUILDS:
        tried += 1
        build(folder / "expected", tried)
        known.add(state(folder / "expected")[0])
        killed += kill(build, (lake, tried), chance.uniform(0.0, usual))
        after = state(lake)
        lost += after is None or after[0] not in known
    return tried, killed, lost


def run():
    """Run the command."""
    from benchmarks import hostile

    chance = random.Random(7)
    table = {}
    for name, work in (
        ("comity add", kill_additions),
        ("comity fetch", kill_fetches),
        ("build of a lake", kill_builds),
        ("no room", hostile.run_out_of_room),
        ("two additions at once", hostile.add_two_at_once),
        ("a changed bit", hostile.damage_files),
        ("harmful files", hostile.send_harmful_files),
    ):
        with tempfile.TemporaryDirectory(prefix="comity-faults-") as folder:
            tried, killed, lost = work(Path(folder), chance)
        table[name] = {"tried": tried, "hit": killed, "survived": tried - lost, "lost": lost}
        print(name, table[name], flush=True)
    save("faults", {"machine": machine(), "faults": table})


if __name__ == "__main__":
    run()
