"""Tables whose rows come in blocks give what the same rows give in any order."""

import numpy as np
import pandas as pd
import pytest

from comity.errors import FlowError
from comity.potential.ppml import Tolerance, complete, fepois, layout
from comity.potential.ppml.formula import read_formula
from comity.potential.ppml.lanes import empty, lanes_of, padded, zeros
from comity.potential.ppml.sample import read_sample

FML = "y ~ x + d | i^t + j^t + i^j"


def table(n=9, years=5, seed=0):
    """Return a panel in blocks, with all-zero pairs, exporter-years and importer-years."""
    rng = np.random.default_rng(seed)
    i, j, t = (v.ravel() for v in np.meshgrid(*map(np.arange, (n, n, years)), indexing="ij"))
    rows = pd.DataFrame({"i": i, "j": j, "t": t + 1990, "x": rng.normal(size=i.size)})
    rows["d"] = (rng.uniform(size=i.size) < 0.3).astype(float)
    y = np.exp(0.3 * rows.x + 0.2 * rows.d + rng.normal(size=i.size))
    y[(rng.uniform(size=i.size) < 0.4) | ((i == 2) & (t == 1)) | ((j == 4) & (t == 3))] = 0.0
    rows["y"] = y.where((i * 7 + j) % 11 != 3, 0.0)
    rows["pair"], rows["region"] = i * n + j, i // 3
    return rows[rows.i != rows.j].reset_index(drop=True)


def keys(rows, names="ijt"):
    return [rows[c].to_numpy(dtype=np.int64) for c in names]


def test_a_block_is_found_only_where_every_row_is_in_its_place():
    rows = table()
    assert complete.find_block(*keys(rows), [], None) == 5
    assert complete.find_block(*keys(rows), keys(rows, ["pair", "region"]), None) == 5
    assert complete.find_block(*keys(rows), [rows.t.to_numpy()], None) == 0
    assert complete.find_block(*keys(rows.iloc[1:]), [], None) == 0
    assert complete.find_block(*keys(rows.iloc[::-1]), [], None) == 0
    swapped = rows.copy()
    swapped.loc[[12, 13], "t"] = rows.loc[[13, 12], "t"].to_numpy()
    assert complete.find_block(*keys(swapped), [], None) == 0


@pytest.mark.parametrize("years", [2, 8, 11])
def test_widening_copies_every_row_and_sums_it_up(years):
    rng = np.random.default_rng(years)
    blocks, n, m, W = 17, 3, 5, padded(years)
    kept = np.delete(np.arange(blocks), [0, 5, 11, 12])
    P = kept.size
    exporter, importer = np.sort(rng.integers(0, n, P)), rng.integers(0, m, P)
    flow, x = rng.gamma(1.0, 1.0, blocks * years), rng.normal(50, 1, blocks * years)
    out, sums = empty(P * W).reshape(P, W), [zeros(k * W).reshape(k, W) for k in (n, m)]
    by_pair = np.empty(P)
    lanes = lanes_of(W)
    below = flow.copy()
    below[kept[-1] * years + 1] = -1.0
    shape = (kept, years, exporter, importer, out, *sums, by_pair, lanes)
    assert complete.widen_flow(below, *shape)
    assert not complete.widen_flow(flow, *shape)
    cells, inside = (v.reshape(blocks, years)[kept] for v in (flow, x))
    np.testing.assert_array_equal(out[:, :years], cells)
    assert not out[:, years:].any()
    np.testing.assert_allclose(by_pair, cells.sum(axis=1), rtol=1e-14)
    for codes, added in ((exporter, sums[0]), (importer, sums[1])):
        expected = np.zeros_like(added)
        np.add.at(expected, codes, out)
        np.testing.assert_allclose(added, expected, rtol=1e-14)
    mean, deviation, dummy, product = complete.widen_covariate(x, flow, kept, years, out, lanes)
    np.testing.assert_array_equal(out[:, :years], inside)
    np.testing.assert_allclose(
        [mean, deviation, product],
        [inside.mean(), inside.std(), inside.ravel() @ cells.ravel()],
        rtol=1e-12,
    )
    assert not dummy
    assert complete.widen_covariate(np.round(flow) % 2, flow, kept, years, out, lanes)[2]


def test_rows_in_blocks_are_judged_as_any_other():
    rows = table()
    sample = read_sample(read_formula(FML), rows, (), None, None, None)
    assert sample.block == 5
    n, m, P, T = 9, 9, len(rows) // 5, 5
    i, j = (c.codes.astype(np.int64) for c in (sample.exporter, sample.importer))
    sums = np.zeros((n, 8)), np.zeros((m, 8)), np.zeros(P)
    out = empty(P * 8).reshape(P, 8)
    complete.widen_flow(sample.flow, np.arange(P), T, i, j, out, *sums, lanes_of(8))
    fate, tally = np.zeros(len(rows), dtype=np.uint8), np.zeros(8, dtype=np.int64)
    complete.judge(i, j, *sums, fate.reshape(P, T), tally)
    other, general = np.zeros(len(rows), dtype=np.uint8), np.zeros(8, dtype=np.int64)
    by_row = sample.by_row()
    group = np.repeat(np.arange(P, dtype=np.int32), T)
    keys = by_row.exporter.codes, by_row.importer.codes, by_row.year.codes
    layout.judge_rows(sample.flow, *keys, group, T, n, m, P, other, general)
    np.testing.assert_array_equal(fate, other)
    np.testing.assert_array_equal(tally, general)
    assert (fate == layout.SEPARATED).any()


def test_blocks_of_countries_with_one_partner_are_dropped_as_any_other():
    rows = table(seed=3)
    # 0 sells to 1 only; that leaves 1 no other supplier than 0 and 8, and 2 none but 8.
    rows = rows[(rows.i != 0) | (rows.j == 1)]
    rows = rows[~rows.j.isin([1, 2]) | rows.i.isin([0, 8])].reset_index(drop=True)
    here, there = (fepois(FML, t, vcov={"CRV1": "pair"}) for t in (rows, rows.iloc[::-1]))
    assert here.dropped.singletons > 5
    assert (here.n_used, here.dropped, here.effect_levels) == (
        there.n_used, there.dropped, there.effect_levels,
    )  # fmt: skip
    np.testing.assert_allclose(here.tidy(), there.tidy(), rtol=1e-7)
    pd.testing.assert_series_equal(here.fitted(), there.fitted().sort_index(), rtol=1e-7)
    pd.testing.assert_series_equal(here.used(), there.used().sort_index())


@pytest.mark.parametrize("key", [int, str])
@pytest.mark.parametrize(
    "vcov",
    ["iid", "hetero", *({"CRV1": c} for c in ("pair", "i", "region", "i + j", "region + t"))],
)
def test_blocks_give_what_rows_in_any_order_give(vcov, key):
    rows = table(seed=1)
    if key is str:
        rows[["i", "j"]] = rows[["i", "j"]].map("C{:03d}".format)
    mixed = rows.sample(frac=1.0, random_state=0)
    here, there = fepois(FML, rows, vcov=vcov), fepois(FML, mixed, vcov=vcov)
    np.testing.assert_allclose(here.coef(), there.coef(), rtol=1e-9)
    np.testing.assert_allclose(here.se(), there.se(), rtol=1e-7)
    assert (here.n_used, here.dropped, here.effect_levels) == (
        there.n_used, there.dropped, there.effect_levels,
    )  # fmt: skip
    pd.testing.assert_series_equal(here.fitted(), there.fitted().sort_index(), rtol=1e-7)
    pd.testing.assert_series_equal(here.used(), there.used().sort_index())


def test_a_split_takes_blocks_of_products_in_any_order():
    parts = [table(seed=s).assign(product=s) for s in range(3)]
    short = parts[1].drop(index=7)
    for tables in (parts, parts[::-1], [parts[0], short, parts[2]]):
        fits = fepois(FML, pd.concat(tables), vcov={"CRV1": "pair"}, split="product")
        assert not fits.failed
        for part in tables:
            alone = fepois(FML, part.sample(frac=1.0, random_state=1), vcov={"CRV1": "pair"})
            fit = fits[part["product"].iloc[0]]
            np.testing.assert_allclose(fit.coef(), alone.coef(), rtol=1e-9)
            np.testing.assert_allclose(fit.se(), alone.se(), rtol=1e-7)


def test_a_missing_value_in_a_table_of_blocks_leaves_out_its_row_only():
    rows = table(seed=2)
    rows.loc[40, "x"] = np.nan
    fit = fepois(FML, rows)
    assert fit.dropped.missing == 1
    alone = fepois(FML, rows.drop(index=40))
    np.testing.assert_allclose(fit.tidy(), alone.tidy(), rtol=1e-9)


@pytest.mark.parametrize("where", [3, 102])
@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("y", -1.0, "negative"), ("y", np.inf, "infinite"), ("x", -np.inf, "infinite"),
        ("d", np.inf, "infinite"),
    ],
)  # fmt: skip
def test_bad_numbers_in_a_table_of_blocks_are_named(column, value, words, where):
    # The only partner of an importer is dropped as a singleton; its numbers count all the same.
    rows = table(seed=2).assign(product=0)
    rows = rows[(rows.j != 1) | (rows.i == 0)].reset_index(drop=True)
    rows.loc[where, column] = value
    both = pd.concat([rows, table(seed=3).assign(product=1)])
    for data, split in ((rows, None), (both, "product")):
        with pytest.raises(FlowError, match=words):
            fepois(FML, data, split=split)


def test_codes_of_pairs_in_use_are_numbered_without_gaps():
    codes = np.array([7, 2, 7, 9, 4], dtype=np.int32)
    out = np.zeros(5, dtype=np.int32)
    assert complete.renumber(codes, np.array([1.0, 1.0, 2.0, 0.0, 3.0]), 10, out) == 3
    np.testing.assert_array_equal(out, [0, 1, 0, 0, 2])


@pytest.mark.parametrize("seed", range(4))
def test_standard_errors_are_those_of_the_last_point(seed):
    # A last step on projections of the point before would leave them off by what weights moved.
    rows = table(n=30, years=7, seed=seed)
    rng = np.random.default_rng(seed)
    size = np.exp(2.0 * rng.normal(size=30))
    rows["y"] *= size[rows.i] * size[rows.j]
    fit = fepois(FML, rows, vcov={"CRV1": "pair"})
    exact = Tolerance(step=1e-10, margin=1e-12, projection=1e-10)
    tight = fepois(FML, rows, vcov={"CRV1": "pair"}, tolerance=exact)
    np.testing.assert_allclose(fit.se(), tight.se(), rtol=4e-7)
    np.testing.assert_allclose(fit.coef(), tight.coef(), rtol=1e-9)


def test_a_fit_from_bits_is_that_from_numbers():
    from comity.potential.ppml.cells import lay_out
    from comity.potential.ppml.directed import Directed
    from comity.potential.ppml.separation import climb_apart

    rows = table()
    problem = lay_out(read_sample(read_formula(FML), rows, (), None, None, None), None).problem
    assert isinstance(problem, Directed)
    assert (problem.columns.place < 0).any()
    exporter, importer = (np.repeat(np.arange(9), 9), np.tile(np.arange(9), 9))
    off = exporter != importer
    plain = Directed(
        problem.flow, problem.covariates, problem.exposure, exporter[off], importer[off], (9, 9),
        problem.years,
    )  # fmt: skip
    assert (plain.columns.place >= 0).all()
    beta = climb_apart(plain).outcome.beta
    np.testing.assert_allclose(fepois(FML, rows).coef(), beta, atol=1e-9)
