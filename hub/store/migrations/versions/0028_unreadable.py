"""Of a refusal of many bodies that became no message, the others that it names; and how many of those there are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from hub.store.migrations.steps import add_index, drop_index

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    # Broken off after these, it is run again from here.
    also = sa.Column("also", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'"))
    op.add_column("inbox", also, if_not_exists=True)
    op.add_column("inbox", sa.Column("answered_with", sa.Uuid()), if_not_exists=True)
    no_message = "code in ('envelop-ongeldig', 'te-groot', 'json-ongeldig')"
    add_index("ix_inbox_unreadable", "inbox", ["received_at"], where=no_message)


def downgrade() -> None:
    drop_index("ix_inbox_unreadable", "inbox")
    op.drop_column("inbox", "answered_with")
    op.drop_column("inbox", "also")
