"""The newest moment that was believed, for processes that start while a clock is wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    op.create_table(
        "clock",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("believed", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_clock_one_row")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_clock")),
    )


def downgrade() -> None:
    op.drop_table("clock")
