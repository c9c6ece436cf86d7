"""Runs the migrations of the ledger on the connection that ``Ledger.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from decroche.ledger.source_tables import metadata

connection = context.config.attributes["connection"]
if connection.dialect.name == "sqlite":
    connection = connection.execution_options(writes=True)
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
