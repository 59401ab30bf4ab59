"""World Bank: WDI figures of a country, WITS tariffs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity.sources.reading import countries, integers, numbers, read_table

GDP = "worldbank-wdi-gdp"
POPULATION = "worldbank-wdi-population"
TARIFFS = "worldbank-wits"
WDI_TARIFFS = "worldbank-wdi-tariffs"
GROWTH = "worldbank-wdi-growth"
RATES = "worldbank-wdi-rates"

_TARIFFS = {
    "Simple Average (%)": "tariff_simple",
    "Weighted Average (%)": "tariff_weighted",
    "Maximum Rate (%)": "tariff_maximum",
    "Duty Free Tariff Lines Share (%)": "tariff_free_lines",
}


def read_wdi(path: Path, indicator: str, unit: str, source: str) -> pd.DataFrame:
    """Read one indicator of the World Development Indicators (``Country Code, Year, Value``).

    Returns
    -------
    DataFrame
        `facts` of countries and of the world; the file's regions and income groups are left out.
    """
    frame = read_table(path, ["Country Code", "Year", "Value"])
    facts = pd.DataFrame(
        {
            "indicator": indicator,
            "year": integers(frame, "Year", path),
            "country": countries(frame, "Country Code", path, scheme="wb", world=True),
            "value": numbers(frame, "Value", path),
            "unit": unit,
            "source": source,
        }
    )
    return facts.dropna(subset=["country", "value"])


def read_tariffs(path: Path, source: str = TARIFFS) -> pd.DataFrame:
    """Read average tariffs on all products from the world, as fractions.

    Returns
    -------
    DataFrame
        `facts`: ``tariff_simple``, ``tariff_weighted``, ``tariff_maximum`` and
        ``tariff_free_lines`` (the share of tariff lines that are free). A maximum can be far above
        one: it includes ad-valorem equivalents of specific duties.
    """
    columns = ["iso3", "Product categories", "Indicator Type", "Indicator", "year", "value"]
    frame = read_table(path, columns)
    kept = (frame["Indicator Type"] == "Tariff") & (frame["Product categories"] == "All Products")
    frame = frame[kept & frame["Indicator"].isin(_TARIFFS)]
    facts = pd.DataFrame(
        {
            "indicator": frame["Indicator"].map(_TARIFFS),
            "year": integers(frame, "year", path),
            "country": countries(
                frame, "iso3", path, scheme="wits", year=integers(frame, "year", path), world=True
            ),
            "value": numbers(frame, "value", path) / 100,
            "unit": "share",
            "source": source,
        }
    )
    return facts.dropna(subset=["country", "value"])
