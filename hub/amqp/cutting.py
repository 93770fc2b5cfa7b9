"""Bodies larger than any message may be, made small while they stream in.

The broker sends as many deliveries as it may, of whatever size it takes itself. A body over the limit is refused
whatever is in it, and only its hash counts: so no more than a frame of it is ever held. In its place the client library
gets that hash as the body, under a property (`app_id`) that no sender can set, as `frames` leaves it out.

So a number of deliveries is a number of bytes as well (AMQP's own prefetch by size is not there in RabbitMQ).
"""

import hashlib
import struct
from dataclasses import dataclass, field
from typing import Any

from hub.amqp.frames import HEAD, framed

CUT = "sha-256"
"""`app_id` of a delivery whose body is the SHA-256 of the real one."""
_HEADER, _BODY = 2, 3
_FLAG_APP_ID = 1 << 3
_APP_ID = bytes([len(CUT)]) + CUT.encode()


@dataclass(slots=True)
class _Body:
    """One that is streaming in."""

    left: int
    hash: Any = field(default_factory=hashlib.sha256)


class Cutter:
    """Of one connection: takes each frame as `frames.harmless` left it, in order.

    Args:
        limit: bytes of the largest body that is left as it is.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bodies: dict[bytes, _Body] = {}
        """By channel."""

    def __call__(self, frame: bytes) -> bytes:
        """The frame that the client gets instead; empty if it gets none."""
        channel = frame[1:3]
        if frame[0] == _HEADER:
            return self._begun(frame, channel)
        if frame[0] == _BODY and channel in self._bodies:
            return self._went_on(frame, channel)
        return frame

    def _begun(self, frame: bytes, channel: bytes) -> bytes:
        self._bodies.pop(channel, None)  # of a channel that was closed half-way, and opened again
        payload = frame[HEAD:-1]
        (size,) = struct.unpack_from(">Q", payload, 4)
        if size <= self._limit:
            return frame
        body = self._bodies[channel] = _Body(left=size)
        (flags,) = struct.unpack_from(">H", payload, 12)
        # Of the properties that are left, none stands behind `app_id`.
        small = struct.pack(">QH", body.hash.digest_size, flags | _FLAG_APP_ID)
        return framed(frame, payload[:4] + small + payload[14:] + _APP_ID)

    def _went_on(self, frame: bytes, channel: bytes) -> bytes:
        body = self._bodies[channel]
        body.hash.update(frame[HEAD:-1])
        body.left -= len(frame) - HEAD - 1
        if body.left > 0:
            return b""
        return framed(frame, self._bodies.pop(channel).hash.digest())
