"""The manifest of a lake: the files of every table, what they hold, and where that came from.

The manifest is the lake: it is replaced in one step, and flushed to disk before and after, so that
a lake is the old one or the new one whatever happens in between.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from comity.errors import LakeError
from comity.lake.contents import PAIRED, Holding
from comity.lake.schema import SCHEMA_VERSION, TABLES

MANIFEST = "manifest.json"
PAGE = "page-"
"""What the id of a source begins with that is a page with a figure or a promise, no data set."""
# A lake of many years has thousands of holdings, and writes them with each.
_CELLS = attrgetter(*(field.name for field in fields(Holding)))


def is_page(source: str) -> bool:
    """Say whether the source of an id is a page that published figures, rather than a data set."""
    return source.startswith(PAGE)


@dataclass(frozen=True, slots=True)
class TableFile:
    """One Parquet file of a table, as the manifest has it.

    Attributes
    ----------
    name : str
        Within the lake's folder.
    rows, bytes : int
    sha256 : str
        Of the file.
    source : str
        Where all its rows are of one source: its id.
    year : int, optional
        Where all its rows are of one year of that source.
    part : str
        Which part of that year's rows: ``totals``, ``chapters``, ``world``, ``pairs``.
    """

    name: str
    rows: int
    bytes: int
    sha256: str
    source: str = ""
    year: int | None = None
    part: str = ""


def measure_file(path: Path, name: str, rows: int, **of: Any) -> TableFile:  # noqa: ANN401
    """Return the entry of a file on disk that is to have a name."""
    return TableFile(name, rows, path.stat().st_size, sha256_of(path), **of)


def swap_manifest(
    folder: Path,
    files: Mapping[str, list[TableFile]],
    sources: list[dict[str, Any]],
    holdings: Mapping[str, list[Holding]],
    built: str,
    **more: Any,  # noqa: ANN401
) -> None:
    """Replace the manifest of a folder in one step; from then on the lake is what it says.

    Parameters
    ----------
    folder : Path
        Of the lake.
    files : mapping of str to list of TableFile
        By table.
    sources : list of dict
        Each source with the number of rows that it gave to each table.
    holdings : mapping of str to list of Holding
        By table of pairs.
    built : str
        Vintage.
    **more
        What a lake that grew has besides: ``additions``, ``worlds``, ``by_pair``, ``retired``.
    """
    hashes = "".join(file.sha256 for name in sorted(files) for file in files[name])
    manifest = {
        "schema": SCHEMA_VERSION,
        "id": hashlib.sha256(hashes.encode()).hexdigest()[:12],
        "built": built,
        "sources": sources,
        "tables": {
            name: [_entry(file) for file in entries] for name, entries in sorted(files.items())
        },
        **more,
        "holdings": {name: [*map(_CELLS, found)] for name, found in holdings.items()},
    }
    part = folder / f".{MANIFEST}.{os.getpid()}.part"
    with part.open("w", encoding="utf-8") as file:
        file.write(_to_json(manifest))
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / MANIFEST)
    flush_folder(folder)


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on disk; where a platform cannot, it does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _entry(file: TableFile) -> dict[str, Any]:
    return {key: value for key, value in asdict(file).items() if value not in ("", None)}


def _to_json(manifest: dict[str, Any]) -> str:
    """Write the manifest a key a line, and a holding a line."""
    holdings = manifest.pop("holdings")
    text = json.dumps(manifest, indent=1)
    lines = [
        f'  "{name}": [\n   ' + ",\n   ".join(json.dumps(entry) for entry in entries) + "\n  ]"
        for name, entries in holdings.items()
    ]
    return text.removesuffix("\n}") + ',\n "holdings": {\n' + ",\n".join(lines) + "\n }\n}\n"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder.

    Raises
    ------
    LakeError
        There is none, it cannot be read, is of another schema version, or lacks a table.
    """
    path = folder / MANIFEST
    hint = "Give a folder that was written by comity, or leave it out for the embedded data."
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version, tables = manifest["schema"], manifest["tables"]
        needed = {name for name, table in TABLES.items() if not table.optional}
        missing = sorted(needed - set(tables))
        uncounted = sorted(set(PAIRED) - set(manifest.get("holdings", ())))
    except FileNotFoundError:
        raise LakeError(f"{folder} is not a lake: it has no {MANIFEST}.", hint) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LakeError(f"The manifest of {folder} cannot be read ({error}).", hint) from None
    if version != SCHEMA_VERSION:
        raise LakeError(
            f"The lake in {folder} has schema version {version}, this comity reads version "
            f"{SCHEMA_VERSION}.",
            "Build the lake again with this version.",
        )
    if missing:
        raise LakeError(
            f"The lake in {folder} lacks the table {', '.join(missing)}.", "Build the lake again."
        )
    if uncounted:
        raise LakeError(
            f"The manifest of {folder} does not say what {' and '.join(uncounted)} hold.",
            "Build the lake again.",
        )
    return dict(manifest)


def check_files(folder: Path, files: Iterable[TableFile]) -> None:
    """See that every file is there and as long as it should be; nothing is read.

    Raises
    ------
    LakeError
        One is not; the error names it.
    """
    for file in files:
        path = folder / file.name
        if not path.exists():
            raise LakeError(f"{path} is missing.", "Build the lake again.")
        if path.stat().st_size != file.bytes:
            raise LakeError(
                f"{path} is damaged: {path.stat().st_size:,} bytes instead of {file.bytes:,}.",
                "Build the lake again.",
            )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
