"""Charts of investment: direct investment both ways."""

from __future__ import annotations

import pandas as pd

from comity.brief.charts.bothways import both_ways
from comity.brief.charts.theme import Pair
from comity.brief.content import Chart


def positions(pair: Pair, rows: pd.DataFrame) -> Chart | None:
    """Return what each has invested in the other, as the host reports it."""
    return both_ways(
        pair,
        rows,
        id="direct-investment",
        verb="of direct investment from {a} are in {b}",
        subtitle="Direct investment positions at the end of the year, as the host reports them",
        note="By immediate investor: money that passes through a third country counts as that "
        "country's. Confidential and negative positions are left out.",
        money=True,
    )
