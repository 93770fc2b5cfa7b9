"""Notices to messages: each draft gets its number, its words on the wire, its hash and its place in the outbox."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from hub.adapters import encode, full_part
from hub.canonical import notices as n
from hub.canonical.partners import Directory, Partner
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.context import Decision, Draft, address
from hub.cases.evolve import evolve
from hub.envelope.at_rest import Kept, keep, reveal
from hub.envelope.hashes import sha256_hex
from hub.errors import OurFault
from hub.ids import CaseId, HandoverId, MessageId, Oin, PartnerId
from hub.lanes.answers import LIFETIME, kept
from hub.lanes.setting import Setting
from hub.lanes.workspace import Workspace
from hub.ports import HeldPart, InboxRow, OutboxRow, Sealed
from hub.routing.directory import partner_by_oin
from hub.schemas.base import Wire
from hub.schemas.cloudevent import CloudEvent, canonical_json, render


@dataclass(frozen=True, slots=True)
class Incoming:
    """The message that is being decided, and its inbox row."""

    sender: Partner
    event: CloudEvent
    data: Wire = field(repr=False)
    row: InboxRow


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is to be sent, the case that knows of it, and what is held for later or no longer."""

    case: Case
    events: tuple[e.Event, ...]
    outgoing: tuple[OutboxRow, ...]
    held: HeldPart | None
    held_over: tuple[tuple[CaseId, HandoverId], ...]


def rendered(decision: Decision, case: Case, incoming: Incoming, work: Workspace, setting: Setting) -> Rendered:
    """Every draft of the decision as an outbox row.

    Args:
        case: after the decision's events.
    """
    held = _held(decision.events, case, incoming, work, setting)
    events: list[e.Event] = []
    rows: list[OutboxRow] = []
    for draft in decision.drafts:
        full = _full(draft, case, held, work, setting)
        if isinstance(draft[1], n.Dossier) and full is None:
            continue  # it has lapsed: the yes stands all the same
        notice = address(case, draft)
        row = _row(notice, full, case, incoming, work, setting)
        rows.append(row)
        for event in _issued(notice, row, work):
            events.append(event)
            case = evolve(case, event)
    return Rendered(case, tuple(events), tuple(rows), held, tuple(_over(decision.events, case)))


def addressee(directory: Directory, oin: Oin, work: Workspace) -> Partner:
    """The partner that a message to this organisation goes to: itself, or its successor.

    One that ended without a successor is still written to: the message waits in the outbox, where it shows, and
    nobody else's step fails for it.

    Raises:
        OurFault: the directory has lost an organisation that a case still names.
    """
    found = partner_by_oin(directory, oin, work.now)
    if found is not None:
        return found
    former = next((one for one in directory.partners.values() if one.oin == oin), None)
    if former is None:
        raise OurFault("no-addressee", "The directory has lost an organisation that a case names; restore it.")
    return directory.partners.get(former.successor, former) if former.successor else former


def _row(
    notice: n.Notice, full: dict[str, Any] | None, case: Case, incoming: Incoming, work: Workspace, setting: Setting
) -> OutboxRow:
    to = addressee(work.directory, notice.to, work)
    type_, data = encode(notice, to.role, incoming.sender.oin, incoming.event.type, incoming.data, full)
    id_ = MessageId(setting.new_id())
    expires = work.now + LIFETIME
    payload = render(
        id=id_,
        type=type_,
        source=setting.source,
        recipient=to.oin,
        time=work.now,
        expirytime=expires,
        urgentie=incoming.event.urgentie,
        data=data,
        correlationid=notice.correlation,
        causationid=_cause(to.id, incoming, work),
    )
    return OutboxRow(
        id=id_,
        partner=to.id,
        lane=incoming.event.urgentie,
        type=type_,
        sha256=sha256_hex(payload),
        payload=kept(payload, id_, setting),
        created=work.now,
        expires=expires,
        owes_confirmation=True,
        case=case.id if notice.correlation is not None else None,
        about=_about(notice.body),
        origin=incoming.row.id,
    )


def _cause(to: PartnerId, incoming: Incoming, work: Workspace) -> UUID | None:
    """The message this one follows, by the name that the recipient knows it under; else nothing."""
    if to == incoming.sender.id:
        return incoming.event.id
    cause = incoming.event.causationid
    known = work.cause(incoming.sender.id, MessageId(cause)) if cause else None
    return known.known_as.get(to) if known else None


def _issued(notice: n.Notice, row: OutboxRow, work: Workspace) -> Iterator[e.NoticeIssued]:
    if notice.version is not None:
        offer = notice.body.handover if isinstance(notice.body, n.OfferMade | n.OfferBack) else None
        yield e.NoticeIssued(work.now, notice.to, notice.version, row.id, row.sha256, offer)


def _about(body: n.Body) -> UUID | None:
    """The report or handover that a message presents."""
    return getattr(body, "report", None) or getattr(body, "handover", None)


# --- the full part of an offer ------------------------------------------------------------------------------------


def _held(
    events: Iterable[e.Event], case: Case, incoming: Incoming, work: Workspace, setting: Setting
) -> HeldPart | None:
    """The full part of a new offer, encrypted, until somebody says yes."""
    offered = next((event for event in events if isinstance(event, e.HandoverOffered)), None)
    full = full_part(incoming.data) if offered else None
    if offered is None or full is None:
        return None
    key = setting.keys.keeping
    sealed = keep(canonical_json(full), key=key, bound_to=_bound(case.id, offered.handover))
    lapses: timedelta = setting.limits.held_parts_kept
    return HeldPart(case.id, offered.handover, Sealed(sealed.ciphertext, sealed.wrapped_key, key.id), work.now + lapses)


def _full(draft: Draft, case: Case, fresh: HeldPart | None, work: Workspace, setting: Setting) -> dict[str, Any] | None:
    body = draft[1]
    if not isinstance(body, n.Dossier):
        return None
    held = fresh or work.held(case.id, body.handover)
    if held is None:
        return None
    sealed = Kept(held.payload.ciphertext, held.payload.wrapped_key)
    text = reveal(sealed, keys=setting.keys.storage.get, bound_to=_bound(case.id, body.handover))
    found: dict[str, Any] = json.loads(text)
    return found


def _over(events: Iterable[e.Event], case: Case) -> Iterator[tuple[CaseId, HandoverId]]:
    """Offers that nobody can say yes to any more: what is held for them goes, and its key with it."""
    answered = (e.HandoverAccepted, e.HandoverRefused, e.HandoverWithdrawn)
    touched = dict.fromkeys(event.handover for event in events if isinstance(event, answered))
    yield from ((case.id, id_) for id_ in touched if not case.handovers[id_].open_candidates())


def _bound(case: CaseId, handover: HandoverId) -> bytes:
    return b"held:" + case.bytes + handover.bytes
