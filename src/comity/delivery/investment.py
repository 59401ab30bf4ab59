"""Who owns what in the other country: direct investment, as the host and as the investor reports.

The two reports of one position differ, often widely: by who counts as the investor where money
passes through a third country, by valuation, and by what is confidential. Neither is corrected.
"""

from __future__ import annotations

from comity.delivery.entries import Entry
from comity.delivery.latest import latest, tie_rows
from comity.lake import Dossier

PILLAR = "investment"


def fdi_position(dossier: Dossier) -> list[Entry]:
    """Return the position of each in the other as the host reports it, where the lake has one."""
    return _each_way(dossier, "fdi_position")


def fdi_position_by_investor(dossier: Dossier) -> list[Entry]:
    """Return the same position as the investor's country reports it, where the lake has one."""
    return _each_way(dossier, "fdi_position_by_investor")


def _each_way(dossier: Dossier, indicator: str) -> list[Entry]:
    entries: list[Entry] = []
    for direction in dossier.directions:
        rows = tie_rows(dossier, indicator, direction)
        if len(rows):
            entries.append(latest(rows, PILLAR, indicator, *direction))
    return entries
