"""Of a look at a list, how many entries it showed."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    op.add_column("operator_act", sa.Column("shown", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("operator_act", "shown")
