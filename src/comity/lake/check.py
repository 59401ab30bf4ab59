"""What a table must satisfy before it enters a lake."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as pa

from comity.errors import SchemaError
from comity.lake.schema import Column, Table

_ARROW = {"text": pa.string(), "int": pa.int32(), "float": pa.float64(), "bool": pa.bool_()}


def conform(
    table: Table, frame: pd.DataFrame, *, countries: Collection[str], sources: Collection[str]
) -> pa.Table:
    """Return the frame as a sorted Arrow table of the schema, or say what is wrong with it.

    Parameters
    ----------
    table : Table
        The schema.
    frame : DataFrame
        One row a record; optional columns may be absent.
    countries, sources : collection of str
        The codes and source ids that rows may name.

    Raises
    ------
    SchemaError
        A column is missing, unknown, of another type or empty where it may not be; a key occurs
        twice; a value is negative or infinite; a country or a source is unknown.
    """
    _check_columns(table, frame)
    frame = frame.sort_values(list(table.sort), kind="stable").reset_index(drop=True)
    arrays = [_array(table, column, frame) for column in table.columns]
    _check_key(table, frame)
    for name in table.not_negative:
        _check_sign(table, frame, name)
    for name in table.countries:
        _check_known(table, frame, name, countries, "country")
    if "source" in frame:
        _check_known(table, frame, "source", sources, "source")
    return pa.table(arrays, schema=arrow_schema(table))


def arrow_schema(table: Table) -> pa.Schema:
    """Return the table's Arrow schema."""
    return pa.schema(
        [
            pa.field(column.name, _ARROW[column.type], nullable=column.optional)
            for column in table.columns
        ]
    )


def _check_columns(table: Table, frame: pd.DataFrame) -> None:
    known = {column.name for column in table.columns}
    required = {column.name for column in table.columns if not column.optional}
    if missing := sorted(required - set(frame.columns)):
        raise SchemaError(f"Table '{table.name}' lacks {', '.join(missing)}.")
    if unknown := sorted(set(frame.columns) - known):
        raise SchemaError(f"Table '{table.name}' has no column {', '.join(unknown)}.")


def _array(table: Table, column: Column, frame: pd.DataFrame) -> pa.Array:
    if column.name not in frame:
        return pa.nulls(len(frame), _ARROW[column.type])
    try:
        array = pa.Array.from_pandas(frame[column.name], type=_ARROW[column.type])
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise SchemaError(
            f"Column '{column.name}' of table '{table.name}' is not {column.type}: {error}"
        ) from None
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if array.null_count and not column.optional:
        row = int(np.argmax(array.is_null().to_numpy(zero_copy_only=False)))
        raise SchemaError(
            f"Column '{column.name}' of table '{table.name}' is empty in "
            f"{array.null_count} rows, the first: {_row(frame, row)}."
        )
    return array


def _check_key(table: Table, frame: pd.DataFrame) -> None:
    twice = frame.duplicated(list(table.key), keep=False)
    if twice.any():
        row = int(np.argmax(twice.to_numpy()))
        raise SchemaError(
            f"Table '{table.name}' holds {int(twice.sum())} rows whose key "
            f"({', '.join(table.key)}) occurs more than once, the first: {_row(frame, row)}."
        )


def _check_sign(table: Table, frame: pd.DataFrame, name: str) -> None:
    if name not in frame:
        return
    values = frame[name].to_numpy(dtype=float, na_value=np.nan)
    wrong = (values < 0) | np.isinf(values)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise SchemaError(
            f"Column '{name}' of table '{table.name}' is negative or infinite in "
            f"{int(wrong.sum())} rows, the first: {_row(frame, row)}."
        )


def _check_known(
    table: Table, frame: pd.DataFrame, name: str, known: Collection[str], kind: str
) -> None:
    unknown = sorted(set(frame[name].dropna().unique()) - set(known))
    if unknown:
        raise SchemaError(
            f"Column '{name}' of table '{table.name}' names {len(unknown)} unknown "
            f"{kind} codes: {', '.join(unknown[:10])}."
        )


def _row(frame: pd.DataFrame, position: int) -> str:
    return ", ".join(f"{key}={value}" for key, value in frame.iloc[position].items())
