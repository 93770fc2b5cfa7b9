"""What stands in a partner's virtual host, as data (docs/contract.md, "Broker"; decisions 3 and 7).

    partner --acuut|regulier--> to-hub --> intake.acuut, intake.regulier --> hub
    hub --------------------------------> from-hub.acuut, from-hub.regulier --> partner
    every queue ---- rejected, or beyond its delivery limit ----> dead --> hub

The same on RabbitMQ 3.10 and 4.0, because every argument whose default differs between them is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hub.canonical.codes import Lane

EXCHANGE = "to-hub"
DEAD = "dead"
INTAKE: Mapping[Lane, str] = {lane: f"intake.{lane.value}" for lane in Lane}
FROM_HUB: Mapping[Lane, str] = {lane: f"from-hub.{lane.value}" for lane in Lane}
LANE_OF: Mapping[str, Lane] = {queue: lane for queues in (INTAKE, FROM_HUB) for lane, queue in queues.items()}
QUEUES = (*INTAKE.values(), *FROM_HUB.values(), DEAD)

DELIVERY_LIMIT = 1_000_000
"""High, and said: 4.0 drops a message after 20 deliveries where nothing is said, and -1 drops at the first on 3.10."""
REPLICAS = 3
"""Of each queue, on as many nodes as there are; both versions count from what is there."""

Argument = str | int


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one virtual host. A queue at its limit refuses the publisher; nothing is dropped.

    Attributes:
        queue_messages, queue_bytes: of each queue, unacknowledged ones included.
        partner_connections, partner_channels: of the partner's user.
        connections: of the whole virtual host, so well above the partner's: each process of the hub has up to two.
    """

    queue_messages: int = 20_000
    queue_bytes: int = 1_073_741_824
    partner_connections: int = 10
    partner_channels: int = 50
    connections: int = 256


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    arguments: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Permissions:
    """Regular expressions over names of exchanges and queues; the broker does not anchor them.

    A user without a match may do nothing: `^$` matches no name, as the default exchange is called `amq.default` here.
    """

    configure: str
    write: str
    read: str


HUB = Permissions(configure=".*", write=".*", read=".*")
PARTNER = Permissions(configure="^$", write="^to-hub$", read=r"^from-hub\.(acuut|regulier)$")
NOTHING = Permissions(configure="^$", write="^$", read="^$")
READER = replace(PARTNER, write=NOTHING.write)
"""Of a partner that is closing with nobody in its place: it may still fetch what lies for it."""


def queues(limits: Limits) -> tuple[Queue, ...]:
    """The queues of a virtual host, with their arguments; `dead` first, as the others point to it."""
    common = _common(limits)
    # At least once needs all three: reject-publish, a target and the strategy; else 3.10 falls back without a word.
    to_dead: dict[str, Argument] = {
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": DEAD,
        "x-dead-letter-strategy": "at-least-once",
    }
    others = (name for name in QUEUES if name != DEAD)
    return (Queue(DEAD, common), *(Queue(name, common | to_dead) for name in others))


def vhost_limits(limits: Limits) -> Mapping[str, int]:
    return {"max-connections": limits.connections, "max-queues": len(QUEUES)}


def partner_limits(limits: Limits) -> Mapping[str, int]:
    return {"max-connections": limits.partner_connections, "max-channels": limits.partner_channels}


def _common(limits: Limits) -> dict[str, Argument]:
    # No TTL anywhere: nothing the hub has not judged, and nothing a partner has not read, ever lapses in the broker.
    return {
        "x-queue-type": "quorum",
        "x-overflow": "reject-publish",
        "x-max-length": limits.queue_messages,
        "x-max-length-bytes": limits.queue_bytes,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-quorum-initial-group-size": REPLICAS,
    }
