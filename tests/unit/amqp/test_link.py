"""A link that is stopped ends, whatever the client makes of that."""

import asyncio
from typing import Any

import aio_pika
import pytest

from hub.amqp.connection import Connector
from hub.amqp.link import Link
from hub.errors import BrokerAway
from hub.partner import link as partner
from tests.patience import CEILING

URL = "amqp://u:p@127.0.0.1:1/x"


class Nobody:
    """`Observer` that says nothing."""

    def away(self, error: BrokerAway) -> None: ...

    def back(self) -> None: ...

    def crashed(self) -> None:
        raise AssertionError


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """When the client has begun to connect: it never ends, and answers a cancellation with a loss, as it may."""
    tried = asyncio.Event()

    async def connect(*_: Any, **__: Any) -> None:
        tried.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise Exception("Connection closed") from None  # noqa: TRY002 - of no kind, as the client's

    monkeypatch.setattr(aio_pika, "connect", connect)
    return tried


async def test_the_hubs_ends_while_it_connects(tried: asyncio.Event) -> None:
    link = Link(Connector((URL,)), "x", Nobody())
    link.start()
    async with asyncio.timeout(CEILING):
        await tried.wait()
        await link.stop()
    assert not link.is_connected


async def test_a_partners_ends_while_it_connects(tried: asyncio.Event) -> None:
    link = partner.Link([URL], CEILING)
    entering = asyncio.create_task(link.__aenter__())
    async with asyncio.timeout(CEILING):
        await tried.wait()
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering
    assert len(asyncio.all_tasks()) == 1


async def test_a_partner_is_told_what_kept_it_from_connecting_in_time() -> None:
    with pytest.raises(BrokerAway):
        async with partner.Link([URL], 0.2):
            pass
    assert len(asyncio.all_tasks()) == 1
