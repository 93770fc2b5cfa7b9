"""P3 and P4: exactly one holder, and only a signed yes moves it, whatever comes in and in whatever order.

The machine sends valid and invalid messages about a few cases and compares what the hub decides with `model.py`.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane, Outcome, RefusalReason, WithdrawalReason
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.decide import decide
from hub.cases.evolve import evolve, fold
from hub.errors import Code, Rejection
from hub.ids import HandoverId, MessageId, Oin, ReportId
from tests.unit.cases import checks
from tests.unit.cases.builders import (
    MONDAY,
    OM,
    POLICE,
    PROBATION,
    RETIRED,
    RVDK,
    STRANGER,
    TEAM_A,
    TEAM_B,
    VT,
    Played,
    a_context,
    counted_ids,
    hash_of,
    issued,
    play,
)
from tests.unit.cases.model import Asked, Model, ModelReport

PARTIES = (VT, POLICE, OM, RVDK, PROBATION, TEAM_A, TEAM_B, STRANGER)
parties = st.sampled_from(PARTIES)
lanes = st.sampled_from((Lane.ROUTINE, Lane.ROUTINE, Lane.ACUTE))
pick = st.integers(0, 7)
"""Which of what there is: counted back from the newest."""
proper = st.sampled_from((True, True, True, True, False))
"""Whether the sender is the one whose turn it is, and names the case as it should."""
reporters = st.sampled_from((POLICE, POLICE, OM, RVDK, PROBATION, TEAM_A))
candidates = st.lists(
    st.sampled_from((TEAM_A, TEAM_B, RVDK, POLICE, VT, TEAM_A, TEAM_B, RVDK, RETIRED)), min_size=1, max_size=3
)
told = st.lists(parties, max_size=2).map(tuple)


@dataclass
class World:
    """One case as the hub knows it, as its stored events, and as the model has it."""

    case: Case
    model: Model
    events: list[e.Event] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    sender: Oin
    command: c.CaseCommand
    correlation: UUID | None
    lane: Lane
    tell: tuple[Oin, ...]


class SightOnSafety(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.worlds: list[World] = []
        self.now = MONDAY
        self.fresh = counted_ids()
        self.last: Sent | None = None
        self.deliveries = 0

    # Messages: anybody, about anything, in any order

    @initialize(reporter=reporters, lane=lanes, steps=st.integers(0, 4), to=candidates)
    def a_beginning(self, reporter: Oin, lane: Lane, steps: int, to: list[Oin]) -> None:
        """A report, and the first few of: recorded, offered, accepted, offered on; so that the rest starts deep too."""
        self.send(Sent(reporter, c.Report(None), None, lane, ()))
        if steps > 0:
            self.record(0, 0, True, VT)
        if steps > 1:
            self.offer(0, True, VT, to, lane, True, None)
        if steps > 2:
            self.accept(0, 0, True, VT, 0)
        if steps > 3:
            self.offer(0, True, VT, to, lane, True, None)

    @precondition(lambda self: len(self.worlds[-1].model.reports) < 4)
    @rule(which=pick, sender=reporters, turn=proper, lane=lanes, tell=told)
    def report(self, which: int, sender: Oin, turn: bool, lane: Lane, tell: tuple[Oin, ...]) -> None:
        world = self.world(which)
        first = next(iter(world.model.reports.values())).reporter
        sender = first if turn else sender
        self.send(Sent(sender, c.Report(None), self.name(world, sender, turn), lane, tell))

    @rule(which=pick, report=pick, turn=proper, sender=parties)
    def record(self, which: int, report: int, turn: bool, sender: Oin) -> None:
        world = self.world(which)
        self.from_triage(world, c.Record(self.a_report(world, report)), turn, sender)

    @rule(
        which=pick, report=pick, turn=proper, sender=parties, lane=lanes, outcome=st.sampled_from(Outcome), used=proper
    )
    def assess(
        self, which: int, report: int, turn: bool, sender: Oin, lane: Lane, outcome: Outcome, used: bool
    ) -> None:
        world = self.world(which)
        advice = outcome is Outcome.TURNED_INTO_ADVICE
        handover = self.handover(world, 0 if not used else None) if advice else None
        self.from_triage(world, c.Assess(self.a_report(world, report), outcome, handover), turn, sender, lane)

    @rule(which=pick, report=pick)
    def turn_into_advice(self, which: int, report: int) -> None:
        world = self.world(which)
        handover = self.handover(world, None)
        self.from_triage(world, c.Assess(self.a_report(world, report), Outcome.TURNED_INTO_ADVICE, handover), True, VT)

    @rule(which=pick, turn=proper, sender=parties, to=candidates, lane=lanes, used=proper, days=st.none() | pick)
    def offer(
        self, which: int, turn: bool, sender: Oin, to: list[Oin], lane: Lane, used: bool, days: int | None
    ) -> None:
        world = self.world(which)
        sender = world.model.holder if turn and world.model.holder else sender
        to = [oin for oin in dict.fromkeys(to) if oin not in (sender, RETIRED)] or [TEAM_B] if turn else to
        by = None if days is None else self.now + timedelta(days=days)
        command = c.Offer(self.handover(world, None if used else 0), tuple(to), by)
        self.send(Sent(sender, command, self.name(world, sender, True), lane, ()))

    @precondition(lambda self: any(one.model.offers for one in self.worlds))
    @rule(which=pick, offer=pick, turn=proper, sender=parties, age=st.sampled_from((0, 0, 0, 1, None)))
    def accept(self, which: int, offer: int, turn: bool, sender: Oin, age: int | None) -> None:
        world = self.asked(which)
        handover, candidate = self.an_answer(world, offer)
        sender = candidate if turn else sender
        self.send(self.yes(world, handover, sender, age))

    @precondition(lambda self: any(one.model.offers for one in self.worlds))
    @rule(which=pick, offer=pick, turn=proper, sender=parties, reason=st.sampled_from(RefusalReason))
    def refuse(self, which: int, offer: int, turn: bool, sender: Oin, reason: RefusalReason) -> None:
        world = self.asked(which)
        handover, candidate = self.an_answer(world, offer)
        sender = candidate if turn else sender
        command = c.Refuse(handover, reason, None)
        self.send(Sent(sender, command, self.name(world, sender, True), Lane.ROUTINE, ()))

    @precondition(lambda self: any(one.model.offers for one in self.worlds))
    @rule(which=pick, offer=pick, turn=proper, sender=parties)
    def withdraw(self, which: int, offer: int, turn: bool, sender: Oin) -> None:
        world = self.asked(which)
        handover, _ = self.an_answer(world, offer)
        known = world.model.offers.get(handover)
        self.send(self.taking_back(world, handover, known.giver if turn and known else sender))

    @precondition(lambda self: any(one.model.offers for one in self.worlds))
    @rule(which=pick, offer=pick, yes_first=st.booleans())
    def accept_crosses_withdraw(self, which: int, offer: int, yes_first: bool) -> None:
        world = self.asked(which)
        handover, candidate = self.an_answer(world, offer)
        crossing = [
            self.yes(world, handover, candidate, 0),
            self.taking_back(world, handover, world.model.offers[handover].giver),
        ]
        for sent in crossing if yes_first else reversed(crossing):
            self.send(sent)

    @rule(which=pick, turn=proper, sender=parties)
    def close(self, which: int, turn: bool, sender: Oin) -> None:
        self.from_triage(self.world(which), c.Close(), turn, sender)

    @rule(sender=parties, which=pick)
    def answer_to_nothing(self, sender: Oin, which: int) -> None:
        """A yes, a no or a withdrawal before there is an offer, or about another case's."""
        world, handover = self.world(which), HandoverId(self.fresh())
        for command in (
            c.Accept(handover, hash_of(handover)),
            c.Refuse(handover, RefusalReason.CAPACITY, None),
            c.Withdraw(handover, WithdrawalReason.BY_GIVER),
        ):
            self.send(Sent(sender, command, self.name(world, sender, True), Lane.ROUTINE, ()))

    @precondition(
        lambda self: len(self.worlds[-1].model.reports) > 1 or self.worlds[-1].model.holder in (TEAM_A, TEAM_B)
    )
    @rule(which=pick)
    def hand_back_and_close(self, which: int) -> None:
        world = self.world(which)
        for report in list(world.model.reports):
            self.from_triage(world, c.Assess(report, Outcome.NO_FOLLOW_UP, None), True, VT)
        holder = world.model.holder
        if holder not in (None, VT):
            handover = self.handover(world, None)
            correlation = self.name(world, holder, True)
            self.send(Sent(holder, c.Offer(handover, (VT, STRANGER), None), correlation, Lane.ROUTINE, ()))
            self.send(self.yes(world, handover, VT, 0))
        self.from_triage(world, c.Close(), True, VT)

    @rule(which=pick, sender=parties, turn=proper, tell=told)
    def update(self, which: int, sender: Oin, turn: bool, tell: tuple[Oin, ...]) -> None:
        world = self.world(which)
        self.send(Sent(sender, c.Update(None), self.name(world, sender, turn), Lane.ROUTINE, tell))

    @rule(which=pick, sender=parties, turn=proper)
    def ask(self, which: int, sender: Oin, turn: bool) -> None:
        world = self.world(which)
        self.send(Sent(sender, c.AskStand(), self.name(world, sender, turn), Lane.ROUTINE, ()))

    @precondition(lambda self: self.deliveries < 6)
    @rule(which=pick, report=pick)
    def delivered(self, which: int, report: int) -> None:
        world = self.world(which)
        self.deliveries += 1
        self.send(Sent(VT, c.Delivered(self.a_report(world, report)), world.case.id, Lane.ROUTINE, ()))

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_same_again(self) -> None:
        assert self.last is not None
        self.send(self.last)

    @precondition(lambda self: any(one.model.offers for one in self.worlds))
    @rule(which=pick, offer=pick)
    def the_hub_renews_an_offer(self, which: int, offer: int) -> None:
        """As after a supplement, or when an offer is issued again: there is a later hash to say yes to."""
        world = self.asked(which)
        handover, candidate = self.an_answer(world, offer)
        if (handover, candidate) not in world.model.open_offers():
            return
        notice = n.Notice(
            candidate, n.OfferMade(handover, self.now), world.case.id, world.model.told[candidate] + 1, None
        )
        event = issued(notice, MessageId(self.fresh()), self.now)
        world.case = evolve(world.case, event)
        world.events.append(event)
        world.model.told[candidate] += 1
        world.model.offers[handover].hashes[candidate].append(event.sha256)

    @rule(hours=st.sampled_from((1, 24, 24 * 30)))
    def silence(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    # Choosing

    def world(self, which: int) -> World:
        """Mostly one that is still open."""
        some = [one for one in self.worlds if one.model.open] if which < 7 else self.worlds
        some = some or self.worlds
        return some[-1 - which % len(some)]

    def asked(self, which: int) -> World:
        """One where somebody was asked to take over; mostly one where somebody still is."""
        some = [one for one in self.worlds if one.model.open_offers()] if which < 6 else []
        some = some or [one for one in self.worlds if one.model.offers]
        return some[-1 - which % len(some)]

    def name(self, world: World, sender: Oin | None, turn: bool) -> UUID:
        """What the sender calls the case; not its turn: by what only others may call it, or by nothing known."""
        mine = world.model.names(sender) if sender else set()
        if turn and mine:
            return world.case.id if world.case.id in mine else min(mine)
        others = {world.case.id, *world.model.reports} - mine
        return min(others) if others else self.fresh()

    def a_report(self, world: World, which: int) -> ReportId:
        reports = list(world.model.reports)
        return reports[-1 - which % len(reports)] if which < 7 else ReportId(self.fresh())

    def an_answer(self, world: World, which: int) -> Asked:
        """An offer and one asked for it: mostly an open one."""
        every = [(id_, oin) for id_, offer in world.model.offers.items() for oin in offer.answers]
        some = [one for one in every if one in world.model.open_offers()] if which < 6 else every
        some = some or every
        return some[-1 - which % len(some)]

    def handover(self, world: World, used: int | None) -> HandoverId:
        known = list(world.model.offers)
        return HandoverId(self.fresh()) if used is None or not known else known[used]

    def yes(self, world: World, handover: HandoverId, sender: Oin, age: int | None) -> Sent:
        """A yes to the latest offer, to the `age`-th before it, or to one that never was."""
        offer = world.model.offers.get(handover)
        hashes = offer.hashes.get(sender, []) if offer else []
        wrong = hash_of(self.fresh())
        hash_ = wrong if age is None or not hashes else hashes[max(0, len(hashes) - 1 - age)]
        return Sent(sender, c.Accept(handover, hash_), self.name(world, sender, True), Lane.ROUTINE, ())

    def taking_back(self, world: World, handover: HandoverId, sender: Oin) -> Sent:
        command = c.Withdraw(handover, WithdrawalReason.SITUATION_CHANGED)
        return Sent(sender, command, self.name(world, sender, True), Lane.ROUTINE, ())

    def from_triage(
        self, world: World, command: c.CaseCommand, turn: bool, sender: Oin, lane: Lane = Lane.ROUTINE
    ) -> None:
        sender = VT if turn else sender
        self.send(Sent(sender, command, self.name(world, sender, True), lane, ()))

    # Deciding, as the lanes do, and comparing with the model

    def send(self, sent: Sent) -> None:
        self.last = sent
        world = next((one for one in self.worlds if sent.correlation in one.model.names(sent.sender)), None)
        for one in self.worlds:
            if sent.correlation is not None:
                assert one.case.may_call_it(sent.sender, sent.correlation) == (one is world)
        if world is None and not isinstance(sent.command, c.Report):
            refusals = {Code.CASE_UNKNOWN}
        else:
            refusals = world.model.refusals(sent.sender, sent.command) if world else set()
        before = deepcopy(world.case) if world else None
        ctx = a_context(
            sent.sender,
            now=self.now,
            lane=sent.lane,
            tell=sent.tell,
            message=MessageId(self.fresh()),
            new_id=self.fresh,
        )
        if not refusals:
            played = play(world.case if world else None, sent.command, ctx, sending=self.fresh)
            assert (world.case if world else None) == before, "deciding leaves the earlier case as it was"
            return self.happened(world, sent, played)
        with pytest.raises(Rejection) as refused:
            decide(world.case if world else None, sent.command, ctx)
        assert refused.value.reason in refusals
        assert refused.value.fields
        assert (world.case if world else None) == before, "a refusal changes nothing"
        return None

    def happened(self, world: World | None, sent: Sent, played: Played) -> None:
        target = world
        holder = world.model.holder if world else None
        losers: set[Asked] = set()
        if isinstance(sent.command, c.Report):
            target = self.reported(world, sent, played)
            holder = target.model.holder
        elif world:
            losers = world.model.losers(sent.sender, sent.command)
            world.model.apply(sent.sender, sent.command, acute=sent.lane is Lane.ACUTE)
        assert target
        target.case = played.case
        target.events += played.events
        moves = [event for event in played.events if isinstance(event, e.HolderMoved)]
        assert len(moves) == (target.model.holder not in (holder, None)), "a move is a fact of its own"
        checks.losers_are_told_once(sent.command, losers, played)
        checks.answers_are_told(target.model, sent.sender, sent.command, played)
        checks.notices_are_named_and_numbered(target.model, self.now, played)

    def reported(self, world: World | None, sent: Sent, played: Played) -> World:
        """A report joins an open case and moves nothing; else it opens one, which its reporter holds."""
        joins = world is not None and world.model.open
        if not joins:
            assert played.case.linked == (world.case.id if world else None)
            assert played.case.id not in {one.case.id for one in self.worlds}
            self.worlds.append(World(played.case, Model(played.case.id, VT, sent.sender, RETIRED, held={sent.sender})))
        target = world if joins and world else self.worlds[-1]
        report = played.decision.reference
        assert report is not None
        assert report not in target.model.reports
        target.model.reports[ReportId(report)] = ModelReport(sent.sender, opener=not joins)
        assert [type(body) for body in played.told(VT)] == [n.PresentReport]
        return target

    @invariant()
    def what_holds_after_every_step(self) -> None:
        for world in self.worlds:
            checks.case_is_as_the_model_says(world.case, world.model)
            checks.open_offers_are_the_holders(world.case)
            checks.terms_run_while_somebody_owes_the_step(world.case, world.model)
            assert world.case.version == len(world.events)

    @invariant()
    def a_restart_changes_nothing(self) -> None:
        for world in self.worlds[-2:]:
            assert fold(None, world.events) == world.case


TestSightOnSafety = SightOnSafety.TestCase
