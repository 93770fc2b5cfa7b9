"""Who may take over sight on safety: by an offer, a table of `soort` by role of the candidate; by an offer back, roles.

The ways to hold that are not here are nobody's to set: by a report, until the triage has recorded it; by the recording;
in the place of an organisation that ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.canonical.codes import ReceivingParty
from hub.canonical.partners import Role


@dataclass(frozen=True, slots=True)
class Holding:
    """`[holding]` of the configuration.

    Attributes:
        by_offer: for each `soort` the roles of who may take over as that, in the order in which an organisation of
            several is meant; none: nobody may.
        at_once: roles that get the full part of an acute offer with the offer. Others get it with their yes.
        offered_back: roles of reporters whose report may be turned into advice, and be offered back to them.
    """

    by_offer: Mapping[ReceivingParty, tuple[Role, ...]]
    at_once: frozenset[Role]
    offered_back: frozenset[Role]

    def as_kind(self, kind: ReceivingParty) -> tuple[Role, ...]:
        """The roles in which somebody may take over as this."""
        return self.by_offer[kind]
