"""What opens no more, filled again when the message that it came of is sent again.

After a restore rows stand there whose key is destroyed (`hub/lanes/stepping.py`). Their inbox row is known, so the
message that led to them is a duplicate, and is decided no more. It is judged once more all the same, in a memory of its
own, by the cases as they stood before it; as ids follow from what led to them (`naming.py`), what comes out under an id
that is gone is what was there. Of all that comes out only that is taken, and nothing else changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import structlog

from hub.adapters import Source, encode, full_part
from hub.canonical import notices as n
from hub.cases.case import Case
from hub.cases.context import address
from hub.envelope.hashes import sha256_hex
from hub.errors import OurFault
from hub.ids import HandoverId, MessageId
from hub.lanes.again import found_again
from hub.lanes.answers import sealed
from hub.lanes.asking import Asked
from hub.lanes.judge import judge
from hub.lanes.setting import Setting
from hub.lanes.workspace import Workspace
from hub.ports import Before, Fate, InboxRow, Lost, OutboxRow, Place, Register
from hub.routing.directory import other_roles
from hub.schemas.cloudevent import render
from hub.schemas.message import wire_type
from hub.telemetry import LogEvent

_log = structlog.get_logger()
OFFERS = (wire_type("overdrachten.aanbod"), wire_type("overdrachten.aanvulling-gegeven"))


def filled(
    asked: Asked, row: InboxRow, lost: Sequence[Lost], register: Register, work: Workspace, setting: Setting
) -> None:
    """Take in, of all that this known message leads to, what is lost.

    Raises:
        HubError: it does not lead to what it led to.
    """
    if row.fate is not Fate.ACCEPTED or row.decided_at is None:
        return
    new = replace(row, fate=Fate.NEW, decided_at=None)
    verdict = judge(asked, new, _as_it_was(row, register.before[row.id], work), setting)
    messages = {MessageId(one.key[0]): one.message for one in lost if one.message is not None}
    again = found_again(verdict.outgoing, messages, register, work, setting)
    said = [one for one in again if _may_be_answered(one, work)]
    for one in said:
        work.say(one)
    lost_parts = {one.key for one in lost if one.place is Place.HELD}
    parts = [part for part in (verdict.held,) if part is not None and (part.case, part.handover) in lost_parts]
    for part in parts:
        work.hold(part)
    if said or parts:
        _log.info(LogEvent.CONTENT_FILLED, partner=row.partner, message=row.message, rows=len(said) + len(parts))
    for one_lost in lost:
        if one_lost.message is not None and one_lost.follows is not None:
            work.say(_dossier(one_lost, one_lost.message, asked, register, work, setting))


def _dossier(
    lost: Lost, row: OutboxRow, asked: Asked, register: Register, work: Workspace, setting: Setting
) -> OutboxRow:
    """The full part that went with a yes, from the offer itself: of the yes it has no word.

    Raises:
        OurFault: it would say something else than it did.
    """
    id_, to, said = MessageId(row.id), work.directory.partners[row.partner], register.said.get(MessageId(row.id))
    if said is None or row.about is None:
        raise OurFault("not-what-it-said", "The register does not have when this was said.")
    draft = to.oin, n.Dossier(HandoverId(row.about))
    notice = address(said[0], draft, but=other_roles(work.directory, to, work.now))
    notice = replace(notice, version=said[1].version)
    source = Source(asked.sender.oin, asked.event.type, asked.data, full_part(asked.data), row.created.date())
    type_, data = encode(notice, to.role, source)
    payload = render(
        id=id_,
        type=type_,
        source=setting.source,
        recipient=to.oin,
        time=row.created,
        expirytime=row.expires,
        urgentie=row.lane,
        data=data,
        correlationid=notice.correlation,
        causationid=lost.follows,
    )
    if sha256_hex(payload) != row.sha256:
        raise OurFault("not-what-it-said", "The offer was sent again, and does not give what was sent on then.")
    wrapping = setting.keys.keeping(work.directory, work.period)
    return replace(row, payload=sealed(payload, wrapping, Place.OUTBOX.bound(id_)))


def _may_be_answered(message: OutboxRow, work: Workspace) -> bool:
    """A yes names the hash of its offer: other words under the same id (`naming.MAY_DIFFER`) would make it void."""
    case = work.case(message.case)
    if case is None or message.type not in OFFERS:
        return True
    candidates = (one for offer in case.handovers.values() for one in offer.candidates.values())
    return any(message.sha256 in (one.offer_hash, *one.older, *one.same) for one in candidates)


def _as_it_was(row: InboxRow, before: Before, work: Workspace) -> Workspace:
    """What was known when this message came, as far as it matters to what follows from it."""
    assert row.decided_at is not None
    loaded = work.loaded
    own = (one.at for entries in loaded.radar.values() for one in entries if one.report == row.reference)
    came = min(own, default=row.decided_at)
    radar = {name: tuple(one for one in entries if one.at < came) for name, entries in loaded.radar.items()}
    cases = {name: case for name, case in loaded.cases.items() if case.id not in before}
    cases |= _by_name(before)
    known = replace(loaded, cases=cases, radar=radar)
    return Workspace(row.decided_at, work.directory, work.period, known, doubted=True)


def _by_name(before: Before) -> Mapping[UUID, Case]:
    stood = [case for case in before.values() if case is not None]
    return {name: case for case in stood for name in (case.id, *case.names, *(one.id for one in case.own_reports()))}
