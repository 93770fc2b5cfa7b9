"""What a batch asks of the store, what it gets, and the changes that it writes in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hub.canonical.acts import Act
from hub.canonical.codes import Lane
from hub.cases.case import Case
from hub.cases.events import Event, NoticeIssued
from hub.errors import Surroundings
from hub.ids import CaseId, HandoverId, MessageId, Oin, PartnerId, ReportId
from hub.ports.messages import Delivery, Properties
from hub.ports.periods import AtRest, Place
from hub.ports.rows import (
    CaseChange,
    Cause,
    Confirmation,
    Count,
    HeldPart,
    InboxRow,
    JournalRow,
    Lack,
    OutboxRow,
    ProcessingLine,
    SentMessage,
    StoredDelivery,
)
from hub.routing.radar import RadarEntry, Sought


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the database holds of a connection that is closing: kept deliveries of it, and messages to it."""

    retries: int
    quarantined: int
    outgoing: int


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A term that has passed, about a report or a handover: an alarm, never an end."""

    case: CaseId
    name: str
    about: UUID
    due: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a batch needs to know, all of it asked in a fixed number of statements."""

    correlations: Sequence[UUID] = ()
    numbers: Sequence[UUID] = ()
    """Of things that a partner numbers: where they went, if they have gone from the case that they were put on."""
    causes: Sequence[tuple[Oin, MessageId]] = ()
    """Each named by this organisation."""
    sent: Sequence[tuple[Oin, MessageId]] = ()
    """Each got by this organisation."""
    answers: Sequence[MessageId] = ()
    handovers: Sequence[HandoverId] = ()
    radar: Sequence[Sought] = ()
    """Pseudonyms; nobody else works with these until the transaction ends."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The answer to `Wanted`: cases are locked until the transaction ends."""

    cases: Mapping[UUID, Case] = field(default_factory=dict)
    """By correlation: the case's own id, or a report's; those of reports that the radar found are among them."""
    causes: Mapping[tuple[Oin, MessageId], Cause] = field(default_factory=dict)
    undecided: frozenset[tuple[Oin, MessageId]] = frozenset()
    """Of the causes that are not known: those that are here, and wait or are in quarantine."""
    sent: Mapping[tuple[Oin, MessageId], SentMessage] = field(default_factory=dict)
    answered: Mapping[MessageId, PartnerId] = field(default_factory=dict)
    """Of the answers asked about, those that the broker has confirmed, and to which connection."""
    unreadable: Mapping[UUID, Surroundings] = field(default_factory=dict)
    """By the same names: cases that are there and that this version cannot read."""
    held: Mapping[tuple[CaseId, HandoverId], HeldPart] = field(default_factory=dict)
    radar: Mapping[bytes, tuple[RadarEntry, ...]] = field(default_factory=dict)
    """By pseudonym, the newest first: as many as `hub.routing.radar.MOST_HITS`, and all that join."""


Before = Mapping[CaseId, Case | None]
"""Cases as they stood at a moment; `None` is one that was not there."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Content whose key is gone.

    Attributes:
        inbox: the inbox row whose message brings it back, if it is sent again.
        message: of the outbox, the row as it stands, without its content.
        follows: of a dossier that a yes sent, the id of that yes: it is the offer's message that brings it back.
    """

    inbox: UUID
    place: Place
    key: tuple[UUID, ...]
    message: OutboxRow | None = None
    follows: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Refilled:
    """A kept delivery whose key was gone, with the bytes that came now, and how they came."""

    content: AtRest
    partner: PartnerId
    properties: Properties


@dataclass(frozen=True, slots=True)
class Register:
    """What the register tells of some cases.

    Attributes:
        before: by inbox row, the cases that it changed, as they stood before it.
        moments: what happened by a moment and no message, with the case as it stood before.
        said: by message of the hub, the case as it stood just before that was said, and that it was; one that was made
            again under a new id is there under both.
    """

    before: Mapping[UUID, Before]
    moments: Sequence[tuple[Case, Event]]
    said: Mapping[MessageId, tuple[Case, NoticeIssued]]


@dataclass(frozen=True, slots=True)
class OwnMaking:
    """What the hub needs to make again what it said by itself, and whose key is gone.

    Attributes:
        messages: the rows as they stand.
        answered: by the id of an answer, the row of the message that it answers.
        register: of the cases of those messages that no message led to.
    """

    messages: Mapping[MessageId, OutboxRow]
    answered: Mapping[MessageId, InboxRow]
    register: Register


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything a batch writes; one commit for all of it."""

    inbox: Sequence[InboxRow] = ()
    journal: Sequence[JournalRow] = ()
    cases: Sequence[CaseChange] = ()
    outbox: Sequence[OutboxRow] = ()
    replaced: Sequence[tuple[MessageId, MessageId]] = ()
    """Messages past their `expirytime`, each with the one in `outbox` that takes its place."""
    moved: Sequence[OutboxRow] = ()
    """Messages that wait for another connection from now on."""
    confirmations: Sequence[Confirmation] = ()
    held: Sequence[HeldPart] = ()
    held_over: Sequence[tuple[CaseId, HandoverId]] = ()
    stored: Sequence[StoredDelivery] = ()
    stored_over: Sequence[UUID] = ()
    radar: Sequence[RadarEntry] = ()
    radar_over: Sequence[ReportId] = ()
    """Reports that leave the radar."""
    counts: Sequence[Count] = ()
    processing: Sequence[ProcessingLine] = ()
    lacks: Sequence[Lack] = ()
    mended: Sequence[str] = ()
    """Ids of lacks of which something that waited for them has got through."""
    act: Act | None = None
    """Of the operator who says so, if one does."""
    deliveries: int = 0
    duplicates: int = 0
    read: Sequence[tuple[PartnerId, bool]] = ()
    """Of each delivery of the batch that is decided, in its order: whose it was, and whether it became a message."""
    misplaced: Sequence[tuple[InboxRow, Lane]] = ()
    """What came by the queue of another lane than it says, and that queue."""
    left: Sequence[Delivery] = ()
    """Of the batch, those of which nothing is written: its time under locks was over before their turn."""
