"""P2: the same message again has the same answer and no second effect; the same id with other content is refused."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from hub.canonical.codes import Lane
from hub.envelope.hashes import sha256_hex
from hub.ids import PartnerId
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.ports import Changes, Delivery, Fate
from hub.store.engine import transaction
from tests.databases import one, rows
from tests.fakes import until
from tests.integration.lanes.test_batches import statements
from tests.integration.lanes.test_organisation import reconnected
from tests.kit import Kit, Told
from tests.talk import RECEIPT, REFUSAL, REPORT, STAND, a_report, given_up


def texts(kit: Kit, told: Told) -> set[tuple[UUID, str]]:
    """Id and hash of what was said: the hash is of the bytes that are signed."""
    return {(row.id, row.sha256) for row in told.changes.outbox}


async def again(kit: Kit, name: str, payload: bytes) -> Told:
    return Told(kit, payload, await kit.decide([kit.delivery(name, payload)]))


async def test_two_workers_that_get_the_same_message_at_once_make_one_effect_and_one_receipt(kit: Kit) -> None:
    payload = kit.event("politie-test", REPORT)
    copies = [kit.delivery("politie-test", payload), kit.delivery("politie-test", payload)]
    # Both have found nothing and are held up; then the second meets the first's row.
    async with transaction(kit.engine) as blocker:
        await blocker.execute(text("lock table case_event in exclusive mode"))
        both = asyncio.gather(*(patiently(kit, one) for one in copies))
        await until(lambda: waiting(kit, 2))
    first, second = await both

    assert sorted((changes.duplicates, len(changes.cases)) for changes in (first, second)) == [(0, 1), (1, 0)]
    receipts = [row for row in (*first.outbox, *second.outbox) if row.partner == "politie-test"]
    assert len(receipts) == 2
    assert len({(row.id, row.sha256) for row in receipts}) == 1
    assert await one(kit.engine, "select deliveries from inbox") == 2


async def test_two_workers_that_get_other_content_under_one_id_at_once_refuse_one_of_them(kit: Kit) -> None:
    id_ = uuid4()
    payloads = [kit.event("politie-test", REPORT, id=id_, urgentie=lane) for lane in Lane]
    async with transaction(kit.engine) as blocker:
        await blocker.execute(text("lock table case_event in exclusive mode"))
        both = asyncio.gather(*(patiently(kit, kit.delivery("politie-test", one)) for one in payloads))
        await until(lambda: waiting(kit, 2))
    await both

    decided = await rows(kit.engine, "select fate, code, claims_id from inbox order by fate")
    assert decided == [
        {"fate": "aanvaard", "code": None, "claims_id": True},
        {"fate": "geweigerd", "code": "id-hergebruik", "claims_id": False},
    ]


@pytest.mark.parametrize("lower_first", [True, False])
async def test_of_two_contents_under_one_id_in_one_batch_the_first_counts(kit: Kit, lower_first: bool) -> None:
    """Whatever their hashes: the rows are written in the order of these, to lock in one order."""
    id_ = uuid4()
    payloads = [kit.event("politie-test", REPORT, id=id_, urgentie=lane) for lane in Lane]
    first, second = sorted(payloads, key=sha256_hex, reverse=not lower_first)
    changes = await kit.decide([kit.delivery("politie-test", first), kit.delivery("politie-test", second)])

    assert [(row.content_hash, row.fate, row.code) for row in changes.inbox] == [
        (sha256_hex(first), Fate.ACCEPTED, None),
        (sha256_hex(second), Fate.REJECTED, "id-hergebruik"),
    ]


async def test_what_cannot_be_opened_takes_no_id_from_a_message_that_comes_with_its_copy(kit: Kit) -> None:
    good = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    broken = replace(good, body=b"niets")
    await kit.decide([broken])
    changes = await kit.decide([broken, good])

    assert broken.properties.message_id == good.properties.message_id
    assert [row.fate for row in changes.inbox] == [Fate.REJECTED, Fate.ACCEPTED]


async def test_other_content_under_a_used_id_stays_refused_with_the_same_words(kit: Kit) -> None:
    told = (await a_report(kit)).told
    other = await kit.tell("politie-test", REPORT, id=told.id, urgentie=Lane.ACUTE)
    same = await again(kit, "politie-test", other.payload)

    assert other.one("politie-test", REFUSAL)["data"]["code"] == "id-hergebruik"
    assert other.one("politie-test", REFUSAL)["data"]["velden"] == ["/id"]
    assert texts(kit, same) == texts(kit, other)
    assert same.changes.duplicates == 1


async def test_the_id_of_one_partner_is_free_for_another(kit: Kit) -> None:
    told = (await a_report(kit)).told
    other = await kit.tell("om-test", "meldingen.strafrechtelijk-bericht", id=told.id)

    assert other.to("om-test", RECEIPT)


async def test_a_refused_message_again_gets_the_same_refusal_to_the_byte(kit: Kit) -> None:
    first = await kit.tell("politie-test", REPORT, {"kenmerk": ""})
    second = await again(kit, "politie-test", first.payload)

    assert first.one("politie-test", REFUSAL) == second.one("politie-test", REFUSAL)
    assert texts(kit, first) == texts(kit, second)


async def test_the_answer_is_rebuilt_after_its_payload_is_gone(kit: Kit) -> None:
    told = (await a_report(kit)).told
    receipt = told.row("politie-test", RECEIPT)
    await kit.store.published([receipt.id], 60, 60)
    assert await one(kit.engine, "select ciphertext from outbox where id = :id", id=receipt.id) is None

    second = await again(kit, "politie-test", told.payload)

    assert second.one("politie-test", RECEIPT) == told.one("politie-test", RECEIPT)


async def test_an_answer_that_is_said_again_is_leased_to_who_says_it(kit: Kit) -> None:
    told = (await a_report(kit)).told
    receipt = told.row("politie-test", RECEIPT)
    await kit.store.published([receipt.id], 60, 60)
    await rows(kit.engine, "update inbox set decided_at = decided_at - interval '1 hour'")

    await again(kit, "politie-test", told.payload)

    assert await one(kit.engine, "select next_at > now() from outbox where id = :id", id=receipt.id)


# --- what the broker brings again is no copy of its sender's ---------------------------------------------------------


async def brought_again(kit: Kit, told: Told, name: str = "politie-test", count: int = 1) -> Changes:
    """By the broker: whoever had it was lost before it could acknowledge."""
    return await kit.decide([replace(kit.delivery("politie-test", told.payload, partner=PartnerId(name)), count=count)])


async def test_an_answer_that_the_broker_has_is_not_said_again_to_what_it_brings_again_and_to_a_copy_it_is(
    kit: Kit,
) -> None:
    told = (await a_report(kit)).told
    await kit.store.published([told.row("politie-test", RECEIPT).id], 60, 60)

    changes = await brought_again(kit, told)
    assert (changes.outbox, changes.duplicates) == ((), 1)
    assert await one(kit.engine, "select deliveries from inbox") == 2
    assert texts(kit, await again(kit, "politie-test", told.payload)) < texts(kit, told)


async def test_a_refusal_that_the_broker_has_is_not_said_again_either(kit: Kit) -> None:
    told = await kit.tell("politie-test", REPORT, {"kenmerk": ""})
    await kit.store.published([told.row("politie-test", REFUSAL).id], 60, 60)
    assert (await brought_again(kit, told, count=7)).outbox == ()


async def test_an_answer_that_may_never_have_been_published_is_said_again(kit: Kit) -> None:
    told = (await a_report(kit)).told
    changes = await brought_again(kit, told)
    assert texts(kit, Told(kit, told.payload, changes)) < texts(kit, told)


async def test_an_answer_that_another_connection_got_is_said_to_the_one_that_asks(kit: Kit) -> None:
    told = (await a_report(kit)).told
    await kit.store.published([told.row("politie-test", RECEIPT).id], 60, 60)
    await reconnected(kit, "politie-test", "politie-nieuw")
    (row,) = (await brought_again(kit, told, "politie-nieuw")).outbox
    assert row.partner == "politie-nieuw"


async def test_of_many_brought_again_the_answers_are_looked_up_together(kit: Kit) -> None:
    kit, numbers = kit.in_one_batch(), list[int]()
    for size in (1, 20):
        payloads = [kit.event("politie-test", REPORT) for _ in range(size)]
        deliveries = [replace(kit.delivery("politie-test", one), count=1) for one in payloads]
        answers = {row.answer for row in (await kit.decide(deliveries)).inbox}
        await kit.store.published([id_ for id_ in answers if id_], 60, 60)
        with statements(kit) as seen:
            assert (await kit.decide(deliveries)).outbox == ()
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]


async def test_the_same_payload_in_a_new_envelope_is_the_same_message(kit: Kit) -> None:
    told = (await a_report(kit)).told
    first, second = (kit.delivery("politie-test", told.payload) for _ in range(2))
    assert first.body != second.body

    changes = await kit.decide([first, second])

    assert (changes.deliveries, changes.duplicates) == (2, 2)


async def test_a_body_that_cannot_be_opened_counts_by_its_hash(kit: Kit) -> None:
    broken = replace(kit.delivery("politie-test", kit.event("politie-test", REPORT)), body=b"niets")
    first = await kit.decide([broken])
    second = await kit.decide([broken, broken])

    assert (first.duplicates, second.duplicates) == (0, 2)
    assert first.outbox[0].sha256 == second.outbox[0].sha256
    assert await one(kit.engine, "select deliveries from inbox") == 3


async def test_a_duplicate_of_a_message_that_waits_for_a_retry_is_only_counted(kit: Kit) -> None:
    early = await kit.tell("vt-test", STAND, {}, correlationid=uuid4(), causationid=uuid4())
    second = await again(kit, "vt-test", early.payload)

    assert early.changes.outbox == second.changes.outbox == ()
    assert await rows(kit.engine, "select fate, deliveries from inbox") == [{"fate": "opnieuw", "deliveries": 2}]
    assert await one(kit.engine, "select attempts from stored_delivery") == 1


async def test_a_duplicate_of_a_message_in_quarantine_is_only_counted(kit: Kit) -> None:
    payload = kit.event("politie-test", REPORT)
    dead = replace(kit.delivery("politie-test", payload), dead=True)
    await kit.decide([dead])
    changes = await kit.decide([dead])

    assert changes.outbox == ()
    assert await rows(kit.engine, "select fate, deliveries from inbox") == [{"fate": "quarantaine", "deliveries": 2}]
    await given_up(kit, await one(kit.engine, "select id from inbox"))


async def test_an_expired_duplicate_gets_its_receipt(kit: Kit) -> None:
    told = (await a_report(kit)).told
    # As if everything had happened ten days ago: the copy comes after its expirytime.
    await rows(kit.engine, "update inbox set received_at = received_at - interval '10 days'")
    expired = await again(kit, "politie-test", told.payload)

    assert expired.to("politie-test", RECEIPT)


async def patiently(kit: Kit, delivery: Delivery) -> Changes:
    """As a worker decides it: if it met another it runs again."""
    return await Patient(Health())(lambda: kit.decide([delivery]))


async def waiting(kit: Kit, number: int) -> bool:
    found = await one(
        kit.engine,
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    )
    return found == number
