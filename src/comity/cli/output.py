"""Where a command's answer goes: the terminal or a file, never half of one."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from comity.errors import UsageError
from comity.outfile import write_whole


class Format(StrEnum):
    """What `--format` takes."""

    table = "table"
    json = "json"
    csv = "csv"
    html = "html"
    xlsx = "xlsx"


# The options that most commands share: the same names, the same words.
FormatOption = Annotated[
    Format | None, typer.Option("--format", "-f", help="By default what --out ends in.")
]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file.")]
LakeOption = Annotated[
    Path | None,
    typer.Option(help="Folder of a lake; by default COMITY_LAKE, your own, or the embedded."),
]
YearOption = Annotated[
    int | None, typer.Option(help="Read the data as if nothing after this year existed.")
]


def choose_format(format: Format | None, out: Path | None) -> Format:  # noqa: A002
    """Return the format asked for, or the one that the file's name ends in, or the table."""
    if format is not None:
        return format
    if out is None:
        return Format.table
    suffix = out.suffix.lower().lstrip(".")
    if suffix in {"htm", "html"}:
        return Format.html
    if suffix == "txt":
        return Format.table
    try:
        return Format(suffix)
    except ValueError:
        raise UsageError(
            f"'{out.name}' does not say in which format to write.",
            "Add --format, or end the name in .html, .xlsx, .json, .csv or .txt.",
        ) from None


def deliver(content: str | bytes, out: Path | None) -> None:
    """Write the content to the file in one step, or to standard output.

    Raises
    ------
    OutputError
        The file cannot be written; an older file of that name is left as it was.
    UsageError
        A spreadsheet was asked for without a file to put it in.
    """
    if out is None:
        if isinstance(content, bytes):
            raise UsageError("A spreadsheet needs a file.", "Add --out brief.xlsx.")
        sys.stdout.write(content if content.endswith("\n") else content + "\n")
        return
    write_whole(content, out)


def look(*, to_file: bool, widest: int) -> tuple[int, bool]:
    """Return how wide to write a table, and whether in colour: as the terminal is, or plain."""
    from rich.console import Console

    console = Console()
    color = not to_file and console.is_terminal and not console.no_color
    return (console.width if not to_file and sys.stdout.isatty() else widest), color
