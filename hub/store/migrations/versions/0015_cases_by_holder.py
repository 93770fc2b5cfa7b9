"""What a holder that ends leaves without anyone is looked for by its OIN, again and again while it is closing."""

from hub.store.migrations.steps import add_index, drop_index

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    add_index("ix_cases_holder", "cases", ["holder"], "state = 'open'")


def downgrade() -> None:
    drop_index("ix_cases_holder", "cases")
