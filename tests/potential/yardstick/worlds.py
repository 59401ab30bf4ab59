"""Invented worlds for the yardstick's tests, and a slow but plain estimator to hold it against."""

from __future__ import annotations

import numpy as np
import pandas as pd

from comity import catalogue


def make_world(n=24, seed=0, symmetric=False, zeros=0.1, noise=0.8):
    """Return flows (n, n) with an empty diagonal and covariates (2, n, n): ln distance, border."""
    rng = np.random.default_rng(seed)
    place = rng.uniform(0, 10, (n, 2))
    distance = np.linalg.norm(place[:, None] - place[None], axis=2) + 0.3
    np.fill_diagonal(distance, 1.0)
    border = (distance < 1.5).astype(float)
    np.fill_diagonal(border, 0.0)
    size = rng.normal(0, 1.2, n)
    pull = size if symmetric else rng.normal(0, 1.2, n)
    mean = np.exp(4 + size[:, None] + pull[None, :] - 0.9 * np.log(distance) + 0.5 * border)
    flow = mean * rng.lognormal(-(noise**2) / 2, noise, (n, n))
    flow[rng.uniform(size=(n, n)) < zeros] = 0.0
    if symmetric:
        flow = np.triu(flow, 1)
        flow = flow + flow.T
    np.fill_diagonal(flow, np.nan)
    return flow, np.stack([np.log(distance), border])


def fit_plainly(y, design, steps=200):
    """Return the Poisson PML coefficients of a dense design by Newton's method, least norm."""
    beta = np.zeros(design.shape[1])
    beta[:] = np.linalg.lstsq(design, np.log(y + 0.1 * y.mean()), rcond=None)[0]
    for _ in range(steps):
        mean = np.exp(design @ beta)
        step = np.linalg.pinv((design.T * mean) @ design, rcond=1e-12) @ (design.T @ (y - mean))
        size = np.abs(design @ step).max()
        beta += step / max(size, 1.0)
        if size < 1e-11:
            break
    return beta


def two_effects(flow, covariates, keep, one_set=False):
    """Return (expected everywhere, fitted on `keep`) by dummies, leaving out the other cells."""
    n = flow.shape[0]
    i, j = np.indices(flow.shape)
    x = np.stack([c.ravel() for c in covariates], axis=1)
    if one_set:
        effects = np.eye(n)[i.ravel()] + np.eye(n)[j.ravel()]
    else:
        effects = np.hstack([np.eye(n)[i.ravel()], np.eye(n)[j.ravel()]])
    design = np.hstack([x, effects])
    use = keep.ravel()
    beta = fit_plainly(flow.ravel()[use], design[use])
    return np.exp(design @ beta).reshape(flow.shape)


SOURCE = {
    "publisher": "Nobody", "title": "Invented", "licence": "CC0", "citation": "Nobody (2026).",
    "redistributable": True,
}  # fmt: skip


def make_tables(n=20, seed=1):
    """Return the frames of an invented lake: arms by year, joint works, trade with silences."""
    names = sorted(c.iso3 for c in catalogue.list_countries() if len(c.iso3) == 3)[:n]
    rng = np.random.default_rng(seed)
    pairs = [(a, b) for a in names for b in names if a != b]
    distance = {}
    for a, b in pairs:
        distance[a, b] = distance.get((b, a), float(rng.uniform(500, 9000)))
    proximity = pd.DataFrame(
        [
            {
                "origin": a,
                "destination": b,
                "distance_km": distance[a, b],
                "distance_cities_km": distance[a, b] * 1.02,
                "distance_capitals_km": distance[a, b] * 0.98,
                "contiguous": distance[a, b] < 1200,
                "common_official_language": distance[a, b] < 2500,
                "common_ethnic_language": False,
                "common_spoken_language": 1000 / distance[a, b],
                "colonial_tie": (names.index(a) + names.index(b)) % 7 == 0,
                "source": "near",
            }
            for a, b in pairs
        ]
    )

    def tie(indicator, year, source, unit, symmetric=False, every=1):
        rows = []
        for k, (a, b) in enumerate(pairs):
            if k % every:
                continue
            value = float(np.ceil(1e5 / distance[a, b] * rng.lognormal()))
            rows.append((indicator, year, a, b, value, unit, source))
            if symmetric:
                rows.append((indicator, year, b, a, value, unit, source))
        frame = pd.DataFrame(
            rows,
            columns=["indicator", "year", "origin", "destination", "value", "unit", "source"],
        )
        return frame.drop_duplicates(["indicator", "year", "origin", "destination"])

    ties = pd.concat(
        [tie("arms_tiv", y, "sipri-arms-transfers", "TIV million") for y in range(2018, 2023)]
        + [tie("co_works", 2020, "openalex-coauthorship-2024", "works", symmetric=True)],
        ignore_index=True,
    )
    works = ties[ties["indicator"] == "co_works"].copy()
    key = works[["origin", "destination"]].apply(lambda r: "".join(sorted(r)), axis=1)
    works["value"] = works.groupby(key)["value"].transform("max")
    ties = pd.concat([ties[ties["indicator"] != "co_works"], works], ignore_index=True)
    agreements = pd.DataFrame(
        {
            "treaty": ["T1"],
            "origin": [names[0]],
            "destination": [names[1]],
            "in_force_from": [2000],
            "in_force_to": [2022],
            "source": ["near"],
        }
    )
    known = ["near", "sipri-arms-transfers", "openalex-coauthorship-2024", "cepii-baci-202501"]
    sources = pd.DataFrame([{"id": name, **SOURCE} for name in known])
    return names, {
        "ties": ties,
        "proximity": proximity,
        "agreements": agreements,
        "sources": sources,
    }
