"""What becomes of each delivery of a batch: what it asks, what has to be known for that, the verdict, and the answer.

A fault of ours on one stops no other: it is kept with its bytes (`fate.py`), and the others are judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from hub.canonical.codes import Lane
from hub.canonical.commands import Confirm, handover_of
from hub.envelope.opening import CRYPTO_AWAY
from hub.errors import HubError, OurFault, Surroundings
from hub.ids import MessageId, Oin
from hub.lanes.answers import answer, rejected
from hub.lanes.arrival import written_at
from hub.lanes.asking import Asked, ask, number_of
from hub.lanes.fate import MACHINE_FAILS, NotYet, judge_failure, unexpected, waits
from hub.lanes.item import Item, as_kept
from hub.lanes.judge import judge
from hub.lanes.refill import fill, resent
from hub.lanes.refusals import together
from hub.lanes.setting import Setting
from hub.lanes.turns import unhurried
from hub.lanes.workspace import Verdict, Workspace
from hub.ports import Changes, Fate, InboxRow, StoredDelivery, Unit, Wanted
from hub.routing.directory import formers, next_connection, successor_of
from hub.telemetry import LogEvent

_log = structlog.get_logger()

FAILS_ALONE = "fails-alone"
OF_A_MACHINE = (MACHINE_FAILS, CRYPTO_AWAY)
"""Codes of what a machine lacks, and a message may bring about by itself."""


async def settle(items: Sequence[Item], ended: Sequence[InboxRow], unit: Unit, lane: Lane, setting: Setting) -> Changes:
    """Judge and write these, as many as there is time for under the locks of their cases, and one at least.

    Args:
        ended: rows that end with them, as what they kept is of another row from now on.
    """
    setting.keys.begins(unit.period)
    first = {item.row.id: item for item in reversed(items) if item.row.fate is Fate.NEW}
    asked = {id_: _asked(item, unit, setting) async for id_, item in unhurried(first.items(), setting.ticks)}
    again = await resent(items, unit, setting)
    wanted = _wanted([one for one in (*asked.values(), *again.asked.values()) if isinstance(one, Asked)], unit)
    brought_again = [item.row.answer for item in items if item.arrival.delivery.count and item.row.answer is not None]
    work = Workspace.of(unit, await unit.load(replace(wanted, answers=list(dict.fromkeys(brought_again)))))
    for row in ended:
        work.put(Verdict(replace(row, decided_at=unit.now)), stored_before=True)
    await fill(again, unit, work, setting)  # first: a yes beside it may need the part
    in_order = _in_order(items, asked) if unit.recovering else items
    taken = _take_in_time(in_order, asked, work, lane, setting)
    brought = [item for item in in_order[:taken] if item.arrival.delivery.stored is None]
    for item in together([item for item in brought if _is_unreadable(item)], work, setting):
        _answer(item, work.known(item.row.id) or item.row, work, setting)
    by_queue = ((item.arrival.row, item.arrival.delivery.lane) for item in brought)
    misplaced = [(row, queue) for row, queue in by_queue if row.lane is not queue]
    for lack in setting.misplaced.lacks(misplaced, setting.ticks()):
        work.lacks(lack)
    new = {item.row.id for item in brought if item.row.fate is Fate.NEW}
    changes = work.changes(len(brought), len(brought) - len(new))
    await unit.write(changes, setting.worker, lane)
    left = {id(item) for item in in_order[taken:]}
    read = [(one.arrival.delivery.partner, not _is_unreadable(one)) for one in items if id(one) not in left]
    left_over = [item.arrival.delivery for item in in_order[taken:]]
    return replace(changes, read=read, misplaced=misplaced, left=left_over)


def _take_in_time(
    items: Sequence[Item], asked: Mapping[UUID, Asked | HubError], work: Workspace, lane: Lane, setting: Setting
) -> int:
    """How many were taken before the time was over: others may wait for the cases that are locked."""
    over = setting.ticks() + setting.limits.locks_held.of(lane).total_seconds()
    for number, item in enumerate(items):
        if number and setting.ticks() >= over:
            return number
        _take(item, asked, work, setting)
    return len(items)


def _in_order(items: Sequence[Item], asked: Mapping[UUID, Asked | HubError]) -> list[Item]:
    """While the hub recovers: as they were signed, as far as that is known."""

    def signed(item: Item) -> datetime:
        found = asked.get(item.row.id)
        return found.event.time if isinstance(found, Asked) else item.row.received_at

    return sorted(items, key=signed)


def _asked(item: Item, unit: Unit, setting: Setting) -> Asked | HubError:
    """What it asks, or why it cannot be decided: before anything is looked up, so that what to look up is known."""
    try:
        # Without these there is no answer, whatever it is.
        setting.keys.names(unit.directory)
        setting.keys.keeps(unit.directory)
        found = {"doubted": unit.doubted, "recovering": unit.recovering}
        return ask(item.arrival, item.row, unit.directory, unit.now, setting, **found)
    except HubError as error:
        return error
    except Exception as exc:  # noqa: BLE001 - a bug of ours on one message must not stop the others
        return unexpected(exc)


def _take(item: Item, asked: Mapping[UUID, Asked | HubError], work: Workspace, setting: Setting) -> None:
    row = work.known(item.row.id) or item.row
    if row.fate is Fate.NEW:
        stored_before = item.arrival.delivery.stored is not None
        verdict = _verdict(item, asked[row.id], row, work, setting)
        if verdict.stored is None:
            setting.passing.passed(row.id)
        if item.kept is not None and item.kept.lack is not None and verdict.lack_id != item.kept.lack:
            work.mended(item.kept.lack)
        if verdict.lack_id is not None and stored_before and verdict.row.code == row.code:
            row = work.wait_on(verdict)
        else:
            row = work.put(verdict, stored_before=stored_before)
    elif item.arrival.delivery.stored is None:
        row = work.count_again(replace(row, deliveries=row.deliveries + 1))
    if not _is_unreadable(item):
        _answer(item, row, work, setting)


def _is_unreadable(item: Item) -> bool:
    """A stored one is no delivery, and is answered by itself."""
    return item.arrival.delivery.stored is None and not item.arrival.is_readable


def _answer(item: Item, row: InboxRow, work: Workspace, setting: Setting) -> None:
    # The connection that asked is answered; in its place, if it has ended, its organisation's next.
    asker = work.directory.partners[item.arrival.delivery.partner]
    asked_by = next_connection(work.directory, asker, work.now)
    if item.arrival.delivery.count and work.is_answered(row, asked_by.id):
        return  # its sender asks for nothing: it is the broker that brings it again, or never heard that it was done
    try:
        work.say(answer(row, asked_by, work.directory, work.period, setting))
    except Surroundings as fault:  # of a known one only, as all others asked for the key first: its sender asks again
        _log.error(LogEvent.ANSWER_WAITS, partner=row.partner, message=row.message, code=fault.code)


def _verdict(item: Item, asked: Asked | HubError, row: InboxRow, work: Workspace, setting: Setting) -> Verdict:
    if isinstance(asked, HubError):
        return _failed(item, row, asked, work, setting)
    try:
        return judge(asked, row, work, setting)
    except HubError as error:
        return _failed(item, row, error, work, setting)
    except Exception as exc:  # noqa: BLE001 - a bug of ours on one message must not stop the others
        return _failed(item, row, unexpected(exc), work, setting)


def _of_it_alone(error: HubError, item: Item, row: InboxRow, setting: Setting) -> HubError:
    """What a machine lacks, or a fault of the message: if it was found to be that once, or others pass meanwhile."""
    if error.code not in OF_A_MACHINE:
        return error
    found = item.kept is not None and item.kept.code == FAILS_ALONE
    if not setting.passing.is_alone(row.id) and not found:
        return error
    return OurFault(FAILS_ALONE, "The machine fails on this message, and not on others; report it as a bug.")


def _failed(item: Item, row: InboxRow, error: HubError, work: Workspace, setting: Setting) -> Verdict:
    error = _of_it_alone(error, item, row, setting)
    # Looks for its cause were no failures: a first fault after them must not end in quarantine.
    waited = item.kept is not None and waits(item.kept.code)
    attempt = 1 if waited and not isinstance(error, NotYet) else item.attempt
    judged = judge_failure(
        error,
        attempt=attempt,
        lane=row.lane,
        received_at=row.received_at,
        now=work.now,
        limits=setting.limits,
        doubted=work.doubted,
        recovering=work.recovering,
    )
    if judged.rejection is not None:
        return Verdict(rejected(row, written_at(item.arrival), judged.rejection, work.now, work.directory, setting))
    delivery, lack, kept = item.arrival.delivery, judged.lack, item.kept
    own = kept is not None and kept.inbox == row.id
    stored = StoredDelivery(
        row.id,
        kept.payload if kept and own else as_kept(row, delivery.body, work, setting),
        delivery.properties,
        judged.code,
        attempt if lack is None else attempt - 1,  # it ended, and by nothing that the message did
        judged.again_at,
        delivery.dead,
        row.lane,
        lack.id if lack else None,
        kept.told_at if kept else None,
        row.partner,
        error.awaits if isinstance(error, NotYet) else None,
    )
    return Verdict(replace(row, fate=judged.fate, code=judged.code), stored=stored, lack=lack)


def _wanted(found: Sequence[Asked], unit: Unit) -> Wanted:
    """Every name that these messages mention."""
    sent = [(one.sender.oin, one.command.message) for one in found if isinstance(one.command, Confirm)]
    named = [(one.sender.oin, one.event.causationid) for one in found if one.event.causationid is not None]
    causes = [(oin, cause) for own, cause in named for oin in _own_names(own, unit)]
    numbers = (number_of(one.command) for one in found)
    handovers = (handover_of(one.command) for one in found)
    return Wanted(
        correlations=list({one.event.correlationid for one in found if one.event.correlationid is not None}),
        numbers=list({number for number in numbers if number is not None}),
        causes=[(oin, MessageId(cause)) for oin, cause in dict.fromkeys(causes)],
        sent=list(dict.fromkeys(sent)),
        handovers=list({one for one in handovers if one is not None}),
        radar=list({sought for one in found for signal in one.signals for sought in signal.sought}),
    )


def _own_names(own: Oin, unit: Unit) -> Iterator[Oin]:
    """An organisation, and those in whose place it is; or, of one that has ended since, who is in its place."""
    yield own
    yield from formers(unit.directory, own, unit.now)
    if (heir := successor_of(unit.directory, own, unit.now)) is not None:
        yield heir
