"""What lies in the queues of partners, published and not confirmed, and the alarms that wait behind such a one.

A row that was published has its place among all that was ever published to its queue. So has the broker's count of that
queue: what it says of it is about the last so many of them. `lanes/unread.py` says what follows; here is only read and
written, and each look goes by an index that has nothing but what is out.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Integer,
    Text,
    Uuid,
    bindparam,
    case,
    exists,
    func,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.codes import Lane
from hub.ports import AlarmOut, InQueue, Judged, Out, QueueOut, Unread
from hub.ports.periods import GONE
from hub.store.bulk import arrays, rows
from hub.store.moments import NOW, seconds
from hub.store.tables import outbox, queue

# What opens no more is never sent again, and may lie there all the same.
_is_out = outbox.c.next_at.is_not(None) & outbox.c.place.is_not(None)
_OLDEST = (
    select(outbox.c.published_at)
    .where(outbox.c.partner == queue.c.partner, outbox.c.lane == queue.c.lane, _is_out, outbox.c.key_id != GONE)
    .order_by(outbox.c.place)
    .limit(1)
    .lateral("oldest")
)
_QUEUES = (
    select(queue.c.partner, queue.c.lane, queue.c.published, _OLDEST.c.published_at)
    .select_from(queue.join(_OLDEST, true()))
    .where(_OLDEST.c.published_at <= NOW - seconds("since"))
    .order_by(queue.c.lane, queue.c.partner)
)
_of_queue = (outbox.c.partner == bindparam("partner", type_=Text)) & (outbox.c.lane == bindparam("in_lane", type_=Text))
_COUNTED = bindparam("counted", type_=BigInteger)
_GIVEN = (
    select(outbox.c.place)
    .where(_of_queue, _is_out, outbox.c.place <= _COUNTED)
    .order_by(outbox.c.place.desc())
    .offset(bindparam("lying", type_=Integer))
    .limit(1)
)
_LOOK = (
    select(outbox.c.id, outbox.c.place, outbox.c.sent, outbox.c.published_at, outbox.c.seen, outbox.c.type)
    .where(_of_queue, _is_out, outbox.c.key_id != GONE)
    .where(or_(outbox.c.next_at <= NOW, outbox.c.seen & (outbox.c.place <= bindparam("passed", type_=BigInteger))))
    .order_by(outbox.c.place)
    .limit(bindparam("most", type_=Integer))
)
_MOST_COMING = 100
"""More of them than fit into a queue are not counted."""
_published_again = select(outbox.c.id).where(_of_queue, _is_out, outbox.c.place > _COUNTED, outbox.c.sent > 1)
_let_go_again = select(outbox.c.id).where(
    _of_queue, outbox.c.next_at.is_not(None), outbox.c.place.is_(None), outbox.c.behind.is_(None), outbox.c.sent > 0
)
_COMING = select(func.count()).select_from(
    union_all(_published_again.limit(_MOST_COMING), _let_go_again.limit(_MOST_COMING)).subquery()
)
_JUDGED = [outbox.c.id, outbox.c.place, outbox.c.next_at, outbox.c.seen]
_judged = rows("judged", _JUDGED)
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_LOCK = select(outbox.c.id).where(outbox.c.id == _IDS.any_(), _is_out).order_by(outbox.c.id)
_FREE = _LOCK.with_for_update(skip_locked=True).cte("free")
# One without a moment goes out again. Only as it was read: an answer, or another copy, may have come meanwhile.
_JUDGE = (
    update(outbox)
    .where(outbox.c.id == _judged.c.id, outbox.c.place == _judged.c.place, _is_out)
    .where(outbox.c.id.in_(select(_FREE.c.id)))
    .values(
        next_at=case((_judged.c.next_at.is_(None), NOW), else_=_judged.c.next_at),
        place=case((_judged.c.next_at.is_(None), null()), else_=outbox.c.place),
        seen=_judged.c.seen,
    )
)
_first = outbox.alias("first")
# It lies there, as far as is known, or was not out yet. One that is to go out again has been given away unread.
_holds_back = (
    exists()
    .where(_first.c.id == outbox.c.behind, _first.c.next_at.is_not(None), _first.c.key_id != GONE)
    .where(_first.c.place.is_not(None) | (_first.c.sent == 0))
)
_WAITING = select(outbox.c.id).where(outbox.c.behind.is_not(None), outbox.c.next_at.is_not(None), ~_holds_back)
_LET_GO = (
    update(outbox)
    .where(outbox.c.id.in_(select(_WAITING.order_by(outbox.c.id).with_for_update(skip_locked=True).cte("let").c.id)))
    .values(behind=null(), next_at=NOW)
)
# Not locked: who confirms the one before has that, and wants the one behind it. What is let go meanwhile goes out too.
_ALARMS = (
    select(outbox.c.id, outbox.c.partner, outbox.c.lane, outbox.c.type, outbox.c.alarm, outbox.c.behind)
    .where(outbox.c.alarm == bindparam("alarms", type_=ARRAY(Text)).any_(), outbox.c.alarm.is_not(None))
    .where(outbox.c.next_at.is_not(None), outbox.c.key_id != GONE)
    .order_by(outbox.c.seq)
)


async def queues(connection: AsyncConnection, now: datetime, since: float) -> list[QueueOut]:
    """See `ports.Store.queues_out`."""
    found = await connection.execute(_QUEUES, {"now": now, "since": since})
    return [QueueOut(row.partner, Lane(row.lane), row.published, row.published_at) for row in found]


async def look(connection: AsyncConnection, now: datetime, counted: InQueue, most: int) -> Unread:
    """See `ports.Store.unread_in`."""
    of = {"partner": counted.partner, "in_lane": counted.lane.value}
    given = await connection.execute(_GIVEN, {**of, "counted": counted.published, "lying": counted.lying})
    to = given.scalar_one_or_none() or 0
    coming = (await connection.execute(_COMING, {**of, "counted": counted.published})).scalar_one()
    asked = {**of, "now": now, "passed": counted.passed, "most": most}
    found = await connection.execute(_LOOK, asked)
    out = (Out(row.id, row.place, row.sent, row.published_at, row.seen, row.type) for row in found)
    return Unread(to, coming, tuple(out), now)


async def judge(connection: AsyncConnection, now: datetime, judged: Sequence[Judged]) -> None:
    """See `ports.Store.judged`."""
    if judged:
        records = [{"id": one.out.id, "place": one.out.place, "next_at": one.look, "seen": one.seen} for one in judged]
        ids = sorted(one.out.id for one in judged)
        await connection.execute(_JUDGE, {**arrays(_JUDGED, records), "ids": ids, "now": now})
    await connection.execute(_LET_GO, {"now": now})


async def alarms(connection: AsyncConnection, named: Collection[str]) -> list[AlarmOut]:
    """See `ports.Unit.alarms_out`."""
    found = await connection.execute(_ALARMS, {"alarms": sorted(named)})
    return [AlarmOut(row.id, row.partner, Lane(row.lane), row.type, row.alarm, row.behind) for row in found]
