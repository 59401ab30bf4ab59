"""Creation and diversion: cases by hand, signs, ceilings, and input that makes no sense."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import ArrayError, ElasticityError, NegativeTariffError
from comity.potential.tariffs import change_tariffs, share_diversion

from .golden_cases import golden_cases, number

AMOUNT = st.floats(0, 1e9)
TARIFF = st.floats(0, 5)


@pytest.mark.parametrize("case", golden_cases("tariffs"), ids=lambda case: case["name"])
def test_golden(case: dict[str, Any]) -> None:
    change = change_tariffs(
        [case["imports"]],
        [case["rest"]],
        case["before"],
        case["after"],
        demand_elasticity=case["demand_elasticity"],
        substitution=case["substitution"],
    )
    for name in ("creation", "diversion", "revenue"):
        np.testing.assert_allclose(
            getattr(change, name), [number(case[name])], atol=1e-12, err_msg=name
        )


@given(AMOUNT, AMOUNT, TARIFF, TARIFF, st.floats(-5, 0), st.floats(0, 50))
def test_signs_and_ceilings(M: float, R: float, t0: float, t1: float, e: float, s: float) -> None:
    change = change_tariffs([M], [R], t0, t1, demand_elasticity=e, substitution=s)
    sign = -np.sign(change.price[0])
    assert sign * change.creation[0] >= 0
    assert sign * change.diversion[0] >= 0
    assert change.diversion[0] <= R * (1 + 1e-12)
    assert change.imports[0] >= -1e-9 * M
    assert change.imports_rest[0] >= -1e-9 * R
    total = change.imports[0] + change.imports_rest[0]
    np.testing.assert_allclose(total, M + R + change.creation[0], rtol=1e-9, atol=1e-6)


def test_diversion_moves_the_ratio_and_keeps_the_sum() -> None:
    change = change_tariffs([100.0], [300.0], 0.1, 0.0, demand_elasticity=0, substitution=1.5)
    M, R = change.imports[0], change.imports_rest[0]
    np.testing.assert_allclose([M + R, M / R], [400, 100 / 300 * (1 + 1.5 / 11)])


def test_others_lose_in_proportion() -> None:
    lost = share_diversion([9.0, 5.0], [[100.0, 200.0], [0.0, 0.0]])
    np.testing.assert_allclose(lost, [[-3.0, -6.0], [0.0, 0.0]])


def test_missing_stays_missing() -> None:
    change = change_tariffs(
        [100.0, 100.0], [300.0, 300.0], [0.1, np.nan], 0.0, demand_elasticity=-1
    )
    assert np.isfinite(change.creation[0])
    assert np.isnan(change.creation[1])
    assert np.isnan(change.diversion[1])


def test_no_products() -> None:
    assert change_tariffs([], [], 0.1, 0.0, demand_elasticity=-1).creation.shape == (0,)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"before": -0.1}, NegativeTariffError, "tariff before is -0.1"),
        ({"after": [-0.01]}, NegativeTariffError, "tariff after"),
        ({"tariff_rest": -1.0}, NegativeTariffError, "tariff on the rest"),
        ({"demand_elasticity": 1.2}, ElasticityError, "cannot be above zero"),
        ({"substitution": -1.5}, ElasticityError, "minus sign that WITS"),
        ({"imports": [-1.0]}, ArrayError, "imports is negative"),
        ({"imports_rest": [1.0, 2.0]}, ArrayError, "should be 1"),
        ({"before": [0.1, 0.2]}, ArrayError, "one for each product"),
        ({"before": "ten"}, ArrayError, "one for each product"),
    ],
)
def test_bad_input(wrong: dict[str, Any], error: type[Exception], words: str) -> None:
    good: dict[str, Any] = {
        "imports": [100.0],
        "imports_rest": [300.0],
        "before": 0.1,
        "after": 0.0,
        "demand_elasticity": -1.0,
    }
    with pytest.raises(error, match=words):
        change_tariffs(**{**good, **wrong})
