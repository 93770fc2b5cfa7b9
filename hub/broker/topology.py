"""What stands in a partner's virtual host, as data (docs/contract.md, "Broker"; decisions 3 and 7).

    partner --acuut|regulier--> to-hub --> intake.acuut, intake.regulier --> hub
    hub --------------------------------> from-hub.acuut, from-hub.regulier --> partner
    every queue ---- rejected, or beyond its delivery limit ----> dead --> hub

The same on RabbitMQ 3.10 and 4.0, because everything whose default differs between them is said: in the arguments of a
queue what never changes, in a policy what an operator may change while the hub runs (decision 52).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hub.canonical.codes import Lane

EXCHANGE = "to-hub"
DEAD = "dead"
INTAKE: Mapping[Lane, str] = {lane: f"intake.{lane.value}" for lane in Lane}
FROM_HUB: Mapping[Lane, str] = {lane: f"from-hub.{lane.value}" for lane in Lane}
QUEUES = (*INTAKE.values(), *FROM_HUB.values(), DEAD)
ASIDE: Mapping[str, str] = {queue: f"{queue}.aside" for queue in (*INTAKE.values(), *FROM_HUB.values())}
"""Where messages lie while their queue is made anew (`renewal.py`); afterwards it is gone."""
LANE_OF: Mapping[str, Lane] = {
    name: lane for queues in (INTAKE, FROM_HUB) for lane, queue in queues.items() for name in (queue, ASIDE[queue])
}

NO_DELIVERY_LIMIT = 1_000_000
"""High, and said: 4.0 drops a message after 20 deliveries where nothing is said, and -1 drops at the first on 3.10."""
DELIVERIES = 50
"""Of a message in an intake queue; then it goes to `dead`, where it is decided all the same (decision 53).

Enough for two outages of 20 workers: each that loses its connection or gives its messages back counts once. Tried on
3.10 and 4.0; by its documentation 4.3 counts lost connections and ended channels as well.
"""
WHILE_RENEWING = 2
"""Queues more, while one is made anew: where its messages lie, and the one that says who does it."""
REPLICAS = 3
"""Of each queue, on as many nodes as there are; both versions count from what is there."""

Argument = str | int

POLICIES = (INTAKE_POLICY, POLICY) = ("ketenhub-intake", "ketenhub")
EARLIER = frozenset({"x-overflow", "x-max-length", "x-max-length-bytes", "x-delivery-limit"})
"""Arguments of the queues of an earlier version. While a queue has them, the smaller of argument and policy counts."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one virtual host. A queue at its limit refuses the publisher; nothing is dropped.

    Attributes:
        queue_messages, queue_bytes: of each queue, unacknowledged ones included.
        deliveries: of a message in an intake queue.
        partner_connections, partner_channels: of the partner's user.
        connections: of the whole virtual host, so well above the partner's: each process of the hub has up to two.
    """

    queue_messages: int = 20_000
    queue_bytes: int = 1_073_741_824
    deliveries: int = DELIVERIES
    partner_connections: int = 10
    partner_channels: int = 50
    connections: int = 256


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    arguments: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Policy:
    """Of a virtual host: `definition` holds for each queue whose name `pattern` is found in.

    Attributes:
        priority: above that of an operator's own, which would else hold in its place: of several, one holds.
    """

    name: str
    pattern: str
    definition: Mapping[str, Argument]
    priority: int = 100


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


def queues() -> tuple[Queue, ...]:
    """The queues of a virtual host, with their arguments; `dead` first, as the others point to it."""
    others = (_dying(name, DEAD) for name in QUEUES if name != DEAD)
    return (Queue(DEAD, _COMMON), *others)


def aside(queue: str) -> Queue:
    """Where messages of this queue lie meanwhile: what is rejected there goes back to it."""
    return _dying(ASIDE[queue], queue)


def policies(limits: Limits) -> tuple[Policy, ...]:
    """What holds for the queues of a virtual host; set before they are made.

    Without it a queue has no limit, and 4.0 drops a message after 20 deliveries.
    """
    # No TTL anywhere: nothing the hub has not judged, and nothing a partner has not read, ever lapses in the broker.
    common: dict[str, Argument] = {
        "overflow": "reject-publish",
        "max-length": limits.queue_messages,
        "max-length-bytes": limits.queue_bytes,
    }
    return (
        Policy(INTAKE_POLICY, r"^intake\.(acuut|regulier)$", {**common, "delivery-limit": limits.deliveries}),
        Policy(POLICY, r"^from-hub\.|\.aside$|^dead$", {**common, "delivery-limit": NO_DELIVERY_LIMIT}),
    )


def vhost_limits(limits: Limits) -> Mapping[str, int]:
    return {"max-connections": limits.connections, "max-queues": len(QUEUES) + WHILE_RENEWING}


def partner_limits(limits: Limits) -> Mapping[str, int]:
    return {"max-connections": limits.partner_connections, "max-channels": limits.partner_channels}


_COMMON: Mapping[str, Argument] = {"x-queue-type": "quorum", "x-quorum-initial-group-size": REPLICAS}


def _dying(name: str, to: str) -> Queue:
    # At least once needs all three, and the policy's reject-publish; else 3.10 falls back without a word.
    target: dict[str, Argument] = {
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": to,
        "x-dead-letter-strategy": "at-least-once",
    }
    return Queue(name, {**_COMMON, **target})
