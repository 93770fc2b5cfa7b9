"""Content that waits is wrapped by periods: which one is in use, and under which key each row is.

No older code can read what is under a period: the first one begins when none runs any more (`migrate.leave_behind`).
"""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.steps import add_index, drop_index

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    # Broken off at an index, it is run again from here.
    key_id = sa.Column("key_id", sa.Text(), server_default=sa.text("''"), nullable=False)
    for table, column in (
        ("directory_head", sa.Column("period_chain", sa.Text())),
        ("directory_head", sa.Column("period_step", sa.BigInteger())),
        ("directory_head", sa.Column("period_since", sa.DateTime(timezone=True))),
        ("stored_delivery", sa.Column("wrapped_key", sa.LargeBinary())),
        ("stored_delivery", key_id),
    ):
        op.add_column(table, column, if_not_exists=True)
    add_index("ix_outbox_key", "outbox", ["key_id"], "next_at is not null")
    add_index("ix_held_key_id", "held", ["key_id"])
    add_index("ix_stored_delivery_key_id", "stored_delivery", ["key_id"])


def downgrade() -> None:
    for name, table in (
        ("outbox_key", "outbox"),
        ("held_key_id", "held"),
        ("stored_delivery_key_id", "stored_delivery"),
    ):
        drop_index(f"ix_{name}", table)
    for column in ("wrapped_key", "key_id"):
        op.drop_column("stored_delivery", column)
    for column in ("period_chain", "period_step", "period_since"):
        op.drop_column("directory_head", column)
