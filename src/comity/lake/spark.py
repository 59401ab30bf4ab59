"""Apache Spark as the engine of a lake: the same Ibis expressions, spread over many machines.

Two things differ from DuckDB and are evened out here. Spark finds a table by a name that the whole
session shares, so two lakes must not use the same one. And Spark hands back rows in whatever order
its tasks end, while a lake's rows are sorted: answers come back in the table's own order, so that
sums over them agree to the last digit.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis.expr.operations as ops
import pyarrow as pa
from ibis.backends.pyspark import Backend
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.backends.sql.rewrites import p as matching
from ibis.common.patterns import replace
from ibis.formats.pyarrow import PyArrowData
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession, functions
from pyspark.sql.pandas.types import from_arrow_schema

from comity.errors import LakeError
from comity.lake.engine import CONNECT
from comity.lake.schema import TABLES
from comity.lake.spread import Work

if TYPE_CHECKING:
    import ibis

# What a session is asked for where nobody has set it. Arrow carries results to Python many times
# faster than pickled rows; the interface of a driver that lives for one brief is of no use.
SETTINGS = {"spark.ui.enabled": "false", "spark.sql.execution.arrow.pyspark.enabled": "true"}

_BATCH = "comity_batch"
# A table of the schema, or what is left of it without a part: see `Store.table`.
_VIEW = re.compile(r"comity_(\w+?)(?:_less_\w+)?_[0-9a-f]{12}")


@replace(matching.Distinct)  # type: ignore[untyped-decorator]
def _group_distinct(_: ops.Distinct, **context: object) -> ops.Aggregate:  # noqa: ARG001
    """Write "distinct" as groups: Ibis 12 puts columns of a filter into a sorted SELECT DISTINCT.

    ``SELECT DISTINCT a ... WHERE b = 1 ORDER BY a`` came out as ``SELECT DISTINCT a, b``.
    """
    return ops.Aggregate(_.parent, groups=_.parent.fields, metrics={})


class _Compiler(PySparkCompiler):  # type: ignore[misc]
    __slots__ = ()
    rewrites = (_group_distinct, *PySparkCompiler.rewrites)


class SparkEngine(Backend):  # type: ignore[misc]
    """The Ibis backend of Spark, with a lake's tables by name and its rows in order."""

    compiler = _Compiler()

    def read_parquet(
        self,
        path: str | Path | Sequence[str],
        /,
        *,
        table_name: str | None = None,
        **options: Any,  # noqa: ANN401
    ) -> ibis.Table:
        """Return the table of some Parquet files, which every worker must be able to read.

        Raises
        ------
        LakeError
            Spark cannot see the files.
        """
        paths = [str(path)] if isinstance(path, str | Path) else [str(part) for part in path]
        digest = hashlib.sha256("\n".join(paths).encode()).hexdigest()[:12]
        view = f"comity_{table_name}_{digest}"
        try:
            frame = self._session.read.parquet(*map(_locate, paths), **options)
            frame.createOrReplaceTempView(view)
        except PySparkException as error:
            raise LakeError(
                f"Spark cannot read {paths[0]} ({_first_line(error)}).",
                "Put the lake in a folder that the driver and every worker see under the same "
                "path, such as a network drive.",
            ) from None
        return self.table(view)

    def to_pyarrow(self, expr: ibis.Expr, /, **options: Any) -> Any:  # noqa: ANN401
        """Run an expression; rows that it leaves unordered come in the order of its table."""
        self._run_pre_execute_hooks(expr)
        wanted = expr.as_table()
        try:
            found = self._session.sql(self.compile(wanted, **options)).toArrow()
        except PySparkException as error:
            raise LakeError(
                f"Spark could not answer ({_first_line(error)}).",
                "Look into the logs of the Spark master and its workers.",
            ) from None
        table = PyArrowData.convert_table(found, wanted.schema())
        if not wanted.op().find(ops.Sort):
            table = _in_order(table, wanted)
        return expr.__pyarrow_result__(table)

    def spread(
        self, rows: ibis.Table, by: str, work: Work, schema: pa.Schema, batches: int
    ) -> pa.Table:
        """Apply a function to batches of rows on the workers; see `comity.lake.spread`."""

        def run(table: pa.Table) -> pa.Table:
            return work(table.drop_columns([_BATCH])).cast(schema)

        frame = self._session.sql(self.compile(rows))
        frame = frame.withColumn(_BATCH, functions.expr(f"pmod(hash(`{by}`), {batches})"))
        # A number of partitions that is asked for is kept: Spark would put all rows, few as they
        # are beside the work on them, into one.
        spread = frame.repartition(batches, _BATCH).groupBy(_BATCH)
        try:
            found = spread.applyInArrow(run, from_arrow_schema(schema)).toArrow()
        except PySparkException as error:
            raise LakeError(
                f"A worker of Spark failed ({_last_line(error)}).",
                "Install the same version of comity on every worker, and look into their logs.",
            ) from None
        return found.cast(schema)


def connect(address: str) -> SparkEngine:
    """Return the engine at ``spark://host:port`` or ``sc://host:port``.

    A session of this process that is already connected there is used as it is: make one first to
    set the memory of the executors, or anything else of Spark's.

    Raises
    ------
    LakeError
        No Java, nobody at the address, or this process is connected to another cluster.
    """
    _knock(address)
    try:
        session = _find_session(address) or _start_session(address)
    except (LakeError, ImportError):
        raise
    except Exception as error:
        # Py4J, gRPC and the JVM each have errors of their own.
        raise LakeError(
            f"Spark at {address} does not take us in ({_first_line(error)}).",
            "Check that Java is installed, and that the cluster runs the same version of Spark.",
        ) from None
    SparkEngine.register_options()
    engine = SparkEngine()
    engine.do_connect(session)
    return engine


def _knock(address: str) -> None:
    """Ask whether anybody listens: Spark itself takes minutes to say that nobody does."""
    scheme, _, hosts = address.partition("://")
    for host in hosts.split(",") if scheme == "spark" else [hosts.split("/")[0]]:
        name, _, port = host.rpartition(":")
        try:
            socket.create_connection((name.strip("[]"), int(port)), timeout=10).close()
        except ValueError:
            raise LakeError(
                f"'{address}' is not the address of a Spark.",
                "Write spark://host:7077 or sc://host:15002.",
            ) from None
        except OSError as error:
            reason = error
        else:
            return
    raise LakeError(
        f"No Spark answers at {address} ({reason}).",
        "Check the address, and that the master runs and can be reached from here.",
    )


def _find_session(address: str) -> SparkSession | None:
    """Return the session of this process at the address; one process has one Spark."""
    active = SparkSession.getActiveSession()
    if active is None or address.startswith(CONNECT):
        return None
    if active.sparkContext.master != address:
        raise LakeError(
            f"This process is connected to {active.sparkContext.master} already.",
            "Stop that session first, or start another process.",
        )
    return active


def _start_session(address: str) -> SparkSession:
    if address.startswith(CONNECT):
        return SparkSession.builder.remote(address).getOrCreate()
    # Spark starts "python3" on its workers, which is seldom the one that has comity.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(address).appName("comity")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _locate(path: str) -> str:
    """Return the path as Spark reads it: whole, and with no sign of a pattern in it."""
    if re.match(r"\w+://", path):
        return path
    return "file://" + re.sub(r"([\\*?\[\]{}])", r"\\\1", str(Path(path).absolute()))


def _in_order(table: pa.Table, wanted: ibis.Table) -> pa.Table:
    """Sort rows as the lake's tables behind them are sorted, then by whatever else they have."""
    names: list[str] = []
    for leaf in wanted.op().find(ops.DatabaseTable):
        if known := _VIEW.fullmatch(leaf.name):
            names += TABLES[known[1]].sort
    keys = dict.fromkeys([name for name in names if name in table.column_names])
    keys |= dict.fromkeys(table.column_names)
    return table.sort_by([(name, "ascending") for name in keys]) if keys else table


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]


def _last_line(error: BaseException) -> str:
    """Return what a worker's own Python said last: Spark prints its whole stack."""
    own = re.findall(r"^\s*(\w[\w.]*(?:Error|Exception): .+)$", str(error), re.MULTILINE)
    return own[-1][:300] if own else _first_line(error)
