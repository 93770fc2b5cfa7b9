"""What a batch has loaded and what it has decided so far, in memory: later deliveries see what earlier ones did.

A verdict is put in as a whole or not at all, so a delivery that fails half-way leaves no trace.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from hub.canonical.partners import Directory
from hub.cases.case import Case
from hub.cases.events import Event
from hub.ids import CaseId, HandoverId, MessageId, Oin, PartnerId, ReportId
from hub.ports import (
    CaseChange,
    Cause,
    Changes,
    Confirmation,
    Count,
    Fate,
    HeldPart,
    InboxRow,
    JournalRow,
    Lack,
    Loaded,
    OutboxRow,
    Period,
    ProcessingLine,
    SentMessage,
    StoredDelivery,
    Unit,
)
from hub.ports.journal import journaled
from hub.routing.directory import acting, formers
from hub.routing.radar import RadarEntry


@dataclass(frozen=True, slots=True)
class Part:
    """What happened to one case, and the case as it stands after."""

    case: Case
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that one delivery leads to.

    Attributes:
        row: its inbox row, decided.
        parts: every case that it touches.
        outgoing: notices, in order; the answer to the sender is added from the row.
        radar: what is entered of a report.
        radar_over: reports that leave the radar.
        lack: what it is kept for want of.
    """

    row: InboxRow
    parts: tuple[Part, ...] = ()
    outgoing: tuple[OutboxRow, ...] = ()
    confirmation: Confirmation | None = None
    held: HeldPart | None = None
    held_over: tuple[tuple[CaseId, HandoverId], ...] = ()
    stored: StoredDelivery | None = None
    radar: tuple[RadarEntry, ...] = ()
    radar_over: tuple[ReportId, ...] = ()
    counts: tuple[Count, ...] = ()
    processing: tuple[ProcessingLine, ...] = ()
    lack: Lack | None = None

    @property
    def lack_id(self) -> str | None:
        return self.lack.id if self.lack else None


@dataclass(slots=True)
class Workspace:
    """One batch's memory.

    `doubted`: the clock is, see `Unit.doubted`.
    """

    now: datetime
    directory: Directory
    period: Period
    loaded: Loaded
    doubted: bool = False
    recovery: int = 0
    recovering: bool = False
    _cases: dict[CaseId, Case] = field(default_factory=dict)
    _names: dict[UUID, CaseId] = field(default_factory=dict)
    _events: dict[CaseId, list[tuple[Event, UUID | None]]] = field(default_factory=dict)
    _new_cases: set[CaseId] = field(default_factory=set)
    _rows: dict[UUID, InboxRow] = field(default_factory=dict)
    _journal: list[JournalRow] = field(default_factory=list)
    _outbox: dict[tuple[MessageId, PartnerId], OutboxRow] = field(default_factory=dict)
    _confirmations: list[Confirmation] = field(default_factory=list)
    _held: dict[tuple[CaseId, HandoverId], HeldPart] = field(default_factory=dict)
    _held_again: set[tuple[CaseId, HandoverId]] = field(default_factory=set)
    _held_over: list[tuple[CaseId, HandoverId]] = field(default_factory=list)
    _stored: dict[UUID, StoredDelivery] = field(default_factory=dict)
    _stored_over: list[UUID] = field(default_factory=list)
    _radar: dict[bytes, list[RadarEntry]] = field(default_factory=dict)
    _radar_over: set[ReportId] = field(default_factory=set)
    _counts: list[Count] = field(default_factory=list)
    _processing: list[ProcessingLine] = field(default_factory=list)
    _lacks: dict[str, Lack] = field(default_factory=dict)
    _mended: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, unit: Unit, loaded: Loaded) -> Self:
        """The memory of what is decided in this transaction: its moment, and what holds of that."""
        return cls(unit.now, unit.directory, unit.period, loaded, unit.doubted, unit.recovery, unit.recovering)

    def __post_init__(self) -> None:
        self._names = {name: case.id for name, case in self.loaded.cases.items()}
        self._cases = {case.id: case for case in self.loaded.cases.values()}

    def case(self, name: UUID | None) -> Case | None:
        """The case by what a party calls it, as it stands now in this batch.

        Raises:
            Surroundings: it is there, and this version cannot read it.
        """
        if name is not None and name in self.loaded.unreadable:
            raise self.loaded.unreadable[name]
        id_ = self._names.get(name) if name else None
        return self._cases.get(id_) if id_ else None

    def sent(self, partner: PartnerId, message: MessageId) -> SentMessage | None:
        """What the hub sent under this id to the organisation of this connection, by whichever of its connections."""
        return self.loaded.sent.get((self._oin(partner), message))

    def held(self, case: CaseId, handover: HandoverId) -> HeldPart | None:
        return self._held.get((case, handover)) or self.loaded.held.get((case, handover))

    def signals(self, pseudonym: bytes) -> tuple[RadarEntry, ...]:
        """What the radar knows under this pseudonym, as it stands now in this batch: the newest first."""
        known = (*self._radar.get(pseudonym, ()), *self.loaded.radar.get(pseudonym, ()))
        return tuple(entry for entry in known if entry.report not in self._radar_over)

    def enters_at(self) -> datetime:
        """When the next report enters the radar: a microsecond after the one before it in this batch.

        The newest count first, and the order in which they came is to be kept whatever their numbers are.
        """
        before = {entry.report for entries in self._radar.values() for entry in entries}
        return self.now + timedelta(microseconds=len(before))

    def cause(self, partner: PartnerId, message: MessageId) -> Cause | None:
        """The message that this connection names, known to its organisation, or to one in whose place that is, before
        or decided in this batch."""
        own = self._oin(partner)
        names = ((oin, message) for oin in (own, *formers(self.directory, own, self.now)))
        known = next((self.loaded.causes[name] for name in names if name in self.loaded.causes), None)
        return known or self._cause_here(partner, message)

    def is_undecided(self, partner: PartnerId, message: MessageId) -> bool:
        """Whether this is a message of the connection's organisation that was here before this batch, and waits."""
        own = self._oin(partner)
        return any((oin, message) in self.loaded.undecided for oin in (own, *formers(self.directory, own, self.now)))

    def put(self, verdict: Verdict, *, stored_before: bool) -> InboxRow:
        """Take a verdict in, with its journal row; the inbox row that stands now.

        Args:
            stored_before: its bytes were kept, and go now unless the verdict keeps them.
        """
        row, entry = journaled(self._dated(verdict.row), self.now)
        self._rows[row.id] = row
        self._journal.append(entry)
        self.happened(verdict.parts, verdict.outgoing, verdict.processing, row.id, verdict.held_over)
        for signal in verdict.radar:
            self._radar.setdefault(signal.pseudonym, []).insert(0, signal)
        self._radar_over.update(verdict.radar_over)
        self._counts.extend(verdict.counts)
        if verdict.lack:
            self.lacks(verdict.lack)
        if verdict.stored:
            self._stored[row.id] = verdict.stored
        elif stored_before:
            self._stored_over.append(row.id)
        if verdict.confirmation:
            self._confirmations.append(verdict.confirmation)
        if verdict.held:
            self._held[(verdict.held.case, verdict.held.handover)] = verdict.held
        return row

    def wait_on(self, verdict: Verdict) -> InboxRow:
        """Keep one that waited for what is still lacking: nothing is new, and the journal grows with no look."""
        assert verdict.stored is not None
        assert verdict.lack is not None
        self.lacks(verdict.lack)
        self._stored[verdict.row.id] = verdict.stored
        return verdict.row

    def lacks(self, lack: Lack) -> None:
        self._lacks[lack.id] = lack

    def mended(self, lack: str) -> None:
        """Something that waited for it has got through."""
        self._mended.add(lack)

    def happened(
        self,
        parts: Sequence[Part],
        outgoing: Sequence[OutboxRow],
        processing: Sequence[ProcessingLine],
        cause: UUID | None = None,
        held_over: Sequence[tuple[CaseId, HandoverId]] = (),
    ) -> None:
        """Take in what happened to cases, what is to be said of it, and what the processing log says of that.

        Args:
            cause: the inbox row that led to it; `None` where a moment came and no message.
            held_over: offers whose full part is held no longer.
        """
        for part in parts:
            self._put_case(part, cause)
        self._outbox |= {(one.id, one.partner): one for one in outgoing}
        self._processing.extend(processing)
        self._held_over.extend(held_over)

    def amend(self, row: InboxRow) -> None:
        """A row that was decided in this batch, with more of its answer."""
        self._rows[row.id] = row

    def count_again(self, row: InboxRow) -> InboxRow:
        """One more delivery of what is known."""
        self._rows[row.id] = row
        return row

    def known(self, id_: UUID) -> InboxRow | None:
        return self._rows.get(id_)

    def is_answered(self, row: InboxRow, partner: PartnerId) -> bool:
        """Whether its answer was asked about, and was published to this connection already."""
        return row.answer is not None and self.loaded.answered.get(row.answer) == partner

    def say(self, answer: OutboxRow | None) -> None:
        """Once to each connection that asks, however often it does."""
        if answer is not None:
            self._outbox[answer.id, answer.partner] = answer

    def hold(self, part: HeldPart) -> None:
        """The full part of an offer that is known: its content is back."""
        self._held[part.case, part.handover] = part
        self._held_again.add((part.case, part.handover))

    def changes(self, deliveries: int, duplicates: int) -> Changes:
        over, there = set(self._held_over), self._held_again | self.loaded.held.keys()
        return Changes(
            inbox=tuple(self._rows.values()),
            journal=tuple(self._journal),
            cases=tuple(
                CaseChange(self._cases[id_], tuple(events), id_ in self._new_cases)
                for id_, events in self._events.items()
            ),
            outbox=tuple(self._outbox.values()),
            confirmations=tuple(self._confirmations),
            held=tuple(part for key, part in self._held.items() if key not in over),
            held_over=tuple(key for key in over if key not in self._held or key in there),
            stored=tuple(self._stored.values()),
            stored_over=tuple(self._stored_over),
            radar=self._entered(),
            radar_over=tuple(self._radar_over),
            counts=tuple(self._counts),
            processing=tuple(self._processing),
            lacks=tuple(self._lacks.values()),
            mended=tuple(self._mended),
            deliveries=deliveries,
            duplicates=duplicates,
        )

    def _dated(self, row: InboxRow) -> InboxRow:
        """With the version of the directory by which it was decided: most have it since they were opened."""
        version = self.directory.version
        return row if row.directory_version == version else replace(row, directory_version=version)

    def _put_case(self, part: Part, cause: UUID | None) -> None:
        case = part.case
        if not part.events:
            return
        if case.id not in self._cases:
            self._new_cases.add(case.id)
        self._cases[case.id] = case
        self._names |= dict.fromkeys(case.all_names(), case.id)
        self._events.setdefault(case.id, []).extend((event, cause) for event in part.events)

    def _entered(self) -> tuple[RadarEntry, ...]:
        new = (entry for entries in self._radar.values() for entry in entries)
        return tuple(entry for entry in new if entry.report not in self._radar_over)

    def _cause_here(self, partner: PartnerId, message: MessageId) -> Cause | None:
        own = (row for row in self._rows.values() if row.claims_id)
        oin = self._oin(partner)
        row = next((row for row in own if row.message == message and self._oin(row.partner) == oin), None)
        if row is None or row.fate not in (Fate.ACCEPTED, Fate.REJECTED):
            return None
        names = {row.partner: message}
        for copy in self._outbox.values():
            if copy.origin == row.id and copy.owes_confirmation:
                names.setdefault(copy.partner, copy.id)
        return Cause(names, row.partner, row.type)

    def _oin(self, partner: PartnerId) -> Oin:
        return acting(self.directory, self.directory.partners[partner], self.now)
