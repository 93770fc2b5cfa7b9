"""How much of what has had its term went today, and months of the processing log that are not dropped yet."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    when = sa.DateTime(timezone=True)
    op.create_table(
        "deletion",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", when, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_deletion")),
    )
    op.create_table(
        "ended_month",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", when),
        sa.Column("until", when, nullable=False),
        sa.Column("detached_at", when, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ended_month")),
    )


def downgrade() -> None:
    op.drop_table("ended_month")
    op.drop_table("deletion")
