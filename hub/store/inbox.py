"""The inbox: each distinct delivery once, with its fate."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Uuid

from hub.canonical.codes import Lane
from hub.ids import CaseId, MessageId, PartnerId
from hub.ports import Fate, InboxRow, JournalRow
from hub.store.bulk import arrays, insert_rows, rows, value
from hub.store.tables import inbox, journal

_ALL = list(inbox.c)
_CHANGING = [one for one in _ALL if one.name not in ("partner", "received_at", "lane")]
_JOURNAL = [one for one in journal.c if one.name != "seq"]

_CLAIM = insert_rows(inbox, _ALL).on_conflict_do_nothing().returning(inbox.c.id)
_asked = rows("asked", [inbox.c.partner, inbox.c.message, inbox.c.content_hash])
_same = (inbox.c.partner == _asked.c.partner) & (inbox.c.content_hash == _asked.c.content_hash)
_KNOWN = select(inbox).join(_asked, _same).order_by(inbox.c.partner, inbox.c.content_hash).with_for_update(of=inbox)
_STORED = (
    select(inbox)
    .where(inbox.c.id == bindparam("ids", type_=ARRAY(Uuid)).any_())
    .order_by(inbox.c.partner, inbox.c.content_hash)
    .with_for_update()
)
_fresh = rows("fresh", _CHANGING)
_UPDATE = (
    update(inbox)
    .where(inbox.c.id == _fresh.c.id)
    .values({one.name: value(_fresh, one) for one in _CHANGING if one.name != "id"})
)
_ADD_JOURNAL = insert_rows(journal, _JOURNAL)


async def claim(connection: AsyncConnection, wanted: Sequence[InboxRow]) -> list[InboxRow]:
    """Insert what is new; read and lock what is not. See `ports.Unit.claim`."""
    asked = _first_claims(wanted)
    ordered = sorted(asked, key=_key)
    ours = await _insert(connection, ordered)
    late = [row for row in ordered if row.id not in ours]
    known = await _known(connection, late) if late else {}
    # Not ours and not known by content: the id belongs to other content.
    reused = [replace(row, claims_id=False) for row in late if _key(row) not in known]
    if reused:
        await _insert(connection, reused)
        known |= await _known(connection, reused)
    return [row if row.id in ours else known[_key(row)] for row in asked]


async def locked(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, InboxRow]:
    """These rows, locked, by id."""
    found = await connection.execute(_STORED, {"ids": list(ids)})
    return {row.id: row_from(row) for row in found}


async def save(connection: AsyncConnection, changed: Iterable[InboxRow]) -> None:
    records = [_record(row) for row in changed]
    if records:
        await connection.execute(_UPDATE, arrays(_CHANGING, records))


async def add_journal(connection: AsyncConnection, added: Iterable[JournalRow]) -> None:
    records = [{one.name: getattr(row, one.name) for one in _JOURNAL} for row in added]
    if records:
        await connection.execute(_ADD_JOURNAL, arrays(_JOURNAL, records))


def row_from(row: Row[Any]) -> InboxRow:
    found = dict(row._mapping)
    return InboxRow(
        id=found["id"],
        partner=PartnerId(found["partner"]),
        message=_optional(found["message"]),
        content_hash=found["content_hash"],
        opened=found["opened"],
        claims_id=found["claims_id"],
        lane=Lane(found["lane"]),
        received_at=found["received_at"],
        type=found["type"],
        fate=Fate(found["fate"]),
        decided_at=found["decided_at"],
        code=found["code"],
        fields=tuple(found["fields"]),
        found=tuple(found["found"]),
        answer=_optional(found["answer"]),
        reference=found["reference"],
        case=CaseId(found["case"]) if found["case"] else None,
        directory_version=found["directory_version"],
        rule=found["rule"],
        journal_hash=found["journal_hash"],
        deliveries=found["deliveries"],
    )


def _first_claims(wanted: Sequence[InboxRow]) -> list[InboxRow]:
    """As they would be one by one: of several contents under one id, only the first asks for it."""
    first: dict[tuple[str, MessageId | None], InboxRow] = {}
    for row in wanted:
        if row.claims_id:
            first.setdefault((row.partner, row.message), row)
    lost = {row.id for row in wanted if row.claims_id and first[row.partner, row.message] is not row}
    return [replace(row, claims_id=False) if row.id in lost else row for row in wanted]


async def _insert(connection: AsyncConnection, fresh: Sequence[InboxRow]) -> set[UUID]:
    if not fresh:
        return set()
    inserted = await connection.execute(_CLAIM, arrays(_ALL, map(_record, fresh)))
    return set(inserted.scalars())


async def _known(connection: AsyncConnection, asked: Sequence[InboxRow]) -> dict[tuple[str, str], InboxRow]:
    columns = [inbox.c.partner, inbox.c.message, inbox.c.content_hash]
    found = await connection.execute(_KNOWN, arrays(columns, map(_record, asked)))
    return {(row.partner, row.content_hash): row_from(row) for row in found}


def _record(row: InboxRow) -> dict[str, Any]:
    record = {one.name: getattr(row, one.name) for one in _ALL}
    listed = {"fields": _listed(row.fields), "found": _listed(row.found)}
    return record | listed | {"fate": row.fate.value, "lane": row.lane.value}


def _listed(values: Sequence[str]) -> str:
    return json.dumps(list(values)) if values else "[]"  # of what is accepted, and that is nearly all


def _key(row: InboxRow) -> tuple[str, str]:
    return row.partner, row.content_hash


def _optional(value_: UUID | None) -> MessageId | None:
    return MessageId(value_) if value_ else None
