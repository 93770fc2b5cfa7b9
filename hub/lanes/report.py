"""What ops reads of a committed batch: one line for the batch, one for each message that did not simply pass."""

from collections import Counter

import structlog

from hub.canonical.codes import Lane, Remark, Result
from hub.lanes.unreadable import Turn
from hub.ports import Changes, Fate, InboxRow, StoredDelivery
from hub.telemetry import LogEvent

_log = structlog.get_logger()


def report(changes: Changes, seconds: float) -> None:
    """Log a batch that is committed."""
    decided = {entry.inbox for entry in changes.journal}
    rows = [row for row in changes.inbox if row.id in decided]
    fates = Counter(row.fate for row in rows)
    _log.info(
        LogEvent.BATCH_COMMITTED,
        messages=changes.deliveries,
        accepted=fates[Fate.ACCEPTED],
        rejected=fates[Fate.REJECTED],
        retried=fates[Fate.RETRY],
        quarantined=fates[Fate.QUARANTINED],
        duplicates=changes.duplicates,
        seconds=seconds,
    )
    for one in changes.confirmations:
        if one.result is not Result.STORED:
            log = _log.bind(message=one.message)
            log.error(LogEvent.DELIVERY_FAILED, recipient=one.partner, result=one.result.value)
    kept = {one.inbox: one for one in changes.stored}
    for row in rows:
        _report_row(row, kept.get(row.id))


def report_unreadable(turn: Turn, lane: Lane) -> None:
    """Log that much of what a sender sends becomes no message, or that it does again."""
    log = _log.bind(partner=turn.sender, lane=lane.value)
    if turn.begun:
        log.error(LogEvent.ENVELOPES_FAIL, messages=turn.begun)
    if turn.over:
        log.info(LogEvent.ENVELOPES_OPEN, messages=turn.over)


def _report_row(row: InboxRow, kept: StoredDelivery | None) -> None:
    log = _log.bind(partner=row.partner, message=row.message, case=row.case)
    if row.fate is Fate.ACCEPTED:
        log.info(LogEvent.MESSAGE_ACCEPTED, type=row.type, rule=row.rule or None)
        if Remark.REGION_ASSUMED in row.remarks:
            log.warning(LogEvent.REGION_ASSUMED)
    elif row.answered_with is not None:
        return  # said once for all that are refused with it
    elif row.also:
        log.warning(LogEvent.BODIES_REFUSED, code=row.code, messages=1 + len(row.also))
    elif row.fate is Fate.REJECTED:
        log.warning(LogEvent.MESSAGE_REJECTED, type=row.type, code=row.code, fields=row.fields)
    elif kept is not None and kept.lack is not None:
        return  # said once for all that wait for it: `lack_begun`
    elif kept is not None and row.fate is Fate.RETRY:
        log.warning(LogEvent.MESSAGE_RETRIED, code=row.code, attempt=kept.attempts, again_at=kept.next_at)
    elif kept is not None:
        log.error(
            LogEvent.MESSAGE_QUARANTINED, code=row.code, attempt=kept.attempts, bytes=len(kept.payload.ciphertext)
        )
