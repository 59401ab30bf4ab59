"""Time the brief: its own work (imports aside) as JSON and as HTML, and whole processes.

``python -m benchmarks.brief`` prints a table and writes ``benchmarks/results/brief.json``. What is
worked out from a lake alone is kept for the next time; the first use of a new lake is timed apart,
each time with an empty cache. A page's charts are drawn by a process beside, which the first page
starts; that start is in the whole process alone. Processor time does not mind a shared machine as
the clock does, and is of this process: what the one beside takes is not in it.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks import machine, save

RUNS = 9
PAIRS = 300


def median_ms(work, runs=RUNS):
    """Return the medians of clock and of processor time, after a first run."""
    work()
    clock, processor = [], []
    for _ in range(runs):
        start, before = time.perf_counter(), processor_time()
        work()
        clock.append((time.perf_counter() - start) * 1000)
        processor.append((processor_time() - before) * 1000)
    return statistics.median(clock), statistics.median(processor)


def processor_time():
    """Return seconds of this process and of those that it waited for."""
    return sum(os.times()[:4])


def process_ms(*arguments):
    def run():
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    return median_ms(run, runs=5)


def with_an_empty_cache(work):
    """Return the work as the first user of a new lake has it."""

    def run():
        before = os.environ["COMITY_CACHE"]
        with tempfile.TemporaryDirectory() as folder:
            os.environ["COMITY_CACHE"] = folder
            work()
            os.environ["COMITY_CACHE"] = before

    return run


def own_work():
    """Return the brief's own work by format: on a lake just opened, and on one that is open."""
    import comity
    from comity.brief.render import plain

    lake = comity.open()

    def as_json(opened=None):
        return plain.to_json((opened or comity.open()).pair("IND", "RUS").brief(draw=False))

    def as_html(opened=None):
        return (opened or comity.open()).pair("IND", "RUS").to_html()

    return {
        "JSON, first use of a new lake": median_ms(with_an_empty_cache(as_json), runs=5),
        "JSON, a lake just opened": median_ms(as_json),
        "  of it what is delivered": median_ms(delivered),
        "JSON, a lake already open": median_ms(lambda: as_json(lake)),
        "HTML, first use of a new lake": median_ms(with_an_empty_cache(as_html), runs=3),
        "HTML, a lake just opened": median_ms(as_html),
        "HTML, a lake already open": median_ms(lambda: as_html(lake)),
    }


def delivered():
    """Read and compute the pillars of what is delivered: no yardstick, promises, potential."""
    import comity
    from comity.brief.assemble import PILLARS

    dossier = comity.open().pair("IND", "RUS").dossier
    return [
        entry for pillar in PILLARS.values() for measure in pillar for entry in measure(dossier)
    ]


def processes():
    """Return whole processes, beside one that only imports the engine."""
    return {
        "python -c 'import ibis, duckdb'": process_ms("-c", "import ibis, duckdb"),
        "comity --help": process_ms("-m", "comity", "--help"),
        "comity brief IND RUS --format json": process_ms(
            "-m", "comity", "brief", "IND", "RUS", "--format", "json"
        ),
        "comity brief IND RUS --format html": process_ms(
            "-m", "comity", "brief", "IND", "RUS", "--format", "html"
        ),
    }


def slowest_pairs():
    """Return how long 300 random pairs take, and the three slowest."""
    import comity
    from comity import catalogue
    from comity.brief.render import plain
    from comity.errors import ComityError

    names = [country.iso3 for country in catalogue.list_countries() if country.current]
    chance = random.Random(7)
    lake = comity.open()
    times, refused = [], 0
    for _ in range(PAIRS):
        a, b = chance.sample(names, 2)
        start = time.perf_counter()
        try:
            plain.to_json(lake.pair(a, b).brief(draw=False))
        except ComityError:
            refused += 1
        times.append(((time.perf_counter() - start) * 1000, f"{a}-{b}"))
    times.sort(reverse=True)
    return {
        "pairs": PAIRS,
        "refused with a sentence": refused,
        "median ms": statistics.median(ms for ms, _ in times),
        "slowest": [{"pair": pair, "ms": round(ms, 1)} for ms, pair in times[:3]],
    }


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COMITY_CACHE"] = folder
        work, whole, pairs = own_work(), processes(), slowest_pairs()
    bare = whole["python -c 'import ibis, duckdb'"]
    print(machine(), "| clock, processor, and both over a bare import of the engine")
    for name, (clock, processor) in {**work, **whole}.items():
        print(
            f"{name:<38} {clock:8.0f} ms {processor:8.0f} ms "
            f"{clock / bare[0]:6.2f} x {processor / bare[1]:6.2f} x"
        )
    print(f"{PAIRS} random pairs: median {pairs['median ms']:.0f} ms, slowest {pairs['slowest']}")
    every = {**work, **whole}
    save(
        "brief",
        {
            "machine": machine(),
            "ms": {name: clock for name, (clock, _) in every.items()},
            "processor ms": {name: processor for name, (_, processor) in every.items()},
            "random pairs": pairs,
        },
    )


if __name__ == "__main__":
    main()
