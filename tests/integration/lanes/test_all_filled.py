"""All that opens no more comes back when all is sent again: word for word, in any order, by whichever connection, to
whoever stands in its recipient's place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from hub.canonical.environment import Environment
from hub.canonical.partners import Role
from hub.envelope.at_rest import Kept, reveal
from hub.envelope.hashes import sha256_hex
from hub.ids import PartnerId
from hub.ports import Place
from hub.routing.changes import add_partner
from hub.schemas.cloudevent import recipient_of
from hub.schemas.samples import sample
from tests.backups import backed_up
from tests.clock import Clock
from tests.databases import rows
from tests.integration.lanes.test_filling import facts
from tests.integration.lanes.test_organisation import reconnected
from tests.integration.lanes.test_recovery import MORE_GIVEN, Books, Town, an_evening
from tests.integration.lanes.test_retirement import moved, retired
from tests.kit import REGION, Kit
from tests.periods import gone, two_periods_on
from tests.talk import (
    ASSESSED,
    BOARD_NOTICE,
    CRIMINAL,
    DETACHED,
    NO,
    OFFER,
    PRESENTED,
    PROBATION,
    RECORDED,
    REPORT,
    STAND,
    WITHDRAWN,
    YES,
    a_no,
    a_yes,
    about,
    an_offer,
    family,
    timers,
    upkeep,
)

MORE_ASKED = "overdrachten.aanvulling-gevraagd"
QUESTION, REPLY = "monitoring.vraag", "monitoring.antwoord"
ADVICE_ASKED, ADVICE = "adviezen.adviesvraag", "adviezen.advies"
TABLE, ORDER = "actieoverleg.aanmelding", "meldingen.huisverbod"
NEXT = PartnerId("nieuw")


async def months(town: Town) -> None:
    """Reports that join, a supplement, an offer that is added to and accepted, questions, advice, a table, one report
    taken apart; and a case of which one offer was refused and withdrawn, and another stands open."""
    child, mother, *_ = family(town.kit)
    first = (await town.say("politie-test", REPORT, about(REPORT, child, mother))).one("vt-test", PRESENTED)
    case, police = UUID(first["correlationid"]), first["data"]["melding"]["nummer"]

    async def says(name: str, type_: str, **fields: Any) -> Any:
        return await town.say(name, type_, sample(type_) | fields, correlationid=case)

    await says("vt-test", RECORDED, melding=police)
    joined = (await town.say("om-test", CRIMINAL, about(CRIMINAL, child))).one("vt-test", PRESENTED)
    await says("vt-test", RECORDED, melding=joined["data"]["melding"]["nummer"])
    await town.say("politie-test", REPORT, about(REPORT, child), correlationid=UUID(police))
    await says("vt-test", ASSESSED, melding=police, uitkomst="overdracht")
    offer = an_offer(town.kit)
    await town.say("vt-test", OFFER, offer, correlationid=case)
    await says("wijkteam-test", MORE_ASKED, overdracht=offer["overdracht"])
    made = (await says("vt-test", MORE_GIVEN, overdracht=offer["overdracht"])).row("wijkteam-test", MORE_GIVEN)
    await town.say("wijkteam-test", YES, a_yes(offer, made), correlationid=case)
    asked = (await says("vt-test", QUESTION)).one("wijkteam-test", QUESTION)
    await says("wijkteam-test", REPLY, vraag=asked["data"]["vraag"])
    await says("vt-test", TABLE)
    await town.say("vt-test", STAND, {}, correlationid=case)
    question = (await town.say("wijkteam-test", ADVICE_ASKED)).one("vt-test", ADVICE_ASKED)
    await town.say("vt-test", ADVICE, causationid=UUID(question["id"]))
    third = (await town.say("reclassering-test", PROBATION, about(PROBATION, child))).one("vt-test", PRESENTED)
    await says("vt-test", DETACHED, melding=third["data"]["melding"]["nummer"])
    await town.say("politie-test", ORDER)
    await _refused_and_offered_again(town)


async def _refused_and_offered_again(town: Town) -> None:
    found = (await town.say("rvdk-test", BOARD_NOTICE)).one("vt-test", PRESENTED)
    case = UUID(found["correlationid"])
    recorded = sample(RECORDED) | {"melding": found["data"]["melding"]["nummer"]}
    await town.say("vt-test", RECORDED, recorded, correlationid=case)
    refused = an_offer(town.kit, "wijkteam-test", "buurtteam-test")
    await town.say("vt-test", OFFER, refused, correlationid=case)
    await town.say("buurtteam-test", NO, a_no(refused), correlationid=case)
    withdrawn = sample(WITHDRAWN) | {"overdracht": refused["overdracht"]}
    await town.say("vt-test", WITHDRAWN, withdrawn, correlationid=case)
    await town.say("vt-test", OFFER, an_offer(town.kit, "wijkteam-test", "buurtteam-test"), correlationid=case)


@dataclass(frozen=True)
class Waits:
    """A message that waits in the outbox: for whom, and what it says; nothing, if it opens no more."""

    partner: PartnerId
    sha256: str
    text: bytes | None


async def waiting(hub: Kit) -> Mapping[UUID, Waits]:
    query = "select id, partner, sha256, ciphertext, wrapped_key, key_id from outbox where next_at is not null"
    return {row["id"]: Waits(row["partner"], row["sha256"], _text(hub, row)) for row in await rows(hub.engine, query)}


def _text(hub: Kit, row: Mapping[str, Any]) -> bytes | None:
    if row["key_id"] == "gone":
        return None
    kept = Kept(row["ciphertext"], row["wrapped_key"])
    return reveal(kept, keys=hub.setting.keys.wrapped, bound_to=Place.OUTBOX.bound(row["id"]))


async def resent(hub: Kit, said: Sequence[tuple[str, bytes]], *, at_once: int = 1) -> None:
    deliveries = [hub.delivery(name, payload) for name, payload in said]
    for first in range(0, len(deliveries), at_once):
        await hub.decide(deliveries[first : first + at_once])


@pytest.mark.parametrize(("seed", "at_once"), [(0, 1), (2, 100)])
async def test_all_is_what_it_was_in_whichever_order_it_is_sent_again(kit: Kit, seed: int, at_once: int) -> None:
    await months(town := Town(kit, Books()))
    before, known = await waiting(kit), await facts(kit)
    hub = await two_periods_on(kit)
    assert await gone(hub, "outbox") > 40
    said = town.books.said[:]
    if seed:
        Random(seed).shuffle(said)
    await resent(hub, said, at_once=at_once)
    assert await waiting(hub) == before
    assert await gone(hub, "held") == 0
    assert await facts(hub) == known


async def test_what_lapsed_since_and_was_made_again_comes_back_too_dossiers_among_it(kit: Kit, clock: Clock) -> None:
    await months(town := Town(kit, Books()))
    for days in (10, 31, 31):
        await clock.put_ahead(timedelta(days=days))
        await timers(kit).look()
        await upkeep(kit).keep_house()
    before, known = await waiting(kit), await facts(kit)
    hub = await two_periods_on(kit)
    await resent(hub, town.books.said)
    assert await waiting(hub) == before
    assert await facts(hub) == known


async def test_what_was_said_while_partners_resent_comes_back_as_it_was_said_then(kit: Kit) -> None:
    books = Books()
    async with backed_up(kit) as empty:
        await an_evening(Town(kit, books))
        async with empty.restored(recovering=True) as again:
            await Town(again, books).resend(Random(5))
            before = await waiting(again)
            hub = await two_periods_on(again)
            await resent(hub, books.said)
            assert await waiting(hub) == before


async def replaced(hub: Kit, name: str, how: str) -> None:
    """Something comes in the place of this connection, and gets what waits for it; or nothing does."""
    role, former = hub.speakers[name].partner.role, PartnerId(name)
    if how == "another connection":
        await reconnected(hub, name, NEXT)
    elif how == "nobody":
        await retired(hub, former)
        return
    elif role is Role.VEILIG_THUIS:
        heir = hub.newcomer(NEXT, role, REGION, 66)
        await hub.change(lambda directory: add_partner(directory, heir, Environment.TEST, former))
    else:
        await hub.add(NEXT, role, REGION, 66)
        await retired(hub, former, NEXT)
    while await moved(hub, former, NEXT):
        pass


@pytest.mark.parametrize(
    ("name", "how", "when"),
    [
        ("vt-test", "another connection", "before"),
        ("politie-test", "another connection", "after"),
        ("wijkteam-test", "a successor", "before"),
        ("vt-test", "a successor", "after"),
        ("wijkteam-test", "nobody", "after"),
    ],
)
async def test_it_comes_back_to_whoever_stands_in_its_recipients_place(
    kit: Kit, name: str, how: str, when: str
) -> None:
    await months(town := Town(kit, Books()))
    if when == "before":
        await replaced(kit, name, how)
    hub = await two_periods_on(kit)
    if when == "after":
        await replaced(hub, name, how)
    speaks_now = NEXT if how == "another connection" else name
    await resent(hub, [(speaks_now if by == name else by, payload) for by, payload in town.books.said])
    for id_, one in (await waiting(hub)).items():
        assert one.text is not None, id_
        assert sha256_hex(one.text) == one.sha256
        assert json.loads(one.text)["recipient"] == recipient_of(hub.oin(one.partner))


async def test_a_successor_says_yes_to_an_offer_that_came_back_to_it(kit: Kit) -> None:
    town = Town(kit, Books())
    await months(town)
    (offer,) = [json.loads(payload) for _, payload in town.books.said[-1:]]
    hub = await two_periods_on(kit)
    await replaced(hub, "wijkteam-test", "a successor")
    await resent(hub, town.books.said)
    query = "select sha256 from outbox where partner = :partner and about = :about"
    (row,) = await rows(hub.engine, query, partner=NEXT, about=UUID(offer["data"]["overdracht"]))
    yes = a_yes(offer["data"], row["sha256"])
    told = await hub.tell(NEXT, YES, yes, correlationid=UUID(offer["correlationid"]))
    assert told.to(NEXT, "overdrachten.dossier")
