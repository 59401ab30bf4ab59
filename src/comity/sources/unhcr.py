"""UNHCR: refugees and asylum seekers by origin and country of asylum."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity.sources.reading import countries, integers, numbers, read_table

POPULATION = "unhcr-refugees"

FIRST_YEAR = 1990


def read_population(path: Path, source: str = POPULATION) -> pd.DataFrame:
    """Read the refugee population statistics from 1990 on.

    Returns
    -------
    DataFrame
        `ties`, indicators ``refugees`` and ``asylum_seekers``: persons from origin in destination
        at the end of the year (mid-year for the newest, where the year is not over). UNHCR lists a
        pair where any of its groups has someone, so a zero is the publisher's; UNHCR rounds counts
        below five, so a zero may be up to four persons. Other pairs are missing. People from
        places that are no country (stateless, unknown, Tibetan) are left out.
    """
    frame = read_table(path, ["year", "coo_iso", "coa_iso", "refugees", "asylum_seekers"])
    year = integers(frame, "year", path)
    origin = countries(frame, "coo_iso", path)
    destination = countries(frame, "coa_iso", path)
    ties = [
        pd.DataFrame(
            {
                "indicator": indicator,
                "year": year,
                "origin": origin,
                "destination": destination,
                "value": numbers(frame, indicator, path),
                "unit": "persons",
                "source": source,
            }
        )
        for indicator in ("refugees", "asylum_seekers")
    ]
    both = pd.concat(ties, ignore_index=True).dropna(subset=["origin", "destination", "value"])
    return both[both["year"] >= FIRST_YEAR]
