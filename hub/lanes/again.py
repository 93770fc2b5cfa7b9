"""What the hub said and opens no more, made again under its own id.

Ids follow from what led to a message (`naming.py`), so whatever leads to it once more gives it back: the message that
it came of (`filling.py`), or what the hub has itself. An answer says no more than its inbox row does. What a moment of
a term brought forth follows from its case, as the register has that until then; what partners were told of the hub's
keys from the directory. All of it is made again when it is found to be gone, in that transaction, and once: what comes
out otherwise now, as the directory or the terms changed, would do so every time.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import structlog

from hub.canonical import commands as c
from hub.cases import events as e
from hub.cases.case import Case
from hub.envelope.at_rest import Kept, reveal
from hub.errors import HubError, Surroundings
from hub.ids import MessageId
from hub.lanes.alarms import decide_moment
from hub.lanes.answers import answer, delayed
from hub.lanes.fate import unexpected
from hub.lanes.hub_keys import HUB_KEY, told_again
from hub.lanes.naming import reissue_id
from hub.lanes.reissue import as_reissued
from hub.lanes.setting import Setting
from hub.lanes.workspace import Workspace
from hub.ports import Changes, InboxRow, Loaded, OutboxRow, OwnMaking, Place, Register, Unit
from hub.routing.directory import next_connection
from hub.telemetry import LogEvent

_log = structlog.get_logger()
VERSION = "zaakversie"


async def make_again(ids: Sequence[MessageId], unit: Unit, setting: Setting) -> Changes:
    """Of these messages, which open no more, those that the hub has all it needs for; a `vertraagd` after which the
    answer itself came is over."""
    try:
        own = await unit.own_making(ids)
    except Surroundings as error:  # a register that this version cannot read: nothing waits for what is gone
        _log.warning(LogEvent.CONTENT_NOT_FILLED, code=error.code)
        return Changes()
    over = [id_ for id_, row in own.answered.items() if row.decided_at is not None and row.answer != id_]
    await unit.give_up(over)
    makes: list[Callable[[], Iterator[OutboxRow]]] = [
        *(partial(_answer, own.messages[id_], row, unit, setting) for id_, row in own.answered.items()),
        *(partial(_by_moment, case, event, own, unit, setting) for case, event in own.register.moments),
        *(partial(_of_a_key, row, own, unit, setting) for row in own.messages.values() if row.type == HUB_KEY),
    ]
    said = [one for make in makes for one in _made(make)]
    return Changes(outbox=tuple({one.id: one for one in said if one.id in own.messages.keys() - set(over)}.values()))


def found_again(
    outgoing: Sequence[OutboxRow],
    lost: Mapping[MessageId, OutboxRow],
    register: Register,
    work: Workspace,
    setting: Setting,
) -> Iterator[OutboxRow]:
    """Of what came out once more, what is lost: as it was said, or as it was said again when it had lapsed.

    Each has the number that it was issued with (`zaakversie`): by another its receiver would take it for another.
    """
    most, keys = max((one.reissue for one in lost.values()), default=0), setting.keys.names(work.directory)
    for one in outgoing:
        id_, issued = one.id, register.said.get(one.id)
        for number in range(most + 1):
            id_ = reissue_id(id_, number, keys) if number else id_
            if id_ in lost:
                wrapping = setting.keys.keeping(work.directory, work.period)
                yield as_reissued(_numbered(_content(one, setting), issued), lost[id_], wrapping)


def _made(make: Callable[[], Iterator[OutboxRow]]) -> list[OutboxRow]:
    """What cannot be made stays as it is, and stops no other."""
    try:
        return list(make())
    except Exception as exc:  # noqa: BLE001 - that it is gone has to be written whatever is wrong with it
        error = exc if isinstance(exc, HubError) else unexpected(exc)
        _log.warning(LogEvent.CONTENT_NOT_FILLED, code=error.code)
        return []


def _answer(message: OutboxRow, row: InboxRow, unit: Unit, setting: Setting) -> Iterator[OutboxRow]:
    asked = next_connection(unit.directory, unit.directory.partners[row.partner], unit.now)
    made = answer(row, asked, unit.directory, unit.period, setting)
    yield made or delayed(row, asked, unit.directory, unit.period, message.created, setting)


def _by_moment(case: Case, event: e.Event, own: OwnMaking, unit: Unit, setting: Setting) -> Iterator[OutboxRow]:
    """What this moment brought forth, as far as it is lost."""
    command: c.TermReached | c.HolderEnded = c.HolderEnded()
    if isinstance(event, e.TermReminded | e.TermEscalated | e.TermMet):
        command = c.TermReached(event.name, event.about)
    loaded = Loaded(cases=dict.fromkeys((case.id, *case.names), case))
    work = Workspace(event.at, unit.directory, unit.period, loaded)
    decide_moment(case, command, work, setting)
    yield from found_again(work.changes(0, 0).outbox, own.messages, own.register, work, setting)


def _of_a_key(row: OutboxRow, own: OwnMaking, unit: Unit, setting: Setting) -> Iterator[OutboxRow]:
    """What a partner was told of a key of the hub, as far as it holds still: the directory has it."""
    work = Workspace(unit.now, unit.directory, unit.period, Loaded())
    made = told_again(row, unit.directory, unit.period, setting)
    yield from found_again([made] if made else [], own.messages, own.register, work, setting)


def _numbered(said: dict[str, Any], issued: tuple[Case, e.NoticeIssued] | None) -> dict[str, Any]:
    return said if issued is None else said | {"data": said["data"] | {VERSION: issued[1].version}}


def _content(one: OutboxRow, setting: Setting) -> dict[str, Any]:
    kept = Kept(one.payload.ciphertext, one.payload.wrapped_key)
    found: dict[str, Any] = json.loads(reveal(kept, keys=setting.keys.wrapped, bound_to=Place.OUTBOX.bound(one.id)))
    return found
