"""Alembic's entry: runs migrations over the connection that `core.store.database.migrate` hands in."""

from alembic import context

from core.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
