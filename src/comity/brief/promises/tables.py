"""Promises as text for a terminal, as CSV, as JSON and as a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from comity.brief import text
from comity.brief.promises.view import Row, View, as_dict
from comity.intent.ledger import wording
from comity.intent.ledger.chains import Chain

_COLORS = {
    "delivered": "green",
    "delivered late": "green",
    "partly": "yellow",
    "not due yet": "dim",
    "overdue": "red",
    "missed": "red",
    "lapsed": "red",
    "unknown": "dim",
}
COLUMNS = (
    "id",
    "parties",
    "promised_by",
    "said_by",
    "pillar",
    "kind",
    "text",
    "made_on",
    "due",
    "due_now",
    "delivered",
    "standing",
    "status",
    "verdict",
    "sentence",
    "figure",
    "figure_unit",
    "figure_period",
    "figure_source",
    "needed",
    "achieved",
    "one_sided",
    "evidence",
    "evidence_source",
    "repeats",
    "source",
    "source_url",
)


def to_text(view: View, width: int, *, color: bool) -> str:
    """Return the promises as a table for a terminal."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, no_color=not color, highlight=False
    )
    console.print(Text(f"{view.chosen.title[:1].upper()}{view.chosen.title[1:]}: promises", "bold"))
    for finding in view.findings:
        console.print(Padding(Text(finding), (0, 0, 0, 2)))
    table = Table(box=None, padding=(0, 2, 1, 0), header_style="bold", width=width)
    for name, size in (("Made", 10), ("Due", 10), ("Promise", None), ("Standing", 14)):
        table.add_column(name, width=size, ratio=None if size else 4)
    table.add_column("What became of it", ratio=5)
    for row in view.rows:
        promise = row.promise
        due = promise.due + (f"\nnow {promise.due_now}" if promise.due_now else "")
        standing = Text(row.standing.value, _COLORS[row.standing.value])
        if row.is_overdue and row.standing.value != "overdue":
            standing.append("\npast its date", "dim")
        sides = "" if view.chosen.b else f"{'-'.join(promise.parties)} "
        words = Text(f"{sides}{promise.text}")
        words.append(f" [{promise.id}]", "dim")
        table.add_row(
            promise.announced or "undated", due or "–", words, standing, Text(_outcome(row))
        )
    console.print(table)
    total = view.score
    shown = f"{len(view.rows)} of {total.promises} promises shown. " if view.rows else ""
    console.print(f"{shown}{_scores(view)}", markup=False)
    console.print(view.sample, style="dim", markup=False)
    console.print(
        f"Judged on {view.as_of.isoformat()}, from {view.ledger.name} ({view.ledger.id})"
        + (f" and lake {view.lake_id}." if view.lake_id else "."),
        style="dim",
        markup=False,
    )
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def to_csv(view: View) -> str:
    """Return the promises as CSV, one a row."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(view, row) for row in view.rows)
    return out.getvalue()


def document(view: View) -> dict[str, Any]:
    """Return the promises, the scores with their sample, and the sources, as plain JSON types."""
    rows = [as_dict(view, row) for row in view.rows]
    named = {s for row in view.rows for s in (*row.promise.sources, *row.verdict.sources)}
    named |= {row.latest.source for row in view.rows if row.latest}
    score = view.score
    return {
        "schema": 1,
        "pair": {"a": view.chosen.a or None, "b": view.chosen.b or None},
        "as_of": view.as_of.isoformat(),
        "ledger": {"id": view.ledger.id, "name": view.ledger.name},
        "lake": {"id": view.lake_id, "built": view.built} if view.lake_id else None,
        "findings": list(view.findings),
        "scores": {
            "promises": score.promises,
            "due": score.due,
            "delivered": score.delivered,
            "on_time": score.on_time,
            "unknown": score.unknown,
            "share": score.share,
            "share_on_time": score.share_on_time,
            "median_delay_years": score.median_delay,
            "restatements": score.restatements,
            "mean": score.mean,
            "marked": score.marked,
            "standings": {key.value: count for key, count in sorted(score.standings.items())},
            "sample": view.sample,
        },
        "chains": [_chain(chain) for chain in view.chains],
        "commitments": rows,
        "sources": {id: view.source(id) for id in sorted(named)},  # noqa: A001
    }


def to_json(view: View) -> str:
    """Return the same as JSON text."""
    return json.dumps(document(view), ensure_ascii=False, indent=1) + "\n"


def to_xlsx(view: View) -> bytes:
    """Return the promises as a spreadsheet: promises, assessments, chains, scores, sources."""
    import xlsxwriter  # type: ignore[import-untyped]

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    head = book.add_format({"bold": True, "bottom": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(name: str, columns: tuple[str, ...], rows: list[list[Any]]) -> None:
        page = book.add_worksheet(name)
        page.write_row(0, 0, columns, head)
        for n, row in enumerate(rows, 1):
            page.write_row(n, 0, ["" if cell is None else cell for cell in row], wrap)
        page.freeze_panes(1, 1)
        page.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        for n, column in enumerate(columns):
            long = column in ("text", "sentence", "evidence", "citation", "meaning")
            page.set_column(n, n, 60 if long else 16)

    sheet("Promises", COLUMNS, [_cells(view, row) for row in view.rows])
    judged = [
        [a.promise, a.by, a.assessed_on, a.status.value, a.evidence, a.evidence_on, a.figure,
         a.figure_unit, a.figure_period, a.source]
        for row in view.rows
        for a in view.ledger.assessments(row.promise)
    ]  # fmt: skip
    sheet(
        "Assessments",
        ("promise", "by", "assessed_on", "status", "evidence", "evidence_on", "figure",
         "figure_unit", "figure_period", "source"),
        judged,
    )  # fmt: skip
    sheet(
        "Made again",
        ("first", "text", "times", "dates", "slip_years", "ids"),
        [
            [c.first.id, c.first.text, len(c.promises), ", ".join(c.dues), c.slip,
             ", ".join(p.id for p in c.promises)]
            for c in view.chains
        ],
    )  # fmt: skip
    score = view.score
    sheet(
        "Scores",
        ("score", "value", "meaning"),
        [
            ["share delivered", score.share, f"{score.delivered} of {score.due} due and known"],
            ["share by the date", score.share_on_time, f"{score.on_time} of {score.due}"],
            ["median delay, years", score.median_delay, f"of {score.delays} delivered late"],
            ["made again", score.restatements, f"of {score.promises} promises"],
            ["mean mark", score.mean, f"+1, 0, -1 over {score.marked} promises"],
            ["sample", "", view.sample],
        ],
    )
    named = {s for row in view.rows for s in (*row.promise.sources, *row.verdict.sources)}
    named |= {a.source for row in view.rows for a in view.ledger.assessments(row.promise)}
    cited = [[id, view.source(id)["citation"], view.source(id)["url"]] for id in sorted(named)]  # noqa: A001
    sheet("Sources", ("id", "citation", "url"), cited)
    book.close()
    return out.getvalue()


def _cells(view: View, row: Row) -> list[Any]:
    promise, figure = row.promise, row.verdict.figure
    source = view.ledger.source(promise.source)
    cells = as_dict(view, row) | {
        "parties": ";".join(promise.parties),
        "promised_by": ";".join(promise.promised_by),
        "figure": figure.value if figure else None,
        "figure_unit": promise.target.unit if figure and promise.target else None,
        "figure_period": figure.period if figure else None,
        "figure_source": figure.source if figure else None,
        "source": source.id,
        "source_url": source.url or None,
    }
    return [cells[column] for column in COLUMNS]


def _chain(chain: Chain) -> dict[str, Any]:
    return {
        "first": chain.first.id,
        "promises": [promise.id for promise in chain.promises],
        "dates": list(chain.dues),
        "slip_years": chain.slip,
    }


def _outcome(row: Row) -> str:
    said = [row.verdict.sentence] if row.says_figures else []
    if row.latest:
        label = f"Judged {row.latest.status.value}: " if said else ""
        when = f" ({wording.date(row.latest.evidence_on)})" if row.latest.evidence_on else ""
        said.append(f"{label}{row.latest.evidence}{when}")
    return "\n".join(said)


def _scores(view: View) -> str:
    score = view.score
    parts = []
    if score.share is not None and score.share_on_time is not None:
        parts.append(
            f"{text.share(score.share)} delivered ({score.delivered} of {score.due} due and "
            f"known), {text.share(score.share_on_time)} by the date"
        )
    if score.median_delay is not None:
        parts.append(f"median delay {score.median_delay:g} years (of {score.delays} late)")
    parts.append(f"{score.restatements} made again")
    if score.mean is not None:
        parts.append(f"mean mark {score.mean:+.2f} on a scale from -1 to +1 (of {score.marked})")
    return "; ".join(parts) + "."
