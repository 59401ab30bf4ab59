"""A BACI-shaped world on one machine: how fast it goes in, and what can then be asked of it.

``python -m benchmarks.world FOLDER`` writes the world (10 GB of CSV for 25 years);
``python -m benchmarks.scale FOLDER LAKE`` takes it into a lake, beside DuckDB's own CSV-to-Parquet
copy of the same files, takes some years in once more from an archive, asks the questions, and
writes ``benchmarks/results/scale.json``. ``--questions`` asks without taking in.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from benchmarks import RESULTS, machine, save

# Years that are packed into an archive as CEPII's, and taken in from it.
_PACKED = 3
_COPY = """
import sys, duckdb
duckdb.sql("SET enable_progress_bar = false")
for path in sys.argv[2:]:
    duckdb.sql(f"COPY (FROM read_csv('{path}')) TO '{sys.argv[1]}'")
"""
_ADD = """
import sys
from pathlib import Path
from comity.intake import add_all, look
for step in add_all([look(Path(path)) for path in sys.argv[2:]], Path(sys.argv[1])):
    print(step.year, step.rows, file=sys.stderr, flush=True)
"""
_UNPACK = """
import sys, zipfile
with zipfile.ZipFile(sys.argv[2]) as archive:
    archive.extractall(sys.argv[1])
"""
_PAIRS = (("IND", "RUS"), ("DEU", "FRA"), ("CHN", "USA"), ("BRA", "ZAF"), ("KEN", "VNM"))


def child(code, *words):
    """Run Python in a process of its own; return seconds by the clock and of processor, and MiB."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {words}")
    return {
        "wall s": time.perf_counter() - start,
        "processor s": used.ru_utime + used.ru_stime,
        "peak MiB": used.ru_maxrss / 1024,
    }


def add_up(*measured):
    """Return the times of several processes as those of one."""
    both = {unit: sum(one[unit] for one in measured) for unit in ("wall s", "processor s")}
    return both | {"peak MiB": max(one["peak MiB"] for one in measured)}


def compare(plain, own):
    """Put comity's times beside the plain engine's."""
    ratio = {unit: plain[unit] / own[unit] for unit in ("wall s", "processor s")}
    print(
        f"plain {plain['wall s']:6.1f} s ({plain['processor s']:5.1f}), comity "
        f"{own['wall s']:6.1f} s ({own['processor s']:5.1f}), peak {own['peak MiB']:,.0f} MiB, "
        f"{ratio['wall s']:.2f} of its speed by the clock",
        flush=True,
    )
    return {"plain": plain, "comity add": own, "ratio of speed": ratio}


def take_in(folder, lake, most):
    """Take the years in at once; DuckDB's copy of half of them goes before, the rest after."""
    copy = lake.with_name("copy.parquet")
    paths = sorted(folder.glob("BACI_*_Y*.csv"))[:most]
    half = len(paths) // 2
    before = child(_COPY, copy, *paths[:half])
    own = child(_ADD, lake, *paths)
    after = child(_COPY, copy, *paths[half:])
    copy.unlink()
    return {"years": len(paths), **compare(add_up(before, after), own)}


def take_in_archive(folder, lake):
    """Take in an archive as CEPII's; the plain engine copies what was unpacked before."""
    place = lake.with_name("archive")
    place.mkdir()
    paths = sorted(folder.glob("BACI_*_Y*.csv"))[:_PACKED]
    packed = place / paths[0].name.replace(f"_Y{paths[0].name.split('_Y')[1][:4]}", "")
    packed = packed.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        for path in [*paths, *folder.glob("*_codes_*.csv")]:
            out.write(path, path.name)
    unpacked = child(_UNPACK, place, packed)
    copies = child(_COPY, place / "copy.parquet", *(place / path.name for path in paths))
    own = child(_ADD, place / "lake", packed)
    shutil.rmtree(place)
    return {"years": len(paths), **compare(add_up(unpacked, copies), own)}


def timed(work):
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return {
        "wall s": time.perf_counter() - wall,
        "processor s": time.process_time() - processor,
    }, result


class Queries:
    """Counts what a first brief of a lake asks through Ibis: once a lake, then kept."""

    def __init__(self):
        import ibis.expr.types as types

        self.seconds = 0.0
        self.count = 0
        self._types = types
        self._plain = types.Table.to_pyarrow

    def __enter__(self):
        def to_pyarrow(table, **words):
            wall = time.perf_counter()
            try:
                return self._plain(table, **words)
            finally:
                self.seconds += time.perf_counter() - wall
                self.count += 1

        self._types.Table.to_pyarrow = to_pyarrow
        return self

    def __exit__(self, *_):
        self._types.Table.to_pyarrow = self._plain


def ask_pair(store, a, b):
    """Ask all that a brief asks the engine about its pair, one question after the other."""
    from comity.lake import Dossier
    from comity.lake.questions import QUESTIONS
    from comity.potential.world import world_of

    world = world_of(store)
    dossier = Dossier(store, a, b)
    return timed(
        lambda: (
            [store.ask(name, a, b) for name in QUESTIONS],
            dossier.details(world.source, world.year),
        )
    )[0]


def scan(store, parts, only=None):
    """Have the plain engine add up the values in some parts of years."""
    import duckdb

    duckdb.sql("SET enable_progress_bar = false")
    names = [
        str(store.folder / f.name)
        for files in store.files.values()
        for f in files
        if f.part in parts and only in (None, f.year)
    ]
    return timed(
        lambda: duckdb.sql(f"SELECT sum(value_usd) FROM read_parquet({names})").fetchall()
    )[0]


def ask_briefs(lake):
    """Return query time and whole time of briefs: the first of a lake, then other pairs."""
    import comity

    opened = comity.open(lake)
    plain = scan(opened.store, ("totals", "chapters"))
    rows = []
    for a, b in (*_PAIRS, *_PAIRS):
        with Queries() as queries:
            whole, _ = timed(lambda a=a, b=b: opened.pair(a, b).brief(draw=False))
        asked = ask_pair(opened.store, a, b)
        rows.append(
            {"pair": f"{a}-{b}", "query s": asked["wall s"],
             "query processor s": asked["processor s"], "read once a lake s": queries.seconds,
             "times read": queries.count, **whole}
        )  # fmt: skip
        print(rows[-1], flush=True)
    later = rows[len(_PAIRS) :]
    median = {
        unit: statistics.median(row[unit] for row in later)
        for unit in ("query s", "query processor s", "wall s", "processor s")
    }
    return {
        "first of a lake": rows[0],
        "median of later ones": median,
        "plain scan": plain,
        "times the scan": median["query s"] / plain["wall s"],
        "each": rows,
    }


def ask(lake, year):
    """Ask the large questions, and have the plain engine scan what each reads."""
    import numpy as np

    import comity
    from comity.potential.complexity import complexity
    from comity.potential.opportunities import opportunities
    from comity.potential.yardstick.products import Goods

    store = comity.open(lake).store
    years = sorted({f.year for f in store.files["details"] if f.year})
    found = {}

    def note(name, work, against):
        took, result = timed(work)
        found[name] = {
            **took,
            "plain scan": against,
            "times the scan": took["wall s"] / against["wall s"],
            "times its processor": took["processor s"] / against["processor s"],
            "result": result,
        }
        print(name, found[name], flush=True)

    def headings():
        goods = Goods(store, year, level=4)
        fitted = list(goods.fit())
        return f"{sum(f.placed is not None for f in fitted)} models of {len(fitted)} headings"

    note(f"yardstick of every heading, {year}", headings, scan(store, ("pairs",), year))

    def best():
        table = opportunities(store, "IND", "RUS").products
        return f"{len(table)} products, the largest potential {table['product'].iloc[0]}"

    note("opportunities IND-RUS at HS6, first of a lake", best, scan(store, ("world",), years[-1]))
    note("opportunities IND-RUS at HS6, again", best, scan(store, ("world",), years[-1]))

    def all_years():
        source, largest = store.files["details"][0].source, 0.0
        for when in years:
            flows = store.year_of("flows", source, when)
            rows = flows.filter(
                flows.year == when, flows.importer == "WLD", flows.product.length() == 6,
                flows.source == source,
            ).select("exporter", "product", "value_usd").to_pyarrow()  # fmt: skip
            country = rows["exporter"].combine_chunks().dictionary_encode()
            product = rows["product"].combine_chunks().dictionary_encode()
            exports = np.zeros((len(country.dictionary), len(product.dictionary)))
            exports[country.indices.to_numpy(), product.indices.to_numpy()] = rows["value_usd"]
            result = complexity(exports)
            largest = max(largest, float(np.nanmax(result.eci)))
        return f"{len(years)} years, largest ECI {largest:.2f}"

    note("complexity of all years at HS6", all_years, scan(store, ("world",)))
    return found


def run():
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("lake", type=Path)
    parser.add_argument("--questions", action="store_true", help="the lake is there already")
    parser.add_argument("--years", type=int, default=None, help="only so many")
    options = parser.parse_args()
    path = RESULTS / "scale.json"
    result = json.loads(path.read_text()) if path.exists() else {}
    result["machine"] = machine()
    if not options.questions:
        result["taking in"] = take_in(options.folder, options.lake, options.years)
        result["taking in an archive"] = take_in_archive(options.folder, options.lake)
        save("scale", result)
    from comity.lake import Store

    store = Store(options.lake)
    result["lake"] = {
        "rows": {name: store.rows(name) for name in ("details", "flows")},
        "MB": round(sum(f.bytes for f in store.all_files()) / 1e6),
    }
    last = max(f.year for f in store.files["details"] if f.year)
    result["briefs"] = ask_briefs(options.lake)
    save("scale", result)
    result["questions"] = ask(options.lake, last)
    result["peak MiB of questions"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    save("scale", result)


if __name__ == "__main__":
    run()
