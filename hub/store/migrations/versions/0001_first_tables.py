"""First tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner", "body_hash", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_at"), "attempt", ["at"], unique=False)
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_table(
        "case_event",
        sa.Column("case", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inbox", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("case", "version", name=op.f("pk_case_event")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("(state = 'open') = (holder is not null)", name=op.f("ck_cases_one_holder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_table(
        "directory",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_directory")),
    )
    op.create_table(
        "directory_head",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_directory_head_one_row")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_directory_head")),
    )
    op.create_table(
        "held",
        sa.Column("case", sa.Uuid(), nullable=False),
        sa.Column("handover", sa.Uuid(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case", "handover", name=op.f("pk_held")),
    )
    op.create_index(op.f("ix_held_expires"), "held", ["expires"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("message", sa.Uuid(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("claims_id", sa.Boolean(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Uuid(), nullable=True),
        sa.Column("case", sa.Uuid(), nullable=True),
        sa.Column("directory_version", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("journal_hash", sa.Text(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
    )
    op.create_index(
        "ix_inbox_undecided",
        "inbox",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("fate in ('opnieuw', 'quarantaine')"),
    )
    op.create_index("uq_inbox_content", "inbox", ["partner", "content_hash"], unique=True)
    op.create_index("uq_inbox_id", "inbox", ["partner", "message"], unique=True, postgresql_where=sa.text("claims_id"))
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("inbox", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("message", sa.Uuid(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("case", sa.Uuid(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    op.create_index(op.f("ix_journal_inbox"), "journal", ["inbox"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owes_confirmation", sa.Boolean(), nullable=False),
        sa.Column("case", sa.Uuid(), nullable=True),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("origin", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_due", "outbox", ["lane", "next_at"], unique=False, postgresql_where=sa.text("next_at is not null")
    )
    op.create_index(
        "ix_outbox_open", "outbox", ["partner", "seq"], unique=False, postgresql_where=sa.text("next_at is not null")
    )
    op.create_index(op.f("ix_outbox_origin"), "outbox", ["origin"], unique=False)
    op.create_table(
        "reference",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference")),
    )
    op.create_table(
        "stored_delivery",
        sa.Column("inbox", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("delay_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("inbox", name=op.f("pk_stored_delivery")),
    )
    op.create_index(op.f("ix_stored_delivery_next_at"), "stored_delivery", ["next_at"], unique=False)
    op.create_table(
        "timer",
        sa.Column("case", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case", "name", "about", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_due"), "timer", ["due"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_timer_due"), table_name="timer")
    op.drop_table("timer")
    op.drop_index(op.f("ix_stored_delivery_next_at"), table_name="stored_delivery")
    op.drop_table("stored_delivery")
    op.drop_table("reference")
    op.drop_index(op.f("ix_outbox_origin"), table_name="outbox")
    op.drop_index("ix_outbox_open", table_name="outbox", postgresql_where=sa.text("next_at is not null"))
    op.drop_index("ix_outbox_due", table_name="outbox", postgresql_where=sa.text("next_at is not null"))
    op.drop_table("outbox")
    op.drop_index(op.f("ix_journal_inbox"), table_name="journal")
    op.drop_table("journal")
    op.drop_index("uq_inbox_id", table_name="inbox", postgresql_where=sa.text("claims_id"))
    op.drop_index("uq_inbox_content", table_name="inbox")
    op.drop_index(
        "ix_inbox_undecided", table_name="inbox", postgresql_where=sa.text("fate in ('opnieuw', 'quarantaine')")
    )
    op.drop_table("inbox")
    op.drop_index(op.f("ix_held_expires"), table_name="held")
    op.drop_table("held")
    op.drop_table("directory_head")
    op.drop_table("directory")
    op.drop_table("cases")
    op.drop_table("case_event")
    op.drop_table("batch")
    op.drop_index(op.f("ix_attempt_at"), table_name="attempt")
    op.drop_table("attempt")
