"""The database's own id, and each time that an operator went on with one that lacked what was committed."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    when = sa.DateTime(timezone=True)
    op.create_table(
        "recovery",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("database", sa.Uuid(), nullable=False),
        sa.Column("at", when, nullable=False),
        sa.Column("until", when, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_recovery")),
    )


def downgrade() -> None:
    op.drop_table("recovery")
