"""Settlement: cases by hand, the dual programme as a check, degenerate worlds, balances."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult, linprog

from comity.errors import ArrayError, DegenerateFlowsError, NotConvergedError
from comity.potential import circulation as kernel

from .golden_cases import golden_cases


@pytest.mark.parametrize("case", golden_cases("circulation"), ids=lambda case: case["name"])
def test_golden(case: dict[str, Any]) -> None:
    found = kernel.find_circulation(case["flows"])
    total = np.sum(case["flows"])
    assert found.netted == case["netted"]
    assert found.bilateral == case["bilateral"]
    assert found.share == case["netted"] / total
    assert found.gain == pytest.approx((case["netted"] - case["bilateral"]) / total)
    np.testing.assert_array_equal(found.balance, case["balance"])
    cycles = [[list(cycle.countries), cycle.amount] for cycle in found.cycles]
    assert cycles == case["cycles"]


def largest_by_duality(v: np.ndarray) -> float:
    """Return ``min sum v s`` with ``s_ij >= 1 + p_j - p_i``: the largest circulation's dual."""
    i, j = np.nonzero(v)
    E, N = len(i), len(v)
    rows = np.zeros((E, E + N))
    rows[np.arange(E), np.arange(E)] = -1
    rows[np.arange(E), E + j] += 1
    rows[np.arange(E), E + i] -= 1
    bounds = [(0, None)] * E + [(None, None)] * N
    answer = linprog(
        np.concatenate([v[i, j], np.zeros(N)]), A_ub=rows, b_ub=-np.ones(E), bounds=bounds
    )
    return float(answer.fun)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9), st.floats(0.1, 1.0))
def test_largest_balanced_and_within_flows(seed: int, N: int, filled: float) -> None:
    generator = np.random.default_rng(seed)
    v = generator.lognormal(0, 1.5, (N, N)) * (generator.random((N, N)) < filled)
    np.fill_diagonal(v, 0)
    if v.sum() == 0:
        return
    found = kernel.find_circulation(v)
    f, scale = found.flows, v.max()
    assert (f <= v + 1e-9 * scale).all()
    np.testing.assert_allclose(f.sum(axis=0), f.sum(axis=1), atol=1e-9 * scale)
    assert found.netted == pytest.approx(largest_by_duality(v), rel=1e-7, abs=1e-7 * scale)
    assert found.netted >= found.bilateral - 1e-9 * scale
    np.testing.assert_allclose(found.balance.sum(), 0, atol=1e-9 * scale)
    for cycle in found.cycles:
        assert cycle.amount > 0
        assert len(set(cycle.countries)) == len(cycle.countries) >= 2
    assert sum(cycle.carried for cycle in found.cycles) == pytest.approx(found.netted)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_cycles_add_up_exactly(seed: int, rings: int) -> None:
    """A circulation made of rings is taken apart without a cent left over."""
    generator = np.random.default_rng(seed)
    v = np.zeros((7, 7))
    for _ in range(rings):
        ring = generator.permutation(7)[: generator.integers(2, 8)]
        v[ring, np.roll(ring, -1)] += generator.integers(1, 100)
    found = kernel.find_circulation(v)
    np.testing.assert_array_equal(found.flows, v)
    assert found.share == 1
    assert len(found.cycles) <= np.count_nonzero(v)


def test_many_small_cycles_are_followed() -> None:
    """Beyond the first two hundred, cycles are found another way, and still add up."""
    generator = np.random.default_rng(8)
    v = generator.lognormal(0, 1, (40, 40))
    np.fill_diagonal(v, 0)
    circulating = kernel.find_circulation(v)
    assert sum(len(cycle.countries) > 2 for cycle in circulating.cycles) > 200
    rebuilt = np.zeros_like(v)
    for cycle in circulating.cycles:
        ahead = (*cycle.countries[1:], cycle.countries[0])
        rebuilt[cycle.countries, ahead] += cycle.amount
    np.testing.assert_allclose(rebuilt, circulating.flows)
    np.testing.assert_allclose(circulating.netted, largest_by_duality(v), rtol=1e-7)


def test_bilateral_netting() -> None:
    net = kernel.net_bilaterally([4.0, 0.0, 0.0], [12.0, 5.0, 0.0])
    np.testing.assert_allclose(net.share, [0.5, 0.0, np.nan])
    np.testing.assert_allclose(net.netted, [8.0, 0.0, 0.0])
    np.testing.assert_allclose(net.remainder, [-8.0, -5.0, 0.0])


def test_only_what_is_invoiced_can_net() -> None:
    net = kernel.net_bilaterally(4.0, 12.0, invoiced_exports=0.5, invoiced_imports=0.9)
    assert net.netted == pytest.approx(4.0)
    assert net.share == pytest.approx(0.25)
    assert net.remainder == pytest.approx(2.0 - 10.8)


def test_balance_by_hand() -> None:
    path = kernel.follow_balance(
        [10.0, 10.0, 100.0],
        [60.0, 60.0, 10.0],
        invoiced_exports=0.5,
        invoiced_imports=[0.5, 1.0, 1.0],
        interest=0.10,
        depreciation=0.05,
        sinks=[5.0, 5.0, 5.0],
        start=100.0,
    )
    # 100 earns 10, loses 5.5; 30 come in, 5 go out, 5 are spent: 124.5.
    # 124.5 earns 12.45, loses 6.8475; 60 come in, 5 go out, 5 are spent: 180.1025.
    # 180.1025 earns 18.01025, loses 9.9056375; 10 come in, 50 go out, 5 are spent.
    np.testing.assert_allclose(path.balance, [124.5, 180.1025, 143.2071125])
    np.testing.assert_allclose(path.interest, [10.0, 12.45, 18.01025])
    np.testing.assert_allclose(path.loss, [5.5, 6.8475, 9.9056375])
    np.testing.assert_allclose(path.net, [25.0, 55.0, -40.0])
    np.testing.assert_allclose(path.sunk, [5.0, 5.0, 5.0])


@given(
    st.lists(st.tuples(*[st.floats(0, 1e6)] * 3), max_size=12),
    st.floats(-0.5, 0.5),
    st.floats(-0.5, 0.9),
    st.floats(-1e6, 1e6),
)
def test_balance_is_an_account(
    periods: list[tuple[float, float, float]], rate: float, fall: float, start: float
) -> None:
    X, M, sinks = np.reshape(periods, (-1, 3)).T
    path = kernel.follow_balance(X, M, interest=rate, depreciation=fall, sinks=sinks, start=start)
    opened = np.concatenate([[start], path.balance[:-1]])[: len(X)]
    closed = opened + path.interest - path.loss + path.net - path.sunk
    np.testing.assert_allclose(path.balance, closed, rtol=1e-9, atol=1e-6)
    assert (path.sunk >= 0).all()
    assert (path.sunk <= sinks).all()
    assert (path.sunk[path.balance < -1e-6] == 0).all()


@pytest.mark.parametrize(
    ("flows", "error", "words"),
    [
        ([[0.0]], DegenerateFlowsError, "nobody to settle with"),
        (np.zeros((0, 0)), DegenerateFlowsError, "nobody to settle with"),
        (np.zeros((3, 3)), DegenerateFlowsError, "no trade to settle"),
        ([[0, np.nan], [1, 0]], ArrayError, "flows is missing at \\[0, 1\\]"),
        ([[0, -1], [1, 0]], ArrayError, "negative"),
        ([[0, np.inf], [1, 0]], ArrayError, "infinite"),
        ([[0, 1], [1, 5]], ArrayError, "country 1 with itself"),
        ([[0, 1, 2], [1, 0, 2]], ArrayError, "square"),
    ],
)
def test_bad_flows(flows: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        kernel.find_circulation(flows)


def test_a_solver_that_gives_up() -> None:
    failed = OptimizeResult(success=False, x=None, message="time limit")
    with (
        mock.patch("scipy.optimize.linprog", return_value=failed),
        pytest.raises(NotConvergedError, match="time limit"),
    ):
        kernel.find_circulation([[0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: kernel.net_bilaterally([1.0, 2.0], [1.0, 2.0, 3.0]), "one shape"),
        (lambda: kernel.net_bilaterally([np.nan], [1.0]), "exports is missing"),
        (lambda: kernel.net_bilaterally([-1.0], [1.0]), "exports is negative"),
        (lambda: kernel.net_bilaterally([1.0], [1.0], invoiced_imports=96), "above 1"),
        (lambda: kernel.follow_balance([1.0], [1.0, 2.0]), "imports should be 1"),
        (lambda: kernel.follow_balance([1.0], [1.0], invoiced_exports=-0.1), "negative"),
        (lambda: kernel.follow_balance([1.0], [1.0], interest=-1), "interest rate"),
        (lambda: kernel.follow_balance([1.0], [1.0], depreciation=1), "depreciation"),
        (lambda: kernel.follow_balance([1.0], [1.0], sinks=[1, 2]), "one for each period"),
        (lambda: kernel.follow_balance([1.0], [1.0], sinks=-1), "sinks is negative"),
        (lambda: kernel.follow_balance([1.0], [1.0], start=np.nan), "start is missing"),
    ],
)
def test_bad_settlement(call: Any, words: str) -> None:
    with pytest.raises(ArrayError, match=words):
        call()
