"""What operators do and look at is recorded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    op.create_table(
        "operator_act",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("os_user", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text()),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("ids", JSONB(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("reference", sa.Text()),
        sa.Column("code", sa.Text()),
        sa.CheckConstraint("(reason is null) = (reference is null)", name="ck_operator_act_whole_reason"),
        sa.PrimaryKeyConstraint("seq", name="pk_operator_act"),
    )
    op.create_index("ix_operator_act_at", "operator_act", ["at"])


def downgrade() -> None:
    op.drop_table("operator_act")
