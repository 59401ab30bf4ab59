"""A ledger in a database: SQLite in a file, PostgreSQL by URL.

Every write is one transaction that begins by taking the write lock, so writers wait for each other
and a process that dies leaves what was there before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from comity.errors import AppendOnlyError, LedgerError
from comity.intent.ledger.book import Ledger
from comity.intent.ledger.fields import FIELDS, TABLES, Record, build, flatten, table_of
from comity.intent.ledger.model import Assessment, Promise
from comity.intent.ledger.tables import LISTS, MODELS, Base

HEAD = "0002"
READABLE = ("0001", HEAD)
"""Versions whose promises are kept alike: users came with 0002."""
WAIT = 60.0
"""Seconds that a writer waits for another one."""
_LOCK = 0x636F6D697479  # "comity"
_PASSWORD = re.compile(r"://([^:/@]+):[^@]*@")


@dataclass(frozen=True, slots=True)
class Written:
    """What a write changed: records by table."""

    new: Mapping[str, int]
    same: Mapping[str, int]
    changed: Mapping[str, int]


class Database:
    """A ledger that can be written to.

    Parameters
    ----------
    place : str or Path
        A file for SQLite, or an SQLAlchemy URL.

    Raises
    ------
    LedgerError
        The URL cannot be read, or its driver is not installed.
    """

    def __init__(self, place: str | Path) -> None:
        self.place = str(place)
        self.path: Path | None = None
        try:
            url = sa.make_url(self.place) if "://" in self.place else None
            if url is None:
                self.path = Path(self.place).expanduser()
                url = sa.URL.create("sqlite", database=str(self.path))
            elif url.get_backend_name() == "sqlite" and url.database:
                self.path = Path(url.database)
            elif url.get_backend_name() not in ("postgresql", "sqlite"):
                raise LedgerError(
                    f"A ledger cannot be kept in {url.get_backend_name()}.",
                    "Use a file for SQLite, or postgresql+psycopg://user@host/name.",
                )
            self.engine = _engine(url)
        except (ArgumentError, NoSuchModuleError):
            raise LedgerError(
                f"'{self.name}' is not the address of a ledger.",
                "Give a file, or postgresql+psycopg://user@host/name.",
            ) from None
        except ModuleNotFoundError as error:
            raise LedgerError(
                f"The driver for '{self.name}' is not installed ({error.name}).",
                "Install it with: pip install 'comity[postgres]'.",
            ) from None

    @property
    def name(self) -> str:
        """The place without a password."""
        return _PASSWORD.sub(r"://\1@", self.place)

    def read(self) -> Ledger:
        """Return what the ledger holds now; nothing is written.

        Raises
        ------
        LedgerError
            There is no ledger at the place, or its tables are of another version.
        """
        if self.path is not None and not self.path.exists():
            raise LedgerError(
                f"There is no ledger at {self.name}.",
                "Make one with 'comity promises import FILE', or name another in COMITY_LEDGER.",
            )
        with self._explained("read"), self._reading() as connection:
            self._check_version(connection)
            return Ledger(_read_tables(connection), f"the ledger at {self.name}")

    def read_if_there(self) -> Ledger:
        """Return what the ledger holds, or an empty one where none was made yet.

        Raises
        ------
        LedgerError
            The database cannot be read, or its tables are of another version.
        """
        name = f"the ledger at {self.name}"
        if self.path is not None and not self.path.exists():
            return Ledger({table: [] for table in TABLES}, name)
        with self._explained("read"), self._reading() as connection:
            if _version(connection) is None:
                return Ledger({table: [] for table in TABLES}, name)
        return self.read()

    def upgrade(self) -> None:
        """Make the tables, or bring them to this version.

        Raises
        ------
        LedgerError
            The database cannot be written, or was written by a newer comity.
        """
        with self.writing():
            pass

    def write(
        self, records: Iterable[Record], *, update: bool = False, by: str = "", action: str = ""
    ) -> Written:
        """Take over records in one transaction: all of them, or none.

        A record that is there already, with the same content, is left alone.

        Parameters
        ----------
        records : iterable of records
            In any order; what they refer to is among them or in the ledger.
        update : bool
            Whether a party, source or promise with a known id and other content replaces what is
            there. Assessments and original due dates are never replaced.
        by, action : str
            Who writes, and what they do: a line of the trail for each promise and assessment.

        Raises
        ------
        AppendOnlyError
            An assessment or an original due date would change.
        LedgerError
            A record with a known id has other content, or the database cannot be written.
        """
        given: dict[str, list[Record]] = {name: [] for name in TABLES}
        for record in records:
            given[table_of(record)].append(record)
        new, same, changed = (dict.fromkeys(TABLES, 0) for _ in range(3))
        with self.writing() as connection:
            held = {
                name: {record.id: record for record in rows}
                for name, rows in _read_tables(connection).items()
            }
            for name in TABLES:
                fresh, other = [], []
                for record in {record.id: record for record in given[name]}.values():
                    before = held[name].get(record.id)
                    if before is None:
                        fresh.append(record)
                    elif before != record:
                        _check_change(before, record, update=update)
                        other.append(record)
                    else:
                        same[name] += 1
                _insert(connection, name, fresh)
                _replace(connection, name, other)
                new[name], changed[name] = len(fresh), len(other)
                if by and name in ("promises", "assessments"):
                    _trail(connection, by, action, [*fresh, *other])
        return Written(new, same, changed)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection to tables of this version.

        Raises
        ------
        LedgerError
            There is no ledger, or it is of another version.
        """
        with self._explained("read"), self._reading() as connection:
            self._check_version(connection, (HEAD,))
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            yield connection.execution_options(reading=True)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection with the write lock and the tables of this version."""
        if self.path is not None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LedgerError(
                    f"The folder of {self.name} cannot be made: {error.strerror}.",
                    "Choose another place with COMITY_LEDGER.",
                ) from None
        with self._explained("written"), self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            if _version(connection) != HEAD:
                _migrate(connection)
            self._check_version(connection)
            yield connection

    def _check_version(self, connection: sa.Connection, known: tuple[str, ...] = READABLE) -> None:
        version = _version(connection)
        if version is None:
            raise LedgerError(
                f"{self.name} is not a ledger: it has none of its tables.",
                "Make one with 'comity promises import FILE'.",
            )
        if version not in known:
            raise LedgerError(
                f"The ledger at {self.name} is of version {version}, this comity reads {HEAD}.",
                "Upgrade comity, or bring the ledger up to date with 'comity promises upgrade'.",
            )

    @contextmanager
    def _explained(self, verb: str) -> Iterator[None]:
        """Turn the database's own errors into a sentence."""
        try:
            yield
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
            raise LedgerError(
                f"The ledger at {self.name} could not be {verb}: {reason}.",
                "Nothing was changed. See whether the place is there and may be written to.",
            ) from None
        except SQLAlchemyError as error:
            raise LedgerError(f"The ledger at {self.name} could not be {verb}: {error}.") from None


def _trail(connection: sa.Connection, by: str, action: str, records: list[Record]) -> None:
    from comity.intent.ledger.users import write_down

    for record in records:
        if isinstance(record, Assessment):
            write_down(connection, by, action, record.promise, f"{record.id}: {record.status}")
        elif isinstance(record, Promise):
            write_down(connection, by, action, record.id, record.text)


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, poolclass=sa.NullPool)
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"timeout": WAIT})

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _: object) -> None:  # noqa: ANN401
        connection.isolation_level = None  # transactions are ours, not the driver's
        connection.execute("PRAGMA foreign_keys = ON")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        immediate = connection.get_execution_options().get("reading") is None
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _table(model: type[Base]) -> sa.Table:
    return cast("sa.Table", model.__table__)


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return str(version) if version is not None else None


def _migrate(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise LedgerError(
            f"The ledger is of a version that this comity does not know ({error}).",
            "Upgrade comity.",
        ) from None


def _read_tables(connection: sa.Connection) -> dict[str, list[Record]]:
    tables: dict[str, list[Record]] = {}
    for name, model in MODELS.items():
        rows = {
            row["id"]: dict(row) for row in connection.execute(sa.select(_table(model))).mappings()
        }
        for role, keeper in LISTS.get(name, {}).items():
            table = _table(keeper)
            query = sa.select(table).order_by(table.c.position)
            if "role" in table.c:
                query = query.where(table.c.role == role)
            owner = "promise" if "promise" in table.c else "party"
            for entry in connection.execute(query).mappings():
                rows[entry[owner]].setdefault(role, []).append(entry["other"])
        tables[name] = [build(name, row) for row in rows.values()]
    return tables


def _check_change(before: Record, after: Record, *, update: bool) -> None:
    """Refuse a change that the ledger does not allow."""
    if isinstance(before, Assessment):
        raise AppendOnlyError(
            f"Assessment {before.id} is in the ledger with other content.",
            "Assessments are never changed: give a new one, without an id.",
        )
    was = before.due if isinstance(before, Promise) else ""
    if was and isinstance(after, Promise) and after.due != was:
        raise AppendOnlyError(
            f"Promise {before.id} was due {was}; the original date stays.",
            "Put the date that is now in force into due_now.",
        )
    if not update:
        new, old = flatten(after), flatten(before)
        names = ", ".join(field for field in new if new[field] != old[field])
        raise LedgerError(
            f"{before.id} is in the ledger with another {names}.",
            "Add --update to replace what is there.",
        )


def _insert(connection: sa.Connection, name: str, records: list[Record]) -> None:
    if not records:
        return
    lists = LISTS.get(name, {})
    rows = [flatten(record) for record in records]
    scalars = [field.name for field in FIELDS[name] if field.name not in lists]
    connection.execute(
        sa.insert(_table(MODELS[name])), [{key: row[key] for key in scalars} for row in rows]
    )
    _insert_lists(connection, name, rows)


def _insert_lists(connection: sa.Connection, name: str, rows: list[dict[str, Any]]) -> None:
    for role, keeper in LISTS.get(name, {}).items():
        table = _table(keeper)
        owner = "promise" if "promise" in table.c else "party"
        entries = [
            {owner: row["id"], "role": role, "position": position, "other": other}
            for row in rows
            for position, other in enumerate(row[role])
        ]
        if "role" not in table.c:
            entries = [{k: v for k, v in entry.items() if k != "role"} for entry in entries]
        if entries:
            connection.execute(sa.insert(table), entries)


def _replace(connection: sa.Connection, name: str, records: list[Record]) -> None:
    lists = LISTS.get(name, {})
    table = _table(MODELS[name])
    for record in records:
        row = flatten(record)
        scalars = {key: value for key, value in row.items() if key not in lists and key != "id"}
        connection.execute(sa.update(table).where(table.c.id == record.id).values(**scalars))
        for keeper in set(lists.values()):
            kept = _table(keeper)
            owner = kept.c.promise if "promise" in kept.c else kept.c.party
            connection.execute(sa.delete(kept).where(owner == record.id))
        _insert_lists(connection, name, [row])
