"""The way by sea between two ports, and the corridors between their countries, as a report."""

from __future__ import annotations

from collections.abc import Sequence

from comity import catalogue
from comity.brief.charts import logistics as charts
from comity.brief.charts.logistics import span
from comity.brief.logistics import sentences, sources
from comity.brief.reports.report import Report, Sheet
from comity.catalogue.logistics import port
from comity.delivery.logistics import (
    CorridorRoute,
    SeaRoute,
    arctic_route,
    corridor_routes,
    named,
    sea_route,
)
from comity.errors import RouteError


def route(
    start: str, end: str, *, avoid: str = "", arctic: bool = False, knots: float = 14.0
) -> Report:
    """Return distance and days by sea, and corridors as said beside them as computed.

    Parameters
    ----------
    start, end : str
        Ports by name or UN/LOCODE, or countries.
    avoid : str
        Passages closed to the ship, with commas.
    arctic : bool
        Whether the Arctic is open.
    knots : float
        Steady speed, nautical miles an hour.
    """
    closed = [word for word in avoid.split(",") if word.strip()]
    first, last = port(start), port(end)
    find = arctic_route if arctic else sea_route
    routes = [find(first, last, avoid=closed, knots=knots)]
    routes += _alternatives(routes[0], closed, knots)
    corridors = corridor_routes(first.country, last.country, knots)
    command = f'comity route "{first.name}" "{last.name}"'
    command += f" --avoid {','.join(closed)}" if closed else ""
    command += " --arctic" if arctic else ""
    command += f" --knots {knots:g}" if knots != 14.0 else ""
    return _report(routes, corridors, command)


def _alternatives(usual: SeaRoute, closed: list[str], knots: float) -> list[SeaRoute]:
    """Return the way without the canal that the usual one takes, where there is another."""
    canals = [name for name in ("suez", "panama") if name in usual.passages]
    if not canals:
        return []
    try:
        return [sea_route(usual.start, usual.end, avoid=[*closed, *canals], knots=knots)]
    except RouteError:
        return []


def _report(routes: list[SeaRoute], corridors: Sequence[CorridorRoute], command: str) -> Report:
    first = routes[0]
    a, b = (catalogue.country(p.country).with_article for p in (first.start, first.end))
    drawn = [charts.route_map(routes), charts.corridor_map(corridors, f"{a} to {b}")]
    drawn.append(charts.days(corridors))
    notes = [
        "Distances follow searoute's network of lanes, made for maps and not for navigation. Days "
        "are at a steady speed, without ports, canals or weather.",
    ]
    if corridors:
        notes.append(
            "What was said is as the pages have it; a cell is empty where no page says. Land legs "
            "are not computed."
        )
    else:
        notes.append(f"The table of corridors has none between {a} and {b}.")
    return Report(
        title=f"From {first.start.name} to {first.end.name}",
        command=command,
        findings=tuple(sentences(routes, corridors)),
        sheets=tuple(_sheets(routes, corridors)),
        sources=sources(first.start.country, first.end.country),
        facts={
            "start": first.start.code,
            "end": first.end.code,
            "knots": first.knots,
            "points": [list(point) for point in first.points],
        },
        notes=tuple(notes),
        charts=tuple(chart for chart in drawn if chart is not None),
    )


def _sheets(routes: list[SeaRoute], corridors: Sequence[CorridorRoute]) -> list[Sheet]:
    made = [
        Sheet(
            id="routes",
            title="By sea",
            columns=(
                ("avoiding", "Avoiding", ""),
                ("km", "Km", "km"),
                ("nautical_miles", "Nautical miles", "nm"),
                ("days", "Days", "days"),
                ("by", "By", ""),
            ),
            rows=tuple(
                (named(r.avoided) or "nothing", r.distance_km, r.nautical_miles, r.days,
                 named(r.passages))
                for r in routes
            ),
        )
    ]  # fmt: skip
    if not corridors:
        return made
    made.append(
        Sheet(
            id="corridors",
            title="Corridors between the two countries, as computed and as said",
            columns=(
                ("corridor", "Corridor", ""),
                ("modes", "Modes", ""),
                ("km", "Km computed", "km"),
                ("said_km", "Km said", "km"),
                ("sea_days", "Days at sea", "days"),
                ("said_days", "Days said", ""),
                ("status", "Status", ""),
            ),
            rows=tuple(
                (c.corridor.name, ", ".join(c.corridor.modes), c.distance_km, c.said_km,
                 c.sea_days, span(c.said_days), c.corridor.status)
                for c in corridors
            ),
        )
    )  # fmt: skip
    made.append(
        Sheet(
            id="legs",
            title="Legs",
            columns=(
                ("corridor", "Corridor", ""),
                ("from", "From", ""),
                ("to", "To", ""),
                ("mode", "Mode", ""),
                ("km", "Km", "km"),
                ("basis", "Basis", ""),
            ),
            rows=tuple(
                (c.corridor.name, leg.leg.start.name, leg.leg.end.name, leg.leg.mode,
                 leg.distance_km, _basis(leg.sea is not None, leg.leg.claim))
                for c in corridors
                for leg in c.legs
            ),
            shown=40,
        )
    )  # fmt: skip
    made.append(
        Sheet(
            id="said",
            title="What was said",
            columns=(
                ("corridor", "Corridor", ""),
                ("said", "Words", ""),
                ("publisher", "By", ""),
                ("date", "On", ""),
                ("url", "Page", ""),
            ),
            rows=tuple(
                (c.corridor.name, claim.said, claim.publisher, claim.date, claim.url)
                for c in corridors
                for claim in c.claims
            ),
            brief=("corridor", "said", "publisher", "date"),
        )
    )
    return made


def _basis(computed: bool, claim: object) -> str:
    if computed:
        return "computed"
    publisher = getattr(claim, "publisher", "")
    return f"said by {publisher}" if publisher else "no page says"
