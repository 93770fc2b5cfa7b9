"""Between the partner's words and the hub's: one file per role, the same two functions each.

A new role costs one file here and one line in `ADAPTERS`.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from hub.adapters import gecertificeerde_instelling, lokaal_team, melder, om, politie, reclassering, rvdk, veilig_thuis
from hub.adapters.source import Source
from hub.adapters.telling_handovers import full_part
from hub.canonical.commands import Command
from hub.canonical.notices import Notice
from hub.canonical.partners import Role
from hub.schemas.base import Wire
from hub.schemas.cloudevent import CloudEvent

__all__ = ["ADAPTERS", "Adapter", "Source", "decode", "encode", "full_part"]


class Adapter(Protocol):
    """What the module of a role offers."""

    def decode(self, event: CloudEvent, data: Wire) -> Command:
        """What a message of this role asks.

        Raises:
            Rejection: `niet-bevoegd`, if this role has no such thing to say.
        """
        ...

    def encode(self, notice: Notice, source: Source | None) -> tuple[str, dict[str, Any]]:
        """What this role is told: the wire type and its `data`, valid by the from-hub model of that type.

        Raises:
            OurFault: the notice speaks of another message than the one at hand.
        """
        ...


ADAPTERS: Mapping[Role, Adapter] = {
    Role.POLICE: politie,
    Role.PROSECUTION: om,
    Role.CHILD_PROTECTION: rvdk,
    Role.PROBATION: reclassering,
    Role.VEILIG_THUIS: veilig_thuis,
    Role.LOCAL_TEAM: lokaal_team,
    Role.CERTIFIED_INSTITUTION: gecertificeerde_instelling,
    Role.REPORTER: melder,
}


def decode(role: Role, event: CloudEvent, data: Wire) -> Command:
    """What a message asks, by the sender's role. See `Adapter.decode`."""
    return ADAPTERS[role].decode(event, data)


def encode(notice: Notice, role: Role, source: Source | None) -> tuple[str, dict[str, Any]]:
    """What a recipient of this role is told. See `Adapter.encode`.

    Args:
        source: the message that the notice passes on or speaks of; `None` where a moment came and no message.
    """
    return ADAPTERS[role].encode(notice, source)
