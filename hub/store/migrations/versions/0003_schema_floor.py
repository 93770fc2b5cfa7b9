"""Which code may still run on these tables."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    op.create_table(
        "schema_floor",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_schema_floor_one_row")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_schema_floor")),
    )


def downgrade() -> None:
    op.drop_table("schema_floor")
