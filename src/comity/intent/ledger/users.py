"""Who may write to a ledger: users with roles, their sessions, and the trail of what they did.

Passwords are kept as Argon2id hashes, session tokens as SHA-256: whoever reads the database can
sign in as nobody. The trail is append-only; the database itself refuses to change it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from comity.errors import LedgerError, NoDataError, UsageError
from comity.intent.ledger.tables import Base, SessionRow, TrailRow, UserRow

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from comity.intent.ledger.database import Database

LASTS = dt.timedelta(hours=12)
"""How long a session lasts."""
SHORTEST = 12
"""Letters of the shortest password."""
LONGEST = 200
_NAME = re.compile(r"[\w.@ +-]{1,80}\Z")


class Role(StrEnum):
    """What a user may do."""

    reader = "reader"
    """See the trail."""
    editor = "editor"
    """Add promises and assess them, too."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in; without a password only a reverse proxy lets them in."""

    name: str
    role: Role
    has_password: bool


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in user, and the token that their forms send back."""

    user: User
    csrf: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the trail."""

    at: str
    person: str
    action: str
    subject: str
    detail: str


class Users:
    """The users of a ledger.

    Parameters
    ----------
    database : Database
        Where the ledger is kept.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, name: str, role: Role, password: str = "") -> User:
        """Add a user, or give a known one another role and password.

        Parameters
        ----------
        name : str
        role : Role
        password : str
            "" for a user whom a reverse proxy signs in.

        Raises
        ------
        UsageError
            The name or the password does not fit.
        """
        if not _NAME.fullmatch(name) or name != name.strip():
            raise UsageError(
                f"'{name}' cannot be a user's name.", "Take letters, digits and . @ + - _ alone."
            )
        if password and not SHORTEST <= len(password) <= LONGEST:
            raise UsageError(
                f"A password has {SHORTEST} to {LONGEST} letters.", "Choose another one."
            )
        kept = _hasher().hash(password) if password else ""
        values = {"role": role.value, "password": kept}
        with self.database.writing() as connection:
            known = connection.execute(_users().select().where(_users().c.name == name)).first()
            if known is None:
                connection.execute(_users().insert().values(name=name, added=_now(), **values))
            else:
                connection.execute(_users().update().where(_users().c.name == name).values(values))
                # Whoever had the old password is signed out.
                connection.execute(_sessions().delete().where(_sessions().c.person == name))
            _write_down(connection, "", "user added", name, role.value)
        return User(name, role, bool(password))

    def remove(self, name: str) -> None:
        """Remove a user and their sessions; what they did stays in the trail.

        Raises
        ------
        NoDataError
            There is no such user.
        """
        with self.database.writing() as connection:
            connection.execute(_sessions().delete().where(_sessions().c.person == name))
            gone = connection.execute(_users().delete().where(_users().c.name == name))
            if not gone.rowcount:
                raise NoDataError(f"There is no user '{name}'.", "See them with 'comity users'.")
            _write_down(connection, "", "user removed", name, "")

    def all(self) -> list[User]:
        """Return every user, by name."""
        with self.database.reading() as connection:
            rows = connection.execute(_users().select().order_by(_users().c.name)).mappings()
            return [_user(row) for row in rows]

    def find(self, name: str) -> User | None:
        """Return a user."""
        with self.database.reading() as connection:
            row = (
                connection.execute(_users().select().where(_users().c.name == name))
                .mappings()
                .first()
            )
            return None if row is None else _user(row)

    def check(self, name: str, password: str) -> User | None:
        """Return the user if the password is theirs; it takes as long if there is none."""
        from argon2.exceptions import InvalidHashError, VerificationError

        with self.database.reading() as connection:
            query = _users().select().where(_users().c.name == name[:LONGEST])
            row = connection.execute(query).mappings().first()
        kept = row["password"] if row is not None and row["password"] else _nobody()
        try:
            fits = bool(_hasher().verify(kept, password[: LONGEST + 1]))
        except (VerificationError, InvalidHashError):
            fits = False
        return _user(row) if fits and row is not None and row["password"] else None

    def open_session(self, user: User, *, how: str) -> tuple[str, Session]:
        """Begin a session; return its secret token, which is kept nowhere."""
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        until = (dt.datetime.now(dt.UTC) + LASTS).isoformat(timespec="seconds")
        with self.database.writing() as connection:
            connection.execute(_sessions().delete().where(_sessions().c.until < _now()))
            connection.execute(
                _sessions()
                .insert()
                .values(id=_digest(token), person=user.name, csrf=csrf, until=until)
            )
            _write_down(connection, user.name, "signed in", "", how)
        return token, Session(user, csrf)

    def session(self, token: str) -> Session | None:
        """Return the session of a token, if it still lasts."""
        query = (
            sa.select(_users(), _sessions().c.csrf)
            .join(_sessions(), _sessions().c.person == _users().c.name)
            .where(_sessions().c.id == _digest(token), _sessions().c.until >= _now())
        )
        with self.database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Session(_user(row), row["csrf"])

    def close_session(self, token: str) -> None:
        """End a session."""
        with self.database.writing() as connection:
            connection.execute(_sessions().delete().where(_sessions().c.id == _digest(token)))

    def trail(self, most: int = 200) -> list[Deed]:
        """Return what was done, the latest first."""
        query = _trail().select().order_by(_trail().c.id.desc()).limit(most)
        with self.database.reading() as connection:
            return [
                Deed(r["at"], r["person"], r["action"], r["subject"], r["detail"])
                for r in connection.execute(query).mappings()
            ]


def write_down(
    connection: sa.Connection, person: str, action: str, subject: str, detail: str
) -> None:
    """Add a line to the trail, in the transaction of what it is about.

    Raises
    ------
    LedgerError
        It names nobody.
    """
    if not person:
        raise LedgerError("A line of the trail names who did it.")
    _write_down(connection, person, action, subject, detail)


def _write_down(
    connection: sa.Connection, person: str, action: str, subject: str, detail: str
) -> None:
    values = {"person": person or "the command line", "action": action, "subject": subject}
    connection.execute(_trail().insert().values(at=_now(), detail=detail[:2000], **values))


def _user(row: Any) -> User:  # noqa: ANN401 - SQLAlchemy's mapping
    return User(row["name"], Role(row["role"]), bool(row["password"]))


def _table(model: type[Base]) -> sa.Table:
    return cast("sa.Table", model.__table__)


def _users() -> sa.Table:
    return _table(UserRow)


def _sessions() -> sa.Table:
    return _table(SessionRow)


def _trail() -> sa.Table:
    return _table(TrailRow)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """Return the hash of a password that nobody has."""
    return _hasher().hash(secrets.token_urlsafe(32))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
