"""Correlates of War and ATOP: alliances, borders, organisations, disputes, capabilities, trade.

History: each of these sets ends years ago, and says so by the years of its rows. What happened
before 1946 is left out: the states of then are not those of the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comity.sources import cow_sets
from comity.sources.publisher import Found, Publisher, Sample, Tables


@dataclass(frozen=True, slots=True)
class _Set:
    """One data set: its row of the catalogue, the columns that tell it, and how it is read."""

    catalogue: str
    title: str
    columns: frozenset[str]
    read: Callable[[Path, str], Tables]


def recognise(sample: Sample) -> Found | None:
    """Return which data set a file is, None where it is none of them."""
    names = {cell.strip(' "').lower() for cell in sample.header.split(",")}
    for layout, known in _SETS.items():
        if known.columns <= names:
            source = known.catalogue + ("-participants" if layout == "participants" else "")
            return Found("cow", known.title, layout, source, known.catalogue)
    return None


def read(path: Path, found: Found) -> Tables:
    """Read a data set as rows of ``ties``, ``facts`` or ``flows``, from 1946 on.

    ``attrs["left_out"]`` of each table counts the rows of states that no longer were, by code.

    Raises
    ------
    InputFileError
        The file is damaged; the error names line and column.
    """
    return _SETS[found.layout].read(path, found.source)


def _set(
    catalogue_row: str, title: str, columns: str, reader: Callable[[Path, str], Tables]
) -> _Set:
    return _Set(catalogue_row, title, frozenset(columns.split()), reader)


# The set with more of its columns in the header comes first where two are alike.
_SETS = {
    "atop": _set(
        "atop",
        "ATOP 5.1, alliance dyad-years",
        "ccode1 ccode2 year atop_defense",
        cow_sets.read_atop,
    ),
    "atop-original": _set(
        "atop",
        "ATOP 5.1, directed dyad-years",
        "statea stateb year defense nonagg",
        cow_sets.read_atop,
    ),
    "alliances": _set(
        "cow-alliances",
        "COW Formal Alliances 4.1, by member",
        "version4id ccode mem_st_year mem_end_year defense",
        cow_sets.read_alliances,
    ),
    "contiguity": _set(
        "cow-contiguity",
        "COW Direct Contiguity",
        "ccode1 ccode2 conttype stdate enddate",
        cow_sets.read_contiguity,
    ),
    "organisations": _set(
        "cow-igo",
        "COW Intergovernmental Organizations 3, joint memberships",
        "ccode1 ccode2 year dyadigos",
        cow_sets.read_organisations,
    ),
    "exchange": _set(
        "cow-diplomatic-exchange",
        "COW Diplomatic Exchange",
        "ccode1 ccode2 year dr_at_1 dr_at_2",
        cow_sets.read_exchange,
    ),
    "gml": _set(
        "gml-mid",
        "Gibler, Miller and Little, dyadic disputes",
        "dispnum ccode1 ccode2 year gmlmidongoing hostlev1",
        cow_sets.read_disputes,
    ),
    "mid": _set(
        "cow-mid",
        "COW Militarized Interstate Disputes, dyadic",
        "dispnum ccode1 ccode2 year cowmidongoing hostlev1",
        cow_sets.read_disputes,
    ),
    "participants": _set(
        "cow-mid",
        "COW Militarized Interstate Disputes, participants",
        "dispnum3 ccode styear endyear sidea hostlev",
        cow_sets.read_participants,
    ),
    "capabilities": _set(
        "cow-nmc",
        "COW National Material Capabilities",
        "ccode year milex milper cinc",
        cow_sets.read_capabilities,
    ),
    "trade": _set(
        "cow-trade", "COW Dyadic Trade 4.0", "ccode1 ccode2 year flow1 flow2", cow_sets.read_trade
    ),
}

PUBLISHER = Publisher("cow", recognise, read)
