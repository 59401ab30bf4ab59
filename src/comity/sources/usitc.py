"""US International Trade Commission: ITPD-E, common language, colonial ties."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity.errors import InputFileError
from comity.lake.schema import GOODS_AND_SERVICES
from comity.sources.reading import countries, integers, numbers, read_table

ITPDE = "usitc-itpde"
LANGUAGE = "usitc-dicl"
GRAVITY = "usitc-dgd"

# US consumer prices (CPI-U, all items, 1982-84 = 100; US Bureau of Labor Statistics): the sum of
# the twelve months.
_CPI = {
    2000: 2066.4,
    2001: 2124.8,
    2002: 2158.5,
    2003: 2207.5,
    2004: 2266.6,
    2005: 2343.5,
    2006: 2419.1,
    2007: 2488.109,
    2008: 2583.63,
    2009: 2574.444,
    2010: 2616.666,
    2011: 2699.27,
    2012: 2755.127,
    2013: 2795.485,
    2014: 2840.834,
    2015: 2844.204,
    2016: 2880.086,
}
_BASE = 2010


def read_itpde(path: Path, source: str = ITPDE) -> pd.DataFrame:
    """Read ITPD-E summed over its industries, and restore current dollars.

    The file (``year, exporter_iso3, importer_iso3, trade_usd``) holds the 2020 release (R01) summed
    over agriculture, mining, manufacturing *and services*, and divided by US consumer prices with
    2010 as base. The division is undone: value times CPI of the year over CPI of 2010, which
    returns whole dollars, as printed by the USITC, in every year.

    Returns
    -------
    DataFrame
        `flows` with product ``GS``: goods and services together, so never to be read as goods.
        ITPD-E rests on importers' reports first, so the flows are marked c.i.f.
        A row whose exporter is its importer is what the country sold at home, where known: its
        coverage changes between years (China's from 2011 to 2012, for one).
    """
    frame = read_table(path, ["year", "exporter_iso3", "importer_iso3", "trade_usd"])
    year = integers(frame, "year", path)
    if strange := sorted(set(year) - set(_CPI)):
        raise InputFileError(
            f"{path.name} has the year {strange[0]}; ITPD-E summed over industries is known for "
            f"{min(_CPI)} to {max(_CPI)}."
        )
    inflation = year.map(_CPI) / _CPI[_BASE]
    return pd.DataFrame(
        {
            "year": year,
            "exporter": countries(frame, "exporter_iso3", path),
            "importer": countries(frame, "importer_iso3", path),
            "product": GOODS_AND_SERVICES,
            "value_usd": (numbers(frame, "trade_usd", path) * inflation).round(),
            "valuation": "cif",
            "basis": "reported",
            "revision": GOODS_AND_SERVICES,
            "period": year.astype(str),
            "source": source,
        }
    )


def read_language(path: Path) -> pd.DataFrame:
    """Read the index of common spoken language (DICL), one row an ordered pair."""
    return _pairs(path, "csl", "common_spoken_language")


def read_colonies(path: Path) -> pd.DataFrame:
    """Read whether the origin was ever a colony of the destination (DGD), an ordered pair a row."""
    return _pairs(path, "colony_of_destination_ever", "was_colony")


def _pairs(path: Path, column: str, name: str) -> pd.DataFrame:
    frame = read_table(path, ["Origin ISO", "Destination ISO", column])
    return pd.DataFrame(
        {
            "origin": countries(frame, "Origin ISO", path),
            "destination": countries(frame, "Destination ISO", path),
            name: numbers(frame, column, path),
        }
    )
