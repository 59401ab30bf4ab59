"""What readers are told instead of ids: indicators, products, flags, blocs."""

from __future__ import annotations

from collections.abc import Callable

from comity import catalogue
from comity.brief import text
from comity.catalogue.logistics import corridors
from comity.errors import ComityError
from comity.measure import Measure

# Flags in the order in which they matter: id -> (mark in a table, meaning).
FLAGS: dict[str, tuple[str, str]] = {
    "estimate": ("est.", "an estimate"),
    "mirror": ("mirror", "from the partner's records, as the country itself reports none"),
    "stale": ("old", "older than the rest; nothing newer in the source"),
    "cif": ("c.i.f.", "valued with freight and insurance; all else is free on board"),
    "reconciled": ("recon.", "both sides' records reconciled into one figure by the publisher"),
    "reported": ("rep.", "as the one side reports it"),
    "fiscal-year": ("FY", "a fiscal year, April to March"),
    "quoted": ("quoted", "as published; comity has not computed it"),
    "nominal": ("nom.", "in current dollars, prices not taken out"),
}

# The issues of UN votes as Voeten's codebook abbreviates them.
ISSUES = {
    "me": "Palestinian conflict",
    "nu": "Nuclear weapons and material",
    "di": "Arms control and disarmament",
    "hr": "Human rights",
    "co": "Colonialism",
    "ec": "Economic development",
}

_PROPER = ("Palestinian",)

BLOCS = {"EU27": "the EU", "EAEU": "the EAEU", "WLD": "the world"}


def label(indicator: str, product: str = "", third: str = "") -> str:
    """Return the name of a row: indicator, product and third party."""
    name = indicator_label(indicator)
    if product:
        name = f"{name}: {product_name(product)}"
    if third:
        name = f"{name}, with {country(third)}"
    return name


def indicator_label(indicator: str) -> str:
    """Return an indicator's short name, or its id in plain words."""
    entry = _entry("indicator", indicator)
    name = getattr(entry, "label", "") or getattr(entry, "name", "")
    return str(name) if name else indicator.replace("_", " ").capitalize()


def product_name(product: str) -> str:
    """Return the name of an HS code, sector group or UN issue, shortly."""
    if product in ISSUES:
        return ISSUES[product]
    for way in corridors():
        if way.id == product:
            return way.name
    for kind in ("product", "chapter", "sector"):
        entry = _entry(kind, product)
        name = getattr(entry, "label", "") or getattr(entry, "name", "")
        if name:
            return str(name)
    return product.replace("_", " ").replace("-", " ").capitalize()


def in_sentence(name: str) -> str:
    """Lower a name's first letter, unless it is a name of its own.

    Examples
    --------
    >>> in_sentence("Human rights"), in_sentence("HS 27"), in_sentence("Palestinian conflict")
    ('human rights', 'HS 27', 'the Palestinian conflict')
    """
    if name.startswith(_PROPER):
        return f"the {name}"
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def country(code: str) -> str:
    """Return the name of a country, a bloc or the world; the code where nobody knows it."""
    if code in BLOCS:
        return BLOCS[code]
    try:
        return catalogue.country(code).with_article
    except ComityError:
        entry = _entry("bloc", code)
        return str(getattr(entry, "name", code))


def visa(measure: Measure) -> str:
    """Return a visa rule in words, with the days that it allows."""
    rule = measure.text[:1].upper() + measure.text[1:]
    if measure.value and measure.unit == "days":
        return f"{rule}, {text.count(measure.value, 'day')}"
    return rule


def _entry(kind: str, key: str) -> object:
    """Return the catalogue's entry, or None where it has none."""
    find: Callable[[str], object] | None = getattr(catalogue, kind, None)
    if not callable(find):
        return None
    try:
        return find(key)
    except (ComityError, KeyError, ValueError):
        return None
