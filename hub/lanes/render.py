"""Notices to messages: each draft gets its number, its words on the wire, its hash and its place in the outbox."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.adapters import Source, encode, full_part
from hub.canonical import notices as n
from hub.canonical.codes import Lane
from hub.canonical.partners import Directory, Partner, Role
from hub.cases import events as e
from hub.cases.calendar import day_of
from hub.cases.case import Case
from hub.cases.context import Decision, Draft, address
from hub.cases.evolve import evolve
from hub.cases.hearing import heard
from hub.cases.parts import spoken_to_as
from hub.envelope.at_rest import Kept, reveal
from hub.envelope.hashes import sha256_hex
from hub.errors import Surroundings
from hub.ids import CaseId, HandoverId, MessageId, Oin
from hub.lanes.answers import LIFETIME, sealed
from hub.lanes.keys import NO_ADDRESSEE
from hub.lanes.naming import Naming
from hub.lanes.processing import lines
from hub.lanes.setting import Setting
from hub.lanes.workspace import Workspace
from hub.ports import HeldPart, InboxRow, OutboxRow, Place, ProcessingLine
from hub.routing.directory import (
    connection,
    connections,
    known_by_oin,
    next_connection,
    other_roles,
    successor_of,
)
from hub.schemas.base import Wire
from hub.schemas.cloudevent import CloudEvent, canonical_json, render

EVERY_ROUND = (n.Escalation, n.TableStand)
"""What a term that has passed says again at each of its rounds."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The message that is being decided, and its inbox row."""

    sender: Partner
    event: CloudEvent
    data: Wire = field(repr=False)
    row: InboxRow

    @property
    def source(self) -> Source:
        return Source(self.sender.oin, self.event.type, self.data)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What leads to notices: a message in its lane, or a moment that came and no message.

    `told_as`: in which of its roles each organisation is told that the route names. `alarm`: the run of the term whose
    moment it is.
    """

    lane: Lane
    naming: Naming
    message: Incoming | None = None
    told_as: Mapping[Oin, Role] = field(default_factory=dict)
    alarm: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is to be sent, the case that knows of it, and what is held for later or no longer."""

    case: Case
    events: tuple[e.Event, ...]
    outgoing: tuple[OutboxRow, ...]
    held: HeldPart | None
    held_over: tuple[tuple[CaseId, HandoverId], ...]
    processing: tuple[ProcessingLine, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An outbox row, and what the processing log says of it."""

    message: OutboxRow
    processing: tuple[ProcessingLine, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """A notice to one partner, in the words of the wire."""

    notice: n.Notice
    to: Partner
    source: Source | None = field(repr=False)
    type_: str
    data: dict[str, Any] = field(repr=False)


def rendered(
    decision: Decision, before: Case | None, case: Case, occasion: Occasion, work: Workspace, setting: Setting
) -> Rendered:
    """Every draft of the decision as an outbox row.

    Args:
        before: as the case stood; `None` where the decision opens it.
        case: after the decision's events.
    """
    held = _held(decision.events, case, occasion, work, setting)
    events: list[e.Event] = []
    rows: list[Row] = []
    for draft in heard(case, decision.drafts, before):
        to = _recipient(draft, case, occasion, work)
        notice = address(case, draft, work.recovery, other_roles(work.directory, to, work.now))
        row = _row(notice, to, _full(draft, case, held, work, setting), case, occasion, work, setting)
        rows.append(row)
        for event in _issued(notice, row.message, case.next_at(work.now), _resent(occasion, work)):
            events.append(event)
            case = evolve(case, event)
    lines = tuple(line for row in rows for line in row.processing)
    ended = tuple(over(decision.events, case))
    return Rendered(case, tuple(events), tuple(row.message for row in rows), held, ended, lines)


def off_case(notice: n.Notice, role: Role, occasion: Occasion, work: Workspace, setting: Setting) -> Row:
    """A notice that is about no case, to an organisation in this role."""
    to = addressee(work.directory, notice.to, role, work.now)
    return _row(notice, to, None, None, occasion, work, setting)


def addressee(directory: Directory, oin: Oin, role: Role | None, now: datetime) -> Partner:
    """The connection that a message to this organisation in this role goes to: its own, or its successor's.

    Where that role has ended, or none is known, any other of its connections hears it, as far as that one may; but what
    is the triage's is for no other. One that ended without a successor is still written to: the message waits in the
    outbox, where it shows, and nobody else's step fails for it.

    Raises:
        Surroundings: the directory has lost an organisation that a case still names.
    """
    found = connection(directory, oin, role, now) if role is not None else None
    if found is None or not (found.active(now) or role is Role.VEILIG_THUIS):
        any_other = known_by_oin(directory, successor_of(directory, oin, now) or oin, now)
        found = any_other if found is None or (any_other is not None and any_other.active(now)) else found
    if found is None:
        raise Surroundings(NO_ADDRESSEE, "The directory has lost an organisation that a case names; restore it.")
    return found


def _recipient(draft: Draft, case: Case, occasion: Occasion, work: Workspace) -> Partner:
    to, body = draft
    if isinstance(body, n.Stand) and occasion.message is not None:
        return next_connection(work.directory, occasion.message.sender, work.now)
    told_as = occasion.told_as.get(to) if isinstance(body, n.PassOn) and to != case.triage else None
    return addressee(work.directory, to, told_as or spoken_to_as(case, to, body), work.now)


def _row(
    notice: n.Notice,
    to: Partner,
    full: dict[str, Any] | None,
    case: Case | None,
    occasion: Occasion,
    work: Workspace,
    setting: Setting,
) -> Row:
    incoming = occasion.message
    source = replace(incoming.source, full=full, on=day_of(work.now)) if incoming else None
    said = _Said(notice, to, source, *encode(notice, to.role, source))
    message = _message(said, case, occasion, work, setting)
    said_by = _said_by(notice.body, case, incoming, work) if incoming else None
    return Row(message, _logged(said, message, said_by, work, setting))


def _message(said: _Said, case: Case | None, occasion: Occasion, work: Workspace, setting: Setting) -> OutboxRow:
    incoming, notice, to = occasion.message, said.notice, said.to
    id_, expires = occasion.naming.message(to.oin, said.type_, said.data), work.now + LIFETIME
    payload = render(
        id=id_,
        type=said.type_,
        source=setting.source,
        recipient=to.oin,
        time=work.now,
        expirytime=expires,
        urgentie=occasion.lane,
        data=said.data,
        correlationid=notice.correlation,
        causationid=_cause(to, incoming, work) if incoming else None,
    )
    return OutboxRow(
        id=id_,
        partner=to.id,
        lane=occasion.lane,
        type=said.type_,
        sha256=sha256_hex(payload),
        payload=sealed(payload, setting.keys.keeping(work.directory, work.period), Place.OUTBOX.bound(id_)),
        created=work.now,
        expires=expires,
        owes_confirmation=True,
        case=case.id if case is not None and notice.correlation is not None else None,
        about=_about(notice.body),
        origin=incoming.row.id if incoming else None,
        alarm=occasion.alarm if isinstance(notice.body, EVERY_ROUND) else None,
    )


def _logged(
    said: _Said, message: OutboxRow, said_by: Role | None, work: Workspace, setting: Setting
) -> tuple[ProcessingLine, ...]:
    return lines(
        message=message.id,
        type_=said.type_,
        data=said.data,
        source=said.source,
        sender_role=said_by,
        to=said.to,
        party=said.notice.to,
        origin=message.origin,
        now=work.now,
        log_key=setting.keys.logs(work.directory),
        dummies=setting.dummies,
    )


def _said_by(body: n.Body, case: Case | None, incoming: Incoming, work: Workspace) -> Role:
    """Whose words these are: of the full part, the giver's, also where the receiver's yes sends them."""
    if case is None or not isinstance(body, n.Dossier):
        return incoming.sender.role
    oin = case.handovers[body.handover].giver
    giver = known_by_oin(work.directory, oin, work.now)
    return case.part(body.handover, oin) or (giver.role if giver else incoming.sender.role)


def _cause(to: Partner, incoming: Incoming, work: Workspace) -> UUID | None:
    """The message this one follows, by the name that the recipient knows it under; else nothing.

    A connection knows what an ended one of its organisation and role got.
    """
    if to.id == incoming.sender.id:
        return incoming.event.id
    cause = incoming.event.causationid
    known = work.cause(incoming.sender.id, MessageId(cause)) if cause else None
    names = known.known_as if known else {}
    before = (names[one.id] for one in connections(work.directory, to.oin) if one.role is to.role and one.id in names)
    return names.get(to.id) or next(before, None)


def _resent(occasion: Occasion, work: Workspace) -> datetime | None:
    return occasion.message.event.time if occasion.message and work.recovering else None


def _issued(notice: n.Notice, row: OutboxRow, at: datetime, resent: datetime | None) -> Iterator[e.NoticeIssued]:
    if notice.version is not None:
        offers = n.OfferMade | n.OfferBack | n.OfferSupplemented
        offer = notice.body.handover if isinstance(notice.body, offers) else None
        again = resent if offer else None
        yield e.NoticeIssued(at, notice.to, notice.version, row.id, row.sha256, offer, again, notice.under)


def _about(body: n.Body) -> UUID | None:
    """The report or handover that a message presents."""
    return getattr(body, "report", None) or getattr(body, "handover", None)


# --- the full part of an offer ------------------------------------------------------------------------------------


def _held(
    events: Iterable[e.Event], case: Case, occasion: Occasion, work: Workspace, setting: Setting
) -> HeldPart | None:
    """The full part of a new offer, or a newer one, encrypted, until somebody says yes."""
    offered = next((event for event in events if isinstance(event, e.HandoverOffered | e.MoreGiven)), None)
    full = full_part(occasion.message.data) if offered and occasion.message else None
    if offered is None or full is None:
        return None
    part = sealed(
        canonical_json(full),
        setting.keys.keeping(work.directory, work.period),
        Place.HELD.bound(case.id, offered.handover),
    )
    lapses: timedelta = setting.limits.held_parts_kept
    return HeldPart(case.id, offered.handover, part, work.now + lapses)


def _full(draft: Draft, case: Case, fresh: HeldPart | None, work: Workspace, setting: Setting) -> dict[str, Any] | None:
    body = draft[1]
    if not isinstance(body, n.Dossier):
        return None
    held = fresh or work.held(case.id, body.handover)
    if held is None:
        return None
    kept = Kept(held.payload.ciphertext, held.payload.wrapped_key)
    text = reveal(kept, keys=setting.keys.wrapped, bound_to=Place.HELD.bound(case.id, body.handover))
    found: dict[str, Any] = json.loads(text)
    return found


def over(events: Iterable[e.Event], case: Case) -> Iterator[tuple[CaseId, HandoverId]]:
    """Offers that nobody can say yes to any more: what is held for them goes, and its key with it.

    Args:
        case: after these events.
    """
    answered = (e.HandoverAccepted, e.HandoverRefused, e.HandoverWithdrawn, e.MoreGiven)
    said = (event.handover for event in events if isinstance(event, answered))
    settled = (HandoverId(event.about) for event in events if isinstance(event, e.Settled))
    touched = dict.fromkeys((*said, *(id_ for id_ in settled if id_ in case.handovers)))
    yield from ((case.id, id_) for id_ in touched if not case.handovers[id_].open_candidates())
