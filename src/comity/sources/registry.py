"""The publishers whose files comity knows."""

from __future__ import annotations

from pathlib import Path

from comity.errors import InputFileError, UnknownNameError
from comity.sources import (
    baci,
    comtrade,
    cow,
    desta,
    gdelt,
    geodist,
    gravity,
    icews,
    imf,
    lsbci,
    openalex,
    sipri,
    trains,
    uis,
    undesa,
    unga,
    unhcr,
    wdi,
)
from comity.sources.publisher import Found, Publisher, take_sample

PUBLISHERS: tuple[Publisher, ...] = (
    baci.PUBLISHER,
    comtrade.PUBLISHER,
    cow.PUBLISHER,
    desta.PUBLISHER,
    gdelt.PUBLISHER,
    geodist.PUBLISHER,
    gravity.PUBLISHER,
    icews.PUBLISHER,
    imf.PUBLISHER,
    lsbci.PUBLISHER,
    openalex.PUBLISHER,
    sipri.PUBLISHER,
    trains.PUBLISHER,
    uis.PUBLISHER,
    undesa.PUBLISHER,
    unga.PUBLISHER,
    unhcr.PUBLISHER,
    wdi.PUBLISHER,
)


def publisher(id: str) -> Publisher:  # noqa: A002
    """Return the publisher of an id.

    Raises
    ------
    UnknownNameError
        There is none; the hint names those that there are.
    """
    for known in PUBLISHERS:
        if known.id == id.strip().lower():
            return known
    raise UnknownNameError("publisher", id, sorted(known.id for known in PUBLISHERS))


def recognise(path: Path) -> tuple[Publisher, Found]:
    """Return whose file this is, and what is in it, from its content alone.

    Raises
    ------
    InputFileError
        The file cannot be opened, or is nobody's that comity knows.
    """
    sample = take_sample(path)
    for known in PUBLISHERS:
        if found := known.recognise(sample):
            return known, found
    raise InputFileError(
        f"{path.name} is no publisher's file that comity knows: it begins with "
        f"'{sample.header[:60]}'.",
        "Take the file as it was downloaded; 'comity sources' lists the publishers.",
    )
