"""OpenAlex: works with authors in two countries (V. Batagelj's country networks)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity.sources.reading import countries, integers, numbers, read_table

NETWORKS = "openalex-coauthorship-2024"


def read_co_works(path: Path, source: str = NETWORKS) -> pd.DataFrame:
    """Read how many works two countries wrote together, by year.

    Returns
    -------
    DataFrame
        `ties`, indicator ``co_works``, in both directions: the file lists each pair once.
    """
    frame = read_table(path, ["year", "iso2_a", "iso2_b", "works"])
    once = pd.DataFrame(
        {
            "year": integers(frame, "year", path),
            "origin": countries(frame, "iso2_a", path, scheme="iso2"),
            "destination": countries(frame, "iso2_b", path, scheme="iso2"),
            "value": numbers(frame, "works", path),
        }
    )
    back = once.rename(columns={"origin": "destination", "destination": "origin"})
    return pd.concat([once, back], ignore_index=True).assign(
        indicator="co_works", unit="works", source=source
    )


def read_totals(path: Path, source: str = NETWORKS) -> pd.DataFrame:
    """Read how many works a country wrote with any other, by year.

    Returns
    -------
    DataFrame
        `facts`, indicator ``co_works_international``. A work with three countries counts once
        here, and once for each of its pairs in `read_co_works`.
    """
    frame = read_table(path, ["year", "iso2", "intl_works_T"])
    return pd.DataFrame(
        {
            "indicator": "co_works_international",
            "year": integers(frame, "year", path),
            "country": countries(frame, "iso2", path, scheme="iso2"),
            "value": numbers(frame, "intl_works_T", path),
            "unit": "works",
            "source": source,
        }
    )
