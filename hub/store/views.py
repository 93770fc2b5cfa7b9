"""What an operator looks at: read only, ids, codes, numbers and times."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.canonical.codes import Lane
from hub.cases.case import Case
from hub.cases.events import Event
from hub.ids import MessageId, PartnerId
from hub.store import backlog, lacks
from hub.store.engine import transaction
from hub.store.mapper import case_from, event_from
from hub.store.tables import NO_MESSAGE, case_event, cases, outbox, reference

# What is open has a `next_at`: said each time, so that only the index of what is open is read.
_STATUS = """
select
  (select count(*) from cases where state = 'open') as open_cases,
  (select count(*) from inbox where fate = 'opnieuw') as retrying,
  (select count(*) from inbox where fate = 'quarantaine') as quarantined,
  (select count(*) from outbox where next_at is not null and key_id <> 'gone' and published_at is null
     and behind is null) as unpublished,
  (select count(*) from outbox where behind is not null and next_at is not null) as alarms_behind_unread_ones,
  (select count(*) from outbox where next_at is not null and key_id <> 'gone'
     and published_at is not null and owes_confirmation and delivered_at is null) as unconfirmed,
  (select count(*) from outbox where next_at is not null and key_id <> 'gone'
     and result is not null and delivered_at is null) as undeliverable,
  (select count(*) from timer where round > 0) as overdue,
  (select count(*) from outbox where next_at is not null and key_id = 'gone')
    + (select count(*) from held where key_id = 'gone')
    + (select count(*) from stored_delivery where key_id = 'gone') as awaiting_resend,
  (select version from directory_head) as directory_version
"""

_UNREADABLE = f"""
select partner, count(*) as bodies, count(*) filter (where lane = 'acuut') as acute, max(received_at) as last
from inbox where {NO_MESSAGE} and received_at > now() - interval '1 hour' group by partner order by bodies desc, partner
"""  # noqa: S608
_TYPES = select(outbox.c.id, outbox.c.type).where(outbox.c.id == bindparam("ids", type_=ARRAY(Uuid)).any_())
_OF_WORKERS = """
from pg_stat_activity where datname = current_database()
  and application_name ~ '^ketenhub [0-9]{4} .*-[0-9]+-(acuut|[0-9]+)$'
"""
_WORKERS = f"select count(*) {_OF_WORKERS}"
_LANES = f"""
select distinct case when application_name like '%-acuut' then 'acuut' else 'regulier' end {_OF_WORKERS}
"""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Distinct bodies of a sender that became no message, and of these the ones in the acute lane."""

    partner: PartnerId
    bodies: int
    acute: int
    last: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case and its register, with the moment of reading."""

    case: Case
    events: Sequence[Event]
    at: datetime


async def case_view(engine: AsyncEngine, name: UUID) -> CaseView | None:
    """The case by its own id or by that of a report on it."""
    async with transaction(engine) as connection:
        by_name = select(reference.c.case).where(reference.c.id == name).scalar_subquery()
        found = (await connection.execute(select(cases.c.document).where(cases.c.id == by_name))).scalar_one_or_none()
        if found is None:
            return None
        case = case_from(found)
        register = select(case_event).where(case_event.c.case == case.id).order_by(case_event.c.version)
        events = [event_from(row.kind, row.document) for row in await connection.execute(register)]
        now = (await connection.execute(text("select now()"))).scalar_one()
        return CaseView(case, events, now)


async def types_of(engine: AsyncEngine, messages: Collection[MessageId]) -> Mapping[MessageId, str]:
    """The wire types of these messages of the hub, as long as their traffic data are kept."""
    async with transaction(engine) as connection:
        found = await connection.execute(_TYPES, {"ids": list(messages)})
        return {MessageId(row.id): row.type for row in found}


async def lacking(engine: AsyncEngine) -> list[lacks.Standing]:
    """What the surroundings lack, and what waits for it."""
    async with transaction(engine) as connection:
        return await lacks.standing(connection)


async def workers(engine: AsyncEngine) -> int:
    """How many connections workers have (`hub/app/supervisor.py` names them)."""
    async with transaction(engine) as connection:
        return int((await connection.execute(text(_WORKERS))).scalar_one())


async def lanes_worked(engine: AsyncEngine) -> frozenset[Lane]:
    """The lanes of the workers that are connected, on whichever machine."""
    async with transaction(engine) as connection:
        return frozenset(map(Lane, (await connection.execute(text(_LANES))).scalars()))


async def backlogs(engine: AsyncEngine) -> list[backlog.Backlog]:
    """What waits, and why."""
    async with transaction(engine) as connection:
        return await backlog.backlogs(connection)


async def unreadable(engine: AsyncEngine) -> list[Unreadable]:
    """Bodies of the last hour that became no message, by sender, the most first."""
    async with transaction(engine) as connection:
        return [Unreadable(**row._mapping) for row in await connection.execute(text(_UNREADABLE))]


async def status(engine: AsyncEngine) -> Mapping[str, int]:
    """How much of what there is now."""
    async with transaction(engine) as connection:
        row = (await connection.execute(text(_STATUS))).one()
    return {name: int(value) for name, value in row._mapping.items() if value is not None}
