"""The edges with crash points around them: every call goes on as it is, and the fuse hears of the points on its way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from hub.canonical.codes import Lane
from hub.ops.crash.fuse import Fuse
from hub.ops.crash.points import CONTENT, PORTS, SENT, Around
from hub.ports import Changes, Lead, Outgoing, Publisher, Settler, Source, Store, Unit

Edges = tuple[Store, Publisher, Source, Settler]
WRITTEN = 0.5
"""Seconds in which a message is out, its connection opened for it too. Confirms come sooner: a test withholds them."""


class _Edge:
    """Around whatever has the methods of one port; what is no method of the port is its own."""

    def __init__(self, inner: object, port: str, fuse: Fuse) -> None:
        self._inner = inner
        self._points = PORTS[port]
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        around = self._points.get(name)
        return _between(found, around, self._fuse) if around else found


def _between(method: Callable[..., Any], around: Around, fuse: Fuse) -> Callable[..., Any]:
    async def called(*arguments: Any, **named: Any) -> Any:
        fuse(around.before)
        result = await method(*arguments, **named)
        if result or not around.found:
            fuse(around.after)
        return result

    return called


class CrashUnit(_Edge):
    """`ports.Unit`; remembers what it wrote, for the points after its commit."""

    def __init__(self, inner: Unit, fuse: Fuse) -> None:
        super().__init__(inner, "Unit", fuse)
        self.wrote: list[str] = []

    async def write(self, changes: Changes, worker: str, lane: Lane) -> None:
        around = self._points["write"]
        assert around is not None
        self._fuse(around.before)
        await cast(Unit, self._inner).write(changes, worker, lane)
        self.wrote = [f"{name}.after" for name, is_in in CONTENT.items() if is_in(changes)]
        for after in self.wrote:
            self._fuse(after.replace(".after", ".before"))
        self._fuse(around.after)


class CrashStore(_Edge):
    """`ports.Store`."""

    def __init__(self, inner: Store, fuse: Fuse) -> None:
        super().__init__(inner, "Store", fuse)

    @asynccontextmanager
    async def unit(self, *, hasty: bool = False) -> AsyncIterator[Unit]:
        around = self._points["unit"]
        assert around is not None
        async with cast(Store, self._inner).unit(hasty=hasty) as inner:
            self._fuse(around.before)
            unit = CrashUnit(inner, self._fuse)
            yield cast(Unit, unit)
        for after in unit.wrote:
            self._fuse(after)
        self._fuse(around.after)

    def under(self, mine: Lead, yields: Callable[[], bool]) -> Store:
        return cast(Store, CrashStore(cast(Store, self._inner).under(mine, yields), self._fuse))


class CrashPublisher(_Edge):
    """`ports.Publisher`, with the moment at which a message is out and not confirmed."""

    def __init__(self, inner: Publisher, fuse: Fuse) -> None:
        super().__init__(inner, "Publisher", fuse)

    async def publish(self, message: Outgoing) -> None:
        around = self._points["publish"]
        assert around is not None
        self._fuse(around.before)
        publishing = asyncio.ensure_future(cast(Publisher, self._inner).publish(message))
        try:
            await asyncio.wait({publishing}, timeout=WRITTEN)
            for point in () if publishing.done() else SENT:
                self._fuse(point)
            await publishing
        finally:
            publishing.cancel()
            await asyncio.wait({publishing})
        self._fuse(around.after)


def crashing(fuse: Fuse, store: Store, publisher: Publisher, source: Source, settler: Settler) -> Edges:
    """All edges of a worker, with the points around them."""
    return (
        cast(Store, CrashStore(store, fuse)),
        cast(Publisher, CrashPublisher(publisher, fuse)),
        cast(Source, _Edge(source, "Source", fuse)),
        cast(Settler, _Edge(settler, "Settler", fuse)),
    )
