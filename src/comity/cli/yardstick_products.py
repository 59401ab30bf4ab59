"""`comity yardstick A B --products HS4`: the yardstick product by product."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from comity.cli.output import Format
from comity.outfile import writing

if TYPE_CHECKING:
    from comity.catalogue import Country
    from comity.lake import Store
    from comity.potential.yardstick.products import Goods

_LEVELS = {"HS2": 2, "HS4": 4, "HS6": 6}
_SHORT = ("product", "label", "actual", "usual", "times", "comparable", "rank")


def read_level(text: str) -> int:
    """Return the digits of "HS4".

    Raises
    ------
    UsageError
        It is no level.
    """
    from comity.errors import UsageError

    if text.upper() not in _LEVELS:
        raise UsageError(f"'{text}' is no level of products.", "Write HS2, HS4 or HS6.")
    return _LEVELS[text.upper()]


def show_pair(
    store: Store,
    a: Country,
    b: Country,
    year: int | None,
    level: int,
    top: int,
    chosen: Format,
    out: Path | None,
) -> None:
    """Write every product of two countries against what is usual."""
    from comity.brief import text
    from comity.brief.charts.signature import label_intensity
    from comity.cli.report import Report, Sheet, send
    from comity.errors import NoDataError
    from comity.potential.yardstick.products import Goods, list_products

    goods = Goods(store, year, level=level)
    with _bar(len(goods.products)) as advance:
        table, problems = list_products(goods, a.iso3, b.iso3, advance)
    if table.empty:
        raise NoDataError(
            f"{goods.source} has no product that {a.with_article} and {b.with_article} trade or "
            f"would usually trade in {goods.year}.",
            "Try another pair or year.",
        )

    def row(r: dict[Hashable, Any]) -> tuple[str | float | None, ...]:
        low, high = float(r["band_low"]), float(r["band_high"])
        return (
            r["product"], r["label"], r["origin"], r["destination"],
            text.amount(float(r["value"]), "USD"), text.amount(float(r["expected"]), "USD"),
            label_intensity(float(r["intensity"])),
            f"{label_intensity(low)} to {label_intensity(high)}" if low == low else "",
            r["rank"], r["value"], r["expected"], r["intensity"], low, high, r["gap"],
        )  # fmt: skip

    columns = (
        ("product", "HS", ""), ("label", "Product", ""), ("origin", "From", ""),
        ("destination", "To", ""), ("actual", "Actual", ""), ("usual", "Usual", ""),
        ("times", "Actual/usual", ""), ("comparable", "80 % of comparable pairs", ""),
        ("rank", "Above", "share"), ("value", "Value", "as said"),
        ("expected", "Expected", "as said"), ("intensity", "Intensity", "ratio"),
        ("band_low", "Band from", "ratio"), ("band_high", "Band to", "ratio"),
        ("gap", "Gap", "as said"),
    )  # fmt: skip
    sheets = []
    for origin, destination in ((a, b), (b, a)):
        mine = table[table["origin"] == origin.iso3]
        sheets += [
            Sheet(
                id=f"{origin.iso3.lower()}_{side}",
                title=f"{origin.name} to {destination.name}: furthest {side} usual, by the gap",
                columns=columns,
                rows=tuple(row(r) for r in part.to_dict("records")),
                shown=top,
                brief=_SHORT,
            )
            for side, part in (
                ("below", mine[mine["gap"] > 0]),
                ("above", mine[mine["gap"] < 0].iloc[::-1]),
            )
            if len(part)
        ]
    whole = Sheet(
        id="products",
        title="All products, both directions",
        columns=columns,
        rows=tuple(row(r) for r in table.to_dict("records")),
    )
    ordered = {Format.csv: [whole], Format.table: sheets}.get(chosen, [*sheets, whole])
    sources = [goods.source]
    command = f"comity yardstick {a.iso3} {b.iso3} --products HS{level} --year {goods.year}"
    send(
        Report(
            title=f"{a.name} and {b.name} by product, against what is usual, {goods.year}",
            command=command,
            findings=(
                f"{len(goods.products) - len(problems):,} models of {len(goods.products):,} "
                f"products; the two trade, or would usually trade, {table['product'].nunique():,} "
                "of them.",
            ),
            sheets=tuple(ordered),
            sources={name: store.sources[name] for name in sources},
            facts={
                "pair": {"a": a.iso3, "b": b.iso3},
                "year": goods.year,
                "without_a_model": problems,
            },
            notes=(
                "Usual: from a gravity model of the product alone (size of seller and buyer in it, "
                "distance, border, language, colonial tie), fitted without the pair.",
                "Above: share of all pairs with a lower intensity.",
            ),
        ),
        chosen,
        out,
    )


def write_all(store: Store, year: int | None, level: int, out: Path) -> None:
    """Write all pairs of every product as Parquet, whole or not at all."""
    import pyarrow.parquet as pq

    from comity.potential.yardstick.products import Goods, scan_products
    from comity.potential.yardstick.tables import SCHEMA

    goods = Goods(store, year, level=level)
    rows = models = 0
    with (
        writing(out) as part,
        pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer,
        _bar(len(goods.products)) as advance,
    ):
        for table in scan_products(goods, advance):
            writer.write_table(table)
            rows += table.num_rows
            models += 1
    typer.echo(f"{out}: {rows:,} pairs of {_counted(goods, models)}")


def _counted(goods: Goods, models: int) -> str:
    return f"{models:,} products ({goods.source}, {goods.year})"


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    """Show how many products are fitted, on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("models"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("models", total=total)
        yield lambda: progress.advance(task)
