"""A message belongs to an organisation (OIN), by whichever of its connections it comes.

The version before writes and looks by connection: a trigger says for it whose each row is, and its keys stay for a
release. Where it has decided one content of an organisation twice, by two connections, the first has the organisation
from here on, and the others none: they stay as they were decided, and count. Of two contents under one id of an
organisation, the first has the id. One that still waits finds at its next attempt that it is known.
"""

from alembic import op

from hub.store.migrations.steps import add_index, drop_index, fill

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
kind = "contract"
floor = "0002"

_NAMES = """
  select partner ->> 'id' as id, partner ->> 'oin' as oin from directory_head
  join directory using (version), jsonb_array_elements(cast(document as jsonb) -> 'partners') as partner"""

_FUNCTION = f"""
create or replace function inbox_organisation() returns trigger language plpgsql as $$
begin
  select oin into new.organisation from ({_NAMES}) as names where id = new.partner;
  if exists (select from inbox where organisation = new.organisation and content_hash = new.content_hash)
    or new.claims_id and exists (
      select from inbox where organisation = new.organisation and message = new.message and claims_id) then
    new.organisation := null;
  end if;
  return new;
end $$
"""  # noqa: S608 - its own text
_TRIGGER = """
create or replace trigger inbox_organisation before insert on inbox for each row
when (new.organisation is null) execute function inbox_organisation()
"""

# Some at a time, in the order of their ids: each is looked at once, also those that get no organisation.
_FILL = f"""
with names as materialized ({_NAMES}),
chunk as (select id from inbox where id > :after order by id limit :most),
whose as (
  select mine.id, names.oin,
    not exists (select from names as also join inbox as first on first.partner = also.id
      where also.oin = names.oin and also.id <> mine.partner and first.content_hash = mine.content_hash
        and (first.received_at, first.id) < (mine.received_at, mine.id)) as is_first,
    not exists (select from names as also join inbox as first on first.partner = also.id
      where also.oin = names.oin and also.id <> mine.partner and first.message = mine.message and first.claims_id
        and (first.received_at, first.id) < (mine.received_at, mine.id)) as has_id
  from chunk join inbox as mine using (id) join names on names.id = mine.partner where mine.organisation is null),
filled as (
  update inbox set organisation = case when is_first then oin end, claims_id = claims_id and has_id
  from whose where inbox.id = whose.id)
select id as last from chunk order by id desc limit 1
"""  # noqa: S608 - its own text

CONTENT, ID = "uq_inbox_organisation_content", "uq_inbox_organisation_id"


def upgrade() -> None:
    op.execute("alter table inbox add column if not exists organisation text")
    op.execute(_FUNCTION)
    op.execute(_TRIGGER)
    fill(_FILL)
    add_index(CONTENT, "inbox", ["organisation", "content_hash"], unique=True)
    add_index(ID, "inbox", ["organisation", "message"], "claims_id", unique=True)


def downgrade() -> None:
    drop_index(ID, "inbox")
    drop_index(CONTENT, "inbox")
    op.execute("drop trigger inbox_organisation on inbox")
    op.execute("drop function inbox_organisation")
    op.drop_column("inbox", "organisation")
