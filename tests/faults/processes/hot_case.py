"""One case on which everybody says everything at once: the players, what they say in a round, and who heard what.

A round: whoever holds offers; when the offers have come to their candidates, yes, no, withdrawal, question, supplement,
new offer, recording, assessment, closing, joining report, all of several partners and twice over, are written and
sealed, shuffled, and published in one go. Which of them win is for the hub; that it is all of a piece is for the test.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt

from hub.errors import BrokerAway, Unconfirmed
from hub.partner.messages import RECEIPT, REFUSAL, Draft, full_type
from hub.schemas.samples import sample
from hub.simulator.people import strangers
from tests.acceptance.hub import RunningHub, until
from tests.acceptance.traffic import Traffic

TEAMS = ("team", "buurt", "straat")
PLAYERS = {"politie": "politie", "vt": "veilig-thuis", "raad": "rvdk"} | dict.fromkeys(TEAMS, "lokaal-team")
"""Who takes part, and their roles; the triage and the teams may hold."""
MAY_HOLD = ("vt", *TEAMS)
REPORTS = {"politie": "meldingen.zorgmelding", "raad": "meldingen.raadsbericht"}
RECORDED, ASSESSED = "triage.melding-vastgelegd", "triage.veiligheidsbeoordeling"
ASK_MORE, GIVE_MORE = "overdrachten.aanvulling-gevraagd", "overdrachten.aanvulling-gegeven"
OFFERS = 8
PATIENCE = 6
"""How often a letter is published before it counts as lost: each time the client waits its own deadline."""
Letter = tuple[str, UUID, bytes]


@dataclass
class HotCase:
    """What the players have said, and what they heard.

    Attributes:
        family: about whom; one child of it.
        said: the type of each message, by its id.
    """

    hub: RunningHub
    going: Traffic
    random: Random
    family: int = 0
    said: dict[UUID, str] = field(default_factory=dict)

    def oin(self, who: str) -> str:
        return self.hub.oin(who)

    def by_oin(self, oin: str) -> str:
        return next(who for who in PLAYERS if self.oin(who) == oin)

    # --- writing --------------------------------------------------------------------------------------------------

    def letter(self, who: str, type_: str, data: dict[str, Any], case: UUID | None = None) -> Letter:
        """Written down and sealed, not yet published."""
        client = self.going.clients[who]
        id_ = client.write_down(Draft(full_type(type_), data, correlation=case))
        self.said[id_] = type_
        return who, id_, client.sealed(id_)

    def report(self, who: str) -> Letter:
        """On the one child."""
        data = strangers(sample(REPORTS[who]), self.family)
        return self.letter(who, REPORTS[who], data | {"betrokkenen": data["betrokkenen"][:1]})

    def offer(self, holder: str, case: UUID, handover: UUID) -> Letter:
        candidates = self.candidates(holder, handover)
        kind = "veilig-thuis" if candidates == ["vt"] else "lokaal-veld"
        named = {"kandidaten": list(map(self.oin, candidates)), "soort": kind}
        data = sample("overdrachten.aanbod") | {"overdracht": str(handover)} | named
        return self.letter(holder, "overdrachten.aanbod", data, case)

    def candidates(self, holder: str, handover: UUID) -> list[str]:
        """The other teams; every second offer of a team is one back to the triage."""
        back = holder != "vt" and handover.int % 2
        return ["vt"] if back else [who for who in TEAMS if who != holder]

    async def publish(self, letters: list[Letter]) -> None:
        await asyncio.gather(*(self._publish(*letter) for letter in letters))

    async def _publish(self, who: str, id_: UUID, body: bytes) -> None:
        """As a partner must: what the broker did not confirm in time is published again, under the same id."""
        unproved = retry_if_exception_type((Unconfirmed, BrokerAway))
        again = AsyncRetrying(retry=unproved, stop=stop_after_attempt(PATIENCE), reraise=True)
        await again(self.going.clients[who].publish, id_, body)

    # --- hearing --------------------------------------------------------------------------------------------------

    def answers(self) -> dict[UUID, set[UUID]]:
        """By message, the receipts and refusals of it."""
        found: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for box in self.going.got.values():
            for one in box:
                if one.type in (RECEIPT, REFUSAL):
                    found[UUID(one.data["bericht"])].add(one.id)
        return found

    async def all_answered(self) -> None:
        await until(lambda: self.said.keys() <= self.answers().keys(), "everything is answered")

    def reports_heard(self) -> list[str]:
        return [one.data["melding"]["nummer"] for one in self.going.of_type("vt", "triage.melding-aangeboden")]

    def offered(self, who: str, handover: UUID) -> str | None:
        """The hash of the offer that this candidate got."""
        offers = self.going.of_type(who, "overdrachten.aanbod")
        return next((one.sha256 for one in offers if one.data["overdracht"] == str(handover)), None)

    # --- a round --------------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """A report, recorded: the triage holds."""
        before = len(self.reports_heard())
        await self.publish([self.report("politie")])
        await until(lambda: len(self.reports_heard()) > before, "the report arrives")
        opened = self.going.of_type("vt", "triage.melding-aangeboden")[-1]
        case = UUID(opened.content["correlationid"])
        await self.publish([self.record(opened.data["melding"]["nummer"], case)])
        await self.all_answered()

    async def round(self, holder: str, case: UUID, last: bool) -> None:
        handovers = [uuid4() for _ in range(OFFERS)]
        await self.publish([self.offer(holder, case, one) for one in handovers])
        pairs = [(who, one) for one in handovers for who in self.candidates(holder, one)]
        await until(lambda: all(self.offered(*pair) for pair in pairs), "every offer arrives")
        burst = [*self.about_offers(holder, handovers, case), *self.about_reports(case)]
        burst += self.beside(holder, case, last)
        copies = self.random.sample(burst, 8)
        everything = burst + copies
        self.random.shuffle(everything)
        await self.publish(everything)
        await self.all_answered()

    def about_offers(self, holder: str, handovers: list[UUID], case: UUID) -> Iterator[Letter]:
        for number, handover in enumerate(handovers):
            over = {"overdracht": str(handover)}
            for who in self.candidates(holder, handover):
                yes = over | {"functie": "teamleider", "aanbodHash": self.offered(who, handover)}
                for _ in range(2):
                    yield self.letter(who, "overdrachten.aanvaard", yes, case)
                yield self.letter(who, "overdrachten.geweigerd", over | {"code": "capaciteit"}, case)
                yield self.letter(who, ASK_MORE, sample(ASK_MORE) | over, case)
            for _ in range(2):
                yield self.letter(holder, "overdrachten.ingetrokken", over | {"reden": "situatie-gewijzigd"}, case)
            if number % 2:  # a yes to what was offered before is no longer one
                yield self.letter(holder, GIVE_MORE, sample(GIVE_MORE) | over, case)

    def record(self, report: str, case: UUID) -> Letter:
        return self.letter("vt", RECORDED, sample(RECORDED) | {"melding": report}, case)

    def about_reports(self, case: UUID) -> Iterator[Letter]:
        for report in self.reports_heard()[-4:]:
            for _ in range(2):
                yield self.record(report, case)
            assessed = sample(ASSESSED) | {"melding": report, "uitkomst": "geen-vervolg"}
            assessed.pop("ontvangendePartijen")
            for _ in range(2):
                yield self.letter("vt", ASSESSED, assessed, case)
        for who in (*REPORTS, *REPORTS, "politie"):
            yield self.report(who)

    def beside(self, holder: str, case: UUID, last: bool) -> Iterator[Letter]:
        for who in MAY_HOLD:
            yield self.letter(who, "zaken.standvraag", {}, case)
        for _ in range(3):
            yield self.offer(holder, case, uuid4())
        for _ in range(2 if last or holder != "vt" else 0):
            yield self.letter("vt", "triage.zaak-gesloten", sample("triage.zaak-gesloten"), case)
