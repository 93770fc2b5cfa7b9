"""The lane out: what was committed reaches the partner, once at a time, until its system says that it has it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.canonical.environment import Environment
from hub.canonical.partners import KeyUse, Partner, Role, Suite
from hub.envelope.keys import DecryptionKey, check_public, generate, load_decryption_key, public
from hub.ids import Oin, PartnerId
from hub.lanes import lookout
from hub.lanes import relay as module
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.lookout import Lookout
from hub.lanes.relay import Relay
from hub.lanes.resending import Resending
from hub.routing.changes import add_key, add_partner, revoke_key
from hub.routing.document import from_document, to_document
from hub.routing.first import registered
from hub.routing.limits import Backoff
from hub.store.directory import Change, change
from hub.store.engine import connect
from hub.store.store import PostgresStore
from hub.telemetry import LogEvent
from tests.databases import one, rows
from tests.fakes import FakePublisher, until
from tests.faults.proxy import proxy_to
from tests.kit import REGION, Kit
from tests.patience import CEILING
from tests.talk import PRESENTED, PROCESSED, RECEIPT, REPORT, a_report, processed, timers, waits

VT, POLICE = PartnerId("vt-test"), PartnerId("politie-test")
BRIEF = Backoff(timedelta(seconds=0.05), timedelta(seconds=0.2))


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    looks_every(0.02, monkeypatch)


def looks_every(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_EVERY", "IDLE"):
        monkeypatch.setattr(lookout, name, seconds)
    monkeypatch.setattr(module, "LOCKED_EVERY", seconds)


@pytest.fixture
def publisher() -> FakePublisher:
    return FakePublisher()


@pytest.fixture
def brief(kit: Kit) -> Kit:
    """Short leases and back-offs."""
    kit.store = PostgresStore(kit.engine, from_document, 0.1, kit.own.clocks)
    return kit.limited(recipient_retry=BRIEF, lease=timedelta(seconds=0.5))


def a_relay(kit: Kit, publisher: FakePublisher) -> Relay:
    return Relay(kit.store, publisher, kit.setting, Patient(Health(), longest=0.05), lambda: datetime.now(UTC))


@asynccontextmanager
async def running(kit: Kit, publisher: FakePublisher) -> AsyncIterator[Relay]:
    relay = a_relay(kit, publisher)
    looking = relay.run(Lookout(kit.store, Patient(Health())))
    resending = Resending(kit.store, kit.setting.limits.resend_unanswered_after, Patient(Health()))
    tasks = [asyncio.create_task(looking), asyncio.create_task(resending.run())]
    try:
        yield relay
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await relay.drain(1)


async def marked(kit: Kit, number: int) -> bool:
    return bool(await one(kit.engine, "select count(*) = :n from outbox where published_at is not null", n=number))


# --- from memory and from the database -----------------------------------------------------------------------------


async def test_what_was_committed_is_published_at_once_sealed_for_its_recipient(
    kit: Kit, publisher: FakePublisher
) -> None:
    async with running(kit, publisher) as relay:
        reported = await a_report(kit)
        relay.offer(reported.told.changes.outbox)
        await until(lambda: marked(kit, 2))

    (presented,), (receipt,) = publisher.to(VT), publisher.to(POLICE)
    assert kit.received(presented) == reported.told.one(VT, PRESENTED)
    assert kit.received(receipt) == reported.told.one(POLICE, RECEIPT)
    assert str(presented.id) == kit.received(presented)["id"]


async def test_a_receipt_is_done_with_and_its_payload_gone_and_a_notice_waits_for_its_answer(
    kit: Kit, publisher: FakePublisher
) -> None:
    async with running(kit, publisher) as relay:
        relay.offer((await a_report(kit)).told.changes.outbox)
        await until(lambda: marked(kit, 2))

    query = "select ciphertext is null as gone, wrapped_key is null as keyless, next_at is null as done from outbox"
    found = {row["partner"]: row for row in await rows(kit.engine, query.replace("select", "select partner,"))}
    assert dict(found[POLICE]) == {"partner": POLICE, "gone": True, "keyless": True, "done": True}
    assert dict(found[VT]) == {"partner": VT, "gone": False, "keyless": False, "done": False}


async def test_a_recipient_gets_its_messages_in_the_order_of_the_commit(kit: Kit, publisher: FakePublisher) -> None:
    payloads = [kit.event("politie-test", REPORT) for _ in range(20)]
    changes = await kit.decide([kit.delivery("politie-test", one) for one in payloads])
    async with running(kit, publisher) as relay:
        await until(lambda: relay._directory is not None)
        relay.offer(changes.outbox)
        await until(lambda: len(publisher.published) == 40)

    tried = [one.id for one in publisher.tried if one.partner == VT]
    assert tried == [row.id for row in changes.outbox if row.partner == VT]


async def test_what_a_crash_left_is_published_by_another_when_its_lease_ends(
    brief: Kit, publisher: FakePublisher
) -> None:
    reported = await a_report(brief)  # and no relay was told

    async with running(brief, publisher):
        await until(lambda: marked(brief, 2))

    assert {one.id for one in publisher.published} == {row.id for row in reported.told.changes.outbox}


async def test_what_another_has_leased_is_left_to_it(kit: Kit, publisher: FakePublisher) -> None:
    await a_report(kit)
    looked = a_relay(kit, publisher)

    assert await looked._look(await kit.store.glance()) == 0
    assert publisher.tried == []


async def test_three_relays_that_look_at_once_publish_each_row_once(brief: Kit) -> None:
    deliveries = [brief.delivery("politie-test", brief.event("politie-test", REPORT)) for _ in range(30)]
    await brief.decide(deliveries)
    await rows(brief.engine, "update outbox set next_at = now()")
    long = brief.limited(lease=timedelta(seconds=60))
    publishers = [FakePublisher() for _ in range(3)]

    async with running(long, publishers[0]), running(long, publishers[1]), running(long, publishers[2]):
        await until(lambda: marked(brief, 60))

    sent = [one.id for publisher in publishers for one in publisher.tried]
    assert len(sent) == len(set(sent)) == 60


async def test_confirms_are_marked_in_bulk(kit: Kit, publisher: FakePublisher) -> None:
    deliveries = [kit.delivery("politie-test", kit.event("politie-test", REPORT)) for _ in range(20)]
    changes = await kit.decide(deliveries)
    with updates(kit) as seen:
        async with running(kit, publisher) as relay:
            relay.offer(changes.outbox)
            await until(lambda: marked(kit, 40))

    assert 1 <= len(seen) < 40 / 2


@contextmanager
def updates(kit: Kit) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "UPDATE outbox SET" in statement and "published_at=$" in statement:
            seen.append(statement)

    event.listen(kit.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(kit.engine.sync_engine, "before_cursor_execute", note)


# --- one at a time -------------------------------------------------------------------------------------------------


async def test_an_id_is_never_twice_in_flight(brief: Kit, publisher: FakePublisher) -> None:
    reported = await a_report(brief)
    publisher.gate.clear()
    async with running(brief, publisher) as relay:
        relay.offer(reported.told.changes.outbox)
        relay.offer(reported.told.changes.outbox)
        # Its lease ends while it is in flight, and the look at the database finds it again.
        await until(lambda: leased_again(brief))
        relay.offer(reported.told.changes.outbox)
        publisher.gate.set()
        await until(lambda: marked(brief, 2))

    assert publisher.twice == []
    assert len(publisher.tried) == 2


async def leased_again(kit: Kit) -> bool:
    return bool(await one(kit.engine, "select bool_and(attempts > 0) from outbox"))


# --- recipients that cannot be reached -----------------------------------------------------------------------------


async def test_a_recipient_whose_queue_is_full_holds_up_no_other(brief: Kit, publisher: FakePublisher) -> None:
    publisher.refusing.add(VT)
    async with running(brief, publisher) as relay:
        for _ in range(3):
            relay.offer((await a_report(brief)).told.changes.outbox)
        await until(lambda: len(publisher.to(POLICE)) == 3)
        assert publisher.to(VT) == []

        publisher.refusing.clear()
        await until(lambda: len(publisher.to(VT)) == 3)

    assert publisher.twice == []


async def test_it_is_left_alone_longer_and_longer(kit: Kit, publisher: FakePublisher) -> None:
    slow = kit.limited(recipient_retry=Backoff(timedelta(seconds=0.1), timedelta(seconds=10)))
    publisher.refusing.add(VT)
    with capture_logs() as logs:
        async with running(slow, publisher) as relay:
            relay.offer((await a_report(slow)).told.changes.outbox)
            await until(lambda: len([one for one in publisher.tried if one.partner == VT]) == 4)

    blocked = [line["again_at"] for line in logs if line["event"] == LogEvent.PARTNER_BLOCKED]
    assert len(blocked) == 4
    gaps = [(after - before).total_seconds() for before, after in itertools.pairwise(blocked)]
    assert all(gap >= least for gap, least in zip(gaps, (0.2, 0.4, 0.8), strict=True))


async def test_what_is_committed_for_a_blocked_recipient_goes_when_it_reads_again_and_not_when_a_lease_ends(
    kit: Kit, publisher: FakePublisher
) -> None:
    kit = kit.limited(recipient_retry=Backoff(timedelta(seconds=1), timedelta(seconds=1)))  # a lease is 30 seconds
    publisher.refusing.add(VT)
    async with running(kit, publisher) as relay:
        first, second = await a_report(kit), await a_report(kit)
        relay.offer(first.told.changes.outbox)
        await until(lambda: relay._lines[VT, Lane.ROUTINE].blocked)
        relay.offer(second.told.changes.outbox)
        publisher.refusing.clear()
        await until(lambda: {one.id for one in publisher.to(VT)} == {first.presented, second.presented})


async def test_a_recipient_that_never_answers_holds_up_no_other(brief: Kit, publisher: FakePublisher) -> None:
    publisher.silent.add(POLICE)
    publisher.deadline = 30
    deliveries = [brief.delivery("politie-test", brief.event("politie-test", REPORT)) for _ in range(60)]
    changes = await brief.decide(deliveries)
    await rows(brief.engine, "update outbox set next_at = now()")
    async with running(brief, publisher) as relay:
        relay.offer([row for row in changes.outbox if row.partner == POLICE])
        await until(lambda: len(publisher.to(VT)) == 60)
        assert publisher.to(POLICE) == []


async def test_many_rows_for_a_slow_recipient_leave_room_in_a_look_for_others(
    brief: Kit, publisher: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 20)
    monkeypatch.setattr(module, "MOST_IN_HAND", 150)
    publisher.silent.add(POLICE)
    publisher.deadline = 30
    await brief.decide([brief.delivery("politie-test", brief.event("politie-test", REPORT)) for _ in range(200)])
    await rows(brief.engine, "update outbox set next_at = now() - interval '1 minute' where partner = :p", p=POLICE)
    await rows(brief.engine, "update outbox set next_at = now() where partner = :p", p=VT)
    async with running(brief, publisher):
        await until(lambda: len(publisher.to(VT)) == 200)


async def test_while_the_broker_is_away_everything_waits_and_then_goes(brief: Kit, publisher: FakePublisher) -> None:
    publisher.away = True
    async with running(brief, publisher) as relay:
        relay.offer((await a_report(brief)).told.changes.outbox)
        await until(lambda: len(publisher.tried) >= 2)
        assert not publisher.published
        publisher.away = False
        await until(lambda: marked(brief, 2))


async def test_a_message_that_cannot_be_sealed_holds_up_none_behind_it(brief: Kit, publisher: FakePublisher) -> None:
    spoilt = (await a_report(brief)).presented
    await rows(brief.engine, "update outbox set ciphertext = 'niets', next_at = now() where id = :id", id=spoilt)
    with capture_logs() as logs:
        async with running(brief, publisher) as relay:
            await until(lambda: tried_and_left(brief, spoilt))
            relay.offer((await a_report(brief)).told.changes.outbox)
            await until(lambda: len(publisher.to(VT)) == 1)

    assert not [line for line in logs if line["event"] == LogEvent.PARTNER_BLOCKED]
    wrong = [line for line in logs if line.get("code") == "at-rest-damaged"]
    assert {line["log_level"] for line in wrong} == {"error"}
    assert await one(brief.engine, "select next_at is not null from outbox where id = :id", id=spoilt)


async def tried_and_left(kit: Kit, id_: UUID) -> bool:
    return bool(await one(kit.engine, "select attempts > 1 from outbox where id = :id", id=id_))


# --- until the partner's system has it -----------------------------------------------------------------------------


def resending(kit: Kit) -> Kit:
    return kit.limited(resend_unanswered_after=waits(0.2, 0.2))


async def test_an_unanswered_message_is_sent_again_under_its_id_with_its_payload_in_a_new_envelope(
    kit: Kit, publisher: FakePublisher
) -> None:
    kit = resending(kit)
    with capture_logs() as logs:
        async with running(kit, publisher) as relay:
            reported = await a_report(kit)
            relay.offer(reported.told.changes.outbox)
            await until(lambda: len(publisher.to(VT)) >= 3)

    sent = publisher.to(VT)
    assert {one.id for one in sent} == {reported.presented}
    assert len({one.body for one in sent}) == len(sent)
    assert all(kit.received(one) == kit.received(sent[0]) for one in sent)
    assert len(publisher.to(POLICE)) == 1
    assert any(line["event"] == LogEvent.OUTGOING_UNANSWERED for line in logs)


async def test_verwerkt_ends_it_and_destroys_payload_and_key(kit: Kit, publisher: FakePublisher) -> None:
    kit = resending(kit)
    async with running(kit, publisher) as relay:
        reported = await a_report(kit)
        relay.offer(reported.told.changes.outbox)
        await until(lambda: bool(publisher.to(VT)))
        await kit.tell("vt-test", PROCESSED, processed(reported.presented))
        sent = len(publisher.to(VT))
        await rows(
            kit.engine, "update outbox set next_at = now() where delivered_at is not null and next_at is not null"
        )
        (row,) = await rows(kit.engine, "select * from outbox where id = :id", id=reported.presented)
        assert (row["ciphertext"], row["wrapped_key"], row["next_at"]) == (None, None, None)
        assert row["result"] == "opgeslagen"
        other = await a_report(kit)
        relay.offer(other.told.changes.outbox)
        await until(lambda: other.presented in {one.id for one in publisher.to(VT)})

    assert len([one for one in publisher.to(VT) if one.id == reported.presented]) <= sent + 1


async def test_a_code_keeps_the_payload_and_it_is_sent_again(kit: Kit, publisher: FakePublisher) -> None:
    kit = resending(kit)
    async with running(kit, publisher) as relay:
        reported = await a_report(kit)
        relay.offer(reported.told.changes.outbox)
        await until(lambda: bool(publisher.to(VT)))
        await kit.tell("vt-test", PROCESSED, processed(reported.presented, "niet-te-lezen"))
        sent = len(publisher.to(VT))
        await until(lambda: len(publisher.to(VT)) > sent)
        assert (
            await one(kit.engine, "select result from outbox where id = :id", id=reported.presented) == "niet-te-lezen"
        )

        await kit.tell("vt-test", PROCESSED, processed(reported.presented))
        assert await one(kit.engine, "select ciphertext from outbox where id = :id", id=reported.presented) is None


async def test_an_answer_that_is_quicker_than_the_mark_is_not_undone_by_it(kit: Kit) -> None:
    reported = await a_report(kit)
    await kit.tell("vt-test", PROCESSED, processed(reported.presented))

    await kit.store.published([reported.presented], 0, 0)
    await kit.store.unpublished({reported.presented: 0}, 0)

    (row,) = await rows(kit.engine, "select next_at, ciphertext from outbox where id = :id", id=reported.presented)
    assert dict(row) == {"next_at": None, "ciphertext": None}


async def test_a_code_after_a_confirmed_delivery_changes_nothing(kit: Kit) -> None:
    reported = await a_report(kit)
    await kit.tell("vt-test", PROCESSED, processed(reported.presented))
    await kit.tell("vt-test", PROCESSED, processed(reported.presented, "niet-te-lezen"))

    assert await one(kit.engine, "select result from outbox where id = :id", id=reported.presented) == "opgeslagen"


async def test_an_acute_message_is_sent_again_sooner(kit: Kit, publisher: FakePublisher) -> None:
    kit = kit.limited(resend_unanswered_after=waits(600, 60))
    async with running(kit, publisher) as relay:
        for lane in Lane:
            relay.offer((await a_report(kit, urgentie=lane)).told.changes.outbox)
        await until(lambda: marked(kit, 4))

    query = "select lane, extract(epoch from next_at - published_at)::int as seconds from outbox where partner = :p"
    found = {row["lane"]: row["seconds"] for row in await rows(kit.engine, query, p=VT)}
    assert found == {"acuut": 60, "regulier": 600}


# --- keys and partners that come and go ----------------------------------------------------------------------------


async def changed(kit: Kit, how: Change) -> None:
    await change(kit.engine, from_document, to_document, "test", how)


async def another_key(kit: Kit) -> DecryptionKey:
    pair = generate(Suite.S1)
    key = registered(check_public(public(pair.encryption), KeyUse.ENCRYPTION), datetime.now(UTC) - timedelta(hours=1))
    await changed(kit, lambda directory: add_key(directory, VT, key))
    return load_decryption_key(pair.encryption)


def encryption_key_of(kit: Kit) -> Any:
    return next(key for key in kit.speakers[VT].partner.keys if key.use is KeyUse.ENCRYPTION).kid


async def test_a_message_is_sealed_for_the_newest_key_at_the_moment_it_is_published(
    brief: Kit, publisher: FakePublisher
) -> None:
    reported = await a_report(brief)
    newer = await another_key(brief)
    async with running(brief, publisher):
        await until(lambda: bool(publisher.to(VT)))

    assert brief.received(publisher.to(VT)[0], newer) == reported.told.one(VT, PRESENTED)


async def test_a_revoked_key_is_not_sealed_for(brief: Kit, publisher: FakePublisher) -> None:
    reported = await a_report(brief)
    newer = await another_key(brief)
    await changed(brief, lambda directory: revoke_key(directory, VT, newer.kid, datetime.now(UTC)))
    async with running(brief, publisher):
        await until(lambda: bool(publisher.to(VT)))

    assert brief.received(publisher.to(VT)[0]) == reported.told.one(VT, PRESENTED)


async def test_without_a_key_it_waits_for_one_and_says_so(brief: Kit, publisher: FakePublisher) -> None:
    reported = await a_report(brief)
    await changed(brief, lambda directory: revoke_key(directory, VT, encryption_key_of(brief), datetime.now(UTC)))
    with capture_logs() as logs:
        async with running(brief, publisher):
            lacking = "select count(*) > 0 from outbox where lack = 'no-recipient-key:vt-test'"
            await until(lambda: one(brief.engine, lacking))
            for _ in range(3):
                await timers(brief).look()
            assert publisher.to(VT) == []
            newer = await another_key(brief)
            await until(lambda: bool(publisher.to(VT)))

    assert [line["about"] for line in logs if line["event"] == LogEvent.LACK_BEGUN] == [VT]
    assert brief.received(publisher.to(VT)[0], newer) == reported.told.one(VT, PRESENTED)


async def test_a_partner_that_is_added_after_the_last_look_hears_at_once(
    kit: Kit, publisher: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks_every(60, monkeypatch)
    pair = generate(Suite.S1)
    keys = tuple(
        registered(check_public(public(jwk), use), datetime.now(UTC) - timedelta(hours=1))
        for jwk, use in ((pair.signing, KeyUse.SIGNING), (pair.encryption, KeyUse.ENCRYPTION))
    )
    newcomer = Partner(
        PartnerId("om-nieuw"), Oin("00000099000000077000"), Role.PROSECUTION, (REGION,), keys, datetime.now(UTC)
    )
    async with running(kit, publisher) as relay:
        await until(lambda: relay._directory is not None)
        await changed(kit, lambda directory: add_partner(directory, newcomer, Environment.TEST))
        told = await kit.tell("om-test", "meldingen.strafrechtelijk-bericht")
        refused = await kit.decide(
            [kit.delivery("politie-test", kit.event("politie-test", REPORT), partner="om-nieuw")]
        )
        relay.offer((*refused.outbox, *told.changes.outbox))
        await until(lambda: bool(publisher.to("om-nieuw")))


# --- ending --------------------------------------------------------------------------------------------------------


async def test_draining_finishes_what_is_in_hand(kit: Kit, publisher: FakePublisher) -> None:
    relay = a_relay(kit, publisher)
    relay.offer((await a_report(kit)).told.changes.outbox)

    assert await relay.drain(CEILING) == 0
    assert await marked(kit, 2)


async def test_draining_ends_in_time_and_leaves_the_rest_to_the_database(kit: Kit, publisher: FakePublisher) -> None:
    publisher.gate.clear()
    relay = a_relay(kit, publisher)
    relay.offer((await a_report(kit)).told.changes.outbox)

    async with asyncio.timeout(CEILING):
        assert await relay.drain(0.1) == 2
    assert await one(kit.engine, "select count(*) from outbox where next_at is not null") == 2


async def test_draining_does_not_wait_for_a_database_that_is_away(kit: Kit, publisher: FakePublisher) -> None:
    reported = await a_report(kit)
    async with proxy_to(kit.url) as wire, connected(wire.url, kit) as away:
        relay = a_relay(away, publisher)
        relay._directory = await away.store.directory()
        wire.refuse()
        relay.offer(reported.told.changes.outbox)
        async with asyncio.timeout(CEILING):
            assert await relay.drain(0.5) == 2

    assert len(publisher.published) == 2
    assert await marked(kit, 0)


@asynccontextmanager
async def connected(url: str, kit: Kit) -> AsyncIterator[Kit]:
    engine = connect(url, "test")
    try:
        yield replace(kit, store=PostgresStore(engine, from_document, 30.0, kit.own.clocks))
    finally:
        await engine.dispose()


async def test_draining_with_nothing_in_hand_is_done_at_once(kit: Kit, publisher: FakePublisher) -> None:
    assert await a_relay(kit, publisher).drain(CEILING) == 0
