"""The ledger's tables, and the triggers that keep assessments and original due dates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEPT = (
    ("assessments", "UPDATE", "", "an assessment is never changed"),
    ("assessments", "DELETE", "", "an assessment is never removed"),
    ("promises", "DELETE", "", "a promise is never removed"),
    (
        "promises",
        "UPDATE",
        "OLD.due <> '' AND NEW.due <> OLD.due",
        "the original due date of a promise stays",
    ),
)
TEXTS = {
    "sources": "id publisher title date url note",
    "promises": (
        "id kind pillar text said_by occasion indicator unit origin destination scope pace "
        "baseline_period announced signed in_force funded due due_now delivered due_note source "
        "note"
    ),
    "assessments": (
        "id promise by assessed_on status evidence evidence_on figure_unit figure_period source "
        "rubric"
    ),
}


def upgrade() -> None:
    """Make the tables and the triggers."""
    op.create_table(
        "parties",
        *_texts("id kind name"),
        sa.PrimaryKeyConstraint("id", name="pk_parties"),
        sa.CheckConstraint("kind IN ('country', 'group')", name="ck_parties_kind"),
    )
    op.create_table(
        "members",
        *_texts("party other"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("party", "position", name="pk_members"),
        sa.ForeignKeyConstraint(["party"], ["parties.id"], name="fk_members_party"),
    )
    op.create_table(
        "sources", *_texts(TEXTS["sources"]), sa.PrimaryKeyConstraint("id", name="pk_sources")
    )
    op.create_table(
        "promises",
        *_texts(TEXTS["promises"]),
        *_numbers("low high multiple baseline"),
        sa.PrimaryKeyConstraint("id", name="pk_promises"),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name="fk_promises_source"),
        sa.CheckConstraint("text <> ''", name="ck_promises_text"),
    )
    op.create_index("ix_promises_due", "promises", ["due"])
    for name, other in (
        ("promise_parties", "parties"),
        ("promise_links", "promises"),
        ("promise_sources", "sources"),
    ):
        op.create_table(
            name,
            *_texts("promise role other"),
            sa.Column("position", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("promise", "role", "position", name=f"pk_{name}"),
            sa.ForeignKeyConstraint(["promise"], ["promises.id"], name=f"fk_{name}_promise"),
            sa.ForeignKeyConstraint(["other"], [f"{other}.id"], name=f"fk_{name}_other"),
        )
    op.create_index("ix_promise_parties_other", "promise_parties", ["other"])
    op.create_table(
        "assessments",
        *_texts(TEXTS["assessments"]),
        *_numbers("figure"),
        sa.PrimaryKeyConstraint("id", name="pk_assessments"),
        sa.ForeignKeyConstraint(["promise"], ["promises.id"], name="fk_assessments_promise"),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name="fk_assessments_source"),
        sa.CheckConstraint("source <> ''", name="ck_assessments_source"),
    )
    op.create_index("ix_assessments_promise", "assessments", ["promise"])
    for table, event, when, message in KEPT:
        _keep(table, event, when, message)


def downgrade() -> None:
    """Remove everything."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for table, event, _, _ in KEPT:
        on = f" ON {table}" if postgres else ""
        op.execute(f"DROP TRIGGER keep_{table}_{event.lower()}{on}")
        if postgres:
            op.execute(f"DROP FUNCTION keep_{table}_{event.lower()}()")
    if postgres:
        op.execute("DROP TRIGGER keep_assessments_truncate ON assessments")
    for table in (
        "assessments",
        "promise_sources",
        "promise_links",
        "promise_parties",
        "promises",
        "sources",
        "members",
        "parties",
    ):
        op.drop_table(table)


def _texts(names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names.split()]


def _numbers(names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=True) for name in names.split()]


def _keep(table: str, event: str, when: str, message: str) -> None:
    """Make a trigger that refuses the event on the table."""
    name = f"keep_{table}_{event.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        condition = f"WHEN {when} " if when else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {condition}"
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    condition = f"WHEN ({when}) " if when else ""
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {condition}"
        f"EXECUTE FUNCTION {name}()"
    )
    if table == "assessments" and event == "DELETE":
        op.execute(
            "CREATE TRIGGER keep_assessments_truncate BEFORE TRUNCATE ON assessments "
            f"EXECUTE FUNCTION {name}()"
        )
