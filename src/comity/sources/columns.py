"""What columns a file has, whatever it is packed in, and its rows in batches.

CSV (plain, gzipped or in a zip archive), Stata and Excel are told apart by their content. Archives
are read as streams: nothing is ever unpacked to disk, so no member's name can lead anywhere.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import pandas as pd

from comity.errors import InputFileError
from comity.sources.publisher import Sample

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # Excel 97
_STATA = b"<stata_dta>"
_BATCH = 400_000  # rows
_MOST_EXCEL = 64 * 2**20  # bytes; Excel cannot be read as a stream


@lru_cache(maxsize=4)
def column_names(sample: Sample) -> Mapping[str, tuple[str, ...]]:
    """Return the columns of the table in a file; of an archive, those of each member.

    Returns
    -------
    mapping
        Member, "" for the file itself, to its column names; empty where nothing is a table.
    """
    if sample.head[:4] != _ZIP:
        names = _names(sample.head, sample.path)
        return {"": names} if names else {}
    tables = [name for name in sample.members if Path(name).suffix in {".csv", ".dta", ".xls"}]
    found = {name: _names(sample.peek(name), sample.path, name) for name in tables}
    return {member: names for member, names in found.items() if names}


def _names(head: bytes, path: Path, member: str = "") -> tuple[str, ...]:
    if head.startswith(_STATA):
        return _stata_names(head)
    if head.startswith(_OLE):
        return tuple(read_excel(path, member).columns)
    return names_in(head)


def names_in(head: bytes) -> tuple[str, ...]:
    """Return the column names in the first line of a CSV file, whatever separates them."""
    line = head.partition(b"\n")[0].rstrip(b"\r").removeprefix(b"\xef\xbb\xbf")
    if b"\0" in line:
        return ()
    text = line.decode("latin-1")
    separator = max(",;\t", key=text.count)
    return tuple(name.strip() for name in next(csv.reader([text], delimiter=separator), []))


def _stata_names(head: bytes) -> tuple[str, ...]:
    """Return the variables of a Stata 13 file or later: fixed-width names, ended by a null."""
    width = 33 if b"<release>117<" in head else 129
    block = head.partition(b"<varnames>")[2].partition(b"</varnames>")[0]
    cells = [block[start : start + width] for start in range(0, len(block), width)]
    return tuple(cell.partition(b"\0")[0].decode("latin-1") for cell in cells)


@contextmanager
def opened(path: Path, member: str = "") -> Iterator[IO[bytes]]:
    """Open a file, its gzipped content, or a member of an archive, for reading.

    Raises
    ------
    InputFileError
        It cannot be opened, or turns out to be damaged while it is read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if member:
                with zipfile.ZipFile(file) as archive, archive.open(member) as inner:
                    yield inner
            elif start[:2] == _GZIP:
                with gzip.open(file) as unpacked:
                    yield unpacked  # type: ignore[misc]
            else:
                yield file
    except FileNotFoundError:
        raise  # the caller says where it looked
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        within = f", '{member}'" if member else ""
        raise InputFileError(
            f"{path.name}{within} is damaged: {error}.", "Download the file again."
        ) from None


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a JSON file, gzipped or not; `ValueError` where it is none."""
    with opened(path) as file:
        return json.loads(file.read())


def read_sheet(path: Path, member: str = "") -> Sequence[Sequence[object]]:
    """Return the cells of the first sheet.

    Raises
    ------
    InputFileError
        It is no Excel file, or larger than 64 MiB.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    with opened(path, member) as file:
        content = file.read(_MOST_EXCEL + 1)
    if len(content) > _MOST_EXCEL:
        raise InputFileError(f"{path.name} is larger than 64 MiB.", "Save it as CSV.")
    try:
        rows: Sequence[Sequence[object]] = (
            CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        )
    except (CalamineError, IndexError) as error:
        raise InputFileError(
            f"{path.name} cannot be read as an Excel file ({error}).", "Download the file again."
        ) from None
    if not rows:
        raise InputFileError(f"{path.name} has an empty sheet.", "Download the file again.")
    return rows


def read_excel(path: Path, member: str = "") -> pd.DataFrame:
    """Return the first sheet as text, its first row as names; whole numbers without decimals.

    Raises
    ------
    InputFileError
        As `read_sheet`.
    """
    header, *body = read_sheet(path, member)
    names = [str(name) for name in header]
    return pd.DataFrame([[_cell(value) for value in row] for row in body], columns=names)


def read_stata(path: Path) -> pd.DataFrame:
    """Return a small Stata file as text: missing values as nothing, whole numbers without decimals.

    Raises
    ------
    InputFileError
        It cannot be read.
    """
    with opened(path) as file:
        try:
            frame = pd.read_stata(file, convert_categoricals=False)
        except (ValueError, KeyError) as error:
            raise InputFileError(
                f"{path.name} cannot be read as a Stata file ({error}).", "Download it again."
            ) from None
    return frame.map(lambda value: "" if pd.isna(value) else _cell(value))


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def read_batches(
    path: Path, member: str, texts: Sequence[str], values: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """Return the rows of a CSV or Stata file, some columns as text, others as numbers.

    An empty cell, ``NA`` and Stata's dot are missing numbers.

    Raises
    ------
    InputFileError
        A cell is not a number; the error names line and column.
    """
    with opened(path, member) as file:
        start = file.read(len(_STATA))
    if start == _STATA:
        yield from _stata_batches(path, member, [*texts, *values])
        return
    yield from _csv_batches(path, member, texts, values)


def _stata_batches(path: Path, member: str, columns: list[str]) -> Iterator[pd.DataFrame]:
    with opened(path, member) as file:
        # What is packed cannot be read at will, as Stata's format asks for.
        reader = pd.read_stata(
            file if _is_plain(path, member) else io.BytesIO(file.read()),
            columns=columns,
            convert_categoricals=False,
            iterator=True,
            chunksize=_BATCH,
        )
        with reader:
            yield from reader


def _is_plain(path: Path, member: str) -> bool:
    with path.open("rb") as file:
        return not member and file.read(2) != _GZIP


def _csv_batches(
    path: Path, member: str, texts: Sequence[str], values: Sequence[str]
) -> Iterator[pd.DataFrame]:
    import pyarrow as pa
    import pyarrow.csv as pcsv

    types = {name: pa.string() for name in texts} | {name: pa.float64() for name in values}
    try:
        with opened(path, member) as file:
            reader = pcsv.open_csv(
                file,
                read_options=pcsv.ReadOptions(block_size=16 * 2**20),
                convert_options=pcsv.ConvertOptions(
                    include_columns=[*texts, *values],
                    column_types=types,
                    null_values=["", "NA", "."],
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                yield batch.to_pandas()
    except pa.ArrowInvalid as error:
        raise _wrong_cell(path, member, values) or InputFileError(
            f"{path.name} cannot be read as CSV: {error}", "Download the file again."
        ) from None
    except (KeyError, pa.ArrowKeyError) as error:
        raise InputFileError(f"{path.name} lacks a column: {error}") from None


def _wrong_cell(path: Path, member: str, values: Sequence[str]) -> InputFileError | None:
    """Go through a file again, slowly, for the first row that cannot be read."""
    with opened(path, member) as file:
        reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace"))
        header = next(reader, [])
        places = {name: header.index(name) for name in values}
        for row in reader:
            line = f"{path.name}, line {reader.line_num}"
            if len(row) != len(header):
                return InputFileError(
                    f"{line}: {len(row)} cells where the header has {len(header)}.",
                    "Download the file again.",
                )
            for name, place in places.items():
                if not _is_number(row[place]):
                    return InputFileError(
                        f"{line}: '{row[place]}' in column '{name}' is not a number.",
                        "Take the file as the publisher gives it.",
                    )
    return None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell in {"", "NA", "."}
    return True
