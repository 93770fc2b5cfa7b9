"""Alembic's entry: works on the connection that `hub.store.migrate` hands over."""

from alembic import context

from hub.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=True,  # an index made CONCURRENTLY has to be outside any
)
with context.begin_transaction():
    context.run_migrations()
