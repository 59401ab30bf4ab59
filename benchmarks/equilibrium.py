"""Time general equilibrium beside `gegravity`, show why the two differ, and time settlement.

``python -m benchmarks.equilibrium``
"""

from __future__ import annotations

import contextlib
import io
import statistics
import time
import warnings

import numpy as np
import pandas as pd

from benchmarks import machine, save
from comity.potential.circulation import find_circulation
from comity.potential.equilibrium import (
    calibrate,
    solve_conditional,
    solve_draws,
    solve_multi_sector,
    solve_one_sector,
)

SIGMA, B_RTA = 5.0, 0.4711383
MEMBERS = (1, 2)


def median_ms(work, runs=9):
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def world(N, seed=0):
    """Return distances and incomes of N countries on a square, balanced."""
    generator = np.random.default_rng(seed)
    place = generator.uniform(0, 1, (N, 2))
    km = np.sqrt(((place[:, None] - place) ** 2).sum(axis=-1)) * 9000 + 100
    return km, np.exp(generator.normal(12, 1.5, N))


def gravity(km, Y):
    """Return trade that gravity implies, with the incomes as outputs and expenditures."""
    cost = np.exp(-0.3898623 * np.log(km) - 3.412584 * (1 - np.eye(len(Y))))
    b = np.ones(len(Y))
    for _ in range(3000):
        a = Y / (cost @ b)
        b = Y / (a @ cost)
    return a[:, None] * cost * b


def signing(N):
    """Return the effect of an agreement between two countries."""
    effect = np.ones((N, N))
    effect[MEMBERS], effect[MEMBERS[::-1]] = np.exp(B_RTA), np.exp(B_RTA)
    return effect


def gegravity_prices(km, Y):
    """Return the peer's hats of factory-gate prices for the same world and agreement."""
    import gegravity

    N = len(Y)
    names = np.array([f"C{n:03d}" for n in range(N)])
    i, j = (index.ravel() for index in np.indices((N, N)))
    data = pd.DataFrame(
        {
            "exporter": names[i],
            "importer": names[j],
            "year": 2006,
            "trade": 1.0,
            "Y": Y[i],
            "E": Y[j],
            "pta": 0,
            "lndist": np.log(km).ravel(),
            "international": (i != j) * 1,
            "constant": 1,
        }
    )
    costs = {"lndist": -0.3898623, "pta": B_RTA, "international": -3.412584, "constant": 16.32434}
    estimates = pd.DataFrame({"name": costs.keys(), "b": costs.values(), "se": 0.1})
    model = gegravity.OneSectorGE(
        baseline=gegravity.BaselineData(
            data,
            imp_var_name="importer",
            exp_var_name="exporter",
            year_var_name="year",
            trade_var_name="trade",
            expend_var_name="E",
            output_var_name="Y",
        ),
        cost_coeff_values=gegravity.CostCoeffs(
            estimates=estimates, identifier_col="name", coeff_col="b", stderr_col="se"
        ),
        cost_variables=list(costs),
        year="2006",
        reference_importer=names[0],
        sigma=SIGMA,
    )
    model.build_baseline(omr_rescale=1)
    experiment = model.baseline_data.copy()
    for one, other in (MEMBERS, MEMBERS[::-1]):
        pair = (experiment.exporter == names[one]) & (experiment.importer == names[other])
        experiment.loc[pair, "pta"] = 1
    model.define_experiment(experiment)
    model.simulate()
    change = model.country_results["factory gate price change (percent)"]
    return 1 + change.loc[names].to_numpy(float) / 100


def beside_gegravity(N):
    """Return both times and the relative price changes of the members, three ways."""
    km, Y = world(N)
    X, T = gravity(km, Y), signing(N)
    ours = median_ms(lambda: solve_one_sector(X, T, sigma=SIGMA))
    start = time.perf_counter()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        theirs = gegravity_prices(km, Y)
    peer = 1000 * (time.perf_counter() - start)

    def members(hat):
        return [float(100 * (hat[m] / hat[0] - 1)) for m in MEMBERS]

    return {
        "countries": N,
        "comity ms": ours,
        "gegravity ms": peer,
        "times faster": peer / ours,
        "price change of members against the reference, %": {
            "gegravity": members(theirs),
            "conditional resistance, inverted": members(
                1 / solve_conditional(X, T, sigma=SIGMA).outward
            ),
            "full equilibrium": members(solve_one_sector(X, T, sigma=SIGMA).wage),
        },
    }


def large(N=200):
    """Return times of single solves, of a thousand draws, and of circulation, N countries."""
    X = gravity(*world(N)) * np.exp(np.random.default_rng(3).normal(0, 0.5, (N, N)))
    T = signing(N)
    generator = np.random.default_rng(4)
    pattern = (T != 1).astype(float)[None]
    b, sigmas = generator.normal(B_RTA, 0.1, (1000, 1)), generator.uniform(4, 7, 1000)
    trade = np.where(np.eye(N, dtype=bool), 0.0, X)
    deficits = ("multiplicative", "additive")
    times = {
        f"one solve, {rule} deficits": median_ms(
            lambda rule=rule: solve_one_sector(X, T, sigma=SIGMA, deficits=rule)
        )
        for rule in deficits
    }
    times["conditional"] = median_ms(lambda: solve_conditional(X, T, sigma=SIGMA))
    times["1,000 draws of b and sigma"] = median_ms(
        lambda: solve_draws(X, pattern, b, sigma=sigmas), runs=3
    )
    times["largest circulation with its cycles"] = median_ms(
        lambda: find_circulation(trade), runs=1
    )
    return times


def many_sectors(J=40, N=31):
    """Return the time of a Caliendo-Parro world of the size of theirs: all tariffs halved."""
    generator = np.random.default_rng(5)
    trade = np.exp(generator.normal(0, 1, (J, N, N)))
    trade += np.swapaxes(trade, 1, 2)
    np.einsum("jnn->jn", trade)[:] *= 150
    economy = calibrate(
        trade,
        generator.uniform(0, 0.2, (J, N, N)) * (1 - np.eye(N)),
        value_added_share=generator.uniform(0.3, 0.7, (J, N)),
        input_shares=np.swapaxes(generator.dirichlet(np.full(J, 2.0), (N, J)), 1, 2),
        theta=generator.uniform(2, 9, J),
    )
    start = solve_multi_sector(economy, deficit=0).economy
    return median_ms(lambda: solve_multi_sector(start, tariff=start.tariff / 2), runs=3)


def main():
    print(machine())
    beside = [beside_gegravity(N) for N in (30, 60)]
    for row in beside:
        print(
            f"{row['countries']:>4} countries: comity {row['comity ms']:.2f} ms, "
            f"gegravity {row['gegravity ms']:.0f} ms, {row['times faster']:.0f} x"
        )
        for name, values in row["price change of members against the reference, %"].items():
            print(f"       {name:<34} {values[0]:+.5f} {values[1]:+.5f}")
    times = large()
    times_text = {f"200 countries, {name}": ms for name, ms in times.items()}
    times_text["40 sectors x 31 countries, tariffs halved"] = many_sectors()
    for name, ms in times_text.items():
        print(f"{name:<55} {ms:9.2f} ms")
    save("equilibrium", {"machine": machine(), "beside gegravity": beside, "ms": times_text})


if __name__ == "__main__":
    main()
