"""Why `gegravity` 0.3 differs by 10 to 20 %: its prices do not feed back into incomes."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from comity.potential.equilibrium import solve_conditional, solve_one_sector

SIGMA = 5.0
GRAVITY = {
    "lndist": -0.3898623,
    "contiguity": 0.891577,
    "common_language": 0.0326249,
    "pta": 0.4711383,
    "international": -3.412584,
    "constant": 16.32434,
}


def test_prices_of_gegravity_are_conditional_resistances(shared_data: Path) -> None:
    data = pd.read_csv(shared_data / "replication/gegravity/sample_data_set.dlm").assign(constant=1)
    countries = sorted(data.exporter.unique())
    r, i, j = (countries.index(name) for name in ("DEU", "CAN", "JPN"))

    def matrix(name: str) -> np.ndarray:
        wide = data.pivot_table(index="exporter", columns="importer", values=name)
        return wide.loc[countries, countries].to_numpy(float)

    cost = np.exp(sum(b * matrix(name) for name, b in GRAVITY.items()))
    effect = np.ones_like(cost)
    effect[i, j] = effect[j, i] = np.exp(GRAVITY["pta"])
    Y = data.groupby("exporter").Y.first()[countries].to_numpy(float)
    E = data.groupby("importer").E.first()[countries].to_numpy(float)
    # The model's baseline: costs scaled to the observed outputs and expenditures.
    start = np.outer(Y, E / E.sum() * Y.sum() / Y.sum())
    baseline = scale(cost, start.sum(axis=1), E * Y.sum() / E.sum())

    theirs = gegravity_prices(data, countries)
    conditional = solve_conditional(baseline, effect, sigma=SIGMA)
    full = solve_one_sector(baseline, effect, sigma=SIGMA)

    def relative(hat: np.ndarray) -> np.ndarray:
        return 100 * (hat / hat[r] - 1)

    np.testing.assert_allclose(relative(theirs), relative(1 / conditional.outward), atol=1e-5)
    gap = relative(theirs)[[i, j]] / relative(full.wage)[[i, j]] - 1
    np.testing.assert_allclose(gap, [0.14, 0.17], atol=0.02)


def scale(cost: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    b = np.ones(len(cost))
    for _ in range(5000):
        a = rows / (cost @ b)
        b = columns / (a @ cost)
    return a[:, None] * cost * b


def gegravity_prices(data: pd.DataFrame, countries: list[str]) -> np.ndarray:
    """Return the peer's hats of factory-gate prices when Canada and Japan sign."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        import gegravity

        estimates = pd.DataFrame({"name": GRAVITY.keys(), "b": GRAVITY.values(), "se": 0.1})
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
            cost_variables=list(GRAVITY),
            year="2006",
            reference_importer="DEU",
            sigma=SIGMA,
        )
        model.build_baseline(omr_rescale=1)
        experiment = model.baseline_data.copy()
        for one, other in (("CAN", "JPN"), ("JPN", "CAN")):
            pair = (experiment.exporter == one) & (experiment.importer == other)
            experiment.loc[pair, "pta"] = 1
        model.define_experiment(experiment)
        model.simulate()
        change = model.country_results["factory gate price change (percent)"]
    return 1 + change.loc[countries].to_numpy(float) / 100
