"""Correlates of War and ATOP: alliances, borders, organisations, disputes, capabilities, trade.

History: each of these sets ends years ago, and says so by the years of its rows. What happened
before 1946 is left out: the states of then are not those of the catalogue.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from comity.errors import InputFileError, UsageError
from comity.sources import cow_sets
from comity.sources.fetching import Client
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables

ADDRESS = "https://correlatesofwar.org/wp-content/uploads/"
ARCHIVES = {
    "alliances": "version4.1_csv.zip",
    "capabilities": "NMCv7.zip",
    "contiguity": "DirectContiguity320.zip",
}

_MOST_INNER = 2**30  # bytes of a table within an archive, unpacked
_FEW = 20  # members of an archive with archives in it: the project's have one or two
_HINT = "Take the file as it was downloaded."


@dataclass(frozen=True, slots=True)
class _Set:
    """One data set: its row of the catalogue, the columns that tell it, and how it is read."""

    catalogue: str
    title: str
    columns: frozenset[str]
    read: Callable[[Path, str], Tables]


def recognise(sample: Sample) -> Found | None:
    """Return which data set a file is, None where it is none of them."""
    if sample.members:
        if not any(name.lower().endswith((".csv", ".zip")) for name in sample.members):
            return None
        try:
            layout = next((held for held, _ in _tables(sample.path)), None)
        except InputFileError:
            return None  # damaged, or somebody else's: whoever knows it says so
    else:
        layout = _layout(sample.header)
    if layout is None:
        return None
    known = _SETS[layout]
    source = known.catalogue + ("-participants" if layout.startswith("participants") else "")
    return Found("cow", known.title, layout, source, known.catalogue)


def _layout(header: str) -> str | None:
    names = {cell.strip(' "\r\n\ufeff').lower() for cell in header.split(",")}
    return next((layout for layout, known in _SETS.items() if known.columns <= names), None)


def _tables(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give each known table of an archive, also of archives within it: its layout and content."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _tables_in(archive, path.name, inner=False)
    except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise InputFileError(f"{path.name} cannot be unpacked ({error}).", _HINT) from None


def _tables_in(archive: zipfile.ZipFile, name: str, *, inner: bool) -> Iterator[tuple[str, bytes]]:
    for info in sorted(archive.infolist(), key=lambda info: info.filename):
        kind = info.filename.lower().rpartition(".")[2]
        if "__MACOSX" in info.filename or kind not in ("csv", "zip"):
            continue
        if info.file_size > _MOST_INNER:
            raise InputFileError(
                f"{name} holds a table that unpacks to far more than any of these."
            )
        if kind == "csv":
            with archive.open(info) as file:
                layout = _layout(file.readline(65_536).decode("utf-8", "replace"))
            if layout is not None:
                yield layout, archive.read(info)
        elif not inner and len(archive.infolist()) <= _FEW:
            with zipfile.ZipFile(io.BytesIO(archive.read(info))) as within:
                yield from _tables_in(within, name, inner=True)


def read(path: Path, found: Found) -> Tables:
    """Read a data set as rows of ``ties``, ``facts`` or ``flows``, from 1946 on.

    ``attrs["left_out"]`` of each table counts the rows of states that no longer were, by code.

    Raises
    ------
    InputFileError
        The file is damaged; the error names line and column.
    """
    with path.open("rb") as file:
        packed = file.read(4) == b"PK\x03\x04"
    if not packed:
        return _SETS[found.layout].read(path, found.source)
    content = next(content for layout, content in _tables(path) if layout == found.layout)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / f"{path.stem}.csv"
        table.write_bytes(content)
        return _SETS[found.layout].read(table, found.source)


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Bring the archive of a set: option ``set``, "alliances", "capabilities" or "contiguity".

    Raises
    ------
    UsageError
        No set was named, or something else was asked for.
    FetchError
        The project's server refused or kept failing.
    """
    others = (request.countries, request.partners, request.products, request.years)
    chosen = request.options.get("set", "")
    if chosen not in ARCHIVES or any(others) or set(request.options) - {"set"}:
        raise UsageError(
            "The Correlates of War come a set at a time, with all countries and years.",
            f"Choose one: --option set={' or '.join(ARCHIVES)}; others have no lasting address.",
        )
    name = ARCHIVES[chosen]
    return [client.download(ADDRESS + name, folder / f"cow-{name}", expect="zip")]


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
    "contiguity-original": _set(
        "cow-contiguity",
        "COW Direct Contiguity 3.2",
        "statelno statehno conttype begin end",
        cow_sets.read_contiguity,
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
    "participants-5": _set(
        "cow-mid",
        "COW Militarized Interstate Disputes 5, participants",
        "dispnum ccode styear endyear sidea hostlev",
        cow_sets.read_participants,
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

PUBLISHER = Publisher(
    "cow", tuple(dict.fromkeys(known.catalogue for known in _SETS.values())), recognise, read, fetch
)
