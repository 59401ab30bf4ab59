"""Where the queries of a lake run: DuckDB in this process, or Apache Spark at an address.

Every table is an Ibis expression, so nothing else in comity knows which of the two it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.errors import LakeError

if TYPE_CHECKING:
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


def connect(address: str | None, memory: str = "") -> ibis.BaseBackend:
    """Return the engine at an address; DuckDB in memory without one.

    Parameters
    ----------
    address : str, optional
        ``spark://host:7077`` of a standalone cluster, or ``sc://host:15002`` of Spark Connect.
    memory : str
        What DuckDB may take, as it writes it: "1GB"; "" for four fifths of the machine's.

    Raises
    ------
    LakeError
        Spark is not installed, or does not answer.
    """
    if address is None:
        import ibis

        engine = ibis.duckdb.connect()
        # A lake of many years has many files: what is in them is read once, not once a question.
        engine.raw_sql("SET parquet_metadata_cache = true")
        if memory:
            engine.con.execute("SET memory_limit = ?", [memory])
        return engine
    try:
        from comity.lake import spark

        return spark.connect(address)
    except ImportError as error:
        raise LakeError(
            f"Apache Spark cannot be used here ({error}).",
            "Run: pip install 'comity[spark]'.",
        ) from None
