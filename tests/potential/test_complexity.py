"""Complexity: against two peers, a published index, and arithmetic by hand."""

from __future__ import annotations

import gzip
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from ecomplexity import ecomplexity
from economic_complexity import complexity as peer_complexity
from economic_complexity import product_space as peer_space
from economic_complexity import rca as peer_rca
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import ArrayError, DegenerateFlowsError
from comity.potential import complexity as kernel

CLOSE = 1e-8


@pytest.fixture(scope="module")
def atlas(shared_data: Path) -> pd.DataFrame:
    """Exports of 234 countries in 1,239 products, 2016."""
    path = shared_data / "trade_products/atlas_country_hs4_2016/exports_2016_long.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        long = pd.read_csv(file, dtype={"product_label": str})
    table = long.pivot_table(
        index="iso3", columns="product_label", values="export_usd_2016", aggfunc="sum"
    )
    return table.fillna(0.0)


def writable_fill_diagonal(array: np.ndarray, value: float) -> None:
    """Fill a diagonal that pandas 3 hands out read-only; the peer was written for pandas 2."""
    array.flags.writeable = True
    array[np.diag_indices_from(array)] = value


def test_equals_ecomplexity(atlas: pd.DataFrame) -> None:
    long = atlas.reset_index().melt("iso3").assign(year=2016)
    columns = {"time": "year", "loc": "iso3", "prod": "product_label", "val": "value"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peer's, about pandas 4
        peer = ecomplexity(long, columns, check_logsupermodularity=False, verbose=False)

    def matrix(name: str) -> np.ndarray:
        wide = peer.pivot_table(index="iso3", columns="product_label", values=name, dropna=False)
        return wide.loc[atlas.index, atlas.columns].to_numpy(float)

    ours = kernel.complexity(atlas.to_numpy())
    for name, mine in {
        "rca": ours.rca,
        "mcp": ours.presence,
        "density": ours.density,
        "cog": ours.cog,
        "eci": np.broadcast_to(ours.eci[:, None], atlas.shape),
        "coi": np.broadcast_to(ours.coi[:, None], atlas.shape),
        "pci": np.broadcast_to(ours.pci, atlas.shape),
        "diversity": np.broadcast_to(ours.diversity[:, None], atlas.shape),
        "ubiquity": np.broadcast_to(ours.ubiquity, atlas.shape),
    }.items():
        theirs = matrix(name)
        assert np.abs(mine - theirs).max() < CLOSE * max(1.0, np.abs(theirs).max()), name


def test_equals_economic_complexity(atlas: pd.DataFrame) -> None:
    advantage = peer_rca(atlas)
    np.testing.assert_allclose(kernel.rca(atlas.to_numpy()), advantage, rtol=CLOSE)
    ours = kernel.complexity(atlas.to_numpy(), self_proximity=False)
    with mock.patch.object(peer_space.np, "fill_diagonal", writable_fill_diagonal):
        phi = peer_space.proximity(advantage)
        near = peer_space.relatedness(advantage, proximities=phi)
    np.testing.assert_allclose(
        kernel.proximity(ours.presence, self_proximity=False), phi, atol=CLOSE
    )
    np.testing.assert_allclose(ours.density, near, atol=CLOSE)


def test_equals_the_method_of_reflections_in_its_limit() -> None:
    """The peer iterates: with one strong divide it reaches the eigenvector before rounding."""
    generator = np.random.default_rng(2)
    able, hard = np.arange(400)[:, None] < 150, np.arange(2500) < 900
    M = generator.random((400, 2500)) < np.where(able == hard, 0.6, 0.1)
    eci, pci = kernel.eci_pci(M)
    theirs_eci, theirs_pci = peer_complexity(pd.DataFrame(M.astype(float)), iterations=16)
    assert distance_up_to_sign(eci, theirs_eci) < CLOSE
    assert distance_up_to_sign(pci, theirs_pci) < CLOSE


def test_nears_the_method_of_reflections(atlas: pd.DataFrame) -> None:
    """On real trade the peer stops short of the limit; the distance shrinks with its rounds."""
    ours = kernel.complexity(atlas.to_numpy()).eci
    advantage = peer_rca(atlas)
    gaps = [
        distance_up_to_sign(ours, peer_complexity(advantage, iterations=rounds)[0])
        for rounds in (12, 20, 32)
    ]
    assert gaps[0] > 5 * gaps[1] > 25 * gaps[2]
    assert gaps[2] < 2e-3


def distance_up_to_sign(ours: np.ndarray, theirs: pd.Series) -> float:
    """Return the largest difference of two standardised vectors, the better sign."""
    a, b = ((x - x.mean()) / x.std() for x in (ours, theirs.to_numpy()))
    return min(np.abs(a - b).max(), np.abs(a + b).max())


def test_published_index_of_products(shared_data: Path) -> None:
    """Atlas PCI of 2012 rests on a chosen set of countries and a mended trade table."""
    folder = shared_data / "trade_products"
    globe = pd.read_csv(
        folder / "atlas_globe_hs4/globe_exports_hs4_long.csv.gz", dtype={"hs92_4": str}
    )
    table = globe.pivot_table(
        index="iso3", columns="hs92_4", values="export_usd", aggfunc="sum"
    ).fillna(0.0)
    ours = pd.Series(kernel.complexity(table.to_numpy()).pci, table.columns)
    published = pd.read_csv(
        folder / "complexity_indicators_hs92_4d/product_year_indicators.csv.gz",
        dtype={"product_code": str},
    )
    pci = published[published.year == 2012].set_index("product_code").source_pci.dropna()
    both = pd.concat([ours, pci], axis=1, join="inner").dropna()
    assert len(both) == 1238
    assert both.corr().iloc[0, 1] > 0.92


def test_published_ranks_of_countries(shared_data: Path, atlas: pd.DataFrame) -> None:
    ranks = pd.read_csv(
        shared_data
        / "trade_products/atlas_eci_rankings/Harvard_GLab_CountryComplexityRankings1995to2018.csv",
        encoding="utf-8-sig",
    ).set_index("Country")
    names = pd.read_csv(
        shared_data / "trade_products/atlas_country_hs4_2016/exports_2016_long.csv.gz",
        usecols=["iso3", "country"],
    )
    names = names.drop_duplicates("iso3").set_index("iso3").country
    ours = pd.Series(kernel.complexity(atlas.to_numpy()).eci, names.loc[atlas.index])
    both = pd.concat([ours, ranks["ECI 2016"]], axis=1, join="inner").dropna()
    assert len(both) == 128
    assert both.corr().iloc[0, 1] > 0.965
    assert both.corr("spearman").iloc[0, 1] > 0.965


def test_a_country_without_exports_is_missing_not_zero() -> None:
    generator = np.random.default_rng(3)
    full = generator.lognormal(0, 2, (9, 14))
    holed = np.insert(np.insert(full, 4, 0.0, axis=0), 6, 0.0, axis=1)
    whole, part = kernel.complexity(full), kernel.complexity(holed)
    for name in ("eci", "coi", "diversity"):
        assert np.isnan(getattr(part, name)[4]), name
    for name in ("pci", "ubiquity"):
        assert np.isnan(getattr(part, name)[6]), name
    for name in ("rca", "density", "cog"):
        assert np.isnan(getattr(part, name)[4]).all(), name
        assert np.isnan(getattr(part, name)[:, 6]).all(), name
        rest = np.delete(np.delete(getattr(part, name), 4, axis=0), 6, axis=1)
        np.testing.assert_allclose(rest, getattr(whole, name), atol=1e-12, err_msg=name)
    np.testing.assert_allclose(np.delete(part.eci, 4), whole.eci, atol=1e-12)
    np.testing.assert_allclose(np.delete(part.pci, 6), whole.pci, atol=1e-12)


def test_missing_cells_add_nothing() -> None:
    flows = np.array([[5.0, np.nan, 3.0], [1.0, 2.0, 4.0], [2.0, 6.0, 1.0]])
    advantage = kernel.rca(flows)
    assert np.isnan(advantage[0, 1])
    np.testing.assert_allclose(advantage[0, 0], (5 / 8) / (8 / 24))


def test_without_the_outlook() -> None:
    exports = np.random.default_rng(9).lognormal(0, 2, (8, 15))
    full, half = kernel.complexity(exports), kernel.complexity(exports, outlook=False)
    np.testing.assert_array_equal(half.eci, full.eci)
    np.testing.assert_array_equal(half.density, full.density)
    assert np.isnan(half.coi).all()
    assert np.isnan(half.cog).all()


def test_separate_worlds_are_not_compared() -> None:
    """Two blocks that share no product have no common scale: the smaller one is left out."""
    generator = np.random.default_rng(5)
    table = np.zeros((9, 20))
    table[:6, :14] = generator.lognormal(0, 1.5, (6, 14))
    table[6:, 14:] = generator.lognormal(0, 1.5, (3, 6))
    result = kernel.complexity(table)
    assert np.isfinite(result.eci[:6]).all()
    assert np.isnan(result.eci[6:]).all()
    assert np.isnan(result.pci[14:]).all()
    assert np.isfinite(result.density[6:]).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_the_operator_equals_the_matrix(seed: int, own: bool) -> None:
    generator = np.random.default_rng(seed)
    # Few countries and many products fill several words of a ubiquity; many countries, two threads.
    M = generator.random((generator.integers(4, 80), generator.integers(4, 500))) < 0.5
    phi = np.nan_to_num(kernel.proximity(M, self_proximity=own))
    total = phi.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = (M @ phi) / total
    expected[:, total < 1e-12] = np.nan
    expected[~M.any(axis=1)] = np.nan
    np.testing.assert_allclose(kernel.density(M, self_proximity=own), expected, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-6, 1e9))
def test_scale_and_order_do_not_matter(seed: int, scale: float) -> None:
    generator = np.random.default_rng(seed)
    table = generator.lognormal(0, 2, (8, 15))
    rows, columns = generator.permutation(8), generator.permutation(15)
    base = kernel.complexity(table)
    moved = kernel.complexity(table[rows][:, columns] * scale)
    np.testing.assert_allclose(moved.rca, base.rca[rows][:, columns], rtol=1e-9)
    if (base.presence[rows][:, columns] == moved.presence).all():
        np.testing.assert_allclose(moved.density, base.density[rows][:, columns], atol=1e-10)


def test_mean_pci_of_a_country_is_its_eci() -> None:
    result = kernel.complexity(np.random.default_rng(11).lognormal(0, 2, (12, 30)))
    means = [result.pci[row].mean() for row in result.presence]
    np.testing.assert_allclose(means, result.eci, atol=1e-10)
    np.testing.assert_allclose([result.eci.mean(), result.eci.std()], [0, 1], atol=1e-12)


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        ([1.0, 2.0], ArrayError, "any x any"),
        ([[1.0, -2.0], [1.0, 1.0]], ArrayError, "negative at \\[0, 1\\]"),
        ([[1.0, np.inf], [1.0, 1.0]], ArrayError, "infinite"),
        ([["a", "b"]], ArrayError, "not a number"),
        (np.zeros((4, 4)), DegenerateFlowsError, "no exports at all"),
        (np.zeros((0, 4)), DegenerateFlowsError, "no exports at all"),
        (np.eye(2) + 1, DegenerateFlowsError, "three of each"),
        (np.ones((5, 7)), DegenerateFlowsError, "not defined"),
        (np.eye(5) + np.roll(np.eye(5), 1, axis=1), DegenerateFlowsError, "not defined"),
    ],
)
def test_bad_tables(table: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        kernel.complexity(table)  # type: ignore[arg-type]


def test_bad_presence_and_threshold() -> None:
    with pytest.raises(ArrayError, match="other than 0 and 1"):
        kernel.density([[0.5, 1.0]])
    with pytest.raises(ArrayError, match="threshold"):
        kernel.presence([[1.0]], 0.0)
