"""Crash points: one at every boundary, and the process ends at the one that was asked for."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from hub import ports
from hub.canonical.codes import Lane, Result
from hub.errors import Clash
from hub.ops.crash import POINTS, CrashAt, Fuse, crashing
from hub.ops.crash.points import PORTS, SENT
from hub.ports import Changes, Confirmation, Outgoing, Publisher, Settler, Source, Store

STORED = Changes(confirmations=(Confirmation(cast(Any, 1), cast(Any, "p"), Result.STORED),))
ASKED_FOR = (
    "open", "decide", "commit", "ack", "publish", "confirm", "mark-sent", "timer-lease", "timer-commit",
    "release-held", "destroy-key",
)  # fmt: skip
LOST = Changes(confirmations=(Confirmation(cast(Any, 1), cast(Any, "p"), Result.CANNOT_READ),))


class Ended(BaseException):
    """The process would have ended here."""


@dataclass
class Edge:
    """Answers everything, and keeps the order of what was done."""

    done: list[str] = field(default_factory=list)
    answer: Any = None
    confirmed: asyncio.Event = field(default_factory=asyncio.Event)
    commits: bool = True

    async def ack(self, _deliveries: Any) -> None:
        self.done.append("ack")

    async def due_timers(self, _most: int, _lease: float) -> Any:
        self.done.append("lease")
        return self.answer

    async def directory(self) -> str:
        return "the directory"

    async def publish(self, _message: Any) -> None:
        self.done.append("publish")
        await self.confirmed.wait()
        self.done.append("confirm")

    async def claim(self, rows: Any) -> Any:
        self.done.append("claim")
        return rows

    async def load(self, _wanted: Any) -> None:
        self.done.append("load")

    async def write(self, _changes: Any, _worker: str, _lane: Any) -> None:
        self.done.append("write")

    @asynccontextmanager
    async def unit(self, *, hasty: bool = False) -> AsyncIterator[Any]:
        self.done.append("begin")
        yield self
        if not self.commits:
            raise Clash
        self.done.append("commit")


def edges(edge: Edge, point: str, number: int = 1) -> tuple[Store, Publisher, Source, Settler]:
    def end() -> None:
        raise Ended

    every = cast(Any, edge)
    return crashing(Fuse(CrashAt(point, number), end), every, every, every, every)


async def batch(store: Store, changes: Changes) -> None:
    async with store.unit() as unit:
        await unit.claim([])
        await unit.load(cast(Any, None))
        await unit.write(changes, "worker", Lane.ROUTINE)


def test_every_method_of_every_port_has_crash_points_or_only_reads() -> None:
    protocols = {name: port for name, port in vars(ports).items() if getattr(port, "_is_protocol", False)}
    methods = {
        name: {method for method, _ in inspect.getmembers(port, inspect.isfunction) if not method.startswith("_")}
        for name, port in protocols.items()
    }
    assert {name: set(table) for name, table in PORTS.items()} == methods


def test_points_come_in_pairs_but_for_the_steps_between_which_a_neighbour_names() -> None:
    names = {point.rpartition(".")[0] for point in POINTS}
    alone = {name for name in names if {f"{name}.before", f"{name}.after"} - set(POINTS)}
    assert alone == {"claim", "load"}
    assert set(ASKED_FOR) <= names - alone


@pytest.mark.parametrize(
    ("point", "done"),
    [
        ("open.before", ["begin"]),
        ("open.after", ["begin"]),
        ("claim.after", ["begin", "claim"]),
        ("load.before", ["begin", "claim"]),
        ("decide.before", ["begin", "claim", "load"]),
        ("decide.after", ["begin", "claim", "load"]),
        ("commit.before", ["begin", "claim", "load", "write"]),
        ("destroy-key.before", ["begin", "claim", "load", "write"]),
        ("commit.after", ["begin", "claim", "load", "write", "commit"]),
        ("destroy-key.after", ["begin", "claim", "load", "write", "commit"]),
    ],
)
async def test_a_batch_ends_at_the_step_that_was_named(point: str, done: list[str]) -> None:
    edge = Edge()
    with pytest.raises(Ended):
        await batch(edges(edge, point)[0], STORED)
    assert edge.done == done


@pytest.mark.parametrize(
    "point", ["destroy-key.before", "destroy-key.after", "release-held.before", "timer-commit.after"]
)
async def test_a_batch_that_writes_no_such_thing_does_not_come_to_its_point(point: str) -> None:
    await batch(edges(Edge(), point)[0], LOST)


async def test_a_commit_that_fails_has_no_after() -> None:
    for point in ("commit.after", "destroy-key.after"):
        with pytest.raises(Clash):
            await batch(edges(Edge(commits=False), point)[0], STORED)


async def test_a_process_ends_at_the_time_it_was_told_and_not_before() -> None:
    edge = Edge()
    settler = edges(edge, "ack.after", 3)[3]
    await settler.ack([])
    await settler.ack([])
    with pytest.raises(Ended):
        await settler.ack([])
    assert edge.done == ["ack"] * 3


async def test_a_look_that_finds_nothing_has_no_after() -> None:
    edge = Edge(answer=[])
    store = edges(edge, "timer-lease.after")[0]
    assert await store.due_timers(1, 1.0) == []
    edge.answer = ["a timer"]
    with pytest.raises(Ended):
        await store.due_timers(1, 1.0)


async def test_what_has_no_point_is_passed_on() -> None:
    assert cast(Any, await edges(Edge(), "ack.before")[0].directory()) == "the directory"


async def test_a_message_that_is_out_and_not_confirmed_is_a_point_of_its_own() -> None:
    message = cast(Outgoing, None)
    for point, done in (("publish.before", []), ("publish.after", ["publish"]), ("confirm.before", ["publish"])):
        edge = Edge()
        with pytest.raises(Ended):
            await edges(edge, point)[1].publish(message)
        assert edge.done == done
    edge = confirming()
    with pytest.raises(Ended):
        await edges(edge, "confirm.after")[1].publish(message)
    assert edge.done == ["publish", "confirm"]


@pytest.mark.parametrize("point", SENT)
async def test_a_message_that_is_confirmed_at_once_was_never_out_and_unconfirmed(point: str) -> None:
    edge = confirming()
    await edges(edge, point)[1].publish(cast(Outgoing, None))
    assert edge.done == ["publish", "confirm"]


def confirming() -> Edge:
    edge = Edge()
    edge.confirmed.set()
    return edge
