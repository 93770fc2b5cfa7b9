"""Terms have a lane, and what is kept for a retry the partner whose turn it is and what it waits for."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.steps import add_index, fill

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None
kind = "expand"

_PARTNERS = """
with next as (select s.inbox, i.partner from stored_delivery s join inbox i on i.id = s.inbox
  where s.inbox > :after order by s.inbox limit :most),
filled as (update stored_delivery s set partner = n.partner from next n where s.inbox = n.inbox)
select inbox from next order by inbox desc limit 1
"""


def upgrade() -> None:
    # Broken off after these, it is run again from here.
    for table, column in (
        ("stored_delivery", sa.Column("partner", sa.Text(), nullable=False, server_default=sa.text("''"))),
        ("stored_delivery", sa.Column("awaits", sa.Uuid())),
        ("stored_delivery", sa.Column("woken", sa.Boolean(), nullable=False, server_default=sa.text("false"))),
        ("timer", sa.Column("lane", sa.Text(), nullable=False, server_default=sa.text("'regulier'"))),
    ):
        op.add_column(table, column, if_not_exists=True)
    fill(_PARTNERS)
    due = "next_at is not null"
    add_index("ix_stored_delivery_turn", "stored_delivery", ["lane", "partner", "next_at"], due)
    add_index("ix_stored_delivery_awaits", "stored_delivery", ["awaits"], "awaits is not null")
    add_index("ix_timer_lane", "timer", ["lane", "due"])


def downgrade() -> None:
    op.drop_index("ix_timer_lane", table_name="timer")
    op.drop_index("ix_stored_delivery_awaits", table_name="stored_delivery")
    op.drop_index("ix_stored_delivery_turn", table_name="stored_delivery")
    op.drop_column("timer", "lane")
    for name in ("woken", "awaits", "partner"):
        op.drop_column("stored_delivery", name)
