"""Standard errors: sandwich, clusters in one or two directions, small-sample factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from comity.errors import EstimationError, FormulaError
from comity.potential.ppml.newton import Floats

VcovSpec = str | Mapping[str, str]


@dataclass(frozen=True)
class Cluster:
    """One way of grouping cells.

    Attributes
    ----------
    codes : ndarray of int32
        Cluster of each cell, in the shape that the problem's `cluster_scores` reads.
    by_cell : bool
        Whether `codes` differ between the years of a pair.
    size : int
        One more than the largest code.
    levels : int
        Distinct clusters among the rows in use: G.
    nested : tuple of bool
        Whether each of the model's effects lies within the clusters.
    """

    codes: NDArray[np.int32]
    by_cell: bool
    size: int
    levels: int
    nested: tuple[bool, ...]


class Scores(Protocol):
    """What can add up its scores; both problems can."""

    def cluster_scores(self, codes: NDArray[np.int32], size: int, *, by_cell: bool) -> Floats:
        """Return the scores added up by cluster, shape (size, K)."""

    def squared_scores(self) -> Floats:
        """Return the sum over cells of score times score', shape (K, K)."""


def read_vcov(vcov: VcovSpec) -> tuple[str, tuple[str, ...]]:
    """Read "iid", "hetero", {"CRV1": "a"} or {"CRV1": "a + b"}: kind and cluster columns."""
    if isinstance(vcov, str):
        kind = {"iid": "iid", "hetero": "hetero", "HC1": "hetero"}.get(vcov)
        if kind is not None:
            return kind, ()
    elif set(vcov) == {"CRV1"}:
        names = tuple(dict.fromkeys(c.strip() for c in str(vcov["CRV1"]).split("+")))
        if len(names) in (1, 2) and all(names):
            return "CRV1", names
    raise FormulaError(
        f"vcov={vcov!r} is not one of 'iid', 'hetero', {{'CRV1': 'a'}}, {{'CRV1': 'a + b'}}.",
        "For other covariance matrices use pyfixest.",
    )


def _invert(hessian: Floats) -> Floats:
    """Return the inverse; singular where all fitted flows that could tell vanish."""
    try:
        bread = np.linalg.inv(hessian)
    except np.linalg.LinAlgError as error:
        raise EstimationError(
            "The covariates have no standard errors: where they vary no flow is expected.",
            "Leave out covariates that vary only where there is no trade.",
        ) from error
    return np.asarray((bread + bread.T) / 2)


def covariance(
    problem: Scores,
    hessian: Floats,
    kind: str,
    clusters: Sequence[Cluster],
    observations: int,
    effect_levels: Sequence[int],
) -> Floats:
    """Return the covariance of the coefficients, shape (K, K).

    ``H^-1 M H^-1`` with M the summed squares of the scores of cells or clusters; two-way as
    M_a + M_b - M_ab (Cameron, Gelbach & Miller 2011). `clusters` holds one cluster, or the two
    and their intersection.

    Notes
    -----
    Small-sample factors as in fixest and pyfixest by default. With k coefficients and effects
    counted (all levels, less one for each effect after the first; an effect nested in the
    clusters counts once): (N - 1) / (N - k), for "hetero" N / (N - k), times G / (G - 1) with
    the smallest number of clusters G.
    """
    K = hessian.shape[0]
    if K == 0:
        return np.zeros((0, 0))
    bread = _invert(hessian)
    counted = K + sum(effect_levels) - (len(effect_levels) - 1)
    if kind == "iid":
        return np.asarray(bread * ((observations - 1) / (observations - counted)))
    if kind == "hetero":
        meat = problem.squared_scores()
        return np.asarray(bread @ meat @ bread * (observations / (observations - counted)))
    inside = [any(c.nested[e] for c in clusters) for e in range(len(effect_levels))]
    counted -= sum(n for n, within in zip(effect_levels, inside, strict=True) if within)
    counted += sum(inside)
    smallest = min(c.levels for c in clusters)
    if smallest < 2:
        raise EstimationError("Clustered standard errors need two clusters at the least.")
    meat = np.zeros((K, K))
    for cluster, sign in zip(clusters, (1.0, 1.0, -1.0), strict=False):
        sums = problem.cluster_scores(cluster.codes, cluster.size, by_cell=cluster.by_cell)
        # Not by BLAS, whose threads would take the cores of other fits; K is small.
        columns = np.ascontiguousarray(sums.T)
        meat += sign * np.einsum("kg,lg->kl", columns, columns)
    factor = (observations - 1) / (observations - counted) * smallest / (smallest - 1)
    return np.asarray(bread @ meat @ bread * factor)
