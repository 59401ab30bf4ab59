"""UNCTADstat: Liner Shipping Bilateral Connectivity Index, as its bulk archive or unpacked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from comity import catalogue
from comity.errors import InputFileError
from comity.sources import sevenzip
from comity.sources.columns import column_names, names_in, read_batches
from comity.sources.fetching import Client
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables

SITE = "https://unctadstat-api.unctad.org"
SOURCE = "unctad-lsbci"
INDICATOR = "liner_connectivity"

_FILE = "/bulkdownload/US.LSBCI/US_LSBCI"
_LABELS = ("Quarter Label", "Economy", "Partner")
_VALUE = "Index"
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")


def recognise(sample: Sample) -> Found | None:
    """Recognise the table, in its 7z archive or out of it."""
    layout = ""
    if sample.head.startswith(sevenzip.MARK):
        tables = [name for name in sevenzip.members(sample.path) if name.endswith(".csv")]
        if len(tables) != 1:
            return None
        layout = tables[0]
        names = names_in(sevenzip.head(sample.path, layout))
    else:
        names = column_names(sample).get("", ())
    if not {*_LABELS, _VALUE, "Economy Label", "Partner Label"} <= set(names):
        return None
    return Found(
        publisher="lsbci",
        what="UNCTAD, liner shipping bilateral connectivity",
        layout=layout,
        source=SOURCE,
        catalogue=SOURCE,
    )


def read(path: Path, found: Found) -> Tables:
    """Read the index.

    Returns
    -------
    dict
        `ties` ``liner_connectivity``: the mean of a year's quarters, from 0 to 1, each direction.

    Raises
    ------
    InputFileError
        The file is damaged; an index is not from 0 to 1; a quarter has no year.
    """
    left = LeftOut()
    if found.layout:
        with sevenzip.unpacked(path, found.layout) as text:
            parts = list(_sums(text, path))
    else:
        parts = list(_sums(path, path))
    key = ["year", "origin", "destination"]
    sums = pd.concat(parts, ignore_index=True).groupby(key, as_index=False).sum()
    ties = pd.DataFrame(
        {
            "indicator": INDICATOR,
            "year": sums["year"],
            "origin": _places(sums["origin"], left),
            "destination": _places(sums["destination"], left),
            "value": sums["total"] / sums["quarters"],
            "unit": "index",
            "source": SOURCE,
        }
    ).dropna(subset=["origin", "destination"])
    ties = ties[ties["origin"] != ties["destination"]]
    if ties.empty:
        raise InputFileError(f"{path.name} has no index of two countries.", "Download it again.")
    return {"ties": left.sign(ties.reset_index(drop=True))}


def _sums(text: Path, path: Path) -> Iterator[pd.DataFrame]:
    """Give the sum of the index and the number of quarters, by year and pair, batch by batch."""
    for batch in read_batches(text, "", _LABELS, [_VALUE]):
        rows = batch.dropna(subset=[_VALUE])
        strange = ~rows[_VALUE].between(0, 1)
        if strange.any():
            row = rows[strange].iloc[0]
            raise InputFileError(
                f"{path.name}: {row[_VALUE]:g} of {row['Economy']} and {row['Partner']}, "
                f"{row['Quarter Label']}, is no index from 0 to 1.",
                "Take UNCTADstat's file as it was downloaded.",
            )
        years = {label: _year(label, path) for label in rows["Quarter Label"].unique()}
        keyed = pd.DataFrame(
            {
                "year": rows["Quarter Label"].map(years),
                "origin": rows["Economy"].str.strip(),
                "destination": rows["Partner"].str.strip(),
                "total": rows[_VALUE],
                "quarters": 1,
            }
        )
        yield keyed.groupby(["year", "origin", "destination"], as_index=False).sum()


def _year(label: str, path: Path) -> int:
    found = _YEAR.search(label)
    if found is None:
        raise InputFileError(
            f"{path.name}: '{label}' in column 'Quarter Label' has no year.",
            "Take UNCTADstat's file as it was downloaded.",
        )
    return int(found[1])


def _places(codes: pd.Series[str], left: LeftOut) -> pd.Series[str]:
    """Return countries: UNCTAD's codes are M49's, but for a few that are UN Comtrade's."""
    found = catalogue.to_iso3(codes, "m49").astype("str")
    rest = codes[found.isna()]
    return found.fillna(left.places(rest, "comtrade")) if len(rest) else found


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Download the bulk archive.

    Raises
    ------
    UsageError
        Years or countries were asked for: the file holds all of them.
    FetchError
        As `Client.download`.
    """
    request.allow("UNCTADstat")
    return [client.download(SITE + _FILE, folder / "US_LSBCI.csv.7z", expect="7z")]


PUBLISHER = Publisher("lsbci", (SOURCE,), recognise, read, fetch)
