"""The partner's client against a real broker: what docs/contract.md asks of a partner, and what it may try."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane
from hub.canonical.partners import KeyUse, Suite
from hub.envelope import keys
from hub.envelope.sealing import seal
from hub.errors import BrokerAway, OperatorError, Unconfirmed
from hub.ids import MessageId
from hub.partner.client import Client, Tools, connected
from hub.partner.messages import Draft, Received
from hub.partner.profile import Profile, hub_document, load, write_hub
from hub.schemas.message import wire_type
from tests.integration.partner.echo import PATIENCE, EchoHub, Host, until
from tests.unit.partner.kit import PARTNER_KEYS, hub_json, id_of, said, sealed

TOOLS = Tools(clock=lambda: datetime.now(UTC), new_id=uuid4)
QUESTION = Draft(wire_type("zaken.standvraag"), {}, correlation=UUID(int=5))
STEPS = {"melding": str(uuid4()), "stap": "beoordeeld", "uitkomst": "onderzoek"}


@asynccontextmanager
async def at_work(me: Profile, **options: Any) -> AsyncIterator[tuple[Client, list[Received]]]:
    """A client that receives all the time, and what it was handed."""
    handed: list[Received] = []

    async def work(client: Client) -> None:
        async for message in client.receive():
            handed.append(message)  # noqa: PERF401 - it never ends

    async with connected(me, TOOLS, **options) as client:
        task = asyncio.create_task(work(client))
        try:
            yield client, handed
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def told(hub: EchoHub, id_: UUID) -> Callable[[], bool]:
    return lambda: bool(hub.confirmed(id_))


async def test_a_message_carries_the_properties_of_the_contract_and_gets_its_receipt(
    me: Profile, host: Host, hub: EchoHub
) -> None:
    async with at_work(me) as (client, _):
        id_ = await client.send(QUESTION)
        answer = await client.wait_for_answer(id_, PATIENCE)
    message = hub.got[0].message
    assert (message.message_id, message.user_id, message.content_type) == (str(id_), host.name, "application/jose")
    assert message.delivery_mode == 2
    assert message.timestamp is not None
    assert message.routing_key == "regulier"
    assert answer is not None
    assert (answer.accepted, answer.sha256) == (True, hub.got[0].sha256)


async def test_a_resend_repeats_the_payload_and_its_receipt_is_processed_once(me: Profile, hub: EchoHub) -> None:
    async with at_work(me) as (client, handed):
        id_ = await client.send(QUESTION)
        first = await client.wait_for_answer(id_, PATIENCE)
        assert first is not None
        await client.resend(id_)
        await until(lambda: client.books.copies_received(first.id) == 2)
    assert [one.sha256 for one in hub.got] == [hub.got[0].sha256] * 2
    assert hub.got[0].message.body != hub.got[1].message.body, "the envelope is new"
    assert [message.id for message in handed] == [first.id]


async def test_a_message_is_sent_again_until_it_is_answered(me: Profile, hub: EchoHub) -> None:
    hub.answers = False
    async with at_work(me) as (client, _):
        id_ = await client.send(QUESTION)
        waiting = asyncio.create_task(client.wait_for_answer(id_, PATIENCE, resend_after=0.1))
        await until(lambda: len(hub.got) >= 3)
        hub.answers = True
        answer = await waiting
        assert answer is not None
        assert client.books.copies_sent(id_) == len(hub.got)


async def test_an_answer_that_does_not_come_is_none(me: Profile, hub: EchoHub) -> None:
    hub.answers = False
    async with at_work(me) as (client, _):
        assert await client.wait_for_answer(await client.send(QUESTION), 0.2) is None


async def test_what_is_not_in_the_books_is_not_resent(me: Profile, hub: EchoHub) -> None:
    async with connected(me, TOOLS) as client:
        with pytest.raises(OperatorError, match="not in the books"):
            await client.resend(uuid4())


async def test_a_message_of_the_hub_is_handed_over_once_and_answered_each_time(me: Profile, hub: EchoHub) -> None:
    payload = said("terugkoppelingen.stappen", STEPS)
    async with at_work(me) as (_, handed):
        id_ = await hub.say(payload)
        await until(told(hub, id_))
        await hub.say(payload)
        await until(lambda: hub.confirmed(id_) == ["opgeslagen", "opgeslagen"])
    assert [message.id for message in handed] == [id_]
    assert {event["causationid"] for event in hub.events("verwerking.verwerkt")} == {str(id_)}


async def test_answers_are_not_answered(me: Profile, hub: EchoHub) -> None:
    async with at_work(me) as (client, handed):
        await client.wait_for_answer(await client.send(QUESTION), PATIENCE)
        delay = {"sha256": "ab" * 32, "hashVan": "bericht", "ontvangenOp": "2026-03-02T12:00:00Z"}
        await hub.say(said("verwerking.vertraagd", delay))
        id_ = await hub.say(said("terugkoppelingen.stappen", STEPS))
        await until(told(hub, id_))
    assert len(handed) == 3
    assert len(hub.events("verwerking.verwerkt")) == 1


async def test_a_partner_that_leaves_out_verwerkt_is_silent(me: Profile, hub: EchoHub) -> None:
    async with at_work(me, confirms=False) as (client, handed):
        await hub.say(said("terugkoppelingen.stappen", STEPS))
        await until(lambda: handed)
        await client.wait_for_answer(await client.send(QUESTION), PATIENCE)
    assert hub.events("verwerking.verwerkt") == []


async def test_acute_messages_come_first(me: Profile, hub: EchoHub) -> None:
    routine = [await hub.say(said("terugkoppelingen.stappen", STEPS)) for _ in range(20)]
    acute = await hub.say(said("terugkoppelingen.stappen", STEPS, urgentie=Lane.ACUTE), "acuut")
    async with at_work(me) as (_, handed):
        await until(lambda: len(handed) == 21)
    place = [message.id for message in handed].index(MessageId(acute))
    assert place <= 1, "at most the one that was in hand already came before"
    assert {message.id for message in handed} == {*routine, acute}


async def test_an_acute_message_is_answered_on_its_own_lane(me: Profile, hub: EchoHub) -> None:
    async with at_work(me):
        id_ = await hub.say(said("terugkoppelingen.stappen", STEPS, urgentie=Lane.ACUTE), "acuut")
        await until(told(hub, id_))
    assert [(one.message.routing_key, one.event["urgentie"]) for one in hub.got if one.event] == [("acuut", "acuut")]


async def test_what_cannot_be_opened_is_told_to_the_hub_and_taken_after_repair(me: Profile, hub: EchoHub) -> None:
    payload = said("terugkoppelingen.stappen", STEPS)
    async with at_work(me) as (client, handed):
        await hub.put(b"no envelope", id_of(payload))
        await until(lambda: hub.confirmed(id_of(payload)) == ["niet-te-openen"])
        assert client.books.account().unreadable == 1
        await hub.say(payload)
        await until(lambda: hub.confirmed(id_of(payload)) == ["niet-te-openen", "opgeslagen"])
        assert client.books.account().unreadable == 0
    assert [message.id for message in handed] == [id_of(payload)]


async def test_what_cannot_be_read_is_told_to_the_hub(me: Profile, hub: EchoHub) -> None:
    payload = said("terugkoppelingen.stappen", STEPS | {"uitkomst": "onzin"})
    async with at_work(me):
        await hub.say(payload)
        await until(lambda: hub.confirmed(id_of(payload)) == ["niet-te-lezen"])


async def test_a_delivery_without_an_id_is_let_go(me: Profile, hub: EchoHub) -> None:
    async with at_work(me):
        await hub.put(b"no envelope", "no uuid")
        id_ = await hub.say(said("terugkoppelingen.stappen", STEPS))
        await until(told(hub, id_))


async def test_a_message_that_was_not_processed_comes_again(me: Profile, hub: EchoHub) -> None:
    id_ = await hub.say(said("terugkoppelingen.stappen", STEPS))
    async with connected(me, TOOLS) as client:
        async for message in client.receive():
            assert message.id == id_
            break
    assert not hub.confirmed(id_)
    async with at_work(me) as (_, handed):
        await until(told(hub, id_))
    assert [message.id for message in handed] == [id_]


async def test_receiving_ends_in_time_and_acknowledges_what_was_handed_over(me: Profile, hub: EchoHub) -> None:
    id_ = await hub.say(said("terugkoppelingen.stappen", STEPS))
    async with connected(me, TOOLS) as client:
        assert [message.id async for message in client.receive(seconds=1.0)] == [id_]
        assert [message.id async for message in client.receive(seconds=0.5)] == []
    await until(told(hub, id_))


async def test_a_cut_connection_mends_itself(me: Profile, host: Host, hub: EchoHub) -> None:
    async with at_work(me) as (client, handed):
        await host.cut()
        id_ = await hub.say(said("terugkoppelingen.stappen", STEPS))
        await until(told(hub, id_))
        answer = await client.wait_for_answer(await client.send(QUESTION), PATIENCE)
        assert answer is not None
    assert id_ in [message.id for message in handed]


async def test_a_returned_message_was_not_received_and_can_be_sent_again(me: Profile, host: Host, hub: EchoHub) -> None:
    async with at_work(me) as (client, _):
        await host.unbind("regulier")
        with pytest.raises(Unconfirmed, match="no queue"):
            await client.send(QUESTION)
        (id_,) = client.books.unanswered()
        assert client.books.account().sent == 0
        await host.bind("regulier")
        await client.resend(id_)
        assert await client.wait_for_answer(id_, PATIENCE) is not None


async def test_a_broker_that_is_not_there_is_away(me: Profile) -> None:
    nowhere = Profile(
        **{name: getattr(me, name) for name in me.__slots__} | {"amqp_urls": ("amqp://a:b@127.0.0.1:9/c",)}
    )
    with pytest.raises(BrokerAway):
        async with connected(nowhere, TOOLS, deadline=1.0):
            pass


async def test_misbehaviour_reaches_the_hub_as_it_is(me: Profile, hub: EchoHub) -> None:
    stranger = keys.load_signing_key(keys.generate(Suite.S1).signing)
    async with connected(me, TOOLS) as client:
        foreign = await client.send(QUESTION, signing=stranger)
        raw = await client.send_body(b"raw")
        await until(lambda: len(hub.got) == 2)
        assert client.books.account().sent == 2
    assert [(one.message.message_id, one.event) for one in hub.got] == [(str(foreign), None), (str(raw), None)]


async def test_only_answers_are_taken_by_who_waits_for_them(me: Profile, hub: EchoHub) -> None:
    other = await hub.say(said("terugkoppelingen.stappen", STEPS))
    async with connected(me, TOOLS) as client:
        task = asyncio.create_task(client.receive_answers())
        answer = await client.wait_for_answer(await client.send(QUESTION), PATIENCE)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert answer is not None
    async with at_work(me) as (_, handed):
        await until(told(hub, other))
    assert [message.id for message in handed] == [other]


async def test_many_messages_at_once_get_each_their_own_receipt(me: Profile, hub: EchoHub) -> None:
    async with at_work(me) as (client, _):
        ids = await asyncio.gather(*(client.send(QUESTION) for _ in range(50)))
        answers = await asyncio.gather(*(client.wait_for_answer(id_, PATIENCE) for id_ in ids))
        assert {json.dumps(answer.content["data"]["bericht"]) for answer in answers if answer} == {
            json.dumps(str(id_)) for id_ in ids
        }
        account = client.books.account()
    assert (account.sent, account.accepted, account.unanswered) == (50, 50, 0)


async def test_a_sealed_message_for_another_is_not_believed(me: Profile, hub: EchoHub) -> None:
    payload = said("terugkoppelingen.stappen", STEPS)
    async with at_work(me):
        other = uuid4()
        await hub.put(sealed(payload), other)
        await until(lambda: hub.confirmed(other) == ["niet-te-lezen"])


# ---- the hub's keys


def a_new_key(use: KeyUse, pairs: keys.KeyPairs, **changes: Any) -> bytes:
    jwk = json.loads(keys.public(pairs.signing if use is KeyUse.SIGNING else pairs.encryption))
    told = {"suite": "S1", "gebruik": use.value, "kid": jwk["kid"], "toestand": "in-gebruik", "sleutel": jwk}
    return said("verwerking.hubsleutel", told | {"vanaf": "2026-11-30T09:00:00Z"} | changes)


async def test_a_key_that_the_hub_signs_with_is_kept_before_it_is_answered_and_every_process_knows_it(
    me: Profile, hub: EchoHub
) -> None:
    new = keys.generate(Suite.S1)
    payload = said("terugkoppelingen.stappen", STEPS)
    signed = seal(
        payload,
        signing=keys.load_signing_key(new.signing),
        recipient=keys.load_encryption_key(keys.public(PARTNER_KEYS.encryption)),
    )
    async with at_work(me) as (client, handed):
        other: Any = Client(me, client.books, None, TOOLS, confirms=True)  # type: ignore[arg-type]
        assert len(other.profile.hub_signing) == 1
        id_ = await hub.say(a_new_key(KeyUse.SIGNING, new))
        await until(told(hub, id_))
        assert len(other.profile.hub_signing) == 2
        await hub.put(signed, id_of(payload))
        await until(lambda: hub.confirmed(id_of(payload)) == ["opgeslagen"])
        assert client.profile.signing is me.signing
    assert [message.id for message in handed] == [id_, id_of(payload)]
    assert len(load(me.folder).hub_signing) == 2


async def test_what_is_sent_and_resent_is_encrypted_to_the_key_that_the_hub_told_of(me: Profile, hub: EchoHub) -> None:
    new = keys.generate(Suite.S1)
    async with at_work(me) as (client, _):
        before = await client.send(QUESTION)
        await client.wait_for_answer(before, PATIENCE)
        await hub.say(a_new_key(KeyUse.ENCRYPTION, new))
        await until(lambda: len(hub.got) == 2)
        await client.resend(before)
        await until(lambda: len(hub.got) == 3)
    assert hub.got[1].event is None, "verwerkt is encrypted to it too"
    assert header(hub.got[2].message.body)["kid"] == keys.thumbprint(new.encryption)


async def test_a_key_that_is_not_what_it_says_is_told_to_the_hub_and_not_kept(me: Profile, hub: EchoHub) -> None:
    before = hub_document(me.folder)
    wrong = a_new_key(KeyUse.SIGNING, keys.generate(Suite.S1), kid="A" * 43)
    async with at_work(me):
        id_ = await hub.say(wrong)
        await until(lambda: hub.confirmed(id_) == ["niet-te-lezen"])
    assert hub_document(me.folder) == before


async def test_a_key_that_cannot_be_stored_is_told_to_the_hub_and_taken_when_it_comes_again(
    me: Profile, hub: EchoHub
) -> None:
    said_it, before = a_new_key(KeyUse.SIGNING, keys.generate(Suite.S1)), hub_document(me.folder)
    async with at_work(me):
        (me.folder / "hub.json").write_text("{")
        id_ = await hub.say(said_it)
        await until(lambda: hub.confirmed(id_) == ["niet-op-te-slaan"])
        write_hub(me.folder, before)
        await hub.say(said_it)
        await until(lambda: hub.confirmed(id_) == ["niet-op-te-slaan", "opgeslagen"])
    assert len(load(me.folder).hub_signing) == 2


async def test_while_a_hand_writes_the_file_the_keys_are_as_they_were(me: Profile, hub: EchoHub) -> None:
    async with connected(me, TOOLS) as client:
        (me.folder / "hub.json").write_text("{")
        assert client.profile.hub_encryption.kid == me.hub_encryption.kid
        write_hub(me.folder, hub_json() | {"hubEnc": json.loads(keys.public(keys.generate(Suite.S1).encryption))})
        assert client.profile.hub_encryption.kid != me.hub_encryption.kid


def header(body: bytes) -> dict[str, Any]:
    text = body.split(b".")[0]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
    return found
