"""Who carries the relationship: every measured tie by the actor that makes it.

Governments decide on votes, arms and visas; firms on goods; people and scholars on where they live
and with whom they write. What two countries have with each other is counted by whoever decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from comity.measure import Measure


class Actor(StrEnum):
    """Who makes a tie."""

    government = "government"
    business = "business"
    society = "society"


# Ties that somebody can be held to make. Shares, ranks and distances of them are not counted again.
ACTORS: dict[str, Actor] = {
    "un_agreement": Actor.government,
    "arms_tiv": Actor.government,
    "arms_share": Actor.government,
    "visa_rule": Actor.government,
    "leader_calls": Actor.government,
    "leader_visits": Actor.government,
    "leader_meetings": Actor.government,
    "consulates": Actor.government,
    "agreements_signed": Actor.government,
    "goods_exports": Actor.business,
    "goods_services_exports": Actor.business,
    "investment": Actor.business,
    "two_way_investment": Actor.business,
    "weekly_flights": Actor.business,
    "migrants": Actor.society,
    "refugees": Actor.society,
    "asylum_seekers": Actor.society,
    "students": Actor.society,
    "tourists": Actor.society,
    "visas": Actor.society,
    "co_works": Actor.society,
}
# More of these is not a closer relationship.
_NO_BOND = frozenset({"refugees", "asylum_seekers"})


@dataclass(frozen=True, slots=True)
class Tie:
    """A measured tie and who makes it."""

    actor: Actor
    measure: Measure


def ties(entries: list[Measure], pair: tuple[str, str]) -> list[Tie]:
    """Return the latest measure of every tie that has an actor, by actor and indicator.

    Parameters
    ----------
    entries : list of Measure
        All measures of a brief; those with a product are parts of others and left out.
    pair : tuple of str
        The two countries; ties with third ones are left out.
    """
    latest: dict[tuple[str, str, str], Measure] = {}
    for measure in entries:
        if measure.indicator not in ACTORS or measure.product or measure.indicator in _NO_BOND:
            continue
        if {measure.origin, measure.destination} != set(pair):
            continue
        key = (measure.indicator, measure.origin, measure.destination)
        kept = latest.get(key)
        if kept is None or _rank(measure) > _rank(kept):
            latest[key] = measure
    order = list(ACTORS)
    found = [Tie(ACTORS[m.indicator], m) for m in latest.values()]
    actors = list(Actor)
    return sorted(
        found, key=lambda tie: (actors.index(tie.actor), order.index(tie.measure.indicator))
    )


def standing(entries: list[Measure], pair: tuple[str, str]) -> pd.DataFrame:
    """Return how each actor's ties stand against what is usual, where the yardstick has said so.

    Columns: actor, indicator, origin, destination, period, intensity, source.
    """
    rows = [
        (
            tie.actor.value,
            tie.measure.indicator,
            tie.measure.origin,
            tie.measure.destination,
            tie.measure.period,
            tie.measure.intensity,
            tie.measure.source,
        )
        for tie in ties(entries, pair)
        if tie.measure.intensity is not None
    ]
    columns = ["actor", "indicator", "origin", "destination", "period", "intensity", "source"]
    return pd.DataFrame(rows, columns=columns)


def _rank(measure: Measure) -> tuple[bool, bool, str]:
    """Prefer measures with a yardstick, computed over quoted, late over early."""
    return (
        measure.intensity is not None,
        not {"published", "quoted"} & set(measure.flags),
        measure.period.removeprefix("FY"),
    )
