"""The nodes of a cluster, as the management API lists them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ALARMS = {"mem_alarm": "memory", "disk_free_alarm": "disk"}


@dataclass(frozen=True, slots=True)
class Nodes:
    """Attributes:
    short: what any of them is short of, `memory` or `disk`; meanwhile the broker listens to no publisher.
    away: the names of those that do not run.
    parted: the names of those that were cut off from another, after which both went on, each with a view of its own.
    """

    short: tuple[str, ...]
    away: tuple[str, ...]
    parted: tuple[str, ...]


def nodes_from(listed: Sequence[Mapping[str, Any]]) -> Nodes:
    """Read the answer to `/api/nodes`. A node that is away says nothing of itself, so every member may be missing."""
    return Nodes(
        short=tuple(what for name, what in _ALARMS.items() if any(node.get(name) for node in listed)),
        away=tuple(node["name"] for node in listed if not node.get("running", True)),
        parted=tuple(sorted({name for node in listed for name in node.get("partitions") or ()})),
    )
