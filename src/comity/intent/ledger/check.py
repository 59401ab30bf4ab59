"""What rows must satisfy before they enter a ledger, and the sentence where they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from comity import catalogue
from comity.errors import ComityError, LedgerFileError
from comity.intent.ledger import dates
from comity.intent.ledger.book import Ledger
from comity.intent.ledger.fields import FIELDS, Record, Value, build
from comity.intent.ledger.files import Raw
from comity.intent.ledger.model import Assessment, Promise

SHOWN = 20
"""Problems that an error lists; the rest are counted."""


def check(rows: Iterable[Raw], ledger: Ledger | None = None) -> list[Record]:
    """Return the rows as records, with the countries that they name, or say what is wrong.

    Parameters
    ----------
    rows : iterable of Raw
        As `files.read` gives them.
    ledger : Ledger, optional
        What is there already: rows may refer to it.

    Raises
    ------
    LedgerFileError
        At least one row does not fit; the error lists file, line, column and reason.
    """
    problems: list[str] = []
    records: list[tuple[Raw, Record]] = []
    for raw in rows:
        values = _parse(raw, problems)
        if values is not None:
            records.append((raw, build(raw.table, values)))
    found = {name: _ids(name, records, ledger, problems) for name in FIELDS}
    countries: dict[str, Record] = {}
    for raw, record in records:
        _check_record(raw, record, found, countries, problems)
    if problems:
        raise _error(problems)
    return [*countries.values(), *(record for _, record in records)]


def _parse(raw: Raw, problems: list[str]) -> dict[str, Value] | None:
    """Return the values of a row, or None and one more problem for each that does not fit."""
    before = len(problems)
    known = {field.name: field for field in FIELDS[raw.table]}
    problems += [
        f"{raw.at(name)}: '{name}' is not a column of {raw.table}."
        for name in raw.cells
        if name not in known
    ]
    values: dict[str, Value] = {}
    for name, field in known.items():
        try:
            values[name] = field.parse(raw.cells.get(name))
        except ValueError as error:
            problems.append(_at(raw, name, f"{error}."))
            continue
        if field.required and not values[name]:
            problems.append(_at(raw, name, "is empty, and must not be."))
    return values if len(problems) == before else None


def _ids(
    name: str, records: list[tuple[Raw, Record]], ledger: Ledger | None, problems: list[str]
) -> set[str]:
    """Return every id of a table, in the rows and in the ledger; one may stand in a file once."""
    seen: dict[str, Raw] = {}
    for raw, record in records:
        if raw.table != name:
            continue
        if record.id in seen:
            problems.append(
                _at(raw, "id", f"'{record.id}' stands in {seen[record.id].place} already.")
            )
        seen.setdefault(record.id, raw)
    held = {record.id for record in ledger.records()[name]} if ledger else set()
    return held | set(seen)


def _check_record(
    raw: Raw,
    record: Record,
    found: dict[str, set[str]],
    countries: dict[str, Record],
    problems: list[str],
) -> None:
    def say(column: str, reason: str) -> None:
        problems.append(_at(raw, column, reason))

    def refer(column: str, ids: Iterable[str], table: str) -> None:
        for id in ids:  # noqa: A001
            if id not in found[table]:
                say(column, f"there is no '{id}' among the {table}.")

    def party(column: str, ids: Iterable[str]) -> None:
        for id in ids:  # noqa: A001
            if id in found["parties"] or id in countries:
                continue
            try:
                countries[id] = _country(id)
            except ComityError as error:
                say(column, f"{error}")

    if isinstance(record, Promise):
        _check_promise(record, say)
        refer("source", [record.source], "sources")
        refer("also", record.also, "sources")
        party("parties", record.parties)
        party("promised_by", record.promised_by)
        for column in ("repeats", "part_of", "follows"):
            refer(column, getattr(record, column), "promises")
            if record.id in getattr(record, column):
                say(column, "a promise cannot be linked to itself.")
    elif isinstance(record, Assessment):
        refer("promise", [record.promise], "promises")
        refer("source", [record.source], "sources")
        if not dates.is_day(record.assessed_on):
            say("assessed_on", f"'{record.assessed_on}' is not a day; write 2025-12-05.")
        if record.figure is not None and not (record.figure_unit and record.figure_period):
            say("figure", "a figure needs figure_unit and figure_period.")


def _check_promise(record: Promise, say: Callable[[str, str], None]) -> None:
    target = record.target
    if len(record.parties) != 2:
        say("parties", f"names {len(record.parties)} parties; a promise has two sides.")
    if target is None and record.kind == "quantified-target":
        say("indicator", "a quantified target needs one.")
    if target is not None:
        if (target.low is None) != (target.high is None):
            say("high", "low and high stand together; for one figure write it twice.")
        elif target.low is not None and target.high is not None and target.low > target.high:
            say("high", "is below low.")
        if target.low is not None and not target.unit:
            say("unit", "a figure needs a unit.")
        if bool(target.origin) != bool(target.destination):
            say("destination", "origin and destination stand together.")
        if target.is_range and target.multiple is not None:
            say("multiple", "a target is a range or a multiple, not both.")
    if record.announced and record.due and _before(record.due, record.announced):
        say("due", f"'{record.due}' is before the promise was made ({record.announced}).")
    if record.due_now and not record.due:
        say("due_now", "a date that was moved needs the original one in due.")


def _before(one: str, other: str) -> bool:
    return dates.last_day(one) < dates.first_day(other)


def _country(code: str) -> Record:
    found = catalogue.country(code)
    if found.iso3 != code:
        raise ComityError(f"'{code}' should be written {found.iso3}.")
    return build("parties", {"id": code, "kind": "country", "name": found.name})


def _at(raw: Raw, column: str, reason: str) -> str:
    return f"{raw.at(column)}, '{column}': {reason}"


def _error(problems: list[str]) -> LedgerFileError:
    more = len(problems) - SHOWN
    listed = problems[:SHOWN] + ([f"... and {more} more."] if more > 0 else [])
    word = "problem" if len(problems) == 1 else "problems"
    return LedgerFileError(
        f"Nothing was imported: {len(problems)} {word}.\n" + "\n".join(f"  {p}" for p in listed),
        "Correct the file, and import it again.",
        problems,
    )


def raw_row(table: str, cells: dict[str, Any], origin: str) -> Raw:
    """Return a row that does not come from a file, such as the options of a command."""
    from comity.intent.ledger.files import Place

    return Raw(table, {key: value for key, value in cells.items() if value}, Place(origin))
