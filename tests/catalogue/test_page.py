from __future__ import annotations

from pathlib import Path

from comity.catalogue.page import render

PAGE = Path(__file__).resolve().parents[2] / "docs" / "catalogue.md"


def test_the_page_is_what_the_tables_say():
    assert PAGE.read_text(encoding="utf-8") == render(), (
        "docs/catalogue.md is out of date: python -m comity.catalogue.page > docs/catalogue.md"
    )


def test_no_row_of_a_table_has_a_cell_too_many():
    width = 0
    for line in render().splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.replace("\\|", "").count("|")
        assert cells == (width or cells)
        width = cells
