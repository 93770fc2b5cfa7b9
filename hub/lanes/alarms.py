"""Terms whose moment has come, decided as commands: reminders and alarms, many cases in one transaction.

A timer that was taken proves nothing: another worker may have been here before, or the term may have been met. The
case, locked, says what is due; so each moment is decided once, however many look.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from hub.canonical import commands as c
from hub.canonical.codes import Lane
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.decide import decide
from hub.cases.evolve import fold
from hub.cases.terms import lane_of
from hub.errors import HubError, Surroundings
from hub.ids import CaseId
from hub.lanes.alarm_rounds import alarms_of, in_turn
from hub.lanes.fate import lack_of, unexpected
from hub.lanes.naming import naming_after, naming_at, run_of
from hub.lanes.render import Occasion, over, rendered
from hub.lanes.setting import Setting
from hub.lanes.surroundings import context_of_hub, succeeded
from hub.lanes.workspace import Part, Workspace
from hub.ports import Changes, DueTimer, Store, Unit, Wanted
from hub.telemetry import LogEvent

_log = structlog.get_logger()


async def fire(due: Sequence[DueTimer], store: Store, setting: Setting, *, hasty: bool = False) -> Changes:
    """Decide these timers and commit what follows.

    Args:
        hasty: see `ports.Store.unit`; the timers of a case that is locked come again when their lease ends.
    """
    async with store.unit(hasty=hasty) as unit:
        setting.keys.begins(unit.period)
        loaded = await unit.load(Wanted(correlations=list({one.case for one in due})))
        work = Workspace.of(unit, loaded)
        for timer in due:
            _fire(timer, work, setting)
        changes = await _in_turn(work.changes(0, 0), unit)
        await unit.write(changes, setting.worker, Lane.ROUTINE)
    _report(changes)
    return changes


async def _in_turn(changes: Changes, unit: Unit) -> Changes:
    """An alarm whose last round lies unread waits for that."""
    found = in_turn(changes.outbox, await unit.alarms_out(alarms_of(changes.outbox)))
    return replace(changes, outbox=found.rows, replaced=found.replaced)


async def owe(cases: Sequence[CaseId], store: Store, setting: Setting) -> Changes:
    """Of each of these cases, if who holds it has ended with nobody in its place: the triage owes the yes.

    A case that is locked, or cannot be read, stops no other; whoever asks does so again.
    """
    async with store.unit(hasty=True) as unit:
        setting.keys.begins(unit.period)
        loaded = await unit.load(Wanted(correlations=list(cases)))
        work = Workspace.of(unit, loaded)
        for id_ in cases:
            try:
                if (found := work.case(id_)) is not None:
                    decide_moment(found, c.HolderEnded(), work, setting)
            except Surroundings as error:
                work.lacks(lack_of(error))
        changes = work.changes(0, 0)
        await unit.write(changes, setting.worker, Lane.ROUTINE)
    return changes


def _fire(timer: DueTimer, work: Workspace, setting: Setting) -> None:
    """One timer. A fault on one case stops no other: its timer comes again when its lease has ended."""
    try:
        _decide(timer, work, setting)
    except Exception as exc:  # noqa: BLE001 - a bug of ours on one case must not stop the others
        error = exc if isinstance(exc, HubError) else unexpected(exc)
        if isinstance(error, Surroundings):
            work.lacks(lack_of(error))
        else:
            _log.error(LogEvent.TERM_FAILED, case=timer.case, term=timer.name, code=error.code)


def _decide(timer: DueTimer, work: Workspace, setting: Setting) -> None:
    found = work.case(timer.case)
    if found is None:
        return
    decide_moment(found, c.TermReached(timer.name, timer.about), work, setting)


def decide_moment(found: Case, command: c.TermReached | c.HolderEnded, work: Workspace, setting: Setting) -> None:
    """What this moment leads to, on this case."""
    keys = setting.keys.names(work.directory)
    alarm: str | None = None
    if isinstance(command, c.HolderEnded):
        lane, naming = Lane.ROUTINE, naming_after(found, keys, work.now)
    else:
        lane, naming = lane_of(found, command.about), naming_at(found, command, keys, work.now)
        alarm = run_of(found, command)
    case, before = succeeded(found, work)
    decision = decide(case, command, context_of_hub(lane, case, naming, work, setting))
    # A merger may have ended the very term: written here, or its timer would come back for ever.
    if not before and not decision.events:
        return
    after = fold(case, decision.events)
    assert after is not None
    told = rendered(decision, case, after, Occasion(lane, naming, alarm=alarm), work, setting)
    part = Part(told.case, (*before, *decision.events, *told.events))
    work.happened((part,), told.outgoing, told.processing, held_over=tuple(over(before, told.case)))


def _report(changes: Changes) -> None:
    for change in changes.cases:
        for event, _ in change.events:
            if isinstance(event, e.TermReminded):
                _log.info(LogEvent.TERM_REMINDED, case=change.case.id, term=event.name)
            elif isinstance(event, e.TermEscalated):
                since = change.case.term(event.name, event.about)
                _log.warning(
                    LogEvent.TERM_OVERDUE,
                    case=change.case.id,
                    term=event.name,
                    round=event.round,
                    since=since.due if since else event.at,
                )
