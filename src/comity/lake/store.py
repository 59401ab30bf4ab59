"""A lake on disk: Parquet files and the manifest that names them.

The manifest is the lake. A table's files carry their content's hash in their name, so a build
writes new files beside the old ones and then replaces the manifest in one step: a reader sees the
old lake or the new one, whatever happens in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity import catalogue
from comity.errors import LakeError, OutputError
from comity.lake import engine
from comity.lake.by_pair import read_entry
from comity.lake.check import arrow_schema, conform
from comity.lake.contents import PAIRED, Holding, World, count_holdings, count_sources
from comity.lake.files import sweep, write_table
from comity.lake.kept import Arrays, Kept, kept_beside
from comity.lake.manifest import (
    TableFile,
    check_files,
    read_manifest,
    sha256_of,
    swap_manifest,
)
from comity.lake.memo import Memo
from comity.lake.opened import Opened
from comity.lake.questions import QUESTIONS, Question, fill, until_year
from comity.lake.questions import write as write_question
from comity.lake.schema import TABLES, TOTAL, WORLD

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pandas as pd


class Store:
    """The tables of one lake, read-only, as Ibis expressions.

    Parameters
    ----------
    folder : Path
        A folder with a ``manifest.json``.
    address : str, optional
        Of the engine that runs the queries: see `comity.lake.engine`.
    memory : str
        What DuckDB may take, such as "1GB"; "" for what it takes by itself.

    Raises
    ------
    LakeError
        The folder is not a lake, is of another schema version, or is damaged.
    """

    def __init__(self, folder: Path, address: str | None = None, *, memory: str = "") -> None:
        self.folder = Path(folder)
        self.memory = memory
        self.address = address
        self.manifest = read_manifest(self.folder)
        self._files = {
            name: [TableFile(**entry) for entry in entries]
            for name, entries in self.manifest["tables"].items()
        }
        self.by_pair = [read_entry(entry) for entry in self.manifest.get("by_pair", ())]
        check_files(self.folder, self.all_files())
        self._opened = Opened(memory)
        self._tables: dict[str, ibis.Table] = {}
        self._written: dict[bool, Arrays] = {}
        self.memo: Memo = {}

    @property
    def id(self) -> str:
        """Hash of the lake's content, 12 hexadecimal digits."""
        return str(self.manifest["id"])

    @property
    def built(self) -> str:
        """Vintage of the lake, as its builder named it."""
        return str(self.manifest["built"])

    @property
    def database(self) -> duckdb.DuckDBPyConnection:
        """DuckDB in memory, which a lake opened without an address is read with."""
        return self._opened.database

    @property
    def connection(self) -> ibis.BaseBackend:
        """The engine for Ibis: that DuckDB, or Spark at the address."""
        return self._opened.backend if self.address is None else self._spark

    @cached_property
    def _spark(self) -> ibis.BaseBackend:
        return engine.connect(self.address or "")

    def close(self) -> None:
        """Close DuckDB, if it is open; the next question opens it anew. Spark's session is left.

        For a process that others are forked from: a connection has threads, which a fork loses.
        And for one that runs long: see `comity.web.state`. What another thread asks with `ask` is
        waited for; to be called in the thread that uses Ibis.
        """
        if self.address is None:
            self._tables.clear()
            self._opened.close()

    def all_files(self) -> Iterator[TableFile]:
        """Give every file of the lake: those of its tables, and those of years by pair."""
        for files in self._files.values():
            yield from files
        for together in self.by_pair:
            for pairs in together.files:
                yield pairs.file

    def table(self, name: str, *, leave: str = "") -> ibis.Table:
        """Return a table of the schema as an Ibis expression.

        Parameters
        ----------
        name : str
            Of the table.
        leave : str
            Leave out this part of the years of publishers that have all pairs: ``world`` of
            `flows`, which is the finer half of it, for questions about pairs.
        """
        key = f"{name}_less_{leave}" if leave else name
        return self._open(name, key, self._paths(name, leave))

    def flows_by_pair(self) -> ibis.Table:
        """Return `flows` without its part ``world``, for a question about few pairs.

        The same rows as ``table("flows", leave="world")``, but from where years lie together by
        pair.
        """
        return self._asked(QUESTIONS["flows"])

    def year_of(self, name: str, source: str, year: int) -> ibis.Table:
        """Return a table without other years and sources where those have files of their own.

        Rows of other years and sources may still be in it; filter as always.
        """
        digest = _digest(source, str(year))
        own = (source, year)
        files = self._files.get(name, ())
        paths = [self._path(f) for f in files if not f.part or (f.source, f.year) == own]
        return self._open(name, f"{name}_less_others_{digest}", paths)

    def _open(self, name: str, key: str, paths: list[str]) -> ibis.Table:
        """Return some files of a table, under a name of their own."""
        if key not in self._tables:
            self._tables[key] = self._make(name, key, paths)
        return self._tables[key]

    def _make(self, name: str, key: str, paths: list[str]) -> ibis.Table:
        if name not in self._files and name not in TABLES:
            raise LakeError(
                f"The lake in {self.folder} has no table '{name}'.", "Build the lake again."
            )
        if not paths:
            import ibis

            return ibis.memtable(arrow_schema(TABLES[name]).empty_table())
        if self.address is None:
            self._opened.view(key, paths)
            return self.connection.table(key)
        return self.connection.read_parquet(paths, table_name=key)

    def _path(self, file: TableFile) -> str:
        return str(self.folder / file.name)

    def _paths(self, name: str, leave: str) -> list[str]:
        files = self._files.get(name, ())
        return [self._path(f) for f in files if not leave or f.part != leave]

    def _paths_of_pairs(self, name: str, leave: str, exporters: Collection[str]) -> list[str]:
        """Return a table's files, those by pair in the place of years; of some exporters, or all.

        What has all exporters of a source is there whatever is asked for.
        """
        held = {own for together in self.by_pair for own in together.of}
        rest = [f for f in self._files.get(name, ()) if f.name not in held and f.part != leave]
        pairs = [pairs for together in self.by_pair for pairs in together.files]
        own = [p.file for p in pairs if not exporters or p.may_have(exporters)]
        return [self._path(file) for file in (*rest, *own)]

    def _asked(self, question: Question) -> ibis.Table:
        return self._open(question.table, question.key, self._paths_of(question))

    def _paths_of(self, question: Question, exporters: Collection[str] = ()) -> list[str]:
        if question.by_pair:
            return self._paths_of_pairs(question.table, question.leave, exporters)
        return self._paths(question.table, question.leave)

    def prepare(self, *, until: bool) -> list[str]:
        """Write the questions out, and return those that a thread of its own may `ask`.

        None on Spark, nor of a table without a file: those go through Ibis, which one thread at a
        time may use.
        """
        if self.address is not None:
            return []
        self._write(until=until)
        return [name for name, q in QUESTIONS.items() if self._paths_of(q)]

    def ask(self, name: str, a: str, b: str, until: int | None = None) -> pa.Table:
        """Return what a table has on two countries: see `comity.lake.questions`.

        Parameters
        ----------
        name : str
            Of the question.
        a, b : str
            Two ISO 3166 alpha-3 codes.
        until : int, optional
            Leave out everything after this year.
        """
        question = QUESTIONS[name]
        paths = self._paths_of(question, (a, b, WORLD))
        if self.address is not None or not paths:
            wanted = question.ask(self._asked(question), a, b)
            return until_year(wanted, until).to_pyarrow()
        sql = str(self._write(until=until is not None)[name])
        view = question.key
        if question.by_pair:  # a view of those files alone
            view = f"{question.key}_{_digest(*paths)}"
            sql = sql.replace(f'"{question.key}"', f'"{view}"')
        with self._opened.asking(view, paths) as cursor:
            cursor.execute(sql, fill(sql, {"a": a, "b": b, "until": until}))
            return cursor.fetch_arrow_table()

    def _write(self, *, until: bool) -> Arrays:
        """Return the questions that every pair asks, as SQL, by name; written out once."""
        if until not in self._written:

            def texts() -> Arrays:
                return {
                    name: np.array(write_question(question, self._asked(question), until=until))
                    for name, question in QUESTIONS.items()
                }

            name = "questions until a year" if until else "questions"
            self._written[until] = self.kept.arrays(name, texts)
        return self._written[until]

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

    @cached_property
    def worlds(self) -> list[World] | None:
        """Tables of every country's trade with the world by product; None where not counted."""
        counted = self.manifest.get("worlds")
        return None if counted is None else [World(*entry) for entry in counted]

    @property
    def files(self) -> dict[str, list[TableFile]]:
        """The files of each table."""
        return self._files

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
            A file's content is not what was written; the error names every such file.
        """
        if damaged := [str(self.folder / name) for name in self.find_damage()]:
            raise LakeError(
                f"{damaged[0]} is damaged: its content has changed."
                if len(damaged) == 1
                else f"{len(damaged)} files are damaged: {', '.join(damaged)}.",
                "Build the lake again.",
            )

    def find_damage(self, advance: Callable[[int], None] = lambda _: None) -> Iterator[str]:
        """Give the names of files whose content is not what was written.

        Parameters
        ----------
        advance : callable
            Called with the bytes of each file when it has been read.
        """
        for file in self.all_files():
            if sha256_of(self.folder / file.name) != file.sha256:
                yield file.name
            advance(file.bytes)


def _digest(*words: str) -> str:
    """Return eight digits that stand for some words, in the name of a view."""
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:8]


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
    for name, table in TABLES.items():
        if name not in tables and not table.optional:
            tables[name] = arrow_schema(table).empty_table()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = {name: [write_table(folder, name, tables[name])] for name in tables}
        holdings = {name: count_holdings(name, tables[name]) for name in PAIRED}
        swap_manifest(folder, files, _provenance(tables), holdings, built)
    except OSError as error:
        raise OutputError(
            f"The lake could not be written to {folder}: {error.strerror}.",
            "Choose another folder or make room.",
        ) from None
    sweep(folder, (file.name for entries in files.values() for file in entries))
    return Store(folder)


def _provenance(tables: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    """Return each source with the number of rows that it gave to each table."""
    counts: dict[str, dict[str, int]] = {}
    for name, table in tables.items():
        if name != "sources":
            count_sources(name, table, counts)
    return [{**row, "rows": counts.get(row["id"], {})} for row in tables["sources"].to_pylist()]
