"""Content that waits is wrapped by periods: which one is in use, and under which key each row is.

No older code can read what is written from here on, in the outbox, in what is held and in what is kept for a retry.
"""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.steps import add_index

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
kind = "contract"
floor = "0017"


def upgrade() -> None:
    op.add_column("directory_head", sa.Column("period_chain", sa.Text()))
    op.add_column("directory_head", sa.Column("period_step", sa.BigInteger()))
    op.add_column("directory_head", sa.Column("period_since", sa.DateTime(timezone=True)))
    op.add_column("stored_delivery", sa.Column("wrapped_key", sa.LargeBinary()))
    op.add_column("stored_delivery", sa.Column("key_id", sa.Text(), server_default=sa.text("''"), nullable=False))
    add_index("ix_outbox_key", "outbox", ["key_id"], "next_at is not null")
    add_index("ix_held_key_id", "held", ["key_id"])
    add_index("ix_stored_delivery_key_id", "stored_delivery", ["key_id"])


def downgrade() -> None:
    for name, table in (
        ("outbox_key", "outbox"),
        ("held_key_id", "held"),
        ("stored_delivery_key_id", "stored_delivery"),
    ):
        op.drop_index(f"ix_{name}", table_name=table)
    for column in ("wrapped_key", "key_id"):
        op.drop_column("stored_delivery", column)
    for column in ("period_chain", "period_step", "period_since"):
        op.drop_column("directory_head", column)
