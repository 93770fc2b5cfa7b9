"""The partner's connection when the broker has stopped to answer on it."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from hub.canonical.codes import Lane
from hub.errors import Unconfirmed
from hub.ids import MessageId
from hub.partner.link import Link
from tests.faults.proxy import Way, proxy_to
from tests.integration.partner.echo import EchoHub, Host, until
from tests.unit.partner.kit import said

STEPS = {"melding": str(uuid4()), "stap": "beoordeeld", "uitkomst": "onderzoek"}


async def publish(link: Link) -> None:
    await link.publish(MessageId(uuid4()), Lane.ROUTINE, b"body", datetime.now(UTC))


async def test_a_publish_whose_connection_is_given_up_counts_as_not_received_and_nobody_is_cancelled(
    host: Host, hub: EchoHub
) -> None:
    async with proxy_to(host.amqp) as proxy, Link(proxy.url, deadline=10.0) as link:
        proxy.silence(Way.DOWN)
        waiting = asyncio.create_task(publish(link))
        await until(lambda: hub.got)
        link.reset()
        with pytest.raises(Unconfirmed):
            await waiting
        await publish(link)
        await hub.say(said("terugkoppelingen.stappen", STEPS))
        assert (await link.take()).connection == 2
