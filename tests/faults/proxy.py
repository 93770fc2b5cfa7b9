"""A wire between the hub and a server, broker or database, that a test can spoil in every way a network spoils one.

    async with proxy_to(addresses.amqp_url) as wire:
        hub.connect(wire.url)
        wire.lose(Way.UP, Way.DOWN)      # a black hole: connections stay open, new ones too, and nothing arrives
        wire.heal()                      # for new connections; one that lost a byte is silent for ever, as a dead peer

It runs in a thread and loop of its own, so that a busy test does not slow it; every method may be called from anywhere
and has happened when it returns.
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from threading import Thread

import pamqp.frame
from pamqp.commands import Connection
from yarl import URL

AT_ONCE = 65_536
TICK = 0.05
"""Seconds between two pieces of a throttled stream."""
_HEAD, _METHOD, _BASIC_ACK = struct.Struct(">BHI"), 1, (60).to_bytes(2, "big") + (80).to_bytes(2, "big")


class Way(Enum):
    """Of bytes: to the server, or back to the hub."""

    UP = "up"
    DOWN = "down"


@dataclass(eq=False)
class _Wire:
    """One connection. `silent`: the ways in which a byte was lost, so that nothing may follow."""

    hub: asyncio.StreamWriter
    server: asyncio.StreamWriter
    silent: set[Way] = field(default_factory=set)
    frames: bytearray = field(default_factory=bytearray)


class Proxy:
    """Open with `proxy_to`.

    Attributes:
        refusing: whether new connections are reset at once.
        delay: seconds that every piece of a stream waits, each way.
        rate: bytes a second each way, at most; 0: as they come. The sender feels it, as with a slow reader.
        swallowing_confirms: whether the broker's `basic.ack` frames are left out; `swallowed`: how many were.
    """

    def __init__(self, target: str) -> None:
        self._target = URL(target)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._wires: set[_Wire] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._lost: set[Way] = set()
        self._gates = {way: asyncio.Event() for way in Way}
        for gate in self._gates.values():
            gate.set()
        self.refusing = False
        self.delay = 0.0
        self.rate = 0
        self.swallowing_confirms = False
        self.swallowed = 0
        self.accepted = 0
        """Connections so far, refused ones not counted."""

    @property
    def url(self) -> str:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return str(self._target.with_host("127.0.0.1").with_port(port))

    # --- faults -------------------------------------------------------------------------------------------------------

    def cut(self) -> None:
        """Reset every connection."""
        self._do(self._cut)

    def refuse(self) -> None:
        """Reset every connection, and every new one."""
        self.refusing = True
        self.cut()

    def hold(self, *ways: Way) -> None:
        """Keep what is sent these ways, until `heal`; nothing is lost."""
        self._do(lambda: [self._gates[way].clear() for way in ways])

    def lose(self, *ways: Way) -> None:
        """Take in and throw away what is sent these ways, on every connection that is open or comes; none is closed."""
        self._do(lambda: self._lose(ways))

    def silence(self, *ways: Way) -> None:
        """Throw away what is sent these ways on the connections there are, and on no later one."""
        self._do(lambda: [wire.silent.update(ways) for wire in self._wires])

    def vanish(self) -> None:
        """The server sees every connection reset, the hub hears nothing of it; new ones are as they should be."""
        self._do(self._vanish)

    def heal(self) -> None:
        """No fault from now on."""
        self.refusing, self.delay, self.rate, self.swallowing_confirms = False, 0.0, 0, False
        self._do(self._heal)

    def alarm(self) -> None:
        """Say what a broker says that is short of memory."""
        self._do(lambda: self._say(Connection.Blocked("low on memory")))

    def all_clear(self) -> None:
        self._do(lambda: self._say(Connection.Unblocked()))

    # --- in the thread ------------------------------------------------------------------------------------------------

    def _do(self, what: Callable[[], object]) -> None:
        async def done() -> None:
            what()

        asyncio.run_coroutine_threadsafe(done(), self._loop).result(10)

    def _cut(self) -> None:
        for wire in tuple(self._wires):
            for end in (wire.hub, wire.server):
                end.transport.abort()

    def _lose(self, ways: tuple[Way, ...]) -> None:
        self._lost |= {*ways}
        for wire in self._wires:
            wire.silent |= self._lost

    def _vanish(self) -> None:
        for wire in self._wires:
            wire.silent = {*Way}
            wire.server.transport.abort()

    def _heal(self) -> None:
        self._lost.clear()
        for gate in self._gates.values():
            gate.set()

    def _say(self, frame: Connection.Blocked | Connection.Unblocked) -> None:
        for wire in self._wires:
            wire.hub.write(pamqp.frame.marshal(frame, 0))

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None or not self._server.is_serving():  # taken just before the end
            writer.transport.abort()
            return
        task = self._loop.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        # What is cancelled before it has begun closes nothing by itself.
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _serve(self, asked: asyncio.StreamReader, hub: asyncio.StreamWriter) -> None:
        try:
            if not self.refusing:
                answers, server = await asyncio.open_connection(self._target.host, self._target.port)
                await self._join(_Wire(hub, server, set(self._lost)), asked, answers)
        except OSError:
            return
        finally:
            hub.transport.abort()

    async def _join(self, wire: _Wire, asked: asyncio.StreamReader, answers: asyncio.StreamReader) -> None:
        self.accepted += 1
        self._wires.add(wire)
        try:
            await asyncio.gather(self._pass(wire, asked, Way.UP), self._pass(wire, answers, Way.DOWN))
        finally:
            self._wires.discard(wire)
            wire.server.transport.abort()

    async def _pass(self, wire: _Wire, source: asyncio.StreamReader, way: Way) -> None:
        target = wire.server if way is Way.UP else wire.hub
        with contextlib.suppress(OSError):
            while data := await source.read(AT_ONCE):
                await self._gates[way].wait()
                await asyncio.sleep(self.delay)
                if way in wire.silent:
                    continue
                await self._write(target, self._kept(wire, data) if way is Way.DOWN else data)
        # A peer that is gone without a word says no goodbye either; when the hub hangs up, both ends go.
        if way is Way.UP or way not in wire.silent:
            target.close()
            if way is Way.UP:
                wire.hub.close()

    async def _write(self, target: asyncio.StreamWriter, data: bytes) -> None:
        while data:
            piece = data[: max(1, int(self.rate * TICK))] if self.rate else data
            target.write(piece)
            await target.drain()
            data = data[len(piece) :]
            if self.rate:
                await asyncio.sleep(TICK)

    def _kept(self, wire: _Wire, data: bytes) -> bytes:
        """Of what a broker says, whole frames, without its confirms if those are swallowed."""
        if not self._target.scheme.startswith("amqp"):
            return data
        wire.frames += data
        kept = bytearray()
        while len(wire.frames) >= _HEAD.size:
            kind, _, size = _HEAD.unpack_from(wire.frames)
            frame = bytes(wire.frames[: _HEAD.size + size + 1])
            if len(frame) < _HEAD.size + size + 1:
                break
            del wire.frames[: len(frame)]
            is_confirm = kind == _METHOD and frame[_HEAD.size : _HEAD.size + 4] == _BASIC_ACK
            if is_confirm and self.swallowing_confirms:
                self.swallowed += 1
            else:
                kept += frame
        return bytes(kept)

    # --- its life -----------------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        self._heal()
        self._cut()
        for task in tuple(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await asyncio.sleep(0.01)


@asynccontextmanager
async def proxy_to(target: str) -> AsyncIterator[Proxy]:
    """A proxy in front of the server of this URL."""
    proxy = Proxy(target)
    proxy._thread.start()
    asyncio.run_coroutine_threadsafe(proxy._open(), proxy._loop).result(10)
    try:
        yield proxy
    finally:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(proxy._close(), proxy._loop))
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        await asyncio.to_thread(proxy._thread.join)
        proxy._loop.close()
