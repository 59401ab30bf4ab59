"""Years of a source put together by pair: the whole history of two countries lies in one place.

Years come in year by year, a file each, and a question about a pair would look into every one. So
what a brief reads of them (goods by pair and with the world: totals and chapters) is written once
more, sorted by exporter, importer and year. Nothing depends on it: a lake without answers the same.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.lake.ahead import take_ahead
from comity.lake.files import write_tables
from comity.lake.manifest import TableFile
from comity.lake.schema import FLOWS

PART = "by-pair"
_READ = ("totals", "chapters")
# Fewer years than this are not worth a file of their own; of more than that several are made, so
# that memory does not grow with the years.
_LEAST_YEARS, _MOST_YEARS = 4, 30
_ROWS = 4_000_000  # at once in memory, about
_GROUP = 32_768
_TEXTS = [column.name for column in FLOWS.columns if column.type == "text"]
_COUNTED = [column.name for column in FLOWS.columns if column.type in ("text", "int")]
_NUMBERS = [column.name for column in FLOWS.columns if column.type == "float"]
_ASKED = ["exporter", "importer", "year", "source"]


@dataclass(frozen=True, slots=True)
class PairFile:
    """A file by pair, and the files of years whose rows it has.

    Attributes
    ----------
    file : TableFile
    of : tuple of str
        Their names. Where one of them is no longer in the lake, the file by pair is of no use.
    """

    file: TableFile
    of: tuple[str, ...]


def read_entry(entry: dict[str, Any]) -> PairFile:
    """Return a file by pair as the manifest has it."""
    return PairFile(TableFile(**entry["file"]), tuple(entry["of"]))


def is_read(file: TableFile) -> bool:
    """Say whether a file is one of those whose rows are put together."""
    return file.part in _READ


def put_together(
    folder: Path, flows: Collection[TableFile], there: Collection[PairFile]
) -> list[PairFile]:
    """Write what is to be together and is not yet; return all that then is.

    A file that has at most twice as many years as are new is written anew with them: so years that
    come one by one end in few files, and each is written few times.

    Parameters
    ----------
    folder : Path
        Of the lake.
    flows : collection of TableFile
        Files of `flows`.
    there : collection of PairFile
        What has been put together already.

    Raises
    ------
    OSError
        There is no room, or the folder cannot be written to.
    """
    done = {name for pairs in there for name in pairs.of}
    named = {file.name: file for file in flows if is_read(file)}
    together = list(there)
    for source in sorted({file.source for name, file in named.items() if name not in done}):
        own = [f for f in named.values() if f.source == source and f.name not in done]
        new = len({file.year for file in own})
        if new < _LEAST_YEARS:
            continue
        for pairs in there:
            held = [named[name] for name in pairs.of]
            if pairs.file.source == source and len({file.year for file in held}) <= 2 * new:
                own += held
                together.remove(pairs)
        own.sort(key=lambda file: (file.year or 0, -_place(file)))
        years = sorted({file.year or 0 for file in own})
        for start in range(0, len(years), _MOST_YEARS):
            some = set(years[start : start + _MOST_YEARS])
            together.append(_write(folder, [file for file in own if file.year in some]))
    return together


def _write(folder: Path, files: Sequence[TableFile]) -> PairFile:
    written = write_tables(
        folder, "flows", take_ahead(_in_order(folder, files)), level=None, group=_GROUP,
        dictionary=_COUNTED, split=_NUMBERS, statistics=_ASKED, source=files[0].source, part=PART,
    )  # fmt: skip
    return PairFile(written, tuple(file.name for file in files))


def _place(file: TableFile) -> int:
    return _READ[::-1].index(file.part)


def _in_order(folder: Path, files: Sequence[TableFile]) -> Generator[pa.Table, None, None]:
    """Give the rows of files of years by exporter, importer, year: some exporters after others.

    Within a file rows are sorted by exporter, importer and product, so that a stable sort by the
    pair leaves years and products in order.
    """
    opened = [pq.ParquetFile(folder / file.name, read_dictionary=_TEXTS) for file in files]
    for first, last in _cut(opened, sum(file.rows for file in files)):
        pieces = [file.read_row_groups(_groups(file, first, last)) for file in opened]
        rows = pa.concat_tables(pieces).unify_dictionaries().combine_chunks()
        exporter, names = _rank(rows["exporter"])
        importer, _ = _rank(rows["importer"])
        own = np.array([first <= name <= last for name in names], np.bool_)[exporter]
        pair = exporter[own].astype(np.uint32) * 65_536 + importer[own]
        yield rows.take(pa.array(np.flatnonzero(own)[np.argsort(pair, kind="stable")]))


def _groups(file: pq.ParquetFile, first: str, last: str) -> list[int]:
    """Return the groups of a file that have exporters from the first to the last."""
    at = file.schema_arrow.get_field_index("exporter")
    spans = [file.metadata.row_group(k).column(at).statistics for k in range(file.num_row_groups)]
    return [k for k, span in enumerate(spans) if span.min <= last and span.max >= first]


def _rank(column: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    """Return the texts in alphabetical order, and for each row its text's place among them."""
    texts = column.combine_chunks()
    names = texts.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), np.uint16)
    place[order] = np.arange(place.size)
    return place[texts.indices.to_numpy()], [names[k] for k in order]


def _cut(files: Iterable[pq.ParquetFile], rows: int) -> list[tuple[str, str]]:
    """Return ranges of exporters, first and last, that together are all and each not too many."""
    exporters: set[str] = set()
    for file in files:
        column = file.read(columns=["exporter"])["exporter"]
        exporters.update(*(chunk.dictionary.to_pylist() for chunk in column.chunks))
    order = sorted(exporters)
    size = -(-len(order) // max(1, -(-rows // _ROWS)))
    return [(order[at], order[min(at + size, len(order)) - 1]) for at in range(0, len(order), size)]
