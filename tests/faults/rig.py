"""A whole hub to break: private broker and database, `ketenhub serve`, fake partners with books, and a judge.

    async with rigged(workers=2) as rig:
        rig.go(rate=3)                       # openings a second: each leads to some twenty messages
        rig.kill_worker()                    # SIGKILL; also kill_workers, kill_supervisor (and then start_hub)
        await rig.kill_broker()              # and restart_broker, kill_database, restart_database: same ports and data
        seconds = await rig.probe()          # until a report sent now has its receipt
        await rig.drain()                    # openings stop; until nothing is unanswered and the outbox is empty
        verdict = await rig.judged()         # of the partners' books alone
        account = await rig.account()        # `ketenhub account --json`

Faults that are not of processes go in between: `between` is given the true addresses and makes those the hub uses, a
proxy's say; partners use the true ones. `environment` is added to that of `serve`. On `servers` that others own,
brokers and databases are not killed; give a `suffix`, as partners' names are the broker's.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from hub.app.hub import connected
from hub.app.partners import Application, connect_partner
from hub.envelope import keys
from hub.ids import Oin, PartnerId
from hub.local.homes import throwaway_home
from hub.local.install import debian_rabbitmq
from hub.local.postgres import Postgres
from hub.local.processes import kill
from hub.local.rabbitmq import RabbitMQ
from hub.local.servers import Addresses
from hub.partner.profile import enrol, save_keys
from hub.settings import read_settings
from tests.faults.judge import Verdict, judge, load
from tests.faults.partners.cast import Player, cast
from tests.patience import CEILING

ROOT = Path(__file__).parents[2]
STILL = 150.0
"""Seconds; the longest pauses of partners and hub are one minute."""
SETTLES = 2.0
"""Seconds until a quorum queue is on the broker's disk for good."""
_OPEN = """
select (select count(*) from outbox where published_at is null and delivered_at is null) as unpublished,
       (select count(*) from outbox where owes_confirmation and delivered_at is null) as unconfirmed,
       (select count(*) from inbox where fate in ('nieuw', 'opnieuw')) as undecided
"""
Between = Callable[[Addresses], AbstractAsyncContextManager[Addresses]]


def silent(_line: str) -> None:
    return


@dataclass
class Servers:
    """A broker and a database of a home, which can be killed and started again."""

    broker: RabbitMQ
    database: Postgres
    _place: Path

    @classmethod
    def of(cls, home: Path) -> "Servers":
        database = Postgres(home / "postgres", silent)
        return cls(RabbitMQ(home, debian_rabbitmq(silent)), database, database._place)

    @property
    def addresses(self) -> Addresses:
        return Addresses(self.broker.amqp_url, self.broker.admin_url, self.database.database_url)

    def start(self) -> None:
        for server in (self.broker, self.database):
            server.launch()
        for server in (self.database, self.broker):
            server.wait_until_ready()

    def stop(self) -> None:
        for server in (self.broker, self.database):
            server.stop()

    def kill_broker(self) -> None:
        kill(self.broker.identity)

    def kill_database(self) -> None:
        kill(self._place)


class Crowd:
    """One process of partners."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self._said: dict[tuple[str, str], asyncio.Future[dict[str, Any]]] = {}
        self._listening = asyncio.create_task(self._listen())

    async def ask(self, do: str, did: str, name: str = "", **more: Any) -> dict[str, Any]:
        """Tell it something, and wait for what it says of it.

        Raises:
            AssertionError: it has ended.
        """
        heard = self.expect(did, name)
        self.tell(do, **({"name": name} if name else {}), **more)
        return await heard

    def expect(self, did: str, name: str = "") -> "asyncio.Future[dict[str, Any]]":
        return self._said.setdefault((did, name), asyncio.get_running_loop().create_future())

    def tell(self, do: str, **more: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do} | more).encode() + b"\n")

    async def end(self) -> None:
        if self._process.returncode is None:
            self.tell("stop")
            try:
                await asyncio.wait_for(self._process.wait(), CEILING)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            heard = self._said.pop((said["did"], said.get("name", "")), None)
            if heard is not None and not heard.done():
                heard.set_result(said)
        for heard in self._said.values():
            if not heard.done():
                heard.set_exception(AssertionError(f"fake partners have ended: {self._log.read_text()[-3000:]}"))


@dataclass
class Rig:
    """Open with `rigged`.

    Attributes:
        addresses: the true ones; `seen`: those the hub uses.
        log: what the hub wrote to standard error.
    """

    home: Path
    workers: int
    addresses: Addresses
    seen: Addresses
    players: Sequence[Player]
    extra: Mapping[str, str]
    config: Path | None
    servers: Servers | None
    hub: subprocess.Popen[str] | None = None
    crowds: list[Crowd] = field(default_factory=list)
    _names: "count[int]" = field(default_factory=count)

    # --- traffic ------------------------------------------------------------------------------------------------------

    def go(self, rate: float) -> None:
        """So many openings a second from now on, over all partners together."""
        for crowd in self.crowds:
            crowd.tell("go", rate=rate / len(self.crowds))

    def open(self, number: int) -> None:
        """So many openings now."""
        for place, crowd in enumerate(self.crowds):
            crowd.tell("open", number=(number + place) // len(self.crowds))

    def habits(self, **chances: float) -> None:
        """How partners behave from now on (`partners/parts.py`); as usual, if nothing is said."""
        for crowd in self.crowds:
            crowd.tell("habits", **chances)

    async def status(self) -> dict[str, int]:
        """Of all partners: messages `sent` and `got`, `waiting` for an answer, `busy` reacting, `opened`."""
        found = await asyncio.gather(*(crowd.ask("status", "status") for crowd in self.crowds))
        names = ("sent", "got", "waiting", "busy", "opened")
        return {name: sum(int(one[name]) for one in found) for name in names}

    async def awaits_answers(self, number: int) -> None:
        """Until partners wait for so many answers."""
        ends = time.monotonic() + CEILING
        while (found := await self.status())["waiting"] < number:
            assert time.monotonic() < ends, found
            await asyncio.sleep(0.2)

    async def probe(self) -> float:
        """Seconds until a report that is sent now has its receipt."""
        crowd = self.crowds[0]
        return float((await crowd.ask("probe", "probed", f"probe {next(self._names)}"))["seconds"])

    async def cleared(self) -> float:
        """Seconds until all that is without an answer now has one."""
        name = f"mark {next(self._names)}"
        said = await asyncio.gather(*(crowd.ask("mark", "cleared", name) for crowd in self.crowds))
        return max(float(one["seconds"]) for one in said)

    async def drain(self) -> float:
        """Stop opening, and wait until all is said, answered, published and confirmed; how long that took, in seconds.

        Raises:
            AssertionError: for `STILL` seconds there was no less left than before; says what.
        """
        self.go(0)
        began = moved = time.monotonic()
        quiet, least = 0, inf
        while quiet < 2:
            await asyncio.sleep(0.5)
            left = {**await self._left(), **await self.status()}
            number = sum(left[name] for name in ("unpublished", "unconfirmed", "undecided", "waiting", "busy"))
            quiet = quiet + 1 if not number else 0
            if number < least:
                least, moved = number, time.monotonic()
            if number and time.monotonic() - moved > STILL:
                raise AssertionError(f"not drained, for {STILL:.0f} s: {left}")
        return time.monotonic() - began

    async def _left(self) -> dict[str, int]:
        connection = await asyncpg.connect(self.addresses.database_url.replace("postgresql+asyncpg", "postgresql"))
        try:
            return dict(await connection.fetchrow(_OPEN))
        finally:
            await connection.close()

    async def judged(self) -> Verdict:
        """Of the partners' books as they are now."""
        return await asyncio.to_thread(lambda: judge(load(self.home / "partners")))

    def leave_books(self, folder: Path) -> None:
        """Copy the partners' books, without their keys, and the hub's log, for `python -m tests.faults.judge`."""
        keys_ = shutil.ignore_patterns("*.json")
        shutil.copytree(self.home / "partners", folder, dirs_exist_ok=True, ignore=keys_)
        shutil.copy(self.log, folder / "hub.log")

    async def account(self) -> dict[str, Any]:
        """`ketenhub account --json`; its exit code is `exit`."""
        return await asyncio.to_thread(self._ask, "account")

    async def asked_status(self) -> dict[str, Any]:
        """`ketenhub status --json`, by the true addresses; its exit code is `exit`."""
        return await asyncio.to_thread(self._ask, "status")

    def _ask(self, word: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "hub", word, "--json"]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(self.addresses), text=True, capture_output=True, timeout=CEILING
        )
        assert done.returncode in (0, 1), done.stderr[-2000:]
        found: dict[str, Any] = json.loads(done.stdout)
        return found | {"exit": done.returncode}

    # --- the hub ------------------------------------------------------------------------------------------------------

    @property
    def log(self) -> Path:
        return self.home / "hub.log"

    def environment(self, addresses: Addresses) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KETENHUB_")}
        return clean | {
            "KETENHUB_AMQP_URL": addresses.amqp_url,
            "KETENHUB_AMQP_ADMIN_URL": addresses.admin_url,
            "KETENHUB_DATABASE_URL": addresses.database_url,
            "KETENHUB_HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            **({"KETENHUB_CONFIG": str(self.config)} if self.config else {}),
        }

    def launch_hub(self, environment: Mapping[str, str] | None = None) -> None:
        """Start `ketenhub serve`, and do not wait; `environment` replaces the extra one of the rig."""
        extra = self.extra if environment is None else environment
        command = [sys.executable, "-m", "hub", "serve", "--workers", str(self.workers)]
        with self.log.open("a") as errors:
            self.hub = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(self.seen) | dict(extra), text=True,
                stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
            )  # fmt: skip

    async def start_hub(self, environment: Mapping[str, str] | None = None) -> None:
        """Start `ketenhub serve`, and wait until it is ready."""
        self.launch_hub(environment)
        await asyncio.wait_for(asyncio.to_thread(self._await_ready), CEILING)

    def _await_ready(self) -> None:
        assert self.hub is not None
        assert self.hub.stdout is not None
        for line in self.hub.stdout:
            if line.startswith("Ready"):
                return
        raise AssertionError(f"the hub ended with {self.hub.wait()}: {self.log.read_text()[-2000:]}")

    async def stop_hub(self) -> int | None:
        """SIGTERM, as an operator does; its exit code."""
        hub, self.hub = self.hub, None
        if hub is None:
            return None
        if hub.poll() is None:
            hub.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(hub.wait)
        assert hub.stdout is not None
        hub.stdout.close()
        return code

    def worker_pids(self) -> list[int]:
        """Of the workers that run now."""
        if self.hub is None:
            return []
        children = Path(f"/proc/{self.hub.pid}/task/{self.hub.pid}/children")
        try:
            return [int(pid) for pid in children.read_text().split() if b"worker" in _command(pid)]
        except OSError:
            return []

    def resident(self) -> dict[int, int]:
        """Memory of each worker, in KiB."""
        return {pid: _resident(pid) for pid in self.worker_pids()}

    # --- faults -------------------------------------------------------------------------------------------------------

    def kill_worker(self, chance: Random | None = None) -> int | None:
        """SIGKILL one worker; its process id. The supervisor starts another."""
        running = self.worker_pids()
        if not running:
            return None
        pid = (chance or Random(0)).choice(running)
        _kill(pid)
        return pid

    def kill_workers(self) -> list[int]:
        """SIGKILL all workers."""
        running = self.worker_pids()
        for pid in running:
            _kill(pid)
        return running

    def freeze(self) -> None:
        """SIGSTOP every worker: what partners send now waits in the broker until `thaw`."""
        for pid in self.worker_pids():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self.worker_pids():
            os.kill(pid, signal.SIGCONT)

    def kill_supervisor(self) -> None:
        """SIGKILL the supervisor: its workers end by themselves. `start_hub` starts another."""
        hub, self.hub = self.hub, None
        assert hub is not None
        hub.kill()
        hub.wait()
        assert hub.stdout is not None
        hub.stdout.close()

    async def kill_broker(self, away: float = 0.0) -> None:
        """SIGKILL the whole broker, and start it again after so many seconds; returns when it answers."""
        await self._again(self._own.broker, self._own.kill_broker, away)

    async def restart_broker(self, away: float = 0.0) -> None:
        """The same, stopped in order."""
        await self._again(self._own.broker, self._own.broker.stop, away)

    async def kill_database(self, away: float = 0.0) -> None:
        """SIGKILL every process of the database, and start it again; returns when it answers."""
        await self._again(self._own.database, self._own.kill_database, away)

    async def restart_database(self, away: float = 0.0) -> None:
        """The same, shut down in order."""
        await self._again(self._own.database, self._own.database.stop, away)

    async def _again(self, server: RabbitMQ | Postgres, end: Callable[[], None], away: float) -> None:
        await asyncio.to_thread(end)
        await asyncio.sleep(away)
        await asyncio.to_thread(server.launch)
        await asyncio.to_thread(server.wait_until_ready)

    @property
    def _own(self) -> Servers:
        assert self.servers is not None, "these servers are not this rig's to kill"
        return self.servers


@asynccontextmanager
async def rigged(
    *,
    workers: int = 1,
    regions: int = 1,
    seed: int = 0,
    crowds: int = 1,
    home: Path | None = None,
    servers: Addresses | None = None,
    suffix: str = "",
    between: Between | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> AsyncIterator[Rig]:
    """All of it running, every partner connected, nothing said yet; all of it stopped at the end.

    Args:
        regions: of nine partners each.
        crowds: processes that the partners are spread over.
        home: where it works, and leaves the books; default: a folder that goes at the end.
        servers: of others, with a database of this rig's own; default: private ones, in the home.
        config: the operator's TOML file.
    """
    async with AsyncExitStack() as stack:
        folder = home or stack.enter_context(throwaway_home())
        own = None if servers else Servers.of(folder)
        if own is not None:
            stack.callback(own.stop)
            await asyncio.to_thread(own.start)
        addresses = servers or own.addresses  # type: ignore[union-attr]
        seen = await stack.enter_async_context(between(addresses) if between else nullcontext(addresses))
        players = cast(regions, suffix)
        rig = Rig(folder, workers, addresses, seen, players, environment or {}, config, own)
        stack.push_async_callback(rig.stop_hub)
        await rig.start_hub()
        await _enrol(rig)
        await asyncio.sleep(SETTLES)
        for names in _spread(players, crowds):
            crowd = await _crowd(rig, regions, suffix, seed, names)
            rig.crowds.append(crowd)
            stack.push_async_callback(crowd.end)
        await asyncio.wait_for(asyncio.gather(*(crowd.expect("ready") for crowd in rig.crowds)), CEILING)
        yield rig


async def _enrol(rig: Rig) -> None:
    """As `partner add` does, without a process for each; by the true addresses, so that partners get those."""
    async with connected(read_settings(rig.environment(rig.addresses))) as hub:
        for player in rig.players:
            folder = rig.home / "partners" / player.name
            pairs = keys.generate(player.suite)
            save_keys(folder, pairs)
            public = keys.public(pairs.signing), keys.public(pairs.encryption)
            application = Application(player.name, player.oin, player.role.value, [player.region], *public)
            welcome = await connect_partner(hub, application)
            enrol(folder, PartnerId(player.name), Oin(player.oin), player.role, welcome)


def _spread(players: Sequence[Player], crowds: int) -> list[list[str]]:
    """In turn, so that every process has some of all roles."""
    return [[one.name for one in players[place::crowds]] for place in range(crowds)]


async def _crowd(rig: Rig, regions: int, suffix: str, seed: int, names: Sequence[str]) -> Crowd:
    arguments = [str(rig.home), str(regions), suffix, str(seed), *names]
    log = rig.home / "partners.log"
    with log.open("a") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.partners.host", *arguments, cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors, start_new_session=True,
        )  # fmt: skip
    return Crowd(process, log)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
