"""People between the two: migrants, refugees, and the visa rule each way.

A pair that a source does not list is a stated gap, not a zero.
"""

from __future__ import annotations

import pandas as pd

from comity.delivery.entries import Entry, one_source
from comity.lake import Dossier
from comity.lake.memo import on_its_own
from comity.measure import Absence, Measure

PILLAR = "people"
_SOURCES = {
    "migrants": "un-desa-migrants-2024",
    "students": "uis-students",
    "refugees": "unhcr-refugees",
    "asylum_seekers": "unhcr-refugees",
    "visa_rule": "passport-index-2025",
}


@on_its_own()
def series(dossier: Dossier, indicator: str) -> pd.DataFrame:
    """Return one tie over time, both directions: year, origin, destination, value, source.

    Each direction comes from one source, never from two.
    """
    rows = one_source(dossier.ties_of(indicator), ("origin", "destination"))
    return rows.sort_values("year").reset_index(drop=True)


def migrants(dossier: Dossier) -> list[Entry]:
    """Return people born in the one and living in the other, each way, and ten years before."""
    return _latest(dossier, "migrants", span=9)


def students(dossier: Dossier) -> list[Entry]:
    """Return students from the one enrolled in the other, each way, where the lake has a source."""
    return _latest(dossier, "students", span=10) if len(series(dossier, "students")) else []


def refugees(dossier: Dossier) -> list[Entry]:
    """Return refugees from the one in the other, each way."""
    return _latest(dossier, "refugees", span=10)


def asylum_seekers(dossier: Dossier) -> list[Entry]:
    """Return asylum seekers from the one in the other, each way."""
    return _latest(dossier, "asylum_seekers", span=10)


def migrants_share(dossier: Dossier) -> list[Entry]:
    """Return the share of the origin's people among all foreign-born in the destination."""
    entries: list[Entry] = []
    facts = dossier.facts_of("migrants_hosted")
    for measure in migrants(dossier):
        if not isinstance(measure, Measure) or measure.value is None:
            continue
        hosts = facts.loc[
            (facts["country"] == measure.destination)
            & (facts["year"] == int(measure.period))
            & (facts["source"] == measure.source),
            "value",
        ].sum()
        if hosts > 0:
            entries.append(
                Measure(
                    pillar=PILLAR,
                    indicator="migrants_share",
                    origin=measure.origin,
                    destination=measure.destination,
                    period=measure.period,
                    value=measure.value / float(hosts),
                    unit="share",
                    source=measure.source,
                    note="Of all foreign-born people in the destination.",
                )
            )
    return entries


def visa_rule(dossier: Dossier) -> list[Entry]:
    """Return what a citizen of the one needs to enter the other, each way."""
    entries: list[Entry] = []
    rules = series(dossier, "visa_rule")
    for origin, destination in dossier.directions:
        rows = rules[(rules["origin"] == origin) & (rules["destination"] == destination)]
        if rows.empty:
            entries.append(_absent("visa_rule", origin, destination))
            continue
        row = rows.iloc[-1]
        days = row["value"]
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator="visa_rule",
                origin=origin,
                destination=destination,
                period=str(row["year"]),
                value=None if pd.isna(days) else float(days),
                text=str(row["text"]),
                unit="days" if not pd.isna(days) else "rule",
                source=str(row["source"]),
            )
        )
    return entries


def _latest(dossier: Dossier, indicator: str, span: int) -> list[Entry]:
    """Return the latest count each way, with the count at least ``span`` years before it."""
    rows = series(dossier, indicator)
    entries: list[Entry] = []
    for origin, destination in dossier.directions:
        mine = rows[(rows["origin"] == origin) & (rows["destination"] == destination)]
        if mine.empty:
            source = str(rows["source"].iloc[-1]) if len(rows) else None
            entries.append(_absent(indicator, origin, destination, source))
            continue
        last = mine.iloc[-1]
        before = mine[mine["year"] <= last["year"] - span]
        entries.append(
            Measure(
                pillar=PILLAR,
                indicator=indicator,
                origin=origin,
                destination=destination,
                period=str(last["year"]),
                value=float(last["value"]),
                unit=str(last["unit"]),
                source=str(last["source"]),
                previous=None if before.empty else float(before["value"].iloc[-1]),
                previous_period="" if before.empty else str(before["year"].iloc[-1]),
            )
        )
    return entries


def _absent(indicator: str, origin: str, destination: str, source: str | None = None) -> Absence:
    return Absence(
        pillar=PILLAR,
        indicator=indicator,
        origin=origin,
        destination=destination,
        source=source or _SOURCES[indicator],
        reason="The source does not list this pair; that is not a zero.",
    )
