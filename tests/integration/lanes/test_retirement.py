"""A connection that is closing: what it had sent counts, and what waits for it goes to who stands in its place."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.ids import PartnerId
from hub.lanes.alarms import owe
from hub.lanes.batch import take_back
from hub.lanes.readdress import readdress
from hub.ports import Delivery, OutboxRow, Outgoing, Properties, Waiting
from hub.routing.changes import end_partner, retire_partner
from hub.schemas.cloudevent import recipient_of
from hub.store import closing
from hub.store.engine import transaction
from tests.clock import Clock
from tests.databases import books_fit, one, registers_tell_the_cases, rows
from tests.fakes import FakePublisher, until
from tests.integration.lanes.test_relay import running
from tests.kit import REGION, Kit
from tests.talk import (
    OFFER,
    PROCESSED,
    RECEIPT,
    RECORDED,
    REFUSAL,
    REPORT,
    STAND,
    YES,
    a_case,
    a_report,
    a_yes,
    an_offer,
    processed,
    recording,
    timers,
)

POLICE, TEAM = PartnerId("politie-test"), PartnerId("wijkteam-test")
MERGED, TEAM_Y = PartnerId("politie-fusie"), PartnerId("wijkteam-y")


@pytest.fixture
async def both(kit: Kit) -> Kit:
    await kit.add(MERGED, Role.POLICE, REGION, 66)
    await kit.add(TEAM_Y, Role.LOCAL_TEAM, REGION, 72)
    return kit


async def retired(kit: Kit, partner: PartnerId, successor: PartnerId | None = None) -> None:
    at = kit.now() - timedelta(milliseconds=100)
    await kit.change(lambda directory: retire_partner(directory, partner, at, successor))


async def waiting(kit: Kit, partner: PartnerId) -> Waiting:
    async with transaction(kit.engine) as connection:
        return await closing.waiting(connection, partner)


async def moved(kit: Kit, former: PartnerId, successor: PartnerId) -> int:
    """As the hub does while the former is closing; how many."""
    waiting_ = await kit.store.waiting_outgoing(former, 100)
    rows_ = (await readdress(former, waiting_, kit.store, kit.setting)).moved
    assert {row.partner for row in rows_} <= {successor}
    return len(rows_)


async def published(kit: Kit, number: int) -> list[Outgoing]:
    """So many messages of the hub, once the relay has sent them and the database knows."""
    await rows(kit.engine, "update outbox set next_at = now(), place = null where next_at is not null")
    publisher = FakePublisher()
    async with running(kit, publisher):
        await until(lambda: len(publisher.published) >= number)
    return publisher.published


def returned(message: Outgoing) -> Delivery:
    """As the broker brings it back from the queue of its recipient."""
    properties = Properties(message_id=str(message.id))
    return Delivery(message.partner, message.lane, message.body, properties, returned=True)


# What it had sent


@pytest.mark.parametrize("successor", [MERGED, None], ids=["with a successor", "without one"])
async def test_a_report_that_the_broker_had_confirmed_before_counts(both: Kit, successor: PartnerId | None) -> None:
    waits = both.delivery(POLICE, both.event(POLICE, REPORT, None, urgentie=Lane.ACUTE))
    await retired(both, POLICE, successor)
    changes = await both.decide([waits], Lane.ACUTE)

    assert [(row.fate.value, row.code) for row in changes.inbox] == [("aanvaard", None)]
    (case,) = changes.cases
    assert case.case.holder == both.oin(successor or POLICE), "the same party by law, from the first moment"
    assert [row.partner for row in changes.outbox if row.type.endswith("melding-aangeboden.v1")] == ["vt-test"]
    await books_fit(both.engine)
    await registers_tell_the_cases(both.engine)


async def test_a_yes_that_was_on_its_way_is_its_successors(both: Kit) -> None:
    opened = await a_case(both)
    offer = an_offer(both)
    made = (await both.tell("vt-test", OFFER, offer, correlationid=opened.case)).row(TEAM, OFFER)
    yes = both.event(TEAM, YES, a_yes(offer, made), correlationid=opened.case, causationid=made.id)
    await retired(both, TEAM, TEAM_Y)
    changes = await both.decide([both.delivery(TEAM, yes)])

    (case,) = changes.cases
    assert case.case.holder == both.oin(TEAM_Y)
    assert {row.partner for row in changes.outbox} == {TEAM_Y, "vt-test"}
    await registers_tell_the_cases(both.engine)


async def test_a_stored_retry_is_decided_with_the_keys_it_was_signed_with(both: Kit, clock: Clock) -> None:
    await a_case(both)
    early = both.event(POLICE, STAND, {}, correlationid=uuid4(), causationid=uuid4())
    await both.decide([both.delivery(POLICE, early)])
    await retired(both, POLICE, MERGED)
    assert (await waiting(both, POLICE)).retries == 1
    said = list[OutboxRow]()
    await clock.put_ahead(timedelta(minutes=15))
    await timers(both, said).look()

    (row,) = await rows(both.engine, "select fate, code from inbox where partner = :p and fate <> 'aanvaard'", p=POLICE)
    assert row == {"fate": "geweigerd", "code": "oorzaak-onbekend"}, "for what it says, and not for who said it"
    assert (await waiting(both, POLICE)).retries == 0
    await books_fit(both.engine)


async def test_what_comes_when_it_has_ended_is_refused(both: Kit) -> None:
    late = both.delivery(POLICE, both.event(POLICE, REPORT))
    await retired(both, POLICE, MERGED)
    await both.change(lambda directory: end_partner(directory, POLICE, both.now()))
    changes = await both.decide([late])

    assert [(row.fate.value, row.code) for row in changes.inbox] == [("geweigerd", "envelop-ongeldig")]


# What waits for it


async def test_what_was_said_to_it_is_made_for_its_successor_and_goes_out_to_that_alone(both: Kit) -> None:
    opened = await a_report(both)
    told = await both.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case)
    before = both.opened(told.row(POLICE, RECORDED))
    await retired(both, POLICE, MERGED)
    # Until it is made for its successor it is sent to nobody.
    assert {one.partner for one in await published(both, 2)} == {"vt-test"}
    assert await moved(both, POLICE, MERGED) == 2
    out = await published(both, 2)
    assert {both.received(sent)["recipient"] for sent in out if sent.partner == MERGED} == {
        recipient_of(both.oin(MERGED))
    }

    (recorded,) = [one for one in out if one.partner == MERGED and both.received(one)["type"].endswith("vastgelegd.v1")]
    assert both.received(recorded) == before | {"recipient": recipient_of(both.oin(MERGED))}
    assert not [one for one in out if one.partner == POLICE]
    told = await both.tell(MERGED, PROCESSED, processed(recorded.id))
    assert told.to(MERGED, REFUSAL) == []
    assert await one(both.engine, "select count(delivered_at) from outbox where id = :id", id=recorded.id) == 1


@pytest.mark.parametrize("names", ["what it got", "what its former got"])
async def test_what_lay_unread_in_its_queues_goes_to_its_successor_once_and_under_its_own_id(
    both: Kit, names: str
) -> None:
    """A receipt, which is not kept once it is out; an offer, which is; and one that it had fetched."""
    opened = await a_case(both)
    offer = an_offer(both)
    await both.tell("vt-test", OFFER, offer, correlationid=opened.case)
    await both.tell(TEAM, STAND, {}, correlationid=opened.case)
    first = await published(both, 7)
    mine = [one for one in first if one.partner == TEAM]
    kinds = {both.received(one)["type"].split(".")[-2]: one for one in mine}
    assert set(kinds) == {"aanbod", "stand", "ontvangstbevestiging"}
    await both.tell(TEAM, PROCESSED, processed(kinds["stand"].id))
    former = await one(both.engine, "select sha256 from outbox where id = :id", id=kinds["aanbod"].id)
    await retired(both, TEAM, TEAM_Y)

    for _ in range(2):  # the second time as after a crash between the commit and the acknowledgement
        await take_back([returned(one) for one in mine], both.store, Lane.ROUTINE, both.setting)
        await moved(both, TEAM, TEAM_Y)
    again = [one for one in await published(both, 2) if one.partner == TEAM_Y]
    assert {one.id for one in again} == {kinds["aanbod"].id, kinds["ontvangstbevestiging"].id}
    offered = next(both.received(one) for one in again if one.id == kinds["aanbod"].id)
    assert offered["data"]["overdracht"] == offer["overdracht"]
    assert {both.received(sent)["recipient"] for sent in again} == {recipient_of(both.oin(TEAM_Y))}
    sha256 = await one(both.engine, "select sha256 from outbox where id = :id", id=kinds["aanbod"].id)
    assert sha256 != former
    sha256 = sha256 if names == "what it got" else former
    yes = await both.tell(TEAM_Y, YES, a_yes(offer, sha256), correlationid=opened.case, causationid=kinds["aanbod"].id)
    assert yes.to(TEAM_Y, RECEIPT)
    await books_fit(both.engine)


async def test_the_outbox_of_one_becomes_that_of_the_other_and_nothing_is_left(both: Kit) -> None:
    opened = await a_report(both)
    await both.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case)
    await retired(both, POLICE, MERGED)
    assert (await waiting(both, POLICE)).outgoing == 2
    assert [await moved(both, POLICE, MERGED) for _ in range(2)] == [2, 0]
    assert (await waiting(both, POLICE), (await waiting(both, MERGED)).outgoing) == (Waiting(0, 0, 0), 2)
    await books_fit(both.engine)


async def test_its_own_word_that_it_has_a_message_counts_also_when_that_was_moved(both: Kit) -> None:
    opened = await a_report(both)
    told = await both.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case)
    row = told.row(POLICE, RECORDED)
    word = both.delivery(POLICE, both.event(POLICE, PROCESSED, processed(row.id)))
    await retired(both, POLICE, MERGED)
    await moved(both, POLICE, MERGED)
    changes = await both.decide([word])

    assert [(row.fate.value, row.code) for row in changes.inbox] == [("aanvaard", None)]
    assert await one(both.engine, "select count(delivered_at) from outbox where id = :id", id=row.id) == 1


async def test_with_nobody_in_its_place_what_waits_lies_in_its_queue_once_until_somebody_is_named(
    both: Kit, clock: Clock
) -> None:
    opened = await a_report(both)
    told = await both.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case)
    row = told.row(POLICE, RECORDED)
    await retired(both, POLICE)
    assert [one.partner for one in await published(both, 4) if one.id == row.id] == [POLICE]
    await rows(both.engine, "update outbox set next_at = now(), place = null where next_at is not null")
    publisher = FakePublisher()
    async with running(both, publisher):
        await until(lambda: any(sent.partner == "vt-test" for sent in publisher.published))
    assert [sent.id for sent in publisher.published if sent.partner == POLICE] == []
    assert (await waiting(both, POLICE)).outgoing == 1

    await both.change(lambda directory: retire_partner(directory, POLICE, both.now(), MERGED))
    assert await moved(both, POLICE, MERGED) == 1
    assert [sent.partner for sent in await published(both, 1) if sent.id == row.id] == [MERGED]


async def test_what_is_given_up_is_destroyed_with_its_keys(both: Kit) -> None:
    opened = await a_report(both)
    await both.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case)
    await retired(both, POLICE)
    async with transaction(both.engine) as connection:
        assert len(await closing.give_up(connection, POLICE)) == 2
    assert await waiting(both, POLICE) == Waiting(0, 0, 0)
    left = await one(both.engine, "select count(wrapped_key) from outbox where partner = :p", p=POLICE)
    assert left == 0
    await books_fit(both.engine)


async def test_the_triage_takes_over_from_one_that_ended_with_nobody_in_its_place(both: Kit) -> None:
    opened = await a_case(both)
    offer = an_offer(both)
    made = (await both.tell("vt-test", OFFER, offer, correlationid=opened.case)).row(TEAM, OFFER)
    await both.tell(TEAM, YES, a_yes(offer, made), correlationid=opened.case)
    await retired(both, TEAM)
    async with transaction(both.engine) as connection:
        held = await closing.held(connection, both.oin(TEAM))
        named = await closing.named_on(connection, both.oin(TEAM))
    assert (held, [case.id for case in named]) == ([opened.case], [opened.case])

    async with transaction(both.engine) as other:
        await other.execute(text("select from cases where id = :id for update"), {"id": opened.case})
        assert not (await owe(held, both.store, both.setting)).outbox  # it is asked again
    changes = await owe(held, both.store, both.setting)
    again = await owe(held, both.store, both.setting)
    (asked,) = changes.outbox
    assert (asked.partner, list(again.outbox)) == ("vt-test", [])
    said = both.opened(asked)["data"]
    assert (said["herkomst"], said["gever"], said["houder"]) == ("houder-beeindigd", both.oin(TEAM), both.oin(TEAM))
    yes = await both.tell("vt-test", YES, a_yes(said, asked), correlationid=opened.case, causationid=asked.id)
    assert yes.to("vt-test", RECEIPT)
    stand = await both.tell("vt-test", STAND, {}, correlationid=opened.case)
    assert stand.one("vt-test", "zaken.stand")["data"]["houder"] == both.oin("vt-test")
    await books_fit(both.engine)
    await registers_tell_the_cases(both.engine)
