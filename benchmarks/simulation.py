"""How long a simulation takes, by part: `python -m benchmarks.simulation`."""

from __future__ import annotations

import statistics
import time

from comity import starter
from comity.delivery import defence, dependence, manufacturing
from comity.lake import Dossier, Store
from comity.potential.simulation import (
    Settings,
    read_effects,
    read_scenario,
    read_world,
    simulate,
    simulate_products,
    simulate_world,
)

ROUNDS = 5


def timed(label, call):
    spent = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        result = call()
        spent.append(time.perf_counter() - begin)
    print(f"{label:44} {1000 * statistics.median(spent):9.1f} ms")
    return result


def sections(store):
    """Every indicator of the brief's sections on a dossier of its own."""
    dossier = Dossier(store, "IND", "RUS")
    for slices in ("between", "with_world", "statements"):
        getattr(dossier, slices)
    begin = time.perf_counter()
    for indicator in (
        dependence.import_share_hs2,
        dependence.export_share_hs2,
        dependence.asymmetry,
        manufacturing.intra_industry,
        manufacturing.parts_share,
        manufacturing.licensed_production,
        defence.arms_tiv,
        defence.arms_share,
        defence.arms_export_share,
        defence.arms_supplier_hhi,
    ):
        indicator(dossier)
    return time.perf_counter() - begin


def main():
    store = Store(starter.path())
    scenario = read_scenario("IND", "EAEU")
    store.table("flows").count().to_pyarrow()
    world = timed("the matrix of 190 countries", lambda: read_world(store))
    timed("tier 1, 187 lines", lambda: simulate_products(store, scenario))
    effect = timed("tier 2, kept estimates", lambda: read_effects(store))["any"]
    timed("tier 3, three solves", lambda: simulate_world(world, scenario, effect, draws=0))
    timed("tier 3, 1,000 draws", lambda: simulate_world(world, scenario, effect, draws=1000))
    timed("all, 1,000 draws", lambda: simulate(store, scenario, Settings()))
    spent = [sections(store) for _ in range(ROUNDS)]
    print(f"{'sections of a brief':44} {1000 * statistics.median(spent):9.1f} ms")


if __name__ == "__main__":
    main()
