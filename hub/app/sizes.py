"""Whether the broker keeps bodies that are too large from the hub's workers: said at each start, and by `status`.

HOME/run/sizes      the nodes that were tried and do as they should; its age is how long that is ago
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import structlog

from hub.app.hub import Hub
from hub.broker.admin import Admin
from hub.broker.sizes import LARGEST, Sizes, node_of, try_sizes
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.local.files import write_private
from hub.telemetry import LogEvent

_log = structlog.get_logger()
KIB = 1024
WELL_FOR = 3600.0
"""Seconds."""


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
    """A sentence for each node that takes too much or too little; nothing of one that does not answer.

    Where all was well it is not tried again for an hour: each try is an error in the broker's own log.
    """
    if _was_well(hub):
        return []
    return [f"node {node} of the broker {SENTENCES[what]}" for node, what in await _tried(hub, admin)]


async def say_sizes(hub: Hub) -> None:
    """Have the log say the same; tried now."""
    async with hub.admin() as admin:
        for node, what in await _tried(hub, admin):
            _log.warning(LogEvent.BROKER_SIZES, at=node, code=what.value)


async def _tried(hub: Hub, admin: Admin) -> list[tuple[str, Wrong]]:
    nodes = await try_sizes(hub.settings.amqp_urls, admin)
    found = list(wrong(nodes))
    note = _note(hub)
    with contextlib.suppress(OSError):  # best effort: it is tried again
        if found or len(nodes) < len(hub.settings.amqp_urls):
            note.unlink(missing_ok=True)
        else:
            note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(note, _nodes(hub))
    return found


def _was_well(hub: Hub) -> bool:
    try:
        age = time.time() - _note(hub).stat().st_mtime
        return 0 <= age < WELL_FOR and _note(hub).read_text() == _nodes(hub)
    except OSError:
        return False


def _note(hub: Hub) -> Path:
    return hub.settings.home / "run" / "sizes"


def _nodes(hub: Hub) -> str:
    return "".join(f"{node_of(url)}\n" for url in hub.settings.amqp_urls)
