"""Passport Index: what a holder of one passport needs to enter another country."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity.sources.reading import countries, read_table

VISAS = "passport-index-2025"


def read_visas(path: Path, year: int, source: str = VISAS) -> pd.DataFrame:
    """Read the visa rule of each passport and destination.

    Parameters
    ----------
    path : Path
        ``Passport, Destination, Requirement`` with ISO alpha-3 codes.
    year : int
        The year of the list, which the file does not state.
    source : str
        Id of the source.

    Returns
    -------
    DataFrame
        `ties`, indicator ``visa_rule``: the rule in words; where the file has a number of days
        without a visa, the words are "visa free" and the days are the value.
    """
    frame = read_table(path, ["Passport", "Destination", "Requirement"])
    rule = frame["Requirement"].str.strip().str.lower()
    days = pd.to_numeric(rule, errors="coerce").astype(float)
    ties = pd.DataFrame(
        {
            "indicator": "visa_rule",
            "year": year,
            "origin": countries(frame, "Passport", path),
            "destination": countries(frame, "Destination", path),
            "value": days,
            "text": rule.mask(days.notna(), "visa free"),
            "unit": "days",
            "source": source,
        }
    )
    # The file marks a country with itself by -1.
    return ties[ties["origin"] != ties["destination"]]
