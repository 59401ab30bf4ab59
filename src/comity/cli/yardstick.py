"""`comity yardstick A [B]`: every tie against what is usual."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.output import (
    Format,
    FormatOption,
    LakeOption,
    OutOption,
    YearOption,
    choose_format,
)
from comity.outfile import writing


def yardstick(
    a: Annotated[str, typer.Argument(help="A country: name, ISO2 or ISO3.", metavar="A")] = "",
    b: Annotated[
        str, typer.Argument(help="Another; without it, all partners of A.", metavar="B")
    ] = "",
    year: YearOption = None,
    top: Annotated[int, typer.Option(min=1, help="Partners that the terminal shows a tie.")] = 8,
    every: Annotated[
        bool, typer.Option("--all", help="All pairs of all ties, as Parquet in --out.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="With --all: every year, not only the latest.")
    ] = False,
    products: Annotated[
        str, typer.Option(help="HS4, HS6 or HS2: a model a product, from a BACI file in the lake.")
    ] = "",
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
    lake: LakeOption = None,
) -> None:
    """Set every tie of two countries against what is usual for two such countries.

    [dim]Examples:[/dim]  comity yardstick IND RUS
               comity yardstick India --top 5
               comity yardstick --all --out all.parquet
               comity yardstick IND RUS --products HS4 --year 2023
    """
    from comity.errors import UsageError

    if products:
        _by_product(a, b, year, products, top, format, out, lake)
        return
    if every:
        if a or out is None or out.suffix != ".parquet" or format is not None:
            raise UsageError(
                "All pairs of all ties go into a Parquet file.",
                "Write: comity yardstick --all --out all.parquet",
            )
        _write_all(lake, out, history=history)
        return
    if not a:
        raise UsageError("Name a country, or two.", "Write, for instance: comity yardstick IND RUS")
    chosen = choose_format(format, out)
    import comity
    from comity import catalogue
    from comity.brief.reports import yardstick as reports
    from comity.cli.report import send

    first = catalogue.country(a)
    if not b:
        found = reports.country(comity.open(lake).store, first, year, top)
        if chosen is Format.table:  # all partners are for files
            found = replace(found, sheets=found.sheets[:-1])
        send(found, chosen, out)
        return
    second = catalogue.country(b)
    drawn = chosen in (Format.html, Format.xlsx)
    store = comity.open(lake).store
    shown = reports.pair(store, first, second, year, draw=drawn, brief=chosen is Format.table)
    send(shown, chosen, out)


def _by_product(
    a: str,
    b: str,
    year: int | None,
    products: str,
    top: int,
    format: Format | None,  # noqa: A002
    out: Path | None,
    lake: Path | None,
) -> None:
    import comity
    from comity import catalogue
    from comity.cli import yardstick_products as by
    from comity.errors import UsageError

    level = by.read_level(products)
    if not a:
        if out is None or out.suffix != ".parquet":
            raise UsageError(
                "All pairs of all products go into a Parquet file.",
                f"Write: comity yardstick --products {products.upper()} --out all.parquet",
            )
        by.write_all(comity.open(lake).store, year, level, out)
        return
    if not b:
        raise UsageError(
            "The yardstick by product is about two countries, or all.",
            f"Write, for instance: comity yardstick IND RUS --products {products.upper()}",
        )
    first, second = catalogue.country(a), catalogue.country(b)
    if first.iso3 == second.iso3:
        raise UsageError("Both are the same country.", "Name another second country.")
    chosen = choose_format(format, out)
    by.show_pair(comity.open(lake).store, first, second, year, level, top, chosen, out)


def _write_all(lake: Path | None, out: Path, *, history: bool) -> None:
    import pyarrow.parquet as pq
    from rich.console import Console
    from rich.progress import track

    import comity
    from comity.errors import NoDataError
    from comity.potential.yardstick.fits import Fits
    from comity.potential.yardstick.tables import SCHEMA, scan

    fits = Fits(comity.open(lake).store)
    if not fits.usable:
        raise NoDataError(
            "The lake has no tie that is known for enough pairs to say what is usual.",
            "Add a publisher's file to the lake.",
        )
    many = sum(len(series.years) if history else 1 for series in fits.usable)
    rows = 0
    with writing(out) as part, pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
        for table in track(
            scan(fits, fits.usable, history=history),
            total=many,
            description="Ties and years",
            console=Console(stderr=True),
            transient=True,
        ):
            writer.write_table(table)
            rows += table.num_rows
    typer.echo(f"{out}: {rows:,} pairs of {many} ties and years")
