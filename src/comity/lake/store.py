"""A lake on disk: Parquet files and the manifest that names them.

The manifest is the lake. A table's files carry their content's hash in their name, so a build
writes new files beside the old ones and then replaces the manifest in one step: a reader sees the
old lake or the new one, whatever happens in between.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from comity import catalogue
from comity.errors import LakeError, OutputError
from comity.lake import engine
from comity.lake.check import arrow_schema, conform
from comity.lake.contents import PAIRED, Holding, count_holdings
from comity.lake.kept import Kept, kept_beside
from comity.lake.schema import SCHEMA_VERSION, TABLES, TOTAL, WORLD

if TYPE_CHECKING:
    import ibis
    import pandas as pd

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class TableFile:
    """One Parquet file of a table, as the manifest has it."""

    name: str
    rows: int
    bytes: int
    sha256: str


class Store:
    """The tables of one lake, read-only, as Ibis expressions.

    Parameters
    ----------
    folder : Path
        A folder with a ``manifest.json``.
    address : str, optional
        Of the engine that runs the queries: see `comity.lake.engine`.

    Raises
    ------
    LakeError
        The folder is not a lake, is of another schema version, or is damaged.
    """

    def __init__(self, folder: Path, address: str | None = None) -> None:
        self.folder = Path(folder)
        self.address = address
        self.manifest = _read_manifest(self.folder)
        self._files = {
            name: [TableFile(**entry) for entry in entries]
            for name, entries in self.manifest["tables"].items()
        }
        _check_files(self.folder, self._files)
        self._tables: dict[str, ibis.Table] = {}

    @property
    def id(self) -> str:
        """Hash of the lake's content, 12 hexadecimal digits."""
        return str(self.manifest["id"])

    @property
    def built(self) -> str:
        """Vintage of the lake, as its builder named it."""
        return str(self.manifest["built"])

    @cached_property
    def connection(self) -> ibis.BaseBackend:
        """The engine: DuckDB in memory, or Spark where the lake was opened with its address."""
        return engine.connect(self.address)

    def table(self, name: str) -> ibis.Table:
        """Return a table of the schema as an Ibis expression."""
        if name not in self._files:
            raise LakeError(
                f"The lake in {self.folder} has no table '{name}'.", "Build the lake again."
            )
        if name not in self._tables:
            paths = [str(self.folder / file.name) for file in self._files[name]]
            self._tables[name] = self.connection.read_parquet(paths, table_name=name)
        return self._tables[name]

    def rows(self, name: str) -> int:
        """Return how many rows a table has, without reading it."""
        return sum(file.rows for file in self._files.get(name, []))

    @cached_property
    def holdings(self) -> dict[str, list[Holding]]:
        """What the tables of pairs hold, by product or tie, source and year: no table is read."""
        return {
            name: [Holding(*entry) for entry in entries]
            for name, entries in self.manifest["holdings"].items()
        }

    @property
    def newest_totals(self) -> tuple[str, int] | None:
        """Source and year of the newest goods totals between all countries, None without any."""
        matrices = [h for h in self.holdings["flows"] if h.what == TOTAL and h.is_matrix]
        if not matrices:
            return None
        newest = max(matrices, key=lambda holding: (holding.year, holding.pairs))
        return newest.source, newest.year

    @cached_property
    def kept(self) -> Kept:
        """What was worked out from these tables before, in the user's cache."""
        return kept_beside(self.folder, self.manifest["tables"], self.address or "")

    @cached_property
    def sources(self) -> dict[str, dict[str, Any]]:
        """The lake's sources by id."""
        rows = pq.read_table([self.folder / file.name for file in self._files["sources"]])
        return {row["id"]: row for row in rows.to_pylist()}

    def verify(self) -> None:
        """Read every byte, and compare it with the manifest.

        Raises
        ------
        LakeError
            A file's content is not what was written; the error names the file.
        """
        for files in self._files.values():
            for file in files:
                if _sha256(self.folder / file.name) != file.sha256:
                    raise LakeError(
                        f"{self.folder / file.name} is damaged: its content has changed.",
                        "Build the lake again.",
                    )


def write(folder: Path, frames: Mapping[str, pd.DataFrame], *, built: str) -> Store:
    """Check the frames against the schema, write them as a lake, and open it.

    The same frames give the same bytes. A folder that is a lake already is replaced in one step.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    frames : mapping of str to DataFrame
        Tables by name; tables left out are empty. ``sources`` must name every source used.
    built : str
        Vintage, such as "2026-11-23".

    Raises
    ------
    SchemaError
        A frame does not fit its table.
    OutputError
        The folder cannot be written.
    """
    if unknown := sorted(set(frames) - set(TABLES)):
        raise LakeError(f"There is no table {', '.join(unknown)} in the schema.")
    countries = {country.iso3 for country in catalogue.list_countries()} | {WORLD}
    sources = set(frames["sources"]["id"])
    tables = {
        name: conform(TABLES[name], frame, countries=countries, sources=sources)
        for name, frame in frames.items()
    }
    for name in TABLES.keys() - tables.keys():
        tables[name] = arrow_schema(TABLES[name]).empty_table()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = {name: [_write_table(folder, name, tables[name])] for name in TABLES}
        holdings = {name: count_holdings(name, tables[name]) for name in PAIRED}
        _swap_manifest(folder, files, _provenance(tables), holdings, built)
    except OSError as error:
        raise OutputError(
            f"The lake could not be written to {folder}: {error.strerror}.",
            "Choose another folder or make room.",
        ) from None
    _sweep(folder, files)
    return Store(folder)


def _write_table(folder: Path, name: str, table: pa.Table) -> TableFile:
    part = folder / f".{name}.{os.getpid()}.part"
    pq.write_table(
        table,
        part,
        compression="zstd",
        compression_level=19,
        row_group_size=20_000,
        use_dictionary=True,
        store_schema=False,
    )
    digest = _sha256(part)
    final = folder / f"{name}-{digest[:12]}.parquet"
    part.replace(final)
    return TableFile(final.name, table.num_rows, final.stat().st_size, digest)


def _provenance(tables: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    """Return each source with the number of rows that it gave to each table.

    Rows of a table that a source only adds to are counted apart, as ``proximity.also``.
    """
    counts: dict[str, dict[str, int]] = {}
    for name, table in tables.items():
        if name == "sources" or "source" not in table.column_names:
            continue
        for count in table["source"].value_counts().to_pylist():
            counts.setdefault(count["values"], {})[name] = count["counts"]
        if "also" in table.column_names:
            for count in table["also"].drop_null().value_counts().to_pylist():
                for source in filter(None, count["values"].split(";")):
                    rows = counts.setdefault(source, {})
                    rows[f"{name}.also"] = rows.get(f"{name}.also", 0) + count["counts"]
    return [{**row, "rows": counts.get(row["id"], {})} for row in tables["sources"].to_pylist()]


def _swap_manifest(
    folder: Path,
    files: Mapping[str, list[TableFile]],
    sources: list[dict[str, Any]],
    holdings: Mapping[str, list[Holding]],
    built: str,
) -> None:
    hashes = "".join(file.sha256 for name in sorted(files) for file in files[name])
    manifest = {
        "schema": SCHEMA_VERSION,
        "id": hashlib.sha256(hashes.encode()).hexdigest()[:12],
        "built": built,
        "sources": sources,
        "tables": {
            name: [
                {"name": f.name, "rows": f.rows, "bytes": f.bytes, "sha256": f.sha256}
                for f in entries
            ]
            for name, entries in sorted(files.items())
        },
        "holdings": {name: [astuple(h) for h in found] for name, found in holdings.items()},
    }
    part = folder / f".{MANIFEST}.{os.getpid()}.part"
    part.write_text(_to_json(manifest), encoding="utf-8")
    part.replace(folder / MANIFEST)


def _to_json(manifest: dict[str, Any]) -> str:
    """Write the manifest a key a line, and a holding a line."""
    holdings = manifest.pop("holdings")
    text = json.dumps(manifest, indent=1)
    lines = [
        f'  "{name}": [\n   ' + ",\n   ".join(json.dumps(entry) for entry in entries) + "\n  ]"
        for name, entries in holdings.items()
    ]
    return text.removesuffix("\n}") + ',\n "holdings": {\n' + ",\n".join(lines) + "\n }\n}\n"


def _sweep(folder: Path, files: Mapping[str, list[TableFile]]) -> None:
    """Remove the files that no manifest names any more."""
    keep = {file.name for entries in files.values() for file in entries}
    for path in folder.glob("*.parquet"):
        if path.name not in keep:
            path.unlink(missing_ok=True)


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    hint = "Give a folder that was written by comity, or leave it out for the embedded data."
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version, tables = manifest["schema"], manifest["tables"]
        missing = sorted(set(TABLES) - set(tables))
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


def _check_files(folder: Path, tables: Mapping[str, list[TableFile]]) -> None:
    for files in tables.values():
        for file in files:
            path = folder / file.name
            if not path.exists():
                raise LakeError(f"{path} is missing.", "Build the lake again.")
            if path.stat().st_size != file.bytes:
                raise LakeError(
                    f"{path} is damaged: {path.stat().st_size:,} bytes instead of {file.bytes:,}.",
                    "Build the lake again.",
                )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
