"""Whether the broker keeps bodies that are too large from the hub's workers: said at each start, and by `status`."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

import structlog

from hub.app.hub import Hub
from hub.broker.admin import Admin
from hub.broker.sizes import LARGEST, Sizes, try_sizes
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.telemetry import LogEvent

_log = structlog.get_logger()
KIB = 1024


class Wrong(StrEnum):
    """What may be wrong with `max_message_size` of a node."""

    TOO_MUCH = "takes-too-much"
    TOO_LITTLE = "takes-too-little"


SENTENCES = {
    Wrong.TOO_MUCH: f"takes bodies of over {LARGEST // KIB} KiB: set max_message_size to {LARGEST}, see the runbook",
    Wrong.TOO_LITTLE: f"refuses bodies of {FROM_HUB_LIMIT // KIB} KiB, as messages may be: "
    f"set max_message_size to {LARGEST}",
}


def wrong(found: Sequence[Sizes]) -> Iterator[tuple[str, Wrong]]:
    """By node."""
    for one in found:
        if not one.refuses_large:
            yield one.node, Wrong.TOO_MUCH
        if not one.takes_all:
            yield one.node, Wrong.TOO_LITTLE


async def complaints(hub: Hub, admin: Admin) -> list[str]:
    """A sentence for each node that takes too much or too little; nothing of one that does not answer."""
    found = wrong(await try_sizes(hub.settings.amqp_urls, admin))
    return [f"node {node} of the broker {SENTENCES[what]}" for node, what in found]


async def say_sizes(hub: Hub) -> None:
    """Have the log say the same."""
    async with hub.admin() as admin:
        for node, what in wrong(await try_sizes(hub.settings.amqp_urls, admin)):
            _log.warning(LogEvent.BROKER_SIZES, at=node, code=what.value)
