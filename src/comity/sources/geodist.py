"""CEPII GeoDist: distances, borders, languages and colonial ties of pairs of countries."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity.errors import InputFileError
from comity.sources.cepii import GEODIST, geodist_pairs
from comity.sources.columns import column_names, read_excel, read_stata
from comity.sources.fetching import Client
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables
from comity.sources.reading import read_table

SITE = "https://www.cepii.fr"
_FILE = "/distance/dist_cepii.zip"
_COLUMNS = (
    *("iso_o", "iso_d", "contig", "comlang_off", "comlang_ethno", "colony", "comcol"),
    *("dist", "distcap", "distwces"),
)


def recognise(sample: Sample) -> Found | None:
    """Recognise ``dist_cepii``, as text, Excel 97 or Stata, in its archive or out of it."""
    for member, names in column_names(sample).items():
        if {*_COLUMNS, "smctry"} <= set(names):
            return Found(
                publisher="geodist",
                what="CEPII GeoDist, distances and ties of pairs",
                layout=member,
                source=GEODIST,
                catalogue=GEODIST,
            )
    return None


def read(path: Path, found: Found) -> Tables:
    """Read the pairs.

    Returns
    -------
    dict
        `proximity`: the distance is the harmonic mean over cities (``distwces``). Pairs without
        one are left out and counted.
    """
    left = LeftOut()
    pairs = geodist_pairs(_frame(path, found.layout), path)
    left.note("pairs without a distance weighted by population", pairs["within_km"].isna().sum())
    pairs = pairs.dropna(subset=["within_km"]).rename(
        columns={"within_km": "distance_km", "colony": "colonial_tie"}
    )
    flags = pairs.select_dtypes("boolean").columns
    pairs.loc[pairs["origin"] == pairs["destination"], flags] = pd.NA
    return {"proximity": left.sign(pairs.assign(source=GEODIST).reset_index(drop=True))}


def _frame(path: Path, member: str) -> pd.DataFrame:
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(b"<stata_dta>"):
        frame = read_stata(path)
    elif member or start.startswith(b"\xd0\xcf\x11\xe0"):
        frame = read_excel(path, member)
    else:
        return read_table(path, _COLUMNS, separator=";")
    if missing := [name for name in _COLUMNS if name not in frame]:
        raise InputFileError(
            f"{path.name} lacks the column {', '.join(missing)}.",
            "Take CEPII's file as it was downloaded.",
        )
    return frame[list(_COLUMNS)]


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Download the pairs, 2 MB.

    Raises
    ------
    UsageError
        Years or countries were asked for: the file holds all pairs, and no years.
    FetchError
        As `Client.download`.
    """
    request.allow("CEPII GeoDist")
    return [client.download(SITE + _FILE, folder / "dist_cepii.zip", expect="zip")]


PUBLISHER = Publisher("geodist", (GEODIST,), recognise, read, fetch)
