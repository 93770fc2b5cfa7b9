"""The register of a case never goes back in time: the database refuses an event that is before the one it follows.

The version before takes the refusal for a clash with another batch, which it nearly always is, and decides again by a
later moment.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
kind = "expand"

_CHECK = """
create function case_event_in_order() returns trigger language plpgsql as $$
begin
  if exists (select from fresh join case_event before on before."case" = fresh."case"
      and before.version = fresh.version - 1 where before.at > fresh.at) then
    raise serialization_failure using constraint = 'case_event_in_order',
      message = 'an event is before the one that it follows';
  end if;
  return null;
end $$
"""


def upgrade() -> None:
    op.execute(_CHECK)
    op.execute(
        "create trigger case_event_in_order after insert on case_event referencing new table as fresh"
        " for each statement execute function case_event_in_order()"
    )


def downgrade() -> None:
    op.execute("drop trigger case_event_in_order on case_event")
    op.execute("drop function case_event_in_order()")
