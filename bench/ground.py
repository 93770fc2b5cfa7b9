"""Where it is measured: private servers, a hub with two partners, a virtual host for the others, and the work."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import broker, database
from hub.broker.topology import Limits
from hub.canonical.partners import Suite
from hub.envelope.keys import generate, public
from hub.local.homes import throwaway_home
from hub.local.servers import Addresses, running
from hub.partner.profile import Profile, load, save_keys
from tests.acceptance.hub import RunningHub, serving

VHOST, INTAKE = "bench", "intake"
SIGNING_PUBLIC, ENCRYPTION_PUBLIC = "sig.pub.json", "enc.pub.json"
PREPARED = "prepared"
"""The database of a hub that knows its two partners and has seen no message."""
ROOM = 100_000
"""Messages that every queue holds: more than the hub's usual limit, so that a backlog fits."""
CONFIG = f"[limits]\nqueue_messages = {ROOM:_}\n"


@dataclass(frozen=True, slots=True)
class Ground:
    """Attributes:
    home: of the hub, with its keys and the partners' folders.
    """

    addresses: Addresses = field(repr=False)
    home: Path
    config: Path
    sender: Profile
    triage: Profile


@contextmanager
def ground() -> Iterator[Ground]:
    """Start the servers, let a hub make its keys and connect its partners, and stop that hub again."""
    with throwaway_home() as home, running(home, say=_say) as addresses, throwaway_home() as hub_home:
        config = hub_home / "bench.toml"
        config.write_text(CONFIG)
        prepared = asyncio.run(database.create(addresses.database_url, PREPARED))
        with serving(hub_home, on_database(addresses, prepared), config=config) as hub:
            folders = [_partner(hub, *one) for one in (("politie", "politie", 1), ("vt", "veilig-thuis", 2))]
        sender, triage = map(load, folders)
        queues = [INTAKE, sender.id, triage.id]
        limits = Limits(queue_messages=ROOM)
        asyncio.run(broker.make_vhost(addresses.admin_url, addresses.amqp_url, VHOST, queues, limits))
        yield Ground(addresses, hub_home, config, sender, triage)


def _partner(hub: RunningHub, short: str, role: str, number: int) -> Path:
    """A partner with keys of its own, connected by an operator."""
    folder, pairs = hub.folder(short), generate(Suite.S1)
    save_keys(folder, pairs)
    for name, key in ((SIGNING_PUBLIC, pairs.signing), (ENCRYPTION_PUBLIC, pairs.encryption)):
        (folder / name).write_text(public(key))
    hub.connect(short, role, number, folder / SIGNING_PUBLIC, folder / ENCRYPTION_PUBLIC)
    return folder


def on_database(addresses: Addresses, url: str) -> Addresses:
    return Addresses(addresses.amqp_url, addresses.admin_url, url)


def load_average() -> float:
    """How busy the machine was in the last minute."""
    return os.getloadavg()[0]


def _say(line: str) -> None:
    print(f"  {line}", flush=True)
