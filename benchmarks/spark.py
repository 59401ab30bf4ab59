"""Time the same questions on DuckDB and on a standalone cluster of Spark on this machine.

``python -m benchmarks.spark`` needs Java and the extra ``spark``; a minute or two. One machine
cannot show what many give: it shows what the way to Spark costs, and that two workers share.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import machine, save

COUNTRIES, PRODUCTS, FILLED = 120, 240, 0.15
ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Table:
    """What was measured, as a table on the screen and as rows of the result."""

    rows: list[dict[str, object]] = field(default_factory=list)

    def time(self, what, engine, work, processes=()):
        """Run once; count the clock, and the processor time of everybody who took part."""
        wall, busy = time.perf_counter(), _busy(processes)
        answer = work()
        wall, busy = time.perf_counter() - wall, _busy(processes) - busy
        self.rows.append({"what": what, "engine": engine, "wall_s": wall, "processor_s": busy})
        print(f"{what:52} {engine:18} {wall:8.2f} s {busy:8.2f} s of processor")
        return answer


def _busy(processes):
    """Return the processor time so far of this process and of a cluster's, children included."""
    import psutil

    total = time.process_time()
    for process in processes:
        try:
            family = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        for member in family:
            try:
                spent = member.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def write_world(folder):
    """Write a lake of one year: unlike countries and products, most cells of a product empty."""
    import comity
    from comity.lake import write

    store = comity.open().store
    near = store.table("proximity").to_pyarrow().to_pandas()
    codes = sorted(near["origin"].unique())[:COUNTRIES]
    near = near[near["origin"].isin(codes) & near["destination"].isin(codes)]
    near = near[near["origin"] != near["destination"]].dropna(subset=["distance_km"])
    random = np.random.default_rng(1)
    size = pd.Series(np.exp(random.normal(0, 2, COUNTRIES)), codes)
    frames = []
    for product in range(PRODUCTS):
        taste = pd.Series(np.exp(random.normal(0, 2, COUNTRIES)), codes)
        mean = near["origin"].map(size * taste) * near["destination"].map(size)
        mean = 1e9 * mean * near["distance_km"] ** -1.2
        value = mean * random.lognormal(0, 1, len(near))
        kept = value > np.quantile(value, 1 - FILLED)
        frames.append(
            pd.DataFrame(
                {
                    "year": 2023,
                    "exporter": near["origin"][kept],
                    "importer": near["destination"][kept],
                    "product": f"{101 + product:04d}",
                    "value_usd": value[kept],
                    "valuation": "fob",
                    "basis": "reconciled",
                    "revision": "HS22",
                    "period": "2023",
                    "source": "invented",
                }
            )
        )
    source = {"id": "invented", "publisher": "Nobody", "title": "Invented", "licence": "CC0 1.0"}
    source |= {"citation": "Nobody.", "redistributable": True}
    tables = {
        "flows": pd.concat(frames),
        "proximity": near.assign(source="invented", also=None),
        "sources": pd.DataFrame([source]),
    }
    return write(folder, tables, built="2026-01-01").rows("flows")


def start_cluster(folder):
    """Return the cluster of the tests, running."""
    path = ROOT / "tests" / "spark" / "cluster.py"
    spec = importlib.util.spec_from_file_location("benchmark_cluster", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    cluster = module.Cluster(folder)
    cluster.start()
    return cluster


def connect(address, cores):
    """Open a session of so many cores first; comity then uses it as it is."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(address).appName(f"comity on {cores}")
    return builder.config("spark.cores.max", cores).getOrCreate()


def measure(table, cluster, lake):
    """Ask everything of DuckDB, then of one worker, then of two."""
    import psutil

    import comity
    from comity.brief.render import plain
    from comity.lake.cubes import cube
    from comity.potential.by_product import fit_products

    me = psutil.Process()

    def ask(engine, opened, world, others):
        def brief():
            return plain.to_json(opened().pair("IND", "RUS").brief(draw=False))

        answers = [table.time("brief IND RUS, first", engine, brief, others)]
        table.time("brief IND RUS, again, lake open", engine, brief, others)
        answers += [
            table.time(f"cube: {name}", engine, lambda n=name: sums(world(), n), others)
            for name in ("partners", "exports", "imports")
        ]
        fit = lambda: fit_products(world().store, "invented", 2023, level=4)  # noqa: E731
        table.time(f"gravity of {PRODUCTS} products, first", engine, fit, others)
        answers.append(table.time(f"gravity of {PRODUCTS} products, again", engine, fit, others))
        return answers

    def sums(world, name):
        return cube(world.store, name, "invented", level=4).to_pyarrow().to_pandas()

    here, there = comity.open(), comity.open(lake)
    answers = {"duckdb": ask("DuckDB, 2 threads", lambda: here, lambda: there, ())}
    for cores in (1, 2):
        session = connect(cluster.address, cores)
        opened = comity.open(cluster.address), comity.open(cluster.address, lake)
        others = [*map(psutil.Process, (p.pid for p in cluster.processes)), *me.children()]
        name = f"Spark, {cores} worker{'s' * (cores > 1)}"
        answers[name] = ask(name, lambda o=opened: o[0], lambda o=opened: o[1], others)
        session.stop()
    return answers


def compare(answers):
    """Return how far the answers of Spark are from DuckDB's."""
    first, *others = answers.values()
    equal = all(each[0] == first[0] for each in others)
    worst = max(
        float((each[k]["value_usd"] / first[k]["value_usd"] - 1).abs().max())
        for each in others
        for k in (1, 2, 3)
    )
    fits = max(
        float(np.nanmax(np.abs(each[4]["estimate"] - first[4]["estimate"]))) for each in others
    )
    return {"brief_equal": equal, "cubes_relative": worst, "coefficients_absolute": fits}


def main():
    """Print the table and write `results/spark.json`."""
    if shutil.which("java") is None or importlib.util.find_spec("pyspark") is None:
        print("skipped: needs Java and the extra 'spark'")
        return
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory(prefix="comity-spark-") as name:
        folder = Path(name)
        rows = write_world(folder / "lake")
        (folder / "cluster").mkdir()
        cluster = start_cluster(folder / "cluster")
        table = Table()
        try:
            answers = measure(table, cluster, folder / "lake")
        finally:
            cluster.stop()
        log = [line for line in cluster.log().splitlines() if " Master: " in line]
    found = compare(answers)
    print(found, *log[:20], sep="\n")
    save("spark", {"machine": machine(), "rows": rows, "times": table.rows, **found, "log": log})


if __name__ == "__main__":
    main()
