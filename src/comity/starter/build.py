"""Build the embedded data: ``python -m comity.starter.build DIR --docs docs/starter.md``.

The same files give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from comity import starter
from comity.errors import ComityError, LakeError, OutputError
from comity.lake import Store, write
from comity.starter.check import Check, find_gaps, run_checks
from comity.starter.report import COVERAGE, renew_page
from comity.starter.tables import STEPS, read_tables


def build(folder: Path, facts: Path, out: Path, console: Console) -> Store:
    """Read, check and write the embedded data.

    Parameters
    ----------
    folder, facts : Path
        The publishers' files; the published figures about India and Russia.
    out : Path
        The folder of the lake.
    console : Console
        Where progress and the table of checks are shown.

    Raises
    ------
    ComityError
        A file is not what it should be, a check fails, or the folder cannot be written.
    """
    columns = (
        TextColumn("{task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("files", total=STEPS + 1)

        def advance(step: str) -> None:
            progress.update(task, description=step, advance=1)

        tables = read_tables(folder, facts, advance)
        checks = run_checks(tables)
        advance("writing")
        if all(check.passed for check in checks):
            store = write(out, tables, built=starter.VINTAGE)
            _write_coverage(out / COVERAGE, checks, find_gaps(tables))
        progress.update(task, description="done", advance=1)
    console.print(_as_table(checks))
    if failed := [check.name for check in checks if not check.passed]:
        raise LakeError(f"The tables fail {len(failed)} checks: {'; '.join(failed)}.")
    return store


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m comity.starter.build",
        description="Build comity's embedded data from publishers' files.",
        epilog="Example: python -m comity.starter.build ../shared/data",
    )
    parser.add_argument("folder", type=Path, help="folder of publishers' files")
    parser.add_argument("--facts", type=Path, help="folder of published figures [FOLDER/../facts]")
    parser.add_argument("--docs", type=Path, help="page whose tables of sources are to be renewed")
    parser.add_argument("--out", type=Path, default=starter.path(), help="where the lake goes")
    options = parser.parse_args(arguments)
    facts = options.facts or options.folder.resolve().parent / "facts"
    try:
        store = build(options.folder, facts, options.out, Console(stderr=True))
        if options.docs:
            renew_page(options.docs, options.out)
    except ComityError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code
    size = sum(path.stat().st_size for path in options.out.iterdir())
    print(f"Lake {store.id}, built {store.built}: {size / 1e6:.1f} MB in {options.out}")  # noqa: T201
    return 0


def _write_coverage(path: Path, checks: list[Check], gaps: dict[str, dict[str, list[str]]]) -> None:
    content = {
        "checks": [
            {"check": check.name, "expected": check.expected, "found": check.found}
            for check in checks
        ],
        "lacks": gaps,
    }
    part = path.with_suffix(".part")
    try:
        part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror}.") from None


def _as_table(checks: list[Check]) -> Table:
    table = Table(title="Checks", title_justify="left")
    for heading in ("", "check", "expected", "found"):
        table.add_column(heading)
    for check in checks:
        mark = "[green]ok[/]" if check.passed else "[red]FAILED[/]"
        table.add_row(mark, check.name, check.expected, check.found)
    return table


if __name__ == "__main__":
    sys.exit(main())
