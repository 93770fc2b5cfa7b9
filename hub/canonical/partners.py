"""The directory as plain values: who is connected, with which keys, for which regions.

Partners are data, never an enum: organisations merge. One `Directory` is one version of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hub.canonical.hub_keys import HubKey
from hub.ids import KeyId, Oin, PartnerId, RegionId


class Role(StrEnum):
    """What an organisation is in the joint approach (docs/contract.md, "Messages")."""

    POLICE = "politie"
    PROSECUTION = "om"
    CHILD_PROTECTION = "rvdk"
    PROBATION = "reclassering"
    VEILIG_THUIS = "veilig-thuis"
    LOCAL_TEAM = "lokaal-team"
    CERTIFIED_INSTITUTION = "gecertificeerde-instelling"
    REPORTER = "melder"


class Suite(StrEnum):
    """A suite belongs to a key, never to a header (docs/contract.md, "Envelope")."""

    S1 = "S1"
    S1X = "S1X"


class KeyUse(StrEnum):
    SIGNING = "sig"
    ENCRYPTION = "enc"


@dataclass(frozen=True, slots=True)
class Key:
    """A partner's public key.

    Attributes:
        jwk: the public JWK as canonical JSON text.
        valid_from, valid_to: half-open; `None` means without end.
        revoked_at: it counts for nothing that is not committed yet, whatever a clock says; this tells when that was.
        begun: an operator added it, so that it counts at once, as of a partner: `valid_from` tells when that was.
    """

    kid: KeyId
    use: KeyUse
    suite: Suite
    jwk: str
    valid_from: datetime
    valid_to: datetime | None = None
    revoked_at: datetime | None = None
    begun: bool = False

    def active(self, now: datetime) -> bool:
        there = self.begun or self.valid_from <= now
        return self.revoked_at is None and there and (self.valid_to is None or now < self.valid_to)


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach somebody at a desk: a function, never a person's name, and a phone number."""

    function: str
    phone: str


@dataclass(frozen=True, slots=True)
class PartnerLimits:
    """What one partner may have of the broker; `None`: what the configuration says.

    Attributes:
        connections, channels: of its system.
        queue_messages, queue_bytes: of each of its queues.
    """

    connections: int | None = None
    channels: int | None = None
    queue_messages: int | None = None
    queue_bytes: int | None = None


class Life(StrEnum):
    """What a connection is at a moment; each follows the one before it, and none comes back.

    | | sends | what it sent counts | is written to |
    |---|---|---|---|
    | coming | no | no | no |
    | active | yes | yes | yes |
    | closing, from `valid_to` | no | yes: its queues are read to the end | whoever stands in its place is |
    | ended, from `ended_at` | no | no, there is nothing left | the same; its virtual host goes |
    """

    COMING = "coming"
    ACTIVE = "active"
    CLOSING = "closing"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Partner:
    """A connected system of one organisation.

    Attributes:
        contacts: whom to call there, in turn; the first is the desk's own number.
        ended_at: when the hub had nothing left of it and for it.
        begun, retired: an operator connected it, or ended it. An act counts at once, from the version of the directory
            on that has it, and whatever a clock says: then `valid_from` and `valid_to` only tell when that was.
    """

    id: PartnerId
    oin: Oin
    role: Role
    regions: tuple[RegionId, ...]
    keys: tuple[Key, ...]
    valid_from: datetime
    valid_to: datetime | None = None
    successor: PartnerId | None = None
    organisation: str = ""
    contacts: tuple[Contact, ...] = ()
    ended_at: datetime | None = None
    begun: bool = False
    retired: bool = False
    limits: PartnerLimits = PartnerLimits()

    def life(self, now: datetime) -> Life:
        if self.ended_at is not None:
            return Life.ENDED
        if not self.begun and now < self.valid_from:
            return Life.COMING
        over = self.retired or (self.valid_to is not None and now >= self.valid_to)
        return Life.CLOSING if over else Life.ACTIVE

    def active(self, now: datetime) -> bool:
        return self.life(now) is Life.ACTIVE

    def is_read(self, now: datetime) -> bool:
        """Whether what it sent counts: what is in its queues when it may send no more was sent in time."""
        return self.life(now) in (Life.ACTIVE, Life.CLOSING)


@dataclass(frozen=True, slots=True)
class Region:
    """A Veilig Thuis region: its municipalities (CBS code, `GM` and four digits)."""

    id: RegionId
    name: str
    municipalities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Directory:
    """One version of partners and regions; a message keeps the version it was routed by.

    Attributes:
        hub_keys: the hub's own keys of every kind, the oldest first; at most one of each kind writes.
    """

    version: int
    hub_oin: Oin
    partners: Mapping[PartnerId, Partner] = field(default_factory=dict)
    regions: Mapping[RegionId, Region] = field(default_factory=dict)
    hub_keys: tuple[HubKey, ...] = ()
    by_oin: Mapping[Oin, tuple[Partner, ...]] = field(init=False, repr=False, compare=False)
    """Every connection that each organisation has, had, or is to have: looked for several times a message."""

    def __post_init__(self) -> None:
        found: dict[Oin, tuple[Partner, ...]] = {}
        for one in self.partners.values():
            found[one.oin] = (*found.get(one.oin, ()), one)
        object.__setattr__(self, "by_oin", found)
