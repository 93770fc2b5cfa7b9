"""Numbers of what has lapsed, and an index on messages of the hub that no message led to."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.steps import add_index

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    op.create_table(
        "lapsed",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "name", name=op.f("pk_lapsed")),
    )
    add_index("ix_outbox_alarms", "outbox", ["created"], "origin is null")


def downgrade() -> None:
    op.drop_index("ix_outbox_alarms", table_name="outbox")
    op.drop_table("lapsed")
