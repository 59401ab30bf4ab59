"""A ledger as plain files: four CSV tables in a folder, or one YAML or JSON document.

Reading gives rows as they are written, each with the place where it stands; `check` says what is
wrong with them. What is exported and imported again is the same ledger.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from comity.errors import LedgerFileError, OutputError
from comity.intent.ledger.fields import FIELDS, TABLES, Record, Value, as_text, flatten

FORMATS = ("csv", "yaml", "json")
LIMIT = 200_000_000
"""Bytes of the largest file that is read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row, or one cell of it, stands."""

    file: str
    line: int | None = None
    column: int | None = None
    entry: str = ""

    def __str__(self) -> str:
        where = self.file
        if self.line is not None:
            where += f", line {self.line}"
        if self.column is not None:
            where += f", column {self.column}"
        return where if self.line is not None or not self.entry else f"{where}, {self.entry}"


@dataclass(frozen=True, slots=True)
class Raw:
    """One row as it is written."""

    table: str
    cells: dict[str, Any]
    place: Place
    places: Mapping[str, Place] = field(default_factory=dict)

    def at(self, column: str) -> Place:
        """Return where a cell stands, as well as it is known."""
        return self.places.get(column, self.place)


def read(path: Path) -> list[Raw]:
    """Read a folder of CSV tables, or one CSV, YAML or JSON file.

    Raises
    ------
    LedgerFileError
        The file is absent, too large, not UTF-8, or not of its format; the error says where.
    """
    if path.is_dir():
        files = [path / f"{name}.csv" for name in TABLES if (path / f"{name}.csv").exists()]
        if not files:
            raise LedgerFileError(
                f"{path} has no table of a ledger.", f"Name them {', '.join(TABLES)}.csv."
            )
        return [raw for file in files for raw in _read_csv(file, _text(file), file.stem)]
    readers: dict[str, Callable[[Path, str], Iterator[Raw]]] = {
        ".csv": _read_csv,
        ".yaml": _read_yaml,
        ".yml": _read_yaml,
        ".json": _read_json,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise LedgerFileError(
            f"{path.name} is not a ledger file by its name.",
            "Give a folder of CSV tables, or a file that ends in .csv, .yaml or .json.",
        )
    found = list(reader(path, _text(path)))
    if not found:
        raise LedgerFileError(f"{path.name} holds no rows.", "Nothing was imported.")
    return found


def write(tables: Mapping[str, list[Record]], path: Path, format: str) -> None:  # noqa: A002
    """Write a ledger: a folder for CSV, a file otherwise; complete, or as it was before.

    Raises
    ------
    OutputError
        The place cannot be written to.
    """
    contents = {path: render(tables, format)} if format != "csv" else {}
    if format == "csv":
        contents = {path / f"{name}.csv": render_csv(name, tables[name]) for name in TABLES}
    try:
        (path if format == "csv" else path.parent).mkdir(parents=True, exist_ok=True)
        parts = {}
        for file, content in contents.items():
            parts[file] = file.with_name(f".{file.name}.{os.getpid()}.part")
            parts[file].write_text(content, encoding="utf-8", newline="")
        for file, part in parts.items():
            part.replace(file)
    except OSError as error:
        raise OutputError(
            f"{path} could not be written: {error.strerror}.", "Choose another place with --out."
        ) from None


def render(tables: Mapping[str, list[Record]], format: str) -> str:  # noqa: A002
    """Return a ledger as one YAML or JSON document; empty fields are left out."""
    document: dict[str, Any] = {"ledger": 1}
    for name in TABLES:
        document[name] = [
            {key: _plain(value) for key, value in flatten(record).items() if value or value == 0}
            for record in tables[name]
        ]
    if format == "json":
        return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(document, Dumper=dumper, allow_unicode=True, sort_keys=False, width=100))


def render_csv(name: str, records: list[Record]) -> str:
    """Return one table as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(field.name for field in FIELDS[name])
    for record in records:
        writer.writerow(as_text(value) for value in flatten(record).values())
    return out.getvalue()


def _plain(value: Value) -> object:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return str(value)


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LIMIT:
            raise LedgerFileError(
                f"{path.name} is too large for a ledger ({size / 1e6:,.0f} MB).",
                f"Split it into files below {LIMIT / 1e6:,.0f} MB.",
            )
        data = path.read_bytes()
    except OSError as error:
        raise LedgerFileError(f"{path} cannot be read: {error.strerror}.") from None
    if not data.strip():
        raise LedgerFileError(f"{path.name} is empty.", "Nothing was imported.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LedgerFileError(
            f"{path.name}, line {line}: the file is not UTF-8.",
            "Save it as 'CSV UTF-8' or as UTF-8 text, and import it again.",
        ) from None


def _read_csv(path: Path, text: str, table: str = "") -> Iterator[Raw]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader)]
        table = _table(path, header, table)
        line = reader.line_num + 1
        for cells in reader:
            place = Place(path.name, line)
            line = reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise LedgerFileError(
                    f"{place}: the row has {len(cells)} cells, the header {len(header)}.",
                    "Put cells that hold a comma or a line break in quotation marks.",
                )
            yield Raw(table, dict(zip(header, cells, strict=True)), place)
    except csv.Error as error:
        raise LedgerFileError(
            f"{path.name}, line {reader.line_num}: {error}.",
            "Save the table as comma-separated UTF-8 text.",
        ) from None


def _table(path: Path, header: list[str], table: str) -> str:
    """Return which table a header belongs to, and refuse one that fits none."""
    known = {name: {field.name for field in fields} for name, fields in FIELDS.items()}
    if not table:
        table = max(TABLES, key=lambda name: len(known[name] & set(header)))
    twice = {name for name in header if header.count(name) > 1}
    unknown = [name for name in header if name not in known[table]]
    needed = {field.name for field in FIELDS[table] if field.required}
    missing = sorted(needed - set(header))
    for names, what in ((sorted(twice), "twice"), (unknown, "unknown"), (missing, "missing")):
        if names:
            shown = ", ".join(f"'{name}'" for name in names[:6])
            raise LedgerFileError(
                f"{path.name}, line 1: as a table of {table}, column {shown} is {what}.",
                f"The columns are {', '.join(field.name for field in FIELDS[table])}.",
            )
    return table


def _read_json(path: Path, text: str) -> Iterator[Raw]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise LedgerFileError(
            f"{path.name}, line {error.lineno}, column {error.colno}: {error.msg}.",
            "The file is not JSON.",
        ) from None
    except RecursionError:
        raise LedgerFileError(f"{path.name} is nested too deeply for a ledger.") from None
    try:
        places = {(raw.table, i): raw for i, raw in _numbered(_read_yaml(path, text))}
    except LedgerFileError:
        places = {}
    if not isinstance(document, dict):
        raise LedgerFileError(f"{path.name} is not a ledger: it should be an object.", _SHAPE)
    for table, entries in document.items():
        if table == "ledger":
            continue
        if table not in FIELDS or not isinstance(entries, list):
            raise LedgerFileError(f"{path.name}: '{table}' is not a table of a ledger.", _SHAPE)
        for number, cells in enumerate(entries):
            entry = f"entry {number + 1} of {table}"
            if not isinstance(cells, dict):
                raise LedgerFileError(f"{path.name}, {entry}: this is not an object.", _SHAPE)
            known = places.get((table, number))
            place = known.place if known else Place(path.name, entry=entry)
            yield Raw(table, cells, place, known.places if known else {})


_SHAPE = (
    "A ledger has the tables parties, sources, promises and assessments, each a list of entries."
)


def _numbered(raws: Iterator[Raw]) -> Iterator[tuple[int, Raw]]:
    seen: dict[str, int] = {}
    for raw in raws:
        number = seen.get(raw.table, 0)
        seen[raw.table] = number + 1
        yield number, raw


def _read_yaml(path: Path, text: str) -> Iterator[Raw]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise LedgerFileError(
            f"{path.name}{where}: {error.problem or error.context}.", "The file is not YAML."
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise LedgerFileError(f"{path.name} is not YAML ({str(error).splitlines()[0]}).") from None
    for key, entries in _pairs(path, root):
        if key == "ledger":
            continue
        if key not in FIELDS or not isinstance(entries, yaml.SequenceNode):
            place = _place(path, entries)
            raise LedgerFileError(f"{place}: '{key}' is not a table of a ledger.", _SHAPE)
        for node in entries.value:
            cells, places = {}, {}
            for column, value in _pairs(path, node):
                cells[column] = _value(path, value)
                places[column] = _place(path, value)
            yield Raw(key, cells, _place(path, node), places)


def _pairs(path: Path, node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise LedgerFileError(f"{_place(path, node)}: here names and values should stand.", _SHAPE)
    seen = set()
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if name in seen:
            raise LedgerFileError(f"{_place(path, key)}: '{name}' stands here twice.")
        seen.add(name)
        yield name, value


def _value(path: Path, node: yaml.Node) -> str | list[str] | None:
    """Return a scalar as it is written, so that dates and codes such as NO stay what they are."""
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [str(_value(path, item) or "") for item in node.value]
    raise LedgerFileError(f"{_place(path, node)}: one value or a list should stand here.")


def _place(path: Path, node: yaml.Node | None) -> Place:
    if node is None or node.start_mark is None:
        return Place(path.name)
    return Place(path.name, node.start_mark.line + 1, node.start_mark.column + 1)
