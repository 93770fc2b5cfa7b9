"""A hub in memory for the machine of `test_holder.py`: it decides as the lanes do, and compares with the model."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane, MatchGround
from hub.cases import events as e
from hub.cases.case import Case, Link
from hub.cases.coincidences import mirrored
from hub.cases.context import Context, Radar
from hub.cases.decide import decide
from hub.cases.evolve import fold
from hub.cases.succession import successions
from hub.cases.terms import lane_of
from hub.errors import Code, Rejection
from hub.ids import CaseId, CoincidenceId, MessageId, Oin, ReportId, TableId
from tests.unit.cases import checks
from tests.unit.cases.builders import (
    DESKS,
    HUB,
    MONDAY,
    RETIRED,
    VT,
    VT_ELSEWHERE,
    Played,
    a_context,
    counted_ids,
    happened,
    play,
)
from tests.unit.cases.model import Model, ModelReport
from tests.unit.cases.model_apart import Leaving, alone, leave, leaving, own_case, withdrawn
from tests.unit.cases.model_heard import Heard, heard, may_hear_of, of_radar, of_report

BSN = (MatchGround.BSN,)


@dataclass
class World:
    """One case as the hub knows it, as its stored events, and as the model has it."""

    case: Case
    model: Model
    events: list[e.Event] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    """A message on its way.

    Attributes:
        correlation: what its sender calls the case.
        has_full: whether the full part is still held when it comes.
        joins: the case that the radar finds for a report that names none.
        hits: what the radar finds beside it.
    """

    sender: Oin
    command: c.CaseCommand
    correlation: UUID | None
    lane: Lane = Lane.ROUTINE
    tell: tuple[Oin, ...] = ()
    has_full: bool = True
    joins: CaseId | None = None
    hits: tuple[ReportId, ...] = ()


@dataclass
class SmallHub:
    worlds: list[World] = field(default_factory=list)
    now: datetime = MONDAY
    desk: Oin = VT
    ended: set[Oin] = field(default_factory=lambda: {RETIRED})
    successor: dict[Oin, Oin] = field(default_factory=dict)
    touched: list[World] = field(default_factory=list)
    numbers: Callable[[], UUID] = field(default_factory=counted_ids)

    def fresh(self) -> UUID:
        return self.numbers()

    def now_is(self, oin: Oin) -> Oin:
        """By a merger, or by a merger of what it had merged into."""
        while oin in self.successor:
            oin = self.successor[oin]
        return oin

    # Time, and organisations that end

    def pass_time(self, by: timedelta) -> None:
        """The hub comes back after so long, and whatever is due fires once."""
        self.now += by
        for world in self.worlds:
            for term in list(world.case.running()):
                if term.fires_at() <= self.now:
                    self._fire(world, c.TermReached(term.name, term.about))

    def clock_goes_back(self, by: timedelta) -> None:
        """The clock, not the time: what has happened has happened."""
        self.now -= by

    def merge(self, former: Oin, successor: Oin) -> None:
        self.ended.add(former)
        self.successor[former] = successor
        self.desk = successor if self.desk == former else self.desk
        for world in self.worlds:
            self._succeeded(world, former, successor)

    def _succeeded(self, world: World, former: Oin, successor: Oin) -> None:
        events = successions(world.case, {former: successor}.get, world.case.next_at(self.now))
        after = fold(world.case, events)
        assert after is not None
        assert successions(after, {former: successor}.get, self.now) == (), "asked twice, it happens once"
        moved = world.case.holder not in (None, after.holder)
        assert not moved or (world.case.holder, after.holder) == (former, successor), "the same party by law"
        world.case = after
        world.events += events
        world.model.succeed(former, successor)
        self.touched.append(world)

    def _fire(self, world: World, command: c.TermReached) -> None:
        ctx = self._context(HUB, world.case, lane_of(world.case, command.about))
        held, before = world.case.holder, world.case
        played = play(before, command, ctx, sending=self.fresh)
        assert played.decision.events, "it was due"
        assert (played.case.holder, played.case.handovers) == (held, before.handovers), "a passed term moves nothing"
        assert decide(played.case, command, ctx).events == (), "asked twice, it fires once"
        for event in played.events:
            if isinstance(event, e.TableEnded):
                self._ends(world.model, event.table)
        self._takes(world, played)
        checks.alarms_go_to_who_may_hear_them(world.model, played)
        checks.who_goes_on_watching_hears_the_alarm(world.model, command.about, self.ended, played)
        checks.notices_are_named_and_numbered(world.model, self.now, played)

    def _ends(self, model: Model, id_: TableId) -> None:
        table = model.beside.tables[id_]
        assert not table.ended
        assert not table.silent(), "somebody is awaited"
        assert table.accepted | table.over >= table.actions.keys()
        table.ended = True

    # Messages

    def send(self, sent: Sent) -> None:
        world = self._named(sent)
        if world is None and not isinstance(sent.command, c.Report):
            refusals = {Code.CASE_UNKNOWN}
        else:
            name = sent.correlation
            refusals = world.model.refusals(sent.sender, sent.command, self.now, self.ended, name) if world else set()
        case = world.case if world else None
        ctx = self._context(sent.sender, case, sent.lane, sent)
        before = deepcopy(case)
        if refusals:
            with pytest.raises(Rejection) as refused:
                decide(case, sent.command, ctx)
            assert refused.value.reason in refusals
            assert refused.value.fields
        elif isinstance(sent.command, c.Report):
            self._reported(world, sent, ctx)
        elif isinstance(sent.command, c.OpenTable) and world is not None and not world.model.open:
            self._put_anew(world, sent, ctx)
        else:
            assert world is not None
            self._stepped(world, sent, ctx)
        assert case == before, "what is decided is a new case; a refusal changes nothing"

    def _named(self, sent: Sent) -> World | None:
        """The case that the message names, or that the radar joins a report to."""
        named = None
        for one in self.worlds if sent.correlation is not None else ():
            may = sent.correlation in one.model.names(sent.sender)
            assert one.case.may_call_it(sent.sender, sent.correlation) == may
            over = isinstance(sent.command, c.Report) and one.model.is_over(sent.sender, sent.correlation)
            named = one if may and not over else named
        joined = next((one for one in self.worlds if one.model.id == sent.joins and one.model.takes_reports()), None)
        return named or joined

    def _stepped(self, world: World, sent: Sent, ctx: Context) -> None:
        model, acute = world.model, sent.lane is Lane.ACUTE
        expected = heard(model, sent.sender, sent.command, tell=sent.tell, acute=acute, has_full=sent.has_full)
        moves, splits = model.moves(sent.command), model.splits(sent.command)
        left = None if splits is None else leaving(model, splits, advice=isinstance(sent.command, c.Assess))
        told_here = left.told_here() if left else {}
        own = None if left is None else own_case(left, CaseId(UUID(int=0)), advice=isinstance(sent.command, c.Assess))
        early = splits is not None and not model.reports[splits].recorded
        there = left.heard_there() if left else Counter[tuple[Oin, type]]()
        played = play(world.case, sent.command, ctx, sending=self.fresh)
        model.apply(sent.sender, sent.command, acute=acute, has_full=sent.has_full, named=sent.correlation)
        if left is not None:
            leave(left)
            expected = self._left_behind(left, told_here, played)
        moved = [event for event in played.events if isinstance(event, e.HolderMoved)]
        assert len(moved) == moves, "a move is a fact of its own"
        self._takes(world, played)
        self._told(model, played, expected)
        if left is not None and own is not None:
            other = {left.reporter} - {model.triage}
            recorded = Counter({(oin, n.RecordedFor): 1 for oin in other} if early else {})
            self._apart(sent, left, own, played, ctx, recorded + there)

    def _left_behind(
        self, left: Leaving, told: dict[CoincidenceId, set[Oin]], played: Played
    ) -> Counter[tuple[Oin, type]]:
        """What is heard on the case that it left, by who is a party still."""
        (event,) = (event for event in played.events if isinstance(event, e.ReportDetached))
        parties = (oin for oins in told.values() for oin in oins if left.model.names(oin))
        return left.heard_here() + Counter((oin, n.Changed) for oin in parties) + withdrawn(left.model, event.over)

    def _apart(
        self,
        sent: Sent,
        left: Leaving,
        own: Model,
        old: Played,
        ctx: Context,
        expected: Counter[tuple[Oin, type]],
    ) -> None:
        assert old.decision.opens is not None
        played = happened(None, old.decision.opens, ctx, sending=self.fresh)
        own.id = played.case.id
        fresh = World(played.case, own)
        if isinstance(sent.command, c.Assess):
            acute = sent.lane is Lane.ACUTE
            expected = expected + heard(own, sent.sender, sent.command, tell=(), acute=acute, has_full=sent.has_full)
            own.apply(sent.sender, sent.command, acute=acute, has_full=sent.has_full)
        self.worlds.append(fresh)
        self._takes(fresh, played)
        self._told(own, played, expected)

    def _put_anew(self, world: World, sent: Sent, ctx: Context) -> None:
        """A reporter's table on a closed case: its report goes on in a case of its own, with nothing but the table."""
        left = alone(world.model, ReportId(sent.correlation or UUID(int=0)))
        own = own_case(left, CaseId(UUID(int=0)), advice=True)
        old = play(world.case, sent.command, ctx, sending=self.fresh)
        assert ([type(event) for event in old.events], old.notices) == ([e.ReportDetached], ())
        assert old.decision.opens is not None
        played = happened(None, old.decision.opens, ctx, sending=self.fresh)
        leave(left)
        own.id = CaseId(played.case.id)
        expected = heard(own, sent.sender, sent.command, tell=(), acute=False, has_full=False)
        own.apply(sent.sender, sent.command, acute=False, has_full=False, named=sent.correlation)
        self.worlds.append(fresh := World(played.case, own))
        self._takes(world, old)
        self._takes(fresh, played)
        self._told(own, played, expected + Counter({(own.triage, n.Changed): 1}))

    def _reported(self, world: World | None, sent: Sent, ctx: Context) -> None:
        """A report joins an open case and moves nothing; else it opens one, which its reporter holds."""
        joined = world if world is not None and world.model.takes_reports() else None
        played = play(world.case if world else None, sent.command, ctx, sending=self.fresh)
        assert not any(isinstance(event, e.HolderMoved) for event in played.events)
        if joined is None:
            assert played.case.linked == (world.case.id if world else ctx.radar.continues)
            assert played.case.id not in {one.case.id for one in self.worlds}
            model = Model(CaseId(played.case.id), self.desk, sent.sender, held={sent.sender})
            self.worlds.append(target := World(played.case, model))
        else:
            target = joined
        report = ReportId(played.decision.reference or UUID(int=0))
        reporters = self._reporters(sent.hits)
        hears = of_radar(
            target.model.triage,
            sent.sender,
            reporters.values(),
            [oin for id_, oin in reporters.items() if id_ in target.model.own()],
            ctx.radar.elsewhere,
        )
        target.model.reports[report] = ModelReport(sent.sender, opener=joined is None, desk=self.desk)
        self._takes(target, played)
        found = {event.coincidence for event in played.events if isinstance(event, e.CoincidenceFound)}
        target.model.beside.told |= {id_: set(hears) - {ctx.radar.elsewhere} for id_ in found}
        others = set(reporters.values()) - {sent.sender}
        target.model.beside.between |= dict.fromkeys(found, (report, others))
        hits = {id_ for id_, oin in reporters.items() if oin != sent.sender}
        target.model.beside.others |= {id_: set(hits) for id_ in found}
        expected = of_report(target.model, sent.sender, sent.tell, acute=sent.lane is Lane.ACUTE)
        self._told(target.model, played, expected + Counter((oin, n.Coincidence) for oin in hears))
        _says_who_and_no_more(played, hears)
        self._mirrored(target, report, sent, ctx)

    def _mirrored(self, mine: World, report: ReportId, sent: Sent, ctx: Context) -> None:
        hit = n.Hit(sent.sender, report, BSN, sure=True)
        for other in [one for one in self.worlds if one is not mine and set(one.model.own()) & set(sent.hits)]:
            there = replace(ctx, now=other.case.next_at(self.now))
            played = happened(
                other.case,
                mirrored(other.case, mine.model.id, hit, mine.model.triage, there),
                there,
                sending=self.fresh,
            )
            reporters = [one.reporter for id_, one in other.model.own().items() if id_ in sent.hits]
            hears = {oin for oin in reporters if oin != sent.sender and may_hear_of(oin, sent.sender)}
            hears -= {other.model.triage}
            hears |= {other.model.triage} - {mine.model.triage}
            found = {event.coincidence for event in played.events if isinstance(event, e.CoincidenceFound)}
            other.model.beside.told |= {id_: set(hears) for id_ in found}
            for event in played.events:
                if isinstance(event, e.CoincidenceFound):
                    other.model.beside.between[event.coincidence] = (event.report, {sent.sender})
                    other.model.beside.others[event.coincidence] = {report}
            self._takes(other, played)
            self._told(other.model, played, Counter((oin, n.Coincidence) for oin in hears))

    def _takes(self, world: World, played: Played) -> None:
        world.case = played.case
        world.events += played.events
        self.touched.append(world)

    def _told(self, model: Model, played: Played, expected: Heard) -> None:
        assert Counter((notice.to, type(notice.body)) for notice in played.notices) == expected
        checks.notices_are_named_and_numbered(model, self.now, played)

    # Circumstances

    def _reporters(self, hits: tuple[ReportId, ...]) -> dict[ReportId, Oin]:
        own = {id_: one.reporter for world in self.worlds for id_, one in world.model.own().items()}
        return {id_: own[id_] for id_ in hits}

    def _context(self, sender: Oin, case: Case | None, lane: Lane, sent: Sent | None = None) -> Context:
        ctx = a_context(
            sender,
            now=case.next_at(self.now) if case else self.now,
            clock=self.now,
            lane=lane,
            tell=sent.tell if sent else (),
            message=MessageId(self.fresh()),
            new_id=self.fresh,
            radar=self._radar(sent) if sent else Radar(pairs=may_hear_of),
            has_full=sent.has_full if sent else True,
        )
        ended = frozenset(self.ended)
        named = sent.correlation if sent else None
        route = {"triage": self.desk, "region": DESKS[self.desk], "called": named}
        return replace(ctx, connected=lambda oin: oin not in ended, **route)

    def _radar(self, sent: Sent) -> Radar:
        if not isinstance(sent.command, c.Report):
            return Radar(pairs=may_hear_of)
        target = self._named(sent)
        own = target.model if target and target.model.takes_reports() else None
        hits = tuple(n.Hit(oin, id_, BSN, sure=True) for id_, oin in self._reporters(sent.hits).items())
        others = [one.model for one in self.worlds if one.model is not own and set(one.model.own()) & set(sent.hits)]
        closed = next((one.model.id for one in self.worlds if one.model.id == sent.joins), None)
        return Radar(
            ground=MatchGround.BSN if own else None,
            continues=closed if own is None and sent.correlation is None else None,
            hits=hits,
            links=tuple(Link(one.id, BSN) for one in others),
            pairs=may_hear_of,
            elsewhere=VT_ELSEWHERE if own and own.triage == VT and VT_ELSEWHERE not in self.ended else None,
        )


def _says_who_and_no_more(played: Played, hears: dict[Oin, set[Oin]]) -> None:
    for notice in played.notices:
        if isinstance(notice.body, n.Coincidence):
            assert {hit.reporter for hit in notice.body.hits} == hears[notice.to]
