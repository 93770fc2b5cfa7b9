"""What opens no more, filled again when the message that it came of is sent again.

After a restore rows stand there whose key is destroyed (`hub/lanes/stepping.py`). Their inbox row is known, so the
message that led to them is a duplicate, and is decided no more. It is judged once more all the same, in a memory of its
own, by what was known before it (`as_it_was.py`); as ids follow from what led to them (`naming.py`), what comes out
under an id that is gone is what was there. Of all that comes out only that is taken, for whom it waits by now; and
nothing else changes, but that an offer which is addressed anew counts under its new hash too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import structlog

from hub.adapters import Source, encode, full_part
from hub.canonical import notices as n
from hub.canonical.partners import Directory, Partner
from hub.cases.calendar import day_of
from hub.cases.context import address
from hub.envelope.hashes import sha256_hex
from hub.errors import HubError, OurFault
from hub.ids import HandoverId, MessageId, Oin
from hub.lanes.again import found_again
from hub.lanes.answers import sealed
from hub.lanes.as_it_was import as_it_was
from hub.lanes.asking import Asked
from hub.lanes.judge import judge
from hub.lanes.readdress import addressed_to, on_case
from hub.lanes.setting import Setting
from hub.lanes.workspace import Workspace
from hub.ports import Fate, HeldPart, InboxRow, Lost, OutboxRow, Place, Register
from hub.routing.directory import connections, other_roles
from hub.schemas.cloudevent import render
from hub.schemas.message import wire_type
from hub.telemetry import LogEvent

_log = structlog.get_logger()
OFFERS = (wire_type("overdrachten.aanbod"), wire_type("overdrachten.aanvulling-gegeven"))


def filled(
    asked: Asked,
    row: InboxRow,
    lost: Sequence[Lost],
    register: Register,
    then: Directory,
    work: Workspace,
    setting: Setting,
) -> None:
    """Take in, of all that this known message leads to, what is lost.

    Args:
        then: the directory by which it was decided.

    Raises:
        HubError: it does not lead to what it led to.
    """
    if row.fate is not Fate.ACCEPTED or row.decided_at is None:
        return
    messages = {MessageId(one.key[0]): one.message for one in lost if one.message is not None and one.follows is None}
    again, held = _led_to(asked, row, messages, register, then, work, setting)
    said = [one for one in again if _say(one, messages[one.id], work, setting)]
    lost_parts = {one.key for one in lost if one.place is Place.HELD}
    parts = [part for part in (held,) if part is not None and (part.case, part.handover) in lost_parts]
    for part in parts:
        work.hold(part)
    if said or parts:
        _log.info(LogEvent.CONTENT_FILLED, partner=row.partner, message=row.message, rows=len(said) + len(parts))
    for one_lost in lost:
        if one_lost.message is not None and one_lost.follows is not None:
            dossier = _dossier(one_lost, one_lost.message, asked, register, work, setting)
            _say(dossier, one_lost.message, work, setting)


def _led_to(
    asked: Asked,
    row: InboxRow,
    messages: Mapping[MessageId, OutboxRow],
    register: Register,
    then: Directory,
    work: Workspace,
    setting: Setting,
) -> tuple[list[OutboxRow], HeldPart | None]:
    """What it leads to once more: as on any day, or, where that is not word for word what was said, as while the clock
    was doubted, or partners were resending. Nothing says when that was, but the hashes tell."""
    new, found, held = replace(row, fate=Fate.NEW, decided_at=None), dict[MessageId, OutboxRow](), None
    failed: HubError | None = None
    for recovering, doubted in product((False, True), repeat=2):
        try:
            was = as_it_was(row, register.before[row.id], then, work, recovering=recovering, doubted=doubted)
            verdict = judge(asked, new, was, setting)
        except HubError as error:
            failed = failed or error
            continue
        held = held or verdict.held
        for one in found_again(verdict.outgoing, messages, register, work, setting):
            if one.id not in found or _is_what_it_was(one, messages[one.id], work, setting):
                found[one.id] = one
        if all(id_ in found and _is_what_it_was(found[id_], was_, work, setting) for id_, was_ in messages.items()):
            break
    if failed is not None and not found and held is None:
        raise failed
    return list(found.values()), held


def _dossier(
    lost: Lost, row: OutboxRow, asked: Asked, register: Register, work: Workspace, setting: Setting
) -> OutboxRow:
    """The full part that went with a yes, from the offer itself: of the yes it has no word.

    Raises:
        OurFault: it would say something else than it did.
    """
    id_, said = MessageId(row.id), register.said.get(MessageId(row.id))
    if said is None or row.about is None:
        raise OurFault("not-what-it-said", "The register does not have when this was said.")
    case, issued = said
    to = _as_recipient(issued.to, work.directory.partners[row.partner], work)
    notice = address(case, (to.oin, n.Dossier(HandoverId(row.about))), but=other_roles(work.directory, to, work.now))
    notice = replace(notice, version=issued.version)
    first = issued.at if row.reissue else row.created
    source = Source(asked.sender.oin, asked.event.type, asked.data, full_part(asked.data), day_of(first))
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
    wrapping = setting.keys.keeping(work.directory, work.period)
    made = replace(row, sha256=sha256_hex(payload), payload=sealed(payload, wrapping, Place.OUTBOX.bound(id_)))
    if not _is_what_it_was(made, row, work, setting):
        raise OurFault("not-what-it-said", "The offer was sent again, and does not give what was sent on then.")
    return made


def _as_recipient(oin: Oin, waits_for: Partner, work: Workspace) -> Partner:
    """The connection that it was said to, where another stands in its place now."""
    own = (one for one in connections(work.directory, oin) if one.role is waits_for.role)
    return waits_for if waits_for.oin == oin else next(own, waits_for)


def _is_what_it_was(again: OutboxRow, was: OutboxRow, work: Workspace, setting: Setting) -> bool:
    """Word for word, as it was said or as it went to who is in its recipient's place."""
    return was.sha256 in (again.sha256, _for_whom_it_waits(again, was, work, setting).sha256)


def _for_whom_it_waits(again: OutboxRow, was: OutboxRow, work: Workspace, setting: Setting) -> OutboxRow:
    return addressed_to(work.directory.partners[was.partner], again, work, setting)


def _say(again: OutboxRow, was: OutboxRow, work: Workspace, setting: Setting) -> bool:
    """Say it to whom it waits for; whether it was said.

    An offer in other words under the same id (`naming.MAY_DIFFER`) is not: a yes to it, which names its hash, would be
    void. Nor is anything to a connection that has ended with nobody in its place: it would wait for ever.
    """
    now = _for_whom_it_waits(again, was, work, setting)
    void = was.type in OFFERS and was.sha256 not in (again.sha256, now.sha256)
    if void or work.directory.partners[was.partner].ended_at is not None:
        return False
    if was.sha256 != now.sha256:
        work.happened(tuple(on_case(was, now, work)), (), ())
    work.say(now)
    return True
