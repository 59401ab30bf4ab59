"""What every reader needs: text tables read as text, and errors that name file, line and column.

Codes stay text throughout, so `010121` keeps its zero and Namibia its `NA`.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from comity import catalogue
from comity.errors import InputFileError
from comity.lake.schema import WORLD
from comity.sources.columns import opened

_FIRST_LINE = 2  # line 1 is the header


def read_table(
    path: Path,
    columns: Collection[str],
    *,
    separator: str = ",",
    encoding: str = "utf-8-sig",
    member: str = "",
) -> pd.DataFrame:
    """Read a delimited file as text, gzipped or not, and keep the columns asked for.

    Parameters
    ----------
    path : Path
        The file.
    columns : collection of str
        The columns that must be there; others are left out.
    separator, encoding : str
        As the publisher writes the file; a byte order mark is dropped.
    member : str
        Of a zip archive: which file in it.

    Raises
    ------
    InputFileError
        The file is absent, is not text of this encoding, or lacks a column.
    """
    try:
        with opened(path, member) as file:
            frame = pd.read_csv(
                file,
                sep=separator,
                dtype=str,
                encoding=encoding,
                keep_default_na=False,
                skipinitialspace=True,
            )
    except FileNotFoundError:
        raise InputFileError(
            f"{path.name} is not in {path.parent}.", "Give the folder that holds it."
        ) from None
    except UnicodeError:
        raise InputFileError(
            f"{path.name} is not {encoding.removesuffix('-sig').upper()} text.",
            "Take the publisher's file as it was downloaded.",
        ) from None
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise InputFileError(f"{path.name} cannot be read as a table: {error}") from None
    if not isinstance(frame.index, pd.RangeIndex):
        frame = _without_last_cells(frame, path)
    frame.columns = frame.columns.str.strip()
    if missing := [name for name in columns if name not in frame.columns]:
        raise InputFileError(
            f"{path.name} lacks the column {', '.join(missing)}.",
            f"Its columns are {', '.join(frame.columns[:12])}.",
        )
    return frame[list(columns)]


def _without_last_cells(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Undo what pandas makes of rows that end in a separator: their first cell as an index."""
    cells = frame.reset_index()
    extra = cells.shape[1] - frame.shape[1]
    last = cells.iloc[:, -extra:]
    if extra > 1 or not (last.isna() | (last == "")).to_numpy().all():
        raise InputFileError(
            f"{path.name} has rows with more cells than its header.",
            "Take the publisher's file as it was downloaded.",
        )
    return cells.iloc[:, :-extra].set_axis(list(frame.columns), axis=1)


def numbers(frame: pd.DataFrame, column: str, path: Path) -> pd.Series[float]:
    """Return a column as numbers; the empty string is missing, anything else must be a number.

    Raises
    ------
    InputFileError
        A cell is not a number; the error names its line.
    """
    text = frame[column].str.strip()
    values = pd.to_numeric(text, errors="coerce").astype(float)
    wrong = values.isna() & (text != "")
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputFileError(
            f"{path.name}, line {_line(frame, row)}: '{text.iloc[row]}' in column '{column}' "
            "is not a number."
        )
    return values


def _line(frame: pd.DataFrame, row: int) -> int:
    """Return the line of the file that a row was read from; a filtered frame keeps its labels."""
    return int(frame.index[row]) + _FIRST_LINE


def integers(frame: pd.DataFrame, column: str, path: Path) -> pd.Series[int]:
    """Return a column as whole numbers, none of them missing."""
    values = numbers(frame, column, path)
    wrong = values.isna() | (values % 1 != 0)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputFileError(
            f"{path.name}, line {_line(frame, row)}: '{frame[column].iloc[row]}' in column "
            f"'{column}' is not a whole number."
        )
    return values.astype(int)


def countries(
    frame: pd.DataFrame,
    column: str,
    path: Path,
    *,
    scheme: str = "iso3",
    year: pd.Series[int] | None = None,
    world: bool = False,
) -> pd.Series[str]:
    """Return a column of country codes as ISO 3166 alpha-3, as the catalogue knows them.

    Parameters
    ----------
    frame, column, path
        The table, the column of codes and the file that errors name.
    scheme : str
        A scheme of `comity.catalogue.to_iso3`.
    year : Series, optional
        Years of the rows, for codes that passed from one state to the next.
    world : bool
        Keep ``WLD``, the world.

    Returns
    -------
    Series
        Missing for codes that stand for no country (regions, bunkers, unknown origin), for the
        caller to drop.

    Raises
    ------
    InputFileError
        The catalogue does not know a code at all; the error names its line.
    """
    codes = frame[column].str.strip()
    found = catalogue.to_iso3(codes, scheme, year).astype("str")
    if world:
        found = found.mask(codes.str.upper() == WORLD, WORLD)
    strange = found.isna() & codes.isin(_unknown(codes[found.isna()], scheme))
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise InputFileError(
            f"{path.name}, line {_line(frame, row)}: '{codes.iloc[row]}' in column '{column}' is "
            "no country code that comity knows.",
            "Correct the code, or add it to the catalogue.",
        )
    return found


def _unknown(codes: pd.Series[str], scheme: str) -> list[str]:
    """Return the codes that are neither a country, in any year, nor a known area."""
    return [code for code in codes.unique() if catalogue.countries.area(code, scheme) is None]
