"""Where the queries of a lake run: DuckDB in this process, or Apache Spark at an address.

Every table is an Ibis expression, so nothing else in comity knows which of the two it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.errors import LakeError

if TYPE_CHECKING:
    import duckdb
    import ibis

SPARK = "spark://"
CONNECT = "sc://"


def is_address(text: str) -> bool:
    """Say whether a text is the address of an engine rather than a folder.

    Examples
    --------
    >>> is_address("spark://ministry:7077"), is_address("/data/lake")
    (True, False)
    """
    return text.startswith((SPARK, CONNECT))


def open_database(memory: str = "") -> duckdb.DuckDBPyConnection:
    """Return DuckDB in this process, in memory.

    Parameters
    ----------
    memory : str
        What it may take, as it writes it: "1GB"; "" for four fifths of the machine's.
    """
    import duckdb

    database = duckdb.connect()
    # A lake of many years has many files: what is in them is read once, not once a question.
    database.execute("SET parquet_metadata_cache = true")
    # What goes to standard output is an answer: of a command, or to a model.
    database.execute("SET enable_progress_bar = false")
    if memory:
        database.execute("SET memory_limit = ?", [memory])
    return database


def over(database: duckdb.DuckDBPyConnection) -> ibis.BaseBackend:
    """Return a DuckDB as Ibis has it, with the views that are in it."""
    import ibis

    return ibis.duckdb.from_connection(database)


def connect(address: str) -> ibis.BaseBackend:
    """Return the engine at an address.

    Parameters
    ----------
    address : str
        ``spark://host:7077`` of a standalone cluster, or ``sc://host:15002`` of Spark Connect.

    Raises
    ------
    LakeError
        Spark is not installed, or does not answer.
    """
    try:
        from comity.lake import spark

        return spark.connect(address)
    except ImportError as error:
        raise LakeError(
            f"Apache Spark cannot be used here ({error}).",
            "Run: pip install 'comity[spark]'.",
        ) from None
