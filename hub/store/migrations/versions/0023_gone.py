"""What goes along with a report that is taken out of a case is found by its number."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    op.create_table(
        "gone",
        sa.Column("number", sa.Uuid(), primary_key=True),
        sa.Column("case", sa.Uuid(), primary_key=True),
        sa.Column("to", sa.Uuid(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("gone")
