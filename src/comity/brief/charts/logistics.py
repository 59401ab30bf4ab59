"""Charts of ways between two countries: a map, and days as said beside days as computed."""

from __future__ import annotations

from collections.abc import Sequence

from comity.brief import text
from comity.brief.charts.rows import dots
from comity.brief.charts.theme import (
    INK,
    NARROW,
    OTHER,
    PAPER,
    RULE,
    WIDE,
    A,
    B,
    Padding,
    Spec,
    frame,
    key,
    layer,
    text_width,
)
from comity.brief.content import Chart
from comity.catalogue.logistics import land
from comity.delivery.logistics import KNOTS, SOURCE, CorridorRoute, Point, SeaRoute, named

_MARGIN = 6.0
_STRETCH = 1.3  # degrees of latitude are this much longer than those of longitude at 40 north
_TALLEST = 430


def corridor_map(routes: Sequence[CorridorRoute], names: str) -> Chart | None:
    """Return the corridors on a map: sea legs whole, land legs broken, numbered as in the table."""
    if not routes:
        return None
    ends = {
        (p.name, p.longitude, p.latitude)
        for route in routes
        for p in (route.corridor.start, route.corridor.end)
        if p.kind != "place"
    }
    lines: list[tuple[str, str, Sequence[Point]]] = []
    marks: list[tuple[Point, str]] = []
    taken = [(x, y) for _, x, y in sorted(ends)]
    for number, route in enumerate(routes, start=1):
        lines += [
            ("sea" if leg.sea else "land", route.corridor.id, leg.points) for leg in route.legs
        ]
        marks.append((_label_place(route, routes, taken), str(number)))
        taken.append(marks[-1][0])
    title = f"{text.in_words(len(routes)).capitalize()} ways lead from {names}"
    known = sorted((r.distance_km, r.corridor.name) for r in routes if r.distance_km is not None)
    if len(known) > 1:
        (least, short), (most, long) = known[0], known[-1]
        title += f": {least:,.0f} km ({short}) to {most:,.0f} km ({long})"
    return Chart(
        id="corridors",
        title=title,
        subtitle="Sea legs along shipping lanes, land legs as straight lines; not for navigation",
        description=f"{title}. A map.",
        spec=_map(lines, marks, sorted(ends)),
        columns=("No", "Corridor", "Modes", "Computed, km", "Said, km", "Said, days", "Status"),
        rows=tuple(
            (
                str(number),
                route.corridor.name,
                ", ".join(route.corridor.modes),
                "" if route.distance_km is None else f"{route.distance_km:,.0f}",
                "" if route.said_km is None else f"{route.said_km:,.0f}",
                span(route.said_days),
                route.corridor.status,
            )
            for number, route in enumerate(routes, start=1)
        ),
        sources=_sources(routes),
        note=(
            "Said: as the pages cited have it. Computed: sea legs by "
            "searoute, land legs only where a page gives their length. Land: Natural Earth."
        ),
    )


def route_map(routes: Sequence[SeaRoute]) -> Chart | None:
    """Return sea routes between two ports on a map, the first one drawn strongest."""
    if not routes:
        return None
    first = routes[0]
    lines: list[tuple[str, str, Sequence[Point]]] = []
    for number, route in enumerate(routes):
        lines.append(("sea" if number == 0 else "other", str(number), route.points))
    ends = [(p.name, p.longitude, p.latitude) for p in (first.start, first.end)]
    title = (
        f"{first.start.name} to {first.end.name}: {first.distance_km:,.0f} km by sea, "
        f"{first.days:.0f} days at {first.knots:g} knots"
    )
    return Chart(
        id="sea-route",
        title=title,
        subtitle="Shortest way along shipping lanes, and the alternatives in grey",
        description=f"{title}. A map.",
        spec=_map(lines, [], ends),
        columns=("Way", "Km", "Days", "By"),
        rows=tuple(
            (
                f"without {named(r.avoided)}" if r.avoided else "shortest",
                f"{r.distance_km:,.0f}",
                f"{r.days:.1f}",
                named(r.passages),
            )
            for r in routes
        ),
        sources=(SOURCE,),
        note="Days at a steady speed, without ports, canals or weather. Land: Natural Earth.",
    )


def days(routes: Sequence[CorridorRoute]) -> Chart | None:
    """Return days as they were said, beside days computed where all legs are at sea."""
    rows = []
    for route in routes:
        marks = [
            (value, OTHER, "open")
            for claim in route.claims
            if claim.days is not None
            for value in dict.fromkeys(claim.days)
        ]
        if route.by_sea_alone:
            marks.append((route.sea_days, A, "dot"))
        if marks:
            rows.append((route.corridor.name, tuple(marks)))
    if not rows:
        return None
    most = max(value for _, marks in rows for value, _, _ in marks)
    title = _days_title(routes)
    return Chart(
        id="corridor-days",
        title=title,
        subtitle=f"Days, as said and as computed at a steady {KNOTS:g} knots",
        description=f"{title}. Dots on one scale, one row a corridor.",
        spec=dots(
            rows,
            domain=(0, 5 * (int(most) // 5 + 1)),
            legend=[("Said", OTHER), (f"Computed at {KNOTS:g} knots", A)],
            format="d",
            left=172,
        ),
        columns=("Corridor", "Said", "Days", "By"),
        rows=tuple(
            (route.corridor.name, claim.said, span(claim.days), claim.publisher)
            for route in routes
            for claim in route.claims
        ),
        sources=_sources(routes),
        note=(
            "Sailing time is without ports, canals or weather. Where a way changes between ship, "
            "rail and road nothing is computed."
        ),
    )


def _sources(routes: Sequence[CorridorRoute]) -> tuple[str, ...]:
    pages = [claim.source for route in routes for claim in route.corridor.every_claim]
    return tuple(dict.fromkeys([SOURCE, *pages]))


def span(days: tuple[float, float] | None) -> str:
    """Write a span of days: "15–24", or one number.

    Examples
    --------
    >>> span((15.0, 24.0)), span((25.0, 25.0)), span(None)
    ('15–24', '25', '')
    """
    if days is None:
        return ""
    low, high = days
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


def _days_title(routes: Sequence[CorridorRoute]) -> str:
    both = [(r.said_days, r) for r in routes if r.by_sea_alone and r.said_days is not None]
    if not both:
        return "Days as they were said"
    said, route = max(both, key=lambda pair: pair[0][1])
    return (
        f"{route.corridor.name}: said to take {span(said)} days, "
        f"{route.sea_days:.0f} at {KNOTS:g} knots"
    )


def _spots(route: CorridorRoute) -> list[Point]:
    """Return where a corridor's number could stand: its turns, and the middle of straight legs."""
    points: list[Point] = []
    for leg in route.legs:
        if len(leg.points) == 2:
            (x0, y0), (x1, y1) = leg.points
            points.append(((x0 + x1) / 2, (y0 + y1) / 2))
        else:
            points += leg.points[1:-1]
    return points


def _label_place(
    route: CorridorRoute, others: Sequence[CorridorRoute], taken: Sequence[Point]
) -> Point:
    """Return a spot that is the corridor's own and far from what stands on the map already."""
    elsewhere = {point for other in others if other is not route for point in _spots(other)}
    points = _spots(route)
    points = [point for point in points if point not in elsewhere] or points

    def room(point: Point) -> float:
        gaps = [abs(point[0] - x) + abs(point[1] - y) for x, y in taken]
        return min(gaps, default=0.0)

    return max(points, key=room)


def _map(
    lines: Sequence[tuple[str, str, Sequence[Point]]],
    marks: Sequence[tuple[Point, str]],
    ends: Sequence[tuple[str, float, float]],
) -> Spec:
    every = [point for _, _, points in lines for point in points]
    west, east = min(x for x, _ in every) - _MARGIN, max(x for x, _ in every) + _MARGIN
    south, north = min(y for _, y in every) - _MARGIN, max(y for _, y in every) + _MARGIN
    # A tall window would fill the page: it is widened instead.
    wider = (WIDE - 4) * (north - south) * _STRETCH / _TALLEST - (east - west)
    west, east = west - max(wider, 0) / 2, east + max(wider, 0) / 2
    padding = Padding(2, 2, 30, 2)
    height = round((WIDE - 4) * (north - south) * _STRETCH / (east - west))
    x: Spec = _axis("x", west, east)
    y: Spec = _axis("y", south, north)
    order: Spec = {"field": "n", "type": "quantitative"}
    group: Spec = {"field": "id", "type": "nominal"}
    layers = []
    for kind, fill in (("land", RULE), ("water", PAPER)):
        rings = _rings(kind, west, east, south, north)
        if rings:
            layers.append(
                layer(
                    {"type": "line", "fill": fill, "strokeWidth": 0},
                    rings,
                    x=x,
                    y=y,
                    order=order,
                    detail=group,
                )
            )
    for kind, color, width, dash in (
        ("other", OTHER, 1.5, []),
        ("land", B, 2, [5, 4]),
        ("sea", A, 2, []),
    ):
        values = [
            {"id": f"{name}{place}", "n": n, "x": px, "y": py}
            for place, (mode, name, points) in enumerate(lines)
            if mode == kind
            for n, (px, py) in enumerate(points)
        ]
        if values:
            mark: Spec = {"type": "line", "color": color, "strokeWidth": width, "strokeDash": dash}
            layers.append(layer(mark, values, x=x, y=y, order=order, detail=group))
    spots = [{"name": name, "x": px, "y": py} for name, px, py in ends]
    layers.append(layer({"type": "point", "filled": True, "size": 45, "color": INK, "opacity": 1},
                        spots, x=x, y=y))  # fmt: skip
    # The narrower of the two widths decides where a name has room.
    scale = (NARROW - 4) / (east - west)
    for align, dx in (("left", 7), ("right", -7)):
        side = [
            {"name": name, "x": px, "y": py}
            for name, px, py in ends
            if (_goes_left(name, (px, py), marks, scale, west, east)) == (align == "right")
        ]
        base: Spec = {"type": "text", "align": align, "dx": dx, "dy": 9}
        if side:
            # A halo in the colour of the page keeps a name readable across a line.
            halo = base | {"stroke": PAPER, "strokeWidth": 3, "fill": PAPER}
            layers += [layer(mark, side, x=x, y=y, text={"field": "name"}) for mark in (halo, base)]
    if marks:
        tags = [{"name": name, "x": px, "y": py} for (px, py), name in marks]
        layers.append(layer({"type": "point", "filled": True, "size": 260, "color": PAPER,
                             "opacity": 1}, tags, x=x, y=y))  # fmt: skip
        layers.append(
            layer({"type": "text", "fontWeight": 600}, tags, x=x, y=y, text={"field": "name"})
        )
    legend = [("By sea", A)]
    if any(mode == "land" for mode, _, _ in lines):
        legend.append(("By rail or road", B))
    if any(mode == "other" for mode, _, _ in lines):
        legend.append(("Alternatives", OTHER))
    return frame([*layers, *key(legend)], height, padding)


def _goes_left(
    name: str, at: Point, marks: Sequence[tuple[Point, str]], scale: float, west: float, east: float
) -> bool:
    """Say whether a name has no room to the right of its place."""
    width = (text_width(name) + 14) / scale
    if at[0] + width > east:
        return True
    if at[0] - width < west:
        return False
    high = 22 / scale
    return any(-2 < x - at[0] < width + 12 / scale and abs(y - at[1]) < high for (x, y), _ in marks)


def _axis(field: str, low: float, high: float) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [low, high], "nice": False, "zero": False},
    }


def _rings(
    kind: str, west: float, east: float, south: float, north: float
) -> list[dict[str, float | str]]:
    """Return the outlines within a map's window, again one turn east and west."""
    values: list[dict[str, float | str]] = []
    for number, (what, points) in enumerate(land()):
        if what != kind:
            continue
        for turn in (-360.0, 0.0, 360.0):
            moved = [(x + turn, y) for x, y in points]
            for axis, edge, side in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
                moved = _cut(moved, axis, edge, side)
            values += [
                {"id": f"{number}{turn:g}", "n": n, "x": round(px, 1), "y": round(py, 1)}
                for n, (px, py) in enumerate(moved)
            ]
    return values


def _cut(ring: list[Point], axis: int, edge: float, side: int) -> list[Point]:
    """Return the part of an outline on one side of an edge (Sutherland and Hodgman 1974).

    Examples
    --------
    >>> _cut([(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)], 0, 1.0, 1)
    [(1.0, 0.0), (2.0, 0.0), (2.0, 2.0), (1.0, 2.0)]
    """
    kept: list[Point] = []
    for before, here in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        inside = side * (here[axis] - edge) >= 0
        if inside != (side * (before[axis] - edge) >= 0):
            part = (edge - before[axis]) / (here[axis] - before[axis])
            x, y = (b + part * (h - b) for b, h in zip(before, here, strict=True))
            kept.append((x, y))
        if inside:
            kept.append(here)
    return kept
