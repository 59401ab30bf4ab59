"""The ledger's tables in a database, as SQLAlchemy models.

Lists of a promise (its sides, who promised, links, further sources) are rows of their own, with
their position. Assessments and original due dates are kept by triggers, so that no other program
can overwrite them either; the migrations make those.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can find it again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class PartyRow(Base):
    """A country or a group."""

    __tablename__ = "parties"
    __table_args__ = (CheckConstraint("kind IN ('country', 'group')", name="kind"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]


class MemberRow(Base):
    """A country of a group."""

    __tablename__ = "members"

    party: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    other: Mapped[str]


class SourceRow(Base):
    """A page or a document."""

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(primary_key=True)
    publisher: Mapped[str]
    title: Mapped[str]
    date: Mapped[str]
    url: Mapped[str]
    note: Mapped[str]


class PromiseRow(Base):
    """A promise, with its target and its dates."""

    __tablename__ = "promises"
    __table_args__ = (
        CheckConstraint("text <> ''", name="text"),
        Index("ix_promises_due", "due"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    pillar: Mapped[str]
    text: Mapped[str]
    said_by: Mapped[str]
    occasion: Mapped[str]
    indicator: Mapped[str]
    low: Mapped[float | None]
    high: Mapped[float | None]
    unit: Mapped[str]
    multiple: Mapped[float | None]
    origin: Mapped[str]
    destination: Mapped[str]
    scope: Mapped[str]
    pace: Mapped[str]
    baseline: Mapped[float | None]
    baseline_period: Mapped[str]
    announced: Mapped[str]
    signed: Mapped[str]
    in_force: Mapped[str]
    funded: Mapped[str]
    due: Mapped[str]
    due_now: Mapped[str]
    delivered: Mapped[str]
    due_note: Mapped[str]
    source: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    note: Mapped[str]


class PromisePartyRow(Base):
    """A side of a promise (``parties``), or who promised (``promised_by``)."""

    __tablename__ = "promise_parties"
    __table_args__ = (Index("ix_promise_parties_other", "other"),)

    promise: Mapped[str] = mapped_column(ForeignKey("promises.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    other: Mapped[str] = mapped_column(ForeignKey("parties.id"))


class PromiseLinkRow(Base):
    """A link to another promise: ``repeats``, ``part_of`` or ``follows``."""

    __tablename__ = "promise_links"

    promise: Mapped[str] = mapped_column(ForeignKey("promises.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    other: Mapped[str] = mapped_column(ForeignKey("promises.id"))


class PromiseSourceRow(Base):
    """A further source of a promise (``also``)."""

    __tablename__ = "promise_sources"

    promise: Mapped[str] = mapped_column(ForeignKey("promises.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    other: Mapped[str] = mapped_column(ForeignKey("sources.id"))


class AssessmentRow(Base):
    """A judgement; append-only."""

    __tablename__ = "assessments"
    __table_args__ = (
        CheckConstraint("source <> ''", name="source"),
        Index("ix_assessments_promise", "promise"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    promise: Mapped[str] = mapped_column(ForeignKey("promises.id"))
    by: Mapped[str]
    assessed_on: Mapped[str]
    status: Mapped[str]
    evidence: Mapped[str]
    evidence_on: Mapped[str]
    figure: Mapped[float | None]
    figure_unit: Mapped[str]
    figure_period: Mapped[str]
    source: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    rubric: Mapped[str]


class UserRow(Base):
    """Somebody who may sign in."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('reader', 'editor')", name="role"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    password: Mapped[str]
    added: Mapped[str]


class SessionRow(Base):
    """Somebody who is signed in."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("users.name", ondelete="CASCADE"))
    csrf: Mapped[str]
    until: Mapped[str]


class TrailRow(Base):
    """What somebody did; append-only."""

    __tablename__ = "trail"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str]
    person: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str]


MODELS: dict[str, type[Base]] = {
    "parties": PartyRow,
    "sources": SourceRow,
    "promises": PromiseRow,
    "assessments": AssessmentRow,
}
LISTS: dict[str, dict[str, type[Base]]] = {
    "parties": {"members": MemberRow},
    "promises": {
        "parties": PromisePartyRow,
        "promised_by": PromisePartyRow,
        "repeats": PromiseLinkRow,
        "part_of": PromiseLinkRow,
        "follows": PromiseLinkRow,
        "also": PromiseSourceRow,
    },
}
"""Columns that hold lists, and the table that each is kept in."""
