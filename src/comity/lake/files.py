"""Parquet files of a lake: written beside those that are there, whole and on disk, or not at all.

A file carries the hash of its content in its name, and is nobody's until a manifest names it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from comity.lake.manifest import TableFile, measure_file

# Values that go to the writer at once: at Arrow's 1,024 a fifth of its time is between them.
_BATCH = 65_536


def write_table(
    folder: Path,
    name: str,
    table: pa.Table,
    **how: Any,  # noqa: ANN401
) -> TableFile:
    """Write a table's rows as one file of a lake: see `write_tables`."""
    return write_tables(folder, name, [table], **how)


def write_tables(
    folder: Path,
    name: str,
    tables: Iterable[pa.Table],
    *,
    level: int | None = 19,
    group: int = 20_000,
    dictionary: bool | list[str] = True,
    split: bool | list[str] = False,
    statistics: bool | list[str] = True,
    source: str = "",
    year: int | None = None,
    part: str = "",
) -> TableFile:
    """Write rows that come in one table or several as one file of a lake, and flush it to disk.

    Parameters
    ----------
    folder : Path
        Of the lake.
    name : str
        Of the table.
    tables : iterable of pyarrow.Table
        Rows in the table's order, at least one table; all have the schema of the first.
    level : int or None
        Zstandard's; None for Snappy, which takes a third less time and a twelfth more room.
    group : int
        Rows of a group, the least that a query reads.
    dictionary : bool or list of str
        Whether values are written once and then counted, or the columns in which they are.
    split : bool or list of str
        Numbers whose bytes are stored byte by byte, which packs better and faster.
    statistics : bool or list of str
        Whether each group says what its least and greatest values are, or the columns of which it
        does: by these a query passes over groups.
    source, year, part
        Whose rows these are; see `TableFile`.

    Raises
    ------
    OSError
        There is no room, or the folder cannot be written to.
    """
    stem = "-".join([name, *(str(value) for value in (source, year, part) if value)])
    unfinished = folder / f".{stem}.{os.getpid()}.{threading.get_ident()}.part"
    rest = iter(tables)
    first = next(rest)
    rows = 0
    with unfinished.open("wb") as file:
        with pq.ParquetWriter(
            file,
            first.schema,
            compression="snappy" if level is None else "zstd",
            compression_level=level,
            use_dictionary=dictionary,
            use_byte_stream_split=split,
            write_statistics=statistics,
            store_schema=False,
            write_batch_size=_BATCH,
        ) as writer:
            for table in chain([first], rest):
                writer.write_table(table, row_group_size=group)
                rows += table.num_rows
        file.flush()
        os.fsync(file.fileno())
    entry = measure_file(unfinished, "", rows, source=source, year=year, part=part)
    final = folder / f"{stem}-{entry.sha256[:12]}.parquet"
    unfinished.replace(final)
    return replace(entry, name=final.name)


def sweep(folder: Path, named: Iterable[str]) -> None:
    """Remove Parquet files that are not named, and what a broken-off write left."""
    keep = set(named)
    for path in [*folder.glob("*.parquet"), *folder.glob(".*.part")]:
        if path.name not in keep:
            path.unlink(missing_ok=True)
