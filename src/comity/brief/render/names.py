"""What readers are told instead of ids: indicators, products, flags, blocs."""

from __future__ import annotations

from collections.abc import Callable

from comity import catalogue
from comity.brief import text
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
    "nominal": ("nom.", "in current dollars, prices not taken out"),
}

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
    for kind in ("product", "sector", "issue"):
        entry = _entry(kind, product)
        name = getattr(entry, "label", "") or getattr(entry, "name", "")
        if name:
            return str(name)
    return product.replace("_", " ").replace("-", " ").capitalize()


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
