"""The columns of the ledger's four tables, in one place for files, checks and conversions."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comity.intent.ledger import dates
from comity.intent.ledger.model import (
    RUBRIC,
    Assessment,
    Kind,
    Pace,
    Party,
    Promise,
    Source,
    Status,
    Target,
    assessment_id,
)

Value = str | float | tuple[str, ...] | None
Row = dict[str, Value]
Record = Party | Source | Promise | Assessment

PILLARS = (
    "trade",
    "products",
    "people",
    "research",
    "diplomacy",
    "defence",
    "manufacturing",
    "energy",
    "logistics",
    "investment",
    "settlement",
    "institutions",
)
SCOPES = ("goods", "goods+services", "non-oil")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,119}$")


@dataclass(frozen=True, slots=True)
class Field:
    """A column: what it holds, and whether it may be empty.

    ``type`` is ``text``, ``id``, ``ids`` (a list), ``date``, ``number`` or ``choice``.
    """

    name: str
    type: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()

    def parse(self, raw: object) -> Value:
        """Return the cell's value; empty is "", None or () by type.

        Raises
        ------
        ValueError
            The cell does not hold what the column takes; the message says what it takes.
        """
        if self.type == "number":
            return _number(raw)
        if self.type == "ids":
            return tuple(_id(part) for part in _parts(raw))
        text = _text(raw)
        if not text:
            return ""
        if self.type == "id":
            return _id(text)
        if self.type == "date" and not dates.is_date(text):
            raise ValueError(f"'{text}' is not a date; {dates.HOW_TO_WRITE}")
        if self.choices and text not in self.choices:
            raise ValueError(f"'{text}' is not one of {', '.join(self.choices)}")
        return text


_DATES = tuple(
    Field(name, "date")
    for name in ("announced", "signed", "in_force", "funded", "due", "due_now", "delivered")
)
FIELDS: dict[str, tuple[Field, ...]] = {
    "parties": (
        Field("id", "id", required=True),
        Field("kind", "choice", required=True, choices=("country", "group")),
        Field("name", required=True),
        Field("members", "ids"),
    ),
    "sources": (
        Field("id", "id", required=True),
        Field("publisher", required=True),
        Field("title"),
        Field("date", "date"),
        Field("url"),
        Field("note"),
    ),
    "promises": (
        Field("id", "id", required=True),
        Field("kind", "choice", required=True, choices=tuple(Kind)),
        Field("pillar", "choice", required=True, choices=PILLARS),
        Field("text", required=True),
        Field("parties", "ids", required=True),
        Field("promised_by", "ids", required=True),
        Field("said_by"),
        Field("occasion"),
        Field("indicator"),
        Field("low", "number"),
        Field("high", "number"),
        Field("unit"),
        Field("multiple", "number"),
        Field("origin", "id"),
        Field("destination", "id"),
        Field("scope", "choice", choices=SCOPES),
        Field("pace", "choice", choices=tuple(Pace)),
        Field("baseline", "number"),
        Field("baseline_period", "date"),
        *_DATES,
        Field("due_note"),
        Field("repeats", "ids"),
        Field("part_of", "ids"),
        Field("follows", "ids"),
        Field("source", "id", required=True),
        Field("also", "ids"),
        Field("note"),
    ),
    "assessments": (
        Field("id", "id"),
        Field("promise", "id", required=True),
        Field("by", required=True),
        Field("assessed_on", "date", required=True),
        Field("status", "choice", required=True, choices=tuple(Status)),
        Field("evidence"),
        Field("evidence_on", "date"),
        Field("figure", "number"),
        Field("figure_unit"),
        Field("figure_period", "date"),
        Field("source", "id", required=True),
        Field("rubric"),
    ),
}
TABLES = tuple(FIELDS)
_TARGET = (
    "indicator",
    "low",
    "high",
    "unit",
    "multiple",
    "origin",
    "destination",
    "scope",
    "pace",
    "baseline",
    "baseline_period",
)


def build(table: str, row: Mapping[str, Any]) -> Record:
    """Return the record of a parsed row; absent columns are empty."""
    return _BUILD[table](row)


def flatten(record: Record) -> Row:
    """Return the record as a row: one value a column of its table, in the table's order."""
    if not isinstance(record, Promise):
        table = {Party: "parties", Source: "sources", Assessment: "assessments"}[type(record)]
        return {field.name: getattr(record, field.name) for field in FIELDS[table]}
    row: Row = {}
    for field in FIELDS["promises"]:
        if field.name in _TARGET:
            row[field.name] = getattr(record.target, field.name, None if _is_number(field) else "")
        else:
            row[field.name] = getattr(record, field.name)
    return row


def table_of(record: Record) -> str:
    """Return the name of the table that the record belongs to."""
    return {Party: "parties", Source: "sources", Promise: "promises", Assessment: "assessments"}[
        type(record)
    ]


def as_text(value: Value) -> str:
    """Return a value as a CSV cell: lists joined by ";", whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _party(row: Mapping[str, Any]) -> Party:
    return Party(
        id=row["id"], kind=row["kind"], name=row["name"], members=tuple(row.get("members") or ())
    )


def _source(row: Mapping[str, Any]) -> Source:
    return Source(**{f.name: row.get(f.name) or "" for f in FIELDS["sources"]})


def _promise(row: Mapping[str, Any]) -> Promise:
    lists = ("parties", "promised_by", "repeats", "part_of", "follows", "also")
    words = ("id", "pillar", "text", "source", "said_by", "occasion", "due_note", "note")
    values: dict[str, Any] = {name: tuple(row.get(name) or ()) for name in lists}
    values |= {name: row.get(name) or "" for name in words}
    values |= {field.name: row.get(field.name) or "" for field in _DATES}
    return Promise(kind=Kind(row["kind"]), target=_target(row), **values)


def _target(row: Mapping[str, Any]) -> Target | None:
    if not row.get("indicator"):
        return None
    numbers = ("low", "high", "multiple", "baseline")
    words = ("indicator", "unit", "origin", "destination", "scope", "baseline_period")
    values: dict[str, Any] = {name: row.get(name) for name in numbers}
    values |= {name: row.get(name) or "" for name in words}
    return Target(pace=Pace(row.get("pace") or "level"), **values)


def _assessment(row: Mapping[str, Any]) -> Assessment:
    values: dict[str, Any] = {f.name: row.get(f.name) or "" for f in FIELDS["assessments"]}
    values["figure"] = row.get("figure")
    values["status"] = Status(values["status"])
    values["rubric"] = values["rubric"] or RUBRIC
    if not values["id"]:
        values["id"] = assessment_id(
            *(as_text(values[f.name]) for f in FIELDS["assessments"] if f.name != "id")
        )
    return Assessment(**values)


_BUILD: dict[str, Callable[[Mapping[str, Any]], Record]] = {
    "parties": _party,
    "sources": _source,
    "promises": _promise,
    "assessments": _assessment,
}


def _is_number(field: Field) -> bool:
    return field.type == "number"


def _text(raw: object) -> str:
    if raw is None:
        return ""
    if isinstance(raw, bool | list | dict):
        raise ValueError("takes one text, not a list or a yes/no")  # noqa: TRY004 - told to the user
    if isinstance(raw, dt.date):
        return raw.isoformat()[:10]
    text = str(raw).strip().replace("\r\n", "\n")
    if found := _CONTROL.search(text):
        raise ValueError(f"holds a control character (U+{ord(found.group()):04X})")
    return text


def _number(raw: object) -> float | None:
    if isinstance(raw, bool | list | dict):
        raise ValueError("takes one number")  # noqa: TRY004 - told to the user
    text = "" if raw is None else str(raw).strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise ValueError(
            f"'{text}' is not a number; write base units without separators, 30000000000 or 3e10"
        ) from None
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"'{text}' is not a number of zero or more")
    return number


def _id(text: str) -> str:
    if not _ID.match(text):
        raise ValueError(f"'{text}' is not an id; use letters, digits and . _ + - (120 at most)")
    return text


def _parts(raw: object) -> list[str]:
    parts = raw if isinstance(raw, list | tuple) else _text(raw).split(";")
    found: list[str] = []
    for part in parts:
        text = _text(part)
        if text and text not in found:
            found.append(text)
    return found
