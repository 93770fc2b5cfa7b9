"""A reader that is away is not buried: what lies in its queue is not sent again, and an alarm is said there once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from hub.canonical import terms as t
from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.errors import OurFault
from hub.ids import PartnerId
from hub.lanes import resending as module
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.readdress import readdress
from hub.lanes.relay import Relay
from hub.lanes.resending import Resending
from hub.ports import OutboxRow, Outgoing
from hub.routing.changes import retire_partner
from hub.schemas.message import wire_type
from hub.store.account import account
from hub.store.backlog import Kind, backlogs
from hub.store.engine import transaction
from hub.telemetry import LogEvent
from tests.clock import Clock
from tests.databases import one, rows
from tests.fakes import FakePublisher
from tests.kit import REGION, Kit
from tests.talk import (
    ALARM,
    OFFER,
    PROCESSED,
    RECORDED,
    REMINDER,
    a_case,
    a_report,
    an_offer,
    processed,
    timers,
)

VT, POLICE = PartnerId("vt-test"), PartnerId("politie-test")
TEAM, TEAM_Y = PartnerId("wijkteam-test"), PartnerId("wijkteam-y")
MINUTE = timedelta(minutes=1)
Queue = tuple[PartnerId, Lane]


@dataclass
class Broker(FakePublisher):
    """Queues that keep what is published to them until their reader takes it: ready, or in hand."""

    ready: dict[Queue, list[Outgoing]] = field(default_factory=dict)
    unacked: dict[Queue, list[Outgoing]] = field(default_factory=dict)

    async def publish(self, message: Outgoing) -> None:
        await super().publish(message)
        self.ready.setdefault((message.partner, message.lane), []).append(message)

    async def lying(self, partner: PartnerId) -> Mapping[Lane, int]:
        return {lane: len(self.in_queue(partner, lane)) for lane in Lane}

    def in_queue(self, partner: PartnerId = VT, lane: Lane = Lane.ACUTE) -> list[Outgoing]:
        return [*self.unacked.get((partner, lane), ()), *self.ready.get((partner, lane), ())]

    def take(self, most: int = 1_000, partner: PartnerId = VT, lane: Lane = Lane.ACUTE) -> list[Outgoing]:
        """They are the reader's, and unacknowledged."""
        ready = self.ready.get((partner, lane), [])
        taken, ready[:most] = ready[:most], []
        self.unacked.setdefault((partner, lane), []).extend(taken)
        return taken

    def acknowledge(self, taken: list[Outgoing]) -> None:
        for one_ in taken:
            self.unacked[one_.partner, one_.lane].remove(one_)


@dataclass
class Hub:
    """A hub by hand, whose partners read or do not."""

    kit: Kit
    clock: Clock
    broker: Broker
    relay: Relay
    resending: Resending

    async def step(self, by: timedelta = timedelta(0)) -> None:
        """Time goes by; then whatever is due is done once."""
        await self.clock.put_ahead(by)
        said = list[OutboxRow]()
        await timers(self.kit, said).look()
        self.relay.offer(said)
        await self.sent()
        await self.resending.look()
        await self.sent()

    async def sent(self) -> None:
        await self.relay._look(await self.kit.store.glance())
        await asyncio.gather(*(line.working() for line in self.relay._lines.values()))
        await self.relay._mark()

    async def report(self, **changes: Any) -> Any:
        reported = await a_report(self.kit, **{"urgentie": Lane.ACUTE} | changes)
        self.relay.offer(reported.told.changes.outbox)
        await self.sent()
        return reported

    async def confirms(self, taken: list[Outgoing]) -> None:
        for one_ in taken:
            await self.kit.tell(one_.partner, PROCESSED, processed(one_.id))
        self.broker.acknowledge(taken)

    async def reads(self, most: int = 1_000, partner: PartnerId = VT, lane: Lane = Lane.ACUTE) -> list[dict[str, Any]]:
        """Its reader takes and confirms: what that says."""
        taken = self.broker.take(most, partner, lane)
        await self.confirms(taken)
        return [self.kit.received(one_) for one_ in taken]


@pytest.fixture
def hub(kit: Kit, clock: Clock) -> Hub:
    broker, patient = Broker(), Patient(Health())
    relay = Relay(kit.store, broker, kit.setting, patient, kit.now)
    patience = kit.setting.limits.resend_unanswered_after
    return Hub(kit, clock, broker, relay, Resending(kit.store, patience, patient, broker.lying, counted_after=0))


def ids(messages: list[Outgoing]) -> list[UUID]:
    return [one_.id for one_ in messages]


# --- what lies there, and what was taken ----------------------------------------------------------------------------


async def test_five_acute_reports_to_a_triage_that_does_not_read_are_five_messages_after_five_minutes(hub: Hub) -> None:
    with capture_logs() as logs:
        reports = [(await hub.report()).presented for _ in range(5)]
        for _ in range(6):
            await hub.step(MINUTE)

    assert ids(hub.broker.in_queue()) == reports
    (said,) = [line for line in logs if line["event"] == LogEvent.READER_AWAY]
    assert (said["recipient"], said["messages"]) == (VT, 5)
    assert not [line for line in logs if line["event"] == LogEvent.OUTGOING_UNANSWERED]


async def test_after_hours_a_fresh_acute_report_stands_behind_one_reminder_and_one_alarm_of_each(hub: Hub) -> None:
    for _ in range(3):
        await hub.report()
    await hub.step(11 * MINUTE)
    await alarmed(hub, 15)
    fresh = (await hub.report()).presented

    assert ids(hub.broker.in_queue()).index(fresh) == 3 * 3
    assert len(hub.broker.in_queue()) == 10


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_reader_that_comes_back_and_takes_half_gets_no_copy_of_the_other_half(
    hub: Hub, *, backwards: bool
) -> None:
    reports = [(await hub.report()).presented for _ in range(6)]
    await hub.step(6 * MINUTE)
    taken = hub.broker.take(6 if backwards else 3)
    await hub.confirms(taken[:2:-1] if backwards else taken)
    for _ in range(6):
        await hub.step(20 * timedelta(seconds=1))

    left = {*reports[:3]} if backwards else {*reports[3:]}
    assert {*ids(hub.broker.in_queue())} == left
    assert len(hub.broker.in_queue()) == 3


async def test_what_its_reader_took_and_does_not_confirm_comes_again_when_its_time_is_over(hub: Hub) -> None:
    presented = (await hub.report()).presented
    await hub.step(5 * MINUTE)
    hub.broker.acknowledge(hub.broker.take())
    await hub.step()
    assert hub.broker.in_queue() == []
    with capture_logs() as logs:
        await hub.step(MINUTE)

    assert ids(hub.broker.in_queue()) == [presented]
    assert [line["event"] for line in logs if line["event"] == LogEvent.OUTGOING_UNANSWERED]


async def test_what_its_reader_has_in_hand_does_not_come_again_until_it_is_given_back_and_lost(hub: Hub) -> None:
    presented = (await hub.report()).presented
    taken = hub.broker.take()
    for _ in range(5):
        await hub.step(MINUTE)
    assert ids(hub.broker.in_queue()) == [presented]

    hub.broker.acknowledge(taken)
    for _ in range(3):
        await hub.step(MINUTE)
    assert ids(hub.broker.in_queue()) == [presented]


async def test_what_was_purged_or_lost_with_its_disk_is_sent_again(hub: Hub) -> None:
    reports = [(await hub.report()).presented for _ in range(5)]
    await hub.step(3 * MINUTE)
    hub.broker.ready.clear()
    await hub.step()
    await hub.step(MINUTE)

    assert ids(hub.broker.in_queue()) == reports


async def test_however_much_was_lost_what_is_new_stands_behind_few_copies(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COPIES", 4)
    monkeypatch.setattr(module, "COPIES_AT_LEAST", 1)
    for _ in range(9):
        await hub.report()
    hub.broker.ready.clear()
    for _ in range(3):
        await hub.step(MINUTE)
    fresh = (await hub.report()).presented
    assert ids(hub.broker.in_queue()).index(fresh) <= 4 + 2

    for _ in range(12):
        await hub.reads()
        await hub.step(MINUTE)
    assert await one(hub.kit.engine, "select count(*) from outbox where place is not null and partner = 'vt-test'"
                     " and delivered_at is null and type like '%aangeboden%'") == 0  # fmt: skip


async def test_a_queue_of_receipts_that_is_never_empty_hides_nothing_that_was_taken(hub: Hub) -> None:
    """The police gets receipts all day; one notice that its system took and lost comes again, later."""
    reported = await a_case(hub.kit)
    hub.relay.offer(())
    await hub.step(timedelta(seconds=31))
    taken = hub.broker.take(1_000, POLICE, Lane.ROUTINE)
    notice = next(one_ for one_ in taken if hub.kit.received(one_)["type"] == wire_type(RECORDED))
    hub.broker.acknowledge(taken)
    for _ in range(6):
        for _ in range(2):
            await hub.report(urgentie=Lane.ROUTINE)
        await hub.step(15 * MINUTE)
        hub.broker.acknowledge(hub.broker.take(2, POLICE, Lane.ROUTINE))

    assert reported.case
    assert notice.id in [one_.id for one_ in hub.broker.to(POLICE)[len(taken) :]]


async def test_an_answer_that_comes_late_or_says_that_it_cannot_be_read_counts_as_ever(hub: Hub) -> None:
    presented = (await hub.report()).presented
    (taken,) = hub.broker.take()
    await hub.kit.tell(VT, PROCESSED, processed(presented, "niet-te-lezen"))
    hub.broker.acknowledge([taken])
    await hub.step(30 * timedelta(seconds=1))
    await hub.step(MINUTE)
    assert ids(hub.broker.in_queue()) == [presented]

    await hub.reads()
    for _ in range(4):
        await hub.step(MINUTE)
    assert hub.broker.in_queue() == []


async def test_of_a_queue_of_which_nobody_says_what_lies_there_nothing_is_sent_again(hub: Hub) -> None:
    async def nobody(_: PartnerId) -> Mapping[Lane, int]:
        return {}

    hub.resending.depths = nobody
    await hub.report()
    for _ in range(5):
        await hub.step(MINUTE)
    assert len(hub.broker.in_queue()) == 1


async def test_however_many_workers_look_what_is_new_stands_behind_few_copies(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker counts late: what one let go, the others do not see in its count yet."""
    monkeypatch.setattr(module, "COPIES", 4)
    monkeypatch.setattr(module, "COPIES_AT_LEAST", 1)
    for _ in range(9):
        await hub.report()
    hub.broker.ready.clear()
    await hub.clock.put_ahead(MINUTE)
    patience = hub.kit.setting.limits.resend_unanswered_after
    others = [Resending(hub.kit.store, patience, Patient(Health()), empty) for _ in range(4)]
    for one_ in others:
        one_._published = {(VT, Lane.ACUTE): [(0.0, 9)]}
    await asyncio.gather(*(one_.look() for one_ in others[:2]))
    await hub.sent()
    for one_ in others[2:]:
        await one_.look()
    await hub.sent()

    assert len(hub.broker.in_queue()) == 4


async def empty(_: PartnerId) -> Mapping[Lane, int]:
    return dict.fromkeys(Lane, 0)


async def test_two_workers_that_look_at_once_send_each_once(hub: Hub) -> None:
    for _ in range(5):
        await hub.report()
    hub.broker.ready.clear()
    await hub.step(30 * timedelta(seconds=1))
    await hub.clock.put_ahead(MINUTE)
    patience = hub.kit.setting.limits.resend_unanswered_after
    others = [
        Resending(hub.kit.store, patience, Patient(Health()), hub.broker.lying, counted_after=0) for _ in range(2)
    ]
    await asyncio.gather(*(one_.look() for one_ in others))
    await hub.sent()

    assert len(hub.broker.in_queue()) == 5


async def test_what_lies_unread_for_a_partner_that_is_replaced_goes_to_who_takes_its_place(hub: Hub) -> None:
    kit = hub.kit
    await kit.add(TEAM_Y, Role.LOCAL_TEAM, REGION, 72)
    opened = await a_case(kit)
    made = await kit.tell(VT, OFFER, an_offer(kit), correlationid=opened.case, urgentie=Lane.ACUTE)
    hub.relay.offer(made.changes.outbox)
    await hub.step(5 * MINUTE)
    assert len(hub.broker.in_queue(TEAM)) == 2  # the offer and its full part
    await kit.change(lambda now: retire_partner(now, TEAM, kit.now() - timedelta(seconds=1), TEAM_Y))
    await readdress(TEAM, await kit.store.waiting_outgoing(TEAM, 50), kit.store, kit.setting)
    await hub.step()

    assert {*ids(hub.broker.in_queue(TEAM_Y))} == {row.id for row in made.changes.outbox if row.partner == TEAM}
    for _ in range(5):
        await hub.step(MINUTE)
    assert len(hub.broker.in_queue(TEAM_Y)) == 2


# --- the rounds of an alarm -----------------------------------------------------------------------------------------


async def alarmed(hub: Hub, rounds: int) -> None:
    for _ in range(rounds):
        await hub.step(15 * MINUTE + timedelta(seconds=1))


def alarms(said: list[dict[str, Any]]) -> list[int]:
    return [one_["data"]["ronde"] for one_ in said if one_["type"] == wire_type(ALARM)]


async def test_while_an_alarm_lies_unread_its_next_rounds_wait_and_only_the_newest_is_kept(hub: Hub) -> None:
    await hub.report()
    await alarmed(hub, 4)
    said = [hub.kit.received(one_) for one_ in hub.broker.in_queue()]
    assert alarms(said) == [1]
    kept = "select count(*) from outbox where partner = 'vt-test' and alarm is not null and ciphertext is not null"
    assert await one(hub.kit.engine, kept) == 2
    async with transaction(hub.kit.engine) as connection:  # by which `status` says that a fault keeps something
        waiting = await backlogs(connection)
    assert {one_.what for one_ in waiting} == {Kind.UNCONFIRMED}

    assert alarms(await hub.reads()) == [1]
    await hub.sent()
    assert alarms(await hub.reads()) == [4]
    await hub.step(MINUTE)
    assert hub.broker.in_queue() == []
    await alarmed(hub, 1)
    assert alarms(await hub.reads()) == [5]


async def test_one_that_never_left_is_replaced_by_the_one_that_says_more_and_the_account_counts_it(hub: Hub) -> None:
    await hub.report()
    await alarmed(hub, 4)
    gone = await rows(
        hub.kit.engine,
        "select o.ciphertext, o.wrapped_key, o.next_at, o.published_at, n.alarm = o.alarm and n.seq > o.seq as newer"
        " from outbox o join outbox n on n.id = o.replaced_by where o.partner = 'vt-test' order by o.seq",
    )
    assert [tuple(row.values()) for row in gone] == [(None, None, None, None, True)] * 2
    found = (await account(hub.kit.engine)).partners[VT]
    assert (found["replaced"], found["outgoing"], found["undelivered"]) == (2, 3, 3)

    await hub.reads()
    await hub.sent()
    await hub.reads()
    found = (await account(hub.kit.engine)).partners[VT]
    assert (found["replaced"], found["outgoing"], found["delivered"], found["undelivered"]) == (2, 3, 3, 0)


async def test_the_reporter_that_reads_hears_every_round_while_the_triage_does_not(hub: Hub) -> None:
    await hub.report()
    heard: list[int] = []
    for _ in range(4):
        await alarmed(hub, 1)
        heard += alarms(await hub.reads(partner=POLICE))
    assert heard == [1, 2, 3, 4]


async def test_an_unread_alarm_hides_none_of_another_term_or_report(hub: Hub) -> None:
    for _ in range(2):
        await hub.report()
    await hub.step(11 * MINUTE)
    await alarmed(hub, 2)
    said = [hub.kit.received(one_) for one_ in hub.broker.in_queue()]
    over = {one_["data"]["over"] for one_ in said if one_["type"] == wire_type(ALARM)}
    assert (alarms(said), len(over)) == ([1, 1], 2)
    assert sum(one_["type"] == wire_type(REMINDER) for one_ in said) == 2


async def test_an_alarm_that_its_reader_took_and_never_confirmed_goes_again_and_the_newest_with_it(hub: Hub) -> None:
    await hub.report()
    await alarmed(hub, 1)
    hub.broker.acknowledge(hub.broker.take())
    await alarmed(hub, 2)
    said = [hub.kit.received(one_) for one_ in hub.broker.in_queue()]
    assert {*alarms(said)} >= {1, 2}


async def test_the_triage_hears_that_a_candidate_does_not_answer_though_that_reads_nothing(
    hub: Hub, clock: Clock
) -> None:
    """What lies unread at one is nobody else's."""
    opened = await a_case(hub.kit)
    offer = an_offer(hub.kit)
    del offer["antwoordVoor"]
    made = await hub.kit.tell(VT, OFFER, offer, correlationid=opened.case, urgentie=Lane.ACUTE)
    hub.relay.offer(made.changes.outbox)
    heard: list[int] = []
    for _ in range(3):
        await clock.pass_next(t.OFFER_ANSWER_ACUTE)
        await hub.step()
        heard += alarms(await hub.reads())
    unread = [hub.kit.received(one_) for one_ in hub.broker.in_queue(TEAM)]
    assert len(heard) >= 2
    assert len(alarms(unread)) == 1


async def test_what_an_alarm_of_the_version_before_left_in_the_outbox_holds_nothing_back(hub: Hub) -> None:
    await hub.report()
    await alarmed(hub, 2)
    await rows(hub.kit.engine, "update outbox set alarm = null, behind = null")
    await alarmed(hub, 1)
    said = [hub.kit.received(one_) for one_ in hub.broker.in_queue()]
    assert sorted(alarms(said)) == [1, 2, 3]


async def test_a_look_that_the_database_refuses_ends_and_the_next_one_is_whole(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hub.report()
    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(hub.resending.store, "queues_out", refused)
        await hub.resending.look()
    assert [(one["event"], one["code"]) for one in logs] == [(LogEvent.RESENDING_FAILED, "database-error")]
    await hub.resending.look()


async def refused(_seconds: float) -> None:
    raise OurFault("database-error", "A statement could not be made.")
