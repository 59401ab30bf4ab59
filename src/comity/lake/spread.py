"""Work that falls into groups of rows: on every worker of Spark, or group after group here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import pyarrow as pa

if TYPE_CHECKING:
    import ibis

Work = Callable[[pa.Table], pa.Table]


@runtime_checkable
class Spreading(Protocol):
    """An engine that has workers."""

    def spread(
        self, rows: ibis.Table, by: str, work: Work, schema: pa.Schema, batches: int
    ) -> pa.Table:
        """Apply `work` to batches of rows on the workers, and bring back what it returns."""


def spread(rows: ibis.Table, by: str, work: Work, schema: pa.Schema, *, size: int) -> pa.Table:
    """Apply a function to rows that belong together, where the engine of the rows is.

    On Spark the rows go from worker to worker and only results come back; `work` and what it needs
    must be installed on each. On DuckDB one batch is read after the other: memory holds one.

    Parameters
    ----------
    rows : ibis.Table
        Made from the tables of one store.
    by : str
        Column whose values belong together: all rows of a value are in one batch.
    work : callable
        Takes the rows of a batch as an Arrow table, in no promised order; returns one of `schema`.
    schema : pa.Schema
        With the column `by`.
    size : int
        About how many values of `by` make a batch.

    Returns
    -------
    pa.Table
        What `work` returned, sorted by `by`; rows of one value in the order that `work` gave them.
    """
    values = rows.select(by).distinct().order_by(by).to_pyarrow()[by].to_pylist()
    batches = -(-len(values) // size)
    engine = rows.get_backend()
    if not values:
        return schema.empty_table()
    if isinstance(engine, Spreading):
        found = engine.spread(rows, by, work, schema, batches)
    else:
        found = pa.concat_tables(
            work(rows.filter(rows[by].isin(values[k::batches])).to_pyarrow()).cast(schema)
            for k in range(batches)
        )
    return found.take(_stable_order(found, by))


def _stable_order(table: pa.Table, by: str) -> pa.Array:
    """Return the positions that sort by a column and leave equals as they are."""
    place = table.select([by]).append_column("", pa.array(range(table.num_rows)))
    return place.sort_by([(by, "ascending"), ("", "ascending")])[""]
