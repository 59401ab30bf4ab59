"""`comity add FILE...`, `comity fetch ID` and `comity sources`: what is in the lake, and more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from comity.intake import Intake

LakeFolder = Annotated[
    Path | None,
    typer.Option(help="Folder of a lake; by default COMITY_LAKE or your own, made if need be."),
]
YearsOption = Annotated[
    str, typer.Option(help="Only these years: 2015-2024, or 2015,2020-2024.", metavar="YEARS")
]


def add(
    files: Annotated[list[Path], typer.Argument(help="Publishers' files, as downloaded.")],
    years: YearsOption = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what the files are, and write nothing.")
    ] = False,
    lake: LakeFolder = None,
) -> None:
    """Take publishers' files into your lake: known by content, and added whole or not at all.

    [dim]Examples:[/dim]  comity add BACI_HS17_V202601.zip --years 2019-2023
               comity add trade-register.csv --lake ./lake
    """
    from comity.intake import look

    wanted = read_years(years)
    found = []
    for path in files:
        intake = look(path)
        typer.echo(f"{path.name}: {intake.found.what} ({_mega(path.stat().st_size)})")
        found.append(intake)
    if not dry_run:
        take_in(found, wanted, lake)


def fetch(
    publisher: Annotated[str, typer.Argument(help="Id of a publisher: see comity sources.")],
    years: YearsOption = "",
    country: Annotated[
        list[str] | None, typer.Option(help="Only this country; may be given again.")
    ] = None,
    partner: Annotated[
        list[str] | None, typer.Option(help="Only trade with this one; may be given again.")
    ] = None,
    product: Annotated[
        list[str] | None, typer.Option(help="Only this HS code; may be given again.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE, as the publisher's page in docs/publishers says."),
    ] = None,
    to: Annotated[
        Path, typer.Option(help="Folder for the publisher's files.", file_okay=False)
    ] = Path(),
    only_files: Annotated[
        bool, typer.Option("--only-files", help="Bring the files, and add nothing to the lake.")
    ] = False,
    lake: LakeFolder = None,
) -> None:
    """Bring a publisher's own files, and take them into your lake.

    [dim]Examples:[/dim]  comity fetch baci --years 2015-2024
               comity fetch comtrade --country IND --partner RUS --years 2023 --only-files
    """
    from comity import catalogue
    from comity.errors import UsageError
    from comity.intake import look
    from comity.sources import registry
    from comity.sources.fetching import Client
    from comity.sources.publisher import Request

    known = registry.publisher(publisher)
    if known.fetch is None:
        raise UsageError(
            f"The files of {known.id} cannot be fetched: the publisher hands them out by hand.",
            f"Its page docs/publishers/{known.id}.md says where; then: comity add FILE",
        )
    wanted = read_years(years)
    request = Request(
        years=tuple(sorted(wanted)),
        countries=tuple(catalogue.country(name).iso3 for name in country or ()),
        partners=tuple(catalogue.country(name).iso3 for name in partner or ()),
        products=tuple(product or ()),
        options=dict(_option(text) for text in option or ()),
    )
    with _progress(of_bytes=True) as progress, Client(progress=progress) as client:
        paths = known.fetch(client, request, to)
    for path in paths:
        typer.echo(f"{path} ({_mega(path.stat().st_size)})")
    if not only_files:
        take_in([look(path) for path in paths], wanted, lake)


def take_in(found: Iterable[Intake], years: frozenset[int], lake: Path | None) -> None:
    """Add files to the lake, and say what came of each."""
    from comity import intake
    from comity.lake.places import writable_lake

    folder, files = writable_lake(lake), list(found)
    changed = set()
    with _progress(of_bytes=True) as progress:
        advance = _bars(progress)
        for step in intake.add_all(files, folder, years=years, advance=advance):
            changed.add(step.file.path)
            named = f"{step.file.path.name}, " if len(files) > 1 else ""
            of_year = "" if step.year is None else f"{step.year}: "
            progress.console.print(f"  {named}{of_year}{step.rows:,} rows", highlight=False)
            for what, rows in step.left_out.items():
                said = f"  left out, {rows:,} rows: {what}"
                progress.console.print(said, highlight=False, markup=False)
    for file in files:
        if file.path not in changed:
            typer.echo(f"{file.path.name} is in the lake already; nothing was changed.")
    typer.echo(f"in {folder}")


def _bars(progress: Progress) -> Callable[[Intake, int], None]:
    """Return what moves the bar of the file that is being read, the only one to be seen."""
    bars: dict[Path, Any] = {}

    def advance(file: Intake, size: int) -> None:
        if file.path not in bars:
            for bar in bars.values():
                progress.update(bar, visible=False)
            bars[file.path] = progress.add_task(file.path.name, total=file.size)
        progress.advance(bars[file.path], size)

    return advance


def read_years(text: str) -> frozenset[int]:
    """Return the years of "2015-2024" or "2015,2020-2024"; none for an empty text.

    Raises
    ------
    UsageError
        It is neither.
    """
    from comity.errors import UsageError

    years: set[int] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, _, last = part.partition("-")
        if not (first.isdigit() and (last or first).isdigit()) or len(first) != 4:
            raise UsageError(f"'{part}' is not a year or a span of years.", "Write 2015-2024.")
        span = range(int(first), int(last or first) + 1)
        if not span or len(span) > 300:
            raise UsageError(f"'{part}' is no span of years.", "Write the earlier year first.")
        years.update(span)
    return frozenset(years)


def _option(text: str) -> tuple[str, str]:
    from comity.errors import UsageError

    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"'{text}' is no option.", "Write --option NAME=VALUE.")
    return name.strip(), value.strip()


@contextmanager
def _progress(*, of_bytes: bool) -> Iterator[Progress]:
    """Give progress bars on standard error, which leave nothing behind."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = [TextColumn("{task.description:<28}"), BarColumn(), TimeRemainingColumn()]
    if of_bytes:
        columns.insert(2, DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress


def _mega(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"
