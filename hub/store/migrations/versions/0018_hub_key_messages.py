"""What partners were told of keys of the hub is looked for by key: who has confirmed it, and when."""

from hub.store.migrations.steps import add_index, drop_index

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    add_index("ix_outbox_hub_key", "outbox", ["about"], "type = 'nl.ketenhub.verwerking.hubsleutel.v1'")


def downgrade() -> None:
    drop_index("ix_outbox_hub_key", "outbox")
