"""Bonds and quarrels between the two states, from sets that users bring: each ends years ago.

Alliances, joint memberships, who is accredited to whom, and disputes in which force was threatened
or used. A lake without such a set says nothing of it; nothing is assumed.
"""

from __future__ import annotations

import pandas as pd

from comity.delivery.entries import Entry
from comity.delivery.latest import latest, tie_rows
from comity.lake import Dossier
from comity.measure import Measure


def alliance(dossier: Dossier) -> list[Entry]:
    """Return the obligations that the two have under treaties of alliance, in the set's last year.

    Nothing where the last treaty between them ended before the set does.
    """
    rows = tie_rows(dossier, "alliance")
    if rows.empty or rows["year"].max() < _last_year(dossier, "alliance", rows):
        return []
    return [latest(rows, "defence", "alliance", dossier.a, dossier.b)]


def militarised_disputes(dossier: Dossier) -> list[Entry]:
    """Return the disputes of the two over all years of the set, and when the last one was."""
    rows = tie_rows(dossier, "militarised_disputes")
    if rows.empty:
        return []
    first, last = int(rows["year"].min()), int(rows["year"].max())
    worst = rows[rows["year"] == last]["text"].iloc[-1]
    years = rows["year"].nunique()
    return [
        Measure(
            pillar="defence",
            indicator="militarised_disputes",
            origin=dossier.a,
            destination=dossier.b,
            period=f"{first}/{last}" if first != last else str(last),
            value=float(years),
            unit="years with a dispute",
            source=str(rows["source"].iloc[0]),
            note=f"The last one, {last}, came to: {worst}.",
        )
    ]


def joint_igos(dossier: Dossier) -> list[Entry]:
    """Return in how many intergovernmental organisations both are, and ten years before."""
    rows = tie_rows(dossier, "joint_igos")
    if rows.empty:
        return []
    return [latest(rows, "diplomacy", "joint_igos", dossier.a, dossier.b)]


def diplomatic_representation(dossier: Dossier) -> list[Entry]:
    """Return the rank of whom each accredits to the other, in the set's last year."""
    entries: list[Entry] = []
    for origin, destination in dossier.directions:
        rows = tie_rows(dossier, "diplomatic_representation", (origin, destination))
        if len(rows):
            row = rows.iloc[-1]
            entries.append(
                Measure(
                    pillar="diplomacy",
                    indicator="diplomatic_representation",
                    origin=origin,
                    destination=destination,
                    period=str(row["year"]),
                    value=float(row["value"]),
                    text=str(row["text"]),
                    unit=str(row["unit"]),
                    source=str(row["source"]),
                )
            )
    return entries


def _last_year(dossier: Dossier, indicator: str, rows: pd.DataFrame) -> int:
    """Return the last year that the rows' source has of any two states."""
    held = [
        holding.year
        for holding in dossier.store.holdings.get("ties", ())
        if holding.what == indicator and holding.source == rows["source"].iloc[0]
    ]
    last = max(held, default=int(rows["year"].max()))
    return last if dossier.until is None else min(last, dossier.until)
