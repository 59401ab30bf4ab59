"""The `trade` panel of the penppml package: exports and trade agreements, 1964 to 2016.

Breinlich, Corradi, Rocha, Ruta, Santos Silva and Zylkin (2022): UN Comtrade exports and the World
Bank's Deep Trade Agreements, every fourth year.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity.lake.schema import TOTAL
from comity.sources.reading import countries, integers, numbers, read_table

TRADE = "penppml-1964-2016"

_PROVISION = "_prov_"


def read_trade(path: Path, source: str = TRADE) -> pd.DataFrame:
    """Read exports every fourth year, in US dollars.

    Returns
    -------
    DataFrame
        `flows`: exports as their exporter reported them. The panel is squared by its authors: its
        zeros are rows of the file and stay zeros, pairs without a row stay missing.
    """
    frame = read_table(path, ["exp", "imp", "time", "export"])
    flows = _with_countries(frame, path).assign(
        product=TOTAL,
        value_usd=numbers(frame, "export", path).round(),
        valuation="fob",
        basis="reported",
        revision=TOTAL,
        source=source,
    )
    flows["period"] = flows["year"].astype(str)
    return flows.dropna(subset=["exporter", "importer"])


def read_agreements(path: Path, source: str = TRADE) -> pd.DataFrame:
    """Read which agreement covered a pair, in the years of the four-yearly grid.

    Returns
    -------
    DataFrame
        `agreements`: first and last year of the grid in which the pair was under the agreement;
        the last is missing where that is the last year of the panel. ``depth`` counts the
        provisions flagged in the last year, of the 16 that the panel carries.
    """
    header = pd.read_csv(path, nrows=0).columns
    provisions = [name for name in header if _PROVISION in name]
    frame = read_table(path, ["exp", "imp", "time", "agreement", *provisions])
    pairs = _with_countries(frame, path)
    pairs["treaty"] = frame["agreement"].str.split().str.join(" ")
    pairs["depth"] = sum((numbers(frame, name, path) for name in provisions), start=0.0)
    last_year = pairs["year"].max()
    pairs = pairs[pairs["treaty"] != ""].dropna(subset=["exporter", "importer"])
    pairs = pairs.sort_values("year")
    keys = ["treaty", "exporter", "importer"]
    spans = pairs.groupby(keys, as_index=False).agg(
        in_force_from=("year", "min"), in_force_to=("year", "max"), depth=("depth", "last")
    )
    spans["in_force_to"] = spans["in_force_to"].astype("Int64")
    spans.loc[spans["in_force_to"] == last_year, "in_force_to"] = pd.NA
    names = {"exporter": "origin", "importer": "destination"}
    return spans.rename(columns=names).assign(source=source)


def _with_countries(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return year, exporter and importer; the panel's codes do not change with the borders."""
    year = integers(frame, "time", path)
    sides = {
        side: countries(frame, column, path, scheme="wits")
        for side, column in (("exporter", "exp"), ("importer", "imp"))
    }
    for side in sides:
        code = sides[side]
        code = code.mask((code == "SRB") & (year < 2006), "SCG")
        code = code.mask((code == "YEM") & (year < 1990), "YAR")
        sides[side] = code.mask((code == "KN1") & (year > 1980), "KNA")
    return pd.DataFrame({"year": year, **sides})
