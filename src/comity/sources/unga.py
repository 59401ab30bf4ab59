"""UN General Assembly: roll calls, votes and ideal points (Voeten; Bailey, Strezhnev, Voeten)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from comity.errors import InputFileError
from comity.sources.reading import countries, integers, numbers, read_table

VOTES = "un-votes"
IDEAL_POINTS = "un-ideal-points"

_VOTE = {"yes": 1, "abstain": 2, "no": 3}
_FIRST_SESSION_YEAR = 1946


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
