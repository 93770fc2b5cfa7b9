"""The period in use, and what waits under which key: rows are found by the label of what they are wrapped under.

Theory. Every batch reads the period with the head of the directory, in a row that it holds FOR SHARE to its end. A step
is an update of that row: it waits for the batches of the period before, and every later one finds the new period. So
once a step is committed nothing more comes to stand under the period before it, and what is not found there by a look
that begins after that is not there: its key may go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    Select,
    Table,
    Text,
    Update,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.ports import AtRest, Contents, Period, Place, Sealed
from hub.ports.periods import GONE
from hub.store.bulk import arrays, rows
from hub.store.clocks import Moment
from hub.store.head import ALONE
from hub.store.moments import MINUTE, NEVER, NOW, seconds
from hub.store.tables import directory_head, held, outbox, stored_delivery


@dataclass(frozen=True, slots=True)
class Content:
    """A table in which content waits.

    Attributes:
        content: the column that holds it.
        waits: which rows have some: the condition of the index on `key_id`.
        gone: what a row is set to, besides `key_id`, when its key is: it is due no more, and waits still.
    """

    table: Table
    content: Column[Any]
    waits: ColumnElement[bool]
    gone: Mapping[str, Any]

    @property
    def keys(self) -> list[Column[Any]]:
        return list(self.table.primary_key.columns)


QUARANTINED = stored_delivery.c.next_at.is_(None)
CONTENTS: Mapping[Place, Content] = {
    Place.OUTBOX: Content(
        outbox, outbox.c.ciphertext, outbox.c.next_at.is_not(None), {"next_at": NEVER, "lack": null()}
    ),
    Place.HELD: Content(held, held.c.ciphertext, true(), {}),
    Place.STORED: Content(
        stored_delivery,
        stored_delivery.c.body,
        true(),
        {"next_at": case((QUARANTINED, null()), else_=NEVER), "lack": null()},
    ),
}
SINCE = "0017"
"""The revision whose code is the first to read what is under a period."""
_PERIOD = select(directory_head.c.period_chain, directory_head.c.period_step, directory_head.c.period_since)
_label, _OPENS = bindparam("label", type_=Text), bindparam("opens", type_=ARRAY(Text))
_chain, _step = bindparam("chain", type_=Text), bindparam("step", type_=BigInteger)
_HEAD_SET = update(directory_head).values(period_chain=_chain, period_step=_step, period_since=NOW)
_BEGIN = _HEAD_SET.where(directory_head.c.period_chain.is_(None))
# One ahead of the moment was set by a clock that was wrong, and would hold up the next step for as long.
_over = or_(directory_head.c.period_since <= NOW - seconds("lasts"), directory_head.c.period_since > NOW + MINUTE)
_TAKE_STEP = (
    update(directory_head)
    .where(directory_head.c.period_chain == _chain, directory_head.c.period_step == _step, _over)
    .values(period_step=directory_head.c.period_step + 1, period_since=NOW)
)


def _labels(of: Content) -> Select[Any]:
    """Every label there, each by a step in the index: rows of one label are not read one by one."""
    column = of.table.c.key_id
    found = select(func.min(column).label("label")).where(of.waits).cte(f"labels_of_{of.table.name}", recursive=True)
    following = select(func.min(column)).where(of.waits, column > found.c.label).scalar_subquery()
    found = found.union_all(select(following).where(found.c.label.is_not(None)))
    return select(found.c.label).where(found.c.label.is_not(None))


def opens_no_more(of: Place) -> ColumnElement[bool]:
    """Whether the key of a row there is gone, also before a look has found it to be; it needs `opening`.

    By the labels that there are, so that an index on them is of use; and by the mark, which a look may just be setting.
    """
    there = _labels(CONTENTS[of]).subquery()
    dot = func.strpos(there.c.label, ".")
    lost = select(there.c.label).where(dot > 0, func.substr(there.c.label, dot + 1) != _OPENS.all_())
    gone = func.array_append(func.array(lost.correlate(None).scalar_subquery()), GONE, type_=ARRAY(Text))
    return CONTENTS[of].table.c.key_id == gone.any_()


def opening(used: Period) -> dict[str, list[str]]:
    """For `opens_no_more`: the steps that a machine may have the key of, as labels end."""
    return {"opens": [f"{used.chain}.{step}" for step in (used.step - 1, used.step)]}


def _under(of: Content) -> Select[Any]:
    content = case((bindparam("whole", type_=Boolean), of.content), else_=null())
    return (
        select(*of.keys, content.label("content"), of.table.c.wrapped_key)
        .where(of.waits, of.table.c.key_id == _label)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )


def _rewrap(of: Content) -> Update:
    renewed = rows("renewed", columns(of))
    gone = {name: case((renewed.c.key_id == GONE, set_), else_=of.table.c[name]) for name, set_ in of.gone.items()}
    return (
        update(of.table)
        .where(*(key == renewed.c[key.name] for key in of.keys))
        .values(
            {
                of.content.name: func.coalesce(renewed.c[of.content.name], of.content),
                "wrapped_key": renewed.c.wrapped_key,
                "key_id": renewed.c.key_id,
                **gone,
            }
        )
    )


def columns(of: Content) -> list[Column[Any]]:
    return [*of.keys, of.content, of.table.c.wrapped_key, of.table.c.key_id]


_WAITING = {place: select(func.count()).where(of.waits, of.table.c.key_id != GONE) for place, of in CONTENTS.items()}
_LABELS = {place: _labels(of) for place, of in CONTENTS.items()}
_UNDER = {place: _under(of) for place, of in CONTENTS.items()}
_REWRAP = {place: _rewrap(of) for place, of in CONTENTS.items()}


async def contents(connection: AsyncConnection, moment: Moment) -> Contents:
    """The period in use, and every label that something waits under; no chain has the empty name of none.

    A database without a directory has none, too: `recover` may say to go on with an empty one.
    """
    head = (await connection.execute(_PERIOD)).one_or_none()
    # After the head, or what a batch of the period before commits meanwhile would be overlooked.
    labels = [label for query in _LABELS.values() for label in (await connection.execute(query)).scalars()]
    period = Period(head.period_chain or "", head.period_step or 0) if head else Period("", 0)
    return Contents(period, head.period_since if head else None, frozenset(labels), moment.now, moment.doubted)


async def begin(connection: AsyncConnection, period: Period, now: datetime) -> bool:
    """Take this period into use if none ever was; whether it was."""
    await connection.execute(ALONE)
    values = {"chain": period.chain, "step": period.step, "now": now}
    return (await connection.execute(_BEGIN, values)).rowcount == 1


async def take_up(connection: AsyncConnection, period: Period, now: datetime) -> None:
    """Take this period into use, whichever was: after a restore, or for a new chain."""
    await connection.execute(ALONE)
    await connection.execute(_HEAD_SET, {"chain": period.chain, "step": period.step, "now": now})


async def step(connection: AsyncConnection, now: datetime, period: Period, lasts: float) -> bool:
    """Go on to the next period if this one is in use and has lasted its time; whether it was."""
    await connection.execute(ALONE)
    values = {"chain": period.chain, "step": period.step, "lasts": lasts, "now": now}
    return (await connection.execute(_TAKE_STEP, values)).rowcount == 1


async def under(connection: AsyncConnection, place: Place, label: str, most: int, whole: bool) -> list[AtRest]:
    """Content there under this label, locked; what others have locked is passed over.

    Args:
        whole: with the ciphertext, which is large and mostly not needed.
    """
    found = await connection.execute(_UNDER[place], {"label": label, "most": most, "whole": whole})
    keys = CONTENTS[place].keys
    return [
        AtRest(place, tuple(row._mapping[key.name] for key in keys), _sealed(row.content, row.wrapped_key, label))
        for row in found
    ]


async def rewrap(connection: AsyncConnection, place: Place, renewed: Sequence[AtRest]) -> None:
    """Write what was wrapped anew, or is gone; without a ciphertext that stays as it is."""
    of = CONTENTS[place]
    if renewed:
        await connection.execute(_REWRAP[place], arrays(columns(of), [record(one, of) for one in renewed]))


async def waiting(connection: AsyncConnection) -> dict[Place, int]:
    """How many rows have content that can be read, by place."""
    return {place: int((await connection.execute(query)).scalar_one()) for place, query in _WAITING.items()}


def _sealed(content: bytes | None, wrapped_key: bytes | None, label: str) -> Sealed:
    return Sealed(content or b"", wrapped_key or b"", label)


def record(one: AtRest, of: Content) -> dict[str, Any]:
    key = {column.name: value for column, value in zip(of.keys, one.key, strict=True)}
    payload = one.payload
    wrapped = {"wrapped_key": payload.wrapped_key, "key_id": payload.key_id}
    return key | wrapped | {of.content.name: payload.ciphertext or None}
