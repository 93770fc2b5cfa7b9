"""Changing the hub's own keys while it works, a step of one key at a time (`hub.canonical.hub_keys`).

A step that makes others need a key is refused while a machine that runs the hub has not said that it has it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import check
from hub.app.suite_rotation import USED_IN_TELLING, check_taken, needed_by_partners, saying, untaken_by
from hub.canonical.hub_keys import NO_HUB_KEY, HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory
from hub.errors import OperatorError
from hub.ids import PartnerId, RadarKeyId
from hub.routing.hub_keys import add_hub_key, found, keys_of, move_hub_key, writes
from hub.routing.suite_keys import SUITE_KINDS
from hub.store.directory import say_nothing
from hub.store.recovery import LASTS

AHEAD = timedelta(hours=1)
"""From when a key of the ids makes them: no message that was decided before that step can have been signed later, as a
right clock is five minutes off at most."""
EDGE = timedelta(days=1)
"""A batch that was under way, or a machine with a slower clock, has a line a little off when its key stopped."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One key, as an operator looks at it.

    Attributes:
        here: this machine has its file.
        lacking: names of the machines that run the hub and have not said that they have it.
        needed: how many rows need it.
        untaken: partners that were told of it and have not said that they have it.
    """

    key: HubKey
    here: bool
    lacking: tuple[str, ...]
    needed: int
    untaken: Sequence[PartnerId] = ()


async def add(hub: Hub, kind: KeyKind, file: Path | None = None) -> tuple[HubKey, Path]:
    """Make a key and announce it; where its file is.

    Args:
        file: of a key that there was, and that a restored database does not know.

    The directory comes first: a key that is announced and that nobody has can be retired, while a file of which the
    directory knows nothing would keep this machine from starting.

    Raises:
        OperatorError: this home has not the hub's keys of this kind: it may be the wrong one.
    """
    files, now = KeyFiles(hub.settings.home), await hub.now()
    await check(hub.database.store.directory, files, [kind])
    made = files.brought(kind, file) if file else files.make(kind)
    key = HubKey(kind, made.id, KeyState.ANNOUNCED, made.jwk)
    what, act = f"key {kind} add {key.id}", hub.act and hub.act.on(key.id)
    await hub.database.change_directory(what, lambda newest: add_hub_key(newest, key, now), act=act)
    return key, made.write()


async def move(hub: Hub, kind: KeyKind, id_: str, to: KeyState, *, at_once: bool = False) -> Directory:
    """Have a key take its next step.

    Args:
        at_once: whatever partners have, or still need: for a key that others may have.

    Raises:
        OperatorError: it is not its next step; a machine or a partner lacks it; or it goes, and something still needs
            it.
    """
    directory, now = await hub.database.store.directory(), await hub.now()
    files = KeyFiles(hub.settings.home)
    if to is not KeyState.RETIRED:
        await check(hub.database.store.directory, files, [kind])
    at = now if kind is not KeyKind.IDS or to is not KeyState.WRITE else await _turns_at(hub)
    move_hub_key(directory, kind, id_, to, at)
    if kind in SUITE_KINDS:
        await check(hub.database.store.directory, files, USED_IN_TELLING)
    key = found(directory, kind, id_)
    if to is not KeyState.RETIRED:
        await _check_everywhere(hub, kind, id_)
    if not at_once:
        await _check_others(hub, directory, key, to)
    what, say = f"key {kind} {to} {id_}", saying(hub, key, now) if kind in SUITE_KINDS else say_nothing
    return await hub.database.change_directory(
        what, lambda newest: move_hub_key(newest, kind, id_, to, at), say, hub.act
    )


async def listed(hub: Hub, kind: KeyKind) -> list[Listed]:
    """Every key of a kind, the oldest first."""
    directory, held = await hub.database.store.directory(), KeyFiles(hub.settings.home).held()
    machines = [one for one in await hub.database.machines() if one.live]
    used = (await hub.database.keys_used()).get(kind, {})
    return [
        Listed(
            key,
            key.id in held[kind],
            tuple(one.name for one in machines if key.id not in one.keys.get(kind, ())),
            used.get(key.id, 0),
            await untaken_by(hub, directory, key) if kind in SUITE_KINDS else (),
        )
        for key in keys_of(directory, kind)
    ]


async def _turns_at(hub: Hub) -> datetime:
    """The moment from which another key makes the ids of what is signed.

    Raises:
        OperatorError: the hub recovers, or nobody knows what time it is.
    """
    async with hub.database.store.unit() as unit:
        if unit.recovering or unit.doubted:
            why = "while the hub recovers" if unit.recovering else "while its clock is doubted"
            raise OperatorError("hub-key-step", f"The key of the ids does not change {why}: see `ketenhub status`.")
        return unit.now + AHEAD


async def _check_everywhere(hub: Hub, kind: KeyKind, id_: str) -> None:
    (one,) = [one for one in await listed(hub, kind) if one.key.id == id_]
    where = one.lacking if one.here else ("this one", *one.lacking)
    if where:
        sentence = f"Bring {kind} key {id_} to every machine first; lacking: {', '.join(where)}."
        raise OperatorError(NO_HUB_KEY, sentence)


async def _check_others(hub: Hub, directory: Directory, key: HubKey, to: KeyState) -> None:
    """Of a key that goes: it does not write, so what needs it only grows less.

    Raises:
        OperatorError: something still needs it; until when, where that is known. Or a partner lacks it.
    """
    if key.kind in SUITE_KINDS:
        await check_taken(hub, directory, key, to)
    going = to is KeyState.RETIRED and key.state is not KeyState.ANNOUNCED
    if going and (need := await _NEEDS[key.kind](hub, directory, key)):
        raise OperatorError("hub-key-used", need)


async def _radar_needs(hub: Hub, _directory: Directory, key: HubKey) -> str | None:
    used = (await hub.database.radar_keys_used()).get(RadarKeyId(key.id))
    return f"{used.entries} entries need this key; the last lapses on {used.last:%Y-%m-%d}." if used else None


async def _storage_needs(hub: Hub, _directory: Directory, key: HubKey) -> str | None:
    rows = (await hub.database.keys_used()).get(key.kind, {}).get(key.id)
    what = "workers wrap them anew under the one that writes, within minutes"
    return f"{rows} rows are under this key: {what}." if rows else None


async def _log_needs(hub: Hub, directory: Directory, key: HubKey) -> str | None:
    """No line says its key: those from before the key stopped writing may be under it."""
    oldest, writing = await hub.database.oldest_line(), writes(directory, key.kind)
    ever = writing is None or writing.since is None or key.since is None or key.since <= writing.since
    last = key.since and key.since + EDGE
    if oldest is None or not ever or (last is not None and oldest > last):
        return None
    kept = hub.config.limits.processing_log_kept
    until = f"; the last lapses on {last + kept:%Y-%m-%d}" if last else ""
    return f"The processing log has lines from the time in which this key made their pseudonyms{until}."


async def _ids_need(hub: Hub, _directory: Directory, key: HubKey) -> str | None:
    """What was signed in its turn may be decided, or decided again, for so long: it is to get the ids that it had."""
    late = hub.config.limits.quarantine_kept + 2 * LASTS
    until = key.since + late if key.since else None
    if until is None or await hub.now() > until:
        return None
    return f"What was signed in the turn of this key may come, or come again, until {until:%Y-%m-%d}."


_NEEDS: Mapping[KeyKind, Callable[[Hub, Directory, HubKey], Awaitable[str | None]]] = {
    KeyKind.RADAR: _radar_needs,
    KeyKind.STORAGE: _storage_needs,
    KeyKind.LOG: _log_needs,
    **dict.fromkeys(SUITE_KINDS, needed_by_partners),
    KeyKind.IDS: _ids_need,
}
KINDS = tuple(_NEEDS)
"""The kinds that can be changed: for each it is known what needs an old key."""
