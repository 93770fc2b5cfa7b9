"""The wire below the AMQP client, with every frame made harmless before the client sees it (`frames`, `cutting`)."""

import asyncio
import struct
from typing import Any, cast

from aio_pika import Connection
from aiormq.connection import TCPTransportFactory, TLSTransportFactory, TransportFactory
from yarl import URL

from hub.amqp.cutting import Cutter
from hub.amqp.frames import HEAD, harmless
from hub.envelope.policy import FROM_HUB_LIMIT

_PROTOCOL_HEADER = b"AMQP"


class HarmlessReader:
    """Stands in for the `StreamReader` of the client: reads whole frames, gives them out as they are asked for."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._cut = Cutter(FROM_HUB_LIMIT)
        self._frame = b""
        self._at = 0

    def at_eof(self) -> bool:
        return self._at == len(self._frame) and self._reader.at_eof()

    async def read(self) -> bytes:
        return self._rest() + await self._reader.read()

    async def readexactly(self, size: int) -> bytes:
        """Never spans two frames: the client reads a frame in parts."""
        while self._at == len(self._frame):
            self._frame, self._at = await self._next(), 0
        start, self._at = self._at, self._at + size
        return self._frame[start : self._at]

    async def _next(self) -> bytes:
        head = await self._reader.readexactly(HEAD)
        if head.startswith(_PROTOCOL_HEADER):  # the broker speaks another version: the client says so
            return head
        (size,) = struct.unpack_from(">I", head, 3)
        return self._cut(harmless(head + await self._reader.readexactly(size + 1)))

    def _rest(self) -> bytes:
        rest, self._frame, self._at = self._frame[self._at :], b"", 0
        return rest


class HarmlessTransport(TransportFactory):
    """TCP or TLS, as the URL says."""

    async def create(self, url: URL, **kwargs: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        factory = TLSTransportFactory() if url.scheme == "amqps" else TCPTransportFactory()
        reader, writer = await factory.create(url, **kwargs)
        return cast(asyncio.StreamReader, HarmlessReader(reader)), writer


class HarmlessConnection(Connection):
    """aio-pika's connection, on that transport. Not its robust one: who heals, and when, is for the hub to say."""

    def __init__(self, url: URL, **kwargs: Any) -> None:
        super().__init__(url, **kwargs)
        self.kwargs["transport_factory"] = HarmlessTransport()
