"""What fake partners say: openings by themselves, and what each message of the hub makes them say next, by chance.

The chances are chosen so that every kind of message is said in a run of a few thousand, a good deal of it in vain: the
loser of a crossing, a yes to an old offer, a case that may not be closed yet. What is refused is no fault of anybody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from hub.canonical.codes import Lane
from hub.canonical.partners import Role, Suite
from hub.envelope.keys import SigningKey, generate, load_signing_key
from hub.ids import MessageId
from hub.partner.messages import Draft, Received, full_type
from hub.schemas.samples import sample
from hub.schemas.texts import moment_text
from tests.faults.partners.actor import Actor, accepted, now, reference
from tests.faults.partners.book import short
from tests.faults.partners.cast import Player
from tests.faults.partners.families import Families

Data = dict[str, Any]
REPORTS: Mapping[Role, Sequence[str]] = {
    Role.POLICE: ("meldingen.zorgmelding", "meldingen.zorgmelding", "meldingen.huisverbod"),
    Role.PROSECUTION: ("meldingen.strafrechtelijk-bericht",),
    Role.CHILD_PROTECTION: ("meldingen.raadsbericht",),
    Role.PROBATION: ("meldingen.reclasseringssignaal",),
    Role.CERTIFIED_INSTITUTION: ("meldingen.jeugdbeschermingsbericht",),
    Role.REPORTER: ("meldingen.professionele-melding",),
    Role.LOCAL_TEAM: ("meldingen.professionele-melding",),
}
NEWS = {
    "meldingen.strafrechtelijk-bericht": "nieuwGevaar",
    "meldingen.raadsbericht": "nieuweZorgen",
    "meldingen.jeugdbeschermingsbericht": "nieuweZorgen",
}
EARLY = 2.5
"""Seconds from a step to what it names as its cause: it is tried again at least twice."""
HASTE = timedelta(seconds=10)
"""Longer than a hub that dies needs until it takes messages again: an offer whose moment has passed is refused."""
TAKES_OVER_AS = {
    Role.LOCAL_TEAM: "lokaal-veld",
    Role.CHILD_PROTECTION: "rvdk",
    Role.CERTIFIED_INSTITUTION: "gecertificeerde-instelling",
    Role.VEILIG_THUIS: "veilig-thuis",
}
TAKERS = (Role.LOCAL_TEAM, Role.CHILD_PROTECTION, Role.CERTIFIED_INSTITUTION)


def foreign_key() -> SigningKey:
    """A key that no partner has."""
    return load_signing_key(generate(Suite.S1).signing)


@dataclass(frozen=True, slots=True)
class Habits:
    """Chances, which a test may change in the middle of a run.

    Attributes:
        acute: a report is.
        early: after a report comes a joint table that names as its cause what is sent only after it.
        hasty: an offer has to be answered within seconds, and is not.
    """

    acute: float = 0.15
    early: float = 0.0
    hasty: float = 0.0


@dataclass
class World:
    """What the parts of one process share."""

    cast: Sequence[Player]
    families: Families
    foreign: SigningKey = field(default_factory=foreign_key)
    habits: Habits = Habits()


@dataclass
class Part:
    """How one partner behaves.

    Attributes:
        offers: hash of the latest offer of each handover that it has not answered.
        given: handovers that it offered.
        tables: of those it chairs, who has not contributed yet.
        seen: cases it has had a report on.
    """

    world: World
    offers: dict[str, str] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    tables: dict[str, set[str]] = field(default_factory=dict)
    seen: set[UUID] = field(default_factory=set)

    async def open(self, actor: Actor) -> None:
        """Begin something: mostly a report, sometimes a question for advice, sometimes a mistake."""
        chance = actor.chance.random()
        if chance < 0.10:
            await self._ask_advice(actor)
        elif chance < 0.15:
            await self._err(actor)
        else:
            await self.report(actor)

    async def react(self, actor: Actor, message: Received) -> None:
        act = _REACTIONS.get(short(message.type))
        if act is not None:
            await act(self, actor, message)

    # --- reporting ----------------------------------------------------------------------------------------------------

    async def report(self, actor: Actor) -> Received:
        chance = actor.chance
        name = chance.choice(REPORTS[actor.player.role])
        data = self.world.families.report(name, actor.player.municipality, again=0.10)
        lane = Lane.ACUTE if chance.random() < self.world.habits.acute else Lane.ROUTINE
        answer = await actor.say(name, data, lane, copies=2 if chance.random() < 0.05 else 1)
        own = reference(answer)
        if own is not None:
            await self._go_on(actor, name, own)
            if actor.player.role is not Role.REPORTER and happens(actor, self.world.habits.early):
                await self._step_early(actor, own, lane)
        return answer

    async def probe(self, actor: Actor) -> None:
        """A report that is sent again every second until it has its answer."""
        name = REPORTS[actor.player.role][0]
        data = self.world.families.report(name, actor.player.municipality, again=0.0)
        await actor.say(name, data, patience=1.0)

    async def _go_on(self, actor: Actor, name: str, own: UUID) -> None:
        chance = actor.chance.random()
        if chance < 0.05:
            await actor.say("zaken.standvraag", {}, case=own)
        elif chance < 0.08:
            await actor.say("radar.intrekking", {"melding": str(own), "reden": "risico-weg"}, case=own)
        elif chance < 0.13 and actor.player.role is not Role.REPORTER:
            await self._put_on_table(actor, own)
        elif chance < 0.40 and name in NEWS:
            data = self.world.families.report(name, actor.player.municipality, again=1.0)
            await actor.say(name, data | {NEWS[name]: False}, case=own)

    async def _step_early(self, actor: Actor, case: UUID, lane: Lane) -> None:
        """A joint table: a question would be answered at once, as it may come at any time."""
        cause = MessageId(uuid4())
        early = asyncio.ensure_future(self._put_on_table(actor, case, lane, cause))
        await asyncio.sleep(EARLY)
        await actor.say("zaken.standvraag", {}, lane, case, id_=cause)
        await early

    async def _ask_advice(self, actor: Actor) -> None:
        text = f"Hoe bespreek ik dit met ouders? Mijn woord is {self.world.families.word()}."
        question = sample("adviezen.adviesvraag") | {"gemeente": actor.player.municipality, "vraag": text}
        await actor.say("adviezen.adviesvraag", question)

    async def _err(self, actor: Actor) -> None:
        """Something that has to be refused."""
        name = REPORTS[actor.player.role][0]
        data = self.world.families.report(name, actor.player.municipality, again=0.0)
        match actor.chance.randrange(6):
            case 0:
                await actor.say(name, data | {"gemeente": "Den Haag"}, wrong=True)
            case 1:
                await actor.say("zaken.standvraag", {}, case=uuid4(), wrong=True)
            case 2:
                await actor.say("triage.melding-vastgelegd", sample("triage.melding-vastgelegd"), wrong=True)
            case 3:
                told = sample("adviezen.adviesvraag") | {"context": "Het kind heeft BSN 999911004."}
                await actor.say("adviezen.adviesvraag", told, wrong=True)
            case 4:
                await actor.say_sealed_wrongly(name, data, self.world.foreign)
            case _:
                draft = Draft(full_type(name), data)
                await actor.say_bytes(MessageId(uuid4()), draft, actor.chance.randbytes(200))

    # --- handovers ----------------------------------------------------------------------------------------------------

    async def _offered(self, actor: Actor, message: Received) -> None:
        handover = message.data["overdracht"]
        self.offers[handover] = message.sha256
        if _is_hasty(message) or self._lets_lie(actor, message):
            return
        chance = actor.chance.random()
        if chance < 0.20:
            more = {"overdracht": handover, "vraag": f"Is er al hulp? {self.world.families.word()}"}
            await self._answer(actor, message, "overdrachten.aanvulling-gevraagd", more)
        elif chance < 0.40:
            await self._refuse(actor, message)
        elif chance < 0.45:
            yes = {"overdracht": handover, "functie": "teamleider", "aanbodHash": "00" * 32}
            await self._answer(actor, message, "overdrachten.aanvaard", yes, wrong=True)
        else:
            await self._accept(actor, message)

    async def _supplemented(self, actor: Actor, message: Received) -> None:
        handover = message.data["overdracht"]
        if handover in self.offers:
            self.offers[handover] = message.sha256
            await (self._accept if actor.chance.random() < 0.8 else self._refuse)(actor, message)

    async def _accept(self, actor: Actor, message: Received) -> None:
        handover = message.data["overdracht"]
        yes = {"overdracht": handover, "functie": "teamleider", "aanbodHash": self.offers.pop(handover)}
        answer = await self._answer(actor, message, "overdrachten.aanvaard", yes)
        if accepted(answer):
            await self._help(actor, message)

    async def _refuse(self, actor: Actor, message: Received) -> None:
        self.offers.pop(message.data["overdracht"], None)
        no = {"overdracht": message.data["overdracht"], "code": "capaciteit"}
        await self._answer(actor, message, "overdrachten.geweigerd", no)

    async def _help(self, actor: Actor, message: Received) -> None:
        chance, handover = actor.chance.random(), message.data["overdracht"]
        if chance < 0.15:
            await self.offer(actor, message, self._somebody(actor, 1, (*TAKERS, Role.VEILIG_THUIS)))
        elif chance < 0.75:
            started = {"overdracht": handover, "gestartOp": "2026-03-16"}
            await self._answer(actor, message, "overdrachten.hulp-gestart", started)
            if chance < 0.55:
                done = {"overdracht": handover, "afgerondOp": "2026-08-31", "resultaat": "volgens-plan"}
                await self._answer(actor, message, "overdrachten.afgerond", done)

    async def offer(self, actor: Actor, message: Received, candidates: Sequence[Player]) -> None:
        handover, acute = str(uuid4()), actor.chance.random() < 0.15
        self.given.add(handover)
        # An offer is of one kind: to those who are what the first one is.
        role = candidates[0].role
        named = {"kandidaten": [one.oin for one in candidates if one.role is role], "soort": TAKES_OVER_AS[role]}
        data = sample("overdrachten.aanbod") | {"overdracht": handover} | named
        if happens(actor, self.world.habits.hasty):
            data |= {"antwoordVoor": moment_text(now() + HASTE)}
        lane = Lane.ACUTE if acute else message.event.urgentie
        answer = await self._answer(actor, message, "overdrachten.aanbod", data, lane=lane)
        if accepted(answer) and actor.chance.random() < 0.10:
            gone = {"overdracht": handover, "reden": "situatie-gewijzigd"}
            await self._answer(actor, message, "overdrachten.ingetrokken", gone)

    async def _more_wanted(self, actor: Actor, message: Received) -> None:
        more = {"overdracht": message.data["overdracht"], "antwoord": f"Ja. {self.world.families.word()}"}
        # An offer back, of a report that was turned into advice, has no full part.
        if message.data["overdracht"] in self.given and actor.chance.random() < 0.3:
            more |= {"volledig": sample("overdrachten.aanbod")["volledig"]}
        await self._answer(actor, message, "overdrachten.aanvulling-gegeven", more)

    async def _withdrawn(self, actor: Actor, message: Received) -> None:
        self.offers.pop(message.data["overdracht"], None)

    # --- the joint table ----------------------------------------------------------------------------------------------

    async def _put_on_table(
        self, actor: Actor, case: UUID, lane: Lane = Lane.ROUTINE, cause: UUID | None = None
    ) -> None:
        table = str(uuid4())
        invited = self._somebody(actor, 2, (Role.POLICE, Role.PROSECUTION, Role.PROBATION, *TAKERS))
        self.tables[table] = {one.oin for one in invited}
        data = sample("actieoverleg.aanmelding") | {"overleg": table, "deelnemers": [one.oin for one in invited]}
        del data["besluitVoor"]  # else no case of theirs could be closed before that
        await actor.say("actieoverleg.aanmelding", data, lane, case, cause)

    async def _invited(self, actor: Actor, message: Received) -> None:
        said = {"overleg": message.data["overleg"], "antwoord": "niets-bekend"}
        if actor.chance.random() < 0.5:
            said |= {"antwoord": "bekend", "veiligheidsinformatie": f"Bekend. {self.world.families.word()}"}
        await self._answer(actor, message, "actieoverleg.inbreng", said)

    async def _contributed(self, actor: Actor, message: Received) -> None:
        """The chair writes down the actions when everybody has said something."""
        table = message.data["overleg"]
        silent = self.tables.get(table)
        if silent is None:
            return
        silent.discard(message.data.get("van", ""))
        if silent:
            return
        del self.tables[table]
        parties = [actor.player.oin, message.data["van"]]
        actions = [
            {"afspraak": str(uuid4()), "verantwoordelijke": oin, "omschrijving": "Veiligheidsplan maken."}
            for oin in parties
        ]
        await self._answer(actor, message, "actieoverleg.afspraken", {"overleg": table, "afspraken": actions})

    async def _agreed(self, actor: Actor, message: Received) -> None:
        for action in message.data["afspraken"]:
            if action["verantwoordelijke"] == actor.player.oin:
                yes = {"overleg": message.data["overleg"], "afspraak": action["afspraak"], "functie": "teamleider"}
                await self._answer(actor, message, "actieoverleg.afspraak-aanvaard", yes)

    # --- the rest -----------------------------------------------------------------------------------------------------

    async def _monitored(self, actor: Actor, message: Received) -> None:
        said = sample("monitoring.antwoord") | {"vraag": message.data["vraag"]}
        await self._answer(actor, message, "monitoring.antwoord", said)

    async def _coincided(self, actor: Actor, message: Received) -> None:
        if actor.chance.random() < 0.5 and message.event.correlationid is not None:
            made = {"samenloop": message.data["samenloop"], "op": "2026-03-04"}
            await self._answer(actor, message, "radar.contact-gelegd", made)

    async def _answer(
        self, actor: Actor, message: Received, name: str, data: Data, *, wrong: bool = False, lane: Lane | None = None
    ) -> Received:
        """On the case of a message, which is named as the cause."""
        event = message.event
        copies = 2 if actor.chance.random() < 0.03 else 1
        return await actor.say(
            name, data, lane or event.urgentie, event.correlationid, message.id, wrong=wrong, copies=copies
        )

    def _lets_lie(self, actor: Actor, message: Received) -> bool:
        """A few acute ones are never answered, so that their terms pass."""
        return message.event.urgentie is Lane.ACUTE and actor.chance.random() < 0.06

    def _somebody(self, actor: Actor, number: int, roles: Sequence[Role]) -> list[Player]:
        """So many others of these roles, in this region."""
        there = [one for one in self.world.cast if one.role in roles and one.region == actor.player.region]
        return actor.chance.sample([one for one in there if one != actor.player], number)


Reaction = Callable[[Any, Actor, Received], Awaitable[None]]
_REACTIONS: dict[str, Reaction] = {
    "overdrachten.aanbod": Part._offered,
    "overdrachten.aanvulling-gegeven": Part._supplemented,
    "overdrachten.aanvulling-gevraagd": Part._more_wanted,
    "overdrachten.ingetrokken": Part._withdrawn,
    "actieoverleg.aanmelding": Part._invited,
    "actieoverleg.inbreng": Part._contributed,
    "actieoverleg.afspraken": Part._agreed,
    "monitoring.vraag": Part._monitored,
    "radar.samenloop": Part._coincided,
}


class Triage(Part):
    """Veilig Thuis: records, assesses, follows up, closes."""

    async def react(self, actor: Actor, message: Received) -> None:
        act = _TRIAGE.get(short(message.type))
        await (act(self, actor, message) if act is not None else super().react(actor, message))

    async def _presented(self, actor: Actor, message: Received) -> None:
        number, case = message.data["melding"]["nummer"], message.event.correlationid
        again = case in self.seen
        if case is not None:
            self.seen.add(case)
        if self._lets_lie(actor, message):
            return
        chance = actor.chance.random()
        if chance < 0.85:
            recorded = sample("triage.melding-vastgelegd") | {"melding": number}
            await self._answer(actor, message, "triage.melding-vastgelegd", recorded)
        if again and chance < 0.30:
            apart = {"melding": number, "reden": "andere-personen"}
            await self._answer(actor, message, "triage.melding-losgemaakt", apart)
            return
        await self._assess(actor, message, number)

    async def _assess(self, actor: Actor, message: Received, number: str) -> None:
        outcome = actor.chance.choices(
            ("onderzoek", "overdracht", "omgezet-in-advies", "geen-vervolg"), (15, 45, 12, 28)
        )[0]
        data = sample("triage.veiligheidsbeoordeling") | {"melding": number, "uitkomst": outcome}
        if outcome != "overdracht":
            del data["ontvangendePartijen"]
        if outcome == "omgezet-in-advies":
            data["overdracht"] = str(uuid4())
        answer = await self._answer(actor, message, "triage.veiligheidsbeoordeling", data)
        if accepted(answer):
            await self._follow(actor, message, outcome)

    async def _follow(self, actor: Actor, message: Received, outcome: str) -> None:
        if outcome == "overdracht":
            await self.offer(actor, message, self._somebody(actor, actor.chance.choice((1, 1, 2, 3)), TAKERS))
        elif outcome == "onderzoek":
            await self._answer(actor, message, "triage.onderzoeksuitkomst", sample("triage.onderzoeksuitkomst"))
            if actor.chance.random() < 0.4:
                await self._answer(actor, message, "overdrachten.belegd", sample("overdrachten.belegd"))
        elif outcome == "geen-vervolg" and actor.chance.random() < 0.8:
            await self._close(actor, message)
        if outcome != "geen-vervolg" and actor.chance.random() < 0.05 and message.event.correlationid:
            await self._put_on_table(actor, message.event.correlationid)

    async def _accepted(self, actor: Actor, message: Received) -> None:
        chance = actor.chance.random()
        if chance < 0.25:
            await self._answer(actor, message, "monitoring.vraag", {"vraag": str(uuid4())})
        elif chance < 0.35:
            await self._answer(actor, message, "zaken.standvraag", {})

    async def _completed(self, actor: Actor, message: Received) -> None:
        if actor.chance.random() < 0.7:
            await self._close(actor, message)

    async def _close(self, actor: Actor, message: Received) -> None:
        await self._answer(actor, message, "triage.zaak-gesloten", sample("triage.zaak-gesloten"))

    async def _advise(self, actor: Actor, message: Received) -> None:
        advice = sample("adviezen.advies") | {"advies": f"Bespreek het. Mijn woord is {self.world.families.word()}."}
        await actor.say("adviezen.advies", advice, cause=message.id)


_TRIAGE: dict[str, Reaction] = {
    "triage.melding-aangeboden": Triage._presented,
    "overdrachten.aanvaard": Triage._accepted,
    "overdrachten.afgerond": Triage._completed,
    "adviezen.adviesvraag": Triage._advise,
}


def happens(actor: Actor, chance: float) -> bool:
    """By chance; draws nothing where there is none, so that a seed gives the same run."""
    return chance > 0 and actor.chance.random() < chance


def _is_hasty(offer: Received) -> bool:
    return bool(offer.data["antwoordVoor"] < moment_text(now() + HASTE))


def part_of(player: Player, world: World) -> Part:
    return Triage(world) if player.role is Role.VEILIG_THUIS else Part(world)
