"""Charts of people: migrants and refugees both ways."""

from __future__ import annotations

import pandas as pd

from comity.brief.charts.bothways import both_ways
from comity.brief.charts.theme import Pair
from comity.brief.content import Chart


def migrants(pair: Pair, rows: pd.DataFrame) -> Chart | None:
    """Return people born in the one and living in the other, both ways, by wave."""
    return both_ways(
        pair,
        rows,
        id="migrants",
        verb="people born in {a} live in {b}",
        subtitle="People by country of birth and country of residence",
        note="An estimate by the United Nations for each year shown.",
    )


def refugees(pair: Pair, rows: pd.DataFrame) -> Chart | None:
    """Return refugees from the one in the other, both ways; None where there are hardly any."""
    if rows.empty or rows["value"].max() < 10:
        return None
    return both_ways(
        pair,
        rows,
        id="refugees",
        verb="refugees from {a} are in {b}",
        subtitle="Recognised refugees at the end of the year",
        note="Years that the source leaves out are not drawn.",
    )
