"""How the two vote in the UN General Assembly: with each other, and with third powers.

Three measures, never one: agreement, Cohen's kappa (agreement beyond chance) and the distance of
ideal points. A vote on which everyone agreed says nothing of a pair and is dropped.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from comity import catalogue
from comity.delivery.entries import Entry
from comity.lake import Dossier
from comity.measure import Absence, Measure

PILLAR = "diplomacy"
POWERS = ("USA", "CHN", "EU27")
_WINDOW = 5
_MINIMUM = 10
_VOTES = "un-votes"
_IDEAL = "un-ideal-points"


def agreement(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return the mean agreement of two voting records.

    ``mean(1 - |v1 - v2| / 2)`` over the votes both took part in, with 1 yes, 2 abstain, 3 no: 1
    always alike, 0 always opposed. Source: Bailey, Strezhnev & Voeten 2017.

    Examples
    --------
    >>> agreement(np.array([1.0, 3.0, 2.0]), np.array([1.0, 1.0, 3.0]))
    0.5
    """
    return float(np.nanmean(1 - np.abs(first - second) / 2))


def kappa(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return Cohen's kappa of two voting records over yes, abstain and no.

    ``(p_o - p_e) / (1 - p_e)`` with p_o the share of identical votes and p_e the share expected by
    chance from each one's habits; NaN where chance alone explains everything. Source: Cohen 1960;
    Häge 2011 on why raw agreement overstates.

    Examples
    --------
    >>> kappa(np.array([1.0, 3.0, 1.0, 3.0]), np.array([1.0, 3.0, 1.0, 3.0]))
    1.0
    """
    both = ~(np.isnan(first) | np.isnan(second))
    first, second = first[both], second[both]
    if not len(first):
        return float("nan")
    observed = float((first == second).mean())
    expected = sum(
        float((first == vote).mean()) * float((second == vote).mean()) for vote in (1, 2, 3)
    )
    return float("nan") if expected >= 1 else (observed - expected) / (1 - expected)


def un_agreement(dossier: Dossier) -> list[Entry]:
    """Return the two's agreement over the last five years of votes, and over the five before."""
    return _between_the_two(dossier, "un_agreement")


def un_kappa(dossier: Dossier) -> list[Entry]:
    """Return the two's Cohen's kappa over the last five years of votes, and the five before."""
    return _between_the_two(dossier, "un_kappa")


def un_agreement_powers(dossier: Dossier) -> list[Entry]:
    """Return each side's agreement with the USA, China and the EU: its room to choose.

    Agreement with the EU is the mean of the agreements with its 27 members.
    """
    entries: list[Entry] = []
    for country in (dossier.a, dossier.b):
        for power in POWERS:
            members = set(_members(power)) - {country}
            if country == power or power in (dossier.a, dossier.b):
                continue
            scores = [_scores(dossier, country, member, "un_agreement") for member in members]
            known = [score for score in scores if score is not None]
            if not known:
                continue
            last = [score[0] for score in known]
            before = [score[1] for score in known if score[1] is not None]
            entries.append(
                Measure(
                    pillar=PILLAR,
                    indicator="un_agreement",
                    origin=country,
                    destination=power,
                    period=_span(dossier, 0),
                    value=float(np.mean(last)),
                    unit="share",
                    source=_VOTES,
                    previous=float(np.mean(before)) if before else None,
                    previous_period=_span(dossier, 1) if before else "",
                    note="Mean over the members." if len(members) > 1 else "",
                )
            )
    return entries


def un_agreement_issue(dossier: Dossier) -> list[Entry]:
    """Return the two's agreement by issue over the last ten years of votes."""
    votes, rollcalls = _record(dossier)
    if votes is None:
        return []
    recent = rollcalls["year"] > rollcalls["year"].max() - 2 * _WINDOW
    first_year = int(rollcalls.loc[recent, "year"].min())
    entries: list[Entry] = []
    issues = rollcalls["issues"].fillna("").str.split(";")
    for issue in sorted({name for names in issues for name in names if name}):
        chosen = (recent & issues.map(lambda names, issue=issue: issue in names)).to_numpy()
        first = votes[dossier.a].to_numpy(float)[chosen]
        second = votes[dossier.b].to_numpy(float)[chosen]
        shared = int((~(np.isnan(first) | np.isnan(second))).sum())
        if shared < _MINIMUM:
            continue
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="un_agreement_issue",
                origin=dossier.a,
                destination=dossier.b,
                product=issue,
                period=f"{first_year}/{int(rollcalls['year'].max())}",
                value=agreement(first, second),
                unit="share",
                source=_VOTES,
                note=f"Over {shared} votes.",
            )
        )
    return entries


def ideal_points(dossier: Dossier) -> pd.DataFrame:
    """Return ideal points over time: year, country, value (higher: closer to the US-led order)."""
    facts = dossier.facts
    rows = facts[facts["indicator"] == "ideal_point"]
    return rows[["year", "country", "value"]].sort_values(["country", "year"])


def ideal_point_distance(dossier: Dossier) -> list[Entry]:
    """Return the distance of ideal points: of the two, and of each to the USA and China."""
    points = ideal_points(dossier).pivot_table(index="year", columns="country", values="value")
    pairs = [(dossier.a, dossier.b)]
    pairs += [
        (country, power)
        for country in (dossier.a, dossier.b)
        for power in ("USA", "CHN")
        if power not in (dossier.a, dossier.b)
    ]
    entries: list[Entry] = []
    for origin, destination in pairs:
        if origin not in points or destination not in points:
            if destination == dossier.b:
                entries.append(_absent("ideal_point_distance", dossier, _IDEAL))
            continue
        gap = (points[origin] - points[destination]).abs().dropna()
        if gap.empty:
            continue
        year = int(gap.index[-1])
        earlier = gap[gap.index <= year - 10]
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="ideal_point_distance",
                origin=origin,
                destination=destination,
                period=str(year),
                value=float(gap.iloc[-1]),
                unit="points",
                source=_IDEAL,
                previous=None if earlier.empty else float(earlier.iloc[-1]),
                previous_period="" if earlier.empty else str(earlier.index[-1]),
                note="About 1 is one standard deviation of all members.",
            )
        )
    return entries


def _between_the_two(dossier: Dossier, indicator: str) -> list[Entry]:
    scores = _scores(dossier, dossier.a, dossier.b, indicator)
    if scores is None:
        return [_absent(indicator, dossier, _VOTES)]
    last, before, shared = scores
    return [
        Measure(
            pillar=PILLAR,
            indicator=indicator,
            origin=dossier.a,
            destination=dossier.b,
            period=_span(dossier, 0),
            value=last,
            unit="share" if indicator == "un_agreement" else "index",
            source=_VOTES,
            previous=before,
            previous_period=_span(dossier, 1) if before is not None else "",
            note=f"Over {shared} votes that were not unanimous.",
        )
    ]


def _scores(
    dossier: Dossier, first: str, second: str, indicator: str
) -> tuple[float, float | None, int] | None:
    """Return the score of the last window, of the one before, and the votes shared in the last."""
    votes, rollcalls = _record(dossier)
    if votes is None:
        return None
    score = agreement if indicator == "un_agreement" else kappa
    last_year = int(rollcalls["year"].max())
    results: list[float | None] = []
    counts: list[int] = []
    for window in (0, 1):
        end = last_year - window * _WINDOW
        chosen = rollcalls["year"].between(end - _WINDOW + 1, end).to_numpy()
        x = votes[first].to_numpy(float)[chosen]
        y = votes[second].to_numpy(float)[chosen]
        shared = int((~(np.isnan(x) | np.isnan(y))).sum())
        value = score(x, y) if shared >= _MINIMUM else float("nan")
        results.append(None if np.isnan(value) else value)
        counts.append(shared)
    if results[0] is None:
        return None
    return results[0], results[1], counts[0]


def _record(dossier: Dossier) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Return votes and rollcalls that were not unanimous; None where either side never voted."""
    return _cached_record(dossier)


@lru_cache(maxsize=8)
def _cached_record(dossier: Dossier) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    rollcalls = dossier.rollcalls
    rollcalls = rollcalls[~rollcalls["unanimous"]]
    countries = sorted({dossier.a, dossier.b, *(m for power in POWERS for m in _members(power))})
    votes = dossier.votes(countries).loc[rollcalls.index]
    if votes[[dossier.a, dossier.b]].isna().all().any():
        return None, rollcalls
    return votes, rollcalls


def _members(power: str) -> tuple[str, ...]:
    return tuple(catalogue.bloc(power).members()) if power == "EU27" else (power,)


def _span(dossier: Dossier, window: int) -> str:
    end = int(dossier.rollcalls["year"].max()) - window * _WINDOW
    return f"{end - _WINDOW + 1}/{end}"


def _absent(indicator: str, dossier: Dossier, source: str) -> Absence:
    return Absence(
        pillar=PILLAR,
        indicator=indicator,
        origin=dossier.a,
        destination=dossier.b,
        source=source,
        reason="The source has no votes of one of the two.",
    )
