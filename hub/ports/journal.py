"""A fate as a journal row: the same facts and the same hash, whoever decides it."""

from dataclasses import replace
from datetime import datetime

from hub.envelope.hashes import sha256_hex
from hub.ports.rows import InboxRow, JournalRow
from hub.schemas.cloudevent import canonical_json

RELEASED = "vrijgegeven"
"""The code of a delivery that was in quarantine and is tried again."""
GIVEN_UP = "opgegeven"
"""The code of a decided delivery of which something that came of it is not waited for any more, by an operator."""


def journaled(row: InboxRow, at: datetime) -> tuple[InboxRow, JournalRow]:
    """The row's fate as a journal row, and the row with that journal row's hash in it (P10)."""
    facts = {
        "inbox": str(row.id),
        "at": at.isoformat(),
        "partner": row.partner,
        "message": str(row.message) if row.message else None,
        "content": row.content_hash,
        "fate": row.fate.value,
        "code": row.code,
        "case": str(row.case) if row.case else None,
        "directory": row.directory_version,
        "rule": row.rule,
    }
    hash_ = sha256_hex(canonical_json(facts))
    entry = JournalRow(row.id, at, row.partner, row.message, row.content_hash, row.fate, row.code, row.case, hash_)
    return replace(row, journal_hash=hash_), entry
