"""Cases, their events, what parties call them, what is held for their offers, and their running terms."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, delete, func, null, select, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import evolve
from hub.cases.terms import lane_of
from hub.errors import Busy, Surroundings
from hub.ids import CaseId, HandoverId, MessageId
from hub.ports import CaseChange, HeldPart, Period, Place, Register, Sealed
from hub.store.bulk import arrays, insert_rows, is_one_of, place, rows
from hub.store.kinds import kind_of
from hub.store.mapper import case_document, case_from, event_document, event_from
from hub.store.moments import NOW
from hub.store.periods import opening, opens_no_more
from hub.store.tables import case_event, cases, gone, held, inbox, outbox, reference, timer

_IDS = bindparam("ids", type_=ARRAY(Uuid))
_REFERENCES = select(reference).where(reference.c.id == _IDS.any_())
_LOCK = select(cases.c.id, cases.c.document).where(cases.c.id == _IDS.any_()).order_by(cases.c.id).with_for_update()
_LOCK_FREE = _LOCK.with_for_update(skip_locked=True)
_THERE = select(cases.c.id).where(cases.c.id == _IDS.any_())
_NEWEST = (
    select(case_event.c.case, func.max(case_event.c.at).label("at"))
    .where(case_event.c.case == _IDS.any_())
    .group_by(case_event.c.case)
)
_HELD = select(held).where(held.c.handover == _IDS.any_(), ~opens_no_more(Place.HELD))
# The register has no index by inbox row: what a message says is about each case that it changes.
_changed = union(
    select(outbox.c.case).where(outbox.c.origin == _IDS.any_(), outbox.c.case.is_not(None)),
    select(inbox.c.case).where(inbox.c.id == _IDS.any_(), inbox.c.case.is_not(None)),
    select(outbox.c.case).where(outbox.c.id == _IDS.any_(), outbox.c.case.is_not(None)),
).subquery()
_REGISTERS = (
    select(case_event)
    .where(case_event.c.case.in_(select(_changed.c.case)))
    .order_by(case_event.c.case, case_event.c.version)
)

_CASE = list(cases.c)
_insert = insert_rows(cases, _CASE)
_SAVE = _insert.on_conflict_do_update(
    index_elements=[cases.c.id], set_={one.name: _insert.excluded[one.name] for one in _CASE if one.name != "id"}
)
_ADD_EVENTS = insert_rows(case_event, list(case_event.c))
_insert_name = insert_rows(reference, list(reference.c))
# A report that was joined wrongly goes to a case of its own, and its name with it.
_ADD_REFERENCES = _insert_name.on_conflict_do_update(
    index_elements=[reference.c.id], set_={"case": _insert_name.excluded["case"]}
)
_GONE = select(gone.c.to).where(gone.c.number == _IDS.any_())
_ADD_GONE = insert_rows(gone, list(gone.c))
_insert_held = insert_rows(held, list(held.c))
_ADD_HELD = _insert_held.on_conflict_do_update(
    index_elements=[held.c.case, held.c.handover],
    set_={name: _insert_held.excluded[name] for name in ("ciphertext", "wrapped_key", "key_id", "expires")},
)
_lapsed = (
    select(place(held))
    .where(held.c.expires <= NOW)
    .order_by(held.c.expires)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_END_LAPSED = delete(held).where(is_one_of(place(held), _lapsed))
_TIMER = [one for one in timer.c if one.name != "lease_until"]
_insert_timer = insert_rows(timer, _TIMER)
_SET_TIMERS = _insert_timer.on_conflict_do_update(
    index_elements=[timer.c.case, timer.c.name, timer.c.about],
    set_={name: _insert_timer.excluded[name] for name in ("due", "round", "lane")} | {"lease_until": null()},
)
_over_held = rows("over", [held.c.case, held.c.handover])
_END_HELD = delete(held).where(held.c.case == _over_held.c.case, held.c.handover == _over_held.c.handover)
_TIMER_KEY = [timer.c.case, timer.c.name, timer.c.about]
_over_timer = rows("over", _TIMER_KEY)
_END_TIMERS = delete(timer).where(*[one == _over_timer.c[one.name] for one in _TIMER_KEY])


async def case_ids(connection: AsyncConnection, references: Sequence[UUID]) -> dict[UUID, CaseId]:
    """The case that each of these names stands for."""
    found = await connection.execute(_REFERENCES, {"ids": sorted(references)})
    return {row.id: CaseId(row.case) for row in found}


async def gone_to(connection: AsyncConnection, numbers: Sequence[UUID]) -> set[CaseId]:
    """The cases that things of these numbers went to, whichever they were put on: the case says which is meant."""
    found = await connection.execute(_GONE, {"ids": sorted(numbers)})
    return {CaseId(row.to) for row in found}


async def lock(
    connection: AsyncConnection, ids: Iterable[CaseId], *, hasty: bool = False
) -> dict[CaseId, Case | Surroundings]:
    """The cases, locked in the order of their ids; in the place of one that cannot be read, why.

    Args:
        hasty: waits for nobody who holds one.
    """
    asked = sorted(ids)
    found = await connection.execute(_LOCK_FREE if hasty else _LOCK, {"ids": asked})
    read = {CaseId(row.id): _read(row.id, row.document) for row in found}
    read |= await _held_by_others(connection, [id_ for id_ in asked if id_ not in read]) if hasty else {}
    # What a version before wrote does not say its newest moment: the register does.
    undated = {id_: case for id_, case in read.items() if isinstance(case, Case) and case.at is None}
    if undated:
        for row in await connection.execute(_NEWEST, {"ids": sorted(undated)}):
            read[row.case] = replace(undated[row.case], at=row.at)
    return read


async def _held_by_others(connection: AsyncConnection, ids: Sequence[CaseId]) -> dict[CaseId, Case | Surroundings]:
    there = (await connection.execute(_THERE, {"ids": ids})).scalars() if ids else ()
    return {CaseId(id_): Busy(str(id_)) for id_ in there}


def _read(id_: CaseId, document: str) -> Case | Surroundings:
    try:
        return case_from(document)
    except Surroundings as error:
        return Surroundings(error.code, error.sentence, str(id_))


async def told(connection: AsyncConnection, ids: Sequence[UUID]) -> Register:
    """Of the cases that the messages of these inbox rows changed, or that these messages of the hub are about.

    Raises:
        Surroundings: an event was written by a newer version, or is damaged.
    """
    before: dict[UUID, dict[CaseId, Case | None]] = {id_: {} for id_ in ids}
    moments: list[tuple[Case, e.Event]] = []
    said: dict[MessageId, tuple[Case, e.NoticeIssued]] = {}
    stood: dict[CaseId, Case | None] = {}
    for row in await connection.execute(_REGISTERS, {"ids": sorted(ids)}):
        case, event = stood.get(row.case), event_from(row.kind, row.document)
        if row.inbox in before:
            before[row.inbox].setdefault(row.case, case)
        if row.inbox is None and case is not None:
            moments.append((case, event))
        if isinstance(event, e.NoticeIssued) and case is not None:
            said[event.message] = case, event
        if isinstance(event, e.NoticeReissued) and event.replaces in said:
            said[event.message] = said[event.replaces]
        stood[row.case] = evolve(case, event)
    return Register(before, moments, said)


async def held_parts(
    connection: AsyncConnection, used: Period, handovers: Sequence[HandoverId]
) -> dict[tuple[CaseId, HandoverId], HeldPart]:
    """Those of these that open still."""
    found = await connection.execute(_HELD, {"ids": sorted(handovers), **opening(used)})
    return {
        (row.case, row.handover): HeldPart(
            row.case, row.handover, Sealed(row.ciphertext, row.wrapped_key, row.key_id), row.expires
        )
        for row in found
    }


async def save(connection: AsyncConnection, changes: Sequence[CaseChange]) -> None:
    """Write the cases, add their events and names, start and end their timers."""
    if not changes:
        return
    happened = [(change.case.id, event) for change in changes for event, _ in change.events]
    await connection.execute(_SAVE, arrays(_CASE, map(_record, changes)))
    await connection.execute(_ADD_EVENTS, arrays(list(case_event.c), _event_records(changes)))
    named = [record for change in changes for record in _names(change)]
    if named:
        await connection.execute(_ADD_REFERENCES, arrays(list(reference.c), named))
    if along := [record for id_, event in happened for record in _along(id_, event)]:
        await connection.execute(_ADD_GONE, arrays(list(gone.c), along))
    await _save_timers(connection, changes)


async def save_held(
    connection: AsyncConnection, parts: Sequence[HeldPart], over: Sequence[tuple[CaseId, HandoverId]]
) -> None:
    """Keep the full parts of offers; end those that are over, and their keys with them."""
    if parts:
        await connection.execute(_ADD_HELD, arrays(list(held.c), map(_held_record, parts)))
    if over:
        ended = [{"case": case, "handover": handover} for case, handover in over]
        await connection.execute(_END_HELD, arrays([held.c.case, held.c.handover], ended))


async def has_lapsed(connection: AsyncConnection, now: datetime) -> bool:
    """Whether any full part was held for its whole term; a look that locks nothing."""
    return (await connection.execute(select(held.c.case).where(held.c.expires <= now).limit(1))).first() is not None


async def end_lapsed(connection: AsyncConnection, now: datetime, most: int) -> int:
    """Destroy up to `most` full parts that were held for their whole term; how many."""
    return int((await connection.execute(_END_LAPSED, {"now": now, "most": most})).rowcount)


async def _save_timers(connection: AsyncConnection, changes: Sequence[CaseChange]) -> None:
    """Each term as its last event left it: the next moment it fires and how often it has, or gone."""
    last: dict[tuple[CaseId, str, UUID], tuple[datetime, int] | None] = {}
    as_they_are = {change.case.id: change.case for change in changes}
    for id_, event in ((change.case.id, event) for change in changes for event, _ in change.events):
        match event:
            case e.TermStarted():
                last[id_, event.name, event.about] = event.next or event.due, 0
            case e.TermReminded():
                last[id_, event.name, event.about] = event.next, 0
            case e.TermEscalated():
                last[id_, event.name, event.about] = event.next, event.round
            case e.TermMet() | e.TermEnded():
                last[id_, event.name, event.about] = None
    running, over = list[dict[str, object]](), list[dict[str, object]]()
    for (id_, name, about), left in sorted(last.items(), key=lambda one: one[0]):
        key = {"case": id_, "name": name, "about": about}
        if left is None:
            over.append(key)
        else:
            lane = lane_of(as_they_are[id_], about).value
            running.append(key | {"due": left[0], "round": left[1], "lane": lane})
    if running:
        await connection.execute(_SET_TIMERS, arrays(_TIMER, running))
    if over:
        await connection.execute(_END_TIMERS, arrays(_TIMER_KEY, over))


def _record(change: CaseChange) -> dict[str, Any]:
    case = change.case
    return {
        "id": case.id,
        "version": case.version,
        "state": case.state.value,
        "region": case.region,
        "holder": case.holder,
        "document": case_document(case),
    }


def _event_records(changes: Sequence[CaseChange]) -> Iterator[dict[str, Any]]:
    for change in changes:
        first = change.case.version - len(change.events) + 1
        for version, (event, cause) in enumerate(change.events, first):
            yield {
                "case": change.case.id,
                "version": version,
                "at": event.at,
                "kind": kind_of(event).name,
                "document": event_document(event),
                "inbox": cause,
            }


def _names(change: CaseChange) -> Iterator[dict[str, Any]]:
    """What the case is called from here on; a report may have come and gone in one batch."""
    named = {name for event, _ in change.events for name in _said(event)}
    case = change.case
    yield from ({"id": name, "case": case.id} for name in case.all_names() if name in named)


def _said(event: e.Event) -> Iterator[UUID]:
    match event:
        case e.CaseOpened():
            yield event.case
        case e.ReportReceived():
            yield from (event.report, *(() if event.name is None else (event.name,)))
        case e.ReportAssessed() if event.name is not None:
            yield event.name
        case e.ReportAttached():
            yield from (event.report, *event.names)


def _along(id_: CaseId, event: e.Event) -> Iterator[dict[str, Any]]:
    if isinstance(event, e.ReportDetached):
        yield from ({"number": number, "case": id_, "to": event.to} for number in event.along)


def _held_record(part: HeldPart) -> dict[str, Any]:
    return {
        "case": part.case,
        "handover": part.handover,
        "ciphertext": part.payload.ciphertext,
        "wrapped_key": part.payload.wrapped_key,
        "key_id": part.payload.key_id,
        "expires": part.expires,
    }
