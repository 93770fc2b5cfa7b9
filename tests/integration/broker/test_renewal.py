"""Queues of an earlier version, with messages in them, become queues whose limits can change, and nothing is lost."""

import asyncio
import contextlib
from collections.abc import Iterator

import pytest
from aio_pika.exceptions import DeliveryError

from hub.broker import declare as declaring
from hub.broker import renewal
from hub.broker.admin import Admin, Depth
from hub.broker.consumer import Consumers
from hub.broker.declare import declare
from hub.broker.renewal import Outcome
from hub.broker.topology import ASIDE, DEAD, EARLIER, QUEUES, Limits, queues
from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.local.servers import Addresses
from tests.integration.broker.earlier import (
    BEFORE,
    SENT,
    as_before,
    broken_off_everywhere,
    counted_soon,
    fill,
    found,
    renewed,
    the_hub_reads,
    the_partner_reads,
)
from tests.integration.broker.rig import LIMITS, Broker, Partner, eventually, new_publisher, outgoing, reading, take


@pytest.fixture(autouse=True, scope="module")
def _counted_soon(servers: Addresses) -> Iterator[None]:
    with counted_soon(servers):
        yield


@pytest.fixture(autouse=True)
def looked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(renewal, "RETURNED", 0.1)
    for module in (renewal, declaring):
        monkeypatch.setattr(module, "FORGOTTEN", 1.0)


@pytest.fixture
async def old(broker: Broker) -> Partner:
    """A partner as an earlier version connected it."""
    return await as_before(broker, QUEUES)


async def test_a_start_leaves_a_queue_of_an_earlier_version_as_it_is_and_its_messages_in_it(
    broker: Broker, old: Partner
) -> None:
    await fill(broker, old)
    async with broker.admin() as admin:
        await admin.provision(old.id, Limits(queue_messages=500))
    await declare(broker.connector, old.id)
    assert {name for name, depth in (await found(broker, old)).items() if depth.earlier} == set(QUEUES)
    assert await broker.ready(old.id, "from-hub.acuut") == 10


async def test_a_lower_limit_holds_at_once_for_a_queue_of_an_earlier_version_too(broker: Broker, old: Partner) -> None:
    async with broker.admin() as admin:
        await admin.limit_queues(old.id, Limits(queue_messages=3))
    await eventually(lambda: is_full(old, 3))


async def is_full(partner: Partner, most: int) -> bool:
    """Whether the intake takes so many and not many more: the broker is a little late to refuse."""
    sent = 0
    with contextlib.suppress(DeliveryError):
        while sent < most + 50:
            await partner.send(b"x")
            sent += 1
    return sent < most + 50


async def test_queues_of_an_earlier_version_are_made_anew_with_all_that_is_in_them(
    broker: Broker, old: Partner
) -> None:
    await fill(broker, old)
    async with the_hub_reads(broker, old, *Lane) as to_hub:
        assert await renewed(broker, old) is Outcome.DONE
        depths = await found(broker, old)
        assert set(QUEUES) <= depths.keys()
        assert not any(depth.earlier for depth in depths.values())
        assert not {*ASIDE.values()} & depths.keys()
        assert await renewed(broker, old) is Outcome.DONE  # and then there is nothing to do
        await eventually(lambda: {one.body for one in to_hub} == {*SENT, b"dies"})
        lanes = {one.body: one.lane for one in to_hub}
        assert all(lanes[body] is lane for lane in Lane for body in SENT if body.startswith(lane.value.encode()))
        assert lanes[b"dies"] is Lane.ACUTE
        assert all(one.properties.user_id == old.id for one in to_hub)
    for lane in Lane:
        for number in range(10):
            message = await old.get(lane)
            assert message.body == f"{lane.value} {number}".encode()
            assert (message.delivery_mode, message.content_type) == (2, "application/jose")
            assert message.timestamp is not None


async def test_nothing_is_lost_wherever_it_is_broken_off(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each queue: tests/faults/renewal/."""
    await broken_off_everywhere(broker, "from-hub.acuut", monkeypatch)


async def test_a_raised_limit_holds_when_the_queue_is_made_anew(broker: Broker) -> None:
    partner = await as_before(broker, ["from-hub.regulier"])
    assert await renewed(broker, partner, Limits(queue_messages=500)) is Outcome.DONE
    publisher = new_publisher(broker)
    for number in range(LIMITS.queue_messages + 100):
        await publisher.publish(outgoing(partner, b"%d" % number))
    await publisher.stop()


async def test_a_reader_that_has_nothing_to_do_hears_that_its_queue_went_and_reads_the_new_one(broker: Broker) -> None:
    partner = await as_before(broker, ["intake.acuut"])
    consumers = Consumers(broker.connector, Lane.ACUTE, prefetch=5)
    await reading(consumers, partner)
    assert await renewed(broker, partner) is Outcome.DONE
    await partner.send(b"after", Lane.ACUTE)
    (after,) = await take(consumers, 1)
    assert after.body == b"after"
    await consumers.stop()


async def test_a_partner_that_connected_too_late_to_be_disconnected_reads_the_new_queue_all_the_same(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The management API lists a new connection late; a plain client notices nothing of a queue that went."""
    partner = await as_before(broker, ["from-hub.acuut"])
    disconnect, asked = Admin.disconnect, list[str]()

    async def lists_late(admin: Admin, of: PartnerId) -> None:
        asked.append(of)
        if len(asked) > 2:
            await disconnect(admin, of)

    monkeypatch.setattr(Admin, "disconnect", lists_late)
    async with the_partner_reads(partner) as given:
        await eventually(lambda: is_read(broker, partner))
        assert await renewed(broker, partner) is Outcome.DONE
        publisher = new_publisher(broker)
        await publisher.publish(outgoing(partner, b"after", Lane.ACUTE))
        await eventually(lambda: given == [b"after"])
        await publisher.stop()


async def is_read(broker: Broker, partner: Partner) -> bool:
    return (await found(broker, partner))["from-hub.acuut"].consumers == 1


async def test_machines_that_start_while_a_queue_is_made_anew_take_its_reader_from_nobody(broker: Broker) -> None:
    partner = await as_before(broker, ["intake.acuut"])
    consumers = Consumers(broker.connector, Lane.ACUTE, prefetch=5)
    await reading(consumers, partner)
    over = asyncio.Event()

    async def start() -> None:
        while not over.is_set():
            await declare(broker.connector, partner.id)

    starting = [asyncio.ensure_future(start()) for _ in range(2)]
    await eventually(lambda: is_made_anew(broker, partner))
    over.set()
    await asyncio.gather(*starting)
    for number in range(5):
        await partner.send(b"%d" % number, Lane.ACUTE)
    assert len(await take(consumers, 5)) == 5
    await consumers.stop()


async def is_made_anew(broker: Broker, partner: Partner) -> bool:
    return await renewed(broker, partner) is Outcome.DONE


async def test_a_queue_that_nobody_empties_in_time_is_left_as_it_was_with_what_came_meanwhile(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(renewal.EMPTIED_WITHIN, "intake.acuut", 3.0)
    partner = await as_before(broker, ["intake.acuut"])
    await partner.send(b"waits", Lane.ACUTE)
    going = asyncio.ensure_future(renewed(broker, partner))
    await eventually(lambda: lies_aside(broker, partner))
    assert await renewed(broker, partner) is Outcome.ANOTHERS
    await partner.send(b"comes", Lane.ACUTE)
    assert await going is Outcome.NOT_EMPTIED
    depths = await found(broker, partner)
    assert depths["intake.acuut"].earlier
    assert ASIDE["intake.acuut"] not in depths
    async with the_hub_reads(broker, partner, Lane.ACUTE) as given:
        await eventually(lambda: {one.body for one in given} == {b"waits", b"comes"})
        assert await renewed(broker, partner) is Outcome.DONE


async def lies_aside(broker: Broker, partner: Partner) -> bool:
    return ASIDE["intake.acuut"] in await found(broker, partner)


async def test_what_is_given_up_is_counted_until_it_is_where_it_goes(broker: Broker, partner: Partner) -> None:
    await broker.delete_queue(partner.id, DEAD)
    publisher = new_publisher(broker)
    await publisher.publish(outgoing(partner))
    await partner.give_up()
    await eventually(lambda: holds(broker, partner, Depth(0, 0, 0, dying=1)))
    await publisher.stop()


async def holds(broker: Broker, partner: Partner, depth: Depth) -> bool:
    return (await found(broker, partner))["from-hub.regulier"] == depth


def test_what_an_earlier_version_wrote_into_its_queues_is_in_none_of_ours() -> None:
    assert BEFORE.keys() == EARLIER
    assert not [queue.name for queue in queues() if EARLIER & queue.arguments.keys()]
