"""The spreadsheet: a sheet a pillar, typed numbers, a source id in each row.

The same brief gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from comity.brief.content import Brief, Chart, Section
from comity.brief.render import names
from comity.measure import Measure

_FORMATS = {
    "USD": "#,##0",
    "persons": "#,##0",
    "people": "#,##0",
    "works": "#,##0",
    "km": "#,##0",
    "days": "#,##0",
    "rank": "0",
    "share": "0.0%",
    "share a year": "0.0%",
    "index": "0.000",
    "points": "0.000",
}
_GENERAL = "#,##0.###"
_COLUMNS: tuple[tuple[str, int], ...] = (
    ("Indicator", 30), ("Id", 20), ("From", 8), ("To", 8), ("Product", 24), ("Period", 12),
    ("Value", 20), ("Unit", 12), ("Text", 24), ("Previous", 20), ("Previous period", 12),
    ("Change", 10), ("Usual value", 18), ("Times usual", 12), ("Flags", 18), ("Source", 26),
    ("Also from", 20), ("Note", 60),
)  # fmt: skip
_SOURCE_COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("id", "Id", 26), ("publisher", "Publisher", 30), ("title", "Title", 44),
    ("version", "Version", 14), ("years", "Years", 14), ("licence", "Licence", 22),
    ("citation", "Citation", 70), ("url", "Address", 44), ("retrieved", "Retrieved", 12),
)  # fmt: skip
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


class _Book:
    """A workbook and the few formats that it uses."""

    def __init__(self, brief: Brief) -> None:
        self.buffer = BytesIO()
        self.book = xlsxwriter.Workbook(
            self.buffer,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        self.book.set_properties(
            {
                "title": f"{brief.a.name} and {brief.b.name}",
                "comments": f"comity, lake {brief.lake_id}, data of {brief.built}",
                "created": _date(brief.built),
            }
        )
        self.brief = brief
        self.head = self._format(bold=True, bottom=1, text_wrap=True, valign="vcenter")
        self.bold = self._format(bold=True)
        self.title = self._format(bold=True, font_size=16)
        self.wrap = self._format(text_wrap=True, valign="top")
        self.quiet = self._format(font_color="#595959")
        self._numbers: dict[str, Format] = {}
        self._used: set[str] = set()

    def _format(self, **properties: object) -> Format:
        return self.book.add_format(properties)

    def number(self, pattern: str) -> Format:
        """Return the format of a number pattern, made once."""
        if pattern not in self._numbers:
            self._numbers[pattern] = self._format(num_format=pattern)
        return self._numbers[pattern]

    def sheet(self, name: str, widths: Sequence[int]) -> Worksheet:
        """Add a sheet with a name that spreadsheets allow."""
        name = _FORBIDDEN.sub(" ", name).strip()[:31] or "Sheet"
        unique, again = name, 2
        while unique.lower() in self._used:
            unique = f"{name[:27]} ({again})"
            again += 1
        self._used.add(unique.lower())
        sheet = self.book.add_worksheet(unique)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        return sheet

    def header(self, sheet: Worksheet, heads: Iterable[str], row: int = 0) -> None:
        """Write a row of headings."""
        for column, head in enumerate(heads):
            sheet.write_string(row, column, head, self.head)

    def cell(
        self, sheet: Worksheet, row: int, column: int, value: object, pattern: str = ""
    ) -> None:
        """Write a number as a number and everything else as text; nothing for what is missing."""
        if value is None or value == "" or value != value:
            return
        if isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(row, column, value, self.number(pattern or _GENERAL))
        else:
            sheet.write_string(row, column, str(value))

    def close(self) -> bytes:
        """Return the workbook's bytes."""
        self.book.close()
        return self.buffer.getvalue()


def render(brief: Brief) -> bytes:
    """Return the brief as an XLSX file."""
    book = _Book(brief)
    _read_me(book)
    _findings(book)
    for section in brief.sections:
        if section.measures or section.absences or section.charts:
            _section(book, section)
    _sources(book)
    return book.close()


def _read_me(book: _Book) -> None:
    brief = book.brief
    sheet = book.sheet("Read me", (24, 100))
    sheet.write_string(0, 0, f"{brief.a.name} and {brief.b.name}", book.title)
    flags = {flag for measure in brief.measures for flag in measure.flags}
    lines: list[tuple[str, str]] = [
        (
            "What this is",
            "What the two countries have with each other, every number with its source.",
        ),
        ("Data", f"lake {brief.lake_id}, built {brief.built}"),
        ("Made again by", brief.command),
        ("From, To", "Exporter and importer for goods; origin and destination for all else."),
        ("Value", "Base units: US dollars, persons, kilometres; shares as fractions, shown in %."),
        (
            "Empty cell",
            "No figure. A gap that was looked for is a row saying so; it is not a zero.",
        ),
        ("Source", "Id of a row of the sheet Sources."),
    ]
    lines += [(f"Flag: {f}", meaning) for f, (_, meaning) in names.FLAGS.items() if f in flags]
    lines += [("Note", note) for note in brief.notes]
    for row, (head, words) in enumerate(lines, start=2):
        sheet.write_string(row, 0, head, book.bold)
        sheet.write_string(row, 1, words, book.wrap)


def _findings(book: _Book) -> None:
    sheet = book.sheet("Findings", (100, 30, 40))
    book.header(sheet, ("Finding", "Pillar", "Sources"))
    sheet.freeze_panes(1, 0)
    for row, finding in enumerate(book.brief.findings, start=1):
        used = dict.fromkeys(source for m in finding.measures for source in m.sources)
        sheet.write_string(row, 0, finding.text, book.wrap)
        sheet.write_string(row, 1, finding.pillar)
        sheet.write_string(row, 2, "; ".join(used))


def _section(book: _Book, section: Section) -> None:
    sheet = book.sheet(section.title, [width for _, width in _COLUMNS])
    book.header(sheet, (head for head, _ in _COLUMNS))
    sheet.freeze_panes(1, 1)
    row = 1
    for measure in section.measures:
        _measure(book, sheet, row, measure)
        row += 1
    for absence in section.absences:
        name = names.indicator_label(absence.indicator)
        cells = (name, absence.indicator, absence.origin, absence.destination)
        for column, value in enumerate(cells):
            book.cell(sheet, row, column, value)
        sheet.write_string(row, 8, "no figure", book.quiet)
        book.cell(sheet, row, 15, absence.source)
        book.cell(sheet, row, 17, absence.reason)
        row += 1
    if row > 1:
        sheet.autofilter(0, 0, row - 1, len(_COLUMNS) - 1)
    for chart in section.charts:
        row = _table(book, sheet, row + 2, chart)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _measure(book: _Book, sheet: Worksheet, row: int, measure: Measure) -> None:
    pattern = _FORMATS.get(measure.unit, _GENERAL)
    cells: tuple[tuple[Any, str], ...] = (
        (names.indicator_label(measure.indicator), ""),
        (measure.indicator, ""),
        (measure.origin, ""),
        (measure.destination, ""),
        (measure.product, ""),
        (measure.period, ""),
        (measure.value, pattern),
        (measure.unit, ""),
        (measure.text, ""),
        (measure.previous, pattern),
        (measure.previous_period, ""),
        (None if measure.unit.startswith("share") else measure.change, "+0.0%;-0.0%;0.0%"),
        (measure.expected, pattern),
        (measure.intensity, "0.00"),
        (", ".join(measure.flags), ""),
        (measure.source, ""),
        (", ".join(measure.also), ""),
        (measure.note, ""),
    )
    for column, (value, number_format) in enumerate(cells):
        book.cell(sheet, row, column, value, number_format)


def _table(book: _Book, sheet: Worksheet, row: int, chart: Chart) -> int:
    """Write the table beneath a chart; return the row after it."""
    sheet.write_string(row, 0, chart.title, book.bold)
    sheet.write_string(row + 1, 0, chart.subtitle, book.quiet)
    book.header(sheet, chart.columns, row + 2)
    row += 3
    for cells in chart.rows:
        for column, value in enumerate(cells):
            book.cell(sheet, row, column, value)
        row += 1
    sheet.write_string(row, 0, f"Source: {'; '.join(chart.sources)}", book.quiet)
    if chart.note:
        row += 1
        sheet.write_string(row, 0, chart.note, book.quiet)
    return row + 1


def _sources(book: _Book) -> None:
    sheet = book.sheet("Sources", [width for _, _, width in _SOURCE_COLUMNS])
    book.header(sheet, (head for _, head, _ in _SOURCE_COLUMNS))
    sheet.freeze_panes(1, 1)
    for row, (name, about) in enumerate(book.brief.sources.items(), start=1):
        for column, (key, _, _) in enumerate(_SOURCE_COLUMNS):
            book.cell(sheet, row, column, name if key == "id" else about.get(key))


def _date(built: str) -> datetime:
    """Return the lake's vintage as a date, so that the file does not depend on the clock."""
    match = re.match(r"(\d{4})-(\d{2})-(\d{2})", built)
    try:
        return datetime(*(int(part) for part in match.groups())) if match else datetime(2000, 1, 1)  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return datetime(2000, 1, 1)  # noqa: DTZ001
