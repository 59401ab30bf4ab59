"""Time every complexity measure beside the two Python peers, and compare the answers.

``python -m benchmarks.complexity`` takes some two minutes, all but a second of them the peers'.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import asdict, dataclass
from unittest import mock

import numpy as np
import pandas as pd

from benchmarks import machine, save
from comity.potential import complexity as kernel

COUNTRIES, PRODUCTS = 230, 5000


def world():
    """Return exports: unlike countries and products, half of the cells empty."""
    generator = np.random.default_rng(1)
    skill = generator.normal(0, 1.5, (COUNTRIES, 1)) - generator.normal(0, 1.5, PRODUCTS)
    size = generator.normal(0, 2, (COUNTRIES, 1)) + generator.normal(0, 2, PRODUCTS)
    value = np.exp(size + skill + generator.normal(0, 1.5, (COUNTRIES, PRODUCTS)))
    value *= generator.random(value.shape) < 1 / (1 + np.exp(-skill - 0.3))
    # Both peers answer NaN to everything where one product or one country has no exports.
    return np.where((value.sum(axis=0) == 0) & (np.arange(COUNTRIES)[:, None] < 3), 1.0, value)


@dataclass
class Time:
    """Seconds by the clock, and seconds of processor: the latter do not mind a shared machine."""

    wall: float
    processor: float

    def __str__(self):
        return f"{self.wall:8.3f} s {self.processor:8.3f} s"

    def times(self, other):
        """Say how many times faster this is than the other."""
        wall, processor = other.wall / self.wall, other.processor / self.processor
        return f"{wall:6.0f} x {processor:6.0f} x"


def timed(work):
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return Time(time.perf_counter() - wall, time.process_time() - processor), result


def best(work, runs=25):
    """Return the best of several runs after a first."""
    work()
    times = [timed(work)[0] for _ in range(runs)]
    return Time(min(t.wall for t in times), min(t.processor for t in times))


def writable_fill_diagonal(array, value):
    """Fill what pandas 3 hands out read-only; the peer was written for pandas 2."""
    array.flags.writeable = True
    array[np.diag_indices_from(array)] = value


def economic_complexity(table):
    """Return the peer's RCA, proximity (once), relatedness, ECI and PCI."""
    from economic_complexity import complexity, product_space, rca

    with mock.patch.object(product_space.np, "fill_diagonal", writable_fill_diagonal):
        advantage = rca(table)
        phi = product_space.proximity(advantage)
        near = product_space.relatedness(advantage, proximities=phi)
        eci, pci = complexity(advantage)
    return {"rca": advantage, "proximity": phi, "density": near, "eci": eci, "pci": pci}


def ecomplexity(table):
    """Return the peer's long table of every measure."""
    from ecomplexity import ecomplexity

    long = table.reset_index(names="loc").melt("loc", var_name="prod", value_name="val")
    long["time"] = 1
    columns = {"time": "time", "loc": "loc", "prod": "prod", "val": "val"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return timed(
            lambda: ecomplexity(long, columns, check_logsupermodularity=False, verbose=False)
        )


def largest_gap(mine, theirs):
    """Return the largest difference relative to the largest value."""
    return float(np.nanmax(np.abs(mine - theirs)) / np.nanmax(np.abs(theirs)))


def main():
    exports = world()
    table = pd.DataFrame(exports)
    everything = best(lambda: kernel.complexity(exports))
    result = kernel.complexity(exports)
    same = best(lambda: kernel.complexity(exports, outlook=False))
    matrix = best(lambda: kernel.proximity(result.presence))
    apart = kernel.complexity(exports, self_proximity=False)
    print(machine(), f"| {COUNTRIES} countries x {PRODUCTS} products")
    print("                                          wall  processor     faster: wall, processor")
    print(f"comity, all measures                {everything}")
    print(f"comity, RCA, density, ECI, PCI      {same}")
    print(f"comity, the P x P proximity matrix  {matrix}", flush=True)

    runs = [timed(lambda: economic_complexity(table)) for _ in range(3)]
    peer = runs[0][1]
    second = Time(min(r.wall for r, _ in runs), min(r.processor for r, _ in runs))
    gaps = {
        "economic-complexity rca": largest_gap(result.rca, peer["rca"].to_numpy()),
        "economic-complexity density": largest_gap(apart.density, peer["density"].to_numpy()),
        "economic-complexity proximity": largest_gap(
            kernel.proximity(result.presence, self_proximity=False), peer["proximity"].to_numpy()
        ),
        "economic-complexity eci, 1 - correlation": float(
            1 - np.abs(np.corrcoef(result.eci, peer["eci"])[0, 1])
        ),
    }
    print(f"economic-complexity                 {second}  {same.times(second)}", flush=True)

    third, long = ecomplexity(table)
    for name, mine in (
        ("rca", result.rca),
        ("density", result.density),
        ("cog", result.cog),
        ("eci", np.broadcast_to(result.eci[:, None], exports.shape)),
        ("pci", np.broadcast_to(result.pci, exports.shape)),
        ("coi", np.broadcast_to(result.coi[:, None], exports.shape)),
    ):
        wide = long.pivot_table(index="loc", columns="prod", values=name, dropna=False)
        theirs = wide.loc[table.index, table.columns].to_numpy(float)
        gaps[f"ecomplexity {name}"] = largest_gap(mine, theirs)
    print(f"ecomplexity                         {third}  {everything.times(third)}")
    for name, gap in gaps.items():
        print(f"  largest gap, {name:<42} {gap:.1e}")
    save(
        "complexity",
        {
            "machine": machine(),
            "countries": COUNTRIES,
            "products": PRODUCTS,
            "seconds": {
                "comity, all measures": asdict(everything),
                "comity, RCA, density, ECI, PCI": asdict(same),
                "comity, the P x P proximity matrix": asdict(matrix),
                "economic-complexity": asdict(second),
                "ecomplexity": asdict(third),
            },
            "times faster by the clock": {
                "economic-complexity, the same measures": second.wall / same.wall,
                "economic-complexity, with the matrix": second.wall / (same.wall + matrix.wall),
                "ecomplexity, all measures": third.wall / everything.wall,
            },
            "largest relative gaps": gaps,
        },
    )


if __name__ == "__main__":
    main()
