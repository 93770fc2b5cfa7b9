"""A message past its `expirytime` is made again under a new id; which one it replaces is known."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.steps import add_index, drop_index

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    # Broken off at an index, it is run again from here.
    reissue = sa.Column("reissue", sa.Integer(), server_default=sa.text("0"), nullable=False)
    op.add_column("outbox", reissue, if_not_exists=True)
    op.add_column("outbox", sa.Column("replaced_by", sa.Uuid()), if_not_exists=True)
    add_index("ix_outbox_expires", "outbox", ["expires"], "next_at is not null and owes_confirmation")


def downgrade() -> None:
    drop_index("ix_outbox_expires", "outbox")
    op.drop_column("outbox", "replaced_by")
    op.drop_column("outbox", "reissue")
