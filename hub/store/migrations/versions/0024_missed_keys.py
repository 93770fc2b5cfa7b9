"""The hub's keys, as whoever saw most of them did, come back whichever machine `recover` is said on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    op.add_column("recovery", sa.Column("missed_directory", sa.BigInteger()))
    op.add_column("recovery", sa.Column("missed_keys", JSONB()))


def downgrade() -> None:
    op.drop_column("recovery", "missed_keys")
    op.drop_column("recovery", "missed_directory")
