"""Time gravity regressions beside pyfixest, on the same panels, in the same run.

``python -m benchmarks.ppml``; ``--share 0.3`` fits 30 % of the products.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import machine, save
from benchmarks.panels import draw_panel, to_table

CLUSTER = {"CRV1": "pair"}
FORMS = {
    "cross-section": (
        "trade ~ ln_dist + rta + cu | exporter + importer",
        "trade ~ ln_dist + rta + cu | exporter + importer",
        "hetero",
    ),
    "two-way panel": (
        "trade ~ rta + cu + tariff | exporter^year + importer^year",
        "trade ~ rta + cu + tariff | it + jt",
        CLUSTER,
    ),
    "three-way panel": (
        "trade ~ rta + cu + tariff | exporter^year + importer^year + exporter^importer",
        "trade ~ rta + cu + tariff | it + jt + ij",
        CLUSTER,
    ),
}
# Shares of zeros; persistence gives as many active pairs as BACI has (7,640 at HS6).
BATCHES = {"HS6-like": (0.945, 200), "HS4-like": (0.80, 40), "98 % zeros": (0.98, 60)}
PERSISTENCE = 3.6


def with_effects(table):
    """Give the peer what it likes best: effects numbered beforehand."""
    years = table["year"].max() + 1
    return table.assign(
        it=table.exporter * years + table.year,
        jt=table.importer * years + table.year,
        ij=table.pair,
    )


def seconds(work, runs):
    """Return the median time by the clock and the last result."""
    wall, _, result = both_times(work, runs)
    return wall, result


def both_times(work, runs):
    """Return median time by the clock, median time of all threads together, last result."""
    wall, cpu = [], []
    for _ in range(runs):
        start, busy = time.perf_counter(), time.process_time()
        result = work()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - busy)
    return statistics.median(wall), statistics.median(cpu), result


def peer_fit(formula, table, vcov, **options):
    import pyfixest

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyfixest.fepois(formula, table, vcov=vcov, **options)


def in_turn(rounds, peer, *ours):
    """Run the peer once and each of ours three times, round after round.

    Returns for each the median time by the clock, the median time of all threads, the last result.
    A machine that others use is slow for seconds at a time: taken in turn, all meet the same.
    """
    each = [(peer, 1), *((work, 3) for work in ours)]
    found = [[both_times(work, runs) for work, runs in each] for _ in range(rounds)]
    return [
        (
            statistics.median(one[0] for one in times),
            statistics.median(one[1] for one in times),
            times[-1][2],
        )
        for times in zip(*found, strict=True)
    ]


def compare_forms(panel):
    from comity.potential.ppml import fepois

    rows = []
    for name, (ours, theirs, vcov) in FORMS.items():
        table = with_effects(to_table(panel))
        rounds = 5
        if name == "cross-section":
            table = table[table.year == 10].reset_index(drop=True)
            rounds = 25
        fepois(ours, table, vcov=vcov)
        (peer_time, peer_cpu, peer), (time_, cpu, fit), (kernel, *_) = in_turn(
            rounds,
            partial(peer_fit, theirs, table, vcov),
            partial(fepois, ours, table, vcov=vcov),
            partial(kernel_only, ours, table),
        )
        rows.append(
            {
                "model": name,
                "rows": len(table),
                "used": fit.n_used,
                "pyfixest_s": peer_time,
                "comity_s": time_,
                "kernel_s": kernel,
                "ratio": peer_time / time_,
                "cpu_ratio": peer_cpu / cpu,
                "pyfixest_cpu_s": peer_cpu,
                "comity_cpu_s": cpu,
                "coef_gap": float(np.abs(fit.coef() - peer.coef()).max()),
                "se_gap": float(np.abs(fit.se() / peer.se() - 1).max()),
                "coef": fit.coef().round(12).to_dict(),
                "se": fit.se().round(12).to_dict(),
                "certificate": str(fit.certificate),
            }
        )
    return rows


def kernel_only(formula, table):
    """Fit without the table: from arrays in their cells to converged coefficients."""
    from comity.potential.ppml.separation import climb_apart

    return climb_apart(laid_out(formula, table))


_LAID: dict = {}


def laid_out(formula, table):
    from comity.potential.ppml.cells import lay_out
    from comity.potential.ppml.directed import Directed
    from comity.potential.ppml.formula import read_formula
    from comity.potential.ppml.sample import read_sample
    from comity.potential.ppml.stack import Stack
    from comity.potential.ppml.tensor import Summary

    key = (formula, id(table))
    if key not in _LAID:
        sample = read_sample(read_formula(formula), table, (), None, None, None)
        _LAID[key] = lay_out(sample, None).problem
    p = _LAID[key]
    if isinstance(p, Stack):
        return Stack(p.flow, p.covariates, p.exposure)
    rows = np.arange(p.flow.shape[0])
    exporter = np.zeros(rows.size, dtype=np.int64)
    importer = np.zeros(rows.size, dtype=np.int64)
    exporter[p.row], importer[p.row] = p.exporter, p.importer
    fill = np.maximum.accumulate(exporter)
    size = (p.a.shape[0], p.b.shape[0])
    # The table's one reading tells the sums; they are part of what a fit starts from.
    known = Summary(
        p.by_exporter, p.by_importer, p.flow.sum(axis=1), p.centre, p.spread, p.is_dummy,
        p.raw_flow,
    )  # fmt: skip
    return Directed(p.flow, p.columns, p.exposure, fill, importer, size, p.years, known)


def products_of(zeros, numbers):
    """Return a table of the active pairs of each of some products."""
    return [
        to_table(
            draw_panel(seed=1000 + p, zeros=zeros, sigma=1.2, persistence=PERSISTENCE),
            active_pairs_only=True,
        ).assign(product=p)
        for p in numbers
    ]


def compare_batch(name, zeros, products, peers):
    """Fit products one table of twenty at a time; the peer gets the first few of each, one by one.

    Twenty others come first, so that whatever may be needed is compiled.
    """
    from comity.potential.ppml import fepois

    ours, theirs, vcov = FORMS["three-way panel"]
    times, each, gaps, peer_times, cells, failed, peer_failed = [], [], [], [], [], 0, 0
    others = products_of(zeros, range(products, products + 20))
    fepois(ours, pd.concat(others, ignore_index=True), vcov=vcov, split="product")
    for first in range(0, products, 20):
        tables = products_of(zeros, range(first, min(first + 20, products)))
        cells += [len(t) for t in tables]
        table = pd.concat(tables, ignore_index=True)
        start = time.perf_counter()
        fits = fepois(ours, table, vcov=vcov, split="product")
        times.append((time.perf_counter() - start) / len(tables))
        failed += len(fits.failed)
        for part in tables:
            laid_out(ours, part)
            tries = []
            for _ in range(3):
                start = time.perf_counter()
                kernel_only(ours, part)
                tries.append(time.perf_counter() - start)
            each.append(min(tries))
        _LAID.clear()
        for part in tables[:peers]:
            numbered = with_effects(part)
            start = time.perf_counter()
            try:
                peer = peer_fit(theirs, numbered, vcov, lean=True, copy_data=False)
            except ValueError:
                peer_failed += 1
                continue
            peer_times.append(time.perf_counter() - start)
            fit = fits[part["product"].iloc[0]]
            if part is tables[0] and not fit.dropped.by_separation:
                # Its own tolerances leave the peer's standard errors good to 2e-6.
                peer = peer_fit(theirs, numbered, vcov, lean=True, fixef_tol=1e-11, iwls_tol=1e-11)
                gaps.append(
                    (
                        float(np.abs(fit.coef() - peer.coef()).max()),
                        float(np.abs(fit.se() / peer.se() - 1).max()),
                    )
                )
    peer_time, time_ = statistics.median(peer_times), statistics.median(times)
    return {
        "batch": name,
        "products": products,
        "rows_per_product": statistics.median(cells),
        "failed": failed,
        "pyfixest_failed": peer_failed,
        "pyfixest_s_per_product": peer_time,
        "comity_s_per_product": time_,
        "comity_s_per_product_by_twenty": times,
        "pyfixest_s_each": peer_times,
        "ratio": peer_time / time_,
        "fit_alone_median_s": statistics.median(each),
        "fit_alone_slowest_s": max(each),
        "slowest_over_median": max(each) / statistics.median(each),
        "coef_gap": max((g[0] for g in gaps), default=None),
        "se_gap": max((g[1] for g in gaps), default=None),
    }


def memory(who, form, path):
    """Print the growth of the peak resident set over one call, in MB (a process of its own)."""
    table = pd.read_parquet(path)
    if form == "cross-section":
        table = table[table.year == 10].reset_index(drop=True)
    small = table[(table.exporter < 12) & (table.importer < 12)].reset_index(drop=True)
    ours, theirs, vcov = FORMS[form]
    if who == "comity":
        from comity.potential.ppml import fepois

        def run(t):
            return fepois(ours, t, vcov=vcov)
    else:

        def run(t):
            return peer_fit(theirs, t, vcov)

    run(small)
    before = resident("VmRSS")
    run(table)
    print(resident("VmHWM") - before)


def resident(field):
    """Return the resident set of this process, now (VmRSS) or at its peak (VmHWM), in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def in_a_process(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.ppml", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    )
    return float(done.stdout.split()[-1])


def first_call(path):
    """Print the time of the first call in a fresh process."""
    table = pd.read_parquet(path)
    table = table[(table.exporter < 12) & (table.importer < 12)].reset_index(drop=True)
    from comity.potential.ppml import fepois

    start = time.perf_counter()
    for ours, _, vcov in FORMS.values():
        fepois(ours, table if "year" in ours else table[table.year == 10], vcov=vcov)
    print(time.perf_counter() - start)


def floor(panel):
    """Compare the three-way kernel with the time its bytes alone would take."""
    from comity.potential.ppml.separation import climb_apart

    table = to_table(panel)
    formula = FORMS["three-way panel"][0]
    kernel, found = seconds(lambda: climb_apart(laid_out(formula, table)), 9)
    problem = found.outcome.problem
    tensor = problem.mean.nbytes
    K = int((problem.columns.place >= 0).sum())
    block = np.ones(2**25)
    bandwidth = block.nbytes / seconds(block.sum, 9)[0]
    certificate = found.outcome.certificate
    # Each pass reads the fitted mean once, for all columns; each Newton step reads the K
    # covariates that are not bits once, writes the mean once and reads it twice.
    moved = (certificate.sweeps + certificate.steps * (K + 3)) * tensor
    return {
        "kernel_s": kernel,
        "bytes_moved": moved,
        "read_gb_per_s": bandwidth / 1e9,
        "floor_s": moved / bandwidth,
        "times_the_floor": kernel / (moved / bandwidth),
        "sweeps": certificate.sweeps,
        "steps": certificate.steps,
    }


def show(rows, columns):
    print(pd.DataFrame(rows)[columns].to_string(index=False, float_format=lambda v: f"{v:.3g}"))


def main(share=0.1):
    panel = draw_panel()
    result = {"machine": machine()}
    result["forms"] = compare_forms(panel)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "panel.parquet")
        with_effects(to_table(panel)).to_parquet(path)
        for row in result["forms"]:
            for who in ("comity", "pyfixest"):
                row[f"{who}_mb"] = in_a_process("--memory", who, row["model"], path)
            row["memory_share"] = row["comity_mb"] / row["pyfixest_mb"]
        cache = {"NUMBA_CACHE_DIR": str(Path(folder) / "cache")}
        result["first_call_s"] = in_a_process("--first-call", path, **cache)
        result["first_call_cached_s"] = in_a_process("--first-call", path, **cache)
    show(
        result["forms"],
        [
            "model", "rows", "pyfixest_s", "comity_s", "kernel_s", "ratio", "cpu_ratio",
            "coef_gap", "se_gap",
            "pyfixest_mb", "comity_mb", "memory_share",
        ],
    )  # fmt: skip
    print(
        f"\nfirst call of all three forms: {result['first_call_s']:.1f} s with an empty cache, "
        f"{result['first_call_cached_s']:.2f} s after"
    )
    result["floor"] = floor(panel)
    print("\nthree-way kernel against the memory floor:")
    print(json.dumps({k: round(v, 4) for k, v in result["floor"].items()}))
    result["batches"] = []
    for name, (zeros, products) in BATCHES.items():
        count = max(3, int(share * products))
        result["batches"].append(compare_batch(name, zeros, count, 2))
    print()
    show(
        result["batches"],
        [
            "batch", "products", "failed", "pyfixest_failed", "rows_per_product",
            "pyfixest_s_per_product",
            "comity_s_per_product", "ratio", "fit_alone_median_s", "slowest_over_median",
            "coef_gap", "se_gap",
        ],
    )  # fmt: skip
    save("ppml", result)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--memory", nargs=3)
    parser.add_argument("--first-call")
    options = parser.parse_args()
    if options.memory:
        memory(*options.memory)
    elif options.first_call:
        first_call(options.first_call)
    else:
        main(options.share)
