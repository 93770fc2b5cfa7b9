"""What the sender hears: a receipt, a refusal, or that it takes longer.

An answer is rebuilt from its inbox row and nothing else, so that a duplicate gets the same answer again, to the byte,
long after the first copy is gone (P2).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.adapters import answers
from hub.canonical.codes import Remark
from hub.canonical.partners import Directory, Partner
from hub.envelope.at_rest import WrappingKey, keep
from hub.envelope.hashes import sha256_hex
from hub.errors import Code, Rejection
from hub.ids import CaseId, MessageId
from hub.lanes.naming import naming_of
from hub.lanes.setting import Setting
from hub.ports import Fate, InboxRow, OutboxRow, Period, Place, Sealed
from hub.schemas.cloudevent import render
from hub.schemas.message import wire_type

LIFETIME = timedelta(days=30)
NOT_RECEIPTED = wire_type("verwerking.verwerkt")
RECEIPT, REFUSAL = wire_type("verwerking.ontvangstbevestiging"), wire_type("verwerking.foutmelding")
DELAYED = wire_type("verwerking.vertraagd")


def accepted(
    row: InboxRow,
    signed: datetime | None,
    reference: UUID | None,
    at: datetime,
    directory: Directory,
    setting: Setting,
    *,
    case: CaseId | None = None,
    rule: str | None = None,
    remarks: Sequence[Remark] = (),
) -> InboxRow:
    """The row, accepted at this moment; a `verwerkt` is not receipted."""
    to = directory.partners[row.partner].oin
    receipted, keys = row.type != NOT_RECEIPTED, setting.keys.names(directory)
    return replace(
        row,
        fate=Fate.ACCEPTED,
        decided_at=at,
        reference=reference,
        answer=naming_of(row, keys, signed).message(to, RECEIPT, {}) if receipted else None,
        code=None,
        fields=(),
        found=(),
        case=case or row.case,
        rule=rule or row.rule,
        remarks=tuple(one.value for one in dict.fromkeys(remarks)),
    )


def rejected(
    row: InboxRow,
    signed: datetime | None,
    rejection: Rejection,
    at: datetime,
    directory: Directory,
    setting: Setting,
) -> InboxRow:
    """The row, refused at this moment: every refusal is answered."""
    to = directory.partners[row.partner].oin
    said = {"code": rejection.reason.value, "velden": rejection.fields, "gevonden": rejection.found}
    return replace(
        row,
        fate=Fate.REJECTED,
        decided_at=at,
        answer=naming_of(row, setting.keys.names(directory), signed).message(to, REFUSAL, said),
        code=rejection.reason.value,
        fields=rejection.fields,
        found=rejection.found,
    )


def named_together(row: InboxRow, others: Sequence[InboxRow], directory: Directory, setting: Setting) -> InboxRow:
    """The row of a refused body, its answer speaking of these others too."""
    also = tuple((one.message, one.content_hash) for one in others)
    said = {"code": row.code, "velden": row.fields, "gevonden": row.found, "ookGeweigerd": answers.named(also)}
    naming = naming_of(row, setting.keys.names(directory), None)
    return replace(row, also=also, answer=naming.message(directory.partners[row.partner].oin, REFUSAL, said))


def answer(row: InboxRow, partner: Partner, directory: Directory, period: Period, setting: Setting) -> OutboxRow | None:
    """The receipt or refusal that this row's sender is owed; `None` while undecided, and for an accepted `verwerkt`.

    Args:
        partner: the connection that asks now: whichever of the organisation's it is, the answer is the same.
    """
    if row.decided_at is None or row.answer is None:
        return None
    type_, data = _said(row)
    return outgoing(type_, data, row, row.answer, row.decided_at, partner, directory, period, setting)


def delayed(
    row: InboxRow, partner: Partner, directory: Directory, period: Period, now: datetime, setting: Setting
) -> OutboxRow:
    """`vertraagd`: received, not yet decided, still ours."""
    data = answers.delayed(row.message, row.content_hash, row.opened, row.received_at)
    id_ = naming_of(row, setting.keys.names(directory), None).message(partner.oin, DELAYED, {})
    return outgoing(DELAYED, data, row, id_, now, partner, directory, period, setting)


def outgoing(
    type_: str,
    data: dict[str, Any],
    row: InboxRow,
    id_: MessageId,
    at: datetime,
    partner: Partner,
    directory: Directory,
    period: Period,
    setting: Setting,
) -> OutboxRow:
    """An answer as an outbox row; answers are not answered with `verwerkt`."""
    payload = render(
        id=id_,
        type=type_,
        source=setting.source,
        recipient=partner.oin,
        time=at,
        expirytime=at + LIFETIME,
        urgentie=row.lane,
        data=data,
        causationid=row.message,
    )
    return OutboxRow(
        id=id_,
        partner=partner.id,
        lane=row.lane,
        type=type_,
        sha256=sha256_hex(payload),
        payload=sealed(payload, setting.keys.keeping(directory, period), Place.OUTBOX.bound(id_)),
        created=at,
        expires=at + LIFETIME,
        owes_confirmation=False,
        origin=row.id,
    )


def sealed(content: bytes, key: WrappingKey, bound: bytes) -> Sealed:
    """The content under a data key of its own, bound to its row."""
    kept = keep(content, key=key, bound_to=bound)
    return Sealed(kept.ciphertext, kept.wrapped_key, str(key.label))


def _said(row: InboxRow) -> tuple[str, dict[str, Any]]:
    if row.fate is Fate.ACCEPTED:
        assert row.message is not None
        about = row.reference, row.journal_hash, row.remarks
        return RECEIPT, answers.receipt(row.message, row.content_hash, row.received_at, *about)
    assert row.code is not None
    body = row.message, row.content_hash, row.opened
    data = answers.refusal(*body, Code(row.code), row.fields, row.found, row.also)
    return REFUSAL, data
