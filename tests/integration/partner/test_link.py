"""The partner's connection when the broker has stopped to answer on it."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from hub.canonical.codes import Lane
from hub.errors import Unconfirmed
from hub.ids import MessageId
from hub.partner.link import Link
from tests.integration.broker.proxy import Proxy, proxy_to
from tests.integration.partner.echo import EchoHub, Host, until
from tests.unit.partner.kit import said

STEPS = {"melding": str(uuid4()), "stap": "beoordeeld", "uitkomst": "onderzoek"}


async def publish(link: Link) -> None:
    await link.publish(MessageId(uuid4()), Lane.ROUTINE, b"body", datetime.now(UTC))


def fall_silent(proxy: Proxy) -> asyncio.Event:
    """Hold back all that the broker says on the connections there are, and on no later one, until this is set."""
    silent, proxy.answering = proxy.answering, asyncio.Event()
    proxy.answering.set()
    silent.clear()
    return silent


async def test_a_publish_whose_connection_is_given_up_counts_as_not_received_and_nobody_is_cancelled(
    host: Host, hub: EchoHub
) -> None:
    async with proxy_to(host.amqp) as proxy, Link(proxy.url, deadline=10.0) as link:
        silent = fall_silent(proxy)
        waiting = asyncio.create_task(publish(link))
        await until(lambda: hub.got)
        link.reset()
        with pytest.raises(Unconfirmed):
            await waiting
        await publish(link)
        await hub.say(said("terugkoppelingen.stappen", STEPS))
        assert (await link.take()).connection == 2
        silent.set()
