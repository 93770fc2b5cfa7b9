"""The broker's edge: deliveries in, sealed messages out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from hub.canonical.codes import Lane
from hub.envelope.hashes import sha256_hex
from hub.ids import MessageId, PartnerId


@dataclass(frozen=True, slots=True)
class Properties:
    """AMQP properties the hub reads. Untrusted, and not echoed or logged unless checked."""

    message_id: str | None = None
    user_id: str | None = None
    content_type: str | None = None
    traceparent: str | None = None

    def published_by(self, partner: PartnerId) -> bool:
        """Whether this partner did, and not the hub: the broker lets nobody say another user than its own."""
        return self.user_id in (None, partner)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery by the broker, or one stored delivery tried again.

    Attributes:
        partner: the owner of the virtual host it came in by: the sender, as the broker proved it.
        lane: the queue's lane, a hint; the signed `urgentie` decides.
        count: `x-delivery-count`: 0 as its sender published it, more where the broker brings it again.
        tag: opaque to the lanes; the consumer settles by it.
        cut: the hex SHA-256 of a body that is larger than any may be, and was never held; `body` is empty then.
        stored: the inbox row it comes from, when it is a stored retry or a replay.
        dead: a message of the hub that a queue gave up. One of a partner that lapsed in a queue, or was given up
            there, is a delivery as any other.
        returned: a message of the hub itself, taken out of the queue of a recipient that has ended.
    """

    partner: PartnerId
    lane: Lane
    body: bytes = field(repr=False)
    properties: Properties
    count: int = 0
    tag: object = None
    cut: str | None = None
    stored: UUID | None = None
    dead: bool = False
    returned: bool = False

    @property
    def body_hash(self) -> str:
        """Hex SHA-256."""
        return self.cut or sha256_hex(self.body)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A sealed message on its way to a partner's queue. `id` is the signed id, kept over every resend."""

    id: MessageId
    partner: PartnerId
    lane: Lane
    body: bytes = field(repr=False)
    traceparent: str | None = None


class Publisher(Protocol):
    """The only publish site: mandatory, persistent, confirmed, with a deadline."""

    async def publish(self, message: Outgoing) -> None:
        """Publish one message and wait for its confirm.

        Raises:
            Unconfirmed: refused, returned, or no confirm in time.
            BrokerAway: no connection within the deadline.
        """
        ...


class Settler(Protocol):
    """The only ack site. Acknowledging a delivery whose channel is gone does nothing: the broker brings it again."""

    async def ack(self, deliveries: Sequence[Delivery]) -> None: ...


class Source(Protocol):
    """Deliveries, as they come: callbacks only enqueue."""

    async def take(self, most: int, max_age: float) -> list[Delivery]:
        """Wait for one delivery, then up to `max_age` seconds from its arrival for up to `most`."""
        ...
