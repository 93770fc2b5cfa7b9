"""Tables for the whole joint approach, a function for each part."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _radar()
    _counts()


def downgrade() -> None:
    op.drop_table("counts")
    op.drop_table("radar_entry")
    op.drop_table("radar_lock")


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
