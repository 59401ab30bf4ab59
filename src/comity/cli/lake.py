"""`comity sources`, `comity lake info`, `comity lake verify`: what a lake holds, and its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from comity.cli.output import FormatOption, LakeOption, OutOption, choose_format

if TYPE_CHECKING:
    from comity.cli.report import Sheet
    from comity.lake import Store

app = typer.Typer(no_args_is_help=True)


def sources(
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
    lake: LakeOption = None,
) -> None:
    """List what is in the lake, how old it is and on what terms, and what more can be had.

    [dim]Examples:[/dim]  comity sources
               comity sources --format json
    """
    chosen = choose_format(format, out)
    import comity
    from comity.cli.report import Report, send

    store = comity.open(lake).store
    held = _held(store)
    send(
        Report(
            title=f"What the lake holds ({store.folder}, {store.built})",
            command="comity sources",
            findings=(),
            sheets=(held, _offered()),
            sources={},
            facts={"lake": {"id": store.id, "built": store.built, "folder": str(store.folder)}},
            notes=(
                "Age: days since the publisher's file was retrieved, where that is known.",
                "Shipped: whether the licence lets comity pass the figures on.",
            ),
        ),
        chosen,
        out,
    )


def _held(store: Store) -> Sheet:
    from comity.cli.report import Sheet
    from comity.intake import age_in_days
    from comity.lake.manifest import is_page

    added = {one["source"]: one["added"][:10] for one in store.manifest.get("additions", ())}
    rows = [
        (
            source["id"],
            source["publisher"],
            source["title"],
            source.get("version") or "",
            source.get("years") or "",
            sum(source["rows"].values()),
            source.get("retrieved") or "",
            age_in_days(source.get("retrieved") or ""),
            added.get(source["id"], "with comity"),
            source["licence"],
            "yes" if source["redistributable"] else "no",
        )
        for source in store.manifest["sources"]
        if any(source["rows"].values())
    ]
    # Pages that a single figure or promise rests on come last: a reader looks for data sets first.
    rows.sort(key=lambda row: (is_page(row[0]), row[0]))
    data = sum(not is_page(row[0]) for row in rows)
    return Sheet(
        id="held",
        title=f"In the lake: {data} data sets, and {len(rows) - data} pages that figures rest on",
        columns=(
            ("source", "Source", ""),
            ("publisher", "Publisher", ""),
            ("title", "What", ""),
            ("version", "Version", ""),
            ("years", "Years", ""),
            ("rows", "Rows", "whole"),
            ("retrieved", "Retrieved", ""),
            ("age", "Days old", "whole"),
            ("added", "Added", ""),
            ("licence", "Licence", ""),
            ("redistributable", "Shipped", ""),
        ),
        rows=tuple(rows),
        shown=data,
        brief=("source", "years", "rows", "age", "added", "licence"),
    )


def _offered() -> Sheet:
    from comity import catalogue
    from comity.cli.report import Sheet
    from comity.sources.registry import PUBLISHERS

    rows = []
    for one in PUBLISHERS:
        licences = dict.fromkeys(catalogue.source(name).licence for name in one.catalogue)
        rows.append(
            (
                one.id,
                f"comity fetch {one.id}" if one.fetch else "by hand, then comity add FILE",
                f"docs/publishers/{one.id}.md",
                "; ".join(licences),
            )
        )
    return Sheet(
        id="offered",
        title="Publishers whose files can be added",
        columns=(
            ("id", "Id", ""),
            ("how", "How", ""),
            ("page", "Page", ""),
            ("licence", "Licence", ""),
        ),
        rows=tuple(sorted(rows)),
        shown=len(rows),
        brief=("id", "how", "page"),
    )


@app.command("info")
def info(
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
    lake: LakeOption = None,
) -> None:
    """Say what a lake consists of: tables, files, rows, what was added and when.

    [dim]Examples:[/dim]  comity lake info
               comity lake info --lake ./lake --format json
    """
    chosen = choose_format(format, out)
    import comity
    from comity.cli.report import Report, Sheet, send

    store = comity.open(lake).store
    additions: list[dict[str, Any]] = list(store.manifest.get("additions", ()))
    sizes = {name: sum(f.bytes for f in files) for name, files in store.files.items()}
    tables = Sheet(
        id="tables",
        title="Tables",
        columns=(
            ("table", "Table", ""),
            ("rows", "Rows", ""),
            ("files", "Files", ""),
            ("megabytes", "MB", ""),
        ),
        rows=tuple(
            (name, store.rows(name), len(files), round(sizes[name] / 1e6, 3))
            for name, files in sorted(store.files.items())
        )
        + tuple(
            (
                "flows by pair",
                sum(pairs.file.rows for pairs in together.files),
                len(together.files),
                round(sum(pairs.file.bytes for pairs in together.files) / 1e6, 3),
            )
            for together in store.by_pair
        ),
    )
    added = Sheet(
        id="additions",
        title="Files added",
        columns=(
            ("file", "File", ""),
            ("what", "What", ""),
            ("added", "Added", ""),
            ("years", "Years", ""),
            ("rows", "Rows", ""),
            ("whole", "Whole", ""),
            ("sha256", "SHA-256", ""),
        ),
        rows=tuple(
            (
                one["file"],
                one["what"],
                one["added"],
                _spans(one["years"]),
                sum(one["rows"].values()),
                "yes" if one["whole"] else "as asked, or broken off",
                one["sha256"],
            )
            for one in additions
        ),
        brief=("file", "what", "added", "years", "rows"),
    )
    send(
        Report(
            title=f"The lake in {store.folder}",
            command="comity lake info",
            findings=(
                f"Vintage {store.built}, id {store.id}, {sum(sizes.values()) / 1e6:,.1f} MB.",
            ),
            sheets=(tables, *([added] if additions else [])),
            sources={},
            facts={"lake": {"id": store.id, "built": store.built, "folder": str(store.folder)}},
        ),
        chosen,
        out,
    )


def _spans(years: list[int]) -> str:
    spans: list[list[int]] = []
    for year in sorted(years):
        if spans and year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


@app.command("verify")
def verify(lake: LakeOption = None) -> None:
    """Read every byte of a lake and compare it with what was written; name what is damaged.

    [dim]Examples:[/dim]  comity lake verify
               comity lake verify --lake ./lake
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    import comity
    from comity.errors import LakeError

    store = comity.open(lake).store
    files = list(store.all_files())
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=sum(file.bytes for file in files))
        damaged = list(store.find_damage(lambda size: progress.advance(task, size)))
    if damaged:
        raise LakeError(
            f"{len(damaged)} of {len(files)} files of the lake in {store.folder} are damaged: "
            f"{', '.join(damaged)}.",
            "Add the publishers' files again to a new folder; 'comity lake info' names them.",
        )
    whole = sum(file.bytes for file in files)
    typer.echo(f"{store.folder}: {len(files)} files, {whole / 1e6:,.1f} MB, all as written.")
