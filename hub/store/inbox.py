"""The inbox: each distinct delivery once, with its fate."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Uuid

from hub.canonical.codes import Lane
from hub.ids import CaseId, MessageId, Oin, PartnerId
from hub.ports import Fate, InboxRow, JournalRow
from hub.ports.journal import GIVEN_UP, journaled
from hub.store.bulk import arrays, insert_rows, rows, value
from hub.store.tables import inbox, journal

_ALL = list(inbox.c)
_CHANGING = [one for one in _ALL if one.name not in ("organisation", "partner", "received_at", "lane")]
_JOURNAL = [one for one in journal.c if one.name != "seq"]

_ADD = insert_rows(inbox, _ALL)
_KEYS = [inbox.c.organisation, inbox.c.message, inbox.c.content_hash]
_asked = rows("asked", _KEYS)
_same_sender = inbox.c.organisation == _asked.c.organisation
_same_content = _same_sender & (inbox.c.content_hash == _asked.c.content_hash)
_same_id = _same_sender & (inbox.c.message == _asked.c.message) & inbox.c.claims_id
# Two joins, each by its own key: with `or` they would be none.
_met = [*_KEYS, inbox.c.claims_id]
_MET = select(*_met).join(_asked, _same_content).union(select(*_met).join(_asked, _same_id))
_in_order = inbox.c.organisation, inbox.c.content_hash
_KNOWN = select(inbox).join(_asked, _same_content).order_by(*_in_order).with_for_update(of=inbox)
_STORED = (
    select(inbox).where(inbox.c.id == bindparam("ids", type_=ARRAY(Uuid)).any_()).order_by(*_in_order).with_for_update()
)
_DECIDED = select(inbox).where(
    inbox.c.id == bindparam("ids", type_=ARRAY(Uuid)).any_(), inbox.c.decided_at.is_not(None)
)
_BY_ID = [inbox.c.organisation, inbox.c.message]
_meant = rows("meant", _BY_ID)
_UNDECIDED = (
    select(inbox.c.organisation, inbox.c.message)
    .join(_meant, (inbox.c.organisation == _meant.c.organisation) & (inbox.c.message == _meant.c.message))
    .where(text("inbox.fate in ('opnieuw', 'quarantaine')"))  # in words: for the index of what is undecided
)
_fresh = rows("fresh", _CHANGING)
_UPDATE = (
    update(inbox)
    .where(inbox.c.id == _fresh.c.id)
    .values({one.name: value(_fresh, one) for one in _CHANGING if one.name != "id"})
)
_ADD_JOURNAL = insert_rows(journal, _JOURNAL)


async def claim(connection: AsyncConnection, wanted: Sequence[InboxRow]) -> list[InboxRow]:
    """Read and lock what is known; the rest is new. See `ports.Unit.claim`."""
    asked = _first_claims(wanted)
    met = (await connection.execute(_MET, _names(asked))).all()
    known = await _known(connection, asked) if met else {}
    owners = {(row.organisation, row.message): row.content_hash for row in met if row.claims_id}
    return [known.get(_key(row)) or _claiming(row, owners) for row in asked]


async def undecided(
    connection: AsyncConnection, named: Sequence[tuple[Oin, MessageId]]
) -> frozenset[tuple[Oin, MessageId]]:
    """Those of these messages of organisations that are here and not decided, opened or not."""
    keys = arrays(_BY_ID, [{"organisation": oin, "message": id_} for oin, id_ in named])
    found = await connection.execute(_UNDECIDED, keys)
    return frozenset((Oin(row.organisation), MessageId(row.message)) for row in found)


async def locked(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, InboxRow]:
    """These rows, locked, by id."""
    found = await connection.execute(_STORED, {"ids": list(ids)})
    return {row.id: row_from(row) for row in found}


async def add(connection: AsyncConnection, fresh: Iterable[InboxRow]) -> None:
    """What `claim` gave as new; a batch that had it too and was first is a clash."""
    records = [_record(row) for row in sorted(fresh, key=_key)]
    if records:
        await connection.execute(_ADD, arrays(_ALL, records))


async def save(connection: AsyncConnection, changed: Iterable[InboxRow]) -> None:
    """What was known."""
    records = [_record(row) for row in changed]
    if records:
        await connection.execute(_UPDATE, arrays(_CHANGING, records))


async def add_journal(connection: AsyncConnection, added: Iterable[JournalRow]) -> None:
    records = [{one.name: getattr(row, one.name) for one in _JOURNAL} for row in added]
    if records:
        await connection.execute(_ADD_JOURNAL, arrays(_JOURNAL, records))


async def note_given_up(connection: AsyncConnection, now: datetime, ids: Collection[UUID]) -> None:
    """A journal row for each of these that is decided: an operator waits no longer for what came of it.

    They are not locked: whoever has such a row may be about to write what came of it, and its fate changes no more.
    """
    found = await connection.execute(_DECIDED, {"ids": sorted(ids)})
    rows_ = [replace(row_from(row), code=GIVEN_UP) for row in found]
    await add_journal(connection, [journaled(row, now)[1] for row in rows_])


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
        organisation=Oin(found["organisation"]) if found["organisation"] else None,
        remarks=tuple(found["remarks"]),
        also=tuple((MessageId(UUID(id_)) if id_ else None, hash_) for id_, hash_ in found["also"]),
        answered_with=found["answered_with"],
    )


def _first_claims(wanted: Sequence[InboxRow]) -> list[InboxRow]:
    """As they would be one by one: of several contents under one id, only the first asks for it."""
    first: dict[tuple[Oin | None, MessageId | None], InboxRow] = {}
    for row in wanted:
        if row.claims_id:
            first.setdefault((row.organisation, row.message), row)
    lost = {row.id for row in wanted if row.claims_id and first[row.organisation, row.message] is not row}
    return [replace(row, claims_id=False) if row.id in lost else row for row in wanted]


def _claiming(row: InboxRow, owners: Mapping[tuple[str | None, UUID | None], str]) -> InboxRow:
    """Without its id, if that belongs to other content."""
    owner = owners.get((row.organisation, row.message), row.content_hash)
    return replace(row, claims_id=False) if row.claims_id and owner != row.content_hash else row


async def _known(connection: AsyncConnection, asked: Sequence[InboxRow]) -> dict[tuple[str, str], InboxRow]:
    found = [row_from(row) for row in await connection.execute(_KNOWN, _names(asked))]
    return {_key(row): row for row in found}


def _names(asked: Iterable[InboxRow]) -> dict[str, list[Any]]:
    return arrays(_KEYS, [{one.name: getattr(row, one.name) for one in _KEYS} for row in asked])


def _record(row: InboxRow) -> dict[str, Any]:
    record = {one.name: getattr(row, one.name) for one in _ALL}
    listed = {"fields": _listed(row.fields), "found": _listed(row.found), "remarks": _listed(row.remarks)}
    also = [[str(id_) if id_ else None, hash_] for id_, hash_ in row.also]
    listed |= {"also": json.dumps(also) if also else "[]"}
    return record | listed | {"fate": row.fate.value, "lane": row.lane.value}


def _listed(values: Sequence[str]) -> str:
    return json.dumps(list(values)) if values else "[]"  # of what is accepted, and that is nearly all


def _key(row: InboxRow) -> tuple[str, str]:
    return row.organisation or "", row.content_hash


def _optional(value_: UUID | None) -> MessageId | None:
    return MessageId(value_) if value_ else None
