"""An answer, or one of its charts, as a file: JSON, CSV, XLSX, HTML, SVG, PNG."""

from __future__ import annotations

import csv
import io
import json
from enum import StrEnum

from comity.brief.content import Brief, Chart
from comity.brief.promises import View
from comity.brief.render import files
from comity.brief.reports import Report, report
from comity.errors import NoDataError, UsageError
from comity.intent.reading import Reading, as_csv
from comity.web import pictures
from comity.web.answers import Answer


class Format(StrEnum):
    """What ``format`` takes."""

    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    html = "html"
    svg = "svg"
    png = "png"


MEDIA = {
    Format.json: "application/json",
    Format.csv: "text/csv; charset=utf-8",
    Format.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.html: "text/html; charset=utf-8",
    Format.svg: "image/svg+xml",
    Format.png: "image/png",
}
PICTURES = frozenset({Format.svg, Format.png})


def write(answer: Answer, format: Format) -> bytes:  # noqa: A002
    """Return the whole answer as a file.

    Raises
    ------
    UsageError
        The answer has no such form.
    """
    if format in PICTURES:
        known = ", ".join(chart.id for chart in answer.charts)
        raise UsageError("A picture is of one chart.", f"Give chart=ID: {known}." if known else "")
    match answer.content:
        case Brief() as brief:
            return _encoded(files.write(brief, format))
        case Report() as found:
            return _encoded(_write_report(found, format))
        case View() as view:
            return _encoded(_write_promises(view, format))
        case Reading() as reading:
            return _encoded(_write_reading(reading, format))


def write_chart(answer: Answer, id: str, format: Format) -> bytes:  # noqa: A002
    """Return a chart as a picture, its table as CSV or XLSX, or its specification as JSON.

    Raises
    ------
    NoDataError
        The answer has no chart of that id.
    UsageError
        A chart has no such form.
    """
    chart = answer.chart(id)
    match format:
        case Format.svg | Format.png:
            drawing = pictures.draw(chart, answer.sources)
            return pictures.to_png(drawing) if format is Format.png else drawing.encode()
        case Format.csv:
            return _chart_csv(chart).encode()
        case Format.xlsx:
            return report.to_xlsx(_chart_report(chart, answer))
        case Format.json:
            return json.dumps(chart.spec, ensure_ascii=False).encode()
        case Format.html:
            raise UsageError("A chart has no page of its own.", "Take svg, png, csv, xlsx or json.")


def _encoded(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _write_report(found: Report, format: Format) -> str | bytes:  # noqa: A002
    match format:
        case Format.csv:
            return report.to_csv(found)
        case Format.xlsx:
            return report.to_xlsx(found)
        case Format.html:
            return report.to_html(found)
        case _:
            return report.to_json(found)


def _write_promises(view: View, format: Format) -> str | bytes:  # noqa: A002
    from comity.brief.promises import page, tables

    match format:
        case Format.csv:
            return tables.to_csv(view)
        case Format.xlsx:
            return tables.to_xlsx(view)
        case Format.html:
            return page.render(view)
        case _:
            return tables.to_json(view)


def _write_reading(reading: Reading, format: Format) -> str | bytes:  # noqa: A002
    from comity.intent.reading import as_dict, page

    match format:
        case Format.csv:
            return as_csv(reading)
        case Format.html:
            return page.render(reading)
        case Format.xlsx:
            raise NoDataError("A checked text has no spreadsheet form.", "Take csv or html.")
        case _:
            return json.dumps(as_dict(reading), ensure_ascii=False)


def _chart_csv(chart: Chart) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_not_a_formula(column) for column in chart.columns])
    writer.writerows([[_not_a_formula(cell) for cell in row] for row in chart.rows])
    return out.getvalue()


def _not_a_formula(cell: object) -> object:
    """Keep a spreadsheet from running a text that begins like a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in tuple("=+-@\t\r") else cell


def _chart_report(chart: Chart, answer: Answer) -> Report:
    return Report(
        title=chart.title,
        command="",
        findings=(chart.subtitle, chart.note) if chart.note else (chart.subtitle,),
        sheets=(
            report.Sheet(
                id="chart",
                title=chart.title,
                columns=tuple((column, column, "") for column in chart.columns),
                rows=chart.rows,
            ),
        ),
        sources={name: answer.sources[name] for name in chart.sources if name in answer.sources},
        facts={},
    )
