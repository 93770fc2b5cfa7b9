"""The three that are measured: where their work waits, where their answers go, and how they are run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench import broker, database
from bench.environments import ROOT, environment
from bench.ground import ENCRYPTION_PUBLIC, INTAKE, PREPARED, SIGNING_PUBLIC, VHOST, Ground, on_database
from bench.work import Sealed
from hub.broker import topology
from hub.canonical.codes import Lane
from hub.canonical.partners import Suite
from hub.envelope.keys import thumbprint
from hub.ids import Oin
from hub.partner.profile import write_private
from hub.schemas.cloudevent import source_of
from tests.acceptance.hub import serving


@dataclass(frozen=True, slots=True)
class Place:
    """A queue at the broker."""

    vhost: str
    queue: str


class Contender(Protocol):
    """Attributes:
    answers: where the sender's receipts go, and the triage's reports.
    running: gives a function that tells whether all of it still runs.
    """

    name: str
    intake: Place
    answers: tuple[Place, Place]

    async def new_database(self, name: str) -> str: ...
    async def fill(self, work: Sequence[Sealed]) -> None: ...
    def running(self, url: str, processes: int) -> AbstractContextManager[Callable[[], bool]]: ...


class Hub:
    """The real thing, as an operator runs it: `ketenhub serve --workers N`."""

    name = "hub"

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        intake, out = topology.INTAKE[Lane.ROUTINE], topology.FROM_HUB[Lane.ROUTINE]
        self.intake = Place(ground.sender.id, intake)
        self.answers = (Place(ground.sender.id, out), Place(ground.triage.id, out))

    async def new_database(self, name: str) -> str:
        return await database.create(self._ground.addresses.database_url, name, PREPARED)

    async def fill(self, work: Sequence[Sealed]) -> None:
        await broker.fill(self._ground.sender.amqp_urls[0], topology.EXCHANGE, Lane.ROUTINE.value, work)

    @contextmanager
    def running(self, url: str, processes: int) -> Iterator[Callable[[], bool]]:
        ground = self._ground
        with serving(ground.home, on_database(ground.addresses, url), processes, ground.config) as hub:
            yield lambda: hub.process.poll() is None


class Processes:
    """A contender that is a program of the bench: so many processes of it, on the virtual host of the bench.

    Args:
        command: the program, which takes the file that `told` writes.
    """

    intake = Place(VHOST, INTAKE)

    def __init__(self, name: str, command: Sequence[str | Path], ground: Ground) -> None:
        self.name = name
        self._command = command
        self._ground = ground
        self.answers = (Place(VHOST, ground.sender.id), Place(VHOST, ground.triage.id))

    async def new_database(self, name: str) -> str:
        return await database.create_plain(self._ground.addresses.database_url, name)

    async def fill(self, work: Sequence[Sealed]) -> None:
        await broker.fill(broker.at_vhost(self._ground.addresses.amqp_url, VHOST), "", INTAKE, work)

    @contextmanager
    def running(self, url: str, processes: int) -> Iterator[Callable[[], bool]]:
        told, log = self._ground.home / f"{self.name}.json", self._ground.home / f"{self.name}.log"
        write_private(told, json.dumps(_told(self._ground, url)))
        with ExitStack() as stack:
            output = stack.enter_context(log.open("w"))
            started = [self._start(told, output) for _ in range(processes)]
            stack.callback(_stop, started)
            yield lambda: all(one.poll() is None for one in started)

    def _start(self, told: Path, output: object) -> subprocess.Popen[bytes]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KETENHUB_")}
        return subprocess.Popen([*self._command, told], cwd=ROOT, env=clean, stdout=output, stderr=output)


def contenders(ground: Ground) -> tuple[Contender, ...]:
    """All three, in the order of a round."""
    peer = (environment("peer") / "python", ROOT / "bench" / "peer" / "app.py")
    floor = (sys.executable, "-m", "bench.floor")
    return Hub(ground), Processes("peer", peer, ground), Processes("floor", floor, ground)


def _told(ground: Ground, url: str) -> dict[str, object]:
    """What a program must know: servers, queues, the hub's private keys and the partners' public ones."""
    sender, triage = ground.sender, ground.triage
    suite = ground.home / "keys" / Suite.S1.value
    return {
        "amqp": broker.at_vhost(ground.addresses.amqp_url, VHOST),
        "database": url,
        "intake": INTAKE,
        "queues": {sender.id: sender.id, triage.id: triage.id},
        "sender": sender.id,
        "triage": triage.id,
        "oins": {sender.id: sender.oin, triage.id: triage.oin},
        "source": source_of(Oin(sender.hub_oin), "ketenhub"),
        "decryption": _jwk(next(suite.glob("*.enc.json"))),
        "signing": _jwk(next(suite.glob("*.sig.json"))),
        "verifying": _jwk(sender.folder / SIGNING_PUBLIC),
        "recipients": {one.id: _jwk(one.folder / ENCRYPTION_PUBLIC) for one in (sender, triage)},
    }


def _jwk(file: Path) -> dict[str, object]:
    text = file.read_text()
    return {**json.loads(text), "kid": thumbprint(text)}


def _stop(started: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in started:
        process.terminate()
    for process in started:
        process.wait(timeout=30)
