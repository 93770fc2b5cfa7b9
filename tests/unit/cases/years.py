"""A few years of many cases, with a clock that jumps to whatever comes next: a step of somebody, or a moment of a term.

Every moment that was ever set stays in the queue, as a timer does that another worker has taken too; at each the core
is asked once just before it, once at it, and once more at it. What it said is written down for the tests to judge.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical.codes import Contribution, Lane, MonitoringResult, Outcome, ResearchOutcome, TableKind
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.decide import decide
from hub.cases.evolve import fold
from hub.errors import Rejection
from hub.ids import ActionId, HandoverId, Oin, QuestionId, ReportId, TableId
from tests.unit.cases.builders import HUB, OM, POLICE, RVDK, TEAM_A, VT, a_context, counted_ids, play

Key = tuple[int, str, UUID, int]
"""A run of a term: case, name, what it is about, and which run of that, from 1."""
Does = Callable[[Case], tuple[Oin, c.CaseCommand] | None]
"""A step that somebody takes when its time has come, if there is anything to do."""
TOO_MANY = 100_000


@dataclass(frozen=True)
class Fired:
    """A moment that came: when it was set for, when the core was asked, and what it said before, at, and after."""

    run: Key
    at: datetime
    now: datetime
    before: tuple[e.Event, ...]
    events: tuple[e.Event, ...]
    again: tuple[e.Event, ...]
    next: datetime | None


@dataclass
class Years:
    """See the module. `standstill`: how long the hub was away before each moment it fires, from a source of chance."""

    end: datetime
    standstill: Callable[[], timedelta] = lambda: timedelta(0)
    cases: list[Case] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    started: dict[Key, e.TermStarted] = field(default_factory=dict)
    over: dict[Key, datetime] = field(default_factory=dict)
    _runs: Counter[tuple[int, str, UUID]] = field(default_factory=Counter)
    _queue: list[tuple[datetime, int, int, Does | tuple[str, UUID]]] = field(default_factory=list)
    _order: Iterable[int] = field(default_factory=count)
    _fresh: Callable[[], UUID] = field(default_factory=counted_ids)

    def add(self, start: datetime, lane: Lane, plan: Iterable[tuple[timedelta, Does]]) -> None:
        """A report at `start`, and what is done on its case so long after."""
        number = len(self.cases)
        played = play(None, c.Report(None), a_context(POLICE, now=start, lane=lane, new_id=self._fresh))
        self.cases.append(played.case)
        self._note(number, played.decision.events)
        for after, does in plan:
            self._push(start + after, number, does)

    def run(self) -> "Years":
        now = min(at for at, *_ in self._queue)
        while self._queue and self._queue[0][0] <= self.end:
            at, _, number, what = heappop(self._queue)
            now = max(now, at)
            if callable(what):
                self._do(number, what, now)
            else:
                now = max(now, at + self.standstill())
                self._fire(number, *what, at, now)
            assert len(self.fired) < TOO_MANY, "a term fires without end"
        return self

    def _do(self, number: int, does: Does, now: datetime) -> None:
        asked = does(self.cases[number])
        if asked is None:
            return
        sender, command = asked
        ctx = a_context(sender, now=now, new_id=self._fresh)
        try:
            played = play(self.cases[number], command, ctx, sending=self._fresh)
        except Rejection:
            return
        self.cases[number] = played.case
        self._note(number, played.decision.events)

    def _fire(self, number: int, name: str, about: UUID, at: datetime, now: datetime) -> None:
        def asked(moment: datetime) -> tuple[e.Event, ...]:
            return decide(self.cases[number], c.TermReached(name, about), a_context(HUB, now=moment)).events

        run = (number, name, about, self._runs[number, name, about])
        before, events = asked(at - timedelta(seconds=1)) if now == at else (), asked(now)
        self.cases[number] = self._after(number, events)
        term = self.cases[number].term(name, about)
        ahead = term.fires_at() if term and not term.met else None
        self.fired.append(Fired(run, at, now, before, events, asked(now), ahead))
        self._note(number, events)

    def _after(self, number: int, events: tuple[e.Event, ...]) -> Case:
        after = fold(self.cases[number], events)
        assert after is not None
        return after

    def _note(self, number: int, events: Iterable[e.Event]) -> None:
        for event in events:
            if isinstance(event, e.TermStarted):
                self._runs[number, event.name, event.about] += 1
            if not isinstance(event, e.TermStarted | e.TermReminded | e.TermEscalated | e.TermMet | e.TermEnded):
                continue
            run = (number, event.name, event.about, self._runs[number, event.name, event.about])
            if isinstance(event, e.TermMet | e.TermEnded):
                self.over[run] = event.at
                continue
            if isinstance(event, e.TermStarted):
                self.started[run] = event
            self._push(event.next or event.at, number, (event.name, event.about))

    def _push(self, at: datetime, number: int, what: Does | tuple[str, UUID]) -> None:
        heappush(self._queue, (at, next(iter(self._order)), number, what))


def a_plan(chance: Random, fresh: Callable[[], UUID]) -> list[tuple[timedelta, Does]]:
    """What is done on one case, and how late; most of it some time, some of it never."""
    offer, back, table = HandoverId(fresh()), HandoverId(fresh()), TableId(fresh())
    action, question = ActionId(fresh()), QuestionId(fresh())

    def first(case: Case) -> ReportId:
        return next(iter(case.reports))

    def yes(id_: HandoverId, oin: Oin) -> Does:
        def does(case: Case) -> tuple[Oin, c.CaseCommand] | None:
            found = case.handovers.get(id_)
            return (oin, c.Accept(id_, found.candidates[oin].offer_hash or "")) if found else None

        return does

    def by(oin: Oin, command: c.CaseCommand) -> Does:
        return lambda _case: (oin, command)

    outcome = chance.choice((Outcome.RESEARCH, Outcome.HANDOVER, Outcome.HANDOVER))
    steps: list[tuple[float, float, Does]] = [
        # odds, at most so many days after the report, what
        (1.0, 0.2, lambda case: (VT, c.Delivered(first(case)))),
        (1.0, 2, lambda case: (VT, c.Record(first(case)))),
        (0.8, 40, lambda case: (VT, c.Assess(first(case), outcome, None, mda=chance.random() < 0.3))),
        (0.5, 300, by(VT, c.ConcludeResearch((ResearchOutcome.CHILD_ABUSE_CONFIRMED,)))),
        (0.7, 60, by(VT, c.Offer(offer, (TEAM_A, RVDK), None))),
        (0.4, 80, by(TEAM_A, c.AskMore(offer))),
        (0.6, 120, by(VT, c.GiveMore(offer, full=False))),
        (0.7, 200, yes(offer, TEAM_A)),
        (0.5, 100, by(VT, c.OpenTable(table, chance.choice((*TableKind,)), (OM, RVDK), None))),
        (0.8, 160, by(OM, c.Contribute(table, Contribution.KNOWN))),
        (0.8, 160, by(RVDK, c.Contribute(table, Contribution.NOTHING_KNOWN))),
        (0.6, 130, by(VT, c.Agree(table, (c.AgreedAction(action, OM, None),)))),
        (0.7, 260, by(OM, c.AcceptAction(table, action))),
        (0.6, 500, by(VT, c.AskMonitoring(question, None))),
        (0.7, 600, by(TEAM_A, c.AnswerMonitoring(question, MonitoringResult.SAFE))),
        (0.3, 700, by(RVDK, c.Report(None))),
        (0.3, 800, by(TEAM_A, c.Offer(back, (VT,), None))),
        (0.9, 850, yes(back, VT)),
        (0.3, 900, by(VT, c.Close("afgerond"))),
    ]
    return [(timedelta(days=chance.uniform(0, days)), does) for odds, days, does in steps if chance.random() < odds]
