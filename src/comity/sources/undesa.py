"""UN DESA, Population Division: International Migrant Stock."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity.sources.reading import countries, integers, numbers, read_table

STOCK = "un-desa-migrants-2024"

_SUM = ("value", "sum")


def read_migrants(path: Path, source: str = STOCK) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read migrant stocks: who was born in one country and lives in another.

    Parameters
    ----------
    path : Path
        Long form by sex: ``geo`` (lives in), ``t``, ``from`` (born in), ``sex``, ``n``.
    source : str
        Id of the source.

    Returns
    -------
    ties : DataFrame
        `ties`, indicator ``migrants``: persons born in origin living in destination, both sexes.
        A pair that the file does not list is missing, not zero.
    facts : DataFrame
        `facts`: ``migrants_hosted`` by country of residence and ``migrants_abroad`` by country of
        birth, over all the file's rows, those of unknown origin included; and ``WLD``.
    """
    frame = read_table(path, ["geo", "t", "from", "n"])
    people = pd.DataFrame(
        {
            "year": integers(frame, "t", path),
            "origin": countries(frame, "from", path),
            "destination": countries(frame, "geo", path),
            "value": numbers(frame, "n", path),
        }
    )
    ties = people.dropna(subset=["origin", "destination"])
    ties = ties.groupby(["year", "origin", "destination"], as_index=False).agg(value=_SUM)
    facts = pd.concat(
        [
            _totals(people, "destination", "migrants_hosted"),
            _totals(people, "origin", "migrants_abroad"),
            people.groupby("year", as_index=False)
            .agg(value=_SUM)
            .assign(country="WLD", indicator="migrants_hosted"),
        ],
        ignore_index=True,
    )
    return (
        ties.assign(indicator="migrants", unit="persons", source=source),
        facts.assign(unit="persons", source=source),
    )


def _totals(people: pd.DataFrame, side: str, indicator: str) -> pd.DataFrame:
    totals = people.dropna(subset=[side]).groupby(["year", side], as_index=False).agg(value=_SUM)
    return totals.rename(columns={side: "country"}).assign(indicator=indicator)
