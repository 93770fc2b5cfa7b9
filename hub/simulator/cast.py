"""Who plays: six partners of one region, with test numbers."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.canonical.partners import Role, Suite
from hub.envelope import keys
from hub.ids import Oin, PartnerId, RegionId
from hub.partner.profile import ENCRYPTION, SIGNING, enrol, save_keys, write_private
from hub.simulator.children import run

REGION = RegionId("haaglanden")


@dataclass(frozen=True, slots=True)
class Player:
    """One fake partner; `name` is what the story calls it."""

    id: PartnerId
    oin: Oin
    role: Role
    name: str
    suite: Suite = Suite.S1

    def folder(self, home: Path) -> Path:
        return home / "partners" / self.id


def _player(id_: str, number: int, role: Role, name: str, suite: Suite = Suite.S1) -> Player:
    return Player(PartnerId(id_), Oin(f"00000099{number:012}"), role, name, suite)


CAST: Sequence[Player] = (
    _player("politie-haaglanden", 1000, Role.POLICE, "Politie"),
    _player("om-den-haag", 2000, Role.PROSECUTION, "OM", Suite.S1X),
    _player("rvdk-haaglanden", 3000, Role.CHILD_PROTECTION, "Raad"),
    _player("reclassering-haaglanden", 4000, Role.PROBATION, "Reclassering", Suite.S1X),
    _player("veilig-thuis-haaglanden", 5000, Role.VEILIG_THUIS, "Veilig Thuis"),
    _player("lokaal-team-den-haag", 6000, Role.LOCAL_TEAM, "Lokaal team"),
)


def playing(role: Role) -> Player:
    return next(player for player in CAST if player.role is role)


def addresses() -> Mapping[Role, Oin]:
    return {player.role: player.oin for player in CAST}


async def join(player: Player, home: Path) -> None:
    """Make a player's keys, have the operator add it to the running hub, and keep what that printed.

    Raises:
        OperatorError: the hub's command line refused.
    """
    folder = player.folder(home)
    public = await asyncio.to_thread(_make_keys, player, folder)
    printed = await run(
        home,
        *("partner", "add", player.id, "--oin", player.oin, "--role", player.role.value, "--region", REGION),
        *("--sig", str(public[SIGNING]), "--enc", str(public[ENCRYPTION])),
    )
    enrol(folder, player.id, player.oin, player.role, json.loads(printed))


def _make_keys(player: Player, folder: Path) -> Mapping[str, Path]:
    """The private halves go to the player's folder, the public ones beside them; where those are."""
    pairs = keys.generate(player.suite)
    save_keys(folder, pairs)
    public = {SIGNING: folder / "sig.pub.json", ENCRYPTION: folder / "enc.pub.json"}
    write_private(public[SIGNING], keys.public(pairs.signing))
    write_private(public[ENCRYPTION], keys.public(pairs.encryption))
    return public
