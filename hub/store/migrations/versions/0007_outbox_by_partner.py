"""What is due is looked for partner by partner. The index that makes room for it was of no use to any version."""

from hub.store.migrations.steps import add_index, drop_index

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
kind = "contract"
floor = "0002"


def upgrade() -> None:
    add_index("ix_outbox_partner", "outbox", ["partner", "lane", "next_at"], "next_at is not null")
    drop_index("ix_outbox_open", "outbox")


def downgrade() -> None:
    add_index("ix_outbox_open", "outbox", ["partner", "seq"], "next_at is not null")
    drop_index("ix_outbox_partner", "outbox")
