"""What an operator can do to a message in quarantine: have it tried again (`Store.release`), or give it up.

Both are state changes of the same inbox row, in the same tables as everything else; asked for twice, they happen once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import structlog

from hub.canonical.acts import NOT_THERE, Act
from hub.canonical.codes import Lane
from hub.errors import Code, Rejection
from hub.ids import MessageId, Oin
from hub.lanes.answers import answer, rejected
from hub.lanes.fate import DEAD_LETTER
from hub.lanes.setting import Setting
from hub.lanes.workspace import Verdict, Workspace
from hub.ports import Changes, Fate, InboxRow, Loaded, Place, Store, Unit, Wanted
from hub.routing.directory import next_connection
from hub.telemetry import LogEvent

_log = structlog.get_logger()


async def discard(
    ids: Sequence[UUID], store: Store, setting: Setting, act: Act | None = None, *, by_time: bool = False
) -> Changes:
    """Give these up: each sender is told `niet-verwerkt`, the bytes go, the hash stays.

    One that was kept unopened, and came again since and was decided, is its duplicate: its sender has its answer.

    Rows that are not in quarantine (any more) are left alone, but for those that open no more: nobody can try them
    again. A dead letter is a message of the hub itself, which it sends again anyway: its partner is told nothing.

    Args:
        act: of the operator who says so.
        by_time: because their term is over, and not while the clock is doubted.
    """
    async with store.unit() as unit:
        if by_time and unit.doubted:
            return Changes()
        rows = await unit.reopen(ids)
        gone = {one.inbox for one in await unit.lost(ids) if one.place is Place.STORED}
        setting.keys.begins(unit.period)
        work = Workspace.of(unit, await _decided_since(rows.values(), unit))
        for row in rows.values():
            if row.fate is Fate.QUARANTINED or (row.fate is Fate.RETRY and row.id in gone):
                _give_up(row, work, setting)
        found = work.changes(0, 0)
        changes = replace(found, act=act and act.done_to((row.id for row in found.inbox), NOT_THERE))
        await unit.write(changes, setting.worker, Lane.ROUTINE)
        return changes


async def _decided_since(rows: Iterable[InboxRow], unit: Unit) -> Loaded:
    """Those that are known by the id that the broker gave with one of these, which was not opened."""
    named = [name for row in rows if not row.opened and (name := _name(row)) is not None]
    return await unit.load(Wanted(causes=named)) if named else Loaded()


def _name(row: InboxRow) -> tuple[Oin, MessageId] | None:
    return None if row.organisation is None or row.message is None else (row.organisation, row.message)


def _give_up(row: InboxRow, work: Workspace, setting: Setting) -> None:
    if not row.opened and _name(row) in work.loaded.causes:
        work.put(Verdict(replace(row, fate=Fate.DUPLICATE, decided_at=work.now)), stored_before=True)
        return
    ended = rejected(row, None, Rejection(Code.NOT_PROCESSED), work.now, work.directory, setting)
    untold = replace(ended, answer=None) if row.code == DEAD_LETTER else ended
    given_up = work.put(Verdict(untold), stored_before=True)
    _log.warning(LogEvent.MESSAGE_DISCARDED, partner=row.partner, message=row.message, code=row.code)
    asked = next_connection(work.directory, work.directory.partners[row.partner], work.now)
    work.say(answer(given_up, asked, work.directory, work.period, setting))
