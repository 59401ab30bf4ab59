"""New rows of a table among those that are there: one row a key, the newer one."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from comity.lake.check import arrow_schema
from comity.lake.files import write_table
from comity.lake.manifest import TableFile
from comity.lake.schema import TABLES, Table


def merge_rows(folder: Path, name: str, files: list[TableFile], new: pa.Table) -> list[TableFile]:
    """Write rows of a table beside those that are there, and return the table's files.

    A row whose key is there already takes the old one's place; where rows name further sources
    (the column ``also``), what the new row does not know is taken from the old one. Rows of one
    source go into one file, so a source that is brought up to date again and again stays one; a
    table without sources is one file.

    Parameters
    ----------
    folder : Path
        Of the lake.
    name : str
        Of the table.
    files : list of TableFile
        Those that it has.
    new : pyarrow.Table
        Rows in the table's schema, one a key.

    Raises
    ------
    OSError
        There is no room, or the folder cannot be written to.
    """
    table = TABLES[name]
    sources = set(pc.unique(new["source"]).to_pylist()) if "source" in new.column_names else set()
    kept: list[TableFile] = []
    rows = new
    for file in files:
        mine = not sources or {file.source} == sources
        if file.part or not (mine or _shares_keys(folder / file.name, table, new)):
            kept.append(file)
            continue
        old = pq.read_table(folder / file.name, schema=arrow_schema(table))
        if "also" in new.column_names:
            rows = _complete(table, rows, old)
        rest = old.join(new.select(list(table.key)), list(table.key), join_type="left anti")
        if mine:
            rows = pa.concat_tables([rows, rest.select(rows.column_names).cast(rows.schema)])
        elif rest.num_rows:
            kept.append(write_table(folder, name, _sorted(table, rest), source=file.source))
    source = next(iter(sources)) if len(sources) == 1 else ""
    return [*kept, write_table(folder, name, _sorted(table, rows), source=source)]


def _shares_keys(path: Path, table: Table, new: pa.Table) -> bool:
    """Say whether a file has a row with a key of the new ones."""
    keys = pq.read_table(path, columns=list(table.key))
    wanted = new.select(list(table.key))
    return bool(keys.join(wanted, list(table.key), join_type="left semi").num_rows)


def _complete(table: Table, new: pa.Table, old: pa.Table) -> pa.Table:
    """Fill what new rows do not know from old ones of the same key, and name their sources."""
    key = list(table.key)
    facts = [c.name for c in table.columns if c.optional and c.name != "also"]
    before = old.select([*key, *facts, "source", "also"])
    both = new.join(before, key, join_type="left outer", right_suffix=" before")
    for name in facts:
        filled = pc.coalesce(both[name], both[f"{name} before"])
        both = both.set_column(both.column_names.index(name), name, filled)
    also = [
        _join_sources(*row)
        for row in zip(
            both["source"].to_pylist(),
            both["also"].to_pylist(),
            both["source before"].to_pylist(),
            both["also before"].to_pylist(),
            strict=True,
        )
    ]
    both = both.set_column(both.column_names.index("also"), "also", pa.array(also, pa.string()))
    return both.select(new.column_names).cast(new.schema)


def _join_sources(source: str, *others: str | None) -> str | None:
    """Return the sources besides a row's own, joined by semicolons, None for none."""
    named = [name for text in others if text for name in text.split(";")]
    return ";".join(dict.fromkeys(name for name in named if name != source)) or None


def _sorted(table: Table, rows: pa.Table) -> pa.Table:
    order = [(column, "ascending") for column in table.sort]
    return rows.select([c.name for c in table.columns]).sort_by(order).cast(arrow_schema(table))
