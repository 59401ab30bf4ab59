"""A brief as a file: JSON, CSV, XLSX, HTML."""

from __future__ import annotations

from comity.brief.content import Brief
from comity.errors import UsageError

FORMATS = ("html", "xlsx", "json", "csv")


def write(brief: Brief, format: str) -> str | bytes:  # noqa: A002
    """Return the brief in one of `FORMATS`.

    Raises
    ------
    UsageError
        There is no such format.
    """
    match format:
        case "json":
            from comity.brief.render import plain

            return plain.to_json(brief)
        case "csv":
            from comity.brief.render import plain

            return plain.to_csv(brief)
        case "xlsx":
            from comity.brief.render import xlsx

            return xlsx.render(brief)
        case "html":
            from comity.brief.render import html

            return html.render(brief)
        case _:
            raise UsageError(
                f"A brief cannot be written as '{format}'.", f"Take one of {', '.join(FORMATS)}."
            )
