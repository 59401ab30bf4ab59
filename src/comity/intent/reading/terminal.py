"""The reading in a terminal."""

from __future__ import annotations

import io
from collections import Counter

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from comity.intent.reading.page import SYMBOLS
from comity.intent.reading.reading import Reading
from comity.intent.reading.rows import Row, rows
from comity.intent.reading.verdicts import Verdict, name_of

WIDEST = 110
_STYLES = {
    Verdict.supported: "blue",
    Verdict.contradicted: "bold red",
    Verdict.outdated: "magenta",
    Verdict.disputed: "yellow",
    Verdict.no_data: "dim",
}


def render(reading: Reading, *, width: int = WIDEST, color: bool = False) -> str:
    """Return the reading as text of a width, with or without colour."""
    out = io.StringIO()
    console = Console(
        file=out, width=max(60, width), force_terminal=color, no_color=not color, highlight=False,
        legacy_windows=False, color_system="standard" if color else None,
    )  # fmt: skip
    listed = rows(reading)
    document = reading.document
    a, b = (name_of(side) for side in reading.pair)
    console.print(Text(document.title or document.name, style="bold"))
    dated = reading.today.isoformat() if reading.dated else f"no date, read from {reading.today}"
    console.print(Text(f"{_capital(a)} and {b}; {dated}; {headline(listed)}", style="dim"))
    for kind, title in (("figure", "Figures"), ("promise", "Promises")):
        chosen = [row for row in listed if row.kind == kind]
        if chosen:
            console.print()
            console.print(_table(title, chosen))
    for note in reading.notes:
        console.print(Text(f"Note: {note}", style="dim"))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    return "\n".join(lines).rstrip() + "\n"


def headline(listed: list[Row]) -> str:
    """Return the counts: "3 figures, 8 promises: 9 supported, 1 outdated, 1 no data"."""
    if not listed:
        return "no figures and no promises found"
    kinds = Counter(row.kind for row in listed)
    verdicts = Counter(row.verdict for row in listed)
    found = ", ".join(
        f"{kinds[kind]} {kind}{'' if kinds[kind] == 1 else 's'}"
        for kind in ("figure", "promise")
        if kinds[kind]
    )
    return f"{found}: " + ", ".join(f"{verdicts[v]} {v}" for v in Verdict if verdicts[v])


def _table(title: str, chosen: list[Row]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, expand=True,
        pad_edge=False, padding=(0, 1), show_lines=False,
    )  # fmt: skip
    table.add_column("", justify="right", width=3, no_wrap=True)
    table.add_column("In the text", ratio=3)
    table.add_column("Verdict", width=14, no_wrap=True)
    table.add_column("What is known", ratio=6, overflow="fold")
    for row in chosen:
        verdict = Text(f"{SYMBOLS[row.verdict]} {row.verdict}", style=_STYLES[row.verdict])
        words = Text(f"“{row.words}”")
        words.append(f"\n{row.says}", style="dim")
        known = Text(row.why)
        if row.source:
            known.append(f"\n{row.line} [{row.source}]", style="dim")
        table.add_row(str(row.number), words, verdict, known)
        table.add_row()
    return table


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
