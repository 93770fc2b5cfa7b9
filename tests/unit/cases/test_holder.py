"""P3 and P4: exactly one holder, and only a signed yes moves it, whatever comes in and in whatever order.

The machine sends valid and spoiled messages about several cases, lets some of them wait so that they cross, lets time
pass, its clock go back and organisations merge, and compares what the hub decides with the model (`model.py`).
"""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.canonical import commands as c
from hub.canonical.codes import Lane, Outcome
from hub.cases.evolve import fold
from hub.ids import HandoverId, Oin
from tests.unit.cases import checks
from tests.unit.cases.builders import (
    DESKS,
    OM,
    POLICE,
    PROBATION,
    RETIRED,
    RVDK,
    STRANGER,
    TEAM_A,
    TEAM_B,
    VT,
    VT_ELSEWHERE,
)
from tests.unit.cases.messages import Draw, Messages
from tests.unit.cases.small_hub import Sent, SmallHub, World

parties = st.sampled_from((VT, POLICE, OM, RVDK, PROBATION, TEAM_A, TEAM_B, STRANGER, VT_ELSEWHERE))
reporters = st.sampled_from((POLICE, POLICE, OM, RVDK, PROBATION, TEAM_A))
lanes = st.sampled_from((Lane.ROUTINE, Lane.ROUTINE, Lane.ACUTE))
pick = st.integers(0, 7)
"""Which of what there is: counted back from the newest."""
draws = st.integers(0, 2**32).map(lambda seed: Draw.by(Random(seed)))
late = st.sampled_from((False, False, False, True))
told = st.lists(parties, max_size=2, unique=True).map(tuple)
MERGERS = 4
OF_AN_OFFER = (c.Accept, c.Refuse, c.AskMore, c.Withdraw, c.GiveMore)
PAUSES = (timedelta(minutes=16), timedelta(hours=5), timedelta(days=4), timedelta(days=110))


class SightOnSafety(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.hub = SmallHub()
        self.messages = Messages(self.hub)
        self.waiting: list[Sent] = []
        self.last: Sent | None = None

    # Messages: anybody, about anything, in any order

    @initialize(reporter=reporters, lane=lanes, steps=st.integers(0, 6), draw=draws)
    def a_beginning(self, reporter: Oin, lane: Lane, steps: int, draw: Draw) -> None:
        """A report, and the first few of what mostly follows; so that the rest starts deep too."""
        self.send(Sent(reporter, c.Report(None), None, lane))
        for kind in (c.Record, c.Assess, c.Offer, c.Accept, c.OpenTable, c.AskMonitoring)[:steps]:
            sent = self.messages.possible(self.world(0), (kind,), draw)
            if sent is not None:
                self.send(sent)

    @precondition(lambda self: len(self.hub.worlds) < 5)
    @rule(which=pick, sender=reporters, lane=lanes, tell=told, found=st.sets(pick, max_size=3), how=pick, late=late)
    def report(
        self, which: int, sender: Oin, lane: Lane, tell: tuple[Oin, ...], found: set[int], how: int, late: bool
    ) -> None:
        """On no case, on one its sender names, or on one that the radar joins it to; it may know of others beside."""
        world, sender = self.world(which), self.hub.now_is(sender)
        every = [id_ for one in self.hub.worlds for id_ in one.model.own()]
        hits = tuple(dict.fromkeys(every[number % len(every)] for number in found))
        names = world.model.names(sender)
        name = min(names) if names and how < 5 else None
        joins = world.model.id if name is None and how < 7 else None
        self.send(Sent(sender, c.Report(None), name, lane, tell, joins=joins, hits=hits), late=late)

    @rule(which=pick, draw=draws, tell=told, late=late)
    def a_step(self, which: int, draw: Draw, tell: tuple[Oin, ...], late: bool) -> None:
        """Something that somebody may say now; if it waits, it may come when it may be said no more."""
        sent = self.messages.possible(self.world(which), draw.kinds, draw)
        if sent is not None:
            self.send(replace(sent, tell=tell if isinstance(sent.command, c.Update) else ()), late=late)

    @rule(which=pick, draw=draws, sender=parties, how=st.sampled_from(("sender", "sender", "number", "name")))
    def a_wrong_step(self, which: int, draw: Draw, sender: Oin, how: str) -> None:
        """By somebody whose turn it is not, or about something that is not there."""
        sent = self.messages.possible(self.world(which), draw.kinds, draw)
        if sent is not None:
            self.send(self.messages.spoiled(sent, how, sender))

    @rule(which=pick, draw=draws)
    def a_step_out_of_order(self, which: int, draw: Draw) -> None:
        """By whose it would be to take, whether it is possible now or not."""
        sent = self.messages.whatever(self.world(which), draw)
        if sent is not None:
            self.send(sent)

    @rule(which=pick, draw=draws, kind=st.sampled_from((c.Assess, c.Offer, c.Accept, c.OpenTable, c.AskMonitoring)))
    def a_step_that_says_something_wrong(self, which: int, draw: Draw, kind: type) -> None:
        """A number that was used, a moment that has passed, a party that is none, or an older offer."""
        world = self.world(which)
        sent = self.messages.possible(world, (kind,), draw)
        if sent is not None:
            self.send(replace(sent, command=self.wrong(world, sent, draw)))

    @rule(which=pick, draw=draws, first=st.sampled_from(OF_AN_OFFER), second=st.sampled_from(OF_AN_OFFER))
    def two_cross(self, which: int, draw: Draw, first: type, second: type) -> None:
        """Two say something of an offer without having heard of each other; decided in this order."""
        world = self.world(which)
        written = [self.messages.possible(world, (kind,), draw) for kind in (first, second)]
        for sent in written:
            if sent is not None:
                self.send(sent)

    @precondition(lambda self: self.hub.worlds[-1].model.holder in (TEAM_A, TEAM_B))
    @rule(which=pick, draw=draws)
    def hand_back_and_close(self, which: int, draw: Draw) -> None:
        world = self.world(which)
        for report in list(world.model.own()):
            self.from_triage(world, c.Assess(report, Outcome.NO_FOLLOW_UP, None))
        if world.model.researching:
            self.write(world, c.ConcludeResearch, draw)
        holder, triage = world.model.holder, world.model.triage
        if holder not in (None, triage):
            handover = HandoverId(self.hub.fresh())
            offer = c.Offer(handover, (triage, STRANGER), None)
            self.send(Sent(holder, offer, self.messages.name(world, holder)))
            hash_ = self.messages.hash_for(world.model, handover, triage, 0)
            self.from_triage(world, c.Accept(handover, hash_))
        self.from_triage(world, c.Close())

    # What was on its way; time; mergers

    @precondition(lambda self: self.waiting)
    @rule(which=pick)
    def one_that_waited_comes(self, which: int) -> None:
        self.send(self.waiting.pop(which % len(self.waiting)))

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_same_again(self) -> None:
        assert self.last is not None
        self.send(self.last)

    @rule(by=st.sampled_from(PAUSES))
    def time_passes(self, by: timedelta) -> None:
        self.hub.pass_time(by)

    @rule(by=st.sampled_from(PAUSES))
    def the_clock_goes_back(self, by: timedelta) -> None:
        self.hub.clock_goes_back(by)

    @precondition(lambda self: len(self.hub.successor) < MERGERS)
    @rule(former=parties, successor=parties, really=st.sampled_from((False, False, True)))
    def two_organisations_become_one(self, former: Oin, successor: Oin, really: bool) -> None:
        """Any two, also one that others have merged into; a desk only into a desk."""
        a_desk = former not in DESKS or successor in DESKS
        if really and a_desk and former != successor and not {former, successor} & self.hub.ended:
            self.hub.merge(former, successor)
            # Who has ended sends nothing more; what it had sent finds it no party any more, and is no report.
            self.waiting = [one for one in self.waiting if not isinstance(one.command, c.Report)]
            self.last = None

    # Choosing

    def world(self, which: int) -> World:
        """Mostly one that is still open."""
        some = [one for one in self.hub.worlds if one.model.open] if which < 7 else self.hub.worlds
        some = some or self.hub.worlds
        return some[-1 - which % len(some)]

    def wrong(self, world: World, sent: Sent, draw: Draw) -> c.CaseCommand:
        model, past = world.model, self.hub.now - timedelta(days=draw.one)
        match sent.command:
            case c.Assess() as command if model.offers:
                return replace(command, outcome=Outcome.TURNED_INTO_ADVICE, handover=next(iter(model.offers)))
            case c.Offer() as command:
                used = next(iter(model.offers), command.handover)
                return draw.also(
                    (
                        replace(command, handover=used),
                        replace(command, answer_by=past),
                        replace(command, candidates=(*command.candidates, RETIRED)),
                        replace(command, candidates=command.candidates * 2),
                        replace(command, candidates=(sent.sender,)),
                    )
                )
            case c.Accept() as command:
                older = self.messages.hash_for(model, command.handover, sent.sender, draw.one)
                return replace(command, offer_hash=older if draw.one < 6 else "")
            case c.OpenTable() as command:
                used_table = next(iter(model.beside.tables), command.table)
                return draw.also(
                    (
                        replace(command, table=used_table),
                        replace(command, answer_by=past),
                        replace(command, participants=(*command.participants, sent.sender)),
                    )
                )
            case c.AskMonitoring() as command:
                used_question = next(iter(model.beside.questions), command.question)
                return draw.also((replace(command, question=used_question), replace(command, answer_by=past)))
        return sent.command

    def write(self, world: World, kind: type, draw: Draw) -> None:
        sent = self.messages.possible(world, (kind,), draw)
        if sent is not None:
            self.send(sent)

    def from_triage(self, world: World, command: c.CaseCommand) -> None:
        triage = world.model.triage
        self.send(Sent(triage, command, self.messages.name(world, triage)))

    def send(self, sent: Sent, *, late: bool = False) -> None:
        """At once, or it waits and crosses others; a few wait at a time."""
        if late and len(self.waiting) < 4:
            self.waiting.append(sent)
            return
        self.last = sent
        self.hub.send(sent)

    @invariant()
    def what_holds_after_every_step(self) -> None:
        for world in {id(one): one for one in self.hub.touched}.values():
            checks.case_is_as_the_model_says(world.case, world.model)
            checks.terms_run_while_somebody_owes_the_step(world.case, world.model)
            checks.nobody_is_asked_for_what_it_has(world.case)
            assert world.case.version == len(world.events)
            checks.register_goes_forward(world.case, world.events)
            assert fold(None, world.events) == world.case, "a restart changes nothing"
        self.hub.touched.clear()


TestSightOnSafety = SightOnSafety.TestCase
