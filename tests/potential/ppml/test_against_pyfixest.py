"""The same data in both packages: coefficients to 1e-8, standard errors to 1e-6 relative.

Two quirks of the peer are stepped around, not copied: it looks for effects nested in clusters by
name as well as by content, with the columns in another order than the names, so clusters have
names of their own here; and it stops on the deviance, so it is given tighter tolerances.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import comity.potential.ppml as ppml

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pyfixest = pytest.importorskip("pyfixest")

PANEL = "y ~ x + rta + tar | i^t + j^t"
PAIRS = PANEL + " + i^j"
VCOVS = [
    "iid",
    "hetero",
    {"CRV1": "by_pair"},
    {"CRV1": "by_i + by_j"},
    {"CRV1": "by_t"},
    {"CRV1": "by_i"},
    {"CRV1": "by_it"},
]


def table(n: int = 14, years: int = 6, zeros: float = 0.4, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    i, j, t = (a.ravel() for a in np.meshgrid(*map(np.arange, (n, n, years)), indexing="ij"))
    keep = i != j
    i, j, t = i[keep], j[keep], t[keep]
    size = rng.normal(0, 1.2, n)
    rta = (rng.uniform(size=(n, n)) < 0.5)[i, j] & (t >= rng.integers(0, years + 2, (n, n))[i, j])
    tar = rng.uniform(0, 1, i.size)
    x = rng.normal(size=(n, n))[i, j] + 0.2 * rng.normal(size=i.size)
    pair = 0.7 * rng.normal(size=(n, n))[i, j]
    mean = np.exp(size[i] + size[j] + pair + 0.4 * rta - 0.3 * tar + 0.2 * x)
    y = mean * rng.gamma(0.8, 1.25, i.size) * (rng.uniform(size=i.size) > zeros)
    low, high = np.minimum(i, j), np.maximum(i, j)
    return pd.DataFrame(
        {
            "y": y, "x": x, "rta": rta.astype(float), "tar": tar, "i": i, "j": j, "t": t,
            "pair_id": low * n + high, "by_pair": i * n + j, "by_i": i, "by_j": j, "by_t": t,
            "by_it": i * years + t, "w": rng.uniform(0.2, 3.0, i.size),
            "off": rng.normal(0, 0.5, i.size), "k": rng.integers(0, 3, i.size),
        }
    )  # fmt: skip


def compare(data, fml, vcov, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = pyfixest.fepois(
            fml, data.copy(), vcov=vcov, iwls_tol=1e-13, iwls_maxiter=100,
            demeaner=pyfixest.MapDemeaner(fixef_tol=1e-11, fixef_maxiter=200_000), **options,
        )  # fmt: skip
    options.pop("separation_check", None)
    ours = ppml.fepois(fml, data, vcov=vcov, **options)
    assert list(ours.coef().index) == list(peer.coef().index)
    np.testing.assert_allclose(ours.coef(), peer.coef(), rtol=0, atol=1e-8)
    np.testing.assert_allclose(ours.se(), peer.se(), rtol=1e-6)
    assert ours.n_used == peer._N
    return ours, peer


@pytest.mark.parametrize("fml", [PANEL, PAIRS, PANEL + " + pair_id"])
@pytest.mark.parametrize("vcov", VCOVS, ids=str)
def test_panel(fml, vcov):
    compare(table(), fml, vcov)


@pytest.mark.parametrize("vcov", VCOVS[:4], ids=str)
def test_cross_section(vcov):
    data = table(30, 1, seed=2)
    ours, peer = compare(data, "y ~ x + rta + tar | i + j", vcov)
    tidy, theirs = ours.tidy(), peer.tidy()
    assert list(tidy.columns) == list(theirs.columns)
    np.testing.assert_allclose(tidy.to_numpy(), theirs.to_numpy(), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("fml", [PANEL, PAIRS])
def test_weights_and_offset(fml):
    compare(table(), fml, "hetero", weights="w")
    compare(table(), fml, {"CRV1": "by_pair"}, offset="off")
    compare(table(), fml, {"CRV1": "by_i + by_j"}, weights="w", offset="off")


@pytest.mark.parametrize("fml", [PANEL, PAIRS, PANEL + " + pair_id"])
def test_missing_cells_and_singletons(fml):
    data = table(seed=3).sample(frac=0.7, random_state=1)
    data.loc[data.sample(frac=0.03, random_state=2).index, "tar"] = np.nan
    ours, _ = compare(data, fml, {"CRV1": "by_pair"})
    assert ours.dropped.missing > 0
    if fml == PAIRS:
        assert ours.dropped.singletons > 0


@pytest.mark.parametrize("fml", [PANEL, PAIRS])
def test_all_zero_effects(fml):
    data = table(seed=4)
    data.loc[(data.i == 3) & (data.t == 2), "y"] = 0.0
    data.loc[(data.j == 5) & (data.t == 4), "y"] = 0.0
    data.loc[(data.i == 1) & (data.j == 2), "y"] = 0.0
    ours, _ = compare(data, fml, "hetero")
    assert ours.dropped.by_effect["i^t"] == 13
    assert ours.dropped.by_effect["j^t"] == 13


def test_collinear_columns_are_dropped_by_name():
    data = table(seed=5)
    data["twice"] = 2 * data.x - data.tar
    data["size"] = data.i * 10.0 + data.t
    ours, _ = compare(data, "y ~ x + size + rta + tar + twice | i^t + j^t", "hetero")
    assert ours.dropped.collinear == ("size", "twice")


@pytest.mark.parametrize(("fml", "n", "zeros"), [(PANEL, 40, 0.98), (PAIRS, 40, 0.9)])
def test_mostly_zeros(fml, n, zeros):
    data = table(n, 8, zeros=zeros, seed=6)
    compare(data, fml, {"CRV1": "by_pair"}, separation_check=["fe", "ir"])


def test_a_dummy_that_is_one_only_on_zeros():
    data = table(seed=7)
    data["never"] = ((data.y == 0) & (data.tar > 0.5)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = pyfixest.fepois(
            PANEL.replace("tar", "tar + never"), data.copy(), vcov="hetero",
            separation_check=["fe", "ir"], iwls_tol=1e-13, iwls_maxiter=100,
            demeaner=pyfixest.MapDemeaner(fixef_tol=1e-11, fixef_maxiter=200_000),
        )  # fmt: skip
    ours = ppml.fepois(PANEL.replace("tar", "tar + never"), data, vcov="hetero")
    assert ours.dropped.separated == ("never",)
    assert ours.n_used == peer._N
    np.testing.assert_allclose(ours.coef(), peer.coef(), atol=1e-8)
    np.testing.assert_allclose(ours.se(), peer.se(), rtol=1e-6)


def test_split():
    data = table(seed=8)
    fits = ppml.fepois("y ~ x + tar | i + j", data[data.t == 0], vcov="hetero", split="k")
    assert list(fits) == [0, 1, 2]
    for k, fit in fits.items():
        part = data[(data.t == 0) & (data.k == k)]
        ours, _ = compare(part, "y ~ x + tar | i + j", "hetero")
        np.testing.assert_allclose(fit.coef(), ours.coef(), atol=1e-9)
    assert fits.tidy().shape == (6, 6)
