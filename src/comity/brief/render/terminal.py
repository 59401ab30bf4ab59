"""The scorecard in the terminal: one page, both directions side by side, no colour needed."""

from __future__ import annotations

from io import StringIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from comity.brief import text
from comity.brief.content import Brief
from comity.brief.render import names
from comity.brief.render.view import Cell, Row, View, spans, view

WIDEST = 100
_NARROW = 92  # below this, changes go beneath their values
_LONG_NAME = 14
# Label, side, change, period, basis, source: wide and narrow.
_WIDTHS = {False: (20, 12, 8, 13, 6, 7), True: (18, 13, 0, 13, 6, 7)}
_SAID_ELSEWHERE = frozenset({"fiscal-year", "nominal"})


def render(brief: Brief, *, width: int = WIDEST, color: bool = False) -> str:
    """Return the brief as text for a terminal.

    Parameters
    ----------
    brief : Brief
        What to print.
    width : int
        Columns of the terminal; lines are at most 100 long.
    color : bool
        Write ANSI styles. Nothing is told by colour alone.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=max(min(width, WIDEST), 60),
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
    )
    shown = view(brief)
    console.print(_head(brief))
    console.print(_findings(shown))
    console.print(_scorecard(shown, console.width))
    console.print(_lists(shown))
    console.print(_gaps(shown))
    console.print(_foot(shown))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _head(brief: Brief) -> RenderableType:
    title = Text(f"{brief.a.name} and {brief.b.name}", style="bold")
    vintage = Text(f"data of {brief.built}, lake {brief.lake_id}", style="dim")
    grid = Table.grid(expand=True)
    grid.add_column()
    grid.add_column(justify="right")
    grid.add_row(title, vintage)
    return grid


def _findings(shown: View) -> RenderableType:
    if not shown.brief.findings:
        return Text()
    grid = Table.grid(padding=(0, 1))
    grid.add_column()
    grid.add_column()
    for finding in shown.brief.findings:
        sources = [source for measure in finding.measures for source in measure.sources]
        line = Text(finding.text)
        line.append(_marks(shown, tuple(sources)), style="dim")
        grid.add_row("•", line)
    return Padding(grid, (1, 0, 0, 0))


def _scorecard(shown: View, width: int) -> RenderableType:
    narrow = width < _NARROW
    label, side, change, period, basis, source = _WIDTHS[narrow]
    spare = width - sum((label, 2 * side, 2 * change, period, basis, source)) - (11 - 2 * narrow)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", width=label + max(spare, 0), overflow="fold")
    for head in _heads(shown.brief):
        table.add_column(head, justify="right", overflow="fold", width=side)
        if not narrow:
            table.add_column("", justify="right", width=change, style="dim")
    table.add_column("Period", width=period)
    table.add_column("Basis", width=basis)
    table.add_column("Src", justify="right", width=source)
    for group in shown.groups:
        if not group.rows:
            continue
        blank = [""] * (len(table.columns) - 1)
        table.add_row(Text(group.title.upper(), style="bold"), *blank)
        for row in group.rows:
            if any(cell.lines for cell in row.cells):
                continue
            table.add_row(*_line(shown, row, narrow=narrow))
    return table


def _heads(brief: Brief) -> tuple[str, str]:
    """Return the two directions; by code where the names would not fit."""
    a, b = brief.a, brief.b
    if max(len(a.name), len(b.name)) > _LONG_NAME:
        return f"{a.iso3} → {b.iso3}", f"{b.iso3} → {a.iso3}"
    return f"{a.name} → {b.name}", f"{b.name} → {a.name}"


def _line(shown: View, row: Row, *, narrow: bool) -> list[RenderableType]:
    marks = spans(shown.marks(row.sources))
    flags = " ".join(names.FLAGS[flag][0] for flag in row.flags if flag not in _SAID_ELSEWHERE)
    sides = (row.both, Cell("both")) if row.both is not None else (row.a, row.b)
    cells: list[RenderableType] = []
    for cell in sides:
        cells.append(_value(cell, one_period=bool(row.period)))
        change = "" if cell is None else cell.change
        if not narrow:
            cells.append(change)
        elif change:
            cells[-1] = Group(cells[-1], Text(change, style="dim", justify="right"))
    joint = "\n" if len(row.period) + len(row.since) > 9 else " "
    period = row.period + (f"{joint}on {row.since}" if row.since else "")
    return [Padding(row.label, (0, 0, 0, 2)), *cells, period, flags, marks]


def _value(cell: Cell | None, *, one_period: bool) -> RenderableType:
    if cell is None:
        return Text("")
    written = Text(cell.text, justify="right")
    if cell.usual:
        written.append(f"\n{cell.usual}", style="dim")
    if not one_period and cell.period and not cell.missing:
        written.append(f" ({cell.period})", style="dim")
    return written


def _lists(shown: View) -> RenderableType:
    """Print the heads of long lists as sentences."""
    brief = shown.brief
    parts: list[RenderableType] = []
    for row in (row for group in shown.groups for row in group.rows):
        for cell, way in ((row.a, (brief.a, brief.b)), (row.b, (brief.b, brief.a))):
            if cell is None or not cell.lines:
                continue
            line = Text(f"{row.label}, {way[0].name} → {way[1].name}, {cell.period}: ")
            line.append(", ".join(f"{name.lower()} {value}" for name, value in cell.lines))
            line.append(_marks(shown, cell.sources), style="dim")
            parts.append(line)
    return Group(*parts, *([Text()] if parts else []))


def _gaps(shown: View) -> RenderableType:
    """Say what the sources lack: a gap is never a zero."""
    gaps = [gap for group in shown.groups for gap in group.gaps]
    if not gaps:
        return Text()
    grid = Table.grid(padding=(0, 1))
    for gap in gaps:
        line = Text(f"{gap.label}. ")
        line.append(gap.text, style="dim")
        line.append(_marks(shown, (gap.source,)), style="dim")
        grid.add_row("–", line)
    return Group(Text("No figure", style="bold"), grid, Text())


def _foot(shown: View) -> RenderableType:
    parts: list[RenderableType] = []
    flags = [
        f"{names.FLAGS[flag][0]} {names.FLAGS[flag][1]}"
        for flag in shown.flags
        if flag not in _SAID_ELSEWHERE
    ]
    if flags:
        parts.append(Text(f"Basis: {'; '.join(flags)}.", style="dim"))
    published = [m for m in shown.brief.measures if "published" in m.flags]
    if published:
        said = text.count(len(published), "published figure")
        rest = text.count(len(shown.numbers) - len(shown.used), "more source")
        parts.append(
            Text(f"{said} on the two, of {rest}: see --out brief.html or --format json.", "dim")
        )
    parts.extend(Text(note, style="dim") for note in shown.brief.notes)
    sources = Table.grid(padding=(0, 1))
    sources.add_column(justify="right")
    sources.add_column()
    used = shown.used
    for source, mark in shown.numbers.items():
        if source not in used:
            continue
        about = shown.brief.sources[source]
        line = f"{about.get('publisher') or source}, {about.get('title') or ''}".rstrip(", ")
        if version := about.get("version"):
            line += f", {version}"
        sources.add_row(str(mark), f"{line} ({about.get('licence') or 'licence unknown'})")
    parts.extend([Text("Sources", style="bold"), sources])
    if shown.brief.command:
        parts.append(Text(f"\nAgain: {shown.brief.command}", style="dim"))
    return Group(*parts)


def _marks(shown: View, sources: tuple[str, ...]) -> str:
    marks = shown.marks(sources)
    return f" [{spans(marks)}]" if marks else ""
