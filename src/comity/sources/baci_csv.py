"""The file of a year in BACI's layout, as arrays: read in parallel, and every line checked."""

from __future__ import annotations

import csv
import gzip
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from comity.errors import InputFileError
from comity.sources.archive import MOST_LINE
from comity.sources.baci_lines import parse_lines
from comity.sources.publisher import Wanted

COLUMNS = ("t", "i", "j", "k", "v", "q")
_TYPES = {
    "t": pa.int16(), "i": pa.int16(), "j": pa.int16(), "k": pa.int32(), "v": pa.float64(),
    "q": pa.float64(),
}  # fmt: skip
# Quantities are padded with blanks to a width that has changed, and so is NA.
_WIDEST = 32
_SAMPLE = 2**16
_BLOCK = 8 * 2**20
_AT_ONCE = max(2, min(4, os.cpu_count() or 2))
_MOST_COUNTRY, _LEAST_PRODUCT, _MOST_PRODUCT = 999, 10_000, 999_999
_YEARS = range(1960, 2100)
_MOST_VALUE = 1e15


def is_header(line: str) -> bool:
    """Say whether a first line is that of a file of a year."""
    return line.replace('"', "").replace(" ", "").strip().lower() == ",".join(COLUMNS)


def read_year_table(
    reopen: Callable[[], IO[bytes]], label: str, advance: Callable[[int], None]
) -> tuple[int, pa.Table]:
    """Read one year's file.

    Parameters
    ----------
    reopen : callable
        Opens the file from its beginning, unpacked.
    label : str
        What errors call it.
    advance : callable
        Called with the bytes of each piece that was read.

    Returns
    -------
    (int, pyarrow.Table)
        The year; and its rows, columns ``i``, ``j``, ``k``, ``v``, ``q``.

    Raises
    ------
    InputFileError
        A line is not of this layout; the error names it.
    """
    pieces: dict[int, list[pa.RecordBatch]] = {}
    for year, rows in _pieces(reopen, label, advance):
        pieces.setdefault(year, []).append(rows)
    if len(pieces) != 1:
        said = ", ".join(map(str, sorted(pieces)[:5])) or "none"
        raise InputFileError(
            f"{label}: a file of one year was expected, and this has {said}.",
            "Take the publisher's archive as it was downloaded.",
        )
    [(year, held)] = pieces.items()
    return year, pa.Table.from_batches(held)


def read_years(path: Path, wanted: Wanted) -> Iterator[tuple[int, pa.Table]]:
    """Give the years of a file that may hold several, one after the other.

    What was read is put aside on disk by year, so that no more than one year is in memory.

    Raises
    ------
    InputFileError
        A line is not of this layout; the error names it.
    """

    def reopen() -> IO[bytes]:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]

    with tempfile.TemporaryDirectory(prefix="comity-") as folder:
        aside = _Aside(Path(folder))
        for year, rows in _pieces(reopen, path.name, wanted.advance):
            if wanted.wants(year):
                aside.put(year, rows)
        yield from aside.take_all()


class _Aside:
    """Rows by year: the year that is being read in memory, the others on disk.

    Parameters
    ----------
    folder : Path
        Where the others go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._year = 0
        self._held: list[pa.RecordBatch] = []
        self._spilled: dict[int, list[Path]] = {}

    def put(self, year: int, rows: pa.RecordBatch) -> None:
        """Keep rows of a year."""
        if year != self._year:
            self._spill()
            self._year = year
        self._held.append(rows)

    def _spill(self) -> None:
        if self._held:
            paths = self._spilled.setdefault(self._year, [])
            paths.append(self._folder / f"{self._year}-{len(paths)}.arrow")
            with pa.ipc.new_file(str(paths[-1]), self._held[0].schema) as writer:
                for rows in self._held:
                    writer.write_batch(rows)
            self._held = []

    def take_all(self) -> Iterator[tuple[int, pa.Table]]:
        """Give every year's rows, the years ascending."""
        if self._year in self._spilled:
            self._spill()
        for year in sorted({*self._spilled, *([self._year] if self._held else [])}):
            pieces = [
                pa.ipc.open_file(pa.memory_map(str(path))).read_all()
                for path in self._spilled.get(year, ())
            ]
            if year == self._year and self._held:
                pieces.append(pa.Table.from_batches(self._held))
                self._held = []
            yield year, pa.concat_tables(pieces)


def _pieces(
    reopen: Callable[[], IO[bytes]], label: str, advance: Callable[[int], None]
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Give a file's rows, piece after piece, each checked and of one year."""
    options = _options(_head(reopen))
    with reopen() as file:
        header = file.readline(_SAMPLE)
        advance(len(header))
        line = 0
        for text, plain in _parse_ahead(_read_blocks(file, advance)):
            if plain is not None:
                line += plain[1].num_rows
                yield plain
                continue
            try:
                rows = _read_any(header, text, options)
            except pa.ArrowInvalid as error:
                raise _blame(reopen, label, str(error)) from None
            years = rows["t"].to_numpy()
            _check(rows, years, label, line)
            line += rows.num_rows
            for year in np.unique(years).tolist():
                own = rows.filter(pa.array(years == year)).drop_columns("t").combine_chunks()
                yield year, own.to_batches()[0]


def _read_blocks(file: IO[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    """Give a file in blocks of whole lines; what has no end of a line is given as it is."""
    rest = b""
    while piece := file.read(_BLOCK):
        advance(len(piece))
        end = piece.rfind(b"\n") + 1
        if end:
            yield rest + piece[:end]
            rest = piece[end:]
        else:
            rest += piece
        if len(rest) > MOST_LINE:
            break
    if rest:
        yield rest


def _parse_ahead(
    blocks: Iterable[bytes],
) -> Iterator[tuple[bytes, tuple[int, pa.RecordBatch] | None]]:
    """Give each block and what `parse_lines` makes of it, several at a time on all processors."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting: deque[tuple[bytes, Future[tuple[int, pa.RecordBatch] | None]]] = deque()
        for text in blocks:
            waiting.append((text, pool.submit(parse_lines, text)))
            if len(waiting) > _AT_ONCE:
                first, parsed = waiting.popleft()
                yield first, parsed.result()
        for first, parsed in waiting:
            yield first, parsed.result()


def _read_any(header: bytes, text: bytes, options: pcsv.ConvertOptions) -> pa.Table:
    """Read lines that are not in the plain form, or are at fault, by Arrow."""
    content = header + text
    return pcsv.read_csv(
        pa.py_buffer(content),
        read_options=pcsv.ReadOptions(block_size=len(content)),
        convert_options=options,
    )


def _options(head: bytes) -> pcsv.ConvertOptions:
    """Return how to read a file: NA as wide as the numbers that the file begins with.

    Arrow looks up every cell among the words for missing, so the fewer they are the better.
    """
    cells = (line.rpartition(b",")[2].strip(b'"\r') for line in head.split(b"\n")[1:-1])
    widths = {len(cell) for cell in cells if len(cell) <= _WIDEST} or set(range(_WIDEST))
    missing = {"", "NA", *("NA".rjust(width) for width in widths)}
    return pcsv.ConvertOptions(
        column_types=_TYPES, null_values=sorted(missing), include_columns=COLUMNS
    )


def _head(reopen: Callable[[], IO[bytes]]) -> bytes:
    with reopen() as file:
        return file.read(_SAMPLE)


def _check(rows: pa.Table, years: np.ndarray, label: str, before: int = 0) -> None:
    """See that every number is one that its column can have.

    ``before`` are the rows that came before these in the file.
    """
    if _is_sound(rows, years):
        return
    for name in ("i", "j", "k", "v"):
        if rows[name].null_count:
            _refuse(rows, name, np.asarray(rows[name].is_null()), label, before, "is missing")
    i, j, k, v, q = (rows[name].to_numpy() for name in ("i", "j", "k", "v", "q"))
    for name, wrong, what in (
        ("t", (years < _YEARS.start) | (years >= _YEARS.stop), "is no year"),
        ("i", (i < 1) | (i > _MOST_COUNTRY), "is no country code"),
        ("j", (j < 1) | (j > _MOST_COUNTRY), "is no country code"),
        ("k", (k < _LEAST_PRODUCT) | (k > _MOST_PRODUCT), "is no HS subheading of six digits"),
        ("v", ~((v >= 0) & (v < np.inf)), "is no amount of money"),
        ("q", (q < 0) | np.isinf(q), "is no weight"),
    ):
        if wrong.any():
            _refuse(rows, name, wrong, label, before, what)


def _is_sound(rows: pa.Table, years: np.ndarray) -> bool:
    """Say quickly whether every number is within its bounds."""
    if any(rows[name].null_count for name in ("i", "j", "k", "v")):
        return False
    if not years.size or years.min() < _YEARS.start or years.max() >= _YEARS.stop:
        return not years.size
    for name, least, most in (
        ("i", 1, _MOST_COUNTRY),
        ("j", 1, _MOST_COUNTRY),
        ("k", _LEAST_PRODUCT, _MOST_PRODUCT),
        ("v", 0.0, _MOST_VALUE),
        ("q", 0.0, _MOST_VALUE),
    ):
        span = pc.min_max(rows[name]).as_py()
        low, high = span["min"], span["max"]
        if low is not None and not (low >= least and high <= most):
            return False
    # A value that is not a number passes every bound, but makes the sum none.
    return bool(np.isfinite(pc.sum(rows["v"]).as_py()))


def _refuse(
    rows: pa.Table, name: str, wrong: np.ndarray, label: str, before: int,
    what: str,
) -> None:  # fmt: skip
    row = int(wrong.argmax())
    cell = rows[name][row].as_py() if name in rows.schema.names else ""
    shown = "a value" if cell is None else f"'{cell}'"
    raise InputFileError(
        f"{label}, line {before + row + 2}: {shown} in column '{name}' {what}.",
        "Take the publisher's file as it was downloaded.",
    )


def _blame(reopen: Callable[[], IO[bytes]], label: str, reason: str) -> InputFileError:
    """Read again, slowly, up to the line that the parallel reader could not take."""
    hint = "Take the publisher's file as it was downloaded."
    with reopen() as file:
        for number in range(1, 1_000_000_000):
            line = file.readline(MOST_LINE + 1)
            if not line:
                break
            where = f"{label}, line {number}"
            if len(line) > MOST_LINE:
                return InputFileError(
                    f"{where}: the line is longer than {MOST_LINE // 2**20} MiB.", hint
                )
            if number > 1 and (fault := _fault(line)):
                return InputFileError(f"{where}{fault}", hint)
    return InputFileError(f"{label} cannot be read as a table of BACI: {reason}", hint)


def _fault(line: bytes) -> str:
    """Return what is wrong with a line, as the end of a sentence; empty for nothing."""
    text = line.decode("latin-1").strip("\r\n")
    cells = next(csv.reader([text]), [])
    if not cells:
        return ""
    if len(cells) != len(COLUMNS):
        return f": {len(COLUMNS)} columns were expected, and this has {len(cells)}."
    for name, cell in zip(COLUMNS, cells, strict=True):
        number = cell.strip()
        if number in ("", "NA"):
            continue
        try:
            value = float(number) if name in "vq" else int(number)
        except ValueError:
            kind = "number" if name in "vq" else "whole number"
            return f": '{cell}' in column '{name}' is not a {kind}."
        if (name == "k" and abs(value) >= 2**31) or (name in "tij" and abs(value) >= 2**15):
            return f": '{cell}' in column '{name}' is out of range."
    return ""
