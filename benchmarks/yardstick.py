"""What the yardstick costs: one fit, one refit, all cells, a pair, a country, all pairs.

Run: python benchmarks/yardstick.py [--json out.json]
Best of several runs on the embedded data, in this process, after a first run that compiles.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

from comity import starter
from comity.brief import yardstick as words
from comity.lake import Store
from comity.potential.ppml import cross_section
from comity.potential.yardstick import Yardstick
from comity.potential.yardstick.leaveout import leave_out, leave_pair_out
from comity.potential.yardstick.tables import list_partners, scan


def best(work, runs=7):
    """Return the best wall and processor time of some runs, in milliseconds."""
    walls, works = [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(1e3 * (time.perf_counter() - wall))
        works.append(1e3 * (time.process_time() - cpu))
    return min(walls), min(works)


def measure():
    store = Store(starter.path())
    words.section(store, "USA", "MEX", draw=True)  # compiles, reads, warms up
    known = Yardstick(store)
    known.pair("USA", "MEX")
    goods = next(s for s in known.fits.headline if s.tie.id == "goods_exports")
    placed = known.fits.model(goods, goods.years[-1])
    model = placed.model
    i, j = placed.index["RUS"], placed.index["IND"]
    n = model.flow.shape[0]
    heavy = np.argsort(-np.abs(np.log(model.expected / model.fit.fitted)), axis=None)
    rows = [
        (f"one fit, {n} x {n}", lambda: cross_section(model.flow, model.covariates), 9),
        (
            "one pair left out, exact",
            lambda: leave_pair_out(model.flow, model.covariates, model.fit, i, j),
            9,
        ),
        (
            f"all {n * n:,} cells left out, quick",
            lambda: leave_out(model.flow, model.covariates, model.fit),
            9,
        ),
        ("read: which ties there are", lambda: Yardstick(store).fits.series, 5),
        ("read: distances and languages", lambda: Yardstick(store).fits.proximity, 5),
        (
            "a pair, lake just opened",
            lambda: Yardstick(store).pair("IND", "RUS", variants=False),
            5,
        ),
        ("  with other models", lambda: Yardstick(store).pair("IND", "RUS"), 5),
        ("  the brief's section, no charts", lambda: _fresh(store), 5),
        ("another pair, same lake", lambda: known.pair("IND", "RUS", variants=False), 5),
        ("  with other models", lambda: known.pair("IND", "RUS"), 5),
        (
            "  the brief's section, no charts",
            lambda: words.section(store, "IND", "RUS", draw=False),
            5,
        ),
        ("a country, all partners", lambda: list_partners(known.fits, "IND"), 3),
        (
            "all pairs, all ties, latest year",
            lambda: list(scan(Yardstick(store).fits, known.fits.usable)),
            2,
        ),
    ]
    table = [(name, *best(work, runs)) for name, work, runs in rows]
    off = []
    for q in heavy[np.isfinite(model.expected.ravel()[heavy])][:150]:
        a, b = divmod(int(q), n)
        off.append(abs(np.log(model.expected[a, b] / model.expect(a, b))))
    accuracy = {"heaviest_150_max": max(off), "heaviest_150_median": float(np.median(off))}
    return table, accuracy


def _fresh(store):
    words.section(Store(store.folder), "IND", "RUS", draw=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    table, accuracy = measure()
    print(f"{'':42}{'wall ms':>10}{'cpu ms':>10}")
    for name, wall, cpu in table:
        print(f"{name:42}{wall:10.1f}{cpu:10.1f}")
    print(
        "quick against exact, 150 heaviest cells: "
        f"max {accuracy['heaviest_150_max']:.1e}, median {accuracy['heaviest_150_median']:.1e}"
    )
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if options.json:
        rows = [{"what": name, "wall_ms": wall, "cpu_ms": cpu} for name, wall, cpu in table]
        options.json.write_text(json.dumps({"rows": rows, "accuracy": accuracy}, indent=1) + "\n")


if __name__ == "__main__":
    main()
