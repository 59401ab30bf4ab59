"""The sentence on how large the two are, and how far apart."""

from __future__ import annotations

from comity.brief import text as say
from comity.brief.findings.shelf import Shelf
from comity.brief.findings.words import name, value
from comity.measure import Finding


def size(shelf: Shelf) -> Finding | None:
    """Return output, people and distance."""
    outputs, people = shelf.each("gdp"), shelf.each("population")
    if outputs is None or people is None:
        return None
    distance = shelf.get("distance_km", shelf.a.iso3, shelf.b.iso3)
    (first, second), (people_a, people_b) = outputs, people
    text = (
        f"{name(shelf.a)} has an output of {say.money(value(first))} ({first.period}) and "
        f"{say.count(value(people_a))} people, {shelf.b.with_article} {say.money(value(second))} "
        f"({second.period}) and {say.count(value(people_b))}"
    )
    if distance is None:
        return Finding(f"{text}.", (*outputs, *people), "size")
    text += f"; they lie {say.count(value(distance))} km apart"
    return Finding(f"{text}.", (*outputs, *people, distance), "size")
