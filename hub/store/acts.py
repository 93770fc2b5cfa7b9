"""Operators' acts and looks: each is written in its own transaction, a look before anything of it is shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Text, Uuid, bindparam, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.acts import Act, Operator, Reason, Record, Why
from hub.errors import OperatorError
from hub.store.bulk import is_one_of
from hub.store.mapper import case_from
from hub.store.moments import NOW, seconds
from hub.store.tables import cases, operator_act, reference

_ADD = insert(operator_act)
_MAY = text("""
select has_table_privilege('operator_act', 'insert') and not current_setting('transaction_read_only')::boolean
""")
_old = (
    select(operator_act.c.seq)
    .where(operator_act.c.at < NOW - seconds("kept"))
    .order_by(operator_act.c.at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_END = delete(operator_act).where(is_one_of(operator_act.c.seq, _old))
_named = select(reference.c.case).where(reference.c.id == bindparam("id", type_=Uuid)).scalar_subquery()
_CASE = select(cases.c.document).where(cases.c.id == _named)
_WRITTEN = (
    select(operator_act)
    .where(operator_act.c.at >= bindparam("since"), operator_act.c.at < bindparam("until"))
    .order_by(operator_act.c.at, operator_act.c.seq)
)
_OLDEST_LOOKUP = select(func.min(operator_act.c.at)).where(operator_act.c.reason.is_not(None))
_ABOUT = _WRITTEN.where(operator_act.c.ids.has_any(bindparam("names", type_=ARRAY(Text))))


async def add(connection: AsyncConnection, record: Record | None) -> None:
    """Write an act in the transaction of what it does; nothing, if it is no operator's."""
    if record is not None:
        await connection.execute(_ADD, _values(record))


async def require_place(connection: AsyncConnection) -> None:
    """Refuse what cannot be recorded.

    Raises:
        OperatorError: this user of the database may not add to the records, or nobody may change anything here.
    """
    if not (await connection.execute(_MAY)).scalar_one():
        sentence = (
            "This cannot be recorded, so nothing was done or shown: the database user must be able to INSERT into "
            "operator_act, on a database that is no standby."
        )
        raise OperatorError("act-unrecorded", sentence)


async def end(connection: AsyncConnection, now: datetime, most: int, *, kept: float) -> int:
    """Delete up to `most` records older than `kept` seconds, the oldest first; how many."""
    return int((await connection.execute(_END, {"now": now, "kept": kept, "most": most})).rowcount)


async def oldest_lookup(connection: AsyncConnection) -> datetime | None:
    """The moment of the first look at a person or a case that is still there."""
    found: datetime | None = (await connection.execute(_OLDEST_LOOKUP)).scalar_one()
    return found


async def written(
    connection: AsyncConnection, since: datetime, until: datetime, about: Sequence[str] = ()
) -> list[Record]:
    """What was recorded from `since` until before `until`, the oldest first.

    Args:
        about: only what is about one of these; each name of a case stands for all of its names.
    """
    period: dict[str, Any] = {"since": since, "until": until}
    if not about:
        return [_record(row) for row in await connection.execute(_WRITTEN, period)]
    names = {name for one in about for name in await _names(connection, one)}
    return [_record(row) for row in await connection.execute(_ABOUT, period | {"names": sorted(names)})]


async def _names(connection: AsyncConnection, about: str) -> set[str]:
    """A case has several names: whichever was typed, it was about that case."""
    try:
        id_ = UUID(about)
    except ValueError:
        return {about}
    document = (await connection.execute(_CASE, {"id": id_})).scalar_one_or_none()
    if document is None:
        return {str(id_)}
    case = case_from(document)
    return {str(one) for one in (id_, case.id, *case.names, *(report.id for report in case.own_reports()))}


def _values(record: Record) -> dict[str, Any]:
    act = record.act
    return {
        "at": record.at,
        "os_user": act.by.os_user,
        "account": act.by.account,
        "host": act.by.host,
        "origin": act.by.origin,
        "command": act.command,
        "ids": list(act.ids),
        "reason": act.why.reason.value if act.why else None,
        "reference": act.why.reference if act.why else None,
        "code": act.code,
        "shown": act.shown,
    }


def _record(row: Row[Any]) -> Record:
    by = Operator(row.os_user, row.account, row.host, row.origin)
    why = Why(Reason(row.reason), row.reference) if row.reason else None
    return Record(row.at, Act(row.command, by, tuple(row.ids), why, row.code, row.shown))
