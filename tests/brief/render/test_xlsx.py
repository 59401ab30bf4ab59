"""The spreadsheet."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest

from comity.brief.render import xlsx


@pytest.fixture
def book(brief):
    return openpyxl.load_workbook(BytesIO(xlsx.render(brief)))


def test_has_a_sheet_a_pillar_and_the_sources(book):
    assert book.sheetnames == [
        "Read me", "Findings", "Trade", "People", "Published figures", "Sources",
    ]  # fmt: skip


def test_numbers_are_numbers_with_formats(book):
    sheet = book["Trade"]
    heads = [cell.value for cell in sheet[1]]
    first = dict(zip(heads, sheet[2], strict=True))
    assert first["Value"].value == 4053900000.0
    assert first["Value"].number_format == "#,##0"
    assert first["Change"].number_format.startswith("+0.0%")
    assert sheet.freeze_panes == "B2"


def test_every_row_has_a_source_that_resolves(book, brief):
    known = {row[0].value for row in book["Sources"].iter_rows(min_row=2)}
    assert known == set(brief.sources)
    for section in brief.sections:
        sheet = book[section.title]
        column = [cell.value for cell in sheet[1]].index("Source")
        count = len(section.measures) + len(section.absences)
        for row in sheet.iter_rows(min_row=2, max_row=1 + count):
            assert row[column].value in known


def test_gaps_are_words_and_the_value_is_empty(book):
    gaps = [row for row in book["People"].iter_rows(min_row=2) if row[8].value == "no figure"]
    assert len(gaps) == 3
    assert all(row[6].value is None for row in gaps)


def test_hostile_texts_are_texts(book):
    notes = [row[17] for row in book["Published figures"].iter_rows(min_row=2)]
    assert "<script>" in notes[0].value
    assert notes[0].data_type == "s"


def test_chart_tables_come_along(book):
    column = [row[0].value for row in book["Trade"].iter_rows(min_row=2)]
    assert "Goods from Russia rose" in column


def test_same_bytes_twice(brief):
    assert xlsx.render(brief) == xlsx.render(brief)


def test_sheet_names_that_spreadsheets_refuse_are_mended(brief):
    made = xlsx._Book(brief)
    sheets = [made.sheet(name, ()).get_name() for name in ("a/b:c", "x" * 40, "X" * 40, "")]
    assert sheets == ["a b c", "x" * 31, "X" * 27 + " (2)", "Sheet"]
    made.close()
