"""How goods get from one country to the other: sea distance and days, corridors as published.

Sea distances are those of searoute's network of shipping lanes (after Eurostat's), made for maps
and not for navigation. Days are distance over a steady speed, without ports, canals or weather.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from comity.catalogue.logistics import Claim, Corridor, Leg, Port, corridors, port, sea_legs
from comity.delivery.latest import latest, tie_rows
from comity.errors import RouteError, UsageError
from comity.lake import Dossier
from comity.measure import Measure

SOURCE = "searoute"
KNOTS = 14.0
KM_PER_NAUTICAL_MILE = 1.852
# What searoute leaves out unless told otherwise: ice closes it most of the year.
POLAR = "northwest"
_FASTEST = 40.0
_EARTH_KM = 6371.0088
_FAR_FROM_LANES_KM = 400.0

Point = tuple[float, float]

# Names of the passages as people write them, and as searoute does.
PASSAGES = {
    "suez": "suez",
    "panama": "panama",
    "bab-el-mandeb": "babalmandab",
    "bosporus": "bosporus",
    "gibraltar": "gibraltar",
    "hormuz": "ormuz",
    "malacca": "malacca",
    "sunda": "sunda",
    "magellan": "chili",
    "cape": "south_africa",
    "bering": "bering",
    "arctic": POLAR,
}
_SHOWN = {value: key for key, value in PASSAGES.items()}
_LABELS = {
    "bab-el-mandeb": "Bab-el-Mandeb",
    "cape": "the Cape of Good Hope",
    "arctic": "the Arctic",
    "bering": "the Bering Strait",
    "magellan": "Cape Horn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeaRoute:
    """The shortest way by sea between two ports.

    Attributes
    ----------
    start, end : Port
    distance_km : float
        Along the lanes, with the way from and to the ports.
    knots, days : float
        Speed assumed, and days at it.
    passages : tuple of str
        Straits and canals on the way.
    avoided : tuple of str
        Those that were closed to it.
    points : tuple of (longitude, latitude)
        Longitudes run on beyond 180 where the way crosses that line.
    """

    start: Port
    end: Port
    distance_km: float
    knots: float
    days: float
    passages: tuple[str, ...]
    avoided: tuple[str, ...]
    points: tuple[Point, ...]

    @property
    def nautical_miles(self) -> float:
        """The same distance in nautical miles."""
        return self.distance_km / KM_PER_NAUTICAL_MILE


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRoute:
    """A leg with what was computed of it: the sea route, or nothing for rail and road."""

    leg: Leg
    sea: SeaRoute | None

    @property
    def distance_km(self) -> float | None:
        """Computed at sea, as published on land; None where nobody says."""
        if self.sea is not None:
            return self.sea.distance_km
        return self.leg.claim.distance_km if self.leg.claim else None

    @property
    def points(self) -> tuple[Point, ...]:
        """The way on a map: along the lanes at sea, straight on land."""
        if self.sea is not None:
            return self.sea.points
        ends = (self.leg.start, self.leg.end)
        return tuple((end.longitude, end.latitude) for end in ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorridorRoute:
    """A corridor with its computed legs, beside what was said of it."""

    corridor: Corridor
    legs: tuple[LegRoute, ...]

    @property
    def distance_km(self) -> float | None:
        """Sum of the legs; None where one of them is unknown."""
        parts = [leg.distance_km for leg in self.legs]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    @property
    def sea_km(self) -> float:
        """Kilometres at sea, computed."""
        return sum(leg.sea.distance_km for leg in self.legs if leg.sea is not None)

    @property
    def sea_days(self) -> float:
        """Days at sea at the assumed speed."""
        return sum(leg.sea.days for leg in self.legs if leg.sea is not None)

    @property
    def by_sea_alone(self) -> bool:
        """Whether every leg is at sea, so that days can be computed for the whole."""
        return all(leg.sea is not None for leg in self.legs)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What was said of the corridor as a whole."""
        return self.corridor.claims

    @property
    def said_km(self) -> float | None:
        """The published distance, where there is one."""
        return next((c.distance_km for c in self.claims if c.distance_km is not None), None)

    @property
    def said_days(self) -> tuple[float, float] | None:
        """The shortest and the longest time that were named."""
        spans = [claim.days for claim in self.claims if claim.days is not None]
        return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None


def sea_route(
    start: str | Port, end: str | Port, *, avoid: Sequence[str] = (), knots: float = KNOTS
) -> SeaRoute:
    """Return the shortest way by sea.

    Parameters
    ----------
    start, end : str or Port
        Ports by name or UN/LOCODE, or countries for their main port.
    avoid : sequence of str
        Passages closed to the ship: suez, panama, hormuz, ... The Arctic is always closed here;
        see `arctic_route`.
    knots : float
        Steady speed, nautical miles an hour.

    Raises
    ------
    UnknownNameError
        A port or a passage that nobody knows.
    UsageError
        Both ports are the same, or no ship sails at that speed.
    RouteError
        No way by sea joins them: a Caspian port, an inland place, or every passage closed.
    """
    closed = {POLAR, *(_passage(name) for name in avoid)}
    return _route(_port(start), _port(end), frozenset(closed), knots)


def arctic_route(
    start: str | Port, end: str | Port, *, avoid: Sequence[str] = (), knots: float = KNOTS
) -> SeaRoute:
    """Return the shortest way by sea with the Arctic open, as it is for some weeks a year."""
    closed = {_passage(name) for name in avoid} - {POLAR}
    return _route(_port(start), _port(end), frozenset(closed), knots)


def named(passages: Sequence[str]) -> str:
    """Write passages for readers.

    Examples
    --------
    >>> named(("cape", "suez"))
    'the Cape of Good Hope, Suez'
    """
    return ", ".join(called(name) for name in passages)


def called(passage: str) -> str:
    """Write one passage for readers."""
    return _LABELS.get(passage, passage.capitalize())


def corridor_routes(a: str, b: str, knots: float = KNOTS) -> tuple[CorridorRoute, ...]:
    """Return the corridors between two countries (ISO3) with their sea legs computed."""
    return tuple(
        CorridorRoute(corridor=corridor, legs=tuple(_leg(leg, knots) for leg in corridor.legs))
        for corridor in corridors(a, b)
    )


def sea_table() -> str:
    """Return the sea legs of all corridors as the CSV that `corridor_routes` reads.

    Points are thinned to 0.4 degrees, for drawing.
    """
    lines = ["from,to,avoid,distance_km,passages,points"]
    legs = {
        (leg.start, leg.end, leg.avoid): None
        for corridor in corridors()
        for leg in corridor.legs
        if leg.mode == "sea"
    }
    for start, end, avoid in legs:
        way = _route(start, end, frozenset(avoid), KNOTS)
        points = ";".join(f"{x:.1f} {y:.1f}" for x, y in thin(way.points, 0.4))
        cells = (start.code, end.code, " ".join(avoid), f"{way.distance_km:.0f}")
        lines.append(",".join((*cells, " ".join(way.passages), points)))
    return "\n".join(lines) + "\n"


def thin(points: Sequence[Point], tolerance: float) -> list[Point]:
    """Return fewer points of a line, none of the others farther from it than the tolerance.

    Douglas and Peucker (1973).

    Examples
    --------
    >>> thin([(0.0, 0.0), (1.0, 0.1), (2.0, 0.0)], 0.4)
    [(0.0, 0.0), (2.0, 0.0)]
    """
    if len(points) < 3:
        return list(points)
    (x0, y0), (x1, y1) = points[0], points[-1]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    gaps = [abs((x1 - x0) * (y0 - y) - (x0 - x) * (y1 - y0)) / length for x, y in points[1:-1]]
    far = max(gaps)
    if far <= tolerance:
        return [points[0], points[-1]]
    cut = gaps.index(far) + 1
    return thin(points[: cut + 1], tolerance)[:-1] + thin(points[cut:], tolerance)


def _leg(leg: Leg, knots: float) -> LegRoute:
    if leg.mode != "sea":
        return LegRoute(leg=leg, sea=None)
    stored = sea_legs().get((leg.start.code, leg.end.code, leg.avoid))
    if stored is None:
        return LegRoute(leg=leg, sea=_route(leg.start, leg.end, frozenset(leg.avoid), knots))
    return LegRoute(
        leg=leg,
        sea=SeaRoute(
            start=leg.start,
            end=leg.end,
            distance_km=stored.distance_km,
            knots=knots,
            days=stored.distance_km / (knots * KM_PER_NAUTICAL_MILE) / 24,
            passages=stored.passages,
            avoided=tuple(_names(set(leg.avoid) - {POLAR})),
            points=stored.points,
        ),
    )


def _port(text: str | Port) -> Port:
    return text if isinstance(text, Port) else port(text)


def _passage(text: str) -> str:
    name = text.strip().lower().replace(" ", "-")
    if name in PASSAGES:
        return PASSAGES[name]
    if name in PASSAGES.values():
        return name
    raise UsageError(
        f"No passage is known as '{text}'.", f"Known are {', '.join(sorted(PASSAGES))}."
    )


@lru_cache(maxsize=256)
def _route(start: Port, end: Port, closed: frozenset[str], knots: float) -> SeaRoute:
    if start.code == end.code:
        raise UsageError(f"Both ends are {start.name}.", "Name a second port.")
    if not 0 < knots <= _FASTEST:
        raise UsageError(
            f"No cargo ship sails at {knots:g} knots.", f"Give more than 0 and up to {_FASTEST:g}."
        )
    _check_waters(start, end)
    found = _search(start, end, closed)
    points = tuple((float(x), float(y)) for x, y, *_ in found["geometry"]["coordinates"])
    if len(points) < 2:
        raise RouteError(
            f"No way by sea leads from {start.name} to {end.name}"
            + (f" without {named(_names(closed - {POLAR}))}." if closed - {POLAR} else "."),
            "Open a passage, or choose another port.",
        )
    ends = ((start, points[0]), (end, points[-1]))
    for place, lane in ends:
        if _great_circle((place.longitude, place.latitude), lane) > _FAR_FROM_LANES_KM:
            raise RouteError(
                f"The nearest shipping lane is too far from {place.name}.", "Choose another port."
            )
    near = sum(_great_circle((p.longitude, p.latitude), lane) for p, lane in ends)
    km = float(found["properties"]["length"]) + near
    return SeaRoute(
        start=start,
        end=end,
        distance_km=km,
        knots=knots,
        days=km / (knots * KM_PER_NAUTICAL_MILE) / 24,
        passages=tuple(_names(found["properties"].get("traversed_passages", ()))),
        avoided=tuple(_names(closed - {POLAR})),
        points=points,
    )


def _check_waters(start: Port, end: Port) -> None:
    for place in (start, end):
        if place.kind == "place":
            raise RouteError(f"{place.name} is no port.", "Choose a port near it.")
    if start.kind != end.kind:
        inner = start if start.kind == "caspian" else end
        raise RouteError(
            f"{inner.name} lies on the Caspian Sea, which no sea route leaves.",
            "See the corridors for ways that change between ship, rail and road.",
        )


def liner_connectivity(dossier: Dossier) -> list[Measure]:
    """Return how well container lines tie the two together, where the lake has UNCTAD's index."""
    rows = tie_rows(dossier, "liner_connectivity")
    if rows.empty:
        return []
    return [latest(rows, "logistics", "liner_connectivity", dossier.a, dossier.b)]


def _search(start: Port, end: Port, closed: Collection[str]) -> Any:  # noqa: ANN401
    """Ask searoute; its warning that there is no way becomes an empty line."""
    import searoute

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return searoute.searoute(
            [start.longitude, start.latitude],
            [end.longitude, end.latitude],
            units="km",
            restrictions=sorted(closed),
            return_passages=True,
        )


def _names(passages: Collection[str]) -> list[str]:
    return sorted(_SHOWN.get(name, name) for name in passages)


def _great_circle(a: Point, b: Point) -> float:
    """Return kilometres along the surface of a sphere."""
    (x0, y0), (x1, y1) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    h = math.sin((y1 - y0) / 2) ** 2
    h += math.cos(y0) * math.cos(y1) * math.sin((x1 - x0) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, h)))


if __name__ == "__main__":
    sys.stdout.write(sea_table())
