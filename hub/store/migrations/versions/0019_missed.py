"""What a process misses in the database is known to all; which database a recovered one stands for; and a step that
follows a message which is not decided yet finds it."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.steps import add_index, drop_index

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    # Broken off at the index, it is run again from here.
    op.add_column("recovery", sa.Column("instead", sa.Uuid()), if_not_exists=True)
    op.add_column("recovery", sa.Column("missed", sa.Text()), if_not_exists=True)
    undecided = "fate in ('opnieuw', 'quarantaine')"
    add_index("ix_inbox_undecided_id", "inbox", ["organisation", "message"], undecided)


def downgrade() -> None:
    drop_index("ix_inbox_undecided_id", "inbox")
    op.drop_column("recovery", "missed")
    op.drop_column("recovery", "instead")
