"""The radar as an operator keeps it: its keys, and what it knows of somebody who asks."""

from dataclasses import dataclass
from pathlib import Path

from hub.app.hub import Hub
from hub.app.keyfiles import RadarKeyFiles, first_radar_key, hub_keys, new_radar_key
from hub.canonical.partners import Directory
from hub.errors import OperatorError
from hub.ids import CaseId, RadarKeyId
from hub.lanes.keys import RadarKeys
from hub.routing.changes import add_radar_key, retire_radar_key, write_radar_key
from hub.routing.radar import RadarEntry
from hub.schemas.identities import identities_of_persons
from hub.schemas.persons import Person

MOST_FOUND = 1_000
"""Entries of one identity that a search shows."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """One key of the radar.

    Attributes:
        here: this machine has its file.
        entries: that were made with it and can be found.
    """

    id: RadarKeyId
    writes: bool
    here: bool
    entries: int


async def begin(hub: Hub) -> None:
    """Give the radar its first key, if the directory is from before there was a radar."""
    if (await hub.database.store.directory()).radar_writes is None:
        key = first_radar_key(hub.settings.home)
        await hub.database.change_directory(
            f"key radar add {key}", lambda newest: newest if newest.radar_writes else add_radar_key(newest, key)
        )


async def add_key(hub: Hub) -> tuple[RadarKeyId, Path]:
    """Make a key that is read from now on, and where its file is."""
    key, path = new_radar_key(hub.settings.home)
    await hub.database.change_directory(f"key radar add {key}", lambda newest: add_radar_key(newest, key))
    return key, path


async def write_with(hub: Hub, key: str) -> Directory:
    """Make new pseudonyms with this key from now on.

    Raises:
        OperatorError: this machine does not have it, or it is not read.
    """
    id_ = RadarKeyId(key)
    if _files(hub)(id_) is None:
        raise OperatorError("radar-key-missing", "This machine has no such key; `key radar list` shows those it has.")
    return await hub.database.change_directory(f"key radar write {id_}", lambda newest: write_radar_key(newest, id_))


async def retire_key(hub: Hub, key: str) -> Directory:
    """Read with this key no longer.

    Raises:
        OperatorError: it writes, or something that it made can still be found.
    """
    id_ = RadarKeyId(key)
    retire_radar_key(await hub.database.store.directory(), id_)
    # It does not write, so what is counted here only grows less.
    used = (await hub.database.radar_keys_used()).get(id_)
    if used:
        until = f"{used.last:%Y-%m-%d}"
        raise OperatorError("radar-key-used", f"{used.entries} entries need this key; the last lapses on {until}.")
    return await hub.database.change_directory(f"key radar retire {id_}", lambda newest: retire_radar_key(newest, id_))


async def keys(hub: Hub) -> list[KeyState]:
    """Every key that is read, the oldest first."""
    directory, used, files = await hub.database.store.directory(), await hub.database.radar_keys_used(), _files(hub)
    return [
        KeyState(id_, id_ == directory.radar_writes, files(id_) is not None, used[id_].entries if id_ in used else 0)
        for id_ in directory.radar_reads
    ]


async def find(hub: Hub, person: Person) -> list[tuple[RadarEntry, CaseId]]:
    """Every report that speaks of this person, by whatever of these data it gave.

    Raises:
        OperatorError: nobody can be found by these data.
        Surroundings: a key of the radar is not here.
    """
    known = RadarKeys.of(await hub.database.store.directory(), hub_keys(hub.settings.home))
    identities = identities_of_persons([person])
    if not identities:
        sentence = "Nobody is found by these data; give bsn, skn, naam with geboortedatum (a whole date), or adres."
        raise OperatorError("radar-find", sentence)
    pseudonyms = [made for one in identities for made in known.pseudonyms(one.kind, one.text)]
    return await hub.database.radar_entries(pseudonyms, MOST_FOUND)


def _files(hub: Hub) -> RadarKeyFiles:
    return RadarKeyFiles(hub.settings.home / "keys" / "radar")
