"""Publishing: done is what the broker confirmed, in time; everything else is said, and can be sent again."""

import asyncio
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from hub.amqp import outlet
from hub.amqp.connection import Connector
from hub.broker.publisher import Publisher
from hub.broker.topology import Limits
from hub.canonical.codes import Lane
from hub.errors import BrokerAway, Unconfirmed
from hub.ids import MessageId, PartnerId
from hub.ports import Outgoing
from tests.faults.proxy import Proxy, Way
from tests.integration.broker.rig import Broker, Partner, eventually, hasty, new_publisher, outgoing
from tests.patience import NEVER

QUEUE = "from-hub.regulier"


async def test_a_message_arrives_as_the_contract_says(broker: Broker, publisher: Publisher, standing: Partner) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    sent = outgoing(standing, b"body", Lane.ACUTE, trace=trace)
    await publisher.publish(sent)
    message = await standing.get(Lane.ACUTE)
    assert message.body == b"body"
    assert message.content_type == "application/jose"
    assert message.delivery_mode == 2  # the client's default would not survive a restart
    assert message.message_id == str(sent.id)
    assert message.user_id == broker.connector.user
    assert message.timestamp is not None
    assert _headers(message) == {"traceparent": trace}


async def test_without_a_trace_there_are_no_headers(publisher: Publisher, standing: Partner) -> None:
    await publisher.publish(outgoing(standing))
    assert _headers(await standing.get()) == {}


async def test_hundreds_at_once_are_all_confirmed(broker: Broker, partner: Partner) -> None:
    publisher = new_publisher(broker, in_flight=50)
    try:
        await asyncio.gather(*(publisher.publish(outgoing(partner, b"%d" % number)) for number in range(200)))
        assert await broker.ready(partner.id, QUEUE) == 200
    finally:
        await publisher.stop()


async def test_a_full_queue_refuses_and_keeps_what_it_has(broker: Broker, publisher: Publisher) -> None:
    partner = await broker.partner(Limits(queue_messages=3))
    with pytest.raises(Unconfirmed) as caught:
        await _until_refused(publisher, partner)
    assert caught.value.code == "refused"
    assert await broker.ready(partner.id, QUEUE) >= 3
    await publisher.publish(outgoing(partner, lane=Lane.ACUTE))  # the other lane has its own queue and channel


async def test_a_channel_that_refused_is_left_for_another(broker: Broker, publisher: Publisher) -> None:
    partner = await broker.partner(Limits(queue_messages=1))
    await publisher.publish(outgoing(partner))
    before = _channel(publisher, partner)
    with pytest.raises(Unconfirmed) as caught:
        await _until_refused(publisher, partner)
    assert caught.value.code == "refused"
    await eventually(lambda: before.is_closed)
    with pytest.raises(Unconfirmed):
        await publisher.publish(outgoing(partner))
    assert _channel(publisher, partner) is not before


async def test_a_message_for_a_queue_that_is_gone_is_returned(
    broker: Broker, publisher: Publisher, partner: Partner
) -> None:
    await publisher.publish(outgoing(partner))
    await broker.delete_queue(partner.id, QUEUE)
    with pytest.raises(Unconfirmed) as caught:
        await publisher.publish(outgoing(partner))
    assert caught.value.code == "returned"
    await broker.declare(partner)
    await publisher.publish(outgoing(partner))


async def test_returned_and_confirmed_are_told_apart_when_many_are_under_way(
    broker: Broker, publisher: Publisher, partner: Partner
) -> None:
    await broker.delete_queue(partner.id, QUEUE)
    messages = [outgoing(partner, lane=Lane.ACUTE if number % 2 else Lane.ROUTINE) for number in range(60)]
    outcomes = await asyncio.gather(*(publisher.publish(one) for one in messages), return_exceptions=True)
    assert [isinstance(outcome, Unconfirmed) for outcome in outcomes] == [number % 2 == 0 for number in range(60)]


async def test_a_second_copy_of_a_message_under_way_is_not_sent(
    broker: Broker, publisher: Publisher, partner: Partner
) -> None:
    message = outgoing(partner)
    outcomes = await asyncio.gather(publisher.publish(message), publisher.publish(message), return_exceptions=True)
    assert [getattr(outcome, "code", None) for outcome in outcomes] == [None, "in-flight"]
    await publisher.publish(message)  # once the outcome is known it may be sent again
    assert await broker.ready(partner.id, QUEUE) == 2


async def test_the_broker_refuses_another_users_name(broker: Broker, standing: Partner) -> None:
    class Liar(Connector):
        user = "another"

    liar = Publisher(Liar(broker.connector.urls), deadline=5, clock=lambda: datetime.now(UTC))
    try:
        with pytest.raises(Unconfirmed) as caught:
            await liar.publish(outgoing(standing))
    finally:
        await liar.stop()
    assert caught.value.code == "no-confirm"
    assert await broker.ready(standing.id, QUEUE) == 0


async def test_an_unknown_virtual_host_is_the_broker_being_away(broker: Broker) -> None:
    publisher = new_publisher(broker, deadline=0.5)
    try:
        with pytest.raises(BrokerAway):
            await publisher.publish(Outgoing(MessageId(uuid4()), PartnerId("nobody-at-all"), Lane.ROUTINE, b"x"))
    finally:
        await publisher.stop()


async def _until_refused(publisher: Publisher, partner: Partner) -> None:
    for _ in range(10):
        await publisher.publish(outgoing(partner))


def _headers(message: AbstractIncomingMessage) -> dict[str, object]:
    """What the hub gave; the broker counts deliveries beside it."""
    return {name: value for name, value in message.headers.items() if name != "x-delivery-count"}


def _channel(publisher: Publisher, partner: Partner) -> AbstractChannel:
    current = publisher._outlets[(partner.id, Lane.ROUTINE)]._current
    assert current is not None
    return current.channel


# --- on a bad wire ------------------------------------------------------------------------------------------------


async def test_no_confirm_in_time_is_unconfirmed_and_the_next_goes_by_a_new_channel(
    broker: Broker, partner: Partner, proxy: Proxy
) -> None:
    publisher = new_publisher(broker, url=proxy.url)
    try:
        await publisher.publish(outgoing(partner))
        before = _channel(publisher, partner)
        proxy.hold(Way.DOWN)
        began = time.monotonic()
        late = outgoing(partner, b"late")
        with hasty(publisher), pytest.raises(Unconfirmed) as caught:
            await publisher.publish(late)
        assert caught.value.code == "no-confirm"
        assert time.monotonic() - began > 0.9
        proxy.heal()
        await publisher.publish(late)
        assert _channel(publisher, partner) is not before
        await eventually(lambda: before.is_closed)
        assert await broker.ready(partner.id, QUEUE) == 3  # both copies arrived: the partner knows the id
    finally:
        await publisher.stop()


async def test_a_cancelled_publish_takes_its_channel_with_it(broker: Broker, partner: Partner, proxy: Proxy) -> None:
    publisher = new_publisher(broker, url=proxy.url)
    try:
        await publisher.publish(outgoing(partner))
        before = _channel(publisher, partner)
        proxy.hold(Way.DOWN)
        task = asyncio.create_task(publisher.publish(outgoing(partner)))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        proxy.heal()
        await publisher.publish(outgoing(partner))
        assert _channel(publisher, partner) is not before
    finally:
        await publisher.stop()


async def test_a_cut_wire_is_unconfirmed_and_heals(broker: Broker, partner: Partner, proxy: Proxy) -> None:
    publisher = new_publisher(broker, url=proxy.url)
    try:
        await publisher.publish(outgoing(partner))
        proxy.hold(Way.DOWN)
        publishing = [asyncio.create_task(publisher.publish(outgoing(partner))) for _ in range(20)]
        await asyncio.sleep(0.1)
        proxy.cut()
        proxy.heal()
        outcomes = await asyncio.gather(*publishing, return_exceptions=True)
        assert {getattr(outcome, "code", None) for outcome in outcomes} == {"no-confirm"}
        await publisher.publish(outgoing(partner))
    finally:
        await publisher.stop()


async def test_while_the_broker_is_away_a_publish_ends_at_its_deadline_and_later_ones_pass(
    broker: Broker, partner: Partner, proxy: Proxy
) -> None:
    publisher = new_publisher(broker, url=proxy.url)
    try:
        proxy.refusing = True
        with hasty(publisher), pytest.raises(BrokerAway):
            await publisher.publish(outgoing(partner))
        assert not publisher.report()[partner.id].connected
        proxy.heal()
        await eventually(lambda: publisher.report()[partner.id].connected)
        await publisher.publish(outgoing(partner))
    finally:
        await publisher.stop()


async def test_a_connection_on_which_the_broker_no_longer_answers_is_replaced(
    broker: Broker, partner: Partner, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = new_publisher(broker, url=proxy.url)
    try:
        await publisher.publish(outgoing(partner))
        link = publisher._links[partner.id]
        deaf = link._connection
        proxy.hold(Way.DOWN)
        with hasty(publisher), pytest.raises(Unconfirmed):
            await publisher.publish(outgoing(partner))
        with monkeypatch.context() as patched, hasty(publisher, NEVER):
            patched.setattr(outlet, "DEAF", 0.4)
            with pytest.raises(BrokerAway):
                await publisher.publish(outgoing(partner))  # does not wait for its whole deadline
        proxy.heal()
        await eventually(lambda: link.is_connected and link._connection is not deaf)
        await publisher.publish(outgoing(partner))
    finally:
        await publisher.stop()


async def test_while_the_broker_is_short_of_memory_nothing_is_sent_and_it_shows(
    broker: Broker, partner: Partner, proxy: Proxy
) -> None:
    publisher = new_publisher(broker, url=proxy.url)
    try:
        await publisher.publish(outgoing(partner))
        proxy.alarm()
        await eventually(lambda: publisher.report()[partner.id].blocked)
        with hasty(publisher), pytest.raises(BrokerAway):
            await publisher.publish(outgoing(partner))
        assert await broker.ready(partner.id, QUEUE) == 1
        proxy.all_clear()
        await eventually(lambda: not publisher.report()[partner.id].blocked)
        await publisher.publish(outgoing(partner))
    finally:
        await publisher.stop()


async def test_more_than_may_be_in_flight_wait_their_turn_until_their_deadline(
    broker: Broker, partner: Partner, proxy: Proxy
) -> None:
    publisher = new_publisher(broker, in_flight=2, url=proxy.url)
    try:
        await publisher.publish(outgoing(partner))
        proxy.hold(Way.DOWN)
        messages = [outgoing(partner) for _ in range(5)]
        with hasty(publisher):
            outcomes = await asyncio.gather(*(publisher.publish(one) for one in messages), return_exceptions=True)
        codes = sorted(str(getattr(outcome, "code", None)) for outcome in outcomes)
        assert codes == ["broker-away"] * 3 + ["no-confirm"] * 2
    finally:
        proxy.heal()
        await publisher.stop()
