"""A receipt says what of its message was not taken as it was said; it is rebuilt from the inbox row, so that has it.

And what a party had put off for years by a moment of its own is looked at now: its case lets it run from here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from hub.store.migrations.steps import fill

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
kind = "expand"

_TERMS = "'antwoord-aanbod', 'antwoord-aanbod-acuut', 'inbreng-actieoverleg', 'antwoord-monitoring'"
# Under no terms in use a moment that may be set lies so far off; of a nearer one its case says the same.
_NEARER = f"""
with far as (
  select distinct "case" from timer where "case" > :after and due > now() + interval '1 year' and name in ({_TERMS})
  order by "case" limit :most),
nearer as (
  update timer set due = now() from far
  where timer."case" = far."case" and due > now() + interval '1 year' and name in ({_TERMS}))
select "case" as last from far order by "case" desc limit 1
"""  # noqa: S608 - its own text


def upgrade() -> None:
    # A constant default: no row is written for it, and the version before goes on adding rows without it.
    # Broken off after it, it is run again from here.
    remarks = sa.Column("remarks", JSONB(), nullable=False, server_default=sa.text("'[]'"))
    op.add_column("inbox", remarks, if_not_exists=True)
    fill(_NEARER)


def downgrade() -> None:
    op.drop_column("inbox", "remarks")
