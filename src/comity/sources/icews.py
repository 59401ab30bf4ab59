"""ICEWS: coded events of the news, with the sectors of who acts and on whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from comity.errors import InputFileError
from comity.sources.actors import share_of_news
from comity.sources.leftout import LeftOut
from comity.sources.publisher import Found, Publisher, Sample, Tables

EVENTS = "icews-events"

_COLUMNS = ("Event ID", "Event Date", "Source Sectors", "Source Country", "Target Country")
_GOVERNMENT = re.compile(
    r"Government|Executive|Cabinet|Ministry|Military|Army|Navy|Air Force|Marines|Police|Judicial"
    r"|Legislative|Upper House|Lower House|Unicameral|Intelligence"
)
_NO_GOVERNMENT = re.compile(r"Nongovernmental|International Government Organization|IGOs|Party")
_BUSINESS = re.compile(r"Business|Corporation|State Owned Enterprises")
_SOCIETY = re.compile(
    r"Civilian|Social|Education|Medical|News|Media|Nongovernmental|NGOs|Labor|Religio|Legal"
    r"|Protestors|Agricultural"
)
_ROWS = 200_000
_HINT = "Take the file as it was downloaded."


def recognise(sample: Sample) -> Found | None:
    """Return which events a file holds, None where it is not ICEWS's."""
    names = [cell.strip('" ') for cell in sample.header.split("\t")]
    if not set(_COLUMNS) <= set(names):
        return None
    first = sample.text.splitlines()[1:2]
    cells = first[0].split("\t") if first else []
    place = names.index("Event Date")
    day = cells[place].strip('"') if len(cells) > place else ""
    source = f"{EVENTS}-{day.replace('-', '')}" if day else EVENTS
    what = f"ICEWS events from {day}" if day else "ICEWS events"
    return Found("icews", what, "events", source, EVENTS, day or None, day[:4] or None)


def read(path: Path, found: Found) -> Tables:
    """Read events as ties: shares of the news, by who acts. See `comity.sources.actors`.

    Raises
    ------
    InputFileError
        The file is damaged; the error names the line.
    """
    left = LeftOut()
    return share_of_news(_events(path), left, "name", found.source)


def actor_of(sectors: str) -> str:
    """Return who acts by its sectors, joined by commas; empty where they do not say.

    Of a person with several, an office of state counts first, then a firm.

    Examples
    --------
    >>> actor_of("Executive,Foreign Ministry"), actor_of("Social,Education"), actor_of("NA")
    ('government', 'society', '')
    """
    each = [sector.strip() for sector in sectors.split(",")]
    if any(_GOVERNMENT.search(sector) and not _NO_GOVERNMENT.search(sector) for sector in each):
        return "government"
    if any(_BUSINESS.search(sector) for sector in each):
        return "business"
    return "society" if any(_SOCIETY.search(sector) for sector in each) else ""


def _events(path: Path) -> Iterator[pd.DataFrame]:
    try:
        pieces = pd.read_csv(
            path, sep="\t", dtype=str, keep_default_na=False, quoting=3, chunksize=_ROWS,
            encoding="utf-8-sig", encoding_errors="replace",
        )  # fmt: skip
        with pieces:
            for piece in pieces:
                yield _piece(piece, path.name)
    except (ValueError, EOFError) as error:
        raise InputFileError(f"{path.name} cannot be read as a table: {error}", _HINT) from None


def _piece(piece: pd.DataFrame, name: str) -> pd.DataFrame:
    piece.columns = piece.columns.str.strip('" ')
    frame = piece[list(_COLUMNS)].apply(lambda column: column.str.strip('" '))
    day = frame["Event Date"]
    strange = ~day.str.fullmatch(r"(19|20)\d\d-\d\d-\d\d")
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise InputFileError(
            f"{name}, line {int(frame.index[row]) + 2}: '{day.iloc[row]}' in column 'Event Date' "
            "is no day.",
            _HINT,
        )
    kinds = {sectors: actor_of(sectors) for sectors in frame["Source Sectors"].unique()}
    missing = {"NA": ""}
    return pd.DataFrame(
        {
            "id": frame["Event ID"],
            "month": day.str[:4] + day.str[5:7],
            "origin": frame["Source Country"].replace(missing),
            "destination": frame["Target Country"].replace(missing),
            "actor": frame["Source Sectors"].map(kinds),
        }
    )


PUBLISHER = Publisher("icews", recognise, read)
