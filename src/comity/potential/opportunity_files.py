"""The user's own factors: growth by country and tariffs by product, read from small CSV files."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from comity import catalogue
from comity.errors import (
    ComityError,
    ElasticityError,
    InputFileError,
    NegativeTariffError,
    UnknownNameError,
)

_LEAST_LEVEL, _MOST_LEVEL = 0.2, 3.0
_MOST_TARIFF = 10.0


@dataclass(frozen=True, slots=True)
class Growth:
    """Expected levels in five years over today's, by ISO3 code: 1.10 is +10 %.

    ``source`` is the lake's, where they are; empty for the user's own.
    """

    gdp: Mapping[str, float]
    population: Mapping[str, float]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Tariffs:
    """The importer's tariffs by HS code, as fractions, and elasticities of substitution.

    ``source`` is the lake's, where they are; empty for the user's own.
    """

    levied: Mapping[str, float]
    on_pair: Mapping[str, float]
    substitution: Mapping[str, float]
    source: str = ""


def read_growth(path: Path) -> Growth:
    """Read ``country,gdp[,population]``: levels in five years over today's.

    Raises
    ------
    InputFileError
        The file cannot be read, lacks a column, names no country, or gives rates in the place of
        levels; the message names line and column.
    """
    gdp: dict[str, float] = {}
    heads: dict[str, float] = {}
    for line, row in _rows(path, ("country", "gdp")):
        try:
            country = catalogue.country(row["country"]).iso3
        except UnknownNameError as error:
            raise _wrong(path, line, "country", error.message, error.hint) from None
        except ComityError as error:
            raise _wrong(path, line, "country", error.message, error.hint) from None
        if country in gdp:
            raise _wrong(path, line, "country", f"{country} occurs a second time.")
        gdp[country] = _level(path, line, "gdp", row["gdp"])
        if row.get("population"):
            heads[country] = _level(path, line, "population", row["population"])
    return Growth(gdp, heads)


def read_tariffs(path: Path, exporter: str = "") -> Tariffs:
    """Read ``product,levied,on_pair,substitution[,exporter]``: fractions, and an elasticity.

    ``levied`` is the importer's average over suppliers, ``on_pair`` what this exporter pays.

    Parameters
    ----------
    path : Path
        The file.
    exporter : str
        ISO3 code: rows with another one in the column ``exporter`` are for the other direction.

    Raises
    ------
    InputFileError
        The file cannot be read, lacks a column, or names a product twice or that is none.
    NegativeTariffError, ElasticityError
        A tariff below zero; an elasticity of zero or below.
    """
    levied: dict[str, float] = {}
    on_pair: dict[str, float] = {}
    substitution: dict[str, float] = {}
    for line, row in _rows(path, ("product", "levied", "on_pair", "substitution")):
        if row.get("exporter") and catalogue.country(row["exporter"]).iso3 != exporter:
            continue
        code = row["product"].zfill(2)
        try:
            code = catalogue.product(code).code
        except ComityError:
            raise _wrong(
                path,
                line,
                "product",
                f"'{row['product']}' is no HS code.",
                "Write codes with their leading zeros, such as 03 or 300490.",
            ) from None
        if code in levied:
            raise _wrong(path, line, "product", f"{code} occurs a second time.")
        levied[code] = _tariff(path, line, "levied", row["levied"])
        on_pair[code] = _tariff(path, line, "on_pair", row["on_pair"])
        substitution[code] = _number(path, line, "substitution", row["substitution"])
        if substitution[code] <= 0:
            raise ElasticityError(
                f"{path.name}, line {line}: an elasticity of substitution of "
                f"{substitution[code]:g} has no meaning.",
                "Give a number above zero.",
            )
    return Tariffs(levied, on_pair, substitution)


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Return the rows with their line numbers, cells stripped."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputFileError(
            f"{path} cannot be read: {error.strerror}.", "Check the name of the file."
        ) from None
    except UnicodeDecodeError:
        raise InputFileError(f"{path} is not text in UTF-8.", "Save it as CSV in UTF-8.") from None
    reader = csv.DictReader(text.splitlines())
    lacking = [name for name in columns if name not in (reader.fieldnames or ())]
    if lacking:
        raise InputFileError(
            f"{path.name} has no column {', '.join(lacking)}.",
            f"Its first line should be {','.join(columns)}.",
        )
    rows = [
        (reader.line_num, {key: (value or "").strip() for key, value in row.items() if key})
        for row in reader
    ]
    if not rows:
        raise InputFileError(f"{path.name} has no rows.", "Add one row a country or product.")
    return rows


def _number(path: Path, line: int, column: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise _wrong(path, line, column, f"'{cell}' is not a number.") from None
    if not math.isfinite(value):
        raise _wrong(path, line, column, f"'{cell}' is not a finite number.")
    return value


def _level(path: Path, line: int, column: str, cell: str) -> float:
    value = _number(path, line, column, cell)
    if not _LEAST_LEVEL < value < _MOST_LEVEL:
        raise _wrong(
            path,
            line,
            column,
            f"{value:g} is no level in five years over today's.",
            "Give levels, not rates: +10 % in five years is 1.10, neither 0.10 nor 10.",
        )
    return value


def _tariff(path: Path, line: int, column: str, cell: str) -> float:
    value = _number(path, line, column, cell)
    if value < 0:
        raise NegativeTariffError(
            f"{path.name}, line {line}, column '{column}': a tariff of {value:g} is below zero.",
            "Give tariffs as fractions: 0.10 is ten per cent.",
        )
    if value > _MOST_TARIFF:
        raise _wrong(
            path,
            line,
            column,
            f"{value:g} would be a tariff of {value:.0%}.",
            "Give tariffs as fractions: 0.10 is ten per cent.",
        )
    return value


def _wrong(path: Path, line: int, column: str, what: str, hint: str = "") -> InputFileError:
    return InputFileError(f"{path.name}, line {line}, column '{column}': {what}", hint)
