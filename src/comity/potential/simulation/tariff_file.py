"""A user's tariffs by product, as CSV: ``product, importer, exporter, rate``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from comity import catalogue
from comity.errors import InputFileError, NegativeTariffError, UnknownNameError

_REQUIRED = ("product", "importer", "rate")
_MOST = 50.0  # some duties per unit are worth 3,000 % of the price


@dataclass(frozen=True, slots=True)
class Rate:
    """A tariff of one importer on one product; ``exporter`` is empty where it is for everybody."""

    product: str
    importer: str
    exporter: str
    rate: float
    line: int


def read_tariffs(path: Path) -> list[Rate]:
    """Return the rates of a file, in its order.

    ``importer`` and ``exporter`` may be countries or blocs; a row of a bloc counts for each of its
    members. ``exporter`` may be missing or empty. Rates are fractions (0.1) or percentages (10%).

    Raises
    ------
    InputFileError
        The file is absent, is not UTF-8, has no rows, lacks a column, or holds a product, country
        or rate that cannot be read; the error names the line.
    NegativeTariffError
        A rate is below zero; the error names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputFileError(f"{path} is not there.", "Give the path of a CSV file.") from None
    except (OSError, UnicodeError) as error:
        raise InputFileError(
            f"{path.name} cannot be read as text: {error}.", "Save it as CSV in UTF-8."
        ) from None
    reader = csv.DictReader(io.StringIO(text))
    columns = [name.strip().lower() for name in reader.fieldnames or []]
    reader.fieldnames = columns
    if missing := [name for name in _REQUIRED if name not in columns]:
        raise InputFileError(
            f"{path.name} lacks the column {', '.join(missing)}.",
            "Its columns should be product, importer, exporter (may be left out), rate.",
        )
    rates = [rate for row in reader for rate in _rates(path.name, reader.line_num, row)]
    if not rates:
        raise InputFileError(
            f"{path.name} has no tariffs: there is nothing beneath its header.",
            "Write one row a product and importer, or leave --tariff out.",
        )
    _refuse_duplicates(path.name, rates)
    return rates


def _rates(name: str, line: int, row: dict[str, str | None]) -> Iterator[Rate]:
    cells = {key: (value or "").strip() for key, value in row.items() if key is not None}
    if None in row:
        raise InputFileError(f"{name}, line {line}: more cells than columns.")
    product = _product(name, line, cells["product"])
    rate = _rate(name, line, cells["rate"])
    exporters = _parties(name, line, "exporter", cells.get("exporter", "")) or ("",)
    importers = _parties(name, line, "importer", cells["importer"])
    if not importers:
        raise InputFileError(f"{name}, line {line}: the importer is missing.")
    for importer in importers:
        for exporter in exporters:
            yield Rate(product, importer, exporter, rate, line)


def _product(name: str, line: int, text: str) -> str:
    plain = text.replace(".", "").replace(" ", "").upper()
    if plain == catalogue.product("TOTAL").code:
        return plain
    code = plain.zfill(2) if plain.isdigit() and len(plain) == 1 else plain
    try:
        # Codes of older editions and tariff lines of eight digits are known by their chapter.
        chapter = catalogue.chapter(code)
    except UnknownNameError:
        chapter = None
    if chapter is None or len(code) not in (2, 4, 6, 8, 10):
        raise InputFileError(
            f"{name}, line {line}: '{text}' in column 'product' is no code of the Harmonized "
            "System.",
            "Write two, four or six digits with leading zeros, or TOTAL.",
        )
    return code


def _rate(name: str, line: int, text: str) -> float:
    percent = text.endswith("%")
    try:
        value = float(text.rstrip("% ").replace(",", "."))
    except ValueError:
        value = float("nan")
    if value != value or abs(value) == float("inf"):
        raise InputFileError(
            f"{name}, line {line}: '{text}' in column 'rate' is not a number.",
            "Write 0.1 or 10%.",
        )
    if value < 0:
        raise NegativeTariffError(
            f"{name}, line {line}: the tariff is {text}; a tariff cannot be below zero.",
            "Give tariffs as fractions (0.10) or percentages (10%).",
        )
    value = value / 100 if percent else value
    if value > _MOST:
        raise InputFileError(
            f"{name}, line {line}: a tariff of {value:.0%} is not possible.",
            f"If {text} per cent is meant, write {text}%.",
        )
    return value


def _parties(name: str, line: int, column: str, text: str) -> tuple[str, ...]:
    if not text:
        return ()
    try:
        return catalogue.parties(text)
    except UnknownNameError as error:
        raise InputFileError(
            f"{name}, line {line}: '{text}' in column '{column}' is no country or bloc that comity "
            "knows.",
            error.hint or "Write an ISO code or a name.",
        ) from None


def _refuse_duplicates(name: str, rates: list[Rate]) -> None:
    seen: dict[tuple[str, str, str], int] = {}
    for rate in rates:
        key = (rate.product, rate.importer, rate.exporter)
        if key in seen:
            raise InputFileError(
                f"{name}, line {rate.line}: product {rate.product} of {rate.importer} stands on "
                f"line {seen[key]} already.",
                "Keep one rate for each product and pair.",
            )
        seen[key] = rate.line
