"""Ranks, bands, silences, and what an unlisted pair means."""

from __future__ import annotations

import csv
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from comity import catalogue
from comity.errors import EstimationError
from comity.potential.yardstick import Model
from comity.potential.yardstick.comparison import band_intensity, find_silent, rank_intensity
from comity.potential.yardstick.ties import list_ties
from comity.potential.yardstick.unlisted import NO_RULE, Rule, fill_unlisted, rule_of

NAN = np.nan


@given(arrays(np.float64, 40, elements=st.floats(0, 10)), st.floats(0, 10))
def test_a_rank_is_a_share_and_rises_with_intensity(others, value):
    rank = rank_intensity(value, others)
    assert 0 <= rank <= 1
    assert rank_intensity(value + 1, others) >= rank


def test_equals_are_not_lower():
    assert rank_intensity(0.0, np.zeros(30)) == 0.0


def test_few_pairs_have_neither_rank_nor_band():
    few = np.ones(19)
    assert rank_intensity(1.0, few) is None
    assert band_intensity(1.0, few, few) is None


def test_a_band_takes_only_pairs_within_a_factor_of_three():
    expected = np.concatenate([np.full(50, 1.0), np.full(50, 10.0)])
    intensity = np.concatenate([np.linspace(0, 1, 50), np.linspace(5, 6, 50)])
    assert band_intensity(2.9, expected, intensity)[1] < 1
    assert band_intensity(3.4, expected, intensity)[0] > 5
    assert band_intensity(100.0, expected, intensity) is None


def _reports(silent, n=30, seed=0):
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 1, n)
    flow = np.outer(size, size) * rng.lognormal(0, 1, (n, n))
    flow[np.ix_(silent, silent)] = NAN
    np.fill_diagonal(flow, NAN)
    return flow


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 29), min_size=8, max_size=15), st.integers(0, 99))
def test_silent_countries_are_found_by_the_hole_they_leave(members, seed):
    silent = np.array(sorted(members))
    assert set(np.flatnonzero(find_silent(_reports(silent, seed=seed)))) == members


def test_one_empty_pair_is_no_silence():
    flow = _reports(np.array([0]))
    flow[3, 4] = flow[4, 3] = NAN
    assert not find_silent(flow).any()


def test_nothing_is_silent_where_nothing_is_known():
    assert not find_silent(np.full((4, 4), NAN)).any()


def test_unlisted_is_unknown_unless_a_rule_says_otherwise():
    flow = _reports(np.array([0]))
    flow[2, 5] = NAN
    assert rule_of("nobody-has-heard-of-it") is NO_RULE
    assert np.isnan(fill_unlisted(flow, NO_RULE)[2, 5])
    assert fill_unlisted(flow, Rule("zero", None, ""))[2, 5] == 0


def test_a_country_that_the_source_does_not_list_stays_unknown():
    flow = _reports(np.array([0]))
    flow[6, :] = NAN
    filled = fill_unlisted(flow, Rule("zero", None, ""))
    assert np.isnan(filled[6]).all()
    assert (filled[:, 6] >= 0).sum() == 29


def test_two_silent_countries_stay_unknown_and_one_with_a_reporter_is_zero():
    silent = np.arange(10)
    flow = _reports(silent)
    flow[3, 20] = NAN
    filled = fill_unlisted(flow, Rule("unless_both_silent", None, ""))
    assert np.isnan(filled[np.ix_(silent, silent)]).all()
    assert filled[3, 20] == 0


def test_a_destination_that_lists_nearly_all_leaves_out_none():
    flow = np.full((20, 20), NAN)
    flow[1:16, 0] = 5.0
    flow[1:4, 2] = 5.0
    flow[19, 3] = 1.0
    filled = fill_unlisted(flow, Rule("unknown", 15, ""))
    assert filled[19, 0] == 0
    assert np.isnan(filled[19, 2])


@given(arrays(np.float64, (6, 6), elements=st.one_of(st.just(NAN), st.floats(0, 9))))
def test_filling_changes_nothing_that_is_listed(flow):
    for rule in ("zero", "unless_both_silent", "unknown"):
        filled = fill_unlisted(flow, Rule(rule, 2, ""))
        listed = ~np.isnan(flow) & ~np.eye(6, dtype=bool)
        assert (filled[listed] == flow[listed]).all()
        assert np.isnan(np.diag(filled)).all()


def test_every_rule_and_tie_is_of_the_catalogue():
    text = (files("comity.potential.yardstick") / "unlisted.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        assert catalogue.source(row["source"]).id == row["source"]
        assert row["rule"] in {"zero", "unless_both_silent", "unknown"}
        assert row["reason"].endswith(".")
    for tie in list_ties():
        assert catalogue.indicator(tie.id).unit == tie.unit
        assert catalogue.indicator(tie.id).directed is tie.directed


def test_too_few_countries_are_an_error_not_a_number():
    flow = np.ones((5, 5))
    np.fill_diagonal(flow, NAN)
    with pytest.raises(EstimationError, match="at least 10 countries"):
        Model(flow, np.ones((1, 5, 5)))
