"""UN General Assembly: roll calls, votes and ideal points (Voeten; Bailey, Strezhnev, Voeten).

The votes come from Voeten's raw file, from the UN Digital Library, or in three files as the
starter's; the first two are read by `comity.sources.unga_votes`.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from comity.errors import InputFileError, UsageError
from comity.sources import unga_votes
from comity.sources.dataverse import bring_newest
from comity.sources.fetching import Client
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables, take_sample
from comity.sources.reading import countries, integers, numbers, read_table

VOTES = "un-votes"
IDEAL_POINTS = "un-ideal-points"
DATASET = "doi:10.7910/DVN/LEJUQZ"

_PARTS = {
    '"rcid","session","importantvote"': "calls",
    '"rcid","short_name","issue"': "issues",
    '"rcid","country","country_code","vote"': "votes",
}
_ANNUAL = ("idealpointfp", "idealpointall")  # final passage; all votes
_WANTED = {
    "ideal-points": re.compile(r"ideal ?points?(?!.*dyad).*\.(tab|csv)$", re.IGNORECASE),
    "votes": re.compile(r"^UNVotes.*\.(tab|csv)$", re.IGNORECASE),
}

_VOTE = {"yes": 1, "abstain": 2, "no": 3}
_FIRST_SESSION_YEAR = 1946


def recognise(sample: Sample) -> Found | None:
    """Return which file of votes or ideal points a file is, None where it is none."""
    parts = [_part(sample.peek(name)) for name in sample.members if name.endswith((".csv", ".gz"))]
    if set(_PARTS.values()) <= set(parts):
        return Found("unga", "UN General Assembly votes, as of unvotes", "parts", VOTES, VOTES)
    if part := _part(sample.head):
        words = f"UN General Assembly votes, one of three files ({part})"
        return Found("unga", words, "part", VOTES, VOTES)
    names = {cell.strip('"').lower() for cell in re.split(r"[,\t]", sample.header)}
    if found := unga_votes.layout_of(names, sample):
        return found
    if "ccode" in names and names & {"idealpoint", *_ANNUAL}:
        if "year" not in names:
            words = "UN ideal points by session"
            return Found("unga", words, "by-session", IDEAL_POINTS, IDEAL_POINTS)
        years = [int(year) for year in re.findall(r"[,\t](19\d\d|20\d\d)[,\t]", sample.text)]
        last = str(max(years)) if years else ""
        return Found(
            publisher="unga",
            what=f"UN ideal points by year, to {last}",
            layout="by-year",
            source=f"{IDEAL_POINTS}-{last}",
            catalogue=IDEAL_POINTS,
            version=last or None,
        )
    return None


def _part(head: bytes) -> str | None:
    if head[:2] == b"\x1f\x8b":
        head = zlib.decompressobj(31).decompress(head)
    start = head[:200].decode("utf-8", "replace").lstrip("\ufeff")
    plain = start.replace('"', "")
    return next((p for h, p in _PARTS.items() if plain.startswith(h.replace('"', ""))), None)


def read(path: Path, found: Found) -> Tables:
    """Read votes as ``rollcalls`` and ``votes``, ideal points as ``facts``.

    Raises
    ------
    InputFileError
        The file is damaged, or is one of three that belong together.
    """
    if found.layout == "by-session":
        return {"facts": read_ideal_points(path, found.source)}
    if found.layout == "by-year":
        return {"facts": read_annual_points(path, found.source)}
    if found.layout == "parts":
        return _read_parts(path, found.source)
    if found.layout == "part":
        raise InputFileError(
            f"{path.name} is one of the three files of votes: roll calls, issues and votes.",
            "Put the three into one zip archive and add that.",
        )
    rollcalls, votes = unga_votes.READERS[found.layout](path, found.source)
    return {"rollcalls": mark_unanimous(rollcalls, votes), "votes": votes}


def _read_parts(path: Path, source: str) -> Tables:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        files: dict[str, Path] = {}
        for member in archive.namelist():
            with archive.open(member) as file:
                part = _part(file.read(65_536))
            if part:
                # The member's own name, with whatever path is in it, is never used.
                name = f"{part}.csv.gz" if member.endswith(".gz") else f"{part}.csv"
                files[part] = Path(folder) / name
                files[part].write_bytes(archive.read(member))
        rollcalls = read_rollcalls(files["calls"], files["issues"], source)
        votes = read_votes(files["votes"], rollcalls, source)
    return {"rollcalls": mark_unanimous(rollcalls, votes), "votes": votes}


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Bring the newest ideal points from Harvard Dataverse, or with ``what=votes`` the raw votes.

    Raises
    ------
    UsageError
        Something was asked for that the one file does not know.
    FetchError
        Dataverse refused, kept failing, or has no such file.
    """
    what = request.options.get("what", "ideal-points")
    asked = (request.countries, request.partners, request.products, request.years)
    if what not in _WANTED or any(asked) or set(request.options) - {"what"}:
        raise UsageError(
            "The votes and the ideal points come in one file each, with all countries and years.",
            f"Choose one: --option what={' or '.join(_WANTED)}.",
        )
    return [bring_newest(client, DATASET, _WANTED[what], what, folder)]


def read_rollcalls(calls: Path, issues: Path, source: str = VOTES) -> pd.DataFrame:
    """Read the roll calls and the issues that they were about.

    Returns
    -------
    DataFrame
        `rollcalls` without ``unanimous``, which `mark_unanimous` adds; the year is that of the date
        of the vote.
    """
    frame = read_table(calls, ["rcid", "session", "importantvote", "date", "unres"])
    about = read_table(issues, ["rcid", "short_name"])
    about = about.assign(rcid=integers(about, "rcid", issues)).sort_values(["rcid", "short_name"])
    rollcall = integers(frame, "rcid", calls)
    important = frame["importantvote"].map({"1": True, "0": False}).astype("boolean")
    dates = frame["date"].str[:4].to_frame()
    return pd.DataFrame(
        {
            "rollcall": rollcall,
            "year": integers(dates, "date", calls),
            "session": integers(frame, "session", calls),
            "resolution": frame["unres"].mask(frame["unres"] == ""),
            "important": important,
            "issues": rollcall.map(about.groupby("rcid")["short_name"].agg(";".join)),
            "source": source,
        }
    )


def read_votes(path: Path, rollcalls: pd.DataFrame, source: str = VOTES) -> pd.DataFrame:
    """Read how each member voted.

    Countries are read by name: two of the file's states have no code. The file keeps one name for
    the Soviet Union and Russia, and for Yugoslavia and Serbia; the year of the roll call tells
    them apart.

    Returns
    -------
    DataFrame
        `votes`. A member that was absent, or not yet one, has no row.
    """
    frame = read_table(path, ["rcid", "country", "vote"])
    rollcall = integers(frame, "rcid", path)
    year = rollcall.map(rollcalls.set_index("rollcall")["year"])
    if year.isna().any():
        row = int(year.isna().to_numpy().argmax())
        raise InputFileError(f"{path.name}: roll call {rollcall.iloc[row]} is not in the list.")
    vote = frame["vote"].map(_VOTE)
    if vote.isna().any():
        row = int(vote.isna().to_numpy().argmax())
        raise InputFileError(
            f"{path.name}, line {row + 2}: '{frame['vote'].iloc[row]}' is no vote (yes, abstain, "
            "no)."
        )
    return pd.DataFrame(
        {
            "country": countries(frame, "country", path, scheme="unvotes", year=year.astype(int)),
            "rollcall": rollcall,
            "vote": vote.astype(int),
            "source": source,
        }
    )


def mark_unanimous(rollcalls: pd.DataFrame, votes: pd.DataFrame) -> pd.DataFrame:
    """Return the roll calls with ``unanimous``: all who voted yes, abstain or no voted alike."""
    kinds = votes.groupby("rollcall").agg(kinds=("vote", "nunique"))["kinds"]
    return rollcalls.assign(unanimous=rollcalls["rollcall"].map(kinds).fillna(0) <= 1)


def read_ideal_points(path: Path, source: str = IDEAL_POINTS) -> pd.DataFrame:
    """Read ideal points by session, of the release of April 2020 (Latin-1).

    Countries are read by their COW code: the file's ISO codes give South Yemen North Yemen's.

    Returns
    -------
    DataFrame
        `facts`, indicator ``ideal_point``; session 1 is 1946.
    """
    columns = ["ccode", "session", "NVotes", "IdealPoint"]
    frame = read_table(path, columns, encoding="latin-1")
    year = integers(frame, "session", path) + _FIRST_SESSION_YEAR - 1
    return pd.DataFrame(
        {
            "indicator": "ideal_point",
            "year": year,
            "country": countries(frame, "ccode", path, scheme="cow", year=year),
            "value": numbers(frame, "IdealPoint", path),
            "unit": "points",
            "source": source,
        }
    )


def read_annual_points(path: Path, source: str = IDEAL_POINTS) -> pd.DataFrame:
    """Read ideal points by calendar year, of the releases from July 2025 on.

    Of the two estimates the one from votes on final passage is taken, where the file has it.

    Returns
    -------
    DataFrame
        `facts`, indicator ``ideal_point``. The scale is this release's own.
    """
    header = take_sample(path).header
    separator = "\t" if "\t" in header else ","
    names = [name.strip(' "') for name in header.split(separator)]
    points = _first(names, _ANNUAL) or _first(names, ("idealpoint",))
    if points is None:
        raise InputFileError(f"{path.name} lacks the column IdealPointFP.")
    frame = read_table(path, ["ccode", "year", points], separator=separator)
    frame[points] = frame[points].replace("NA", "")
    year = integers(frame, "year", path)
    return pd.DataFrame(
        {
            "indicator": "ideal_point",
            "year": year,
            "country": countries(frame, "ccode", path, scheme="cow", year=year),
            "value": numbers(frame, points, path),
            "unit": "points",
            "source": source,
        }
    ).dropna(subset=["value"])


def _first(names: Iterable[str], wanted: Iterable[str]) -> str | None:
    held = {name.lower(): name for name in names}
    return next((held[name] for name in wanted if name in held), None)


PUBLISHER = Publisher("unga", (VOTES, IDEAL_POINTS, unga_votes.LIBRARY), recognise, read, fetch)
