"""Known messages that are sent again: what came of them and opens no more is filled, beside the batch that they are in.

`filling.py` says what that is; here it is looked up, and a fault on one stops no other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from hub.canonical.partners import Directory
from hub.errors import HubError, Surroundings
from hub.lanes.arrival import Arrival
from hub.lanes.asking import Asked, ask
from hub.lanes.fate import unexpected
from hub.lanes.filling import filled
from hub.lanes.item import Item, as_kept
from hub.lanes.setting import Setting
from hub.lanes.workspace import Workspace
from hub.ports import AtRest, Fate, Lost, Place, Refilled, Register, Unit
from hub.telemetry import LogEvent

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Resent:
    """By inbox row, those of which something opens no more: how each came now, what that is, and what it asks.

    Attributes:
        then: the directory by which each was decided.
    """

    items: Mapping[UUID, Item]
    lost: Mapping[UUID, Sequence[Lost]]
    then: Mapping[UUID, Directory]
    asked: Mapping[UUID, Asked]


async def resent(items: Sequence[Item], unit: Unit, setting: Setting) -> Resent:
    """Of this batch."""
    known = {item.row.id: item for item in items if item.row.fate is not Fate.NEW and _is_brought(item)}
    lost: dict[UUID, list[Lost]] = {}
    for one in await unit.lost(list(known)) if known else ():
        lost.setdefault(one.inbox, []).append(one)
    items_ = {id_: known[id_] for id_ in lost}
    then = await _directories(items_, unit)
    asked = {id_: _asked(item, then[id_], setting) for id_, item in items_.items()}
    return Resent(items_, lost, then, {id_: one for id_, one in asked.items() if isinstance(one, Asked)})


async def _directories(items: Mapping[UUID, Item], unit: Unit) -> Mapping[UUID, Directory]:
    former = {item.row.directory_version for item in items.values()} - {unit.directory.version}
    found = await unit.former_directories(former) if former else {}
    return {id_: found.get(item.row.directory_version, unit.directory) for id_, item in items.items()}


async def fill(again: Resent, unit: Unit, work: Workspace, setting: Setting) -> None:
    """Put what came now in the place of what opens no more, and what follows from it."""
    register = await _register(again, unit)
    for id_, asked in again.asked.items():
        row = again.items[id_].row
        if register is None:
            break
        try:
            filled(asked, row, again.lost[id_], register, again.then[id_], work, setting)
        except Exception as exc:  # noqa: BLE001 - as for one that is new
            error = exc if isinstance(exc, HubError) else unexpected(exc)
            _log.warning(LogEvent.CONTENT_NOT_FILLED, partner=row.partner, message=row.message, code=error.code)
    kept = [item for id_, item in again.items.items() if any(one.place is Place.STORED for one in again.lost[id_])]
    await unit.fill([_refilled(item, work, setting) for item in kept if _may_take_its_place(item, work)])


def _may_take_its_place(item: Item, work: Workspace) -> bool:
    """By a connection of another role it might be refused, where it had not been."""
    partners = work.directory.partners
    return partners[item.arrival.delivery.partner].role is partners[item.row.partner].role


def _is_brought(item: Item) -> bool:
    return item.arrival.delivery.stored is None


def _asked(item: Item, then: Directory, setting: Setting) -> Asked | HubError | None:
    """What it asks, if it was accepted; when it was sent was judged when it was decided."""
    row = item.row
    if row.fate is not Fate.ACCEPTED or row.decided_at is None:
        return None
    try:
        return ask(_as_it_came(item), row, then, row.decided_at, setting, doubted=True)
    except HubError as error:
        return error
    except Exception as exc:  # noqa: BLE001 - as for one that is new
        return unexpected(exc)


def _as_it_came(item: Item) -> Arrival:
    """By the connection that brought it first: it is the same organisation's, whichever brings it now."""
    arrival, delivery = item.arrival, item.arrival.delivery
    if delivery.properties.user_id != delivery.partner:
        return arrival
    first = item.row.partner
    properties = replace(delivery.properties, user_id=first)
    return replace(arrival, delivery=replace(delivery, partner=first, properties=properties))


async def _register(again: Resent, unit: Unit) -> Register | None:
    try:
        return await unit.register(list(again.asked)) if again.asked else None
    except Surroundings as error:  # one that this version cannot read: it stays as it is
        _log.error(LogEvent.CONTENT_STAYS, code=error.code)
        return None


def _refilled(item: Item, work: Workspace, setting: Setting) -> Refilled:
    delivery = item.arrival.delivery
    content = AtRest(Place.STORED, (item.row.id,), as_kept(item.row, delivery.body, work, setting))
    return Refilled(content, delivery.partner, delivery.properties)
