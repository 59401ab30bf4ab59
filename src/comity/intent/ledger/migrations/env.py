"""Alembic's environment: the connection, and so the transaction, is the caller's."""

from __future__ import annotations

from alembic import context

from comity.intent.ledger.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
