"""Names for the identifiers that cross module borders, so that one is never taken for another."""

from collections.abc import Iterable
from typing import NewType, Protocol
from uuid import UUID

PartnerId = NewType("PartnerId", str)
"""A connected system, `[a-z0-9-]{2,40}`: also the name of its virtual host and broker user."""
Oin = NewType("Oin", str)
"""Organisatie-identificatienummer: 20 digits (Logius, OIN-stelsel 2.2.2)."""
KeyId = NewType("KeyId", str)
"""RFC 7638 SHA-256 thumbprint of a public key: 43 base64url characters."""
RegionId = NewType("RegionId", str)
"""A Veilig Thuis region, `[a-z0-9-]{2,40}`."""
MessageId = NewType("MessageId", UUID)
"""The signed CloudEvent `id`, given by the sender."""
CaseId = NewType("CaseId", UUID)
"""A case (zaak): the opaque `correlationid` that VT, holders and candidates use."""
ReportId = NewType("ReportId", UUID)
"""A report (melding): the opaque `correlationid` that its reporter uses."""
HandoverId = NewType("HandoverId", UUID)
"""An `overdracht`, numbered by the giver."""
TableId = NewType("TableId", UUID)
"""An `overleg`: a joint table, numbered by its chair."""
ActionId = NewType("ActionId", UUID)
"""An `afspraak` of a joint table, numbered by its chair."""
QuestionId = NewType("QuestionId", UUID)
"""A `vraag` of monitoring, numbered by VT."""
CoincidenceId = NewType("CoincidenceId", UUID)
"""A `samenloop` that the radar found, numbered by the hub."""
RadarKeyId = NewType("RadarKeyId", str)
"""A key that pseudonyms are made with: the RFC 7638 thumbprint of the secret."""


class Ids(Protocol):
    """Gives what one cause brings forth its ids: the same whenever it is asked again, and to each thing another."""

    def caused(self, kind: str) -> UUID:
        """The id of the one thing of this kind that the cause brings forth."""
        ...

    def between(self, kind: str, here: Iterable[UUID], there: Iterable[UUID]) -> UUID:
        """The id of what meets in these on one side and those on the other, whichever of them came last."""
        ...
