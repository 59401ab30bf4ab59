"""How large the two are, and how far apart: what every tie is read against."""

from __future__ import annotations

from comity.delivery.entries import Entry
from comity.delivery.latest import fact_rows, latest
from comity.lake import Dossier
from comity.measure import Absence, Measure

PILLAR = "size"
_SOURCES = {"gdp": "worldbank-wdi-gdp", "population": "worldbank-wdi-population"}


def gdp(dossier: Dossier) -> list[Entry]:
    """Return each side's gross domestic product in current dollars."""
    return _latest(dossier, "gdp")


def population(dossier: Dossier) -> list[Entry]:
    """Return each side's people."""
    return _latest(dossier, "population")


def distance(dossier: Dossier) -> list[Entry]:
    """Return the population-weighted distance between the two."""
    row = dossier.proximity
    if row is None:
        return [
            Absence(
                pillar=PILLAR,
                indicator="distance_km",
                origin=dossier.a,
                destination=dossier.b,
                source="cepii-geodist",
                reason="The source has no distance between the two.",
            )
        ]
    return [
        Measure(
            pillar=PILLAR,
            indicator="distance_km",
            origin=dossier.a,
            destination=dossier.b,
            period="static",
            value=float(row["distance_km"]),
            unit="km",
            source=str(row["source"]),
            note="Population-weighted, harmonic mean.",
        )
    ]


def _latest(dossier: Dossier, indicator: str) -> list[Entry]:
    entries: list[Entry] = []
    for country in (dossier.a, dossier.b):
        rows = fact_rows(dossier, indicator, country)
        if len(rows):
            entries.append(latest(rows, PILLAR, indicator, country))
        else:
            entries.append(
                Absence(
                    pillar=PILLAR,
                    indicator=indicator,
                    origin=country,
                    destination="",
                    source=_SOURCES[indicator],
                    reason="The source has no figure for this country.",
                )
            )
    return entries
