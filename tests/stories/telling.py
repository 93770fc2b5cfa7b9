"""How a story is told: who says what, who hears of it, who holds sight on safety after it.

    case = await story.reported(POLICE, "meldingen.zorgmelding", ..., heard={VT: "triage.melding-aangeboden"})
    await case.says(VT, "triage.melding-vastgelegd", ..., heard={POLICE: "triage.melding-vastgelegd"}, holds=VT)
    await case.waits("veiligheidsbeoordeling", heard={VT: "verwerking.herinnering"}, holds=VT)

Each line is both what happens and what is expected: the message is accepted (or `refused` with this code), these hear
of it, after it, and where the line says who `holds`, the triage asks the hub and is told the same. That nobody else
heard anything is counted at the end (`checks.py`), over all lines together.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from hub.canonical.codes import Lane
from hub.ids import MessageId
from hub.partner.books import Answer
from hub.partner.messages import DELAY, RECEIPT, REFUSAL, Draft, Received
from hub.schemas.message import wire_type
from tests.stories.cast import CAST, Data, Family, Player
from tests.stories.stage import PATIENCE, Stage

Heard = Mapping[Player, str | Sequence[str]]
"""For each partner, the type or types (`group.name`) that it hears, in any order."""
PRESENTED = "triage.melding-aangeboden"
Act = tuple[Player, str, Data, Heard, Player]
"""Who says what, who hears it if it counts, and who holds then."""
UNSAID: Any = object()
ABOUT_OURS = frozenset({RECEIPT, REFUSAL, DELAY})


@dataclass(frozen=True)
class Said:
    """One message of a partner; `code`: of its refusal, `None` if the story says that it is accepted."""

    who: Player
    type: str
    code: str | None


@dataclass(frozen=True)
class Line:
    """What one line of a story led to; no `answer` where time passed and nobody spoke."""

    answer: Answer | None
    heard: Mapping[tuple[Player, str], Sequence[Received]]

    def to(self, who: Player, type_: str) -> Received:
        """The one message of this type that this partner heard by it."""
        (message,) = self.heard[who, type_]
        return message


@dataclass
class Story:
    """One story on the stage.

    Attributes:
        marks: texts that stand in no other story's messages.
        said: by id; `told`: how often whom what. All that the lines say, receipts apart.
        names: the cases of the story by all that parties call them.
    """

    name: str
    family: Family
    stage: Stage
    marks: tuple[str, ...] = ()
    said: dict[UUID, Said] = field(default_factory=dict)
    told: Counter[tuple[Player, str]] = field(default_factory=Counter)
    cases: list["Case"] = field(default_factory=list)
    names: dict[UUID, "Case"] = field(default_factory=dict)
    _taken: set[UUID] = field(default_factory=set)

    # --- lines --------------------------------------------------------------------------------------------------------

    async def reported(
        self, who: Player, type_: str, data: Data, heard: Heard, holds: Player, *, acute: bool = False
    ) -> "Case":
        """A report on no case that its sender names: the case it opened, or that the radar joined it to."""
        line = await self.line(who, _draft(type_, data, acute), heard)
        assert line.answer is not None
        assert line.answer.reference is not None
        case = self.names[line.answer.reference]
        case.calls[who] = line.answer.reference
        await case.after(line, holds)
        return case

    async def says(
        self,
        who: Player,
        type_: str,
        data: Data,
        heard: Heard | None = None,
        *,
        refused: str = "",
        to: Received | None = None,
    ) -> Line:
        """A message on no case; `to`: the message that it answers."""
        return await self.line(who, _draft(type_, data, cause=to), heard or {}, refused)

    # --- what a line is made of ---------------------------------------------------------------------------------------

    async def line(self, who: Player, draft: Draft, heard: Heard, refused: str = "") -> Line:
        since = self.so_far()
        id_ = self.written(who, draft)
        await self.sent(id_)
        answer = await self.answered(id_, refused)
        return Line(answer, await self.hearing(heard, since))

    def written(self, who: Player, draft: Draft) -> MessageId:
        """In the partner's books, and not on its way yet."""
        id_ = self.stage.clients[who].write_down(draft)
        self.said[id_] = Said(who, draft.type, None)
        return id_

    async def sent(self, id_: MessageId) -> None:
        await self.stage.clients[self.said[id_].who].resend(id_)

    async def answered(self, id_: MessageId, refused: str = "") -> Answer:
        said = self.said[id_] = Said(self.said[id_].who, self.said[id_].type, refused or None)
        answer = await self.answer(id_)
        assert answer.code == said.code, f"{said}: {answer.content['data']}"
        return answer

    async def answer(self, id_: MessageId) -> Answer:
        answer = await self.stage.clients[self.said[id_].who].wait_for_answer(id_, PATIENCE)
        assert answer is not None, f"no answer to {self.said[id_]}"
        return answer

    def so_far(self) -> dict[Player, int]:
        """How much everybody has got."""
        return {player: len(self.stage.mail[player].messages) for player in CAST}

    async def hearing(self, heard: Heard, since: Mapping[Player, int]) -> dict[tuple[Player, str], list[Received]]:
        """Wait until everybody has heard what they should, all of it after `since`."""
        wanted = [(who, type_) for who, types in heard.items() for type_ in _listed(types)]
        wanted.sort(key=lambda one: one[1] != PRESENTED)  # by it we learn what a new case is called
        found: dict[tuple[Player, str], list[Received]] = {}
        for who, type_ in wanted:
            found.setdefault((who, type_), []).append(await self._next(who, type_, since[who]))
        return found

    async def _next(self, who: Player, type_: str, since: int) -> Received:
        def ours(message: Received) -> bool:
            return message.type == wire_type(type_) and message.id not in self._taken and self.owns(message)

        message = await self.stage.mail[who].first(ours, since)
        assert message is not None, f"{who} did not hear {type_}"
        self._taken.add(message.id)
        self.told[who, type_] += 1
        if type_ == PRESENTED:
            self._meet(message, who)
        return message

    def _meet(self, presented: Received, desk: Player) -> None:
        name, report = presented.event.correlationid, presented.data["melding"]
        assert name is not None
        if name not in self.names:
            reporter = next(player for player in CAST if player.oin == report["afzender"])
            self.open(Case(self, name, desk, [reporter]))
        self.names[name].reports.append(report["nummer"])
        self.names[UUID(report["nummer"])] = self.names[name]

    def open(self, case: "Case") -> None:
        self.cases.append(case)
        self.names[case.id] = case

    def heard_by(self, who: Player, type_: str) -> list[Data]:
        """All that this partner has heard so far under this type."""
        got = self.stage.mail[who].messages
        return [message.data for message in got if message.type == wire_type(type_) and self.owns(message)]

    # --- which messages are ours --------------------------------------------------------------------------------------

    def owns(self, message: Received) -> bool:
        """By what it answers, by the case, or by whom or what it speaks of."""
        event = message.event
        if message.type in ABOUT_OURS:
            return UUID(message.data["bericht"]) in self.said
        if event.correlationid is None:
            return event.causationid in self.said or self._speaks_of_us(message)
        opens = message.type == wire_type(PRESENTED) and self._speaks_of_us(message)
        return event.correlationid in self.names or opens

    def _speaks_of_us(self, message: Received) -> bool:
        said = str(message.data)
        return any(mark in said for mark in (self.family.surname, *self.marks))


@dataclass
class Case:
    """One case of a story.

    Attributes:
        desk: the triage that has it, and is asked who holds.
        holders: in order; the last one holds now.
        reports: their numbers, in order.
        calls: what each partner calls it, as the hub last told that partner.
        last: the message that each partner heard last of it, which its next one names as its cause.
    """

    story: Story
    id: UUID
    desk: Player
    holders: list[Player | None]
    reports: list[str] = field(default_factory=list)
    calls: dict[Player, UUID] = field(default_factory=dict)
    last: dict[Player, UUID] = field(default_factory=dict)

    @property
    def report(self) -> str:
        """The number of the latest report."""
        return self.reports[-1]

    # --- lines --------------------------------------------------------------------------------------------------------

    async def says(
        self,
        who: Player,
        type_: str,
        data: Data,
        heard: Heard | None = None,
        *,
        holds: Player | None = UNSAID,
        desk: Player | None = None,
        refused: str = "",
        acute: bool = False,
    ) -> Line:
        """A message on this case; `desk`: the triage that has it from here."""
        line = await self.story.line(who, self.draft(who, type_, data, acute=acute), heard or {}, refused)
        self.desk = desk or self.desk
        return await self.after(line, holds)

    async def waits(self, term: str, heard: Heard, *, holds: Player | None = UNSAID, about: str | None = None) -> Line:
        """Nobody says anything until the next moment of this term."""
        since = self.story.so_far()
        await self.story.stage.clock.until(self.id, term, UUID(about) if about else None)
        return await self.after(Line(None, await self.story.hearing(heard, since)), holds)

    async def later(self, passed: timedelta, heard: Heard, *, holds: Player | None = UNSAID) -> Line:
        """Nobody says anything for this long."""
        since = self.story.so_far()
        await self.story.stage.clock.by(self.id, passed)
        return await self.after(Line(None, await self.story.hearing(heard, since)), holds)

    async def comes_apart(self, number: str, data: Data, heard: Heard) -> "Case":
        """The triage says that this report was joined wrongly: a case of its own, which the triage holds."""
        line = await self.says(self.desk, "triage.melding-losgemaakt", {"melding": number} | data, heard)
        assert line.answer is not None
        assert line.answer.reference is not None
        own = Case(self.story, line.answer.reference, self.desk, [self.desk], [number])
        self.reports.remove(number)
        self.story.open(own)
        self.story.names[UUID(number)] = own
        await own.after(line, self.desk)
        return own

    async def crosses(self, one: Act, other: Act, loser: str) -> None:
        """Two speak at the same moment: one is accepted, with all that follows, the other refused as `loser`."""
        since = self.story.so_far()
        ids = [self.story.written(who, self.draft(who, type_, data)) for who, type_, data, _, _ in (one, other)]
        await asyncio.gather(*map(self.story.sent, ids))
        first = await self.story.answer(ids[0])
        won, lost = (0, 1) if first.accepted else (1, 0)
        await self.story.answered(ids[lost], loser)
        answer = await self.story.answered(ids[won])
        *_, heard, holds = (one, other)[won]
        await self.after(Line(answer, await self.story.hearing(heard, since)), holds)

    async def full_parts_have_lapsed(self) -> None:
        """What the hub kept for a yes has been destroyed, as its time is over."""
        async with asyncio.timeout(PATIENCE):
            while await self.story.stage.clock.lapsed_parts(self.id):  # noqa: ASYNC110 - a database knows no event
                await asyncio.sleep(0.05)

    async def stand(self) -> Data:
        """How the case stands, as its triage hears it."""
        line = await self.says(self.desk, "zaken.standvraag", {}, {self.desk: "zaken.stand"})
        return line.to(self.desk, "zaken.stand").data

    # --- what a line is made of ---------------------------------------------------------------------------------------

    def draft(self, who: Player, type_: str, data: Data, *, acute: bool = False, cause: UUID | None = None) -> Draft:
        """Under the name by which this partner knows the case; `cause`: another than what it heard last."""
        lane = Lane.ACUTE if acute else Lane.ROUTINE
        return Draft(wire_type(type_), data, lane, self.calls.get(who, self.id), cause or self.last.get(who))

    async def after(self, line: Line, holds: Player | None) -> Line:
        """Everybody knows the name that the hub used last; whoever may know the holder was told the one there is."""
        for who, message in self._mine(line):
            assert message.event.correlationid is not None
            self.calls[who], self.last[who] = message.event.correlationid, message.id
        if holds is not UNSAID:
            await self.is_held_by(holds)
        now = self.holders[-1]
        for _, message in self._mine(line):
            assert message.data.get("houder") in (None, now and now.oin), message.type
        return line

    def _mine(self, line: Line) -> Iterator[tuple[Player, Received]]:
        return ((who, one) for (who, _), messages in line.heard.items() for one in messages if self.mine(one))

    def mine(self, message: Received) -> bool:
        name = message.event.correlationid
        return name is not None and self.story.names.get(name) is self

    async def is_held_by(self, holder: Player | None) -> None:
        """The triage asks who holds, and hears that it is this one."""
        if holder is not self.holders[-1]:
            self.holders.append(holder)
        stand = await self.stand()
        assert stand.get("houder") == (holder and holder.oin), f"{holder} does not hold"
        assert stand["status"] == ("open" if holder else "gesloten")


def _draft(type_: str, data: Data, acute: bool = False, cause: Received | None = None) -> Draft:
    return Draft(wire_type(type_), data, Lane.ACUTE if acute else Lane.ROUTINE, None, cause.id if cause else None)


def _listed(types: str | Sequence[str]) -> Sequence[str]:
    return [types] if isinstance(types, str) else types
