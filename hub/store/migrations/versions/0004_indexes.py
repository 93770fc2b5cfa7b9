"""Indexes for looks at tables that grow."""

from alembic import op

from hub.store.migrations.steps import add_index

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    add_index("ix_cases_open", "cases", ["id"], "state = 'open'")
    add_index("ix_held_handover", "held", ["handover"])
    add_index("ix_stored_delivery_untold", "stored_delivery", ["inbox"], "delay_told_at is null and not dead")
    add_index("ix_timer_overdue", "timer", ["due"], "round > 0")


def downgrade() -> None:
    op.drop_index("ix_timer_overdue", table_name="timer")
    op.drop_index("ix_stored_delivery_untold", table_name="stored_delivery")
    op.drop_index("ix_held_handover", table_name="held")
    op.drop_index("ix_cases_open", table_name="cases")
