"""Messages for the machine of `test_holder.py`: of each kind one that can be sent now, and ways to spoil it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical.codes import (
    Arrangement,
    Contribution,
    Lane,
    MonitoringResult,
    Outcome,
    RadarWithdrawal,
    RefusalReason,
    ResearchOutcome,
    TableKind,
    WithdrawalReason,
)
from hub.ids import ActionId, HandoverId, Oin, QuestionId, TableId
from tests.unit.cases.builders import OM, POLICE, RVDK, TEAM_A, TEAM_B, VT, VT_ELSEWHERE, hash_of
from tests.unit.cases.model import Asked, Model
from tests.unit.cases.small_hub import Sent, SmallHub, World

T = TypeVar("T")
OTHERS = (TEAM_A, TEAM_B, RVDK, POLICE, VT, VT_ELSEWHERE, OM)
"""Who may be asked to take over, or to a table."""


@dataclass(frozen=True)
class Draw:
    """What chance says: numbers to pick by, a lane, and the order in which kinds of messages are tried."""

    one: int
    other: int
    lane: Lane
    kinds: tuple[type, ...]

    @classmethod
    def by(cls, chance: Random) -> "Draw":
        lane = chance.choice((Lane.ROUTINE, Lane.ROUTINE, Lane.ACUTE))
        kinds = tuple(chance.sample((*WRITE, *WRITE, *MORE_OFTEN), len(WRITE)))
        return cls(chance.randrange(8), chance.randrange(8), lane, kinds)

    def of(self, some: Sequence[T]) -> T | None:
        return some[-1 - self.one % len(some)] if some else None

    def also(self, some: Sequence[T]) -> T:
        return some[self.other % len(some)]


@dataclass(frozen=True)
class Messages:
    """Of one hub; what organisations have become is the hub's to know."""

    hub: SmallHub

    def possible(self, world: World, kinds: Iterable[type], draw: Draw) -> Sent | None:
        """The first of these kinds that somebody may send about this case now."""
        for kind in kinds:
            for sender, command in WRITE[kind](self, world.model, draw):
                name = self.name(world, sender)
                if not world.model.refusals(sender, command, self.hub.now, self.hub.ended, name):
                    return Sent(sender, command, name, draw.lane, has_full=draw.other % 3 > 0)
        return None

    def whatever(self, world: World, draw: Draw) -> Sent | None:
        """Of the first kind that there is anything to say of, whether it may be said now or not."""
        for kind in draw.kinds:
            written = list(WRITE[kind](self, world.model, draw))
            if written:
                sender, command = draw.also(written)
                return Sent(sender, command, self.name(world, sender), draw.lane)
        return None

    def name(self, world: World, sender: Oin) -> UUID:
        """What the sender calls the case; who may not name it uses what others call it."""
        mine = world.model.names(sender)
        return world.case.id if world.case.id in mine else min(mine, default=world.case.id)

    def spoiled(self, sent: Sent, how: str, sender: Oin) -> Sent:
        """By another sender, about a number that was never given, or under a name that nobody uses."""
        if how == "sender":
            return replace(sent, sender=self.hub.now_is(sender))
        if how == "name":
            return replace(sent, correlation=self.fresh())
        of = next((one for one in NUMBERED if hasattr(sent.command, one)), None)
        return replace(sent, command=replace(sent.command, **{of: self.fresh()})) if of else sent  # type: ignore[arg-type]

    def fresh(self) -> UUID:
        return self.hub.fresh()

    def some(self, draw: Draw, but: Oin) -> tuple[Oin, ...]:
        """One to three organisations that there still are, and not this one."""
        there = [oin for oin in map(self.hub.now_is, OTHERS) if oin not in {but, *self.hub.ended}]
        return tuple(dict.fromkeys(there[(draw.one + at) % len(there)] for at in range(draw.other % 3 + 1)))

    # Of each kind; whether it is refused is asked of the model

    def record(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_ in reversed(model.own()):
            yield model.triage, c.Record(id_)

    def assess(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        outcome = draw.also(tuple(Outcome))
        handover = HandoverId(self.fresh()) if outcome is Outcome.TURNED_INTO_ADVICE else None
        for id_ in model.own():
            yield model.triage, c.Assess(id_, outcome, handover, mda=draw.one > 4)

    def detach(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_ in model.own():
            yield model.triage, c.Detach(id_)

    def conclude(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        yield model.triage, c.ConcludeResearch((draw.also(tuple(ResearchOutcome)),))

    def arrange(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        yield model.triage, c.Arrange(draw.also(tuple(Arrangement)))

    def close(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        yield model.triage, c.Close()

    def offer(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        if model.holder:
            until = self.hub.now + timedelta(days=draw.one) if draw.other > 5 else None
            yield model.holder, c.Offer(HandoverId(self.fresh()), self.some(draw, model.holder), until)

    def accept(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, oin in self._answers(model, draw):
            yield oin, c.Accept(id_, self.hash_for(model, id_, oin, 0))

    def refuse(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, oin in self._answers(model, draw):
            yield oin, c.Refuse(id_, draw.also(tuple(RefusalReason)), None)

    def ask_more(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, oin in self._answers(model, draw):
            yield oin, c.AskMore(id_)

    def give_more(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, offer in reversed(model.offers.items()):
            yield offer.giver, c.GiveMore(id_, full=draw.one % 2 > 0 or offer.wanted)

    def withdraw(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, offer in reversed(model.offers.items()):
            yield offer.giver, c.Withdraw(id_, WithdrawalReason.SITUATION_CHANGED)

    def start(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, oin in self._taken(model):
            yield oin, c.Start(id_)

    def complete(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, oin in self._taken(model):
            yield oin, c.Complete(id_)

    def open_table(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        reporter = next((one.reporter for one in model.own().values()), model.triage)
        chair = draw.also((model.triage, model.holder or model.triage, reporter))
        if len(model.beside.tables) < 2:
            yield (
                chair,
                c.OpenTable(
                    TableId(self.fresh()), draw.of(tuple(TableKind)) or TableKind.MDA, self.some(draw, chair), None
                ),
            )

    def contribute(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, table in model.beside.tables.items():
            seats = list(table.seats)
            for at in range(len(seats)):
                yield seats[(draw.one + at) % len(seats)], c.Contribute(id_, draw.also(tuple(Contribution)))

    def agree(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, table in model.beside.tables.items():
            responsible = draw.also(sorted(table.everybody()))
            yield table.chair, c.Agree(id_, (c.AgreedAction(ActionId(self.fresh()), responsible, None),))

    def accept_action(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, table in model.beside.tables.items():
            for action, oin in table.actions.items():
                yield oin, c.AcceptAction(id_, action)

    def ask_monitoring(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        until = self.hub.now + timedelta(days=draw.one + 1) if draw.other > 4 else None
        yield model.triage, c.AskMonitoring(QuestionId(self.fresh()), until)

    def answer_monitoring(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, of in reversed(model.beside.questions.items()):
            yield of, c.AnswerMonitoring(id_, draw.also(tuple(MonitoringResult)))

    def confirm_contact(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, told in model.beside.told.items():
            able = sorted(oin for oin in told if model.names(oin))
            if able:
                yield draw.also(able), c.ConfirmContact(id_)

    def withdraw_from_radar(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_, report in model.own().items():
            yield report.reporter, c.WithdrawFromRadar(id_, draw.also(tuple(RadarWithdrawal)))

    def delivered(self, model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
        for id_ in reversed(model.reports):
            yield model.triage, c.Delivered(id_)

    def by_anybody(self, command: c.CaseCommand) -> Callable[[Model, Draw], Iterator[tuple[Oin, c.CaseCommand]]]:
        def write(model: Model, draw: Draw) -> Iterator[tuple[Oin, c.CaseCommand]]:
            reporters = [report.reporter for report in model.own().values()]
            parties = [model.triage, *sorted(model.asked | model.beside.seated()), *reporters]
            yield parties[draw.one % len(parties)], command

        return write

    def hash_for(self, model: Model, id_: HandoverId, oin: Oin, age: int) -> str:
        """Of the latest offer to this party, or of the `age`-th before it; of one that never was, if there is none."""
        hashes = model.offers[id_].hashes.get(oin, []) if id_ in model.offers else []
        return hashes[max(0, len(hashes) - 1 - age)] if hashes else hash_of(self.fresh())

    def _taken(self, model: Model) -> Iterator[Asked]:
        """What was ever taken over, the latest first."""
        for id_, offer in reversed(model.offers.items()):
            yield from ((id_, oin) for oin, answer in offer.answers.items() if answer == "yes")

    def _answers(self, model: Model, draw: Draw) -> Iterator[Asked]:
        some = sorted(model.open_offers())
        yield from some[draw.one % len(some) :] if some else ()


Write = Callable[[Messages, Model, Draw], Iterator[tuple[Oin, c.CaseCommand]]]
WRITE: Mapping[type, Write] = {
    c.Record: Messages.record,
    c.Assess: Messages.assess,
    c.Detach: Messages.detach,
    c.ConcludeResearch: Messages.conclude,
    c.Arrange: Messages.arrange,
    c.Close: Messages.close,
    c.Offer: Messages.offer,
    c.Accept: Messages.accept,
    c.Refuse: Messages.refuse,
    c.AskMore: Messages.ask_more,
    c.GiveMore: Messages.give_more,
    c.Withdraw: Messages.withdraw,
    c.Start: Messages.start,
    c.Complete: Messages.complete,
    c.OpenTable: Messages.open_table,
    c.Contribute: Messages.contribute,
    c.Agree: Messages.agree,
    c.AcceptAction: Messages.accept_action,
    c.AskMonitoring: Messages.ask_monitoring,
    c.AnswerMonitoring: Messages.answer_monitoring,
    c.ConfirmContact: Messages.confirm_contact,
    c.WithdrawFromRadar: Messages.withdraw_from_radar,
    c.Delivered: Messages.delivered,
    c.Update: lambda one, model, draw: one.by_anybody(c.Update(None))(model, draw),
    c.AskStand: lambda one, model, draw: one.by_anybody(c.AskStand())(model, draw),
}
"""How a message of each kind is written."""
MORE_OFTEN = (c.Assess, c.Detach, c.Offer, c.Accept, c.Accept, c.AskMore, c.Contribute, c.AcceptAction, c.Complete)
NUMBERED = ("report", "handover", "action", "table", "question", "coincidence")
