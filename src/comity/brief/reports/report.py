"""An answer that is not a brief: findings, tables and charts, in any format."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comity.brief import text

if TYPE_CHECKING:
    from comity.brief.content import Chart

Cell = str | float | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table: columns are (key, heading, unit); units as `comity.brief.text.amount` knows them.

    ``shown`` is how many rows a terminal prints; files hold all.
    """

    id: str
    title: str
    columns: tuple[tuple[str, str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    shown: int = 20
    note: str = ""
    brief: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole answer; ``command`` gives it again.

    ``facts`` is what JSON alone carries beside the tables, ``table`` the id of the one that CSV
    holds; the first by default.
    """

    title: str
    command: str
    findings: tuple[str, ...]
    sheets: tuple[Sheet, ...]
    sources: Mapping[str, Mapping[str, Any]]
    facts: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    table: str = ""


def as_dict(report: Report) -> dict[str, Any]:
    """Return facts, tables, findings and sources as plain JSON types; unknown is null."""
    whole = {
        "schema": 1,
        "title": report.title,
        "command": report.command,
        **report.facts,
        "tables": {
            sheet.id: [
                {key: _plain(cell) for (key, _, _), cell in zip(sheet.columns, row, strict=True)}
                for row in sheet.rows
            ]
            for sheet in report.sheets
        },
        "units": {
            sheet.id: {key: unit for key, _, unit in sheet.columns} for sheet in report.sheets
        },
        "findings": list(report.findings),
        "notes": list(report.notes),
        "sources": report.sources,
    }
    known: dict[str, Any] = _known(whole)
    return known


def to_json(report: Report) -> str:
    """Return the same as JSON text."""
    return json.dumps(as_dict(report), indent=1, ensure_ascii=False, default=str)


def to_csv(report: Report) -> str:
    """Return the main table with its keys as headings."""
    sheet = next((s for s in report.sheets if s.id == report.table), report.sheets[0])
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([key for key, _, _ in sheet.columns])
    writer.writerows([["" if _plain(cell) is None else cell for cell in row] for row in sheet.rows])
    return stream.getvalue()


def to_table(report: Report) -> str:
    """Return what a terminal prints."""
    from rich.console import Console
    from rich.table import Table

    stream = io.StringIO()
    console = Console(file=stream, width=110, no_color=True, highlight=False)
    console.print(report.title, style="bold")
    console.print()
    for sentence in report.findings:
        console.print(f"- {sentence}", markup=False)
    for sheet in report.sheets:
        console.print()
        console.print(sheet.title, style="bold", markup=False)
        table = Table(box=None, pad_edge=False)
        kept = [
            place
            for place, (key, _, _) in enumerate(sheet.columns)
            if not sheet.brief or key in sheet.brief
        ]
        for place in kept:
            _, heading, unit = sheet.columns[place]
            table.add_column(
                heading, justify="right" if unit else "left", no_wrap=bool(unit), overflow="fold"
            )
        for row in sheet.rows[: sheet.shown]:
            table.add_row(*(written(row[place], sheet.columns[place][2]) for place in kept))
        console.print(table, markup=False)
        if len(sheet.rows) > sheet.shown:
            console.print(f"{len(sheet.rows) - sheet.shown} more rows in a file (--out).")
        if sheet.note:
            console.print(sheet.note, markup=False)
    if report.notes:
        console.print()
        for note in report.notes:
            console.print(f"* {note}", markup=False)
    console.print()
    for name, about in report.sources.items():
        line = f"{name}: {about.get('publisher', '')}, {about.get('title', '')}"
        console.print(line.rstrip(", "), markup=False)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def to_html(report: Report) -> str:
    """Return one page without scripts: findings, charts as SVG, tables, notes, sources."""
    from comity.brief.render import report_page

    return report_page.render(report)


def to_xlsx(report: Report) -> bytes:
    """Return a workbook: one sheet a table, and one with findings, notes and sources."""
    import xlsxwriter  # type: ignore[import-untyped]

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        for sheet in report.sheets:
            page = book.add_worksheet(sheet.id[:31])
            page.write_row(
                0, 0, [_heading(heading, unit) for _, heading, unit in sheet.columns], bold
            )
            for line, row in enumerate(sheet.rows, start=1):
                for place, cell in enumerate(row):
                    value = _plain(cell)
                    if isinstance(value, str):
                        page.write_string(line, place, value)
                    elif value is not None:
                        page.write(line, place, value)
            page.freeze_panes(1, 0)
        about = book.add_worksheet("About")
        lines = [report.title, report.command, *report.findings, *report.notes]
        lines += [f"{name}: {row.get('citation', '')}" for name, row in report.sources.items()]
        for place, line_text in enumerate(lines):
            about.write_string(place, 0, str(line_text))
    return stream.getvalue()


def written(cell: Cell, unit: str) -> str:
    """Write a cell for a reader; a gap is a dash."""
    value = _plain(cell)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return text.period(value) if value.startswith("FY") else value
    if unit == "ratio":
        return f"{value:.2f}".replace("-", text.MINUS)
    if unit == "as said":  # each row has a unit of its own
        return text.count(value, short=True) if abs(value) >= 1000 else text.number(value)
    if unit == "days":
        return f"{value:.1f}"
    if unit in ("km", "nm"):
        return f"{value:,.0f}"
    if unit in ("count", "rank"):
        return f"{value:,.0f}"
    return text.amount(float(value), unit)


def _heading(heading: str, unit: str) -> str:
    return f"{heading} ({unit})" if unit else heading


def _plain(cell: Any) -> Any:  # noqa: ANN401
    if hasattr(cell, "item"):
        cell = cell.item()
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _known(value: Any) -> Any:  # noqa: ANN401
    """Replace what is no number by null, all the way down."""
    if isinstance(value, Mapping):
        return {str(key): _known(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_known(inner) for inner in value]
    return _plain(value)
