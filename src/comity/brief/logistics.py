"""How goods get from one country to the other, as a section of a brief and as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comity import catalogue
from comity.brief import text
from comity.brief.charts import logistics as charts
from comity.brief.charts.logistics import span
from comity.brief.content import Chart, Section
from comity.catalogue.logistics import corridors
from comity.delivery.logistics import (
    KM_PER_NAUTICAL_MILE,
    SOURCE,
    CorridorRoute,
    SeaRoute,
    called,
    corridor_routes,
    liner_connectivity,
)
from comity.lake import Dossier
from comity.measure import Absence, Measure

__all__ = ["PILLAR", "SOURCE", "section", "sentences", "source_row", "sources"]

PILLAR = "logistics"


def section(dossier: Dossier, *, draw: bool = True) -> Section:
    """Return the corridors between two countries, and how well container lines tie them."""
    a, b = dossier.a, dossier.b
    routes = corridor_routes(a, b)
    gaps: tuple[Absence, ...] = ()
    if not routes:
        gaps = (
            Absence(
                pillar=PILLAR,
                indicator="sea_distance",
                origin=a,
                destination=b,
                source="",
                reason="The table of corridors has none between the two; "
                f"comity route {a} {b} computes the way by sea between their main ports.",
            ),
        )
    drawn: list[Chart | None] = []
    if draw:
        first, second = (catalogue.country(code).with_article for code in (a, b))
        drawn = [charts.corridor_map(routes, f"{first} to {second}"), charts.days(routes)]
    return Section(
        pillar=PILLAR,
        title=catalogue.pillar(PILLAR).name,
        measures=(
            *(_measure(route) for route in routes if route.by_sea_alone),
            *liner_connectivity(dossier),
        ),
        absences=gaps,
        charts=tuple(chart for chart in drawn if chart is not None),
        notes=tuple(_said(route) for route in routes if route.claims),
    )


def source_row() -> dict[str, Any]:
    """Return searoute as a row of a brief's sources: the lake holds nothing of it."""
    about = catalogue.source(SOURCE)
    return {
        "id": about.id,
        "publisher": about.publisher,
        "title": about.title,
        "version": about.version,
        "years": about.years,
        "licence": about.licence,
        "licence_note": about.note,
        "citation": about.citation,
        "url": about.url,
        "retrieved": about.last_verified,
        "sha256": None,
        "redistributable": about.redistributable,
    }


def sources(a: str = "", b: str = "") -> dict[str, dict[str, Any]]:
    """Return what the corridors between two countries rest on: searoute, and the pages cited."""
    rows = {SOURCE: source_row()}
    for corridor in corridors(a, b):
        for claim in corridor.every_claim:
            rows[claim.source] = {
                "id": claim.source,
                "publisher": claim.publisher,
                "title": claim.title,
                "version": None,
                "years": claim.date or None,
                "licence": "facts cited from a public page",
                "licence_note": None,
                "citation": f"{claim.publisher}{f' ({claim.date})' if claim.date else ''}. "
                f"{claim.title}.",
                "url": claim.url,
                "retrieved": "2026-11-23",
                "sha256": None,
                "redistributable": True,
            }
    return rows


def sentences(routes: Sequence[SeaRoute], ways: Sequence[CorridorRoute]) -> list[str]:
    """Return what was computed between two ports, and what was said beside what was computed."""
    said = []
    for route in routes:
        way = f", avoiding {_and(route.avoided)}" if route.avoided else ""
        by = f" by {_and(route.passages)}" if route.passages else ""
        said.append(
            f"{route.start.name} to {route.end.name}{way}: {route.distance_km:,.0f} km "
            f"({route.nautical_miles:,.0f} nautical miles){by}, {route.days:.0f} days at "
            f"{route.knots:g} knots."
        )
    if len(routes) > 1:
        longer = routes[1].distance_km / routes[0].distance_km - 1
        if longer > 0:
            said.append(f"That other way is {text.share(longer)} longer.")
    for corridor in ways:
        if corridor.said_km is not None and corridor.distance_km is not None:
            gap = corridor.distance_km / corridor.said_km - 1
            said.append(
                f"{corridor.corridor.name}: {corridor.said_km:,.0f} km said, "
                f"{corridor.distance_km:,.0f} km computed ({text.growth(gap)})."
            )
        if corridor.said_days is not None and corridor.by_sea_alone:
            said.append(
                f"{corridor.corridor.name}: {span(corridor.said_days)} days said, "
                f"{corridor.sea_days:.0f} at {corridor.legs[0].sea.knots:g} knots."
                if corridor.legs[0].sea
                else ""
            )
    return [sentence for sentence in said if sentence]


def _and(passages: Sequence[str]) -> str:
    return text.listed([called(passage) for passage in passages])


def _measure(route: CorridorRoute) -> Measure:
    way = route.corridor
    days = ", ".join(f"{leg.sea.days:.0f}" for leg in route.legs if leg.sea)
    return Measure(
        pillar=PILLAR,
        indicator="sea_distance",
        origin=way.a,
        destination=way.b,
        product=way.id,
        period="static",
        value=round(route.sea_km),
        unit="km",
        source=SOURCE,
        flags=("estimate",),
        note=(
            f"{way.name}, {way.start.name} to {way.end.name}: "
            f"{route.sea_km / KM_PER_NAUTICAL_MILE:,.0f} nautical miles, {days} days at a steady "
            "14 knots without ports."
        ),
    )


def _said(route: CorridorRoute) -> str:
    parts = [f"{claim.said} ({claim.publisher})" for claim in route.claims]
    return f"{route.corridor.name}: {'; '.join(parts)}."
