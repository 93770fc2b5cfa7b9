"""Refusals of bodies that never became a message, said one by one or together (`unreadable.py` says how many apart).

Of those that are said together the first has the answer, which names the others (`InboxRow.also`); each of them names
the first (`answered_with`), and has an answer of its own all the same: it is said when that body alone comes again. So
every answer follows from one row, as all answers do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.lanes.answers import named_together
from hub.lanes.item import Item
from hub.lanes.setting import Setting
from hub.lanes.workspace import Workspace
from hub.ports import Fate, InboxRow

MOST_TOGETHER = 100
"""Bodies that one refusal names."""
_Kind = tuple[Lane, str | None, bool, tuple[str, ...]]


def together(items: Sequence[Item], work: Workspace, setting: Setting) -> list[Item]:
    """Put together those of these bodies that are; which of them have an answer to be said now."""
    by_sender: dict[PartnerId, dict[UUID, Item]] = {}
    for item in items:
        by_sender.setdefault(item.arrival.delivery.partner, {}).setdefault(item.row.id, item)
    found = (_of_sender(sender, list(all_.values()), work, setting) for sender, all_ in by_sender.items())
    return [one for all_ in found for one in all_]


def _of_sender(sender: PartnerId, items: list[Item], work: Workspace, setting: Setting) -> list[Item]:
    room = setting.unreadable.room(sender, setting.ticks())
    apart, rest = items[:room], items[room:]
    if len(rest) <= 1:
        return items
    # What was refused before has its answer: where many come at once it is not said again.
    new = [item for item in rest if item.row.fate is Fate.NEW]
    return [*apart, *(item for kind in _by_kind(new, work) for item in _in_one(kind, work, setting))]


def _by_kind(items: Iterable[Item], work: Workspace) -> list[list[Item]]:
    """Those that one refusal can speak of; what waits, by a fault of ours, is by itself."""
    kinds: dict[_Kind, list[Item]] = {}
    for item in items:
        row = _now(item, work)
        if row.fate is Fate.REJECTED:
            kinds.setdefault((row.lane, row.code, row.opened, row.fields), []).append(item)
    return [kind[at : at + MOST_TOGETHER] for kind in kinds.values() for at in range(0, len(kind), MOST_TOGETHER)]


def _in_one(items: list[Item], work: Workspace, setting: Setting) -> list[Item]:
    first, *others = items
    if others:
        lead = named_together(_now(first, work), [_now(one, work) for one in others], work.directory, setting)
        work.amend(lead)
        for one in others:
            work.amend(replace(_now(one, work), answered_with=lead.id))
    return [first]


def _now(item: Item, work: Workspace) -> InboxRow:
    return work.known(item.row.id) or item.row
