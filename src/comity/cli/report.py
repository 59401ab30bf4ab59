"""Where a report goes: the terminal or a file, in the format asked for."""

from __future__ import annotations

from pathlib import Path

from comity.brief.reports.report import (
    Report,
    Sheet,
    to_csv,
    to_html,
    to_json,
    to_table,
    to_xlsx,
)
from comity.cli.output import Format, deliver

__all__ = ["Report", "Sheet", "send"]


def send(report: Report, format: Format, out: Path | None) -> None:  # noqa: A002
    """Write the report to the terminal or to a file."""
    deliver(_write(report, format), out)


def _write(report: Report, format: Format) -> str | bytes:  # noqa: A002
    match format:
        case Format.json:
            return to_json(report)
        case Format.csv:
            return to_csv(report)
        case Format.html:
            return to_html(report)
        case Format.xlsx:
            return to_xlsx(report)
        case Format.table:
            return to_table(report)
