"""P5: what fails by a fault of ours is kept, tried again under back-off, quarantined, and ended by an operator."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event

from hub.canonical.codes import Lane
from hub.errors import OurFault
from hub.lanes import asking
from hub.lanes.batch import keep_delivery, keep_unopened, retry_stored
from hub.lanes.fate import Poison
from hub.ports import Changes, Fate, OutboxRow
from hub.routing.changes import revoke_key
from hub.routing.document import from_document, to_document
from hub.store.directory import change
from tests.databases import one, rows
from tests.fakes import until
from tests.kit import Kit, Told
from tests.talk import AT_ONCE, DELAYED, RECEIPT, REFUSAL, REPORT, given_up, timers, upkeep, waits


class Bug:
    """In the hub, as long as it is not mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mended = False
        self._real = asking.check_environment
        monkeypatch.setattr(asking, "check_environment", self)

    def __call__(self, *args: Any) -> None:
        if not self.mended:
            raise ZeroDivisionError("Kanarievogel")
        self._real(*args)


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> Bug:
    return Bug(monkeypatch)


@pytest.fixture
def hasty(kit: Kit) -> Kit:
    """Three attempts, each due at once."""
    return kit.limited(retry=AT_ONCE, retry_attempts=3)


async def failed(kit: Kit) -> Told:
    return await kit.tell("politie-test", REPORT)


async def kept(kit: Kit) -> dict[str, Any]:
    query = """select i.fate, i.code, s.attempts, s.next_at, s.next_at > now() + interval '1 minute' as later, i.id
      from inbox i join stored_delivery s on s.inbox = i.id"""
    (row,) = await rows(kit.engine, query)
    return dict(row)


async def test_it_is_tried_so_many_times_and_then_quarantined(hasty: Kit, bug: Bug) -> None:
    await failed(hasty)
    for attempts in (1, 2):
        found = await kept(hasty)
        assert (found["fate"], found["code"], found["attempts"]) == ("opnieuw", "bug:ZeroDivisionError", attempts)
        await timers(hasty).look()

    found = await kept(hasty)
    assert (found["fate"], found["attempts"], found["next_at"]) == ("quarantaine", 3, None)
    assert [row["fate"] for row in await rows(hasty.engine, "select fate from journal order by seq")] == [
        "opnieuw",
        "opnieuw",
        "quarantaine",
    ]
    await timers(hasty).look()
    assert (await kept(hasty))["attempts"] == 3


async def test_it_is_left_alone_until_its_back_off_is_over(kit: Kit, bug: Bug) -> None:
    await failed(kit)
    bug.mended = True
    await timers(kit).look()

    assert (await kept(kit))["fate"] == "opnieuw"


async def test_a_retry_that_goes_well_is_as_if_it_had_gone_well_at_once(hasty: Kit, bug: Bug) -> None:
    told, said = await failed(hasty), list[OutboxRow]()
    bug.mended = True
    await timers(hasty, said).look()

    assert {row.partner for row in said} == {"politie-test", "vt-test"}
    (row,) = await rows(hasty.engine, "select message, fate, code, deliveries from inbox")
    assert dict(row) == {"message": told.id, "fate": "aanvaard", "code": None, "deliveries": 1}
    assert await one(hasty.engine, "select count(*) from stored_delivery") == 0


async def test_a_retry_after_expiry_is_not_refused_for_it(hasty: Kit, bug: Bug) -> None:
    ends, said = datetime.now(UTC) + timedelta(seconds=1), list[OutboxRow]()
    told = await hasty.tell("politie-test", REPORT, expirytime=ends)
    assert told.changes.inbox[0].fate is Fate.RETRY

    await until(lambda: datetime.now(UTC) > ends)
    bug.mended = True
    await timers(hasty, said).look()

    assert said[-1].type.endswith(f"{RECEIPT}.v1")


async def test_what_another_worker_has_decided_meanwhile_is_not_decided_again(hasty: Kit, bug: Bug) -> None:
    """Its lease may end while the first is still at it."""
    await failed(hasty)
    bug.mended = True
    ((row, stored),) = await hasty.store.due_deliveries(10, lease=0)
    assert (await retry_stored(row, stored, hasty.store, hasty.setting)).cases

    assert await retry_stored(row, stored, hasty.store, hasty.setting) == Changes()
    assert await one(hasty.engine, "select count(*) from cases") == 1


async def test_a_key_that_is_revoked_before_the_retry_counts_for_nothing(hasty: Kit, bug: Bug) -> None:
    told, said = await failed(hasty), list[OutboxRow]()
    police = hasty.speakers["politie-test"]
    await change(
        hasty.engine,
        from_document,
        to_document,
        "test",
        lambda directory: revoke_key(directory, police.partner.id, police.signing.kid, datetime.now(UTC)),
    )
    bug.mended = True
    await timers(hasty, said).look()

    (refusal,) = [hasty.opened(row) for row in said]
    assert (refusal["data"]["code"], refusal["data"]["bericht"]) == ("envelop-ongeldig", str(told.id))
    assert (refusal["data"]["sha256"], refusal["data"]["hashVan"]) == (told.sha256, "inhoud")


@pytest.mark.parametrize("lane", list(Lane))
async def test_a_sender_without_an_answer_is_told_once_that_it_takes_longer(kit: Kit, bug: Bug, lane: Lane) -> None:
    slow = kit.limited(delayed_notice_after=waits(0, 0))
    told, said = await slow.tell("politie-test", REPORT, urgentie=lane), list[OutboxRow]()

    await timers(slow, said).look()
    await timers(slow, said).look()

    (delayed,) = [slow.opened(row) for row in said]
    assert delayed["type"] == f"nl.ketenhub.{DELAYED}.v1"
    assert (delayed["data"]["bericht"], delayed["data"]["sha256"]) == (str(told.id), told.sha256)
    assert delayed["causationid"] == str(told.id)
    assert said[0].lane is lane


async def test_it_is_told_after_the_term_and_not_before(kit: Kit, bug: Bug) -> None:
    said = list[OutboxRow]()
    await failed(kit)
    await timers(kit, said).look()
    assert said == []

    await rows(kit.engine, "update inbox set received_at = received_at - interval '61 minutes'")
    await timers(kit, said).look()
    assert [row.type for row in said] == [f"nl.ketenhub.{DELAYED}.v1"]


async def test_a_worker_that_dies_before_it_has_told_leaves_it_to_the_next(kit: Kit, bug: Bug) -> None:
    slow = kit.limited(delayed_notice_after=waits(0, 0))
    await failed(slow)

    async def killed() -> None:
        async with slow.store.unit() as unit:
            assert await unit.undecided_since(Lane.ROUTINE, 0, 10)
            assert not await slow_look(slow)  # another finds it taken, and waits for nothing
            raise OurFault("killed", "Here it ends.")

    with pytest.raises(OurFault):
        await killed()

    assert await slow_look(slow)


async def test_an_idle_hub_writes_nothing(kit: Kit) -> None:
    """Also nothing as small as a lock: each would be a flush of the log to the disk, many times a second."""
    await kit.tell("politie-test", REPORT)
    wrote: list[object] = []

    def note(connection: Connection) -> None:
        wrote.append(connection.exec_driver_sql("select pg_current_xact_id_if_assigned()").scalar())

    event.listen(kit.engine.sync_engine, "commit", note)
    try:
        for _ in range(3):
            await timers(kit).look()
    finally:
        event.remove(kit.engine.sync_engine, "commit", note)

    assert wrote
    assert set(wrote) == {None}


async def slow_look(kit: Kit) -> list[OutboxRow]:
    said = list[OutboxRow]()
    await timers(kit, said).look()
    return said


async def test_a_decided_message_is_never_delayed(kit: Kit) -> None:
    said = list[OutboxRow]()
    await failed(kit)
    await rows(kit.engine, "update inbox set received_at = received_at - interval '1 day'")
    await timers(kit, said).look()

    assert said == []


@pytest.fixture
async def quarantined(hasty: Kit, bug: Bug) -> tuple[UUID, Told]:
    told = await failed(hasty)
    for _ in range(3):
        await timers(hasty).look()
    found = await kept(hasty)
    assert found["fate"] == "quarantaine"
    return found["id"], told


async def test_a_release_tries_it_again_from_the_start(hasty: Kit, bug: Bug, quarantined: tuple[UUID, Told]) -> None:
    id_, told = quarantined
    assert await hasty.store.release([id_]) == [id_]
    assert await hasty.store.release([id_]) == []
    await timers(hasty).look()
    assert ((await kept(hasty))["fate"], (await kept(hasty))["attempts"]) == ("opnieuw", 1)

    bug.mended = True
    said = list[OutboxRow]()
    await timers(hasty, said).look()
    assert [hasty.opened(row)["data"]["bericht"] for row in said if row.partner == "politie-test"] == [str(told.id)]
    assert await one(hasty.engine, "select count(*) from inbox") == 1


async def test_a_discard_tells_the_sender_once_and_destroys_the_bytes(
    hasty: Kit, quarantined: tuple[UUID, Told]
) -> None:
    id_, told = quarantined
    changes = await given_up(hasty, id_)
    again = await given_up(hasty, id_)

    (refusal,) = [hasty.opened(row) for row in changes.outbox]
    assert refusal["type"] == f"nl.ketenhub.{REFUSAL}.v1"
    assert (refusal["data"]["code"], refusal["data"]["bericht"]) == ("niet-verwerkt", str(told.id))
    assert again.outbox == again.inbox == ()
    assert await one(hasty.engine, "select count(*) from stored_delivery") == 0
    assert await one(hasty.engine, "select content_hash from inbox") == told.sha256
    assert await hasty.store.release([id_]) == []


async def test_a_discarded_message_that_comes_again_hears_the_same(
    hasty: Kit, bug: Bug, quarantined: tuple[UUID, Told]
) -> None:
    id_, told = quarantined
    changes = await given_up(hasty, id_)
    bug.mended = True
    again = await hasty.decide([hasty.delivery("politie-test", told.payload)])

    assert [(row.id, row.sha256) for row in again.outbox] == [(row.id, row.sha256) for row in changes.outbox]


async def test_what_nobody_judged_for_thirty_days_is_given_up_and_told(
    hasty: Kit, quarantined: tuple[UUID, Told]
) -> None:
    said = list[OutboxRow]()
    await rows(hasty.engine, "update inbox set received_at = received_at - interval '31 days'")
    await rows(hasty.engine, "update stored_delivery set delay_told_at = now()")
    await upkeep(hasty, said).keep_house()

    assert [hasty.opened(row)["data"]["code"] for row in said] == ["niet-verwerkt"]


async def test_the_oldest_of_a_partner_over_its_quota_are_given_up(kit: Kit, bug: Bug) -> None:
    hasty = kit.limited(retry=AT_ONCE, retry_attempts=1)
    first, second = await failed(hasty), await failed(hasty)
    await rows(
        hasty.engine,
        "update inbox set received_at = received_at - interval '1 minute' where message = :id",
        id=first.id,
    )
    size = await one(hasty.engine, "select max(length(body)) from stored_delivery")
    said = list[OutboxRow]()

    await upkeep(hasty.limited(quarantine_bytes_per_partner=size + size // 2), said).keep_house()

    assert [hasty.opened(row)["data"]["bericht"] for row in said] == [str(first.id)]
    assert await one(hasty.engine, "select message from inbox where fate = 'quarantaine'") == second.id


async def test_an_unopened_one_that_opens_on_replay_becomes_the_message_it_is(hasty: Kit) -> None:
    payload = hasty.event("politie-test", REPORT)
    delivery = hasty.delivery("politie-test", payload)
    await keep_unopened(delivery, Poison(), hasty.store, Lane.ROUTINE, hasty.setting)
    id_ = await one(hasty.engine, "select id from inbox")

    await hasty.store.release([id_])
    said = list[OutboxRow]()
    await timers(hasty, said).look()

    found = await rows(hasty.engine, "select fate, opened, deliveries from inbox order by opened")
    assert [tuple(row.values()) for row in found] == [("dubbel", False, 1), ("aanvaard", True, 0)]
    assert {row.type for row in said} >= {f"nl.ketenhub.{RECEIPT}.v1"}


async def test_an_unopened_copy_of_a_known_message_is_recounted_as_its_duplicate(hasty: Kit) -> None:
    payload = hasty.event("politie-test", REPORT)
    delivery = hasty.delivery("politie-test", payload)
    await keep_unopened(delivery, Poison(), hasty.store, Lane.ROUTINE, hasty.setting)
    unopened = await one(hasty.engine, "select id from inbox")
    told = Told(hasty, payload, await hasty.decide([hasty.delivery("politie-test", payload)]))

    await hasty.store.release([unopened])
    said = list[OutboxRow]()
    await timers(hasty, said).look()

    assert [row.id for row in said] == [told.row("politie-test", RECEIPT).id]
    assert await one(hasty.engine, "select count(*) from cases") == 1


async def test_a_stored_message_that_kills_its_worker_each_time_is_quarantined_unopened(hasty: Kit, bug: Bug) -> None:
    await failed(hasty)
    for _ in range(12):  # each of these workers took it, opened it, and was no more
        await hasty.store.due_deliveries(10, lease=0)
    keys = replace(hasty.setting.keys, decryption=Unopenable())
    blind = replace(hasty, setting=replace(hasty.setting, keys=keys))
    await timers(blind).look()

    found = await kept(hasty)
    assert (found["fate"], found["code"]) == ("quarantaine", "may-kill-worker")


class Unopenable(dict[Any, Any]):
    def get(self, kid: Any, default: Any = None) -> Any:
        raise AssertionError("opened")


async def test_where_many_wait_the_next_look_at_them_comes_at_once(kit: Kit) -> None:
    """Whoever comes after a thousand of another sender's hears in time too."""
    for _ in range(51):
        delivery = kit.delivery("politie-test", kit.event("politie-test", REPORT))
        await keep_delivery(delivery, OurFault("test", ""), kit.store, Lane.ROUTINE, kit.setting)
    await rows(kit.engine, "update inbox set received_at = received_at - interval '1 day'")
    await rows(kit.engine, "update stored_delivery set next_at = now() + interval '1 hour'")
    said: list[OutboxRow] = []
    assert await timers(kit, said).look()
    assert not await timers(kit, said).look()
    assert [row.type for row in said] == [f"nl.ketenhub.{DELAYED}.v1"] * 51
