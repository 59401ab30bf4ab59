"""Synthetic gravity panels: what the speed comparisons run on, the same for everyone.

y_ijt = mu_ijt * eta_ijt with mu = exp(exporter_it + importer_jt + pair_ij + x'b); eta has mean one
and is zero with a probability that falls in mu, else log-normal. Zeros are therefore likelier
for small expected flows and stay with a pair, as in real trade. Country sizes have a long tail:
the first twenty hold about four fifths of trade.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COEFFICIENTS = np.array([0.45, 0.25, -0.30])
NAMES = ("rta", "cu", "tariff")


@dataclass(frozen=True)
class Panel:
    """Flows [n, n, T] (NaN on the diagonal), covariates [3, n, n, T], ln distance [n, n]."""

    flow: Floats
    covariates: Floats
    ln_distance: Floats


def draw_panel(
    n: int = 200,
    years: int = 20,
    seed: int = 0,
    zeros: float = 0.45,
    sigma: float = 1.0,
    persistence: float = 0.6,
) -> Panel:
    """Draw a panel; `persistence` is how much of a zero belongs to the pair."""
    r = np.random.default_rng(seed)
    size = r.normal(0, 2.0, n)
    growth = np.cumsum(r.normal(0.03, 0.05, (n, years)), 1)
    exporter = size[:, None] + growth + 0.3 * r.normal(size=(n, years))
    importer = size[:, None] + growth + 0.3 * r.normal(size=(n, years))
    place = r.uniform(0, 1, (n, 2))
    distance = np.sqrt(((place[:, None] - place[None]) ** 2).sum(-1)) + 0.02
    pair = -np.log(distance) + 0.5 * r.normal(size=(n, n))
    year = np.arange(years)

    signs = r.uniform(size=(n, n)) < 0.5 * np.exp(-3 * distance)
    start = np.where(signs, r.integers(0, years + 5, (n, n)), 10_000)
    rta = (year >= np.minimum(start, start.T)[:, :, None]).astype(float)
    start = np.where(r.uniform(size=(n, n)) < 0.03, r.integers(-5, years, (n, n)), 10_000)
    cu = (year >= np.minimum(start, start.T)[:, :, None]).astype(float)
    noise = 0.05 * r.normal(size=(n, n, 1)) + 0.02 * r.normal(size=(n, n, years))
    tariff = np.abs(0.10 + noise - 0.05 * rta) * 3
    x = np.stack([rta, cu, tariff])

    linear = exporter[:, None] + importer[None] + pair[:, :, None]
    linear = linear + np.tensordot(COEFFICIENTS, x, 1)
    luck = r.logistic(size=linear.shape)
    reluctance = -0.9 * linear + persistence * r.normal(size=(n, n, 1))
    cut = np.quantile(reluctance + luck, 1 - zeros)
    chance = 1 / (1 + np.exp(cut - reluctance))
    spread = np.exp(sigma * r.normal(size=linear.shape) - sigma**2 / 2)
    flow = np.exp(linear) * spread / np.maximum(1 - chance, 0.02)
    flow[reluctance + luck > cut] = 0.0
    flow[np.arange(n), np.arange(n)] = np.nan
    flow /= np.nanmean(flow)
    ln_distance = np.log(distance)
    np.fill_diagonal(ln_distance, 0)
    return Panel(flow, x, ln_distance)


def to_table(panel: Panel, *, active_pairs_only: bool = False) -> pd.DataFrame:
    """Return one row for each observed cell; only pairs with trade in some year if asked."""
    n = panel.flow.shape[0]
    seen = ~np.isnan(panel.flow)
    if active_pairs_only:
        seen &= (np.nansum(panel.flow, axis=2) > 0)[:, :, None]
    i, j, t = np.nonzero(seen)
    columns = {"trade": panel.flow[seen]}
    columns |= {name: x[seen] for name, x in zip(NAMES, panel.covariates, strict=True)}
    columns |= {"ln_dist": panel.ln_distance[i, j], "exporter": i, "importer": j, "year": t}
    columns["pair"] = i * n + j
    return pd.DataFrame(columns)
