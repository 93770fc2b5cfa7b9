"""What crosses the database's edge: values that the lanes read and write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from hub.canonical.codes import Lane, Result
from hub.cases.case import Case
from hub.cases.events import Event
from hub.ids import CaseId, HandoverId, MessageId, Oin, PartnerId, RegionId
from hub.ports.messages import Properties
from hub.ports.periods import Sealed


class Fate(StrEnum):
    """What became of a delivery; every distinct one has exactly one (P5)."""

    NEW = "nieuw"
    """Inside a transaction only: not yet decided."""
    ACCEPTED = "aanvaard"
    REJECTED = "geweigerd"
    RETRY = "opnieuw"
    QUARANTINED = "quarantaine"
    DUPLICATE = "dubbel"
    """It was stored unopened and later opened as a message that was known already."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One distinct delivery: (organisation, id, payload hash), or the body's hash while it is unopened.

    Attributes:
        id: the hub's own number.
        partner: the connection that brought it first.
        content_hash: hex SHA-256 of the signed payload, or of the body (`opened` false).
        claims_id: whether the signed id belongs to this row: the first content under an id has it.
        found: kinds of data that identify, one for each of `fields`.
        also: of a refusal that speaks of several bodies, the others: the id that each claimed, if any, and its hash.
        answered_with: the row whose answer names this one.
        remarks: what of an accepted message was not taken as it was said (`Remark`).
        answer: id of the receipt or refusal, the same over every resend.
        reference: `referentie` of the receipt.
        journal_hash: hash of the journal row of its decision.
        deliveries: how often the broker brought it, by whichever connection of the organisation.
        organisation: whose message it is; `None` where an older version decided the same content of it twice.
    """

    id: UUID
    partner: PartnerId
    message: MessageId | None
    content_hash: str
    opened: bool
    claims_id: bool
    lane: Lane
    received_at: datetime
    type: str | None = None
    fate: Fate = Fate.NEW
    decided_at: datetime | None = None
    code: str | None = None
    fields: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    answer: MessageId | None = None
    reference: UUID | None = None
    case: CaseId | None = None
    directory_version: int = 0
    rule: str = ""
    journal_hash: str = ""
    deliveries: int = 1
    organisation: Oin | None = None
    remarks: tuple[str, ...] = ()
    also: tuple[tuple[MessageId | None, str], ...] = ()
    answered_with: UUID | None = None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A CloudEvent for a partner, sealed for it only when it is published.

    Attributes:
        origin: the inbox row that caused it, if one did.
        about: the report or handover it presents, so that its `verwerkt` finds its way back.
        owes_confirmation: whether the partner is to answer `verwerkt`; receipts and refusals are not answered.
        sha256: hex, of the payload to be signed.
        expires: `expirytime` of the event.
        published: when the broker confirmed it last, if it did.
        reissue: how often the same message was made before, under an id that has lapsed.
        alarm: the moments of which term it is one of, if it comes with each until somebody acts.
        behind: the alarm before it, which lies unread: it waits for that.
    """

    id: MessageId
    partner: PartnerId
    lane: Lane
    type: str
    sha256: str
    payload: Sealed
    created: datetime
    expires: datetime
    owes_confirmation: bool
    case: CaseId | None = None
    about: UUID | None = None
    origin: UUID | None = None
    attempts: int = 0
    published: datetime | None = None
    reissue: int = 0
    alarm: str | None = None
    behind: MessageId | None = None


Body = tuple[PartnerId, str]
"""A body as it came, sealed: the connection that it came by, and its hash."""
Taken = Mapping[MessageId, int]
"""Messages under a lease, and which time each was taken: `OutboxRow.attempts`."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What the hub remembers of a message it sent: for `verwerkt` and for causation."""

    id: MessageId
    partner: PartnerId
    type: str
    case: CaseId | None
    about: UUID | None
    delivered: bool


@dataclass(frozen=True, slots=True)
class Cause:
    """A message named by `causationid`: under which id each connection got it, and who said it first, as which type."""

    known_as: Mapping[PartnerId, MessageId]
    sender: PartnerId | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class HeldPart:
    """The full part of an offer, kept until somebody says yes, the offer ends or `expires` passes."""

    case: CaseId
    handover: HandoverId
    payload: Sealed
    expires: datetime


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that the surroundings lack, for which any number of messages wait: `errors.Surroundings` as a row.

    Attributes:
        about: which key, region, partner or case, if that is known.
        sentence: what an operator does.
    """

    code: str
    about: str
    sentence: str

    @property
    def id(self) -> str:
        """What waits for the same has the same."""
        return f"{self.code}:{self.about}" if self.about else self.code


@dataclass(frozen=True, slots=True)
class LacksTurned:
    """What is lacking since the last look, and what no longer is, with how long it lasted, in seconds."""

    begun: Sequence[Lack] = ()
    ended: Sequence[tuple[Lack, float]] = ()


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """The bytes of a delivery that waits for a retry, or in quarantine (`next_at` is `None`).

    Attributes:
        payload: those bytes, as they are kept.
        attempts: how many have failed by its own doing; while it is in hand, with the one that is under way.
        lack: the id of what it waits for, if that is nothing of its own.
        told_at: when its sender heard that it takes longer.
        partner: the connection that brought it.
        awaits: the message, or the name of a case, that makes it due at once when it comes.
    """

    inbox: UUID
    payload: Sealed
    properties: Properties
    code: str
    attempts: int
    next_at: datetime | None
    dead: bool = False
    lane: Lane = Lane.ROUTINE
    lack: str | None = None
    told_at: datetime | None = None
    partner: str = ""
    awaits: UUID | None = None


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One fate of one distinct delivery, written beside the inbox and never changed."""

    inbox: UUID
    at: datetime
    partner: PartnerId
    message: MessageId | None
    content_hash: str
    fate: Fate
    code: str | None
    case: CaseId | None
    hash: str


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case after a batch, with the events that led there, each with the inbox row that caused it."""

    case: Case
    events: tuple[tuple[Event, UUID | None], ...]
    new: bool


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A receiver's `verwerkt` on a message of the hub."""

    message: MessageId
    partner: PartnerId
    result: Result


@dataclass(frozen=True, slots=True)
class Count:
    """So many of one kind, for the region's report: codes and numbers, nothing per case.

    Attributes:
        month: `2026-01`, in Europe/Amsterdam.
        type: `group.name` of what was done.
        role: the reporter's, or that of who asked for advice; empty if it left the directory.
        outcome: a code of the type, or empty.
        within: `binnen` or `buiten` the term that waited for it; empty if none does.
    """

    month: str
    region: RegionId
    type: str
    role: str
    outcome: str = ""
    within: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class ProcessingLine:
    """One line of the processing log: that somebody got data about at most one person, and why; never the data.

    Fields are those of the Logboek Dataverwerkingen; the version is the constant of `hub/lanes/processing.py`.

    Attributes:
        partner: who got it.
        trace_id, span_id, parent_span_id: hexadecimal, of 16, 8 and 8 bytes.
        name: `verstrekking` and the `group.name` of the message.
        at: the commit, where the processing starts and ends.
        attributes: by the names of that standard, and the grounds.
    """

    partner: PartnerId
    trace_id: str
    span_id: str
    parent_span_id: str | None
    name: str
    at: datetime
    attributes: Mapping[str, object]
