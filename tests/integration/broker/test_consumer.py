"""Reading: batches by age, fair to all, acknowledged only when told, and healed by itself whatever the broker does."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from uuid import uuid4

import pytest
from aio_pika.abc import AbstractChannel

from hub.amqp.connection import Connector
from hub.amqp.restarts import FIRST
from hub.broker import reading as reading_module
from hub.broker.consumer import Consumers
from hub.broker.publisher import Publisher
from hub.broker.reading import Tag
from hub.broker.topology import DEAD
from hub.canonical.codes import Lane
from hub.envelope.hashes import sha256_hex
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.ids import PartnerId
from hub.ports import Delivery, Properties
from tests.faults.proxy import Proxy, Way
from tests.integration.broker.rig import (
    LIMITS,
    WATCH_EVERY,
    Broker,
    Partner,
    eventually,
    nothing_comes,
    outgoing,
    reading,
    take,
)
from tests.patience import CEILING, NEVER

INTAKE = "intake.regulier"


# --- what comes ---------------------------------------------------------------------------------------------------


async def test_a_delivery_tells_who_sent_what(consumers: Consumers, partner: Partner) -> None:
    id_, trace = str(uuid4()), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await partner.send(b"body", message_id=id_, content_type="application/jose", headers={"traceparent": trace})
    await reading(consumers, partner)
    (delivery,) = await take(consumers, 1)
    assert delivery.properties == Properties(id_, partner.id, "application/jose", trace)
    assert (delivery.partner, delivery.lane, delivery.body) == (partner.id, Lane.ROUTINE, b"body")
    assert (delivery.count, delivery.dead) == (0, False)


async def test_of_a_body_larger_than_any_may_be_only_the_hash_is_held(consumers: Consumers, partner: Partner) -> None:
    large = bytes(FROM_HUB_LIMIT) + b"x"
    await partner.send_all([b"before", large, bytes(FROM_HUB_LIMIT), b"after"])
    await reading(consumers, partner)
    found = await take(consumers, 4)
    assert [len(one.body) for one in found] == [6, 0, FROM_HUB_LIMIT, 5]
    assert [one.cut for one in found] == [None, sha256_hex(large), None, None]
    assert [one.body_hash for one in found[1:3]] == [sha256_hex(large), sha256_hex(bytes(FROM_HUB_LIMIT))]


async def test_many_queues_share_the_bytes_that_a_worker_may_hold(broker: Broker) -> None:
    partners = [await broker.partner() for _ in range(2)]
    consumers = Consumers(broker.connector, Lane.ROUTINE, prefetch=10, prefetch_bytes=6 * FROM_HUB_LIMIT)
    try:
        for one in partners:
            await one.send_all([b"x"] * 8)
        await reading(consumers, *partners)
        batch = await take(consumers, 6)
        assert await nothing_comes(consumers)
        await consumers.ack(batch)
        assert len(await take(consumers, 6)) == 6
    finally:
        await consumers.stop()
    assert sorted(one.partner for one in batch) == sorted([one.id for one in partners] * 3)


async def test_each_lane_is_read_by_itself(broker: Broker, consumers: Consumers, partner: Partner) -> None:
    acute = Consumers(broker.connector, Lane.ACUTE, prefetch=5)
    try:
        await reading(consumers, partner)
        await reading(acute, partner)
        await partner.send(b"acute", Lane.ACUTE)
        await partner.send(b"routine")
        (first,), (second,) = await take(acute, 1), await take(consumers, 1)
    finally:
        await acute.stop()
    assert (first.lane, first.body) == (Lane.ACUTE, b"acute")
    assert (second.lane, second.body) == (Lane.ROUTINE, b"routine")


async def test_what_a_partner_gives_up_comes_back_as_a_dead_letter(
    consumers: Consumers, publisher: Publisher, partner: Partner
) -> None:
    message = outgoing(partner, b"unwanted", Lane.ACUTE)
    await publisher.publish(message)
    await partner.give_up(Lane.ACUTE)
    await reading(consumers, partner)
    (delivery,) = await take(consumers, 1)
    assert delivery.dead
    assert delivery.lane is Lane.ACUTE
    assert (delivery.body, delivery.properties.message_id) == (b"unwanted", str(message.id))


@pytest.mark.parametrize("lane", Lane)
async def test_what_lapsed_in_a_queue_before_the_hub_read_it_is_a_message_of_its_sender_as_any_other(
    broker: Broker, consumers: Consumers, partner: Partner, lane: Lane
) -> None:
    """A client library may put `expiration` on all that it publishes; the broker confirmed it."""
    id_ = str(uuid4())
    await partner.send(b"body", lane, message_id=id_, expiration=0.001)

    async def has_lapsed() -> bool:
        return await broker.ready(partner.id, "dead") == 1

    await eventually(has_lapsed)
    await reading(consumers, partner)
    (delivery,) = await take(consumers, 1)
    assert not delivery.dead
    assert (delivery.lane, delivery.body) == (lane, b"body")
    assert delivery.properties == Properties(id_, partner.id)


# --- batches ------------------------------------------------------------------------------------------------------


async def test_one_partners_backlog_does_not_hold_up_another(broker: Broker, consumers: Consumers) -> None:
    busy, quiet = await broker.partner(), await broker.partner()
    await busy.send_all([b"busy"] * 40)
    await quiet.send_all([b"quiet"] * 2)
    await reading(consumers, busy, quiet)
    await eventually(lambda: len(consumers._arrived) == 42)
    batch = await consumers.take(6, 0.0)
    assert [delivery.partner for delivery in batch].count(quiet.id) == 2
    assert len(batch) == 6


async def test_a_batch_goes_when_its_first_is_old_enough_though_more_keep_coming(
    consumers: Consumers, partner: Partner
) -> None:
    await reading(consumers, partner)

    async def keep_sending() -> None:
        while True:
            await partner.send_all([b"x"])

    sending = asyncio.create_task(keep_sending())
    try:
        (await take(consumers, 1, most=1)).clear()
        async with asyncio.timeout(CEILING):
            assert await consumers.take(1_000_000, 0.05)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def test_a_full_batch_does_not_wait(consumers: Consumers, partner: Partner) -> None:
    await partner.send_all([b"x"] * 10)
    await reading(consumers, partner)
    async with asyncio.timeout(CEILING):
        assert len(await consumers.take(10, NEVER)) == 10


# --- acknowledging ------------------------------------------------------------------------------------------------


async def test_only_what_is_acknowledged_is_gone(broker: Broker, consumers: Consumers, partner: Partner) -> None:
    await partner.send_all([b"0", b"1", b"2", b"3"])
    await reading(consumers, partner)
    taken = await take(consumers, 4)
    await consumers.ack([taken[3], taken[1]])
    await consumers.stop()
    await eventually(lambda: _is_ready(broker, partner, 2))
    again = Consumers(broker.connector, Lane.ROUTINE, prefetch=10)
    try:
        await reading(again, partner)
        assert {delivery.body for delivery in await take(again, 2)} == {b"0", b"2"}
    finally:
        await again.stop()


async def test_prefetch_bounds_what_is_here_unacknowledged(broker: Broker, partner: Partner) -> None:
    await partner.send_all([b"x"] * 20)
    few = Consumers(broker.connector, Lane.ROUTINE, prefetch=5)
    try:
        await reading(few, partner)
        first = await take(few, 5)
        assert await nothing_comes(few)
        await few.ack(first)
        assert len(await take(few, 5)) == 5
    finally:
        await few.stop()


async def test_acknowledging_on_a_channel_that_is_gone_does_nothing(
    broker: Broker, consumers: Consumers, partner: Partner, proxy: Proxy
) -> None:
    await partner.send(b"once")
    await reading(consumers, partner)
    before = await take(consumers, 1)
    await _lose_connection(consumers, partner, proxy)
    await consumers.ack(before)
    (again,) = await take(consumers, 1)
    assert (again.body, again.count >= 1) == (b"once", True)
    await consumers.ack([again])
    await consumers.stop()
    assert await broker.ready(partner.id, INTAKE) == 0


async def test_acknowledgements_that_a_busy_process_is_slow_to_write_end_nothing_and_bring_nothing_again(
    broker: Broker, partner: Partner
) -> None:
    """The client's queue of frames is short: each turn of the event loop writes a few, and here each turn is slow."""
    many = 160
    busy = Consumers(broker.connector, Lane.ROUTINE, prefetch=many, watch_every=WATCH_EVERY)
    await partner.send_all([b"x"] * many)
    try:
        await reading(busy, partner)
        taken = await take(busy, many)
        subscription = busy._lines[partner.id].readings[0]._subscription
        slow = asyncio.create_task(_slow_turns(0.1))
        await busy.ack(taken)
        for _ in range(25):
            await asyncio.sleep(0)
        slow.cancel()
        await eventually(lambda: _is_ready(broker, partner, 0))
        assert busy._lines[partner.id].readings[0]._subscription is subscription
        assert await nothing_comes(busy)
    finally:
        await busy.stop()
    assert await broker.ready(partner.id, INTAKE) == 0


async def test_what_was_acknowledged_is_written_before_reading_stops(broker: Broker, partner: Partner) -> None:
    many = 160
    stopping = Consumers(broker.connector, Lane.ROUTINE, prefetch=many)
    await partner.send_all([b"x"] * many)
    await reading(stopping, partner)
    await stopping.ack(await take(stopping, many))
    await stopping.stop()
    again = Consumers(broker.connector, Lane.ROUTINE, prefetch=many)
    try:
        await reading(again, partner)
        assert await nothing_comes(again)
    finally:
        await again.stop()


async def test_stored_deliveries_have_nothing_to_acknowledge(consumers: Consumers) -> None:
    await consumers.ack([Delivery(PartnerId("anybody"), Lane.ROUTINE, b"", Properties())])


# --- healing ------------------------------------------------------------------------------------------------------


async def test_after_a_killed_connection_the_unacknowledged_come_again_counted(
    broker: Broker, consumers: Consumers, partner: Partner
) -> None:
    await partner.send_all([b"1", b"2", b"3"])
    await reading(consumers, partner)
    assert [delivery.count for delivery in await take(consumers, 3)] == [0, 0, 0]
    await eventually(lambda: broker.kill_connections(partner.id), every=0.2)
    again = await take(consumers, 3)
    assert {delivery.body for delivery in again} == {b"1", b"2", b"3"}
    assert all(delivery.count >= 1 for delivery in again)


async def test_what_waited_here_when_the_connection_went_is_not_handled_twice(
    consumers: Consumers, partner: Partner, proxy: Proxy
) -> None:
    await partner.send_all([b"1", b"2", b"3"])
    await reading(consumers, partner)
    await eventually(lambda: len(consumers._arrived) == 3)
    await _lose_connection(consumers, partner, proxy)
    assert len(await take(consumers, 3)) == 3
    assert await nothing_comes(consumers)


async def test_a_deleted_queue_is_read_again_also_where_it_is_made_again_at_once(
    broker: Broker, consumers: Consumers, partner: Partner
) -> None:
    """RabbitMQ 3.10 forgets to tell so by basic.cancel where it is there again too soon."""
    await reading(consumers, partner)
    await broker.delete_queue(partner.id, INTAKE)
    making = asyncio.ensure_future(broker.declare(partner))
    await eventually(lambda: not consumers.healthy)
    await making
    await eventually(lambda: consumers.healthy)
    await partner.send(b"back")
    assert (await take(consumers, 1))[0].body == b"back"


async def test_a_missing_queue_does_not_stop_the_reading_of_another(
    broker: Broker, consumers: Consumers, partner: Partner
) -> None:
    await broker.delete_queue(partner.id, "dead")
    await consumers.add(partner.id)
    await partner.send(b"x")
    assert (await take(consumers, 1))[0].body == b"x"
    assert not consumers.healthy


async def test_a_consumer_that_the_broker_no_longer_lists_is_made_anew(consumers: Consumers, partner: Partner) -> None:
    await reading(consumers, partner)
    await _forget_consumer(consumers, partner)
    await partner.send(b"x")
    assert (await take(consumers, 1))[0].body == b"x"


async def test_a_blocked_event_loop_costs_a_connection_and_no_message(broker: Broker, partner: Partner) -> None:
    impatient = Connector(broker.connector.urls, name="impatient", heartbeat=1)
    consumers = Consumers(impatient, Lane.ROUTINE, prefetch=10, watch_every=WATCH_EVERY)
    try:
        await reading(consumers, partner)
        await partner.send(b"x")
        first = await take(consumers, 1)
        time.sleep(4)  # noqa: ASYNC251  a loop that is blocked for longer than the broker waits for a heartbeat
        (again,) = await take(consumers, 1)
        assert again.body == first[0].body
    finally:
        await consumers.stop()


async def test_a_partner_added_before_its_virtual_host_is_read_once_it_is_there(
    broker: Broker, consumers: Consumers
) -> None:
    partner = broker.unprovisioned()
    await consumers.add(partner.id)
    assert not consumers.healthy
    assert not consumers.report()[partner.id].connected
    await broker.provision(partner)
    await eventually(lambda: consumers.healthy)


async def test_an_address_that_does_not_answer_is_passed_over(broker: Broker, partner: Partner) -> None:
    cluster = Connector(("amqp://nobody:x@127.0.0.1:1", *broker.connector.urls))
    consumers = Consumers(cluster, Lane.ROUTINE, prefetch=10)
    try:
        await reading(consumers, partner)
    finally:
        await consumers.stop()


async def test_a_node_that_takes_connections_and_answers_nothing_is_passed_over(
    broker: Broker, partner: Partner
) -> None:
    with _paused_node() as paused:
        # The whole patience is longer than this test waits: only the shorter one before a next URL comes through.
        cluster = Connector((paused, paused, *broker.connector.urls), patience=NEVER)
        consumers = Consumers(cluster, Lane.ROUTINE, prefetch=10)
        try:
            async with asyncio.timeout(CEILING):
                await consumers.add(partner.id)
                await consumers._lines[partner.id].link.connected()
        finally:
            await consumers.stop()


async def test_a_connection_on_which_the_broker_no_longer_answers_is_replaced(
    consumers: Consumers, partner: Partner, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_module, "PATIENCE", 0.5)
    await reading(consumers, partner)
    deaf = consumers._lines[partner.id].link._connection
    proxy.hold(Way.DOWN)
    await eventually(lambda: not consumers.healthy)
    proxy.heal()
    await eventually(lambda: consumers.healthy)
    assert consumers._lines[partner.id].link._connection is not deaf


@dataclass
class Ending:
    """Ends the channel of an intake queue at each delivery with this body: as one that the broker cannot hand over."""

    consumers: Consumers
    body: bytes
    tries: list[float] = field(default_factory=list)
    counts: dict[bytes, int] = field(default_factory=dict)
    mended: bool = False
    _ending: list[asyncio.Future[object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._put = self.consumers._arrived.put
        self.consumers._arrived.put = self.put  # type: ignore[method-assign]

    def put(self, delivery: Delivery) -> None:
        self.counts[delivery.body] = delivery.count
        assert isinstance(delivery.tag, Tag)
        if delivery.body != self.body or self.mended or delivery.tag.reading.queue == DEAD:
            self._put(delivery)
            return
        self.tries.append(time.monotonic())
        self._ending.append(asyncio.ensure_future(delivery.tag.channel.basic_ack(10_000, wait=False)))

    async def over(self) -> None:
        await asyncio.gather(*self._ending, return_exceptions=True)


async def test_a_delivery_that_ends_its_own_channel_is_tried_again_later_and_later_and_others_are_read(
    broker: Broker, consumers: Consumers, partner: Partner
) -> None:
    other, ends = await broker.partner(), Ending(consumers, b"ends")
    await reading(consumers, partner, other)
    await partner.send(b"ends")
    await eventually(lambda: len(ends.tries) >= 5)
    assert consumers.cut_off
    await eventually(lambda: not consumers.healthy)
    await other.send(b"x")
    assert (await take(consumers, 1))[0].body == b"x"
    for number, (one, next_) in enumerate(pairwise(ends.tries[1:])):  # never sooner than it should be
        assert next_ - one >= FIRST * 2**number

    ends.mended = True
    (last,) = await take(consumers, 1)
    await consumers.ack([last])
    assert not consumers.cut_off
    await ends.over()


async def test_what_ends_its_channel_again_and_again_is_given_up_and_what_is_around_it_goes_on(
    broker: Broker, consumers: Consumers
) -> None:
    """It goes to `dead`, as a message of its sender's; what is around it is brought again a few times and no more."""
    partner, ends = await broker.partner(replace(LIMITS, deliveries=5)), Ending(consumers, b"ends")
    await partner.send_all([b"before", b"ends", b"behind", b"last"])
    await reading(consumers, partner)
    found = dict[bytes, Delivery]()
    async with asyncio.timeout(CEILING):
        while b"ends" not in found:
            taken = await consumers.take(10, 0.005)
            found |= {delivery.body: delivery for delivery in taken}
            await consumers.ack(taken)
    assert len(ends.tries) == 6  # once, and as often again as the limit says
    assert (found[b"ends"].dead, found[b"ends"].lane) == (False, Lane.ROUTINE)
    await eventually(lambda: _is_ready(broker, partner, 0))
    await eventually(lambda: consumers.healthy)
    assert found.keys() == {b"before", b"ends", b"behind", b"last"}
    assert max(ends.counts[body] for body in (b"before", b"behind", b"last")) <= 3
    await ends.over()


async def test_a_message_that_ended_nothing_survives_two_outages_of_twenty_workers(
    broker: Broker, consumers: Consumers, partner: Partner
) -> None:
    await partner.send(b"innocent")
    for _ in range(2 * 20):
        async with a_worker_that_dies(broker, partner) as channel:
            message = await (await channel.get_queue(INTAKE, ensure=False)).get()
            assert message.body == b"innocent"
    assert await broker.ready(partner.id, INTAKE) == 1
    assert await broker.ready(partner.id, "dead") == 0


@asynccontextmanager
async def a_worker_that_dies(broker: Broker, partner: Partner) -> AsyncIterator[AbstractChannel]:
    """A worker that loses its connection at the end."""
    connection = await broker.connector.open(partner.id)
    yield await connection.channel()
    await connection.close()


# --- pausing and stopping -----------------------------------------------------------------------------------------


async def test_pausing_gives_everything_back_and_resuming_reads_again(
    broker: Broker, consumers: Consumers, partner: Partner
) -> None:
    await partner.send_all([b"1", b"2"])
    await reading(consumers, partner)
    await eventually(lambda: len(consumers._arrived) == 2)
    await consumers.pause()
    assert not consumers.healthy
    await eventually(lambda: _is_ready(broker, partner, 2))
    assert await nothing_comes(consumers)
    await consumers.resume()
    assert len(await take(consumers, 2)) == 2
    await eventually(lambda: consumers.healthy)


async def test_stopping_leaves_what_is_unacknowledged_in_the_queue(
    broker: Broker, consumers: Consumers, partner: Partner
) -> None:
    await partner.send_all([b"1", b"2", b"3"])
    await reading(consumers, partner)
    taken = await take(consumers, 3)
    await consumers.ack(taken[:1])
    await consumers.stop()
    await eventually(lambda: _is_ready(broker, partner, 2))
    assert consumers.report() == {}


async def test_a_removed_partner_is_read_no_more_and_the_others_are(broker: Broker, consumers: Consumers) -> None:
    gone, here = await broker.partner(), await broker.partner()
    await reading(consumers, gone, here)
    await consumers.remove(gone.id)
    await consumers.remove(gone.id)
    await gone.send(b"gone")
    await here.send(b"here")
    assert [delivery.body for delivery in await take(consumers, 1)] == [b"here"]
    assert await broker.ready(gone.id, INTAKE) == 1


async def test_the_report_tells_when_the_broker_last_listed_us(consumers: Consumers, partner: Partner) -> None:
    await reading(consumers, partner)
    report = consumers.report()[partner.id]
    assert (report.connected, report.consuming, report.blocked) == (True, True, False)
    await asyncio.sleep(4 * WATCH_EVERY)
    seen_ago = consumers.report()[partner.id].seen_ago
    assert seen_ago is not None
    assert seen_ago < 3 * WATCH_EVERY


# --- what a partner may try ---------------------------------------------------------------------------------------


def _nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("properties", "routing_key"),
    [
        ({"message_id": b"\xe9\xff"}, b"regulier"),
        ({"content_type": b"\xff"}, b"regulier"),
        ({"timestamp": 2**63}, b"regulier"),
        ({"headers": {"a": _nested(600)}}, b"regulier"),
        ({"headers": {"a": [None] * 60_000}}, b"regulier"),
        ({"headers": {"traceparent": b"\xff" * 9_000}}, b"regulier"),
        ({"headers": {"CC": ["regulier"]}}, b"\xff\xfe"),
        ({"headers": {"x-delivery-count": 99, "x-first-death-queue": "intake.acuut"}}, b"regulier"),
    ],
    ids=["id", "content-type", "timestamp", "deep", "broad", "traceparent", "routing-key", "invented-headers"],
)
async def test_nothing_around_a_message_can_stop_its_reading(
    consumers: Consumers, standing: Partner, properties: dict[str, object], routing_key: bytes
) -> None:
    await standing.send_raw(b"odd", routing_key, properties)
    await standing.send(b"usual")
    await reading(consumers, standing)
    odd, usual = await take(consumers, 2)
    await consumers.ack([odd, usual])
    assert (odd.body, usual.body) == (b"odd", b"usual")
    assert (odd.count, usual.count) == (0, 0)
    assert odd.lane is Lane.ROUTINE
    assert odd.properties.message_id is None
    assert odd.properties.traceparent is None


# --- helpers ------------------------------------------------------------------------------------------------------


async def _slow_turns(seconds: float) -> None:
    """Deciding, as the event loop sees it."""
    while True:
        time.sleep(seconds)  # noqa: ASYNC251  as above
        await asyncio.sleep(0)


async def _is_ready(broker: Broker, partner: Partner, count: int) -> bool:
    return await broker.ready(partner.id, INTAKE) == count


async def _lose_connection(consumers: Consumers, partner: Partner, proxy: Proxy) -> None:
    """Lose the hub's connection, and wait until it is back."""
    before = consumers._lines[partner.id].link._connection
    proxy.cut()
    await eventually(lambda: consumers._lines[partner.id].link._connection is not before)
    await eventually(lambda: consumers.healthy)


async def _forget_consumer(consumers: Consumers, partner: Partner) -> None:
    """Cancel at the broker, as if the two sides had come to differ: the client still believes that it reads."""
    reading_ = consumers._lines[partner.id].readings[0]
    subscription = reading_._subscription
    assert subscription is not None
    callback = subscription.underlay.consumers[subscription.consumer]
    await subscription.underlay.basic_cancel(subscription.consumer)
    subscription.underlay.consumers[subscription.consumer] = callback


@contextmanager
def _paused_node() -> Iterator[str]:
    """The URL of what a stopped process looks like from outside: its kernel accepts, and nothing ever answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"amqp://nobody:x@127.0.0.1:{listening.getsockname()[1]}"
