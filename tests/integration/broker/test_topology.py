"""What stands in a partner's virtual host, and what its user may do there: nothing but its part of the contract."""

import asyncio
import socket
from dataclasses import replace
from itertools import count

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelClosed, ChannelPreconditionFailed

from hub.broker.admin import Admin, Depth
from hub.broker.consumer import Consumers
from hub.broker.declare import declare
from hub.broker.nodes import Nodes
from hub.broker.readers import Told, told_by
from hub.broker.topology import (
    DEAD,
    EARLIER,
    NO_DELIVERY_LIMIT,
    NOTHING,
    QUEUES,
    READER,
    WHILE_RENEWING,
    Limits,
)
from hub.canonical.codes import Lane
from hub.errors import BrokerAway, OperatorError
from hub.ids import PartnerId
from hub.local.servers import Addresses
from hub.ports import Delivery
from tests.faults.pressure.broker import rabbitmqctl
from tests.integration.broker.rig import LIMITS, Broker, Partner, eventually, new_publisher, outgoing, take
from tests.patience import CEILING, NEVER
from tests.servers import rabbitmq_under_test


async def _keep(_: AbstractIncomingMessage) -> None:
    return


async def test_applying_the_topology_twice_changes_nothing(broker: Broker, partner: Partner) -> None:
    before = (await broker.http.get(f"/api/bindings/{partner.id}")).json()
    async with broker.admin() as admin:
        await admin.provision(partner.id, LIMITS)
    await declare(broker.connector, partner.id)
    assert (await broker.http.get(f"/api/bindings/{partner.id}")).json() == before
    async with partner.channel() as channel:  # with the password it had
        assert not channel.is_closed


async def test_every_queue_is_replicated_and_refuses_when_full_and_dead_letters(
    broker: Broker, standing: Partner
) -> None:
    found = (await broker.http.get(f"/api/queues/{standing.id}?disable_stats=true&enable_queue_totals=true")).json()
    arguments = {queue["name"]: queue["arguments"] for queue in found}
    assert arguments.keys() == set(QUEUES)
    for name, of_queue in arguments.items():
        assert of_queue["x-queue-type"] == "quorum"
        assert not EARLIER & of_queue.keys()
        assert not any("ttl" in key or "expires" in key for key in of_queue)
        target = of_queue.get("x-dead-letter-routing-key"), of_queue.get("x-dead-letter-strategy")
        assert target == ((None, None) if name == DEAD else (DEAD, "at-least-once"))


async def test_the_limits_of_every_queue_are_the_hubs_policies_and_change_while_it_is_there(
    broker: Broker, partner: Partner
) -> None:
    for most in (LIMITS.queue_messages, 7, 20_000):
        async with broker.admin() as admin:
            await admin.provision(partner.id, replace(LIMITS, queue_messages=most))
            assert all(depth.ruled and not depth.earlier for depth in (await admin.depths(partner.id)).values())
        ruled = (await broker.http.get(f"/api/policies/{partner.id}")).json()
        assert {one["definition"]["max-length"] for one in ruled} == {most}
        assert {one["definition"]["overflow"] for one in ruled} == {"reject-publish"}
        limits = {one["name"]: one["definition"]["delivery-limit"] for one in ruled}
        assert limits == {"ketenhub-intake": LIMITS.deliveries, "ketenhub": NO_DELIVERY_LIMIT}


async def test_a_policy_of_the_brokers_operator_that_stands_in_the_way_is_seen(
    broker: Broker, partner: Partner
) -> None:
    other = {"pattern": "^dead$", "definition": {"max-length": 1}, "apply-to": "queues", "priority": 1_000}
    (await broker.http.put(f"/api/policies/{partner.id}/theirs", json=other)).raise_for_status()
    async with broker.admin() as admin:
        await eventually(lambda: unruled(admin, partner, [DEAD]))


async def unruled(admin: Admin, partner: Partner, names: list[str]) -> bool:
    return [name for name, depth in (await admin.depths(partner.id)).items() if not depth.ruled] == names


async def test_a_queue_of_another_kind_is_an_operators_error_that_names_it(broker: Broker, partner: Partner) -> None:
    await broker.delete_queue(partner.id, DEAD)
    classic = {"durable": True, "arguments": {"x-queue-type": "classic"}}
    (await broker.http.put(f"/api/queues/{partner.id}/{DEAD}", json=classic)).raise_for_status()
    with pytest.raises(OperatorError, match=f"dead of {partner.id} exists with another x-queue-type"):
        await declare(broker.connector, partner.id)


async def test_a_virtual_host_that_is_not_there_is_the_broker_being_away(broker: Broker) -> None:
    with pytest.raises(BrokerAway):
        await declare(broker.connector, PartnerId("nobody-at-all"))


async def test_limits_and_permissions_are_least(broker: Broker, standing: Partner) -> None:
    vhost = (await broker.http.get(f"/api/vhost-limits/{standing.id}")).json()[0]["value"]
    assert vhost == {"max-connections": LIMITS.connections, "max-queues": len(QUEUES) + WHILE_RENEWING}
    user = (await broker.http.get(f"/api/user-limits/{standing.id}")).json()[0]["value"]
    assert user == {"max-connections": LIMITS.partner_connections, "max-channels": LIMITS.partner_channels}
    permissions = (await broker.http.get(f"/api/users/{standing.id}/permissions")).json()
    assert [one["vhost"] for one in permissions] == [standing.id]
    assert (await broker.http.get(f"/api/users/{standing.id}")).json()["tags"] in ([], "")


async def test_a_partner_can_publish_to_the_hub_and_read_its_own_queues(broker: Broker, partner: Partner) -> None:
    await partner.send(b"report")
    assert await broker.ready(partner.id, "intake.regulier") == 1
    async with partner.channel() as channel:
        for name in ("from-hub.acuut", "from-hub.regulier"):
            assert await (await channel.get_queue(name, ensure=False)).get(fail=False) is None


@pytest.mark.parametrize("queue", ["intake.acuut", "intake.regulier", "dead"])
async def test_a_partner_cannot_read_what_is_the_hubs(standing: Partner, queue: str) -> None:
    async with standing.channel() as channel:
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await (await channel.get_queue(queue, ensure=False)).get(fail=False)


@pytest.mark.parametrize(
    ("exchange", "key"), [("", "dead"), ("", "from-hub.acuut"), ("amq.topic", "x"), ("amq.direct", "x")]
)
async def test_a_partner_cannot_publish_elsewhere(standing: Partner, exchange: str, key: str) -> None:
    async with standing.channel() as channel:
        target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await target.publish(aio_pika.Message(b"x"), key)


@pytest.mark.parametrize("name", [None, "mine", "to-hub", "from-hub.acuut2"])
async def test_a_partner_can_declare_nothing(standing: Partner, name: str | None) -> None:
    async with standing.channel() as channel:
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum"} if name else None)
    async with standing.channel() as channel:
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await channel.declare_exchange(name or "another", durable=True)


async def test_a_partner_can_bind_and_delete_nothing(standing: Partner) -> None:
    async with standing.channel() as channel:
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await (await channel.get_queue("from-hub.acuut", ensure=False)).bind("to-hub", "acuut")
    async with standing.channel() as channel:
        with pytest.raises(ChannelClosed, match="ACCESS_REFUSED"):
            await channel.queue_delete("from-hub.acuut")


async def test_a_partner_cannot_enter_another_virtual_host(broker: Broker, partner: Partner) -> None:
    other = await broker.partner()
    with pytest.raises(AMQPError):
        await aio_pika.connect(partner.url.replace(f"/{partner.id}", f"/{other.id}"))


async def test_a_message_under_another_users_name_is_refused(broker: Broker, standing: Partner) -> None:
    with pytest.raises(ChannelPreconditionFailed, match="user_id"):
        await standing.send(b"x", user_id="another")
    assert await broker.ready(standing.id, "intake.regulier") == 0


async def test_a_partner_cannot_open_more_connections_than_its_share(broker: Broker) -> None:
    partner = await broker.partner(Limits(queue_messages=200, partner_connections=1))
    async with partner.channel():
        with pytest.raises(AMQPError):
            await aio_pika.connect(partner.url)
        await declare(broker.connector, partner.id)  # and it cannot lock the hub out


async def test_depths_tell_what_waits_and_who_reads(broker: Broker, partner: Partner) -> None:
    await partner.send_all([b"1", b"2", b"3"])
    async with broker.admin() as admin, partner.channel() as channel:
        await (await channel.get_queue("from-hub.acuut", ensure=False)).consume(_keep)

        async def counted() -> bool:
            depths = await admin.depths(partner.id)
            return depths["intake.regulier"] == Depth(3, 0, 0) and depths["from-hub.acuut"] == Depth(0, 0, 1)

        await eventually(counted, every=0.5)
        assert await admin.depths(PartnerId("nobody-at-all")) == {}


async def test_a_queue_itself_knows_its_readers_at_once(broker: Broker, partner: Partner) -> None:
    asked = ["from-hub.acuut", "from-hub.regulier"]
    async with partner.channel() as channel:
        await (await channel.get_queue("from-hub.acuut", ensure=False)).consume(_keep)
        said = await told_by(broker.connector, partner.id, asked)
        assert said == {"from-hub.acuut": Told(0, 1), "from-hub.regulier": Told(0, 0)}


async def test_a_partner_that_is_shut_sends_no_more_at_once_and_what_it_sent_stays(
    broker: Broker, partner: Partner
) -> None:
    """Also on a channel that was open, and had sent before."""
    async with partner.channel() as channel:
        exchange = await channel.get_exchange("to-hub", ensure=False)
        report = aio_pika.Message(b"report", user_id=partner.id)
        await exchange.publish(report, "acuut")
        async with broker.admin() as admin:
            assert not await admin.is_shut(partner.id, NOTHING)
            for _ in range(2):
                await admin.shut(partner.id, LIMITS, NOTHING)
            assert await admin.is_shut(partner.id, NOTHING)
        with pytest.raises((AMQPError, RuntimeError)):
            await asyncio.wait_for(exchange.publish(report, "acuut"), CEILING)
    with pytest.raises(AMQPError):
        await partner.send(b"late")
    (kept,) = await taken_from(broker, partner, Lane.ACUTE)
    assert (kept.body, kept.properties.user_id) == (b"report", partner.id)


async def test_a_partner_whose_shutting_was_broken_off_may_do_afterwards_what_was_left_to_it(
    broker: Broker, partner: Partner
) -> None:
    async with broker.admin() as admin:
        await broker.http.delete(f"/api/permissions/{partner.id}/{partner.id}")
        assert await admin.is_shut(partner.id, NOTHING)
        assert not await admin.is_shut(partner.id, READER)
        await admin.shut(partner.id, LIMITS, READER)
        assert await admin.is_shut(partner.id, READER)


async def test_a_partner_with_nobody_in_its_place_still_fetches_what_lies_for_it(
    broker: Broker, partner: Partner
) -> None:
    publisher = new_publisher(broker)
    await publisher.publish(outgoing(partner, b"receipt"))
    async with broker.admin() as admin:
        await admin.shut(partner.id, LIMITS, READER)
    assert (await partner.get()).body == b"receipt"
    with pytest.raises(AMQPError):
        await partner.send(b"late")
    await publisher.stop()


async def test_what_a_partner_did_not_fetch_is_taken_back_and_comes_again_until_it_is_settled(
    broker: Broker, partner: Partner
) -> None:
    publisher = new_publisher(broker)
    sent = outgoing(partner, b"offer")
    await publisher.publish(sent)
    for settled in (False, True):
        consumers = Consumers(broker.connector, Lane.ROUTINE, prefetch=10)
        await consumers.take_back(partner.id)
        (back,) = await take(consumers, 1)
        assert (back.returned, back.properties.message_id) == (True, str(sent.id))
        if settled:
            await consumers.ack([back])
        await consumers.remove(partner.id)
    await eventually(lambda: is_empty(broker, partner.id))
    await publisher.stop()


async def is_empty(broker: Broker, partner: PartnerId) -> bool:
    return await broker.ready(partner, "from-hub.regulier") == 0


async def test_nothing_is_left_of_a_partner_that_is_removed(broker: Broker, partner: Partner) -> None:
    async with broker.admin() as admin:
        for _ in range(2):
            await admin.remove(partner.id)
        assert not await admin.has_vhost(partner.id)
        assert not await admin.has_user(partner.id)
        assert await admin.depths(partner.id) == {}


async def taken_from(broker: Broker, partner: Partner, lane: Lane) -> list[Delivery]:
    consumers = Consumers(broker.connector, lane, prefetch=10)
    await consumers.add(partner.id)
    try:
        return await take(consumers, 1)
    finally:
        await consumers.stop()


async def test_a_new_user_needs_a_password_and_a_known_one_can_get_another(broker: Broker, partner: Partner) -> None:
    async with broker.admin() as admin:
        await admin.provision(partner.id, LIMITS, "another-password")
        with pytest.raises(AMQPError):
            await aio_pika.connect(partner.url)
        new = PartnerId("without-password")
        broker.made.append(new)
        with pytest.raises(OperatorError, match="password"):
            await admin.provision(new, LIMITS)


@pytest.mark.skipif(rabbitmq_under_test() is not None, reason="RabbitMQ 4.0 says that it leads while its node runs")
async def test_a_queue_whose_only_member_has_ended_has_no_leader(
    broker: Broker, partner: Partner, servers: Addresses
) -> None:
    async with broker.admin() as admin:
        assert all(depth.led for depth in (await admin.depths(partner.id)).values())
        assert await admin.nodes() == Nodes(short=(), away=(), parted=())
        member = f"{{'{partner.id}_from-hub.regulier', node()}}"
        rabbitmqctl(servers, "eval", f"ra:stop_server(quorum_queues, {member}).")
        depths = await admin.depths(partner.id)
        assert [name for name, depth in depths.items() if not depth.led] == ["from-hub.regulier"]
        assert [name for name, depth in depths.items() if not depth.counted] == ["from-hub.regulier"]


async def test_a_management_address_that_does_not_answer_is_passed_over_and_not_asked_first_again(
    broker: Broker, partner: Partner
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as paused:  # its kernel accepts, and nothing ever answers
        silent = f"http://a:b@127.0.0.1:{paused.getsockname()[1]}"
        # The whole patience is longer than this test waits: only the shorter one before a next address comes through.
        async with Admin(["http://a:b@127.0.0.1:1", silent, broker.addresses.admin_url], "x", patience=NEVER) as admin:
            async with asyncio.timeout(CEILING):
                assert {*await admin.depths(partner.id)} == {*QUEUES}
            assert asked(paused)
            assert await admin.has_user(partner.id)
            assert not asked(paused)


def asked(server: socket.socket) -> int:
    """How many connections it was given since this was called last."""
    server.setblocking(False)
    for number in count():
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return number
    raise AssertionError


async def test_errors_of_the_management_api_are_ours_and_hold_no_password(broker: Broker) -> None:
    async with Admin([broker.addresses.admin_url.replace("ketenhub:", "ketenhub:wrong")], "x") as admin:
        with pytest.raises(OperatorError, match="KETENHUB_AMQP_ADMIN_URL") as refused:
            await admin.depths(PartnerId("nobody-at-all"))
        assert "wrong" not in str(refused.value)
    async with Admin(["http://a:b@127.0.0.1:1"], "x") as admin:
        with pytest.raises(BrokerAway):
            await admin.depths(PartnerId("nobody-at-all"))
