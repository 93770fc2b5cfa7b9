"""The partner's connection when the broker has stopped to answer on it."""

import asyncio
import socket
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from hub.canonical.codes import Lane
from hub.errors import Unconfirmed
from hub.ids import MessageId
from hub.local.servers import Addresses
from hub.partner.link import Link
from tests.faults.proxy import Way, proxy_to
from tests.integration.partner.echo import EchoHub, Host, until
from tests.unit.partner.kit import said

STEPS = {"melding": str(uuid4()), "stap": "beoordeeld", "uitkomst": "onderzoek"}


async def publish(link: Link) -> None:
    await link.publish(MessageId(uuid4()), Lane.ROUTINE, b"body", datetime.now(UTC))


async def until_refused(link: Link) -> None:
    """A queue at its limit lets some more pass before it says so."""
    for _ in range(50):
        await publish(link)


async def test_a_publish_whose_connection_is_given_up_counts_as_not_received_and_nobody_is_cancelled(
    host: Host, hub: EchoHub
) -> None:
    async with proxy_to(host.amqp) as proxy, Link([proxy.url], deadline=10.0) as link:
        await publish(link)
        proxy.silence(Way.DOWN)
        waiting = asyncio.create_task(publish(link))
        await until(lambda: len(hub.got) == 2)
        link.reset()
        with pytest.raises(Unconfirmed):
            await waiting
        await publish(link)
        await hub.say(said("terugkoppelingen.stappen", STEPS))
        assert (await link.take()).subscription == 2


async def test_an_address_that_does_not_answer_is_passed_over_and_after_a_loss_the_next_one_is_tried(
    host: Host, hub: EchoHub
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as paused:  # its kernel accepts, and nothing ever answers
        silent = f"amqp://{host.name}:x@127.0.0.1:{paused.getsockname()[1]}/{host.name}"
        async with (
            proxy_to(host.amqp) as one,
            proxy_to(host.amqp) as two,
            Link([silent, one.url, two.url], deadline=6.0) as link,
        ):
            await publish(link)
            assert (one.accepted, two.accepted) == (1, 0)
            one.refuse()
            await until(lambda: two.accepted == 1)
            await publish(link)


async def test_a_channel_that_refused_is_left_for_another_on_the_same_connection(servers: Addresses) -> None:
    full = Host(servers, limit=1)
    await full.make()
    try:
        async with proxy_to(full.amqp) as proxy, Link([proxy.url], deadline=10.0) as link:
            await publish(link)
            before = link._outlets[Lane.ROUTINE]._current
            assert before is not None
            with pytest.raises(Unconfirmed) as caught:
                await until_refused(link)
            assert caught.value.code == "refused"
            await until(lambda: before.channel.is_closed)
            with pytest.raises(Unconfirmed):
                await publish(link)
            assert link._outlets[Lane.ROUTINE]._current is not before
            assert proxy.accepted == 1
    finally:
        await full.remove()
