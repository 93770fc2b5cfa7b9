"""The same reporter's dialogue in a town where nothing else happens, and in one where much does.

Both go by the same clock, and the triage does the same with this reporter's reports. Whatever the reporter receives is
written down as it would read it: ids by which it cannot know anything, as the number of its report.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical.codes import Lane, Outcome, RadarWithdrawal
from hub.canonical.partners import Contact
from hub.cases.case import Case, TermOnCase
from hub.cases.context import Context, Radar
from hub.cases.decide import decide
from hub.cases.events import CaseOpened
from hub.cases.states import CaseState
from hub.cases.terms import lane_of
from hub.errors import Rejection
from hub.ids import CaseId, Oin, ReportId
from tests.unit.cases.builders import DESKS, HUB, MONDAY, VT, a_context, an_oin, counted_ids, happened
from tests.unit.cases.test_decide import ON_A_CASE

SCHOOL = an_oin(60)
"""The reporter whose dialogue it is; it may hear of nobody."""


@dataclass
class Town:
    """What happens in it; `heard`: all that the reporter received, with when."""

    now: datetime = MONDAY
    cases: dict[CaseId, Case] = field(default_factory=dict)
    children: dict[ReportId, int] = field(default_factory=dict)
    own: list[ReportId] = field(default_factory=list)
    heard: list[tuple[datetime, Any]] = field(default_factory=list)
    fresh: Callable[[], UUID] = field(default_factory=counted_ids)

    # What anyone may send

    def report(
        self, sender: Oin, child: int, lane: Lane = Lane.ROUTINE, named: ReportId | None = None
    ) -> ReportId | None:
        """On the open case that it names, or on the only open one about this child; else on a case of its own."""
        case = self.on(named) if named is not None else self._about(child)
        reference = self._send(case, sender, c.Report(None), lane, named)
        if isinstance(reference, UUID):
            self.children[ReportId(reference)] = child
            return ReportId(reference)
        return None

    def say(self, sender: Oin, report: ReportId, command: c.CaseCommand, named: UUID | None = None) -> None:
        """On the case that this report is on; by the name that the sender uses."""
        self._send(self.on(report), sender, command, Lane.ROUTINE, named or report)

    def on(self, report: ReportId | None) -> Case | None:
        return next((one for one in self.cases.values() if report in {own.id for own in one.own_reports()}), None)

    # Time

    def until(self, moment: datetime) -> None:
        """Everything that is due on the way happens at its own moment."""
        while (due := self._due(moment)) is not None:
            case, term = due
            self.now = max(self.now, term.fires_at())
            command = c.TermReached(term.name, term.about)
            ctx = self._context(HUB, case, lane_of(case, command.about), None)
            self._takes(case, decide(case, command, ctx), ctx)
        self.now = moment

    def _due(self, moment: datetime) -> tuple[Case, TermOnCase] | None:
        due = ((case, one) for case in self.cases.values() for one in case.running() if one.fires_at() <= moment)
        return min(due, key=lambda one: one[1].fires_at(), default=None)

    # Deciding

    def _about(self, child: int) -> Case | None:
        mine = [self.on(report) for report, whom in self.children.items() if whom == child]
        open_ones = {one.id: one for one in mine if one is not None and one.state is CaseState.OPEN}
        return next(iter(open_ones.values())) if len(open_ones) == 1 else None

    def _send(
        self, case: Case | None, sender: Oin, command: c.CaseCommand, lane: Lane, named: UUID | None
    ) -> UUID | None:
        ctx = self._context(sender, case, lane, named)
        try:
            decision = decide(case, command, ctx)
        except Rejection as refused:
            self._told(sender, (refused.reason, refused.fields))
            return None
        if isinstance(command, c.Report) and sender == SCHOOL and decision.reference is not None:
            self.own.append(ReportId(decision.reference))
        self._told(sender, ("receipt", decision.reference))
        self._takes(case, decision, ctx)
        return decision.reference

    def _takes(self, case: Case | None, decision: Any, ctx: Context) -> None:
        opens = any(isinstance(event, CaseOpened) for event in decision.events)
        played = happened(None if opens else case, decision, ctx, sending=self.fresh)
        self.cases[CaseId(played.case.id)] = played.case
        for notice in played.notices:
            self._told(notice.to, notice)
        if decision.opens is not None:
            self._takes(None, decision.opens, ctx)

    def _told(self, to: Oin, what: Any) -> None:
        if to == SCHOOL:
            self.heard.append((self.now, self._as_read(what)))

    def _as_read(self, value: Any) -> Any:
        if isinstance(value, UUID):
            return f"report {self.own.index(ReportId(value))}" if value in self.own else "an id that is not its own"
        if is_dataclass(value):
            named = ((one.name, getattr(value, one.name)) for one in fields(value))
            return type(value).__name__, {name: self._as_read(one) for name, one in named}
        return tuple(map(self._as_read, value)) if isinstance(value, tuple) else value

    def _context(self, sender: Oin, case: Case | None, lane: Lane, named: UUID | None) -> Context:
        now = case.next_at(self.now) if case is not None else self.now
        ctx = a_context(sender, now=now, clock=self.now, lane=lane, new_id=self.fresh, radar=Radar())
        return replace(
            ctx, triage=VT, region=DESKS[VT], called=named, contact=lambda oin, round_: Contact(f"{oin} {round_}", "")
        )


# What the reporter says, and the triage of its reports; the same in both towns


def dialogue(town: Town, move: tuple[str, int, int]) -> None:
    what, one, other = move
    report = town.own[one % len(town.own)] if town.own else None
    if what == "report" or report is None:
        lane = Lane.ACUTE if other % 3 == 0 else Lane.ROUTINE
        town.report(SCHOOL, one % 5 // 4, lane, report if other % 2 else None)
    elif what == "time":
        town.until(town.now + (timedelta(minutes=16), timedelta(hours=3), timedelta(days=9))[other % 3])
    elif what == "triage":
        _triage(town, report, other)
    else:
        town.say(SCHOOL, report, _says(report, other))


def _triage(town: Town, report: ReportId, which: int) -> None:
    case = town.on(report)
    assert case is not None
    outcomes = (Outcome.RESEARCH, Outcome.NO_FOLLOW_UP, Outcome.HANDOVER)
    acts: tuple[c.CaseCommand, ...] = (
        c.Delivered(report),
        c.Record(report),
        *(c.Assess(report, outcome, None) for outcome in outcomes),
        c.ConcludeResearch(()),
    )
    town.say(case.triage, report, acts[which % len(acts)], case.id)


def _says(report: ReportId, which: int) -> c.CaseCommand:
    """What it has to say, and, one time in two, what it may not."""
    mine = (c.AskStand(), c.Update(None), c.WithdrawFromRadar(report, RadarWithdrawal.RISK_GONE))
    every = (*mine * 8, *(one for one in ON_A_CASE if not isinstance(one, c.OpenTable | c.OfTheHub)))
    return every[which % len(every)]
