"""Years of a source put together by pair: the whole history of two countries lies in one place.

Years come in year by year, a file each, and a question about a pair would look into every one. So
what a brief reads of them (goods by pair and with the world: totals and chapters) is written once
more, sorted by exporter, importer and year. Nothing depends on it: a lake without answers the same.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from comity.lake.ahead import take_ahead
from comity.lake.files import write_table
from comity.lake.manifest import TableFile
from comity.lake.runs import Names, merge_runs, open_file, read_run, same_in_all
from comity.lake.schema import FLOWS

PART = "by-pair"
_READ = ("totals", "chapters")
# Fewer years than this are not worth a file of their own; of more than that several are made, so
# that memory does not grow with the years.
_LEAST_YEARS, _MOST_YEARS = 4, 30
_ROWS = 2_000_000  # of a file, about
_GROUP = 32_768
_COUNTED = [column.name for column in FLOWS.columns if column.type in ("text", "int")]
_NUMBERS = [column.name for column in FLOWS.columns if column.type == "float"]
_AFTER_ALL = "~"
_ASKED = ["exporter", "importer", "year", "source"]


@dataclass(frozen=True, slots=True)
class PairFile:
    """A file by pair: the rows of some exporters.

    Attributes
    ----------
    file : TableFile
    first, last : str
        It has exporters from the first on, and before the last.
    """

    file: TableFile
    first: str = ""
    last: str = _AFTER_ALL

    def may_have(self, exporters: Collection[str]) -> bool:
        """Say whether rows of one of these exporters may be in the file."""
        return any(self.first <= exporter < self.last for exporter in exporters)


@dataclass(frozen=True, slots=True)
class Together:
    """Years that have been put together.

    Attributes
    ----------
    files : tuple of PairFile
        In the order of exporters.
    of : tuple of str
        Names of the files of years whose rows these have. Where one of them is no longer in the
        lake, the files by pair are of no use.
    """

    files: tuple[PairFile, ...]
    of: tuple[str, ...]

    def names(self) -> set[str]:
        """Return the names of the files."""
        return {pairs.file.name for pairs in self.files}


def read_entry(entry: dict[str, Any]) -> Together:
    """Return years put together as the manifest has them; older lakes have one file."""
    files = entry.get("files") or [{"file": entry["file"]}]
    return Together(
        tuple(PairFile(**{**pairs, "file": TableFile(**pairs["file"])}) for pairs in files),
        tuple(entry["of"]),
    )


def is_read(file: TableFile) -> bool:
    """Say whether a file is one of those whose rows are put together."""
    return file.part in _READ


def put_together(
    folder: Path, flows: Collection[TableFile], there: Collection[Together]
) -> list[Together]:
    """Write what is to be together and is not yet; return all that then is.

    What has at most twice as many years as are new is written anew with them: so years that come
    one by one end in few files, and each is written few times.

    Parameters
    ----------
    folder : Path
        Of the lake.
    flows : collection of TableFile
        Files of `flows`.
    there : collection of Together
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
            if held[0].source == source and len({file.year for file in held}) <= 2 * new:
                own += held
                together.remove(pairs)
        own.sort(key=lambda file: (file.year or 0, -_place(file)))
        years = sorted({file.year or 0 for file in own})
        for start in range(0, len(years), _MOST_YEARS):
            some = set(years[start : start + _MOST_YEARS])
            together.append(_write(folder, [file for file in own if file.year in some]))
    return together


def _write(folder: Path, files: Sequence[TableFile]) -> Together:
    """Write files of some exporters each: whoever asks for two countries reads few of them."""
    written = [
        PairFile(
            write_table(
                folder, "flows", rows, level=None, group=_GROUP, dictionary=_COUNTED,
                split=_NUMBERS, statistics=_ASKED, source=files[0].source, part=PART,
            ),
            *exporters,
        )
        for exporters, rows in take_ahead(_in_order(folder, files))
    ]  # fmt: skip
    return Together(tuple(written), tuple(file.name for file in files))


def _place(file: TableFile) -> int:
    return _READ[::-1].index(file.part)


def _in_order(
    folder: Path, files: Sequence[TableFile]
) -> Generator[tuple[tuple[str, str], pa.Table], None, None]:
    """Give the rows of files of years by exporter, importer, year: some exporters after others.

    With the first exporter of each piece, and that after its last.
    """
    opened = [open_file(folder / file.name) for file in files]
    common = [same_in_all(file) for file in opened]
    for first, last in _cut(opened, sum(file.rows for file in files)):
        names = {name: Names() for name in ("exporter", "importer", "product")}
        runs = [read_run(file, _groups(file, first, last), names) for file in opened]
        yield (first, last), merge_runs(runs, common, names, first, last)


def _spans(file: pq.ParquetFile) -> list[tuple[str, str]]:
    """Return the first and the last exporter of each group of rows."""
    at = file.schema_arrow.get_field_index("exporter")
    spans = [file.metadata.row_group(k).column(at).statistics for k in range(file.num_row_groups)]
    return [(span.min, span.max) for span in spans]


def _groups(file: pq.ParquetFile, first: str, last: str) -> list[int]:
    """Return the groups of a file that have exporters from the first on, and before the last."""
    return [k for k, (low, high) in enumerate(_spans(file)) if low < last and high >= first]


def _cut(files: Iterable[pq.ParquetFile], rows: int) -> list[tuple[str, str]]:
    """Return ranges of exporters, the first of each and the next one's, of not too many rows.

    Groups of rows begin with all kinds of exporters, and about as many with each as it has rows.
    """
    begins = sorted(low for file in files for low, _ in _spans(file))
    pieces = max(1, -(-rows // _ROWS))
    bounds = sorted({begins[len(begins) * k // pieces] for k in range(1, pieces)})
    return [*pairwise(["", *bounds, _AFTER_ALL])]
