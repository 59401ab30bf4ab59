"""Growth, what is projected, and what a dollar costs, where the lake has a source of them."""

from __future__ import annotations

from comity.delivery.entries import Entry
from comity.delivery.latest import fact_rows, latest
from comity.lake import Dossier


def gdp_growth(dossier: Dossier) -> list[Entry]:
    """Return each side's growth of real GDP in the latest actual year."""
    return _of_each(dossier, "size", "gdp_growth")


def gdp_projection(dossier: Dossier) -> list[Entry]:
    """Return each side's GDP in the last year that its source projects, in current dollars."""
    return _of_each(dossier, "size", "gdp_projection")


def population_projection(dossier: Dossier) -> list[Entry]:
    """Return each side's people in the last year that its source projects."""
    return _of_each(dossier, "size", "population_projection")


def exchange_rate(dossier: Dossier) -> list[Entry]:
    """Return what a dollar cost in each side's money, mean of the latest year."""
    return _of_each(dossier, "settlement", "exchange_rate")


def _of_each(dossier: Dossier, pillar: str, indicator: str) -> list[Entry]:
    entries: list[Entry] = []
    for country in (dossier.a, dossier.b):
        rows = fact_rows(dossier, indicator, country)
        if len(rows):
            entries.append(latest(rows, pillar, indicator, country))
    return entries
