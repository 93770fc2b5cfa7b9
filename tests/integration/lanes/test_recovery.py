"""After a restore, resending rebuilds: partners say again what they said, in any order, and all is as they know it.

What they know is in their books: what they were told under which id, and their signed receipts. Nothing may come under
an id that they know with another meaning, nobody may hold but who holds by a signed receipt, and nothing may be refused
for good that was accepted before.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from hub.canonical.partners import KeyUse, Role
from hub.cases.case import Case
from hub.ports import Fate
from hub.routing.changes import add_key
from hub.routing.document import from_document
from hub.schemas.message import wire_type
from hub.schemas.samples import sample
from hub.store.store import PostgresStore
from hub.store.views import case_view
from tests.backups import RECOVERED, backed_up
from tests.databases import one, rows
from tests.kit import REGION, Kit, Told
from tests.talk import (
    ASSESSED,
    COINCIDENCE,
    CONTACT,
    NO,
    OFFER,
    PRESENTED,
    PROBATION,
    RECORDED,
    REFUSAL,
    REPORT,
    YES,
    a_case,
    a_no,
    a_report,
    a_yes,
    about,
    an_offer,
    assessment,
    family,
    timers,
)

STARTED, COMPLETED = "overdrachten.hulp-gestart", "overdrachten.afgerond"
MORE_GIVEN = "overdrachten.aanvulling-gegeven"
STEPS = {"zaakversie", "houder", "radar", "antwoordVoor", "termijnen", "journaal", "referentie"}
"""What a message may say otherwise the second time and mean the same: how the case stands by then, or when it came."""


@dataclass
class Books:
    """What partners said, in order, and all that they were told, by id; each keeps what came first under an id."""

    said: list[tuple[str, bytes]] = field(default_factory=list)
    heard: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    """What they were refused: that they do not say again."""

    def note(self, told: Told) -> None:
        for row in told.changes.outbox:
            said = told.kit.opened(row)
            before = self.heard.setdefault(str(row.id), (row.partner, said))
            assert before[0] == row.partner
            assert meaning(before[1]) == meaning(said), "another message under an id that is known"
            if said["type"] == wire_type(REFUSAL):
                self.refused.add(said["data"]["bericht"])


def meaning(said: dict[str, Any]) -> tuple[str, str]:
    data = {name: value for name, value in said["data"].items() if name not in STEPS}
    if "melding" in data and isinstance(data["melding"], dict):
        data["melding"] = {name: value for name, value in data["melding"].items() if name != "ontvangenOp"}
    data.pop("ontvangenOp", None)
    return said["type"], str(sorted(data.items()))


@dataclass
class Town:
    """Partners that speak to a hub and keep books of it."""

    kit: Kit
    books: Books

    async def say(self, name: str, type_: str, data: dict[str, Any] | None = None, **changes: Any) -> Told:
        """Say something new; it is accepted."""
        payload = self.kit.event(name, type_, data, **changes)
        self.books.said.append((name, payload))
        told = await self.send(name, payload)
        assert [row.fate for row in told.changes.inbox] == [Fate.ACCEPTED], told.to(name)
        return told

    async def send(self, name: str, payload: bytes) -> Told:
        told = Told(self.kit, payload, await self.kit.decide([self.kit.delivery(name, payload)]))
        self.books.note(told)
        return told

    async def resend(self, chance: Random | None = None) -> None:
        """All partners send all that they sent; until nothing that waits moves any more."""
        said = list(self.books.said)
        if chance is not None:
            chance.shuffle(said)
        for name, payload in said:
            await self.send(name, payload)
        waiting = -1
        while waiting != (waiting := await self.waiting()):
            await self.look()

    async def waiting(self) -> int:
        return int(await one(self.kit.engine, "select count(*) from stored_delivery"))

    async def look(self) -> None:
        said: list[Any] = []
        await timers(self.kit, said).look()
        for row in said:
            known = self.books.heard.setdefault(str(row.id), (row.partner, self.kit.opened(row)))
            assert meaning(known[1]) == meaning(self.kit.opened(row))

    async def holds(self, case: UUID) -> str | None:
        return (await self.case(case)).holder

    async def case(self, name: UUID) -> Case:
        view = await case_view(self.kit.engine, name)
        assert view is not None
        return view.case


@dataclass
class Story:
    """An evening in which sight on safety moved; who must hold after it."""

    case: UUID
    reports: list[UUID]
    made: UUID
    coincidence: str


async def an_evening(town: Town) -> Story:
    """Two report on one child, the triage assesses both and offers to two, twice; one says no, the other yes."""
    kit = town.kit
    child, *_ = family(kit)
    first = (await town.say("politie-test", REPORT, about(REPORT, child))).one("vt-test", PRESENTED)
    case, police = UUID(first["correlationid"]), first["data"]["melding"]["nummer"]
    second = await town.say("reclassering-test", PROBATION, about(PROBATION, child))
    probation = second.one("vt-test", PRESENTED)["data"]["melding"]["nummer"]
    coincidence = second.one("vt-test", COINCIDENCE)["data"]["samenloop"]
    await town.say("vt-test", CONTACT, sample(CONTACT) | {"samenloop": coincidence}, correlationid=case)
    for number in (police, probation):
        await town.say("vt-test", RECORDED, sample(RECORDED) | {"melding": number}, correlationid=case)
        outcome = sample(ASSESSED) | {"melding": number, "uitkomst": "geen-vervolg"}
        outcome.pop("ontvangendePartijen")
        await town.say("vt-test", ASSESSED, outcome, correlationid=case)
    offer = an_offer(kit, "wijkteam-test", "buurtteam-test")
    await town.say("vt-test", OFFER, offer, correlationid=case)
    more = sample(MORE_GIVEN) | {"overdracht": offer["overdracht"]}
    made = await town.say("vt-test", MORE_GIVEN, more, correlationid=case)
    await town.say("buurtteam-test", NO, a_no(offer), correlationid=case)
    await town.say("wijkteam-test", YES, a_yes(offer, made.row("wijkteam-test", MORE_GIVEN)), correlationid=case)
    await town.say("wijkteam-test", STARTED, sample(STARTED) | {"overdracht": offer["overdracht"]}, correlationid=case)
    numbers = [UUID(police), UUID(probation)]
    return Story(case, numbers, made.row("wijkteam-test", MORE_GIVEN).id, coincidence)


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
async def test_partners_that_resend_in_any_order_find_all_as_they_know_it(kit: Kit, seed: int | None) -> None:
    books = Books()
    async with backed_up(kit) as backup:
        told = await an_evening(Town(kit, books))
        before = set(books.heard)
        async with backup.restored(recovering=True) as again:
            town = Town(again, books)
            await town.resend(Random(seed) if seed else None)

            assert await town.waiting() == 0
            case = await town.case(told.case)
            assert case.holder == kit.oin("wijkteam-test")
            assert set(case.reports) == set(told.reports)
            assert books.refused == set()
            assert await one(again.engine, "select count(*) from cases") == 1
            # Whoever knows the case by its name goes on calling it so, and is told so.
            ends = await town.say("wijkteam-test", COMPLETED, completed_of(case), correlationid=told.case)
            assert ends.one("vt-test", COMPLETED)["correlationid"] == str(told.case)
            assert ends.one("vt-test", COMPLETED)["data"]["zaakversie"] > RECOVERED
    if seed is None:
        assert before == set(books.heard) - {str(row.id) for row in ends.changes.outbox}


def completed_of(case: Case) -> dict[str, Any]:
    (handover,) = case.handovers
    return sample(COMPLETED) | {"overdracht": str(handover)}


async def test_two_reports_on_one_child_in_the_other_order_make_the_case_that_everybody_knows(kit: Kit) -> None:
    books = Books()
    async with backed_up(kit) as backup:
        town = Town(kit, books)
        child, *_ = family(kit)
        first = (await town.say("politie-test", REPORT, about(REPORT, child))).one("vt-test", PRESENTED)
        second = (await town.say("reclassering-test", PROBATION, about(PROBATION, child))).one("vt-test", PRESENTED)
        case = UUID(first["correlationid"])
        recorded = sample(RECORDED) | {"melding": first["data"]["melding"]["nummer"]}
        await town.say("vt-test", RECORDED, recorded, correlationid=case)
        async with backup.restored(recovering=True) as again:
            town = Town(again, books)
            said = books.said[:]
            other = await town.send(*said[1])
            assert other.one("vt-test", PRESENTED)["id"] == second["id"]
            assert await town.holds(UUID(second["data"]["melding"]["nummer"])) == kit.oin("reclassering-test")
            one_ = await town.send(*said[0])
            assert one_.one("vt-test", PRESENTED)["id"] == first["id"]
            assert one_.one("vt-test", PRESENTED)["correlationid"] == str(case)
            # As it was: who reported first holds until the triage has recorded that.
            assert await town.holds(case) == kit.oin("politie-test")
            await town.send(*said[2])
            assert await town.holds(case) == kit.oin("vt-test")
            assert await one(again.engine, "select count(*) from cases") == 1


async def test_a_step_on_a_case_that_is_not_rebuilt_yet_waits_and_is_taken_when_it_is(kit: Kit) -> None:
    async with backed_up(kit) as backup:
        reported = await a_report(kit)
        async with backup.restored(recovering=True) as again:
            town = Town(again, Books())
            early = again.event("vt-test", ASSESSED, assessment(reported), correlationid=reported.case)
            told = await town.send("vt-test", early)
            assert [(row.fate, row.code) for row in told.changes.inbox] == [(Fate.RETRY, "zaak-onbekend")]
            await town.send("politie-test", reported.told.payload)
            await town.look()
            assert await town.waiting() == 0
            assert await town.holds(reported.case) == again.oin("vt-test")


async def test_what_waits_for_days_is_neither_refused_nor_quarantined_and_is_refused_when_the_recovery_is_over(
    kit: Kit,
) -> None:
    async with backed_up(kit) as backup:
        reported = await a_report(kit)
        async with backup.restored(recovering=True) as again:
            town = Town(again, Books())
            early = again.event("vt-test", ASSESSED, assessment(reported), correlationid=reported.case)
            await town.send("vt-test", early)
            for _ in range(again.setting.limits.retry_attempts + 3):
                await town.look()
            assert await rows(again.engine, "select fate from inbox") == [{"fate": "opnieuw"}]
            over = Town(await ended(again), Books())
            await over.look()
            assert await rows(again.engine, "select fate, code from inbox") == [
                {"fate": "geweigerd", "code": "zaak-onbekend"}
            ]


async def test_a_report_never_waits_for_days_for_the_case_that_it_names(kit: Kit) -> None:
    async with backed_up(kit) as backup:
        lost = await a_case(kit)
        async with backup.restored(recovering=True) as again:
            told = await Town(again, Books()).say("politie-test", REPORT, correlationid=lost.report)
            assert told.to("vt-test", PRESENTED)


async def test_what_has_lapsed_since_it_was_sent_is_taken_again(kit: Kit) -> None:
    late = kit.event(
        "politie-test", REPORT, time=kit.now() - timedelta(days=2), expirytime=kit.now() - timedelta(days=1)
    )
    async with backed_up(kit) as backup, backup.restored(recovering=True) as again:
        assert (await Town(again, Books()).send("politie-test", late)).to("vt-test", PRESENTED)
    told = Told(kit, late, await kit.decide([kit.delivery("politie-test", late)]))
    assert told.one("politie-test", REFUSAL)["data"]["code"] == "verlopen"


async def test_what_is_signed_with_a_key_that_the_directory_has_lost_waits_until_it_is_added_again(kit: Kit) -> None:
    async with backed_up(kit) as backup, backup.restored(recovering=True) as again:
        speaker, other = again.speakers["politie-test"], again.newcomer("stand-in", Role.POLICE, REGION, 77)
        signing = again.speakers["stand-in"].signing
        newer = replace(again, speakers=again.speakers | {"politie-test": replace(speaker, signing=signing)})
        town, report = Town(newer, Books()), newer.event("politie-test", REPORT)
        told = await town.send("politie-test", report)
        assert [(row.fate, row.code) for row in told.changes.inbox] == [(Fate.RETRY, "key-lost")]
        assert [(lack.code, lack.about) for lack in told.changes.lacks] == [("key-lost", "politie-test")]

        key = next(one for one in other.keys if one.use is KeyUse.SIGNING)
        await newer.change(lambda directory: add_key(directory, speaker.partner.id, key))
        await rows(newer.engine, "update stored_delivery set next_at = now()")
        await town.look()
        assert await town.waiting() == 0
        assert await one(newer.engine, "select count(*) from cases") == 1


async def test_a_key_that_nobody_adds_is_refused_when_the_recovery_is_over(kit: Kit) -> None:
    async with backed_up(kit) as backup, backup.restored(recovering=True) as again:
        again.newcomer("stand-in", Role.POLICE, REGION, 77)
        signing = again.speakers["stand-in"].signing
        speaker = replace(again.speakers["politie-test"], signing=signing)
        newer = replace(again, speakers=again.speakers | {"politie-test": speaker})
        await Town(newer, Books()).send("politie-test", newer.event("politie-test", REPORT))
        await rows(newer.engine, "update stored_delivery set next_at = now()")
        await Town(await ended(newer), Books()).look()
        assert await rows(newer.engine, "select fate, code from inbox") == [
            {"fate": "geweigerd", "code": "envelop-ongeldig"}
        ]


async def ended(kit: Kit) -> Kit:
    """The same hub when its recovery is over."""
    return replace(kit, store=PostgresStore(kit.engine, from_document, 30.0))
