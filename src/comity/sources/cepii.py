"""CEPII: bilateral trade from BACI, distances and ties from GeoDist and Gravity."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity.lake.schema import TOTAL
from comity.sources.reading import countries, integers, numbers, read_table

BACI = "cepii-baci-202501"
GEODIST = "cepii-geodist"
GRAVITY = "cepii-gravity"


def read_baci_totals(path: Path, source: str = BACI) -> pd.DataFrame:
    """Read BACI summed over products: ``year, iso3_o, iso3_d, value_thousand_usd``.

    Returns
    -------
    DataFrame
        `flows`: reconciled, f.o.b., US dollars. BACI prints thousand dollars with three decimals,
        so a value is a whole number of dollars.
    """
    frame = read_table(path, ["year", "iso3_o", "iso3_d", "value_thousand_usd"])
    year = integers(frame, "year", path)
    return pd.DataFrame(
        {
            "year": year,
            "exporter": countries(frame, "iso3_o", path),
            "importer": countries(frame, "iso3_d", path),
            "product": TOTAL,
            "value_usd": (numbers(frame, "value_thousand_usd", path) * 1000).round(),
            "valuation": "fob",
            "basis": "reconciled",
            "revision": TOTAL,
            "period": year.astype(str),
            "source": source,
        }
    )


def read_geodist(path: Path) -> pd.DataFrame:
    """Read GeoDist (``dist_cepii``): distances in km, borders, languages, colonial ties.

    Returns
    -------
    DataFrame
        One row an ordered pair, the pair of a country with itself included: ``origin``,
        ``destination``, ``within_km`` (``distwces``, the harmonic mean over cities), and the
        columns of `proximity` that GeoDist has.
    """
    flags = ["contig", "comlang_off", "comlang_ethno", "colony", "comcol"]
    columns = ["iso_o", "iso_d", *flags, "dist", "distcap", "distwces"]
    return geodist_pairs(read_table(path, columns, separator=";"), path)


def geodist_pairs(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the pairs of `read_geodist` from the file's cells as text; errors name the file."""
    distances = ["dist", "distcap", "distwces"]
    frame = frame.copy()
    # A single dot is Stata's missing value.
    frame[distances] = frame[distances].replace(".", "")
    pairs = pd.DataFrame(
        {
            "origin": countries(frame, "iso_o", path, scheme="cepii"),
            "destination": countries(frame, "iso_d", path, scheme="cepii"),
            "within_km": numbers(frame, "distwces", path),
            "distance_cities_km": numbers(frame, "dist", path),
            "distance_capitals_km": numbers(frame, "distcap", path),
            "contiguous": _flag(frame, "contig", path),
            "common_official_language": _flag(frame, "comlang_off", path),
            "common_ethnic_language": _flag(frame, "comlang_ethno", path),
            "colony": _flag(frame, "colony", path),
            "common_colonizer": _flag(frame, "comcol", path),
        }
    )
    # The two directions of `distwces` differ by rounding in some pairs: their mean is taken.
    pair = ["origin", "destination"]
    back = pairs.rename(columns={"origin": "destination", "destination": "origin"})
    other = pairs[pair].merge(back[[*pair, "within_km"]], on=pair, how="left")["within_km"]
    pairs["within_km"] = (pairs["within_km"] + other.fillna(pairs["within_km"])) / 2
    return pairs


def read_distances(path: Path) -> pd.DataFrame:
    """Read ``distw_harmonic`` of CEPII Gravity, one row an ordered pair, in km.

    The diagonal of the file is zero by convention, not by measurement, and is left out.
    """
    frame = read_table(path, ["Origin ISO", "Destination ISO", "distw_harmonic"])
    pairs = pd.DataFrame(
        {
            "origin": countries(frame, "Origin ISO", path),
            "destination": countries(frame, "Destination ISO", path),
            "distance_km": numbers(frame, "distw_harmonic", path),
        }
    )
    return pairs[pairs["origin"] != pairs["destination"]]


def _flag(frame: pd.DataFrame, column: str, path: Path) -> pd.Series[bool]:
    return integers(frame, column, path).astype(bool).astype("boolean")
