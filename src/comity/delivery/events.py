"""The two in the news: who is reported to act on the other, as shares of all that is reported.

Context beside the measured ties: a report is no proof that anything was delivered.
"""

from __future__ import annotations

import pandas as pd

from comity.delivery.carriers import Actor
from comity.delivery.entries import Entry, one_source
from comity.lake import Dossier
from comity.measure import Measure

PILLAR = "carriers"
EVENTS = "news_events"
BY_ACTOR = {f"{EVENTS}_{actor.value}": actor for actor in Actor}


def in_the_news(dossier: Dossier) -> list[Entry]:
    """Return events in which the one acts on the other, each way, in the latest year of a source.

    In all, and of those in which governments, firms or the people act; per million of all events
    that the source has of the same months. Nothing where the lake has no events.
    """
    ties = dossier.ties
    rows = one_source(ties[ties["indicator"].isin([EVENTS, *BY_ACTOR])], of=())
    if rows.empty:
        return []
    rows = rows[rows["year"] == rows["year"].max()]
    entries: list[Entry] = []
    for indicator in (EVENTS, *BY_ACTOR):
        for origin, destination in dossier.directions:
            mine = rows[
                (rows["indicator"] == indicator)
                & (rows["origin"] == origin)
                & (rows["destination"] == destination)
            ]
            entries += [_measure(row) for _, row in mine.iterrows()]
    return entries


def _measure(row: pd.Series) -> Measure:
    return Measure(
        pillar=PILLAR,
        indicator=str(row["indicator"]),
        origin=str(row["origin"]),
        destination=str(row["destination"]),
        period=str(row["year"]),
        value=float(row["value"]),
        unit=str(row["unit"]),
        source=str(row["source"]),
        note="Context: what is reported, over all that is reported of the same months.",
    )


def shares(entries: list[Entry]) -> dict[Actor, float]:
    """Return each actor's share of the events that say who acts; empty where none does."""
    sums = dict.fromkeys(Actor, 0.0)
    for entry in entries:
        if isinstance(entry, Measure) and entry.indicator in BY_ACTOR and entry.value is not None:
            sums[BY_ACTOR[entry.indicator]] += entry.value
    total = sum(sums.values())
    return {actor: value / total for actor, value in sums.items()} if total > 0 else {}
