"""Tables for the whole joint approach, a function for each part."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _columns()
    _radar()
    _counts()
    _processing_log()


def downgrade() -> None:
    op.drop_table("processing_log")
    op.drop_table("counts")
    op.drop_table("radar_entry")
    op.drop_table("radar_lock")
    op.drop_column("timer", "round")
    op.alter_column("cases", "document", type_=postgresql.JSONB(), postgresql_using="document::jsonb")
    op.drop_column("inbox", "found")


def _columns() -> None:
    op.add_column("inbox", sa.Column("found", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.alter_column("cases", "document", type_=sa.Text(), postgresql_using="document::text")
    op.add_column("timer", sa.Column("round", sa.Integer(), server_default=sa.text("0"), nullable=False))


def _radar() -> None:
    op.create_table(
        "radar_lock",
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", name=op.f("pk_radar_lock")),
    )
    op.create_table(
        "radar_entry",
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("report", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("joins", sa.Boolean(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", "report", name=op.f("pk_radar_entry")),
    )
    op.create_index("ix_radar_entry_report", "radar_entry", ["report"], unique=False)
    op.create_index(op.f("ix_radar_entry_expires"), "radar_entry", ["expires"], unique=False)
    op.create_index(op.f("ix_radar_entry_key_id"), "radar_entry", ["key_id"], unique=False)


def _counts() -> None:
    op.create_table(
        "counts",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("within", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "month", "region", "type", "role", "outcome", "within", "worker", name=op.f("pk_counts")
        ),
    )


def _processing_log() -> None:
    op.create_table(
        "processing_log",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("span_id", sa.Text(), nullable=False),
        sa.Column("parent_span_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_processing_log")),
    )
    op.create_index(op.f("ix_processing_log_at"), "processing_log", ["at"], unique=False)
