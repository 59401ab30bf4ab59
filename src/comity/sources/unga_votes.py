"""Votes of the UN General Assembly: Voeten's raw file, and the UN Digital Library's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from comity import catalogue
from comity.errors import InputFileError
from comity.sources.publisher import Found, Sample, take_sample
from comity.sources.reading import countries, integers

RAW = "un-votes"
LIBRARY = "un-votes-library"

_RAW_COLUMNS = ("rcid", "ccode", "vote", "session")
_LIBRARY_COLUMNS = ("undl_id", "ms_code", "ms_vote", "date", "session", "resolution")
_ISSUES = ("me", "nu", "di", "hr", "co", "ec")
# Of the raw file: 8 is absent, 9 not a member; the library marks who did not vote with X.
_RAW_VOTES = {"1": 1, "2": 2, "3": 3}
_RAW_NONE = ("8", "9", "NA", "")
_LIBRARY_VOTES = {"Y": 1, "A": 2, "N": 3}
_LIBRARY_NONE = ("X", "")
_FIRST_SESSION_YEAR = 1946
_SEPTEMBER = "09"

_Read = tuple[pd.DataFrame, pd.DataFrame]


def layout_of(names: set[str], sample: Sample) -> Found | None:
    """Return which file of votes one with these columns is, None where it is none."""
    if set(_LIBRARY_COLUMNS) <= names:
        return Found(
            "unga", "UN Digital Library, votes of the General Assembly", "library", LIBRARY, LIBRARY
        )
    if set(_RAW_COLUMNS) <= names:
        separator = "tabs" if "\t" in sample.header else "commas"
        words = f"UN General Assembly votes, raw (Voeten), with {separator}"
        return Found("unga", words, "raw", f"{RAW}-raw", RAW)
    return None


def read_raw(path: Path, source: str) -> _Read:
    """Read Voeten's raw votes: a row a roll call and country, by COW code.

    Returns
    -------
    rollcalls : DataFrame
        Without ``unanimous``. The year is that of the vote's date where the file has one, else the
        year in which the session opened.
    votes : DataFrame
        Those who voted yes, abstain or no; absent and not yet members have no row.
    """
    separator = "\t" if "\t" in take_sample(path).header else ","
    frame = _columns(path, {*_RAW_COLUMNS, *_ISSUES, "date", "importantvote", "unres"}, separator)
    for name in ("date", "importantvote", "unres"):
        if name not in frame:
            frame[name] = ""
    session = integers(frame, "session", path)
    dated = frame["date"].str.extract(r"((?:19|20)\d\d)")[0]
    year = dated.astype("Int64").fillna(session + _FIRST_SESSION_YEAR - 1).astype(int)
    frame = frame.assign(rcid=integers(frame, "rcid", path), session=session, year=year)
    calls = frame.drop_duplicates("rcid")
    marks = {"1": True, "0": False, "1.0": True, "0.0": False}
    rollcalls = pd.DataFrame(
        {
            "rollcall": calls["rcid"],
            "year": calls["year"],
            "session": calls["session"],
            "resolution": calls["unres"].mask(calls["unres"].isin(["", "NA"])),
            "important": calls["importantvote"].map(marks).astype("boolean"),
            "issues": _issues(calls),
            "source": source,
        }
    )
    cast = _cast(path, frame, "vote", _RAW_VOTES, _RAW_NONE)
    voted = cast.notna()
    votes = pd.DataFrame(
        {
            "country": countries(frame[voted], "ccode", path, scheme="cow", year=year[voted]),
            "rollcall": frame.loc[voted, "rcid"],
            "vote": cast[voted].astype(int),
            "source": source,
        }
    )
    return rollcalls, _once(path, votes)


def _issues(calls: pd.DataFrame) -> list[str | None]:
    """Return the issues of each roll call, joined by a semicolon; None without any."""
    held = [issue for issue in _ISSUES if issue in calls]
    marked = calls[held].isin(["1", "1.0"]).to_numpy()
    return [";".join(i for i, yes in zip(held, row, strict=True) if yes) or None for row in marked]


def read_library(path: Path, source: str) -> _Read:
    """Read the UN Digital Library's votes: a row a resolution and member state.

    Special and emergency sessions have names of their own ("ES-10"): their votes count to the
    regular session in which they were held, so that years can be told from sessions.

    Returns
    -------
    rollcalls, votes : DataFrame
        As `read_raw`; numbered by the library's ids. ``attrs["left_out"]`` of ``votes`` counts the
        votes of codes that are no country.
    """
    frame = _columns(path, set(_LIBRARY_COLUMNS), ",")
    call = integers(frame, "undl_id", path)
    year = integers(frame["date"].str[:4].to_frame(), "date", path)
    opened = year - (frame["date"].str[5:7] < _SEPTEMBER).astype(int)
    regular = frame["session"].str.fullmatch(r"\d+")
    session = (opened - _FIRST_SESSION_YEAR + 1).mask(
        regular, frame["session"].where(regular, "0").astype(int)
    )
    rollcalls = pd.DataFrame(
        {
            "rollcall": call,
            "year": year,
            "session": session.astype(int),
            "resolution": frame["resolution"].mask(frame["resolution"] == ""),
            "important": pd.array([None] * len(frame), dtype="boolean"),
            "issues": None,
            "source": source,
        }
    ).drop_duplicates("rollcall")
    cast = _cast(path, frame, "ms_vote", _LIBRARY_VOTES, _LIBRARY_NONE)
    states = catalogue.to_iso3(frame["ms_code"], "undl")
    states = states.fillna(catalogue.to_iso3(frame["ms_code"], "iso3", year))
    voted = cast.notna() & states.notna()
    votes = pd.DataFrame(
        {
            "country": states[voted].astype(str),
            "rollcall": call[voted],
            "vote": cast[voted].astype(int),
            "source": source,
        }
    )
    votes = _once(path, votes)
    strange = frame.loc[cast.notna() & states.isna(), "ms_code"].value_counts()
    votes.attrs["left_out"] = {
        f"votes of the unknown code '{code}'": int(count) for code, count in strange.items()
    }
    return rollcalls, votes


def _columns(path: Path, wanted: set[str], separator: str) -> pd.DataFrame:
    """Read the columns wanted as text; these files have dozens of others, full of prose."""
    try:
        frame = pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
            usecols=lambda name: name.strip().lower() in wanted,
        )
    except (ValueError, OSError, EOFError) as error:
        raise InputFileError(
            f"{path.name} cannot be read as a table: {error}",
            "Take the file as it was downloaded.",
        ) from None
    frame.columns = frame.columns.str.strip().str.lower()
    stripped: pd.DataFrame = frame.apply(lambda column: column.str.strip())
    return stripped


def _cast(
    path: Path, frame: pd.DataFrame, column: str, votes: dict[str, int], none: tuple[str, ...]
) -> pd.Series[float]:
    """Return votes as 1, 2, 3; missing where a member did not vote."""
    plain = frame[column].str.replace(r"\.0$", "", regex=True).str.upper()
    strange = ~plain.isin([*votes, *none])
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise InputFileError(
            f"{path.name}, line {int(frame.index[row]) + 2}: '{frame[column].iloc[row]}' in column "
            f"'{column}' is no vote ({', '.join([*votes, *filter(None, none)])}).",
            "Take the file as it was downloaded.",
        )
    return plain.map(votes).astype(float)


def _once(path: Path, votes: pd.DataFrame) -> pd.DataFrame:
    """Return votes with each member's vote once; refuse two votes that differ."""
    votes = votes.drop_duplicates()
    twice = votes.duplicated(["country", "rollcall"], keep=False)
    if twice.any():
        row = votes[twice].iloc[0]
        raise InputFileError(
            f"{path.name}: {row['country']} votes in two ways in roll call {row['rollcall']}.",
            "Take the file as it was downloaded.",
        )
    return votes


READERS: dict[str, Callable[[Path, str], _Read]] = {"raw": read_raw, "library": read_library}
