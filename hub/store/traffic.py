"""Traffic data at the end of their term: who sent what to whom, and what became of it (P7).

Theory. A sweep goes through the journal by its number, a few rows at a time, and begins again when it has reached what
is young: so no look reads more than it was asked to, however much has to stay. What stays, for as long as it must:

    undecided           it still has to become something
    undelivered         it still has to reach somebody: payload that was not delivered never lapses
    of an open case     a step on it may name any message about it as its cause
    a question          of advice, for two years: it is on no case, and nothing else says who asked

An inbox row goes with all that followed from it: its journal rows and its outbox rows. Alarms followed from no message:
they go by themselves, and so do attempts that were counted by a worker which did not live to forget them. What the
account would miss is added up in `lapsed`, in the same transaction and each number from its own record, so that what
was written apart can still be compared (P5).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Delete,
    Integer,
    Row,
    Select,
    Uuid,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.cases.states import CaseState
from hub.ports import Fate, TrafficEnded
from hub.schemas.message import wire_type
from hub.store.account import REPLACED_UNSENT
from hub.store.bulk import arrays, insert_rows, is_one_of, place
from hub.store.moments import NOW, seconds
from hub.store.tables import attempt, batch, case_event, cases, inbox, journal, lapsed, outbox

BATCHES = ""
"""In place of a partner: the numbers of `batch`, which belong to none."""
QUESTION, ANSWERED_FOR = wire_type("adviezen.adviesvraag"), timedelta(days=730)
UNTIL = "until"
"""Seconds since 1970: the account knows that what is older may be gone."""

_IDS = bindparam("ids", type_=ARRAY(Uuid))
_MOST = bindparam("most", type_=Integer)
_horizon = NOW - seconds("kept")
_CHUNK = (
    select(journal.c.seq, journal.c.inbox, (journal.c.at < _horizon).label("old"))
    .where(journal.c.seq > bindparam("after", type_=BigInteger))
    .order_by(journal.c.seq)
    .limit(_MOST)
)


def _is_open(case: Any) -> Any:
    return exists().where(cases.c.id == case, cases.c.state == CaseState.OPEN.value)


# One message may lead to something on several cases: each of them counts.
_needed = exists().where(outbox.c.origin == inbox.c.id, outbox.c.next_at.is_not(None) | _is_open(outbox.c.case))
_may_be_answered = (inbox.c.type == QUESTION) & (inbox.c.decided_at >= NOW - seconds("answered_for"))
_FREE = (
    select(inbox.c.id)
    .where(inbox.c.id == _IDS.any_(), inbox.c.decided_at < _horizon)
    .where(inbox.c.fate.in_([Fate.ACCEPTED.value, Fate.REJECTED.value, Fate.DUPLICATE.value]))
    .where(~_is_open(inbox.c.case), ~_needed, _may_be_answered.is_not(True))
    .order_by(inbox.c.organisation, inbox.c.content_hash)
    .with_for_update(of=inbox, skip_locked=True)
)
_JOURNAL = delete(journal).where(journal.c.inbox == _IDS.any_())


def _received(gone: Delete) -> Select[Any]:
    found = gone.returning(inbox.c.partner, inbox.c.fate, inbox.c.deliveries).cte("gone")
    numbers = func.count().label("rows"), func.sum(found.c.deliveries).label("deliveries")
    return select(found.c.partner, found.c.fate, *numbers).group_by(found.c.partner, found.c.fate)


def _sent(gone: Delete) -> Select[Any]:
    unsent = literal_column(REPLACED_UNSENT, Boolean).label("unsent")
    found = gone.returning(outbox.c.partner, outbox.c.published_at, outbox.c.delivered_at, unsent).cte("gone")
    published, delivered = func.count(found.c.published_at), func.count(found.c.delivered_at)
    replaced = func.count().filter(found.c.unsent)
    numbers = (func.count() - replaced).label("outgoing"), published.label("published"), delivered.label("delivered")
    return select(found.c.partner, *numbers, replaced.label("replaced")).group_by(found.c.partner)


_INBOX = _received(delete(inbox).where(inbox.c.id == _IDS.any_()))
_OUTBOX = _sent(delete(outbox).where(outbox.c.origin == _IDS.any_()))
# The account goes by the register, which may be ahead of the clock. No `exists`, which could read all of it.
_last_led_to_by_none = (
    select(func.max(case_event.c.at))
    .where(case_event.c.case == outbox.c.case, case_event.c.inbox.is_(None))
    .scalar_subquery()
)
_alarms = (
    select(place(outbox))
    .where(outbox.c.origin.is_(None), outbox.c.next_at.is_(None), outbox.c.created < _horizon)
    .where(~_is_open(outbox.c.case), (_last_led_to_by_none >= _horizon).is_not(True))
    .order_by(outbox.c.created)
    .limit(_MOST)
    .with_for_update(of=outbox, skip_locked=True)
)
_ALARMS = _sent(delete(outbox).where(is_one_of(place(outbox), _alarms)))
_counted = select(place(attempt)).where(attempt.c.at < _horizon).limit(_MOST).with_for_update(skip_locked=True)
_ATTEMPTS = delete(attempt).where(is_one_of(place(attempt), _counted))
_oldest = select(batch.c.id, batch.c.at).order_by(batch.c.id).limit(_MOST).subquery("oldest")
_batches = (
    delete(batch)
    .where(is_one_of(batch.c.id, select(_oldest.c.id).where(_oldest.c.at < _horizon)))
    .returning(batch.c.deliveries, batch.c.duplicates)
    .cte("gone")
)
_BATCHES = select(func.sum(_batches.c.deliveries), func.sum(_batches.c.duplicates))

_ALL = list(lapsed.c)
_insert = insert_rows(lapsed, _ALL)
_ADD = _insert.on_conflict_do_update(
    index_elements=[lapsed.c.partner, lapsed.c.name], set_={"number": lapsed.c.number + _insert.excluded.number}
)
_until = upsert(lapsed).from_select(
    ["partner", "name", "number"],
    select(literal(BATCHES), literal(UNTIL), cast(func.floor(func.extract("epoch", _horizon)), BigInteger)),
)
_UNTIL = _until.on_conflict_do_update(
    index_elements=[lapsed.c.partner, lapsed.c.name],
    # What a wrong clock said, ahead of now, is taken back.
    set_={
        "number": case(
            (lapsed.c.number > cast(func.extract("epoch", NOW), BigInteger), _until.excluded.number),
            else_=func.greatest(lapsed.c.number, _until.excluded.number),
        )
    },
)

Numbers = Counter[tuple[str, str]]
"""By partner and by what is counted: a fate, `deliveries`, `outgoing` and so on."""


async def sweep(connection: AsyncConnection, now: datetime, kept: float, most: int, after: int) -> TrafficEnded:
    """Look at `most` rows of the journal from `after` on, and let go of what is older than `kept` seconds and may."""
    horizon = {"now": now, "kept": kept, "answered_for": ANSWERED_FOR.total_seconds()}
    bounds = horizon | {"most": most}
    chunk = (await connection.execute(_CHUNK, bounds | {"after": after})).all()
    old = [row for row in chunk if row.old]
    free = await _free(connection, {row.inbox for row in old}, horizon)
    sent = [] if not free else (await connection.execute(_OUTBOX, {"ids": free})).all()
    numbers = _numbers_sent(sent) + _numbers_sent((await connection.execute(_ALARMS, bounds)).all())
    numbers += await _end_received(connection, free)
    rows = len(free) + sum(number for (_, name), number in numbers.items() if name == "outgoing")
    rows += (await connection.execute(_ATTEMPTS, bounds)).rowcount
    numbers += _numbers_of_batches(*(await connection.execute(_BATCHES, bounds)).one())
    await _add(connection, numbers, horizon)
    return TrafficEnded(rows, old[-1].seq if len(old) == most else 0)


async def _free(connection: AsyncConnection, ids: set[UUID], horizon: Mapping[str, Any]) -> list[UUID]:
    """Those that may go, locked in the order in which all lock them."""
    if not ids:
        return []
    return list((await connection.execute(_FREE, {"ids": sorted(ids), **horizon})).scalars())


async def _end_received(connection: AsyncConnection, ids: Sequence[UUID]) -> Numbers:
    numbers: Numbers = Counter()
    if ids:
        await connection.execute(_JOURNAL, {"ids": ids})
        for row in await connection.execute(_INBOX, {"ids": ids}):
            numbers[row.partner, row.fate] += row.rows
            numbers[row.partner, "deliveries"] += row.deliveries
    return numbers


def _numbers_sent(found: Iterable[Row[Any]]) -> Numbers:
    names = ("outgoing", "published", "delivered", "replaced")
    return Counter({(row.partner, name): getattr(row, name) for row in found for name in names})


def _numbers_of_batches(deliveries: int | None, duplicates: int | None) -> Numbers:
    return Counter({(BATCHES, "deliveries"): deliveries or 0, (BATCHES, "duplicates"): duplicates or 0})


async def _add(connection: AsyncConnection, numbers: Numbers, horizon: Mapping[str, Any]) -> None:
    names = sorted(numbers)
    if names:
        records = [{"partner": partner, "name": name, "number": numbers[partner, name]} for partner, name in names]
        await connection.execute(_ADD, arrays(_ALL, records))
        await connection.execute(_UNTIL, horizon)
