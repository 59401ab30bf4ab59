"""The latest figure of a tie or of a country's own, with the one ten years before it."""

from __future__ import annotations

import pandas as pd

from comity.delivery.entries import one_source
from comity.lake import Dossier
from comity.measure import Measure

SPAN = 10


def tie_rows(
    dossier: Dossier, indicator: str, direction: tuple[str, str] | None = None
) -> pd.DataFrame:
    """Return one source's rows of a tie, by year; of a tie without direction, as asked for."""
    origin, destination = direction or (dossier.a, dossier.b)
    mine = dossier.ties_of(indicator)
    if mine.empty:
        return mine
    mine = mine[(mine["origin"] == origin) & (mine["destination"] == destination)]
    return one_source(mine).sort_values("year")


def fact_rows(dossier: Dossier, indicator: str, country: str) -> pd.DataFrame:
    """Return one source's rows of a country's own figure, by year."""
    mine = dossier.facts_of(indicator)
    return one_source(mine[mine["country"] == country]).sort_values("year")


def latest(rows: pd.DataFrame, pillar: str, indicator: str, origin: str, to: str = "") -> Measure:
    """Return the last of some rows as a measure; there has to be one."""
    row = rows.iloc[-1]
    before = rows[rows["year"] == row["year"] - SPAN]
    words = row.get("text")
    return Measure(
        pillar=pillar,
        indicator=indicator,
        origin=origin,
        destination=to,
        period=str(row["year"]),
        value=float(row["value"]),
        text="" if words is None or pd.isna(words) else str(words),
        unit=str(row["unit"]),
        source=str(row["source"]),
        previous=None if before.empty else float(before["value"].iloc[0]),
        previous_period="" if before.empty else str(row["year"] - SPAN),
    )
