"""The rounds of an alarm, while one of them lies unread: the next waits, and only the newest is kept. Pure.

A reader that is away needs one alarm on a term, not one for each round; and it needs what the newest says, as that may
name another to act, or to call. So the first that is out stays the only one, and the newest waits behind it, in the
outbox; when the first is confirmed, or has to go out again, the newest goes too. One that another takes the place of
has never left, and is done: replaced, and by which.

Rounds are of one alarm if they are of the same run of the same term, of one type, to one connection, in one lane: what
became acute waits behind nothing that is not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hub.ids import MessageId
from hub.ports import AlarmOut, OutboxRow

Round = tuple[str | None, str, str, str]


@dataclass(frozen=True, slots=True)
class InTurn:
    """Rows as they are to be written, and what they take the place of: each with the one that does."""

    rows: tuple[OutboxRow, ...]
    replaced: tuple[tuple[MessageId, MessageId], ...]


def alarms_of(rows: Iterable[OutboxRow]) -> frozenset[str]:
    """The alarms of which these are rounds."""
    return frozenset(row.alarm for row in rows if row.alarm is not None)


def in_turn(rows: Sequence[OutboxRow], unread: Iterable[AlarmOut]) -> InTurn:
    """Put each round behind the one that is out.

    Args:
        unread: the rounds before them that nobody has confirmed, in the order in which they were written.
    """
    last: dict[Round, AlarmOut] = {_round(one): one for one in unread}
    placed, replaced = list[OutboxRow](), list[tuple[MessageId, MessageId]]()
    for row in rows:
        before = last.get(_round(row))
        if before is not None:
            row = replace(row, behind=before.behind or before.id)
            if before.behind is not None:
                replaced.append((before.id, row.id))
        if row.alarm is not None:
            last[_round(row)] = AlarmOut(row.id, row.partner, row.lane, row.type, row.alarm, row.behind)
        placed.append(row)
    return InTurn(tuple(placed), tuple(replaced))


def _round(one: OutboxRow | AlarmOut) -> Round:
    return one.alarm, one.partner, one.lane, one.type
