"""`fepois`: what must hold for any data, formulas, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.errors import EstimationError, FlowError, FormulaError, NotConvergedError
from comity.potential.ppml import Tolerance, fepois
from comity.potential.ppml.formula import read_formula

PAIRS = "trade ~ x + rta | exporter^year + importer^year + exporter^importer"
PANEL = "trade ~ x + rta | exporter^year + importer^year"


def table(seed: int = 0, n: int = 8, years: int = 5, zeros: float = 0.3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    names = np.array([f"C{k:02d}" for k in range(n)])
    i, j, t = (a.ravel() for a in np.meshgrid(*map(np.arange, (n, n, years)), indexing="ij"))
    keep = i != j
    i, j, t = i[keep], j[keep], t[keep]
    x = rng.normal(size=i.size)
    rta = (rng.uniform(size=i.size) < 0.4).astype(float)
    size = rng.normal(0, 1, n)
    mean = np.exp(size[i] + size[j] + 0.3 * x + 0.5 * rta)
    flow = mean * rng.gamma(1.5, 1 / 1.5, i.size) * (rng.uniform(size=i.size) > zeros)
    return pd.DataFrame(
        {"trade": flow, "x": x, "rta": rta, "exporter": names[i], "importer": names[j]}
    ).assign(year=2000 + t)


CALM = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@CALM
@given(seed=st.integers(0, 10_000), fml=st.sampled_from([PANEL, PAIRS]))
def test_fitted_totals_equal_observed_totals(seed, fml):
    data = table(seed)
    fit = fepois(fml, data)
    both = data.assign(fitted=fit.fitted())[fit.used()]
    for side in ("exporter", "importer"):
        totals = both.groupby([side, "year"])[["trade", "fitted"]].sum()
        gap = (totals.fitted - totals.trade).abs().sum()
        assert gap <= 1e-7 * both.trade.sum()


@CALM
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-6, 1e-3, 1e3, 1e9]))
def test_units_of_the_flows_do_not_matter(seed, scale):
    data = table(seed)
    one = fepois(PAIRS, data, vcov={"CRV1": "pair"})
    other = fepois(PAIRS, data.assign(trade=data.trade * scale), vcov={"CRV1": "pair"})
    np.testing.assert_allclose(other.coef(), one.coef(), atol=1e-8)
    np.testing.assert_allclose(other.se(), one.se(), rtol=1e-6)
    np.testing.assert_allclose(other.fitted() / scale, one.fitted(), rtol=1e-5, atol=1e-9)


@CALM
@given(seed=st.integers(0, 10_000))
def test_order_of_rows_does_not_matter(seed):
    data = table(seed)
    shuffled = data.sample(frac=1, random_state=seed)
    one, other = fepois(PAIRS, data), fepois(PAIRS, shuffled)
    np.testing.assert_allclose(other.coef(), one.coef(), atol=1e-9)
    np.testing.assert_allclose(other.fitted().sort_index(), one.fitted(), rtol=1e-5, atol=1e-9)


@CALM
@given(seed=st.integers(0, 10_000))
def test_names_of_the_countries_do_not_matter(seed):
    data = table(seed)
    names = {f"C{k:02d}": f"Z{99 - 7 * k % 99:02d}" for k in range(8)}
    other = data.assign(exporter=data.exporter.map(names), importer=data.importer.map(names))
    one, two = fepois(PAIRS, data), fepois(PAIRS, other)
    np.testing.assert_allclose(two.coef(), one.coef(), atol=1e-8)
    np.testing.assert_allclose(two.se(), one.se(), rtol=1e-6)


def test_effects_and_coefficients_give_the_fitted_flows():
    data = table(3)
    for fml in (PANEL, PAIRS):
        fit = fepois(fml, data)
        linear = fit.coef()["x"] * data.x + fit.coef()["rta"] * data.rta
        for name, effect in fit.effects().items():
            key = pd.MultiIndex.from_frame(data[name.split("^")])
            linear = linear + effect.reindex(key).to_numpy()
        used = fit.used()
        np.testing.assert_allclose(np.exp(linear)[used], fit.fitted()[used], rtol=1e-5)


def test_repr_says_what_was_done():
    data = table(1)
    data["size"] = data.year.astype(float)
    data.loc[data.index[0], "x"] = np.nan
    text = repr(fepois("trade ~ x + size | exporter^year + importer^year", data))
    for part in ("PPML", "1 rows with missing values", "collinear: size", "converged"):
        assert part in text


def test_dtypes_of_the_countries():
    data = table(2)
    want = fepois(PANEL, data).coef()
    as_category = data.astype({"exporter": "category", "importer": "category"})
    as_object = data.astype({"exporter": object, "importer": object})
    codes = data.assign(
        exporter=pd.factorize(data.exporter)[0], importer=pd.factorize(data.importer)[0]
    )
    for other in (as_category, as_object, codes, data.astype({"year": "float32", "rta": "int8"})):
        np.testing.assert_allclose(fepois(PANEL, other).coef(), want, atol=1e-9)


def test_split_flags_a_product_without_trade():
    data = pd.concat(
        [table(1).assign(product="a"), table(2).assign(product="b"), table(3).assign(product="c")]
    )
    data.loc[data["product"] == "b", "trade"] = 0.0
    fits = fepois(PAIRS, data, split="product")
    assert list(fits) == ["a", "c"]
    assert "no trade" in fits.failed["b"]
    assert "could not be fitted" in repr(fits)
    assert fits.tidy().index.names[0] == "product"
    with pytest.raises(EstimationError, match="keep=True"):
        fits["a"].fitted()
    kept = fepois(PAIRS, data, split="product", keep=True)
    one = fepois(PAIRS, data[data["product"] == "a"])
    np.testing.assert_allclose(kept["a"].fitted(), one.fitted(), rtol=1e-6)


@pytest.mark.parametrize(
    ("effects", "exporter", "importer", "year", "pair"),
    [
        ("a + b", "a", "b", None, None),
        ("i^t + j^t", "i", "j", "t", None),
        ("year^o + d^year", "o", "d", "year", None),
        ("i^t + j^t + i^j", "i", "j", "t", "^"),
        ("i^j + i^t + j^t", "i", "j", "t", "^"),
        ("o^w + d^w + o^d", "o", "d", "w", "^"),
        ("i^t + j^t + pair_id", "i", "j", "t", "pair_id"),
    ],
)
def test_effects_are_recognised(effects, exporter, importer, year, pair):
    formula = read_formula(f"y ~ x | {effects}")
    assert (formula.exporter, formula.importer) == (exporter, importer)
    assert (formula.year, formula.pair) == (year, pair)


@pytest.mark.parametrize(
    "effects",
    [
        "a",
        "a + b + c",
        "i^t",
        "i^t + j^s",
        "i^t^k + j^t^k",
        "i^t + i^t",
        "i^t + j",
        "i^t + j^t + t",
    ],
)
def test_other_effects_are_sent_to_pyfixest(effects):
    with pytest.raises(FormulaError, match="pyfixest"):
        read_formula(f"y ~ x | {effects}")


@pytest.mark.parametrize(
    "fml",
    ["trade", "trade ~ x", "trade ~ x | a + b | z", "trade ~ sqrt(x) | a + b", "a b ~ x | i + j"],
)
def test_formulas_that_cannot_be_read(fml):
    with pytest.raises(FormulaError):
        read_formula(fml)


def spoil(column, value, rows=slice(0, 1)):
    data = table(5)
    data[column] = data[column].astype(float)
    data.iloc[rows, data.columns.get_loc(column)] = value
    return data


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (spoil("trade", -1.0), FlowError, "negative"),
        (spoil("trade", np.inf), FlowError, "infinite"),
        (spoil("x", np.inf), FlowError, "infinite"),
        (spoil("trade", 0.0, slice(None)), EstimationError, "no trade"),
        (pd.concat([table(5), table(5).iloc[:1]]), FlowError, "C00, C01, 2000 is listed more"),
        (table(5).rename(columns={"rta": "fta"}), FormulaError, "Did you mean fta"),
        (table(5).assign(x="abc"), FormulaError, "does not hold numbers"),
        (table(5)[table(5).exporter == "C00"], EstimationError, "two countries|No row is left"),
        (table(5).iloc[:0], EstimationError, "no trade"),
    ],
)
def test_bad_data_is_named(data, error, words):
    with pytest.raises(error, match=words):
        fepois(PANEL, data)


def test_nothing_left_to_estimate():
    data = table(5).assign(x=1.0, rta=lambda d: d.year.astype(float))
    with pytest.raises(EstimationError, match="x, rta are constant within the effects"):
        fepois(PANEL, data)


def test_a_pair_effect_must_belong_to_the_pair():
    data = table(5).assign(pair_id=lambda d: d.year)
    with pytest.raises(FormulaError, match="changes within a pair"):
        fepois("trade ~ x | exporter^year + importer^year + pair_id", data)


def test_a_fit_that_does_not_converge_is_not_returned():
    with pytest.raises(NotConvergedError, match="did not converge"):
        fepois(PAIRS, table(5), tolerance=Tolerance(steps=1))


@pytest.mark.parametrize("vcov", ["HC3", {"CRV3": "pair"}, {"CRV1": "a + b + c"}, {"CRV1": "nope"}])
def test_unknown_errors(vcov):
    with pytest.raises(FormulaError):
        fepois(PANEL, table(5), vcov=vcov)


def test_weights_must_be_weights():
    with pytest.raises(FlowError, match="weights"):
        fepois(PANEL, table(5).assign(w=-1.0), weights="w")


def test_zero_weights_leave_rows_out():
    data = table(6)
    data["w"] = 1.0
    data.loc[data.index[:20], "w"] = 0.0
    one = fepois(PANEL, data, weights="w")
    two = fepois(PANEL, data.iloc[20:])
    np.testing.assert_allclose(one.coef(), two.coef(), atol=1e-9)
    assert one.n_used == two.n_used


def test_cells_that_two_effects_separate_together():
    # Two blocs. Flows from the first to the second are observed and zero, those back are not
    # known: the first bloc's exporters can sink in the second for ever, each effect by itself
    # having flows.
    data = table(9, n=8, years=1, zeros=0.0)
    bloc = ["C00", "C01", "C02"]
    out, into = data.exporter.isin(bloc), data.importer.isin(bloc)
    data.loc[out & ~into, "trade"] = 0.0
    data = data[~(~out & into)]
    fit = fepois("trade ~ x | exporter + importer", data)
    crossing = data.exporter.isin(bloc) & ~data.importer.isin(bloc)
    assert fit.dropped.by_separation == crossing.sum()
    assert (fit.fitted()[crossing] == 0).all()
    inside = fepois("trade ~ x | exporter + importer", data[~crossing])
    np.testing.assert_allclose(fit.coef(), inside.coef(), atol=1e-8)


def test_a_climb_stops_early_where_cells_are_separated_and_they_are_found():
    # As above in one year of a panel; the pairs have flows in the others.
    from comity.potential.ppml.cells import lay_out
    from comity.potential.ppml.newton import climb
    from comity.potential.ppml.sample import read_sample

    data = table(9, n=8, years=4, zeros=0.0)
    bloc = ["C00", "C01", "C02"]
    out, into = data.exporter.isin(bloc), data.importer.isin(bloc)
    last = data.year == data.year.max()
    crossing = last & out & ~into
    data.loc[crossing, "trade"] = 0.0
    data, crossing = (v[~(last & ~out & into)] for v in (data, crossing))
    sample = read_sample(read_formula(PAIRS), data, (), None, None, None)
    wary = climb(lay_out(sample, None).problem, wary=True).certificate
    assert not wary.converged
    assert "out of reach" in wary.reason
    assert wary.steps < climb(lay_out(sample, None).problem).certificate.steps
    fit = fepois(PAIRS, data)
    assert fit.dropped.by_separation == crossing.sum()
    assert (fit.fitted()[crossing] == 0).all()
    np.testing.assert_allclose(fit.coef(), fepois(PAIRS, data[~crossing]).coef(), atol=1e-8)


def test_looking_for_separation_leaves_the_fit_as_it_was():
    from comity.potential.ppml import separation
    from comity.potential.ppml.cells import lay_out
    from comity.potential.ppml.newton import climb
    from comity.potential.ppml.sample import read_sample

    for fml in (PANEL, PAIRS):
        sample = read_sample(read_formula(fml), table(4), (), None, None, None)
        outcome = climb(lay_out(sample, None).problem)
        before = outcome.problem.fitted_cells().copy()
        assert not separation.find_separated(outcome).any()
        np.testing.assert_array_equal(outcome.problem.fitted_cells(), before)


@pytest.mark.parametrize(
    "effects",
    [
        "exporter^year + importer^year",
        "exporter^year + importer^year + exporter^importer",
        "exporter^year + importer^year + both",
    ],
)
def test_effects_alone_are_a_model_too(effects):
    data = table(1)
    data["both"] = [".".join(sorted(p)) for p in zip(data.exporter, data.importer, strict=True)]
    fit = fepois(f"trade ~ 1 | {effects}", data)
    both = data.assign(fitted=fit.fitted())[fit.used()]
    totals = both.groupby(["exporter", "year"])[["trade", "fitted"]].sum()
    np.testing.assert_allclose(totals.fitted, totals.trade, rtol=1e-6)
    with pytest.raises(EstimationError, match="No covariate is left"):
        fepois(f"trade ~ zero | {effects}", data.assign(zero=0.0))
