"""Steps of migrations that must not hold up the workers that run meanwhile."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def add_index(name: str, table: str, columns: Sequence[str], where: str | None = None) -> None:
    """Make an index on a table that may be large, outside a transaction, while others write to it.

    Broken off half-way it leaves an index that is not valid, and the migration is run again from its start: so what is
    there under this name goes first.
    """
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
        condition = sa.text(where) if where else None
        op.create_index(name, table, list(columns), postgresql_where=condition, postgresql_concurrently=True)


def drop_index(name: str, table: str) -> None:
    """Take an index away while others write to its table."""
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
