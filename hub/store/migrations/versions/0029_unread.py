"""Where a message lies in its reader's queue, so that none is sent again while it does; alarms that wait behind one."""

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.steps import add_index, drop_index, fill

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None
kind = "expand"

INDEXES = {
    "ix_outbox_to_send": (
        ["partner", "lane", "next_at"],
        "next_at is not null and place is null and behind is null",
    ),
    "ix_outbox_place": (["partner", "lane", "place"], "next_at is not null and place is not null"),
    "ix_outbox_alarm": (["alarm", "partner"], "next_at is not null and alarm is not null"),
    "ix_outbox_behind": (["behind"], "next_at is not null and behind is not null"),
}
# What is out and not confirmed was sent some times by the version before: copies lie there too, and count as others.
# What one of those publishes from here on has no place, and is sent again when its time is over, as before.
_PLACES = """
with chunk as (
  select id, partner, lane, row_number() over (partition by partner, lane order by published_at desc, seq desc) as last
  from (select * from outbox where id > :after and next_at is not null and published_at is not null and place is null
    order by id limit :most) as found),
counted as (
  insert into queue (partner, lane, published) select partner, lane, count(*) from chunk group by partner, lane
  on conflict (partner, lane) do update set published = queue.published + excluded.published
  returning partner, lane, published),
placed as (
  update outbox set place = counted.published + 1 - chunk.last, sent = 1
  from chunk join counted using (partner, lane) where outbox.id = chunk.id and outbox.next_at is not null)
select id from chunk order by id desc limit 1
"""


def upgrade() -> None:
    # Broken off at an index, it is run again from here.
    op.create_table(
        "queue",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "lane", name=op.f("pk_queue")),
        if_not_exists=True,
    )
    for column in (
        sa.Column("sent", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("place", sa.BigInteger()),
        sa.Column("seen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("alarm", sa.Text()),
        sa.Column("behind", sa.Uuid()),
    ):
        op.add_column("outbox", column, if_not_exists=True)
    fill(_PLACES)
    for name, (columns, where) in INDEXES.items():
        add_index(name, "outbox", columns, where)


def downgrade() -> None:
    for name in INDEXES:
        drop_index(name, "outbox")
    for column in ("behind", "alarm", "seen", "place", "sent"):
        op.drop_column("outbox", column)
    op.drop_table("queue")
