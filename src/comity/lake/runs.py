"""Rows of files of years put together by pair: pairs are counted, then each row goes to its place.

Every file is in the order of exporter, importer, product. Files that follow each other in the order
of years therefore give, pair by pair, years and products in order, and nothing has to be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from comity.lake.codes import gather
from comity.lake.schema import FLOWS

Codes = NDArray[np.int16]

_TEXTS = ("exporter", "importer", "product")
_READ = (*_TEXTS, "value_usd")


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of one file, in its order.

    Attributes
    ----------
    exporter, importer, product : ndarray of int16, shape (M,)
        Places in lists of texts that all runs share.
    value : ndarray of float64, shape (M,)
    """

    exporter: Codes
    importer: Codes
    product: Codes
    value: NDArray[np.float64]


class Names:
    """Texts that rows have, numbered in the order in which they are met."""

    def __init__(self) -> None:
        self._place: dict[str, int] = {}

    def codes(self, column: pa.ChunkedArray) -> Codes:
        """Return each text's number."""
        pieces = []
        for chunk in column.chunks:
            texts = chunk.dictionary.to_pylist()
            own = [self._place.setdefault(text, len(self._place)) for text in texts]
            pieces.append(_gather(np.array(own, np.int16), chunk.indices.to_numpy()))
        return np.concatenate(pieces) if pieces else np.empty(0, np.int16)

    def in_order(self) -> tuple[list[str], Codes]:
        """Return the texts in alphabetical order, and the place there of each number."""
        texts = sorted(self._place)
        place = np.empty(len(texts), np.int16)
        place[[self._place[text] for text in texts]] = np.arange(len(texts))
        return texts, place


def open_file(path: Any) -> pq.ParquetFile:  # noqa: ANN401
    """Open a part of a year, texts to be read as numbers."""
    return pq.ParquetFile(path, read_dictionary=list(_TEXTS))


def read_run(file: pq.ParquetFile, groups: list[int], names: dict[str, Names]) -> Run:
    """Read some groups of rows of a part of a year."""
    rows = file.read_row_groups(groups, columns=list(_READ))
    codes = {name: names[name].codes(rows[name]) for name in _TEXTS}
    return Run(**codes, value=rows["value_usd"].to_numpy())


def same_in_all(file: pq.ParquetFile) -> dict[str, Any]:
    """Return what all rows of a part of a year have in common: year, source and the like."""
    others = [column.name for column in FLOWS.columns if column.name not in _READ]
    first: dict[str, Any] = file.read_row_group(0, columns=others).slice(0, 1).to_pylist()[0]
    return first


def merge_runs(
    runs: Sequence[Run], common: Sequence[dict[str, Any]], names: dict[str, Names],
    first: str, last: str,
) -> pa.Table:  # fmt: skip
    """Return the rows of runs of some exporters, by exporter, importer, and the runs' order.

    Parameters
    ----------
    runs : sequence of Run
    common : sequence of dict
        What the rows of each run have in common.
    names : dict of str to Names
        Of exporter, importer and product.
    first, last : str
        Only exporters from this one on, and before that one.
    """
    (exporters, e), (importers, i), (products, p) = (names[name].in_order() for name in _TEXTS)
    wanted = np.array([first <= text < last for text in exporters], np.bool_)[e]
    start = np.zeros(len(exporters) * len(importers) + 1, np.int64)
    for run in runs:
        _count(run.exporter, run.importer, e, i, wanted, len(importers), start)
    start = np.cumsum(start)
    size = int(start[-1])
    out_e, out_i, out_p, out_run = (np.empty(size, np.int16) for _ in range(4))
    out_v = np.empty(size)
    for number, run in enumerate(runs):
        _place(
            run.exporter, run.importer, run.product, run.value, e, i, p, wanted, len(importers),
            number, start, out_e, out_i, out_p, out_v, out_run,
        )  # fmt: skip
    columns = {
        "exporter": _texts(out_e, exporters), "importer": _texts(out_i, importers),
        "product": _texts(out_p, products), "value_usd": pa.array(out_v),
    }  # fmt: skip
    for column in FLOWS.columns:
        if column.name not in columns:
            columns[column.name] = _spread(column.type, [c[column.name] for c in common], out_run)
    fields = [pa.field(c.name, columns[c.name].type, c.optional) for c in FLOWS.columns]
    return pa.table([columns[field.name] for field in fields], schema=pa.schema(fields))


def _spread(kind: str, values: list[Any], run: Codes) -> pa.Array:
    """Return a column of which each run has one value."""
    if kind == "text":
        texts = sorted(set(values))
        if len(texts) == 1:
            return _texts(np.zeros(run.size, np.int16), texts)
        return _texts(_gather(np.array([*map(texts.index, values)], np.int16), run), texts)
    if kind == "float":  # a quantity, which sums do not have
        return pa.nulls(run.size, pa.float64())
    return pa.array(_gather(np.array(values, np.int32), run))


def _gather(values: NDArray[Any], places: NDArray[np.integer]) -> NDArray[Any]:
    out = np.empty(places.size, values.dtype)
    gather(values, places, out)
    return out


def _texts(index: Codes, texts: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index), pa.array(texts, pa.string()))


@nb.njit(cache=True, nogil=True)
def _count(
    exporter: np.ndarray, importer: np.ndarray, e: np.ndarray, i: np.ndarray, wanted: np.ndarray,
    width: int, start: np.ndarray,
) -> None:  # fmt: skip
    """Add to the place after each pair's how many rows it has."""
    for row in range(exporter.size):
        if wanted[exporter[row]]:
            start[e[exporter[row]] * width + i[importer[row]] + 1] += 1


@nb.njit(cache=True, nogil=True)
def _place(
    exporter: np.ndarray, importer: np.ndarray, product: np.ndarray, value: np.ndarray,
    e: np.ndarray, i: np.ndarray, p: np.ndarray, wanted: np.ndarray, width: int, number: int,
    start: np.ndarray, out_e: np.ndarray, out_i: np.ndarray, out_p: np.ndarray,
    out_v: np.ndarray, out_run: np.ndarray,
) -> None:  # fmt: skip
    """Put each row where its pair's next one belongs."""
    for row in range(exporter.size):
        if wanted[exporter[row]]:
            own_e, own_i = e[exporter[row]], i[importer[row]]
            pair = own_e * width + own_i
            at = start[pair]
            start[pair] += 1
            out_e[at], out_i[at], out_p[at] = own_e, own_i, p[product[row]]
            out_v[at], out_run[at] = value[row], number
