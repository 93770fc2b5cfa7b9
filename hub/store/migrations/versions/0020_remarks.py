"""A receipt says what of its message was not taken as it was said; it is rebuilt from the inbox row, so that has it.

And what a party had put off for years by a moment of its own is looked at now: its case lets it run from here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    # A constant default: no row is written for it, and the version before goes on adding rows without it.
    op.add_column("inbox", sa.Column("remarks", JSONB(), nullable=False, server_default=sa.text("'[]'")))
    # Under no terms in use a moment that may be set lies so far off; of a nearer one its case says the same.
    op.execute(
        "update timer set due = now() where due > now() + interval '1 year' and name in"
        " ('antwoord-aanbod', 'antwoord-aanbod-acuut', 'inbreng-actieoverleg', 'antwoord-monitoring')"
    )


def downgrade() -> None:
    op.drop_column("inbox", "remarks")
