"""Who may write to the ledger, who is signed in, and who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MESSAGE = "what was done stays in the trail"


def upgrade() -> None:
    """Make the tables, and the triggers that keep the trail."""
    op.create_table(
        "users",
        *_texts("name role password added"),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
        sa.CheckConstraint("role IN ('reader', 'editor')", name="ck_users_role"),
    )
    op.create_table(
        "sessions",
        *_texts("id person csrf until"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["person"], ["users.name"], name="fk_sessions_person", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "trail",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=True),
        *_texts("at person action subject detail"),
        sa.PrimaryKeyConstraint("id", name="pk_trail"),
    )
    for event in ("UPDATE", "DELETE"):
        _keep(event)


def downgrade() -> None:
    """Remove them."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for event in ("update", "delete"):
        op.execute(f"DROP TRIGGER keep_trail_{event}" + (" ON trail" if postgres else ""))
    if postgres:
        op.execute("DROP TRIGGER keep_trail_truncate ON trail")
        op.execute("DROP FUNCTION keep_trail()")
    for table in ("trail", "sessions", "users"):
        op.drop_table(table)


def _texts(names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names.split()]


def _keep(event: str) -> None:
    """Make a trigger that refuses the event on the trail."""
    name = f"keep_trail_{event.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON trail FOR EACH ROW "
            f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION keep_trail() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON trail FOR EACH ROW EXECUTE FUNCTION keep_trail()"
    )
    if event == "DELETE":
        op.execute(
            "CREATE TRIGGER keep_trail_truncate BEFORE TRUNCATE ON trail "
            "EXECUTE FUNCTION keep_trail()"
        )
