"""Where a pair stands among the others, and which countries a source is silent about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Pairs whose expected value is within this factor of a pair's are comparable with it.
FACTOR = 3.0
# The band leaves out one tenth at either end.
COVERAGE = 0.8
# With fewer comparable pairs than this there is no band, and with fewer ranked ones no rank.
LEAST = 20

_SILENCE_SHARE = 1e-3
_SILENCE_SIZE = 5


def rank_intensity(intensity: float, others: Floats) -> float | None:
    """Return the share of the other pairs whose intensity is lower, between 0 and 1.

    Parameters
    ----------
    intensity : float
        Of the pair: actual over expected.
    others : ndarray, shape (N,)
        Of the pairs to compare with. Equal ones do not count as lower.

    Returns
    -------
    float or None
        None where fewer than `LEAST` pairs are there to compare with.

    Examples
    --------
    >>> rank_intensity(0.5, np.linspace(0.01, 1.0, 100))
    0.49
    """
    if others.size < LEAST:
        return None
    return float((others < intensity).mean())


def band_intensity(
    expected: float, others_expected: Floats, others: Floats
) -> tuple[float, float] | None:
    """Return the band that holds 80 % of comparable pairs' intensities.

    Parameters
    ----------
    expected : float
        The pair's expected value.
    others_expected, others : ndarray, shape (N,)
        Expected value, in the same unit, and intensity of the other pairs.

    Returns
    -------
    (float, float) or None
        The 10th and 90th percentile among pairs whose expected value is within a factor of 3 of
        this pair's; None where fewer than `LEAST` are.

    Examples
    --------
    >>> low, high = band_intensity(1.0, np.full(101, 2.0), np.linspace(0.0, 1.0, 101))
    >>> round(low, 6), round(high, 6)
    (0.1, 0.9)
    """
    near = (others_expected >= expected / FACTOR) & (others_expected <= expected * FACTOR)
    if near.sum() < LEAST:
        return None
    edge = (1 - COVERAGE) / 2
    low, high = np.quantile(others[near], [edge, 1 - edge])
    return float(low), float(high)


def find_silent(flow: Floats) -> Flags:
    """Return the countries that told the source nothing, by the hole that they leave.

    A flow is known if either side reports it. Among countries that did not report, then, nothing
    at all is known, and that is not a zero. Such countries are found by growing a set in which
    every pair is empty in both directions: it starts with the empty pair that would trade most if
    partners did not matter (total times total over the world's), and takes in the country for
    which the same sum over the set is the largest, while there is one that has no flow with any
    member.

    Parameters
    ----------
    flow : ndarray, shape (n, n)
        Flows; NaN where the source lists none. The diagonal does not count.

    Returns
    -------
    ndarray of bool, shape (n,)
        All False where the largest such set is too small to be a hole: fewer than 5 countries, or
        pairs that would hold less than a thousandth of all trade.
    """
    n = flow.shape[0]
    none = np.zeros(n, dtype=np.bool_)
    listed = ~np.isnan(flow)
    total = np.nansum(flow)
    if total <= 0:
        return none
    share = np.outer(np.nansum(flow, axis=1), np.nansum(flow, axis=0)) / total
    empty = ~listed & ~listed.T
    np.fill_diagonal(empty, val=False)
    would = np.where(empty, share + share.T, 0.0)
    if not would.any():
        return none
    first, second = np.unravel_index(int(would.argmax()), would.shape)
    members = none.copy()
    members[[first, second]] = True
    candidates = empty[first] & empty[second]
    pull = would[first] + would[second]
    while candidates.any():
        best = int(np.argmax(np.where(candidates, pull, -1.0)))
        members[best] = True
        candidates &= empty[best]
        pull += would[best]
    within = would[np.ix_(members, members)].sum() / 2
    if members.sum() < _SILENCE_SIZE or within < _SILENCE_SHARE * total:
        return none
    return members
