"""The radar: which reports are known under a pseudonym.

Two batches that get signals about the same unseen child at the same instant must make one case, and there is no row of
that child to lock. So each batch first puts a row for every pseudonym it works with in `radar_lock`, in sorted order,
and takes them out again before it commits: an insert of a key that another transaction has in hand waits until that
one has ended. A row that did stay (a transaction that ended without writing) is locked instead, by the same statement:
`ON CONFLICT DO UPDATE` locks the row that is in the way even where its condition then leaves it as it is, and begins
anew if that row goes meanwhile. Only after that are entries read, so that those of whoever was first are there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, LargeBinary, Row, Uuid, bindparam, delete, false, func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.codes import TRAIT_SIZE, MatchGround, Trait
from hub.ids import CaseId, Oin, RadarKeyId, ReportId
from hub.routing.contradiction import Traits
from hub.routing.radar import MOST_HITS, MOST_JOINING, RadarEntry
from hub.store.bulk import arrays, insert_rows, is_one_of, place, rows
from hub.store.moments import NOW
from hub.store.tables import radar_entry, radar_lock, reference

_PSEUDONYM = [radar_lock.c.pseudonym]
_insert = insert_rows(radar_lock, _PSEUDONYM)
_LOCK = _insert.on_conflict_do_update(
    index_elements=_PSEUDONYM, set_={"pseudonym": _insert.excluded.pseudonym}, where=false()
)
_UNLOCK = delete(radar_lock).where(radar_lock.c.pseudonym == bindparam("all", type_=ARRAY(LargeBinary)).any_())

_asked = rows("asked", _PSEUDONYM)
_since = bindparam("since", type_=radar_entry.c.expires.type)
_asked_for = (radar_entry.c.pseudonym == _asked.c.pseudonym, radar_entry.c.expires > _since)
_newest = (
    select(radar_entry)
    .where(*_asked_for)
    .order_by(radar_entry.c.at.desc(), radar_entry.c.report)
    .limit(bindparam("most", type_=Integer))
    .lateral()
)
_joining = (
    select(radar_entry, reference.c.case)
    .join(reference, reference.c.id == radar_entry.c.report)
    .where(*_asked_for, radar_entry.c.joins)
    .ext(distinct_on(reference.c.case, radar_entry.c.traits))
    .order_by(reference.c.case, radar_entry.c.traits, radar_entry.c.at.desc())
    .limit(literal(MOST_JOINING, Integer))
    .lateral()
)
_both = union_all(
    select(_newest, reference.c.case).select_from(
        _asked.join(_newest, true()).join(reference, reference.c.id == _newest.c.report)
    ),
    select(_joining).select_from(_asked.join(_joining, true())),
).subquery()
_FOUND = select(_both).order_by(_both.c.at.desc(), _both.c.report)
"""Of each pseudonym the newest, whatever they are; and all that join, of one case and the same traits the newest: what
merely mentions somebody must not hide by what it joins, or contradicts."""

_USED = (
    select(radar_entry.c.key_id, func.count().label("entries"), func.max(radar_entry.c.expires).label("last"))
    .where(radar_entry.c.expires > _since)
    .group_by(radar_entry.c.key_id)
)

_TAGS = {Trait.SEX: b"s", Trait.BIRTH_DATE: b"b"}
_TRAITS = {tag: trait for trait, tag in _TAGS.items()}
_TRAIT = 1 + TRAIT_SIZE

_COLUMNS = list(radar_entry.c)
_ADD = insert_rows(radar_entry, _COLUMNS).on_conflict_do_nothing()
_WITHDRAW = delete(radar_entry).where(radar_entry.c.report == bindparam("reports", type_=ARRAY(Uuid)).any_())
_lapsed = (
    select(place(radar_entry))
    .where(radar_entry.c.expires <= NOW)
    .order_by(radar_entry.c.expires)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_END_LAPSED = delete(radar_entry).where(is_one_of(place(radar_entry), _lapsed))


async def lock(connection: AsyncConnection, pseudonyms: Iterable[bytes]) -> list[bytes]:
    """Have these to ourselves until the transaction ends; `unlock` takes the list that is returned."""
    ordered = sorted(set(pseudonyms))
    if ordered:
        await connection.execute(_LOCK, arrays(_PSEUDONYM, _named(ordered)))
    return ordered


async def unlock(connection: AsyncConnection, locked: Sequence[bytes]) -> None:
    """Leave no trace of who was looked for. Others still wait until the transaction ends."""
    if locked:
        await connection.execute(_UNLOCK, {"all": list(locked)})


async def entries(
    connection: AsyncConnection, pseudonyms: Iterable[bytes], since: datetime, most: int = MOST_HITS
) -> tuple[dict[bytes, tuple[RadarEntry, ...]], dict[UUID, CaseId]]:
    """What is known under each of these, the newest first; and the case of each report in it.

    Args:
        since: what lapsed by then is not found.
        most: of one pseudonym; beyond these, of each case and traits the newest entry that joins is found.
    """
    found: defaultdict[bytes, dict[ReportId, RadarEntry]] = defaultdict(dict)
    cases: dict[UUID, CaseId] = {}
    asked = sorted(set(pseudonyms))
    if not asked:
        return {}, {}
    for row in await connection.execute(_FOUND, arrays(_PSEUDONYM, _named(asked)) | {"since": since, "most": most}):
        entry = _entry(row)
        found[entry.pseudonym][entry.report] = entry
        cases[entry.report] = CaseId(row.case)
    return {pseudonym: tuple(some.values()) for pseudonym, some in found.items()}, cases


async def save(connection: AsyncConnection, added: Iterable[RadarEntry], over: Sequence[ReportId]) -> None:
    """Add entries, and take out those of reports that leave the radar."""
    records = [_record(one) for one in added]
    if records:
        await connection.execute(_ADD, arrays(_COLUMNS, records))
    if over:
        await connection.execute(_WITHDRAW, {"reports": list(over)})


async def end_lapsed(connection: AsyncConnection, now: datetime, most: int) -> int:
    """Delete up to `most` entries whose time is over, those that somebody else deletes apart; how many."""
    return int((await connection.execute(_END_LAPSED, {"now": now, "most": most})).rowcount)


@dataclass(frozen=True, slots=True)
class KeyUsed:
    """How many entries that can be found were made with a key, and when the last of them lapses."""

    entries: int
    last: datetime


async def keys_used(connection: AsyncConnection, since: datetime) -> dict[RadarKeyId, KeyUsed]:
    """The keys that are still needed to find what was entered."""
    found = await connection.execute(_USED, {"since": since})
    return {RadarKeyId(row.key_id): KeyUsed(row.entries, row.last) for row in found}


def _named(pseudonyms: Sequence[bytes]) -> list[Mapping[str, Any]]:
    return [{"pseudonym": one} for one in pseudonyms]


def _record(entry: RadarEntry) -> dict[str, Any]:
    columns = {one.name: getattr(entry, one.name) for one in fields(entry)}
    return columns | {"ground": entry.ground.value, "traits": _packed(entry.traits)}


def _entry(row: Row[Any]) -> RadarEntry:
    return RadarEntry(
        row.pseudonym,
        ReportId(row.report),
        MatchGround(row.ground),
        row.joins,
        Oin(row.reporter),
        row.at,
        row.expires,
        RadarKeyId(row.key_id),
        _unpacked(row.traits),
    )


def _packed(traits: Traits) -> bytes:
    return b"".join(sorted(_TAGS[trait] + said for trait, said in traits))


def _unpacked(packed: bytes) -> Traits:
    """Those that this version compares; a later one may know more."""
    each = (packed[at : at + _TRAIT] for at in range(0, len(packed), _TRAIT))
    return frozenset((_TRAITS[one[:1]], one[1:]) for one in each if one[:1] in _TRAITS)
