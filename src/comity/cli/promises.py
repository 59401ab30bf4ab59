"""`comity promises`: the ledger and its verdicts, and what people add to it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from comity.cli.ledgers import report
from comity.cli.output import (
    Format,
    FormatOption,
    LakeOption,
    OutOption,
    choose_format,
    deliver,
    look,
)
from comity.errors import NoDataError, UsageError

if TYPE_CHECKING:
    from comity.brief.promises import View


class _ShowFirst(TyperGroup):
    """Reads `promises IND RUS` as `promises show IND RUS`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's own
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ShowFirst,
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Sort(StrEnum):
    """What `--sort` takes."""

    made = "made"
    due = "due"
    pillar = "pillar"
    standing = "standing"
    id = "id"


class FileFormat(StrEnum):
    """What `export --format` takes."""

    csv = "csv"
    yaml = "yaml"
    json = "json"


LedgerOption = Annotated[
    str | None,
    typer.Option("--ledger", help="A file, a URL, or 'starter'; by default COMITY_LEDGER."),
]


@app.command()
def show(
    a: Annotated[str, typer.Argument(help="A country or a group.", metavar="A")] = "",
    b: Annotated[str, typer.Argument(help="Another; without it, all of A's.", metavar="[B]")] = "",
    targets: Annotated[bool, typer.Option(help="Every trade target of every pair.")] = False,
    due: Annotated[bool, typer.Option(help="Only those whose date has passed.")] = False,
    missed: Annotated[bool, typer.Option(help="Only those missed or overdue.")] = False,
    repeated: Annotated[bool, typer.Option(help="Only those made more than once.")] = False,
    pillar: Annotated[str, typer.Option(help="Only of this pillar, such as defence.")] = "",
    status: Annotated[
        str, typer.Option(help="Only with this status, standing or verdict, such as 'met late'.")
    ] = "",
    sort: Annotated[Sort, typer.Option(help="Order of the rows.")] = Sort.made,
    as_of: Annotated[
        str, typer.Option(help="Judge on this day, such as 2025-12-31; by default today.")
    ] = "",
    format: FormatOption = None,  # noqa: A002
    out: OutOption = None,
    lake: LakeOption = None,
    ledger: LedgerOption = None,
) -> None:
    """Show what two countries promised each other, and what became of it (`show` is optional).

    [dim]Examples:[/dim]  comity promises IND RUS
               comity promises India Russia --missed --out promises.html
               comity promises --targets
    """
    if targets == bool(a):
        raise UsageError(
            "Name a country, or ask for --targets of every pair.", "Try: comity promises IND RUS"
        )
    chosen = choose_format(format, out)
    from comity import starter
    from comity.brief.promises import Filters, promises_of, targets_of, wanted
    from comity.intent.ledger import open as open_ledger
    from comity.lake import Store

    filters = Filters(
        due=due,
        missed=missed,
        repeated=repeated,
        pillar=wanted.pillar_named(pillar),
        status=wanted.status_named(status),
        sort=sort.value,
    )
    held = open_ledger(ledger)
    store = Store(lake or starter.path())
    day = wanted.day(as_of)
    if targets:
        view = targets_of(store=store, ledger=held, as_of=day, filters=filters)
    else:
        sides = [wanted.party(name, held) for name in (a, b) if name]
        if not held.promises(*sides):
            raise NoDataError(
                f"The ledger has no promises of {' and '.join(sides)}.",
                "It has "
                + ", ".join(f"{x}-{y}" for x, y in held.pairs()[:12])
                + " and others; add one with 'comity promises add'.",
            )
        view = promises_of(*sides, store=store, ledger=held, as_of=day, filters=filters)
    deliver(_render(view, chosen, to_file=out is not None), out)


@app.command()
def add(
    parties: Annotated[str, typer.Option(help="The two sides, as IND,RUS.")],
    text: Annotated[str, typer.Option(help="The promise in one sentence, in your own words.")],
    pillar: Annotated[str, typer.Option(help="Such as trade, defence or people.")],
    source_publisher: Annotated[str, typer.Option(help="Who published the page that states it.")],
    source_title: Annotated[str, typer.Option(help="Title of the page.")] = "",
    source_date: Annotated[str, typer.Option(help="Date of the page.")] = "",
    source_url: Annotated[str, typer.Option(help="Address of the page.")] = "",
    promised_by: Annotated[str, typer.Option(help="Who promised; by default both.")] = "",
    said_by: Annotated[str, typer.Option(help="The person or body that said it.")] = "",
    occasion: Annotated[str, typer.Option(help="The meeting or event.")] = "",
    kind: Annotated[str, typer.Option(help="Such as quantified-target or project.")] = "project",
    announced: Annotated[str, typer.Option(help="When it was made, as 2025-12-05.")] = "",
    due: Annotated[str, typer.Option(help="The date promised.")] = "",
    indicator: Annotated[str, typer.Option(help="What would be measured.")] = "",
    value: Annotated[str, typer.Option(help="How much, in base units: 30000000000.")] = "",
    unit: Annotated[str, typer.Option(help="Unit of the value: USD, rifles.")] = "",
    scope: Annotated[str, typer.Option(help="Of trade: goods, goods+services, non-oil.")] = "",
    repeats: Annotated[str, typer.Option(help="Id of the promise that this one repeats.")] = "",
    ledger: LedgerOption = None,
) -> None:
    """Add one promise, with the source that states it.

    [dim]Example:[/dim]  comity promises add --parties IND,RUS --pillar people
              --text "Open a cultural centre in Kazan." --source-publisher PIB
    """
    from comity.intent.ledger import writing

    page = {
        "publisher": source_publisher,
        "title": source_title,
        "date": source_date,
        "url": source_url,
    }
    given = {
        "parties": parties,
        "promised_by": promised_by,
        "text": text,
        "pillar": pillar,
        "said_by": said_by,
        "occasion": occasion,
        "kind": kind,
        "announced": announced,
        "due": due,
        "indicator": indicator,
        "value": value,
        "unit": unit,
        "scope": scope,
        "repeats": repeats,
    }
    place = writing.open_to_write(ledger)
    made, records = writing.promise_records(given, page, place.held, "the command")
    written = writing.save(place.database, records)
    new = "is in" if written.new["promises"] else "was already in"
    typer.echo(f"{made} {new} {place.database.name}.")


@app.command()
def assess(
    promise: Annotated[str, typer.Argument(help="Id of the promise.", metavar="ID")],
    status: Annotated[
        str, typer.Option(help="delivered, partly, missed, pending, lapsed or unknown")
    ],
    by: Annotated[str, typer.Option(help="Who judges.")],
    evidence: Annotated[str, typer.Option(help="One line, with the figure.")],
    source: Annotated[str, typer.Option(help="Id of a source in the ledger.")] = "",
    source_publisher: Annotated[str, typer.Option(help="Or who published a new page.")] = "",
    source_title: Annotated[str, typer.Option(help="Its title.")] = "",
    source_date: Annotated[str, typer.Option(help="Its date.")] = "",
    source_url: Annotated[str, typer.Option(help="Its address.")] = "",
    on: Annotated[str, typer.Option(help="The day of the judgement; by default today.")] = "",
    evidence_on: Annotated[str, typer.Option(help="The date that the evidence speaks of.")] = "",
    figure: Annotated[str, typer.Option(help="The figure, in base units.")] = "",
    figure_unit: Annotated[str, typer.Option(help="Its unit.")] = "",
    figure_period: Annotated[str, typer.Option(help="Its period.")] = "",
    ledger: LedgerOption = None,
) -> None:
    """Judge a promise on evidence; earlier judgements stay as they are.

    [dim]Example:[/dim]  comity promises assess IR-066 --status delivered --by "A. Sharma"
              --evidence "Instruments exchanged." --source-publisher PIB --evidence-on 2026-01-12
    """
    from comity.intent.ledger import writing

    page = {
        "publisher": source_publisher,
        "title": source_title,
        "date": source_date,
        "url": source_url,
    }
    given = {
        "promise": promise,
        "by": by,
        "assessed_on": on,
        "status": status,
        "evidence": evidence,
        "evidence_on": evidence_on,
        "figure": figure,
        "figure_unit": figure_unit,
        "figure_period": figure_period,
        "source": source,
    }
    place = writing.open_to_write(ledger)
    records = writing.assessment_records(given, page, place.held, "the command")
    written = writing.save(place.database, records)
    said = "is judged" if written.new["assessments"] else "was already judged"
    typer.echo(f"{promise} {said} {status} by {by} in {place.database.name}.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A folder of CSV tables, or a .csv, .yaml, .json.")],
    update: Annotated[
        bool, typer.Option(help="Replace promises and sources that have the same id.")
    ] = False,
    ledger: LedgerOption = None,
) -> None:
    """Take over a file into the ledger: all of it, or nothing.

    [dim]Example:[/dim]  comity promises import our-promises.csv
    """
    from comity.intent.ledger import files, writing
    from comity.intent.ledger.check import check

    raws = files.read(file)
    place = writing.open_to_write(ledger)
    written = writing.save(place.database, check(raws, place.held), update=update)
    report(written, place.database)


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for CSV, else a file.")],
    format: Annotated[  # noqa: A002
        FileFormat | None, typer.Option("--format", "-f", help="By default what --out ends in.")
    ] = None,
    ledger: LedgerOption = None,
) -> None:
    """Write the whole ledger to plain files, from which it can be imported again.

    [dim]Example:[/dim]  comity promises export --out ledger.yaml
    """
    from comity.intent.ledger import files
    from comity.intent.ledger import open as open_ledger

    suffix = {".yml": "yaml", "": "csv"}.get(out.suffix.lower(), out.suffix.lower().lstrip("."))
    if format is None and suffix not in tuple(FileFormat):
        raise UsageError(
            f"'{out.name}' does not say in which format to write.",
            "Add --format, or end the name in .yaml or .json; CSV needs a folder.",
        )
    held = open_ledger(ledger)
    chosen = format.value if format else suffix
    if chosen == "csv" and out.suffix:
        raise UsageError(
            "A ledger in CSV is four tables.", f"Give a folder: --out {out.stem} --format csv."
        )
    files.write(held.records(), out, chosen)
    typer.echo(f"{len(held)} promises of {held.name} are in {out}.", err=True)


@app.command()
def upgrade(ledger: LedgerOption = None) -> None:
    """Bring a ledger's tables to this version of comity.

    [dim]Example:[/dim]  comity promises upgrade
    """
    from comity.intent.ledger.database import Database
    from comity.intent.ledger.places import locate

    database = Database(locate(ledger, writing=True))
    database.upgrade()
    typer.echo(f"{database.name} is up to date.")


def _render(view: View, chosen: Format, *, to_file: bool) -> str | bytes:
    from comity.brief.promises import tables

    match chosen:
        case Format.json:
            return tables.to_json(view)
        case Format.csv:
            return tables.to_csv(view)
        case Format.xlsx:
            return tables.to_xlsx(view)
        case Format.html:
            from comity.brief.promises import page

            return page.render(view)
        case Format.table:
            width, color = look(to_file=to_file, widest=120)
            return tables.to_text(view, max(width, 80), color=color)
