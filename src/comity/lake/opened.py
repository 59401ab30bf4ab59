"""DuckDB over the files of a lake: opened when first asked, and closed between questions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from comity.lake import engine

if TYPE_CHECKING:
    import duckdb
    import ibis


class Opened:
    """DuckDB in memory, with views of files; several threads may ask it at once.

    Parameters
    ----------
    memory : str
        What DuckDB may take, such as "1GB"; "" for what it takes by itself.
    """

    def __init__(self, memory: str = "") -> None:
        self.memory = memory
        self._database: duckdb.DuckDBPyConnection | None = None
        self._views: set[str] = set()
        self._asking = 0
        self._free = threading.Condition(threading.RLock())

    @property
    def database(self) -> duckdb.DuckDBPyConnection:
        """The connection, opened where it is not yet."""
        with self._free:
            if self._database is None:
                self._database = engine.open_database(self.memory)
            return self._database

    @cached_property
    def backend(self) -> ibis.BaseBackend:
        """The same for Ibis, which one thread at a time may use."""
        return engine.over(self.database)

    def view(self, name: str, paths: list[str]) -> None:
        """Make a view of Parquet files, unless there is one of that name."""
        with self._free:
            if name not in self._views:
                with self.database.cursor() as cursor:
                    cursor.read_parquet(paths).create_view(name)
                self._views.add(name)

    @contextmanager
    def asking(self, view: str, paths: list[str]) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor of one's own that has a view of some files; it ends with the ``with``."""
        with self._free:
            self.view(view, paths)
            cursor = self.database.cursor()
            self._asking += 1
        try:
            with cursor:
                yield cursor
        finally:
            with self._free:
                self._asking -= 1
                self._free.notify_all()

    def close(self) -> None:
        """Close it when no other thread is asking; the next question opens it anew.

        What Ibis asks does not count: the thread that uses Ibis is the one to close.
        """
        with self._free:
            self._free.wait_for(lambda: not self._asking)
            if self._database is not None:
                self._database.close()
                self._database = None
                self.__dict__.pop("backend", None)
                self._views.clear()
