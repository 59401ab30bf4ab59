"""Ports and corridors: where ships leave from, and the ways that were named between two countries.

Coordinates of ports are those of searoute's list of ports (Apache-2.0); those of inland places are
read off a map to a tenth of a degree and serve drawing alone. A corridor's published figures stand
in its legs: leg 0 is the whole corridor, one row a statement, each with the page that it rests on.
What no page said is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from comity.catalogue._names import name_key, suggest
from comity.catalogue._tables import read_table, split_cell
from comity.catalogue.countries import country
from comity.errors import UnknownNameError


@dataclass(frozen=True, slots=True)
class Port:
    """A port by UN/LOCODE, or an inland place.

    ``kind`` is ``sea``, ``caspian`` (no way out to the ocean but by canal) or ``place``.
    """

    code: str
    name: str
    country: str
    longitude: float
    latitude: float
    kind: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What a page says of a corridor or of one of its legs; None where it does not say."""

    distance_km: float | None
    days: tuple[float, float] | None
    said: str
    publisher: str
    title: str
    date: str
    url: str

    @property
    def source(self) -> str:
        """Id of the page among a brief's sources: publisher and first words of the title."""
        words = re.findall(r"[a-z0-9]+", f"{self.publisher} {self.title}".lower())
        return "-".join(["page", *words[:9]])


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of a corridor: ``mode`` is sea, rail or road; ``avoid`` closes sea passages."""

    start: Port
    end: Port
    mode: str
    avoid: tuple[str, ...]
    claim: Claim | None


@dataclass(frozen=True, slots=True)
class Corridor:
    """A way of goods between two countries, with what was said of it as a whole."""

    id: str
    name: str
    a: str
    b: str
    start: Port
    end: Port
    status: str
    note: str
    legs: tuple[Leg, ...]
    claims: tuple[Claim, ...]

    @property
    def every_claim(self) -> tuple[Claim, ...]:
        """What was said of the whole and of its legs."""
        return (*self.claims, *(leg.claim for leg in self.legs if leg.claim))

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes of its legs, each once, in order."""
        return tuple(dict.fromkeys(leg.mode for leg in self.legs))


@dataclass(frozen=True, slots=True)
class SeaLeg:
    """A leg at sea, as `comity.delivery.logistics` computed it, thinned for drawing."""

    distance_km: float
    passages: tuple[str, ...]
    points: tuple[tuple[float, float], ...]


def ports() -> tuple[Port, ...]:
    """Return the ports, each country's main one first; no inland places."""
    return tuple(p for p in _ports().values() if p.kind != "place")


def port(text: str) -> Port:
    """Return the port of a name or UN/LOCODE, or the main port of a country.

    Raises
    ------
    UnknownNameError
        There is none in the table; the hint says what may have been meant.

    Examples
    --------
    >>> port("Mumbai").code, port("st petersburg").code, port("ruled").name
    ('INNSA', 'RULED', 'Saint Petersburg')
    """
    key = name_key(text)
    found = _names().get(key)
    if found is not None:
        return _ports()[found]
    try:
        home = country(text)
    except UnknownNameError:
        near = suggest(text, {k: _ports()[code].name for k, code in _names().items()})
        raise UnknownNameError("port", text.strip(), near) from None
    mine = [p for p in ports() if p.country == home.iso3]
    if not mine:
        error = UnknownNameError("port", text.strip())
        error.hint = f"The table has no port of {home.with_article}; name one of another country."
        raise error
    return mine[0]


def corridors(a: str = "", b: str = "") -> tuple[Corridor, ...]:
    """Return the corridors, all or those between two countries (ISO3, in either order)."""
    rows = _corridors().values()
    return tuple(c for c in rows if not a or {c.a, c.b} == {a, b})


@cache
def sea_legs() -> Mapping[tuple[str, str, tuple[str, ...]], SeaLeg]:
    """Return the corridors' sea legs by start, end and closed passages.

    Made by ``python -m comity.delivery.logistics``; a test computes them again.
    """
    return {
        (row["from"], row["to"], split_cell(row["avoid"])): SeaLeg(
            float(row["distance_km"]), split_cell(row["passages"]), _points(row["points"])
        )
        for row in read_table("corridor_sea")
    }


@cache
def land() -> tuple[tuple[str, tuple[tuple[float, float], ...]], ...]:
    """Return outlines for maps: (``land`` or ``water``, points of longitude and latitude).

    Natural Earth 1:110m, public domain, thinned to 0.8 degrees.
    """
    return tuple((row["kind"], _points(row["points"])) for row in read_table("land"))


def _points(cell: str) -> tuple[tuple[float, float], ...]:
    pairs = (pair.split() for pair in cell.split(";"))
    return tuple((float(x), float(y)) for x, y in pairs)


@cache
def _ports() -> Mapping[str, Port]:
    return {
        row["code"]: Port(
            row["code"],
            row["name"],
            row["country"],
            float(row["longitude"]),
            float(row["latitude"]),
            row["kind"],
        )
        for row in read_table("ports")
    }


@cache
def _names() -> Mapping[str, str]:
    index: dict[str, str] = {}
    for row in read_table("ports"):
        if row["kind"] != "place":
            for name in (row["code"], row["name"], *filter(None, row["aliases"].split(";"))):
                index.setdefault(name_key(name), row["code"])
    return index


@cache
def _corridors() -> Mapping[str, Corridor]:
    found: dict[str, Corridor] = {}
    for row in read_table("corridors"):
        mine = [leg for leg in read_table("corridor_legs") if leg["corridor"] == row["id"]]
        found[row["id"]] = Corridor(
            id=row["id"],
            name=row["name"],
            a=row["a"],
            b=row["b"],
            start=_ports()[row["start"]],
            end=_ports()[row["end"]],
            status=row["status"],
            note=row["note"],
            legs=tuple(
                Leg(
                    _ports()[leg["from"]],
                    _ports()[leg["to"]],
                    leg["mode"],
                    split_cell(leg["avoid"]),
                    _claim(leg),
                )
                for leg in mine
                if leg["leg"] != "0"
            ),
            claims=tuple(c for leg in mine if leg["leg"] == "0" and (c := _claim(leg))),
        )
    return found


def _claim(row: Mapping[str, str]) -> Claim | None:
    if not row["said"]:
        return None
    days = (float(row["days_low"]), float(row["days_high"])) if row["days_low"] else None
    return Claim(
        distance_km=float(row["distance_km"]) if row["distance_km"] else None,
        days=days,
        said=row["said"],
        publisher=row["publisher"],
        title=row["title"],
        date=row["date"],
        url=row["url"],
    )
