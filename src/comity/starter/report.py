"""The embedded data described in Markdown, from its own manifest: sources, gaps, checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from comity.errors import InputFileError
from comity.lake.manifest import MANIFEST, PAGE, is_page

COVERAGE = "coverage.json"
BEGIN = "<!-- from here on written by `python -m comity.starter.build` -->"


def describe(folder: Path) -> str:
    """Return the sources, what each lacks, and the checks, as Markdown tables.

    Parameters
    ----------
    folder : Path
        A lake written by the build, with its coverage beside the manifest.
    """
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    coverage = json.loads((folder / COVERAGE).read_text(encoding="utf-8"))
    sources = [source for source in manifest["sources"] if not is_page(source["id"])]
    pages = len(manifest["sources"]) - len(sources)
    size = sum(file["bytes"] for files in manifest["tables"].values() for file in files)
    parts = [
        f"Lake `{manifest['id']}`, vintage {manifest['built']}, {size / 1e6:.1f} MB.",
        "## Tables",
        _table(["table", "rows", "bytes"], _tables(manifest)),
        "## Sources",
        _table(["id", "publisher", "years", "licence", "rows"], map(_source, sources)),
        f"The published figures come from {pages} more pages, each with its own id (`{PAGE}...`).",
        "## What a reader must know of each",
        "\n".join(f"- `{s['id']}`: {s['licence_note']}" for s in sources if s["licence_note"]),
        "## What each source lacks",
        "Countries (members and observers of the United Nations, Cook Islands, Kosovo, Niue, "
        "Taiwan, Western Sahara) on which a source has no row at all.",
        _table(["source", "as", "lacks"], _gaps(coverage["lacks"])),
        "## Checks",
        "The build fails where one of these fails.",
        _table(
            ["check", "expected", "found"],
            ([row["check"], row["expected"], row["found"]] for row in coverage["checks"]),
        ),
    ]
    return "\n\n".join(parts) + "\n"


def renew_page(page: Path, folder: Path) -> None:
    """Replace what follows the marker on a page by the description of the lake.

    Raises
    ------
    InputFileError
        The page is absent or has no marker.
    """
    try:
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        raise InputFileError(f"{page} cannot be read: {error.strerror}.") from None
    if BEGIN not in text:
        raise InputFileError(f"{page} has no line '{BEGIN}'.")
    head = text.split(BEGIN)[0]
    page.write_text(f"{head}{BEGIN}\n\n{describe(folder)}", encoding="utf-8")


def _tables(manifest: dict[str, Any]) -> Iterator[list[str]]:
    for name, files in manifest["tables"].items():
        rows, size = (sum(file[key] for file in files) for key in ("rows", "bytes"))
        yield [f"`{name}`", f"{rows:,}", f"{size:,}"]


def _source(source: dict[str, Any]) -> list[str]:
    rows = ", ".join(f"{name} {count:,}" for name, count in sorted(source["rows"].items()))
    return [
        f"`{source['id']}`",
        f"{source['publisher']}: {source['title']}",
        source["years"] or "",
        source["licence"],
        rows,
    ]


def _gaps(lacks: dict[str, dict[str, list[str]]]) -> Iterator[list[str]]:
    for source, sides in sorted(lacks.items()):
        for side, codes in sides.items():
            yield [f"`{source}`", side.replace(".", ", "), " ".join(codes) or "none"]


def _table(headings: list[str], rows: Iterable[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
