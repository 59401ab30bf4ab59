"""How the two vote in the UN General Assembly: with each other, and with third powers.

Three measures, never one: agreement, Cohen's kappa (agreement beyond chance) and the distance of
ideal points. A vote on which everyone agreed says nothing of a pair and is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from comity import catalogue
from comity.delivery.assembly import assembly
from comity.delivery.entries import Entry, one_source
from comity.lake import Dossier
from comity.lake.memo import on_its_own
from comity.measure import Absence, Measure

PILLAR = "diplomacy"
Method: TypeAlias = Callable[[NDArray[np.float64], NDArray[np.float64]], float]

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
            if power in (dossier.a, dossier.b):
                continue
            members = [member for member in _members(power) if member != country]
            scores = [_scores(dossier, country, member, agreement) for member in members]
            last = [score.last for score in scores if score is not None]
            before = [s.before for s in scores if s is not None and s.before is not None]
            if not last:
                continue
            entries.append(
                Measure(
                    pillar=PILLAR,
                    indicator="un_agreement",
                    origin=country,
                    destination=power,
                    period=_span(dossier, 0),
                    value=float(np.mean(last)),
                    unit="share",
                    source=_source(dossier),
                    previous=float(np.mean(before)) if before else None,
                    previous_period=_span(dossier, 1) if before else "",
                    note="Mean over the members." if len(members) > 1 else "",
                )
            )
    return entries


def un_agreement_issue(dossier: Dossier) -> list[Entry]:
    """Return the two's agreement by issue over the last ten years of votes."""
    record = _record(dossier)
    if record is None:
        return []
    recent = record.years > record.years.max() - 2 * _WINDOW
    entries: list[Entry] = []
    for issue in sorted({name for names in record.issues for name in names if name}):
        chosen = recent & np.array([issue in names for names in record.issues])
        first, second = record.votes[dossier.a][chosen], record.votes[dossier.b][chosen]
        shared = _shared(first, second)
        if shared < _MINIMUM:
            continue
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="un_agreement_issue",
                origin=dossier.a,
                destination=dossier.b,
                product=issue,
                period=f"{record.years[recent].min()}/{record.years.max()}",
                value=agreement(first, second),
                unit="share",
                source=_source(dossier),
                note=f"Over {shared} votes.",
            )
        )
    return entries


def ideal_points(dossier: Dossier) -> pd.DataFrame:
    """Return ideal points over time: year, country, value, source.

    Higher is closer to the US-led order. All come from one release: each has a scale of its own.
    """
    rows = one_source(dossier.facts_of("ideal_point"))
    return rows[["year", "country", "value", "source"]].sort_values(["country", "year"])


def ideal_point_distance(dossier: Dossier) -> list[Entry]:
    """Return the distance of ideal points: of the two, and of each to the USA and China."""
    rows = ideal_points(dossier)
    source = str(rows["source"].iloc[0]) if len(rows) else _IDEAL
    points: dict[str, dict[int, float]] = {}
    for country, at, value in zip(rows["country"], rows["year"], rows["value"], strict=True):
        if not np.isnan(value):
            points.setdefault(str(country), {})[int(at)] = float(value)
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
                entries.append(_absent("ideal_point_distance", dossier, source))
            continue
        one, other = points[origin], points[destination]
        years = sorted(one.keys() & other.keys())
        if not years:
            continue
        year = years[-1]
        earlier = [known for known in years if known <= year - 10]
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="ideal_point_distance",
                origin=origin,
                destination=destination,
                period=str(year),
                value=abs(one[year] - other[year]),
                unit="points",
                source=source,
                previous=abs(one[earlier[-1]] - other[earlier[-1]]) if earlier else None,
                previous_period=str(earlier[-1]) if earlier else "",
                note="About 1 is one standard deviation of all members.",
            )
        )
    return entries


@dataclass(frozen=True, slots=True)
class _Record:
    """Votes that were not unanimous: year and issues of each, and every record by country."""

    years: NDArray[np.int64]
    issues: list[list[str]]
    votes: dict[str, NDArray[np.float64]]
    windows: tuple[NDArray[np.bool_], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class _Score:
    last: float
    before: float | None
    shared: int


def _between_the_two(dossier: Dossier, indicator: str) -> list[Entry]:
    method = agreement if indicator == "un_agreement" else kappa
    score = _scores(dossier, dossier.a, dossier.b, method)
    if score is None:
        return [_absent(indicator, dossier, _source(dossier))]
    return [
        Measure(
            pillar=PILLAR,
            indicator=indicator,
            origin=dossier.a,
            destination=dossier.b,
            period=_span(dossier, 0),
            value=score.last,
            unit="share" if indicator == "un_agreement" else "index",
            source=_source(dossier),
            previous=score.before,
            previous_period=_span(dossier, 1) if score.before is not None else "",
            note=f"Over {score.shared} votes that were not unanimous.",
        )
    ]


def _scores(dossier: Dossier, first: str, second: str, method: Method) -> _Score | None:
    """Return the score of the last five years and of the five before; None with too few votes."""
    record = _record(dossier)
    if record is None:
        return None
    values: list[float | None] = []
    counts: list[int] = []
    for chosen in record.windows:
        x, y = record.votes[first][chosen], record.votes[second][chosen]
        counts.append(_shared(x, y))
        value = method(x, y) if counts[-1] >= _MINIMUM else float("nan")
        values.append(None if np.isnan(value) else value)
    return None if values[0] is None else _Score(values[0], values[1], counts[0])


def _shared(first: NDArray[np.float64], second: NDArray[np.float64]) -> int:
    return int((~(np.isnan(first) | np.isnan(second))).sum())


@on_its_own()
def _record(dossier: Dossier) -> _Record | None:
    """Return the voting record, read once a dossier; None where either side never voted."""
    everyone = assembly(dossier.store)
    wanted = everyone.contested.copy()
    if dossier.until is not None:
        wanted &= everyone.years <= dossier.until
    powers = {member for power in POWERS for member in _members(power)}
    cast = everyone.votes(sorted({dossier.a, dossier.b} | powers))
    votes = {name: record[wanted] for name, record in cast.items()}
    if np.isnan(votes[dossier.a]).all() or np.isnan(votes[dossier.b]).all():
        return None
    years = everyone.years[wanted]
    end = years.max()
    return _Record(
        years=years,
        issues=[names for names, chosen in zip(everyone.issues, wanted, strict=True) if chosen],
        votes=votes,
        windows=(
            years > end - _WINDOW,
            (years > end - 2 * _WINDOW) & (years <= end - _WINDOW),
        ),
    )


def _source(dossier: Dossier) -> str:
    return assembly(dossier.store).source or _VOTES


def _members(power: str) -> tuple[str, ...]:
    return tuple(catalogue.bloc(power).members()) if power == "EU27" else (power,)


def _span(dossier: Dossier, window: int) -> str:
    record = _record(dossier)
    if record is None:
        raise ValueError("a span needs votes")
    end = record.years.max() - window * _WINDOW
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
