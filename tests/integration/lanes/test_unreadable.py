"""Bodies that never became a message: each is answered and counted, and many of them are not many answers or lines."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.envelope.hashes import sha256_hex
from hub.ids import PartnerId
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.intake import Intake
from hub.lanes.unreadable import APART, Unreadable
from hub.ports import Changes, Delivery, Fate, OutboxRow, Properties
from hub.schemas.message import Direction
from hub.schemas.registry import validate
from hub.store.views import unreadable
from tests.databases import one, rows
from tests.fakes import FakeQueue
from tests.kit import Kit
from tests.talk import CRIMINAL, REFUSAL, REPORT

POLICE, OTHER = "politie-test", "om-test"
BATCH = 64


@pytest.fixture
def kit(kit: Kit) -> Kit:
    """That has seen none yet, as after a start."""
    return started(kit)


def started(kit: Kit) -> Kit:
    return replace(kit, setting=replace(kit.setting, unreadable=Unreadable()))


def delivery(kit: Kit, body: bytes, sender: str = POLICE, lane: Lane = Lane.ROUTINE, **more: Any) -> Delivery:
    return Delivery(PartnerId(sender), lane, body, Properties(str(uuid4()), sender), **more)


def report(kit: Kit, sender: str = POLICE) -> Delivery:
    return kit.delivery(sender, kit.event(sender, REPORT if sender == POLICE else CRIMINAL))


def garbage(kit: Kit, number: int, sender: str = POLICE, **more: Any) -> list[Delivery]:
    return [delivery(kit, f"geen envelop {uuid4()}".encode(), sender, **more) for _ in range(number)]


def of_each_kind(kit: Kit, number: int) -> list[tuple[Delivery, str]]:
    """In turn of each kind, with the code that it is refused with."""
    own, other = kit.speakers[POLICE].signing, kit.speakers["om-test"].signing
    found: list[tuple[Delivery, str]] = []
    while len(found) < number:
        payload, nonsense = kit.event(POLICE, REPORT), str(uuid4()).encode()
        sound = kit.sealed(payload, own)
        found += [
            (delivery(kit, nonsense), "envelop-ongeldig"),
            (delivery(kit, b"a.b.c.d." + nonsense), "envelop-ongeldig"),
            (delivery(kit, kit.sealed(payload, other)), "envelop-ongeldig"),
            (delivery(kit, sound[:-6] + b"AAAAAA"), "envelop-ongeldig"),
            (delivery(kit, kit.sealed(b"geen json " + nonsense, own)), "json-ongeldig"),
            (delivery(kit, nonsense + bytes(200_000)), "te-groot"),
            (delivery(kit, b"", cut=sha256_hex(b"?" + nonsense)), "te-groot"),
            (replace(delivery(kit, b"!" + nonsense), properties=Properties(content_type="x/y")), "envelop-ongeldig"),
        ]
    return found[:number]


async def in_batches(kit: Kit, deliveries: Sequence[Delivery]) -> list[Changes]:
    return [await kit.decide(deliveries[at : at + BATCH]) for at in range(0, len(deliveries), BATCH)]


def said(kit: Kit, changes: Sequence[Changes], sender: str = POLICE) -> list[dict[str, Any]]:
    """The refusals that a sender gets."""
    found = [kit.opened(row) for one in changes for row in one.outbox if row.partner == sender]
    return [event for event in found if event["type"].endswith(f"{REFUSAL}.v1")]


def named(refusals: Sequence[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Hash and code of each body that they speak of."""
    bodies = [(about["sha256"], one["data"]["code"]) for one in refusals for about in _all(one["data"])]
    return Counter(bodies)


def _all(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [data, *data.get("ookGeweigerd", [])]


# --- answers ------------------------------------------------------------------------------------------------------


async def test_a_thousand_of_every_kind_are_each_named_once_with_their_code_in_few_answers(kit: Kit) -> None:
    bodies = of_each_kind(kit, 1_000)
    good = report(kit)
    changes = await in_batches(kit, [one for one, _ in bodies])
    refusals = said(kit, changes)

    found = await rows(kit.engine, "select content_hash, code, fate from inbox")
    assert {row["fate"] for row in found} == {Fate.REJECTED.value}
    assert named(refusals) == Counter((row["content_hash"], row["code"]) for row in found)
    assert Counter(row["code"] for row in found) == Counter(code for _, code in bodies)
    assert len(refusals) <= APART + 3 * await one(kit.engine, "select count(*) from batch")
    assert [row.fate for row in (await kit.decide([good])).inbox] == [Fate.ACCEPTED]


async def test_what_is_said_together_is_valid_and_says_of_each_the_id_that_it_claimed(kit: Kit) -> None:
    bodies = garbage(kit, BATCH)
    refusals = said(kit, [await kit.in_one_batch().decide(bodies)])
    (together,) = [one for one in refusals if "ookGeweigerd" in one["data"]]

    assert len(refusals) == APART + 1
    validate(together["type"], together["data"], Direction.FROM_HUB)
    assert together["data"]["hashVan"] == "bericht"
    claimed = {(one["bericht"], one["sha256"]) for one in _all(together["data"])}
    assert claimed == {(one.properties.message_id, one.body_hash) for one in bodies[APART:]}


async def test_few_are_refused_one_by_one(kit: Kit) -> None:
    refusals = said(kit, [await kit.decide(garbage(kit, 3)) for _ in range(3)])
    assert len(refusals) == 9
    assert not any("ookGeweigerd" in one["data"] for one in refusals)


async def test_one_in_a_batch_is_refused_by_itself_however_many_there_were(kit: Kit) -> None:
    await in_batches(kit, garbage(kit, 3 * BATCH))
    (refusal,) = said(kit, [await kit.decide([*garbage(kit, 1), report(kit)])])
    assert "ookGeweigerd" not in refusal["data"]


async def test_garbage_between_sound_messages_is_bounded_as_well_and_they_are_accepted(kit: Kit) -> None:
    mixed = [one for bad in garbage(kit, 200) for one in (bad, report(kit))]
    changes = await in_batches(kit, mixed)
    refusals = said(kit, changes)
    assert len(refusals) <= APART + await one(kit.engine, "select count(*) from batch")
    assert sum(named(refusals).values()) == 200
    assert await one(kit.engine, "select count(*) from inbox where fate = 'aanvaard'") == 200


async def test_the_garbage_of_one_is_no_reason_to_answer_another_otherwise(kit: Kit) -> None:
    await in_batches(kit, garbage(kit, 2 * BATCH))
    changes = await kit.decide([*garbage(kit, 5), *garbage(kit, 5, OTHER)])
    assert len(said(kit, [changes])) == 1
    assert len(said(kit, [changes], OTHER)) == 5


# --- the same again -----------------------------------------------------------------------------------------------


def bytes_of(rows_: Sequence[OutboxRow]) -> set[tuple[object, str]]:
    """Id and hash of what was said."""
    return {(row.id, row.sha256) for row in rows_}


async def test_one_that_comes_again_has_the_same_answer_alone_or_with_others(kit: Kit) -> None:
    bodies = garbage(kit, BATCH)
    first = await kit.decide(bodies)
    (together,) = [row for row in first.outbox if "ookGeweigerd" in kit.opened(row)["data"]]
    lead, member = bodies[APART], bodies[APART + 1]

    assert bytes_of((await kit.decide([lead])).outbox) == bytes_of([together])
    apart = await kit.decide([member])
    (refusal,) = said(kit, [apart])
    assert refusal["data"]["sha256"] == member.body_hash
    assert "ookGeweigerd" not in refusal["data"]
    assert bytes_of((await kit.decide([member])).outbox) == bytes_of(apart.outbox) != bytes_of([together])


async def test_ten_thousand_copies_of_one_are_an_answer_a_batch_at_most(kit: Kit) -> None:
    (body,) = garbage(kit, 1)
    changes = await in_batches(kit, [body] * 640)
    assert len(said(kit, changes)) == len(changes)
    assert await one(kit.engine, "select deliveries from inbox") == 640


async def test_many_that_all_come_again_are_counted_and_not_said_again(kit: Kit) -> None:
    bodies = garbage(kit, 3 * BATCH)
    await in_batches(kit, bodies)
    assert said(kit, await in_batches(kit, bodies)) == []
    assert await one(kit.engine, "select min(deliveries) from inbox") == 2


async def test_the_broker_that_brings_them_again_after_a_crash_has_them_answered_once(kit: Kit) -> None:
    bodies = garbage(kit, BATCH)
    await kit.decide(bodies)
    again = await started(kit).decide([replace(one, count=1) for one in bodies])
    assert len(said(kit, [again])) <= APART + 1
    assert await one(kit.engine, "select count(*) from outbox") <= 2 * (APART + 1)


# --- what ops sees ------------------------------------------------------------------------------------------------


class Held:
    """An intake that is told whom to hold back."""

    def __init__(self, kit: Kit, lane: Lane = Lane.ROUTINE) -> None:
        self.queue = FakeQueue()
        self.told: list[tuple[str, float]] = []
        patient, offer = Patient(Health(), longest=0.05), lambda _: None
        self.intake = Intake(
            self.queue, self.queue, kit.store, offer, lane, kit.in_one_batch().setting, patient, self._hold
        )

    def _hold(self, sender: PartnerId, seconds: float) -> None:
        self.told.append((sender, seconds))

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        for at in range(0, len(deliveries), BATCH):
            await self.intake.handle(deliveries[at : at + BATCH])


async def test_a_sender_is_held_back_longer_and_longer_until_one_opens(kit: Kit) -> None:
    held = Held(kit)
    await held.handle([*garbage(kit, 3 * BATCH), report(kit, OTHER), report(kit)])
    *growing, (_, last) = held.told
    assert [sender for sender, _ in held.told] == [POLICE] * 4
    assert [seconds for _, seconds in growing] == sorted({seconds for _, seconds in growing})
    assert last == 0


async def test_of_many_there_are_few_lines_and_an_alarm(kit: Kit) -> None:
    held = Held(kit)
    with capture_logs() as lines:
        await held.handle(garbage(kit, 10 * BATCH))
        await held.handle([report(kit)])
    events = Counter(line["event"] for line in lines)
    assert (events["message_rejected"], events["bodies_refused"]) == (APART, 10)
    assert sum(line["messages"] for line in lines if line["event"] == "bodies_refused") == 10 * BATCH - APART
    (alarm,) = [line for line in lines if line["event"] == "envelopes_fail"]
    assert (alarm["log_level"], alarm["partner"], alarm["messages"]) == ("error", POLICE, BATCH)
    (over,) = [line for line in lines if line["event"] == "envelopes_open"]
    assert (over["partner"], over["messages"]) == (POLICE, 10 * BATCH)


async def test_status_says_of_whom_how_many_could_not_be_opened_whichever_process_got_them(kit: Kit) -> None:
    await in_batches(kit, garbage(kit, 100))
    await started(kit).decide([*garbage(kit, 2, OTHER), *garbage(kit, 1, OTHER, lane=Lane.ACUTE)])
    found = [(one.partner, one.bodies, one.acute) for one in await unreadable(kit.engine)]
    assert found == [(POLICE, 100, 0), (OTHER, 3, 1)]


# --- killed in the middle -----------------------------------------------------------------------------------------


async def test_a_task_that_is_cancelled_anywhere_leaves_each_answered_once(kit: Kit) -> None:
    bodies = garbage(kit, 2 * BATCH)
    for steps in (1, 5, 20):
        task = asyncio.create_task(started(kit).decide(bodies[:BATCH]))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await in_batches(kit, bodies)
    assert await one(kit.engine, "select count(*) from inbox") == 2 * BATCH
