"""Export potential: cases by hand, the known bug, factors that a user replaces, bad input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import ArrayError, ElasticityError, NegativeTariffError
from comity.potential import export_potential as kernel
from comity.potential.ease import ease, ease_of_importer, expected_trade

from .golden_cases import golden_cases, number


@pytest.mark.parametrize("case", golden_cases("export_potential"), ids=lambda case: case["name"])
def test_golden(case: dict[str, Any]) -> None:
    i, j = case["exporter"], case["importer"]
    s = case.get("substitution")
    offered = kernel.supply(
        case["exports"],
        case["imports"],
        growth=case.get("growth"),
        tariff_faced=case.get("tariff_faced"),
        tariff_world=case.get("tariff_world"),
        substitution=s,
    )
    wanted = kernel.demand(
        case["imports"],
        gdp_growth=case.get("growth"),
        population_growth=case.get("population_growth"),
        income_elasticity=case.get("income_elasticity"),
    )
    eased = ease(case["bilateral"], case["exports"], case["imports"], case["distance"])
    advantage = None
    if s is not None:
        advantage = kernel.tariff_advantage(case["tariff_levied"], case["tariff_on_pair"], s)
    found = kernel.export_potential(
        offered.value[i],
        wanted.value[j],
        eased.value[i, j],
        advantage=advantage,
        actual=case["actual"],
    )
    seen = {
        "share": offered.share[i],
        "net_exporter": offered.net_exporter[i],
        "supply": offered.value[i],
        "demand": wanted.value[j],
        "ease_trade": eased.trade[i, j],
        "ease_distance": eased.distance[i, j],
        "potential": found.potential,
        "at_normal_ease": found.at_normal_ease,
        "unrealised": found.unrealised,
        "unrealised_at_normal_ease": found.unrealised_at_normal_ease,
    }
    for name, value in seen.items():
        np.testing.assert_allclose(value, number(case[name]), rtol=1e-12, atol=1e-12, err_msg=name)


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_shares_of_a_product_sum_to_one(seed: int) -> None:
    """A known script sums the denominator over all products: its shares sum to far less."""
    generator = np.random.default_rng(seed)
    exports = generator.lognormal(0, 2, (7, 11)) * (generator.random((7, 11)) < 0.7)
    growth = generator.uniform(0.8, 1.5, 7)
    offered = kernel.supply(exports, exports[::-1], growth=growth)
    traded = exports.sum(axis=0) > 0
    np.testing.assert_allclose(offered.share[:, traded].sum(axis=0), 1.0)
    assert np.isnan(offered.share[:, ~traded]).all()
    assert (offered.value[:, traded] <= offered.share[:, traded]).all()


def test_a_world_without_friction_trades_at_ease_one() -> None:
    """If every pair trades what shares imply, ease is 1 up to distance, and EPI is that trade."""
    generator = np.random.default_rng(4)
    exports = generator.lognormal(0, 1, (5, 8))
    markets = generator.dirichlet(np.ones(5), 8).T * exports.sum(axis=0)
    implied = (exports / exports.sum(axis=0)) @ markets.T
    eased = ease(implied, exports, markets, np.full((5, 5), 3000.0))
    off = ~np.eye(5, dtype=bool)
    np.testing.assert_allclose(eased.trade[off], 1.0)
    np.testing.assert_allclose(eased.distance[off], 1.0)
    assert np.isnan(np.diag(eased.value)).all()


def test_the_ease_of_one_importer_is_its_column_to_the_last_bit() -> None:
    generator = np.random.default_rng(5)
    exports, imports = generator.lognormal(0, 2, (2, 90, 30))
    flows, km = generator.lognormal(0, 2, (90, 90)), generator.uniform(50, 15_000, (90, 90))
    whole, expected = ease(flows, exports, imports, km), expected_trade(exports, imports)
    for j in (0, 41, 89):
        one = ease_of_importer(flows[:, j], expected[:, j], km[:, j], j)
        np.testing.assert_array_equal(one.trade, whole.trade[:, j])
        np.testing.assert_array_equal(one.distance, whole.distance[:, j])
        assert np.isnan(one.value[j])


def test_what_nobody_sells_an_importer_has_no_usual_distance() -> None:
    one = ease_of_importer([0.0, 0.0, 0.0], [1.0, 2.0, 0.0], [100.0, 200.0, 1.0], 2)
    np.testing.assert_array_equal(one.trade, [0.0, 0.0, np.nan])
    assert np.isnan(one.distance).all()
    with pytest.raises(ArrayError, match="no distance apart"):
        ease_of_importer([1.0, 2.0], [1.0, 1.0], [0.0, 1.0], 1)


def test_every_factor_can_be_replaced() -> None:
    offered = kernel.supply([[30.0, 5.0], [10.0, 5.0]], [[0.0, 1.0], [20.0, 1.0]])
    doubled = replace(offered, share=offered.share * 2)
    np.testing.assert_allclose(doubled.value, offered.value * 2)
    wanted = kernel.demand([[200.0, 1.0]])
    np.testing.assert_allclose(replace(wanted, population=np.full((1, 2), 3.0)).value, [[600, 3]])
    normal = kernel.export_potential(offered.value[0], wanted.value[0], 1.0)
    np.testing.assert_allclose(normal.potential, normal.at_normal_ease)
    assert np.isnan(normal.unrealised).all()


def test_new_products_are_ranked_never_priced() -> None:
    score = kernel.rank_new_products([1, 0, 0, 0], [0.9, 0.3, np.nan, 0.1], [9.0, 2.0, 5.0, 3.0])
    np.testing.assert_allclose(score, [np.nan, 1.0, np.nan, 0.5])
    assert np.isnan(kernel.rank_new_products([1], [0.5], [3.0])).all()


TRADE = [[60.0, 5.0], [40.0, 30.0]]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: kernel.supply(TRADE, [[1.0]]), ArrayError, "imports should be 2 x 2"),
        (lambda: kernel.supply([[1.0, np.nan]], [[1.0, 1.0]]), ArrayError, "exports is missing"),
        (lambda: kernel.supply(TRADE, TRADE, growth=[0.05, 0.1]), ArrayError, "levels, not rates"),
        (lambda: kernel.supply(TRADE, TRADE, tariff_faced=TRADE), ArrayError, "or neither"),
        (
            lambda: kernel.supply(TRADE, TRADE, tariff_faced=TRADE, tariff_world=[0.1, 0.1]),
            ElasticityError,
            "need an elasticity",
        ),
        (
            lambda: kernel.tariff_advantage([-0.1], [0.0], [2.0]),
            NegativeTariffError,
            "below zero",
        ),
        (lambda: kernel.tariff_advantage([0.1], [0.0], [0.0]), ElasticityError, "above zero"),
        (lambda: kernel.demand(TRADE, income_elasticity=[1, 2, 3]), ArrayError, "one a product"),
        (
            lambda: ease(np.ones((2, 2)), TRADE, TRADE, np.zeros((2, 2))),
            ArrayError,
            "no distance apart",
        ),
        (
            lambda: kernel.export_potential([0.1], [1.0], float("nan")),
            ArrayError,
            "ease is missing",
        ),
        (lambda: kernel.export_potential([0.1], [1.0, 2.0], 1.0), ArrayError, "demand should be 1"),
    ],
)
def test_bad_input(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
