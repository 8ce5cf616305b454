"""Alembic's entry point: works on the connection that the program hands over, inside its transaction."""

from alembic import context

from eb_sync.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
