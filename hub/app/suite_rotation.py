"""What a change of the hub's suite keys waits for at partners (`hub.routing.suite_keys`, docs/decisions/0032).

    refused                           while
    `write` of a key that signs       a partner has not said that it has it
    `retire` of one that signed       a partner has not said so of the one that signs now, or has a message under the
                                      old signature that it has not answered
    `retire` of one that opened       a partner has not said so of the one that opens now; for as long as a message may
                                      be on its way since the last said so, or was retired; while one that came in till
                                      then is kept, or lies in an intake unread

By `--at-once` an operator takes the step all the same: for a key that others may have.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.app.configuration import setting_for
from hub.app.hub import Hub
from hub.broker.topology import ASIDE, INTAKE
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory, KeyUse
from hub.errors import OperatorError
from hub.ids import PartnerId
from hub.lanes.hub_keys import told_of_step
from hub.routing.hub_keys import writes
from hub.routing.suite_keys import SUITE_KINDS, awaited, ever_wrote, number_of, read_from, told
from hub.schemas.cloudevent import LIFETIME
from hub.schemas.message import Direction
from hub.store.directory import Say

USED_IN_TELLING = (KeyKind.STORAGE, KeyKind.IDS)
"""Without these nothing can be said to partners."""
ON_ITS_WAY = LIFETIME[Direction.TO_HUB]
LATE = timedelta(seconds=15)
"""So long a worker may go on signing by the version before: it looks twice a second, and waits ten for an answer."""


def saying(hub: Hub, key: HubKey, now: datetime) -> Say:
    """What partners are told of a step of this key."""
    setting = setting_for("cli", hub.settings, hub.config)
    return lambda before, after, period: told_of_step(before, after, period, key, now, setting)


async def check_taken(hub: Hub, directory: Directory, key: HubKey, to: KeyState) -> None:
    """That the hub signs with nothing that a partner does not know.

    Raises:
        OperatorError: naming who has not said that it has the key.
    """
    _, use = SUITE_KINDS[key.kind]
    if use is KeyUse.SIGNING and to is KeyState.WRITE and (waits := await untaken_by(hub, directory, key)):
        sentence = (
            f"{', '.join(waits)} did not say yet that they have {key.kind} key {key.id}: wait, or call them. By "
            "--at-once they open nothing of the hub until they take it by hand, as `ketenhub key hub` shows it."
        )
        raise OperatorError("hub-key-untaken", sentence)


async def untaken_by(hub: Hub, directory: Directory, key: HubKey) -> Sequence[PartnerId]:
    """The partners that were told of a key, or of its end, and have not said that they have it."""
    about, found = number_of(key.id), await hub.database.untaken_keys()
    return awaited(directory, (one.partner for one in found if one.about == about), await hub.now())


async def without_answer(hub: Hub, directory: Directory) -> list[str]:
    """Who has been told of a key and has not answered, as sentences."""
    found, now = await hub.database.untaken_keys(), await hub.now()
    keys = {number_of(key.id): key for key in directory.hub_keys if key.kind in SUITE_KINDS}
    told_of = {key: [one.partner for one in found if one.about == about] for about, key in keys.items()}
    waits = {key: awaited(directory, partners, now) for key, partners in told_of.items()}
    return [
        f"{', '.join(partners)} did not say yet that they know of {key.kind} key {key.id} ({key.state})"
        for key, partners in waits.items()
        if partners
    ]


async def needed_by_partners(hub: Hub, directory: Directory, key: HubKey) -> str | None:
    """Why a key that writes no longer is needed still, as a sentence."""
    writing = writes(directory, key.kind)
    if writing is None or not ever_wrote(directory, key):
        return None
    for one in (writing, key):
        if waits := await untaken_by(hub, directory, one):
            return f"{', '.join(waits)} did not say yet that they have {one.kind} key {one.id}."
    _, use = SUITE_KINDS[key.kind]
    return await (_signed if use is KeyUse.SIGNING else _sealed)(hub, directory, key, writing)


async def _signed(hub: Hub, directory: Directory, key: HubKey, _writing: HubKey) -> str | None:
    now = await hub.now()
    partners = [one.id for one in told(directory, key.kind, now)]
    found = await hub.database.unanswered(partners, (key.since or now) + LATE)
    if not found:
        return None
    return f"{', '.join(found)} did not answer yet what was signed with it; it is sent again within half an hour."


async def _sealed(hub: Hub, directory: Directory, key: HubKey, writing: HubKey) -> str | None:
    moment = await hub.database.store.moment()
    partners = read_from(directory, key.kind, moment.now)
    said = [await hub.database.key_taken(number_of(one.id)) for one in (writing, key)]
    left = [one.valid_to for one in partners]  # who is retired need not have said anything, and sent until then
    # What is far ahead, a wrong clock wrote: it says nothing, and must not hold the key up for as long.
    moments = (at for at in (*said, *left, writing.since) if at and at <= moment.now + ON_ITS_WAY)
    last = max(moments, default=None)
    if last is None:
        return "It is not known who encrypts to it still: ask the partners, and say --at-once."
    until = last + ON_ITS_WAY
    if moment.doubted or moment.now < until:
        return f"What partners encrypted to it may be on its way until {until:%Y-%m-%d %H:%M}Z."
    if waits := await hub.database.kept_deliveries(until):
        return f"{waits} messages that came in before wait for a retry or in quarantine."
    return await _unread(hub, [one.id for one in partners])


async def _unread(hub: Hub, partners: Sequence[PartnerId]) -> str | None:
    """Whether anything lies in their intake, since whenever: a hub that was off for long has not read it yet.

    What a worker has in hand is not asked for: it is opened within seconds, or goes back.
    """
    found = []
    async with hub.admin() as admin:
        for partner in partners:
            depths = await admin.depths(partner)
            names = (name for queue in INTAKE.values() for name in (queue, ASIDE[queue]))
            lying = [depths[name] for name in names if name in depths]
            if any(depth.ready or not depth.counted for depth in lying):
                found.append(f"{partner} ({sum(depth.ready for depth in lying) or 'not counted'})")
    return f"What came in from {', '.join(found)} is not read yet: see `ketenhub status`." if found else None
