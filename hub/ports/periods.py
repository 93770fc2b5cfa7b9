"""Content that waits, wrapped by periods (`hub/envelope/at_rest.py`): which period is in use, and what is where."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

AS_IT_CAME = ""
"""In place of a label: bytes that the version before kept as they came."""
GONE = "gone"
"""In place of a label: the key of its period is destroyed, and it awaits that its sender sends it again."""


@dataclass(frozen=True, slots=True)
class Period:
    """The step of the chain under which is wrapped what is written now; the database never knows its key."""

    chain: str
    step: int


NO_PERIOD = Period("", 0)
"""Until the first: content is wrapped as the version before periods reads it."""


class Place(StrEnum):
    """Where content waits: the table, and what binds the content to it."""

    OUTBOX = "outbox"
    HELD = "held"
    STORED = "stored"

    def bound(self, *key: UUID) -> bytes:
        """The identity of a row there, by its primary key."""
        return b"".join((self.value.encode("ascii"), b":", *(one.bytes for one in key)))


@dataclass(frozen=True, slots=True)
class Sealed:
    """Content at rest: ciphertext under a data key of its own, wrapped by the key whose label is `key_id`."""

    ciphertext: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    key_id: str


@dataclass(frozen=True, slots=True)
class AtRest:
    """Content that waits in one row: the table and its primary key."""

    place: Place
    key: tuple[UUID, ...]
    payload: Sealed

    @property
    def bound(self) -> bytes:
        return self.place.bound(*self.key)


@dataclass(frozen=True, slots=True)
class Contents:
    """What waits at this moment, and the period in use.

    Attributes:
        since: when the last step was taken; nothing before the first start.
        labels: every label that content is under; `AS_IT_CAME` and `GONE` may be among them.
        now: the moment that is believed.
        doubted: the clock is: no step is taken, and no key destroyed.
    """

    period: Period
    since: datetime | None
    labels: frozenset[str]
    now: datetime
    doubted: bool = False
