"""Who keeps house: one row, one lease."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    op.create_table(
        "upkeep",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("leader", sa.Text()),
        sa.Column("yields", sa.Boolean(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_upkeep_one_row")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_upkeep")),
    )


def downgrade() -> None:
    op.drop_table("upkeep")
