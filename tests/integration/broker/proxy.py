"""A wire between the hub and the broker that a test can cut, hold up and speak on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pamqp.frame
from pamqp.commands import Connection
from yarl import URL


class Proxy:
    """Attributes:
    refusing: whether new connections are closed at once.
    answering: cleared, it holds back what the broker says, until it is set again.
    """

    def __init__(self, target: str) -> None:
        self._target = URL(target)
        self._server: asyncio.Server | None = None
        self._wires: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self.refusing = False
        self.answering = asyncio.Event()
        self.answering.set()

    @property
    def url(self) -> str:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return str(self._target.with_port(port))

    def cut(self) -> None:
        """Reset every connection."""
        for wire in tuple(self._wires):
            for end in wire:
                end.transport.abort()

    def alarm(self) -> None:
        """Say what a broker says that is short of memory."""
        self._say(Connection.Blocked("low on memory"))

    def all_clear(self) -> None:
        self._say(Connection.Unblocked())

    def _say(self, frame: Connection.Blocked | Connection.Unblocked) -> None:
        for client, _ in self._wires:
            client.write(pamqp.frame.marshal(frame, 0))

    async def _connect(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        if self.refusing:
            client.transport.abort()
            return
        answers, broker = await asyncio.open_connection(self._target.host, self._target.port)
        wire = (client, broker)
        self._wires.add(wire)
        try:
            await asyncio.gather(self._pass(reader, broker), self._pass(answers, client, self.answering))
        finally:
            self._wires.discard(wire)

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, gate: asyncio.Event | None = None
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if gate is not None:
                    await gate.wait()
                target.write(data)
                await target.drain()
        target.close()


@asynccontextmanager
async def proxy_to(target: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(target)
    proxy._server = await asyncio.start_server(proxy._connect, "127.0.0.1", 0)
    try:
        yield proxy
    finally:
        proxy._server.close()
        proxy.answering.set()
        proxy.cut()
        await asyncio.sleep(0.01)
