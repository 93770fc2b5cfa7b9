"""An entry of the radar says, under its key, of whom a number is: so that one number does not join two people."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    # What was entered before says nothing, and contradicts nothing.
    op.add_column("radar_entry", sa.Column("traits", sa.LargeBinary(), server_default=sa.text("''"), nullable=False))


def downgrade() -> None:
    op.drop_column("radar_entry", "traits")
