"""The processing log is a table for each month, so that the disk is free when a month is past its term."""

from alembic import op

from hub.store.migrations.steps import partition_by_month

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    partition_by_month("processing_log", moment="at", number="seq")


def downgrade() -> None:
    """Copies every line, under a lock that stops the hub."""
    op.execute("create table processing_log_whole (like processing_log)")
    op.execute("insert into processing_log_whole select * from processing_log")
    op.execute("drop table processing_log")
    op.execute("drop sequence processing_log_number")
    op.execute("alter table processing_log_whole rename to processing_log")
    op.execute("alter table processing_log alter seq add generated always as identity")
    op.execute("select setval('processing_log_seq_seq', coalesce(max(seq), 0) + 1, false) from processing_log")
    op.create_primary_key("pk_processing_log", "processing_log", ["seq"])
    op.create_index("ix_processing_log_at", "processing_log", ["at"])
