"""What the surroundings lack, and what waits for it: in the retry lane and in the outbox."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.steps import add_index, drop_index

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    when = sa.DateTime(timezone=True)
    op.create_table(
        "lack",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("since", when, nullable=False),
        sa.Column("until", when, nullable=False),
        sa.Column("probe_at", when, nullable=False),
        sa.Column("mended", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("said", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lack")),
    )
    op.add_column("outbox", sa.Column("lack", sa.Text()))
    op.add_column("stored_delivery", sa.Column("lane", sa.Text(), server_default="regulier", nullable=False))
    op.add_column("stored_delivery", sa.Column("lack", sa.Text()))
    op.add_column("stored_delivery", sa.Column("taken_at", when))
    add_index("ix_outbox_lack", "outbox", ["lack"], "lack is not null")
    add_index("ix_stored_delivery_due", "stored_delivery", ["lane", "next_at"], "next_at is not null")
    add_index("ix_stored_delivery_lack", "stored_delivery", ["lack", "lane", "next_at"], "lack is not null")


def downgrade() -> None:
    for name, table in (
        ("ix_stored_delivery_lack", "stored_delivery"),
        ("ix_stored_delivery_due", "stored_delivery"),
        ("ix_outbox_lack", "outbox"),
    ):
        drop_index(name, table)
    for column in ("taken_at", "lack", "lane"):
        op.drop_column("stored_delivery", column)
    op.drop_column("outbox", "lack")
    op.drop_table("lack")
