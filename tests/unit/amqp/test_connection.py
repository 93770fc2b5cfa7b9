"""A supervisor goes on, whatever comes, until it is told to stop."""

import asyncio
from random import Random

import pytest

from hub.amqp import supervision
from hub.amqp.connection import Connector
from hub.amqp.supervision import forever, patiently
from hub.errors import BrokerAway
from tests.patience import CEILING


async def test_work_that_fails_unexpectedly_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "LONGEST_PAUSE", 0.0)
    begun = asyncio.Queue[int]()

    async def fail() -> None:
        begun.put_nowait(1)
        raise KeyError("a bug")

    task = asyncio.create_task(forever(fail, "test"))
    async with asyncio.timeout(CEILING):
        for _ in range(3):
            await begun.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_absent_broker_is_asked_until_it_answers() -> None:
    failures: list[BrokerAway] = []

    async def attempt() -> str:
        if len(failures) < 3:
            raise BrokerAway("x")
        return "here"

    async with asyncio.timeout(CEILING):
        assert await patiently(attempt, failures.append) == "here"
    assert len(failures) == 3


def test_connections_begin_at_every_node_and_each_tries_all() -> None:
    nodes = ("amqp://one", "amqp://two", "amqp://three")
    orders = [Connector(nodes, chance=Random(seed))._in_turn() for seed in range(30)]
    assert {order[0] for order in orders} == {*nodes}
    assert all(sorted(order) == sorted(nodes) for order in orders)
    assert Connector(nodes)._in_turn() == nodes


def test_where_the_broker_is_tells_no_password() -> None:
    connector = Connector(("amqp://hub%40x:secret@broker:5671",))
    assert connector.user == "hub@x"
    assert "secret" not in repr(connector)
