"""The joint table (actieoverleg; MDA++): invited, heard, agreed; every agreed action has one party that says yes to it.

Contributions go on at once to those at the table; the chair always sees who has answered and who is missing. Nothing
here moves the holder. A table at which nothing is said for so long ends (`terms.py`), and with it every right by it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import assert_never

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import TableKind
from hub.canonical.notices import Passed
from hub.canonical.terms import ACTION_ANSWER, CONTRIBUTION, MDA_TABLE, TABLE_SILENCE
from hub.cases import apart
from hub.cases import events as e
from hub.cases.case import Case, Table
from hub.cases.context import Context, Decision, Draft, called_by, check_is_there, seen_by
from hub.cases.evolve import fold
from hub.cases.folds.tables import SAYING
from hub.cases.parts import known, roles_on
from hub.cases.states import ACTION, SEAT, Step, after
from hub.cases.table_stand import table_stand
from hub.cases.terms import is_shortened, met, running_once, started
from hub.errors import Code, Rejection
from hub.ids import Oin, ReportId, TableId


def decide(case: Case, command: c.OfTables, ctx: Context) -> Decision:
    match command:
        case c.OpenTable():
            return open_table(case, command, ctx)
        case c.Contribute():
            return contribute(case, command, ctx)
        case c.Agree():
            return agree(case, command, ctx)
        case c.AcceptAction():
            return accept_action(case, command, ctx)
    assert_never(command)


def open_table(case: Case, command: c.OpenTable, ctx: Context) -> Decision:
    """Who answers for the family, or for an open report of its own, invites others, with an answer-by: for OM, the
    custody clock."""
    if not seen_by(case, ctx).puts_table:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), "by the triage, the holder or a reporter")
    if command.table in case.numbers():
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overleg",), "number used before on this case")
    for index, oin in enumerate(command.participants):
        check_is_there(oin, f"/data/deelnemers/{index}", ctx)
        if oin == ctx.sender or not ctx.connected(oin) or oin in command.participants[:index]:
            raise Rejection(Code.SCHEMA_INVALID, (f"/data/deelnemers/{index}",), "chair, no partner, or named twice")
    if ctx.has_passed(command.decision_by):
        raise Rejection(Code.SCHEMA_INVALID, ("/data/besluitVoor",), "it has passed already")
    if ctx.has_passed(command.answer_by):
        raise Rejection(Code.SCHEMA_INVALID, ("/data/antwoordVoor",), "it has passed already")
    term = started(ctx, CONTRIBUTION, command.table, until=command.answer_by)
    # Who takes part in the case already sits as it does there.
    seats = {oin: ctx.role_of(oin, (*roles_on(case, oin), *command.roles)) for oin in command.participants}
    roles = known(seats | {ctx.sender: ctx.role})
    custody = _custody(command, ctx)
    opened = e.TableOpened(
        ctx.now,
        command.table,
        command.kind,
        ctx.sender,
        command.participants,
        term.due,
        roles,
        tuple(_ties(case, command.participants, ctx)),
        custody,
    )
    put = met(case, ctx, MDA_TABLE, case.id) if command.kind is TableKind.MDA else ()
    shortened, cut = is_shortened(term, command.answer_by), custody != command.decision_by
    until, decision = term.due if shortened else None, custody if cut else None
    invited = n.PassOn(about=command.table, answer_by=until, decision_by=decision, of=Passed.TABLE)
    return Decision(
        (opened, term, started(ctx, TABLE_SILENCE, command.table), *put),
        tuple((oin, invited) for oin in command.participants),
        called_by(case, ctx),
        shortened=shortened or cut,
    )


def put_anew(case: Case, command: c.OpenTable, ctx: Context) -> Decision:
    """On a closed case, by a reporter, which may not know that it is, and whose custody clock runs all the same.

    Its report goes into a case of its own, which the triage holds, and hears of; the table is put there.
    """
    open_table(case, command, ctx)
    report = case.report_called(ctx.sender, called_by(case, ctx))
    assert report is not None, "nobody else may put a table, and not know how the case is"
    own, left = apart.put_anew(case, report, ctx)
    there = open_table(own, command, ctx)
    assert left.opens is not None
    opens = Decision((*left.opens.events, *there.events), (*left.opens.drafts, *there.drafts))
    return Decision(left.events, (), there.reference, opens, shortened=there.shortened)


def contribute(case: Case, command: c.Contribute, ctx: Context) -> Decision:
    """What an invited party knows, does not know, or why it does not take part; also after the deadline."""
    table = _table(case, command.table, ctx)
    seat = table.seats.get(ctx.sender)
    if seat is None or after(SEAT, seat, SAYING[command.contribution]) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/antwoord",), "not invited, or said already")
    given = e.ContributionGiven(ctx.now, table.id, ctx.sender, command.contribution)
    complete = met(case, ctx, CONTRIBUTION, table.id) if table.silent() in ((), (ctx.sender,)) else ()
    return _told(case, table, (given, *complete), ctx)


def agree(case: Case, command: c.Agree, ctx: Context) -> Decision:
    """The chair writes down the actions; each is chased until its party says yes. To its own the chair does by this."""
    table = _table(case, command.table, ctx)
    if ctx.sender != table.chair:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overleg",), "only the chair")
    used = case.numbers()
    for index, action in enumerate(command.actions):
        at_table = action.responsible == table.chair or action.responsible in table.seats
        if not at_table or action.id in used:
            raise Rejection(Code.SCHEMA_INVALID, (f"/data/afspraken/{index}",), "not at the table, or id used before")
        used.add(action.id)
    events = tuple(event for action in command.actions for event in _agreed(table, action, ctx))
    return _told(case, table, events, ctx)


def accept_action(case: Case, command: c.AcceptAction, ctx: Context) -> Decision:
    """The one responsible party takes the action on."""
    table = _table(case, command.table, ctx)
    action = table.actions.get(command.action)
    if action is None or action.responsible != ctx.sender or after(ACTION, action.state, Step.ACCEPT_ACTION) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/afspraak",), Step.ACCEPT_ACTION.value)
    accepted = e.ActionAccepted(ctx.now, table.id, action.id, ctx.sender)
    return _told(case, table, (accepted, *met(case, ctx, ACTION_ANSWER, action.id)), ctx)


def _custody(command: c.OpenTable, ctx: Context) -> datetime | None:
    """When the custody clock ends: as far off as a party may set the end of a contribution."""
    until = command.decision_by
    return started(ctx, CONTRIBUTION, command.table, until=until).due if until is not None else None


def _ties(case: Case, participants: Iterable[Oin], ctx: Context) -> Iterator[tuple[Oin, ReportId]]:
    """Who is at it by a report of its own: the chair by that whose name it used, a participant by that it hears under.

    Everybody else is at it by the case.
    """
    if ctx.called is not None and ctx.called in case.reports:
        yield ctx.sender, ReportId(ctx.called)
    yield from case.by_report_only(participants)


def _table(case: Case, id_: TableId, ctx: Context) -> Table:
    table = case.tables.get(id_)
    if table is None or (ctx.sender != table.chair and ctx.sender not in table.seats):
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overleg",), "no such table for this sender")
    if table.ended:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overleg",), "it is over")
    return table


def _agreed(table: Table, action: c.AgreedAction, ctx: Context) -> Iterator[e.Event]:
    yield e.ActionAgreed(ctx.now, table.id, action.id, action.responsible, action.by)
    if action.responsible == table.chair:
        yield e.ActionAccepted(ctx.now, table.id, action.id, table.chair)
    else:
        yield started(ctx, ACTION_ANSWER, action.id)


def _told(case: Case, table: Table, events: tuple[e.Event, ...], ctx: Context) -> Decision:
    """Everybody else at the table hears it; the chair also sees how the table stands after it.

    Of a table of a version before, from here it counts how long nothing is said.
    """
    events = (*events, *running_once(case, ctx, TABLE_SILENCE, table.id))
    after_it = fold(case, events)
    assert after_it is not None
    drafts: tuple[Draft, ...] = tuple(
        (oin, n.PassOn(about=table.id, of=Passed.TABLE)) for oin in table.others(ctx.sender)
    )
    stand = (table.chair, table_stand(after_it.tables[table.id], ctx.clock))
    return Decision(events, (*drafts, stand), called_by(case, ctx))
